DROP TRIGGER authority_org_deleted;
DROP TRIGGER authority_org_updated;
DROP TRIGGER authority_org_moved;
DROP TRIGGER authority_org_inserted;
DROP TRIGGER authority_grant_deleted;
DROP TRIGGER authority_grant_updated;
DROP TRIGGER authority_grant_inserted;
DROP TRIGGER authority_role_deleted;
DROP TRIGGER authority_role_updated;
DROP TRIGGER authority_role_moved;
DROP TRIGGER authority_role_inserted;
DROP TRIGGER authority_member_deleted;
DROP TRIGGER authority_member_updated;
DROP TRIGGER authority_member_inserted;
DROP TRIGGER authority_session_deleted;
DROP TRIGGER authority_session_updated;
DROP TRIGGER authority_session_moved;
DROP TRIGGER authority_session_inserted;
DROP TRIGGER authority_user_deleted;
DROP TRIGGER authority_user_updated;
DROP TRIGGER authority_user_moved;
DROP TRIGGER authority_user_inserted;
DROP TRIGGER authority_changes_inserted;
DROP TABLE authority_changes;

CREATE TABLE authority_changes (
    kind  TEXT NOT NULL
        CONSTRAINT authority_changes_kind_check
        CHECK (kind IN ('user', 'session', 'member', 'role', 'org')),
    -- The account of a session; the organisation of a member or role; else the thing itself.
    owner BLOB NOT NULL,
    -- The session, the member, the role; else empty.
    id    BLOB NOT NULL,
    CONSTRAINT authority_changes_pkey PRIMARY KEY (kind, owner, id)
) STRICT, WITHOUT ROWID;

-- Silent unless a column is changed that decides about authority. New rows count, because
-- one may have replaced another (INSERT OR REPLACE fires no trigger for what it deletes);
-- not those of sessions, which are replaced by nobody.

CREATE TRIGGER authority_user_inserted AFTER INSERT ON users
BEGIN
    INSERT INTO authority_changes SELECT 'user', NEW.id, x''
    WHERE NOT EXISTS (SELECT 1 FROM authority_changes WHERE (kind, owner, id) = ('user', NEW.id, x''));
END;
CREATE TRIGGER authority_user_updated AFTER UPDATE OF id, status, platform_admin ON users
WHEN (OLD.id, OLD.status, OLD.platform_admin) IS NOT (NEW.id, NEW.status, NEW.platform_admin)
BEGIN
    INSERT INTO authority_changes SELECT 'user', OLD.id, x''
    WHERE NOT EXISTS (SELECT 1 FROM authority_changes WHERE (kind, owner, id) = ('user', OLD.id, x''));
END;
CREATE TRIGGER authority_user_deleted AFTER DELETE ON users
BEGIN
    INSERT INTO authority_changes SELECT 'user', OLD.id, x''
    WHERE NOT EXISTS (SELECT 1 FROM authority_changes WHERE (kind, owner, id) = ('user', OLD.id, x''));
END;

CREATE TRIGGER authority_session_updated AFTER UPDATE OF id, user_id, ended_at, expires_at ON sessions
WHEN (OLD.id, OLD.user_id, OLD.ended_at, OLD.expires_at)
    IS NOT (NEW.id, NEW.user_id, NEW.ended_at, NEW.expires_at)
BEGIN
    INSERT INTO authority_changes SELECT 'session', OLD.user_id, OLD.id
    WHERE NOT EXISTS (
        SELECT 1 FROM authority_changes WHERE (kind, owner, id) = ('session', OLD.user_id, OLD.id));
END;
CREATE TRIGGER authority_session_deleted AFTER DELETE ON sessions WHEN OLD.ended_at IS NULL
BEGIN
    INSERT INTO authority_changes SELECT 'session', OLD.user_id, OLD.id
    WHERE NOT EXISTS (
        SELECT 1 FROM authority_changes WHERE (kind, owner, id) = ('session', OLD.user_id, OLD.id));
END;

CREATE TRIGGER authority_member_inserted AFTER INSERT ON memberships
BEGIN
    INSERT INTO authority_changes SELECT 'member', NEW.org_id, NEW.user_id
    WHERE NOT EXISTS (
        SELECT 1 FROM authority_changes WHERE (kind, owner, id) = ('member', NEW.org_id, NEW.user_id));
END;
CREATE TRIGGER authority_member_updated
AFTER UPDATE OF org_id, user_id, role_id, status, invited_until ON memberships
WHEN (OLD.org_id, OLD.user_id, OLD.role_id, OLD.status, OLD.invited_until)
    IS NOT (NEW.org_id, NEW.user_id, NEW.role_id, NEW.status, NEW.invited_until)
BEGIN
    INSERT INTO authority_changes SELECT 'member', OLD.org_id, OLD.user_id
    WHERE NOT EXISTS (
        SELECT 1 FROM authority_changes WHERE (kind, owner, id) = ('member', OLD.org_id, OLD.user_id));
    INSERT INTO authority_changes SELECT 'member', NEW.org_id, NEW.user_id
    WHERE NOT EXISTS (
        SELECT 1 FROM authority_changes WHERE (kind, owner, id) = ('member', NEW.org_id, NEW.user_id));
END;
CREATE TRIGGER authority_member_deleted AFTER DELETE ON memberships
BEGIN
    INSERT INTO authority_changes SELECT 'member', OLD.org_id, OLD.user_id
    WHERE NOT EXISTS (
        SELECT 1 FROM authority_changes WHERE (kind, owner, id) = ('member', OLD.org_id, OLD.user_id));
END;

CREATE TRIGGER authority_role_inserted AFTER INSERT ON roles
BEGIN
    INSERT INTO authority_changes SELECT 'role', NEW.org_id, NEW.id
    WHERE NOT EXISTS (
        SELECT 1 FROM authority_changes WHERE (kind, owner, id) = ('role', NEW.org_id, NEW.id));
END;
CREATE TRIGGER authority_role_updated AFTER UPDATE OF id, org_id, name, level, system ON roles
WHEN (OLD.id, OLD.org_id, OLD.name, OLD.level, OLD.system)
    IS NOT (NEW.id, NEW.org_id, NEW.name, NEW.level, NEW.system)
BEGIN
    INSERT INTO authority_changes SELECT 'role', OLD.org_id, OLD.id
    WHERE NOT EXISTS (
        SELECT 1 FROM authority_changes WHERE (kind, owner, id) = ('role', OLD.org_id, OLD.id));
END;
CREATE TRIGGER authority_role_deleted AFTER DELETE ON roles
BEGIN
    INSERT INTO authority_changes SELECT 'role', OLD.org_id, OLD.id
    WHERE NOT EXISTS (
        SELECT 1 FROM authority_changes WHERE (kind, owner, id) = ('role', OLD.org_id, OLD.id));
END;

-- A grant is its role's. A role that is gone was told of when it went.
CREATE TRIGGER authority_grant_inserted AFTER INSERT ON role_permissions
BEGIN
    INSERT INTO authority_changes SELECT 'role', roles.org_id, roles.id FROM roles
    WHERE roles.id = NEW.role_id AND NOT EXISTS (
        SELECT 1 FROM authority_changes AS told
        WHERE (told.kind, told.owner, told.id) = ('role', roles.org_id, roles.id));
END;
CREATE TRIGGER authority_grant_updated AFTER UPDATE ON role_permissions
BEGIN
    INSERT INTO authority_changes SELECT 'role', roles.org_id, roles.id FROM roles
    WHERE roles.id IN (OLD.role_id, NEW.role_id) AND NOT EXISTS (
        SELECT 1 FROM authority_changes AS told
        WHERE (told.kind, told.owner, told.id) = ('role', roles.org_id, roles.id));
END;
CREATE TRIGGER authority_grant_deleted AFTER DELETE ON role_permissions
BEGIN
    INSERT INTO authority_changes SELECT 'role', roles.org_id, roles.id FROM roles
    WHERE roles.id = OLD.role_id AND NOT EXISTS (
        SELECT 1 FROM authority_changes AS told
        WHERE (told.kind, told.owner, told.id) = ('role', roles.org_id, roles.id));
END;

CREATE TRIGGER authority_org_updated AFTER UPDATE OF id, archived_at ON organizations
WHEN (OLD.id, OLD.archived_at) IS NOT (NEW.id, NEW.archived_at)
BEGIN
    INSERT INTO authority_changes SELECT 'org', OLD.id, x''
    WHERE NOT EXISTS (SELECT 1 FROM authority_changes WHERE (kind, owner, id) = ('org', OLD.id, x''));
END;
CREATE TRIGGER authority_org_deleted AFTER DELETE ON organizations
BEGIN
    INSERT INTO authority_changes SELECT 'org', OLD.id, x''
    WHERE NOT EXISTS (SELECT 1 FROM authority_changes WHERE (kind, owner, id) = ('org', OLD.id, x''));
END;
