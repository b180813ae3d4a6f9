# Shorthands; each is one line that works without just.

# The service, on http://127.0.0.1:8080
run *arguments:
    cargo run -- {{arguments}}

# Every test, against memory, SQLite and PostgreSQL
test *arguments:
    tests/run.sh {{arguments}}

# The long check that authority is never stale; BAILIWICK_CHECK_SECONDS=600 is its length
check-authority *arguments:
    cargo test -p bailiwick-server --test authority for_long -- --ignored --nocapture {{arguments}}

# That the check finds each bug that was put in on purpose
check-flaws *arguments:
    cargo test -p bailiwick-server --features flaws --test authority flaws -- --nocapture {{arguments}}

# What must hold before a change is taken
ci:
    .ci/run

# Bring the database up to date
migrate:
    cargo run -- migrate

# Format the code
fmt:
    cargo fmt --all

# Look for mistakes
lint:
    cargo clippy --workspace --all-targets --locked -- -D warnings

# The documentation of the crates
doc:
    cargo doc --workspace --no-deps --locked
