-- Links that prove an address, and the successors of refresh tokens.

-- Every such link that was mailed, by the hash of its secret. A row stays until it expires,
-- also after the secret was used or replaced: the link then answers that all is done, if
-- the account is still at that address.
CREATE TABLE account_links (
    hash       BLOB        NOT NULL CONSTRAINT account_links_pkey PRIMARY KEY,
    user_id    BLOB        NOT NULL
        CONSTRAINT account_links_user_fkey REFERENCES users (id) ON DELETE CASCADE,
    kind       TEXT        NOT NULL,
    email      TEXT        NOT NULL,
    expires_at INTEGER     NOT NULL
) STRICT;
CREATE INDEX account_links_user_idx ON account_links (user_id);
CREATE INDEX account_links_expires_idx ON account_links (expires_at);

-- The token that the use of this one created. Absent while it is unused, and for a use
-- recorded before this column existed.
ALTER TABLE refresh_tokens ADD COLUMN successor BLOB;
