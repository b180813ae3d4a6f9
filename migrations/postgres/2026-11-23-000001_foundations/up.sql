-- Accounts, organisations, roles, invitations and outgoing mail.
-- The constraints hold the invariants; the names of those that a caller can run
-- into are known to crates/store/src/constraint.rs.
-- Indexed text is collated "C": the order of bytes, as in SQLite, and no index
-- that a new version of the operating system silently invalidates.

CREATE TABLE users (
    id             uuid        NOT NULL CONSTRAINT users_pkey PRIMARY KEY,
    email          text        COLLATE "C" NOT NULL CONSTRAINT users_email_key UNIQUE,
    password_hash  text        NOT NULL,
    first_name     text        COLLATE "C" NOT NULL,
    last_name      text        COLLATE "C" NOT NULL,
    status         text        NOT NULL
        CONSTRAINT users_status_check CHECK (status IN ('active', 'inactive', 'pending')),
    email_verified boolean     NOT NULL,
    platform_admin boolean     NOT NULL DEFAULT false,
    created_at     timestamptz NOT NULL,
    last_active    timestamptz
);

CREATE TABLE organizations (
    id         uuid        NOT NULL CONSTRAINT organizations_pkey PRIMARY KEY,
    name       text        NOT NULL,
    slug       text        COLLATE "C" NOT NULL CONSTRAINT organizations_slug_key UNIQUE,
    created_at timestamptz NOT NULL
);

CREATE TABLE roles (
    id          uuid        NOT NULL CONSTRAINT roles_pkey PRIMARY KEY,
    org_id      uuid        NOT NULL
        CONSTRAINT roles_org_fkey REFERENCES organizations (id) ON DELETE CASCADE,
    name        text        NOT NULL,
    -- The name in lower case, written by the application (by Unicode's rules).
    name_key    text        COLLATE "C" NOT NULL,
    description text        NOT NULL DEFAULT '',
    level       smallint    NOT NULL CONSTRAINT roles_level_check CHECK (level BETWEEN 1 AND 100),
    system      text        CONSTRAINT roles_system_check CHECK (system IN ('owner', 'admin', 'member', 'guest')),
    created_at  timestamptz NOT NULL,
    -- The name comes before the level: that is the order in which they are reported.
    CONSTRAINT roles_name_key UNIQUE (org_id, name_key),
    CONSTRAINT roles_level_key UNIQUE (org_id, level),
    CONSTRAINT roles_system_key UNIQUE (org_id, system),
    -- Tenancy: what refers to a role refers to its organisation as well.
    CONSTRAINT roles_org_id_key UNIQUE (org_id, id),
    CONSTRAINT roles_owner_check CHECK ((coalesce(system, '') = 'owner') = (level = 100))
);

CREATE TABLE role_permissions (
    role_id    uuid    NOT NULL
        CONSTRAINT role_permissions_role_fkey REFERENCES roles (id) ON DELETE CASCADE,
    permission text    COLLATE "C" NOT NULL,
    position   integer NOT NULL DEFAULT 0,
    CONSTRAINT role_permissions_pkey PRIMARY KEY (role_id, permission)
);

CREATE TABLE memberships (
    org_id        uuid        NOT NULL
        CONSTRAINT memberships_org_fkey REFERENCES organizations (id) ON DELETE CASCADE,
    user_id       uuid        NOT NULL
        CONSTRAINT memberships_user_fkey REFERENCES users (id) ON DELETE CASCADE,
    role_id       uuid,
    status        text        NOT NULL
        CONSTRAINT memberships_status_check CHECK (status IN ('invited', 'active', 'suspended', 'removed')),
    invited_until timestamptz,
    created_at    timestamptz NOT NULL,
    joined_at     timestamptz,
    CONSTRAINT memberships_pkey PRIMARY KEY (org_id, user_id),
    CONSTRAINT memberships_role_fkey FOREIGN KEY (org_id, role_id) REFERENCES roles (org_id, id),
    CONSTRAINT memberships_role_check CHECK (role_id IS NOT NULL OR status = 'removed')
);
CREATE INDEX memberships_user_idx ON memberships (user_id);
CREATE INDEX memberships_role_idx ON memberships (org_id, role_id);

CREATE TABLE permissions (
    id          uuid        NOT NULL CONSTRAINT permissions_pkey PRIMARY KEY,
    -- Absent: every organisation sees the entry.
    org_id      uuid
        CONSTRAINT permissions_org_fkey REFERENCES organizations (id) ON DELETE CASCADE,
    resource    text        COLLATE "C" NOT NULL,
    action      text        COLLATE "C" NOT NULL,
    description text        NOT NULL,
    created_at  timestamptz NOT NULL
);
CREATE UNIQUE INDEX permissions_private_key ON permissions (org_id, resource, action) WHERE org_id IS NOT NULL;
CREATE UNIQUE INDEX permissions_global_key ON permissions (resource, action) WHERE org_id IS NULL;

CREATE TABLE invitations (
    id         uuid        NOT NULL CONSTRAINT invitations_pkey PRIMARY KEY,
    org_id     uuid        NOT NULL
        CONSTRAINT invitations_org_fkey REFERENCES organizations (id) ON DELETE CASCADE,
    email      text        COLLATE "C" NOT NULL,
    -- Absent once the role was deleted, which only settled or expired invitations live to see.
    role_id    uuid,
    inviter_id uuid
        CONSTRAINT invitations_inviter_fkey REFERENCES users (id) ON DELETE SET NULL,
    message    text,
    status     text        NOT NULL
        CONSTRAINT invitations_status_check
        CHECK (status IN ('pending', 'accepted', 'declined', 'revoked', 'superseded')),
    settled_at timestamptz,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    token_hash bytea       NOT NULL CONSTRAINT invitations_token_key UNIQUE,
    CONSTRAINT invitations_role_fkey FOREIGN KEY (org_id, role_id) REFERENCES roles (org_id, id),
    CONSTRAINT invitations_settled_check CHECK ((settled_at IS NULL) = (status = 'pending'))
);
CREATE UNIQUE INDEX invitations_pending_key ON invitations (org_id, email) WHERE status = 'pending';
CREATE INDEX invitations_org_idx ON invitations (org_id, id);
CREATE INDEX invitations_role_idx ON invitations (org_id, role_id);
CREATE INDEX invitations_inviter_idx ON invitations (inviter_id);

CREATE TABLE sessions (
    id           uuid        NOT NULL CONSTRAINT sessions_pkey PRIMARY KEY,
    user_id      uuid        NOT NULL
        CONSTRAINT sessions_user_fkey REFERENCES users (id) ON DELETE CASCADE,
    device       text,
    ip           text,
    created_at   timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    ended_at     timestamptz
);
CREATE INDEX sessions_user_idx ON sessions (user_id);

CREATE TABLE refresh_tokens (
    hash       bytea       NOT NULL CONSTRAINT refresh_tokens_pkey PRIMARY KEY,
    session_id uuid        NOT NULL
        CONSTRAINT refresh_tokens_session_fkey REFERENCES sessions (id) ON DELETE CASCADE,
    issued_at  timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX refresh_tokens_session_idx ON refresh_tokens (session_id);

CREATE TABLE one_time_secrets (
    hash       bytea       NOT NULL CONSTRAINT one_time_secrets_pkey PRIMARY KEY,
    user_id    uuid        NOT NULL
        CONSTRAINT one_time_secrets_user_fkey REFERENCES users (id) ON DELETE CASCADE,
    kind       text        COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT one_time_secrets_user_key UNIQUE (user_id, kind)
);

CREATE TABLE outbox (
    id         uuid        NOT NULL CONSTRAINT outbox_pkey PRIMARY KEY,
    recipient  text        NOT NULL,
    kind       text        NOT NULL,
    -- JSON with the one-time token in it; erased when the mail was sent.
    payload    text,
    attempts   integer     NOT NULL DEFAULT 0,
    -- Absent once the mail was sent, and when it was given up (then sent_at is absent too).
    due_at     timestamptz,
    created_at timestamptz NOT NULL,
    sent_at    timestamptz,
    last_error text
);
CREATE INDEX outbox_due_idx ON outbox (due_at) WHERE due_at IS NOT NULL;
