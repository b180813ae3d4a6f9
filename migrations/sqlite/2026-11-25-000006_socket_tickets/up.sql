-- What opens a socket, once and for a few seconds. A row goes when it is used.

CREATE TABLE socket_tickets (
    hash             BLOB    NOT NULL CONSTRAINT socket_tickets_pkey PRIMARY KEY,
    user_id          BLOB    NOT NULL
        CONSTRAINT socket_tickets_user_fkey REFERENCES users (id) ON DELETE CASCADE,
    session_id       BLOB    NOT NULL
        CONSTRAINT socket_tickets_session_fkey REFERENCES sessions (id) ON DELETE CASCADE,
    org_id           BLOB    NOT NULL
        CONSTRAINT socket_tickets_org_fkey REFERENCES organizations (id) ON DELETE CASCADE,
    -- Of the access token that the ticket was asked for with.
    token_expires_at INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL
) STRICT;
CREATE INDEX socket_tickets_user_idx ON socket_tickets (user_id);
CREATE INDEX socket_tickets_session_idx ON socket_tickets (session_id);
CREATE INDEX socket_tickets_org_idx ON socket_tickets (org_id);
CREATE INDEX socket_tickets_expires_idx ON socket_tickets (expires_at);
