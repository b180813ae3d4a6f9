-- The changes of authority become a log, so that any number of processes can follow it.
-- Each process remembers how far it has read and deletes nothing. A row is forgotten by one
-- rule, which the schema itself keeps: 4,096 newer rows exist. A process that finds the row
-- at its position gone or replaced, or rows behind it missing, has missed changes, and its
-- cache forgets everything.

DROP TRIGGER authority_org_deleted;
DROP TRIGGER authority_org_updated;
DROP TRIGGER authority_grant_deleted;
DROP TRIGGER authority_grant_updated;
DROP TRIGGER authority_grant_inserted;
DROP TRIGGER authority_role_deleted;
DROP TRIGGER authority_role_updated;
DROP TRIGGER authority_role_inserted;
DROP TRIGGER authority_member_deleted;
DROP TRIGGER authority_member_updated;
DROP TRIGGER authority_member_inserted;
DROP TRIGGER authority_session_deleted;
DROP TRIGGER authority_session_updated;
DROP TRIGGER authority_user_deleted;
DROP TRIGGER authority_user_updated;
DROP TRIGGER authority_user_inserted;

CREATE TABLE authority_changes_before AS SELECT kind, owner, id FROM authority_changes;
DROP TABLE authority_changes;

CREATE TABLE authority_changes (
    -- Never given twice: sqlite_sequence tells the last one also when its row is gone.
    seq   INTEGER NOT NULL CONSTRAINT authority_changes_pkey PRIMARY KEY AUTOINCREMENT,
    kind  TEXT    NOT NULL
        CONSTRAINT authority_changes_kind_check
        CHECK (kind IN ('user', 'session', 'member', 'role', 'org')),
    -- The account of a session; the organization of a member or role; else the thing itself.
    owner BLOB    NOT NULL,
    -- The session, the member, the role; else empty.
    id    BLOB    NOT NULL,
    -- Tells this row from one of the same number in another copy of the file.
    mark  INTEGER NOT NULL DEFAULT (random())
) STRICT;

CREATE TRIGGER authority_changes_inserted AFTER INSERT ON authority_changes
BEGIN
    DELETE FROM authority_changes WHERE seq <= NEW.seq - 4096;
END;

-- A process of an older release may not have seen these.
INSERT INTO authority_changes (kind, owner, id) SELECT kind, owner, id FROM authority_changes_before;
DROP TABLE authority_changes_before;

-- Silent unless a column is changed that decides about authority. A new row is silent as
-- well, because caches remember nothing absent. But a row that another one replaces (OR
-- REPLACE) fires no trigger, so each statement that may replace some looks for them first.

CREATE TRIGGER authority_user_inserted BEFORE INSERT ON users
BEGIN
    INSERT INTO authority_changes (kind, owner, id)
    SELECT 'user', id, x'' FROM users WHERE id = NEW.id OR email = NEW.email;
END;
CREATE TRIGGER authority_user_moved BEFORE UPDATE OF id, email ON users
WHEN (OLD.id, OLD.email) IS NOT (NEW.id, NEW.email)
BEGIN
    INSERT INTO authority_changes (kind, owner, id)
    SELECT 'user', id, x'' FROM users WHERE (id = NEW.id OR email = NEW.email) AND id IS NOT OLD.id;
END;
CREATE TRIGGER authority_user_updated AFTER UPDATE OF id, status, platform_admin ON users
WHEN (OLD.id, OLD.status, OLD.platform_admin) IS NOT (NEW.id, NEW.status, NEW.platform_admin)
BEGIN
    INSERT INTO authority_changes (kind, owner, id) VALUES ('user', OLD.id, x'');
END;
CREATE TRIGGER authority_user_deleted AFTER DELETE ON users
BEGIN
    INSERT INTO authority_changes (kind, owner, id) VALUES ('user', OLD.id, x'');
END;

CREATE TRIGGER authority_session_inserted BEFORE INSERT ON sessions
BEGIN
    INSERT INTO authority_changes (kind, owner, id)
    SELECT 'session', user_id, id FROM sessions WHERE id = NEW.id;
END;
CREATE TRIGGER authority_session_moved BEFORE UPDATE OF id ON sessions WHEN OLD.id IS NOT NEW.id
BEGIN
    INSERT INTO authority_changes (kind, owner, id)
    SELECT 'session', user_id, id FROM sessions WHERE id = NEW.id;
END;
CREATE TRIGGER authority_session_updated AFTER UPDATE OF id, user_id, ended_at, expires_at ON sessions
WHEN (OLD.id, OLD.user_id, OLD.ended_at, OLD.expires_at)
    IS NOT (NEW.id, NEW.user_id, NEW.ended_at, NEW.expires_at)
BEGIN
    INSERT INTO authority_changes (kind, owner, id) VALUES ('session', OLD.user_id, OLD.id);
END;
CREATE TRIGGER authority_session_deleted AFTER DELETE ON sessions WHEN OLD.ended_at IS NULL
BEGIN
    INSERT INTO authority_changes (kind, owner, id) VALUES ('session', OLD.user_id, OLD.id);
END;

CREATE TRIGGER authority_member_inserted BEFORE INSERT ON memberships
BEGIN
    INSERT INTO authority_changes (kind, owner, id)
    SELECT 'member', org_id, user_id FROM memberships WHERE (org_id, user_id) = (NEW.org_id, NEW.user_id);
END;
CREATE TRIGGER authority_member_updated
AFTER UPDATE OF org_id, user_id, role_id, status, invited_until ON memberships
WHEN (OLD.org_id, OLD.user_id, OLD.role_id, OLD.status, OLD.invited_until)
    IS NOT (NEW.org_id, NEW.user_id, NEW.role_id, NEW.status, NEW.invited_until)
BEGIN
    INSERT INTO authority_changes (kind, owner, id) VALUES ('member', OLD.org_id, OLD.user_id);
    -- The one that it took the place of.
    INSERT INTO authority_changes (kind, owner, id) SELECT 'member', NEW.org_id, NEW.user_id
    WHERE (OLD.org_id, OLD.user_id) IS NOT (NEW.org_id, NEW.user_id);
END;
CREATE TRIGGER authority_member_deleted AFTER DELETE ON memberships
BEGIN
    INSERT INTO authority_changes (kind, owner, id) VALUES ('member', OLD.org_id, OLD.user_id);
END;

CREATE TRIGGER authority_role_inserted BEFORE INSERT ON roles
BEGIN
    INSERT INTO authority_changes (kind, owner, id) SELECT 'role', org_id, id FROM roles
    WHERE id = NEW.id OR (org_id = NEW.org_id
        AND (name_key = NEW.name_key OR level = NEW.level OR system = NEW.system));
END;
CREATE TRIGGER authority_role_moved BEFORE UPDATE OF id, org_id, name_key, level, system ON roles
WHEN (OLD.id, OLD.org_id, OLD.name_key, OLD.level, OLD.system)
    IS NOT (NEW.id, NEW.org_id, NEW.name_key, NEW.level, NEW.system)
BEGIN
    INSERT INTO authority_changes (kind, owner, id) SELECT 'role', org_id, id FROM roles
    WHERE id IS NOT OLD.id AND (id = NEW.id OR (org_id = NEW.org_id
        AND (name_key = NEW.name_key OR level = NEW.level OR system = NEW.system)));
END;
CREATE TRIGGER authority_role_updated AFTER UPDATE OF id, org_id, name, level, system ON roles
WHEN (OLD.id, OLD.org_id, OLD.name, OLD.level, OLD.system)
    IS NOT (NEW.id, NEW.org_id, NEW.name, NEW.level, NEW.system)
BEGIN
    INSERT INTO authority_changes (kind, owner, id) VALUES ('role', OLD.org_id, OLD.id);
END;
CREATE TRIGGER authority_role_deleted AFTER DELETE ON roles
BEGIN
    INSERT INTO authority_changes (kind, owner, id) VALUES ('role', OLD.org_id, OLD.id);
END;

-- A grant is its role's. The end of a role is a change of its own.
CREATE TRIGGER authority_grant_inserted AFTER INSERT ON role_permissions
BEGIN
    INSERT INTO authority_changes (kind, owner, id)
    SELECT 'role', org_id, id FROM roles WHERE id = NEW.role_id;
END;
CREATE TRIGGER authority_grant_updated AFTER UPDATE OF role_id, permission ON role_permissions
WHEN (OLD.role_id, OLD.permission) IS NOT (NEW.role_id, NEW.permission)
BEGIN
    INSERT INTO authority_changes (kind, owner, id)
    SELECT 'role', org_id, id FROM roles WHERE id IN (OLD.role_id, NEW.role_id);
END;
CREATE TRIGGER authority_grant_deleted AFTER DELETE ON role_permissions
BEGIN
    INSERT INTO authority_changes (kind, owner, id)
    SELECT 'role', org_id, id FROM roles WHERE id = OLD.role_id;
END;

CREATE TRIGGER authority_org_inserted BEFORE INSERT ON organizations
BEGIN
    INSERT INTO authority_changes (kind, owner, id)
    SELECT 'org', id, x'' FROM organizations WHERE id = NEW.id OR slug = NEW.slug;
END;
CREATE TRIGGER authority_org_moved BEFORE UPDATE OF id, slug ON organizations
WHEN (OLD.id, OLD.slug) IS NOT (NEW.id, NEW.slug)
BEGIN
    INSERT INTO authority_changes (kind, owner, id)
    SELECT 'org', id, x'' FROM organizations WHERE (id = NEW.id OR slug = NEW.slug) AND id IS NOT OLD.id;
END;
CREATE TRIGGER authority_org_updated AFTER UPDATE OF id, archived_at ON organizations
WHEN (OLD.id, OLD.archived_at) IS NOT (NEW.id, NEW.archived_at)
BEGIN
    INSERT INTO authority_changes (kind, owner, id) VALUES ('org', OLD.id, x'');
END;
CREATE TRIGGER authority_org_deleted AFTER DELETE ON organizations
BEGIN
    INSERT INTO authority_changes (kind, owner, id) VALUES ('org', OLD.id, x'');
END;
