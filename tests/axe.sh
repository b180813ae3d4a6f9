#!/usr/bin/env bash
# Fetches axe-core, whose rules the tests of pages in a browser apply, into target/axe. It is under the MPL, so it
# is neither in this repository nor part of what is built. Where it cannot be fetched, this says so and passes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=4.10.3
hash=880970c081707360e64f34cea25ff91892f5bc95675b0776925b9709dd8a68bb
folder=$PWD/target/axe

skip() {
    printf 'tests/axe.sh: axe is left out, because %s\n' "$*" >&2
    exit 0
}

is_here() { [[ -f $folder/axe.min.js ]] && sha256sum --check --status <<<"$hash  $folder/axe.min.js"; }

is_here && exit
rm -rf -- "$folder"
command -v npm >/dev/null || skip 'npm is missing'
mkdir -p "$folder"
cd "$folder"
npm pack --silent --fetch-retries=1 "axe-core@$version" >/dev/null || skip 'it cannot be fetched'
tar --extract --gzip --strip-components=1 --file="axe-core-$version.tgz" package/axe.min.js package/LICENSE ||
    skip 'its archive cannot be read'
rm -- "axe-core-$version.tgz"
is_here || {
    rm -rf -- "$folder"
    printf 'tests/axe.sh: the hash of axe-core %s is another one\n' "$version" >&2
    exit 1
}
