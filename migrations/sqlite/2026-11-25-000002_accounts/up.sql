-- What accounts need beyond their beginnings: a change of address, the secret of
-- the first administrator, and organisations laid to rest.

-- The address that the account will move to once it is confirmed.
ALTER TABLE users ADD COLUMN pending_email TEXT;

-- One row at most: the newest secret that makes the first administrator.
CREATE TABLE setup_secret (
    only_row   INTEGER NOT NULL DEFAULT 1 CONSTRAINT setup_secret_pkey PRIMARY KEY CHECK (only_row = 1),
    hash       BLOB    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

-- Set while its only member is switched off: to everybody it does not exist.
ALTER TABLE organizations ADD COLUMN archived_at INTEGER;
