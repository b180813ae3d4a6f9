-- What the pages know of a person: the cookie of a session, and the language.

-- Beside the session, and not in it, so that using the pages changes nothing that caches hold.
CREATE TABLE page_sessions (
    session_id       BLOB    NOT NULL CONSTRAINT page_sessions_pkey PRIMARY KEY
        CONSTRAINT page_sessions_session_fkey REFERENCES sessions (id) ON DELETE CASCADE,
    cookie_hash      BLOB    NOT NULL CONSTRAINT page_sessions_cookie_key UNIQUE,
    -- Moved by use, at most once an hour. The session itself may end earlier.
    idle_expires_at  INTEGER NOT NULL,
    -- When the password was last given.
    authenticated_at INTEGER NOT NULL
) STRICT;

-- A language tag (BCP 47); NULL until the person chooses one.
ALTER TABLE users ADD COLUMN language TEXT;
