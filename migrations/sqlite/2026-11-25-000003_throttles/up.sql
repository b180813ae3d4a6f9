-- Failed logins, and who is spared the counting. The account is the SHA-256 of its
-- address: whether there is such an account does not matter, and is not told.

CREATE TABLE login_attempts (
    account  BLOB    NOT NULL CHECK (length(account) = 32),
    client   TEXT    NOT NULL,
    failures INTEGER NOT NULL
        CONSTRAINT login_attempts_failures_check CHECK (failures >= 0),
    last_at  INTEGER NOT NULL,
    CONSTRAINT login_attempts_pkey PRIMARY KEY (account, client)
) STRICT;
CREATE INDEX login_attempts_last_idx ON login_attempts (last_at);

ALTER TABLE users ADD COLUMN throttle_bypass_until INTEGER;
