-- Failed logins, and who is spared the counting. The account is the SHA-256 of its
-- address: whether there is such an account does not matter, and is not told.

CREATE TABLE login_attempts (
    account  bytea       NOT NULL,
    client   text        COLLATE "C" NOT NULL,
    failures integer     NOT NULL
        CONSTRAINT login_attempts_failures_check CHECK (failures >= 0),
    last_at  timestamptz NOT NULL,
    CONSTRAINT login_attempts_pkey PRIMARY KEY (account, client)
);
CREATE INDEX login_attempts_last_idx ON login_attempts (last_at);

ALTER TABLE users ADD COLUMN throttle_bypass_until timestamptz;
