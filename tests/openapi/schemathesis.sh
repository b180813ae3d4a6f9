#!/usr/bin/env bash
# Sends generated requests to every operation of a running service, and compares the answers with
# /openapi.json (Schemathesis). Fetches Schemathesis from PyPI; where that cannot be done, it says so and passes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

version=4.32.5
folder=$PWD/target/schemathesis-$version

say() { printf 'tests/openapi/schemathesis.sh: %s\n' "$*" >&2; }

if [[ ! -d $folder ]]; then
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore \
        --target "$folder.new" "schemathesis==$version" openapi-spec-validator==0.9.0 || {
        rm -rf -- "$folder.new"
        say 'not run, because Schemathesis cannot be installed (pip install schemathesis)'
        exit 0
    }
    mv -- "$folder.new" "$folder"
fi
export PYTHONPATH=$folder:$PWD/tests/openapi PYTHONDONTWRITEBYTECODE=1

# shellcheck source=tests/openapi/service.sh
source tests/openapi/service.sh
start_service
cd "$service_folder"
curl --silent --fail --output openapi.json "$API_URL/openapi.json"
python3 -m openapi_spec_validator --schema 3.1 openapi.json
python3 -m schemathesis.cli --config-file "$OLDPWD/tests/openapi/schemathesis.toml" run "$API_URL/openapi.json" "$@"
