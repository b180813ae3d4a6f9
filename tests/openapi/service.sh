# Sourced: starts the service on a temporary SQLite database, with an administrator of the platform.
# Expects to be in the root of the workspace.
# shellcheck shell=bash

export ADMIN_EMAIL=root@example.com ADMIN_PASSWORD='correct horse battery'
service_folder='' service_pid=''

# Stops the service and removes its data.
stop_service() {
    [[ -z $service_pid ]] || kill "$service_pid" 2>/dev/null || true
    [[ -z $service_pid ]] || wait "$service_pid" 2>/dev/null || true
    [[ -z $service_folder ]] || rm -rf -- "$service_folder"
    service_folder='' service_pid=''
}

# Builds and starts it on a free port; sets API_URL and OUTBOX. Arguments are settings, such as NAME=VALUE.
start_service() {
    cargo build --quiet --profile test --workspace --locked --bin bailiwick || return
    service_folder=$(mktemp -d "${TMPDIR:-/tmp}/bailiwick-api.XXXXXX")
    trap stop_service EXIT
    local program=$PWD/target/debug/bailiwick log=$service_folder/log tick
    local settings=("DATA_DIR=$service_folder/data" BIND=127.0.0.1:0 BAILIWICK__THROTTLE__ENABLED=false "$@")
    (cd "$service_folder" && env "${settings[@]}" "$program" admin create --email "$ADMIN_EMAIL" --password-stdin) \
        >"$log" 2>&1 <<<"$ADMIN_PASSWORD" || { cat "$log" >&2; return 1; }
    (cd "$service_folder" && exec env "${settings[@]}" "$program") >"$log" 2>&1 &
    service_pid=$!
    for ((tick = 0; tick < 600; tick++)); do
        API_URL=$(sed -n 's/^API *//p' "$log")
        [[ -z $API_URL ]] || break
        kill -0 "$service_pid" 2>/dev/null || break
        sleep 0.1
    done
    OUTBOX=$service_folder/data/outbox
    export API_URL OUTBOX
    [[ -n $API_URL ]] || { cat "$log" >&2; return 1; }
}
