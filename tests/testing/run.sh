#!/usr/bin/env bash
# Starts `bailiwick serve --testing`, and lets vitest and pytest use it at the same time. Fetches both from npm and
# PyPI; where one cannot be fetched, it says so and passes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

node_folder=$PWD/target/testing-node python_folder=$PWD/target/testing-python

say() { printf 'tests/testing/run.sh: %s\n' "$*" >&2; }

# Installs vitest. Fails if it cannot be had.
have_vitest() {
    command -v node >/dev/null && command -v npm >/dev/null || { say 'vitest not run, because Node.js is missing'; return 1; }
    (($(node --print 'process.versions.node.split(".")[0]') >= 20)) || { say 'vitest not run, because Node.js is older than 20'; return 1; }
    mkdir -p "$node_folder"
    if ! cmp --silent tests/testing/package-lock.json "$node_folder/package-lock.json"; then
        cp tests/testing/package.json tests/testing/package-lock.json "$node_folder"
        (cd "$node_folder" && npm ci --silent --no-audit --no-fund --ignore-scripts) || {
            rm -f -- "$node_folder/package-lock.json"
            say 'vitest not run, because it cannot be installed (npm ci)'
            return 1
        }
    fi
}

# Installs pytest. Fails if it cannot be had.
have_pytest() {
    [[ -d $python_folder ]] && return
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore \
        --target "$python_folder.new" pytest==8.4.2 pytest-xdist==3.8.0 || {
        rm -rf -- "$python_folder.new"
        say 'pytest not run, because it cannot be installed (pip install pytest pytest-xdist)'
        return 1
    }
    mv -- "$python_folder.new" "$python_folder"
}

run_vitest() {
    cp tests/testing/*.mjs "$node_folder"
    (cd "$node_folder" && npx --no-install vitest run --no-cache)
}

run_pytest() {
    PYTHONPATH=$python_folder PYTHONDONTWRITEBYTECODE=1 python3 -m pytest -q -p no:cacheprovider -n 4 tests/testing
}

folder='' service=''
stop() {
    trap - EXIT
    [[ -z $service ]] || kill "$service" 2>/dev/null || true
    [[ -z $service ]] || wait "$service" 2>/dev/null || true
    [[ -z $folder ]] || rm -rf -- "$folder"
}
trap stop EXIT

# Nobody is asked for a credential, so other machines must not reach it.
is_refused_off_loopback() {
    local refusal
    if refusal=$(timeout 20 "$folder/bailiwick" serve --testing --bind 0.0.0.0:0 2>&1) || [[ $refusal != *'on loopback alone'* ]]; then
        say "not refused on 0.0.0.0: $refusal"
        return 1
    fi
}

start() {
    cargo build --quiet --profile test --workspace --locked --features bailiwick-server/testing --bin bailiwick
    folder=$(mktemp -d "${TMPDIR:-/tmp}/bailiwick-testing.XXXXXX")
    cp target/debug/bailiwick "$folder"
    is_refused_off_loopback
    (cd "$folder" && exec ./bailiwick serve --testing --bind 127.0.0.1:0) >"$folder/log" 2>&1 &
    service=$!
    local tick
    for ((tick = 0; tick < 600; tick++)); do
        BAILIWICK_TESTING_URL=$(sed -n 's:^API *\(http.*/t\)/TOKEN$:\1:p' "$folder/log")
        [[ -z $BAILIWICK_TESTING_URL ]] || break
        kill -0 "$service" 2>/dev/null || break
        sleep 0.1
    done
    [[ -n $BAILIWICK_TESTING_URL ]] || { cat "$folder/log" >&2; return 1; }
    export BAILIWICK_TESTING_URL
}

start
runs=()
if have_vitest; then run_vitest & runs+=($!); fi
if have_pytest; then run_pytest & runs+=($!); fi
code=0
for run in "${runs[@]}"; do wait "$run" || code=$?; done
exit "$code"
