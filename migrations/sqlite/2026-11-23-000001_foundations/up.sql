-- Accounts, organisations, roles, invitations and outgoing mail.
-- The constraints hold the invariants; those that a caller can run into are known
-- to crates/store/src/constraint.rs. Ids are the 16 bytes of a UUID, times are
-- microseconds since 1970 (UTC), truth is 0 or 1.

CREATE TABLE users (
    id             BLOB        NOT NULL CONSTRAINT users_pkey PRIMARY KEY CHECK (length(id) = 16),
    email          TEXT        NOT NULL CONSTRAINT users_email_key UNIQUE,
    password_hash  TEXT        NOT NULL,
    first_name     TEXT        NOT NULL,
    last_name      TEXT        NOT NULL,
    status         TEXT        NOT NULL
        CONSTRAINT users_status_check CHECK (status IN ('active', 'inactive', 'pending')),
    email_verified INTEGER     NOT NULL CHECK (email_verified IN (0, 1)),
    platform_admin INTEGER     NOT NULL DEFAULT 0 CHECK (platform_admin IN (0, 1)),
    created_at     INTEGER     NOT NULL,
    last_active    INTEGER
) STRICT;

CREATE TABLE organizations (
    id         BLOB        NOT NULL CONSTRAINT organizations_pkey PRIMARY KEY CHECK (length(id) = 16),
    name       TEXT        NOT NULL,
    slug       TEXT        NOT NULL CONSTRAINT organizations_slug_key UNIQUE,
    created_at INTEGER     NOT NULL
) STRICT;

CREATE TABLE roles (
    id          BLOB        NOT NULL CONSTRAINT roles_pkey PRIMARY KEY CHECK (length(id) = 16),
    org_id      BLOB        NOT NULL
        CONSTRAINT roles_org_fkey REFERENCES organizations (id) ON DELETE CASCADE,
    name        TEXT        NOT NULL,
    -- The name in lower case, written by the application (by Unicode's rules).
    name_key    TEXT        NOT NULL,
    description TEXT        NOT NULL DEFAULT '',
    level       INTEGER     NOT NULL CONSTRAINT roles_level_check CHECK (level BETWEEN 1 AND 100),
    system      TEXT        CONSTRAINT roles_system_check CHECK (system IN ('owner', 'admin', 'member', 'guest')),
    created_at  INTEGER     NOT NULL,
    -- The name comes before the level: that is the order in which they are reported.
    CONSTRAINT roles_name_key UNIQUE (org_id, name_key),
    CONSTRAINT roles_level_key UNIQUE (org_id, level),
    CONSTRAINT roles_system_key UNIQUE (org_id, system),
    -- Tenancy: what refers to a role refers to its organisation as well.
    CONSTRAINT roles_org_id_key UNIQUE (org_id, id),
    CONSTRAINT roles_owner_check CHECK ((coalesce(system, '') = 'owner') = (level = 100))
) STRICT;

CREATE TABLE role_permissions (
    role_id    BLOB    NOT NULL
        CONSTRAINT role_permissions_role_fkey REFERENCES roles (id) ON DELETE CASCADE,
    permission TEXT    NOT NULL,
    position   INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT role_permissions_pkey PRIMARY KEY (role_id, permission)
) STRICT;

CREATE TABLE memberships (
    org_id        BLOB        NOT NULL
        CONSTRAINT memberships_org_fkey REFERENCES organizations (id) ON DELETE CASCADE,
    user_id       BLOB        NOT NULL
        CONSTRAINT memberships_user_fkey REFERENCES users (id) ON DELETE CASCADE,
    role_id       BLOB,
    status        TEXT        NOT NULL
        CONSTRAINT memberships_status_check CHECK (status IN ('invited', 'active', 'suspended', 'removed')),
    invited_until INTEGER,
    created_at    INTEGER     NOT NULL,
    joined_at     INTEGER,
    CONSTRAINT memberships_pkey PRIMARY KEY (org_id, user_id),
    CONSTRAINT memberships_role_fkey FOREIGN KEY (org_id, role_id) REFERENCES roles (org_id, id),
    CONSTRAINT memberships_role_check CHECK (role_id IS NOT NULL OR status = 'removed')
) STRICT;
CREATE INDEX memberships_user_idx ON memberships (user_id);
CREATE INDEX memberships_role_idx ON memberships (org_id, role_id);

CREATE TABLE permissions (
    id          BLOB        NOT NULL CONSTRAINT permissions_pkey PRIMARY KEY CHECK (length(id) = 16),
    -- Absent: every organisation sees the entry.
    org_id      BLOB
        CONSTRAINT permissions_org_fkey REFERENCES organizations (id) ON DELETE CASCADE,
    resource    TEXT        NOT NULL,
    action      TEXT        NOT NULL,
    description TEXT        NOT NULL,
    created_at  INTEGER     NOT NULL
) STRICT;
CREATE UNIQUE INDEX permissions_private_key ON permissions (org_id, resource, action) WHERE org_id IS NOT NULL;
CREATE UNIQUE INDEX permissions_global_key ON permissions (resource, action) WHERE org_id IS NULL;

CREATE TABLE invitations (
    id         BLOB        NOT NULL CONSTRAINT invitations_pkey PRIMARY KEY CHECK (length(id) = 16),
    org_id     BLOB        NOT NULL
        CONSTRAINT invitations_org_fkey REFERENCES organizations (id) ON DELETE CASCADE,
    email      TEXT        NOT NULL,
    -- Absent once the role was deleted, which only settled or expired invitations live to see.
    role_id    BLOB,
    inviter_id BLOB
        CONSTRAINT invitations_inviter_fkey REFERENCES users (id) ON DELETE SET NULL,
    message    TEXT,
    status     TEXT        NOT NULL
        CONSTRAINT invitations_status_check
        CHECK (status IN ('pending', 'accepted', 'declined', 'revoked', 'superseded')),
    settled_at INTEGER,
    expires_at INTEGER     NOT NULL,
    created_at INTEGER     NOT NULL,
    token_hash BLOB        NOT NULL CONSTRAINT invitations_token_key UNIQUE,
    CONSTRAINT invitations_role_fkey FOREIGN KEY (org_id, role_id) REFERENCES roles (org_id, id),
    CONSTRAINT invitations_settled_check CHECK ((settled_at IS NULL) = (status = 'pending'))
) STRICT;
CREATE UNIQUE INDEX invitations_pending_key ON invitations (org_id, email) WHERE status = 'pending';
CREATE INDEX invitations_org_idx ON invitations (org_id, id);
CREATE INDEX invitations_role_idx ON invitations (org_id, role_id);
CREATE INDEX invitations_inviter_idx ON invitations (inviter_id);

CREATE TABLE sessions (
    id           BLOB        NOT NULL CONSTRAINT sessions_pkey PRIMARY KEY CHECK (length(id) = 16),
    user_id      BLOB        NOT NULL
        CONSTRAINT sessions_user_fkey REFERENCES users (id) ON DELETE CASCADE,
    device       TEXT,
    ip           TEXT,
    created_at   INTEGER     NOT NULL,
    last_seen_at INTEGER     NOT NULL,
    expires_at   INTEGER     NOT NULL,
    ended_at     INTEGER
) STRICT;
CREATE INDEX sessions_user_idx ON sessions (user_id);

CREATE TABLE refresh_tokens (
    hash       BLOB        NOT NULL CONSTRAINT refresh_tokens_pkey PRIMARY KEY,
    session_id BLOB        NOT NULL
        CONSTRAINT refresh_tokens_session_fkey REFERENCES sessions (id) ON DELETE CASCADE,
    issued_at  INTEGER     NOT NULL,
    expires_at INTEGER     NOT NULL,
    used_at    INTEGER
) STRICT;
CREATE INDEX refresh_tokens_session_idx ON refresh_tokens (session_id);

CREATE TABLE one_time_secrets (
    hash       BLOB        NOT NULL CONSTRAINT one_time_secrets_pkey PRIMARY KEY,
    user_id    BLOB        NOT NULL
        CONSTRAINT one_time_secrets_user_fkey REFERENCES users (id) ON DELETE CASCADE,
    kind       TEXT        NOT NULL,
    created_at INTEGER     NOT NULL,
    expires_at INTEGER     NOT NULL,
    CONSTRAINT one_time_secrets_user_key UNIQUE (user_id, kind)
) STRICT;

CREATE TABLE outbox (
    id         BLOB        NOT NULL CONSTRAINT outbox_pkey PRIMARY KEY CHECK (length(id) = 16),
    recipient  TEXT        NOT NULL,
    kind       TEXT        NOT NULL,
    -- JSON with the one-time token in it; erased when the mail was sent.
    payload    TEXT,
    attempts   INTEGER     NOT NULL DEFAULT 0,
    -- Absent once the mail was sent, and when it was given up (then sent_at is absent too).
    due_at     INTEGER,
    created_at INTEGER     NOT NULL,
    sent_at    INTEGER,
    last_error TEXT
) STRICT;
CREATE INDEX outbox_due_idx ON outbox (due_at) WHERE due_at IS NOT NULL;
