# Shorthands; each is one line that works without just.

# Run the service on http://127.0.0.1:8080
run *arguments:
    cargo run -- {{arguments}}

# Run every test, against memory, SQLite and PostgreSQL
test *arguments:
    tests/run.sh {{arguments}}

# Run the long check that authority is never stale; BAILIWICK_CHECK_SECONDS=600 sets its length
check-authority *arguments:
    cargo test -p bailiwick-server --test authority for_long -- --ignored --nocapture {{arguments}}

# Check that the check finds each flaw that is built in on purpose
check-flaws *arguments:
    cargo test -p bailiwick-server --features flaws --test authority flaws -- --nocapture {{arguments}}

# Check that the conformance suite finds broken stores; BAILIWICK_MUTANTS=RoleRepo chooses some of them
mutate-store *arguments:
    cargo test --workspace --locked --test mutants --test store every_mutant -- --ignored --nocapture {{arguments}}

# Run random histories on three stores in step; BAILIWICK_SIMULATE_SECONDS=600 sets for how long
simulate *arguments:
    cargo test --workspace --test simulation for_long -- --ignored --nocapture {{arguments}}

# Run the checks that a change must pass
ci:
    .ci/run

# Bring the database up to date
migrate:
    cargo run -- migrate

# Format the code
fmt:
    cargo fmt --all

# Run the lints
lint:
    cargo clippy --workspace --all-targets --locked -- -D warnings

# Check each set of features, and the example on axum
features:
    .ci/features

# Build the documentation of the crates
doc:
    cargo doc --workspace --no-deps --locked

# Check the spelling
spelling:
    .ci/spelling
