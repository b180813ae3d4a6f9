#!/usr/bin/env bash
# Runs every test of the workspace: against memory, SQLite, and temporary servers of
# PostgreSQL and Redis on free ports of this machine. Arguments are passed to cargo test.
# Missing packages are installed if root runs it on Debian; else, and with --no-install as the
# first argument, it names them and fails.
# shellcheck disable=SC2317,SC2329 # some functions are called by name
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf 'tests/run.sh: %s\n' "$*" >&2; }

die() {
    say "$*"
    exit 1
}

# --- Programs -------------------------------------------------------------------

# Prints folders that may hold PostgreSQL's server programs, which Debian keeps out of the PATH.
postgres_programs() {
    local found
    if found=$(command -v initdb); then
        dirname "$(readlink -f "$found")"
    fi
    if command -v pg_config >/dev/null; then
        pg_config --bindir
    fi
    printf '%s\n' /usr/lib/postgresql/*/bin | sort --version-sort --reverse
}

find_postgres() {
    local folder folders
    mapfile -t folders < <(postgres_programs)
    for folder in "${folders[@]}"; do
        if [[ -x $folder/initdb && -x $folder/pg_ctl && -x $folder/postgres ]]; then
            postgres=$folder
            return
        fi
    done
    return 1
}

missing_packages() {
    find_postgres || echo postgresql
    command -v redis-server >/dev/null || echo redis-server
    command -v cc >/dev/null || printf '%s\n' gcc libc6-dev # builds SQLite
    command -v chromium >/dev/null || echo chromium # sockets and pages in a browser
    command -v chromedriver >/dev/null || echo chromium-driver
    # the examples of docs/troubleshooting.md
    command -v curl >/dev/null || echo curl
    command -v openssl >/dev/null || echo openssl # also for the certificates of the tests of TLS
    command -v python3 >/dev/null || echo python3 # reads the sent mail
}

# Writes a file that keeps the packages from starting servers and creating a cluster.
keep_quiet() {
    local file=$1 content=$2
    [[ -e $file ]] && return
    mkdir -p "$(dirname "$file")"
    printf '%s\n' "$content" >"$file"
    chmod 755 "$file"
    quieted+=("$file")
}

install_packages() {
    if $no_install || ((EUID != 0)) || ! command -v apt-get >/dev/null; then
        die "missing: $* (install these packages, or run as root on Debian)"
    fi
    say "installing $*"
    keep_quiet /usr/sbin/policy-rc.d $'#!/bin/sh\nexit 101'
    keep_quiet /etc/postgresql-common/createcluster.d/bailiwick-tests.conf 'create_main_cluster = false'
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >&2 || die "the package lists cannot be read"
    apt-get install -qq -y --no-install-recommends "$@" >&2 || die "could not install $*"
    restore_packaging
}

restore_packaging() {
    ((${#quieted[@]} == 0)) || rm -f -- "${quieted[@]}"
    quieted=()
}

# --- Servers --------------------------------------------------------------------

# Chooses the user that runs the servers, because PostgreSQL refuses to run as root.
choose_server_user() {
    as_user=(env)
    ((EUID == 0)) || return 0
    local user=nobody
    id postgres >/dev/null 2>&1 && user=postgres
    command -v setpriv >/dev/null || die "missing: setpriv, to start PostgreSQL as $user"
    as_user=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --clear-groups env "HOME=$scratch")
    chown "$user" "$scratch"
    "${as_user[@]}" test -w "$scratch" || die "$user cannot use $scratch: set TMPDIR to another place"
}

# Prints the folder for the files of servers and tests: one in memory, unless TMPDIR names another. No
# file outlives the run, and the tests write thousands of databases.
scratch_parent() {
    local memory=/dev/shm
    if [[ -z ${TMPDIR-} ]] && has_room "$memory" && runs_programs "$memory"; then
        echo "$memory"
    else
        echo "${TMPDIR:-/tmp}"
    fi
}

has_room() { [[ -w $1 ]] && (($(df --output=avail --block-size=1G "$1" | tail -n 1) >= 6)); }

runs_programs() {
    local probe code=0
    probe=$(mktemp "$1/bailiwick-tests.XXXXXX") || return
    cp "$(type -P true)" "$probe" && chmod +x "$probe" && "$probe" 2>/dev/null || code=1
    rm -f -- "$probe"
    return "$code"
}

random_port() { echo $((10000 + (RANDOM * 32768 + RANDOM) % 22000)); }

# Starts a server by `$1 PORT`, on another port if the port is taken.
on_free_port() {
    local start=$1 log=$2 attempt
    for attempt in {1..20}; do
        port=$(random_port)
        rm -f -- "$log"
        "$start" "$port" && return
        grep -qis 'address already in use' "$log" || break
        say "port $port is taken (attempt $attempt)"
    done
    cat "$log" >&2 || true
    die "$start failed"
}

init_postgres() {
    local options=(--username=bailiwick --auth=trust --encoding=UTF8 --no-locale --no-sync)
    (cd "$scratch" && "${as_user[@]}" "$postgres/initdb" -D "$scratch/postgres" "${options[@]}") \
        >"$scratch/initdb.log" 2>&1 || {
        cat "$scratch/initdb.log" >&2
        die "initdb failed"
    }
    cat >>"$scratch/postgres/postgresql.conf" <<-'CONF'
		listen_addresses = '127.0.0.1'
		unix_socket_directories = ''
		max_connections = 300
		# no data here outlives the run
		fsync = off
		full_page_writes = off
		wal_level = minimal
		max_wal_senders = 0
		max_wal_size = 1GB
		autovacuum = off
	CONF
}

start_postgres() {
    (cd "$scratch" && "${as_user[@]}" "$postgres/pg_ctl" start --silent --wait --timeout=60 \
        -D "$scratch/postgres" -l "$scratch/postgres.log" -o "-p $1") >/dev/null 2>&1
}

start_redis() {
    : >"$scratch/redis.log"
    "${as_user[@]}" redis-server --port "$1" --bind 127.0.0.1 --dir "$scratch" --save '' --appendonly no \
        --daemonize no >"$scratch/redis.log" 2>&1 &
    redis=$!
    local tick
    for ((tick = 0; tick < 300; tick++)); do
        # Checks the log instead of a PING, because another server may answer on a port that is taken.
        grep -q 'Ready to accept connections' "$scratch/redis.log" && return
        kill -0 "$redis" 2>/dev/null || return 1
        sleep 0.1
    done
    return 1
}

# --- Tests ----------------------------------------------------------------------

# Tests send SIGHUP, which a run under nohup would hand down as ignored.
cargo_test() { in_group env --default-signal=HUP cargo test --locked --no-fail-fast "$@"; }

# Runs a command in a process group of its own, so that all its processes can be stopped.
in_group() {
    set -m
    {
        set +e
        "$@" 2>&1 | tee -a "$scratch/tests.log"
        exit "${PIPESTATUS[0]}"
    } </dev/null &
    tests=$!
    set +m
    local code=0
    wait "$tests" || code=$?
    tests=
    return "$code"
}

# Runs the tests, three times as many at a time as there are cores, because most of them wait for servers. If
# no arguments select some of them, the program with deliberate flaws is tested beside them, and
# /openapi.json after them.
run_tests() {
    local code=0
    export RUST_TEST_THREADS=${RUST_TEST_THREADS:-$((3 * $(nproc)))}
    $no_install || tests/axe.sh || die 'axe-core is not what it should be'
    if (($# > 0)); then
        cargo_test --workspace "$@"
        return
    fi
    build_flawed || return
    cargo_test --workspace --no-run || return
    set -m
    test_flawed >"$scratch/flawed.log" 2>&1 </dev/null &
    flawed=$!
    set +m
    cargo_test --workspace || code=$?
    wait "$flawed" || code=$?
    flawed=
    tee -a "$scratch/tests.log" <"$scratch/flawed.log"
    check_description || code=$?
    return "$code"
}

# Builds the program with the features flaws and otlp, and its tests. The program is copied, because
# the build without these features writes the same file.
build_flawed() {
    local features=(--locked -p bailiwick-server --features flaws,otlp)
    in_group cargo build --profile test "${features[@]}" || return
    cp "${CARGO_TARGET_DIR:-target}/debug/bailiwick" "$scratch/bailiwick" || return
    cargo test "${features[@]}" --test authority --test otlp --no-run --message-format=json \
        >"$scratch/artifacts" || return
    sed -n '/"kind":\["test"\]/s/.*"executable":"\([^"]*\)".*/\1/p' "$scratch/artifacts" >"$scratch/flawed"
}

# Checks that the checker of authority finds each flaw, and what is exported by OTLP.
test_flawed() {
    local program code=0
    export BAILIWICK_TEST_PROGRAM=$scratch/bailiwick
    cd crates/server
    while read -r program; do
        "$program" flaws:: export:: </dev/null || code=$?
    done <"$scratch/flawed"
    return "$code"
}

# Lets generated requests and generated clients try what /openapi.json says, and programs in other languages use
# services for tests.
check_description() {
    local code=0
    if $no_install; then
        say 'Schemathesis, the generated clients, vitest and pytest are left out, because they would be fetched'
        return
    fi
    in_group tests/openapi/schemathesis.sh || code=$?
    in_group tests/clients/run.sh || code=$?
    in_group tests/testing/run.sh || code=$?
    return "$code"
}

closing_line() {
    awk '/^test result: / { passed += $4; failed += $6; skipped += $8 }
        END {
            printf "%d passed, %d failed", passed, failed
            if (skipped) printf ", %d skipped", skipped
            print ""
        }' "$scratch/tests.log"
}

# --- From start to end ----------------------------------------------------------

postgres='' redis='' tests='' flawed='' scratch='' quieted=()

tidy() {
    trap - EXIT
    trap '' INT TERM HUP
    [[ -z $tests ]] || kill -- "-$tests" 2>/dev/null || true
    [[ -z $flawed ]] || kill -- "-$flawed" 2>/dev/null || true
    [[ -z $redis ]] || kill "$redis" 2>/dev/null || true
    if [[ -f $scratch/postgres/postmaster.pid ]]; then
        (cd "$scratch" && "${as_user[@]}" "$postgres/pg_ctl" stop --silent -m immediate -D "$scratch/postgres") || true
    fi
    wait
    [[ -z $scratch ]] || rm -rf -- "$scratch"
    restore_packaging
}
trap tidy EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

no_install=false
if [[ ${1-} == --no-install ]]; then
    no_install=true
    shift
fi

PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
command -v cargo >/dev/null || die "missing: cargo (https://rustup.rs)"
mapfile -t packages < <(missing_packages)
((${#packages[@]} == 0)) || install_packages "${packages[@]}"
find_postgres || die "PostgreSQL is installed, but its server programs are not found"
command -v redis-server >/dev/null || die "Redis is installed, but redis-server is not found"

scratch=$(mktemp -d "$(scratch_parent)/bailiwick-tests.XXXXXX")
: >"$scratch/tests.log"
choose_server_user
mkdir --mode=1777 "$scratch/tmp"
export TMPDIR=$scratch/tmp
init_postgres
on_free_port start_postgres "$scratch/postgres.log"
export BAILIWICK_TEST_POSTGRES=postgres://bailiwick@127.0.0.1:$port/postgres
on_free_port start_redis "$scratch/redis.log"
export BAILIWICK_TEST_REDIS=redis://127.0.0.1:$port
export BAILIWICK_TEST_REQUIRE=1 # a test without its server fails
say "PostgreSQL: $BAILIWICK_TEST_POSTGRES, Redis: $BAILIWICK_TEST_REDIS"

code=0
run_tests "$@" || code=$?
if ((code != 0)) && ! grep -Eq '^(test result: FAILED|=+ [0-9]+ failure|not ok )' "$scratch/tests.log"; then
    say "cargo ended with $code: not everything was built, or a test program broke off"
fi
closing_line
exit "$code"
