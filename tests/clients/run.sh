#!/usr/bin/env bash
# Lints /openapi.json, generates TypeScript clients from it, compiles them strictly, and lets them use a running
# service. Fetches the generators from npm; where that cannot be done, it says so and passes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

folder=$PWD/target/clients

skip() {
    printf 'tests/clients/run.sh: not run, because %s\n' "$*" >&2
    exit 0
}

command -v node >/dev/null && command -v npm >/dev/null || skip 'Node.js is missing'
(($(node --print 'process.versions.node.split(".")[0]') >= 20)) || skip 'Node.js is older than 20'

mkdir -p "$folder"
if ! cmp --silent tests/clients/package-lock.json "$folder/package-lock.json"; then
    cp tests/clients/package.json tests/clients/package-lock.json "$folder"
    (cd "$folder" && npm ci --silent --no-audit --no-fund --ignore-scripts) || {
        rm -f -- "$folder/package-lock.json"
        skip 'the generators cannot be installed (npm ci)'
    }
fi

# shellcheck source=tests/openapi/service.sh
source tests/openapi/service.sh
start_service
rm -rf -- "$folder/generated" "$folder/built"
cp tests/clients/*.ts tests/clients/*.mjs tests/clients/tsconfig.json tests/clients/redocly.yaml "$folder"
cd "$folder"
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
node --eval 'fetch(process.argv[1]).then(answer => answer.text()).then(text => fs.writeFileSync("openapi.json", text))' \
    "$API_URL/openapi.json"
npx --no-install redocly lint openapi.json --max-problems 20
npx --no-install openapi-typescript openapi.json --output generated/openapi-typescript.ts
npx --no-install openapi-ts --no-log-file
npx --no-install tsc --project tsconfig.json
node --test built/*.test.js
