-- Who answers from memory, and how they are told of a change of authority.
-- Whatever alters or ends authority that exists ends with a NOTIFY on the channel
-- `authority`, by trigger, so direct SQL counts too; what only adds some is silent,
-- because nothing absent is remembered.
--
-- The payload: `<change> <reply_to> <key> <key>..`. The change is the transaction and
-- a number in it; whoever wants to be told that it was applied says where, with
-- `SET LOCAL bailiwick.reply_to`, and finds the last change in `bailiwick.change`.
-- Keys: u<user> s<user>/<session> m<org>/<user> r<org>/<role> o<org>, or * for everything.

-- A node that answers from memory. Logged: after a crash a frozen node may still go by its lease.
CREATE TABLE authority_leases (
    id  uuid    NOT NULL CONSTRAINT authority_leases_pkey PRIMARY KEY,
    -- The process of the connection that listens.
    pid integer NOT NULL,
    -- How often it was renewed.
    seq bigint  NOT NULL DEFAULT 0
);

-- Tells of keys. Of more than 200 it names their organisations, or says: everything.
-- A payload holds 7,999 bytes, so no more than a hundred keys.
CREATE FUNCTION authority_tell(keys text[], orgs uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    xact text := pg_current_xact_id();
    reply_to text := coalesce(current_setting('bailiwick.reply_to', true), '');
    last text := coalesce(current_setting('bailiwick.change', true), '');
    n bigint := 0;
    first integer;
BEGIN
    IF cardinality(keys) > 200 THEN
        keys := ARRAY(SELECT 'o' || org FROM unnest(orgs) AS org);
        IF cardinality(keys) NOT BETWEEN 1 AND 200 THEN
            keys := ARRAY['*'];
        END IF;
    END IF;
    -- What was acknowledged to the writer must not be lost.
    IF current_setting('synchronous_commit') NOT IN ('on', 'remote_apply') THEN
        PERFORM set_config('synchronous_commit', 'on', true);
    END IF;
    IF split_part(last, ':', 1) = xact THEN
        n := split_part(last, ':', 2);
    END IF;
    FOR first IN SELECT generate_series(1, greatest(cardinality(keys), 1), 100) LOOP
        n := n + 1;
        PERFORM pg_notify('authority', concat_ws(
            ' ', xact || ':' || n, reply_to, array_to_string(keys[first : first + 99], ' ')));
    END LOOP;
    PERFORM set_config('bailiwick.change', xact || ':' || n, true);
END
$$;

-- A change of nothing. They come in the order of the commits, so who has applied it
-- has applied all that was committed before.
CREATE FUNCTION authority_fence() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM authority_tell('{}', '{}');
END
$$;

CREATE FUNCTION authority_tell_everything() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM authority_tell(ARRAY['*'], '{}');
    RETURN NULL;
END
$$;

CREATE FUNCTION authority_users_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    keys text[];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        keys := ARRAY(SELECT 'u' || id FROM (
            SELECT id, status, platform_admin FROM old_rows
            EXCEPT SELECT id, status, platform_admin FROM new_rows) AS changed LIMIT 201);
    ELSE
        keys := ARRAY(SELECT 'u' || id FROM old_rows LIMIT 201);
    END IF;
    IF cardinality(keys) > 0 THEN
        PERFORM authority_tell(keys, '{}');
    END IF;
    RETURN NULL;
END
$$;

-- Sessions that are over are deleted in silence. One that ran out is over when nobody's
-- clock can be so wrong.
CREATE FUNCTION authority_sessions_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    keys text[];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        keys := ARRAY(SELECT 's' || user_id || '/' || id FROM (
            SELECT user_id, id, ended_at, expires_at FROM old_rows
            EXCEPT SELECT user_id, id, ended_at, expires_at FROM new_rows) AS changed LIMIT 201);
    ELSE
        keys := ARRAY(SELECT 's' || user_id || '/' || id FROM old_rows
            WHERE ended_at IS NULL AND expires_at > now() - interval '1 day' LIMIT 201);
    END IF;
    IF cardinality(keys) > 0 THEN
        PERFORM authority_tell(keys, '{}');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION authority_memberships_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    keys text[];
    orgs uuid[];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        WITH changed AS MATERIALIZED (
            SELECT org_id, user_id, status, role_id, invited_until FROM old_rows
            EXCEPT SELECT org_id, user_id, status, role_id, invited_until FROM new_rows
        )
        SELECT ARRAY(SELECT 'm' || org_id || '/' || user_id FROM changed LIMIT 201),
            ARRAY(SELECT DISTINCT org_id FROM changed LIMIT 201) INTO keys, orgs;
    ELSE
        keys := ARRAY(SELECT 'm' || org_id || '/' || user_id FROM old_rows LIMIT 201);
        orgs := ARRAY(SELECT DISTINCT org_id FROM old_rows LIMIT 201);
    END IF;
    IF cardinality(keys) > 0 THEN
        PERFORM authority_tell(keys, orgs);
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION authority_roles_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    keys text[];
    orgs uuid[];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        WITH changed AS MATERIALIZED (
            SELECT org_id, id, name, level, system FROM old_rows
            EXCEPT SELECT org_id, id, name, level, system FROM new_rows
        )
        SELECT ARRAY(SELECT 'r' || org_id || '/' || id FROM changed LIMIT 201),
            ARRAY(SELECT DISTINCT org_id FROM changed LIMIT 201) INTO keys, orgs;
    ELSE
        keys := ARRAY(SELECT 'r' || org_id || '/' || id FROM old_rows LIMIT 201);
        orgs := ARRAY(SELECT DISTINCT org_id FROM old_rows LIMIT 201);
    END IF;
    IF cardinality(keys) > 0 THEN
        PERFORM authority_tell(keys, orgs);
    END IF;
    RETURN NULL;
END
$$;

-- The roles that this transaction made, whose grants are nobody's yet.
CREATE FUNCTION authority_born_roles() RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
    born text := coalesce(current_setting('bailiwick.born_roles', true), '');
BEGIN
    IF split_part(born, ' ', 1) = pg_current_xact_id()::text THEN
        RETURN split_part(born, ' ', 2);
    END IF;
    RETURN '{}';
END
$$;

-- Of very many roles some are not remembered: then their grants are told of.
CREATE FUNCTION authority_roles_born() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    born uuid[] := authority_born_roles() || ARRAY(SELECT id FROM new_rows LIMIT 1000);
BEGIN
    IF cardinality(born) <= 1000 THEN
        PERFORM set_config('bailiwick.born_roles', pg_current_xact_id()::text || ' ' || born::text, true);
    END IF;
    RETURN NULL;
END
$$;

-- A grant that goes with its role finds no role any more: that one is told of.
CREATE FUNCTION authority_tell_roles(changed uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    keys text[];
    orgs uuid[];
BEGIN
    WITH known AS MATERIALIZED (
        SELECT org_id, id FROM roles WHERE id = ANY (changed) AND id <> ALL (authority_born_roles())
    )
    SELECT ARRAY(SELECT 'r' || org_id || '/' || id FROM known LIMIT 201),
        ARRAY(SELECT DISTINCT org_id FROM known LIMIT 201) INTO keys, orgs;
    IF cardinality(keys) > 0 THEN
        PERFORM authority_tell(keys, orgs);
    END IF;
END
$$;

CREATE FUNCTION authority_grants_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM authority_tell_roles(ARRAY(SELECT DISTINCT role_id FROM new_rows));
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM authority_tell_roles(ARRAY(SELECT DISTINCT role_id FROM old_rows));
    ELSE
        PERFORM authority_tell_roles(ARRAY(SELECT DISTINCT role_id FROM (
            (SELECT role_id, permission FROM old_rows EXCEPT SELECT role_id, permission FROM new_rows)
            UNION ALL
            (SELECT role_id, permission FROM new_rows EXCEPT SELECT role_id, permission FROM old_rows)
        ) AS changed));
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION authority_organizations_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    keys text[];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        keys := ARRAY(SELECT 'o' || id FROM (
            SELECT id, archived_at FROM old_rows EXCEPT SELECT id, archived_at FROM new_rows
        ) AS changed LIMIT 201);
    ELSE
        keys := ARRAY(SELECT 'o' || id FROM old_rows LIMIT 201);
    END IF;
    IF cardinality(keys) > 0 THEN
        PERFORM authority_tell(keys, '{}');
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER authority_updated AFTER UPDATE ON users
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows EXECUTE FUNCTION authority_users_changed();
CREATE TRIGGER authority_deleted AFTER DELETE ON users
    REFERENCING OLD TABLE AS old_rows EXECUTE FUNCTION authority_users_changed();
CREATE TRIGGER authority_updated AFTER UPDATE ON sessions
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows EXECUTE FUNCTION authority_sessions_changed();
CREATE TRIGGER authority_deleted AFTER DELETE ON sessions
    REFERENCING OLD TABLE AS old_rows EXECUTE FUNCTION authority_sessions_changed();
CREATE TRIGGER authority_updated AFTER UPDATE ON memberships
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows EXECUTE FUNCTION authority_memberships_changed();
CREATE TRIGGER authority_deleted AFTER DELETE ON memberships
    REFERENCING OLD TABLE AS old_rows EXECUTE FUNCTION authority_memberships_changed();
CREATE TRIGGER authority_inserted AFTER INSERT ON roles
    REFERENCING NEW TABLE AS new_rows EXECUTE FUNCTION authority_roles_born();
CREATE TRIGGER authority_updated AFTER UPDATE ON roles
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows EXECUTE FUNCTION authority_roles_changed();
CREATE TRIGGER authority_deleted AFTER DELETE ON roles
    REFERENCING OLD TABLE AS old_rows EXECUTE FUNCTION authority_roles_changed();
CREATE TRIGGER authority_inserted AFTER INSERT ON role_permissions
    REFERENCING NEW TABLE AS new_rows EXECUTE FUNCTION authority_grants_changed();
CREATE TRIGGER authority_updated AFTER UPDATE ON role_permissions
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows EXECUTE FUNCTION authority_grants_changed();
CREATE TRIGGER authority_deleted AFTER DELETE ON role_permissions
    REFERENCING OLD TABLE AS old_rows EXECUTE FUNCTION authority_grants_changed();
CREATE TRIGGER authority_updated AFTER UPDATE ON organizations
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows EXECUTE FUNCTION authority_organizations_changed();
CREATE TRIGGER authority_deleted AFTER DELETE ON organizations
    REFERENCING OLD TABLE AS old_rows EXECUTE FUNCTION authority_organizations_changed();

-- Every trigger fires as well for who switches triggers off with session_replication_role,
-- TRUNCATE has one too, and no function looks anywhere but into the schema that it was made in.
DO $$
DECLARE
    here oid := (SELECT oid FROM pg_namespace WHERE nspname = current_schema());
    tab text;
    trig text;
    func regprocedure;
BEGIN
    FOREACH tab IN ARRAY ARRAY[
        'users', 'sessions', 'memberships', 'roles', 'role_permissions', 'organizations'
    ] LOOP
        EXECUTE format('CREATE TRIGGER authority_truncated AFTER TRUNCATE ON %I
            EXECUTE FUNCTION authority_tell_everything()', tab);
        FOR trig IN SELECT tgname FROM pg_trigger
            WHERE tgrelid = tab::regclass AND tgname LIKE 'authority\_%' LOOP
            EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER %I', tab, trig);
        END LOOP;
    END LOOP;
    FOR func IN SELECT oid FROM pg_proc WHERE pronamespace = here AND proname LIKE 'authority\_%' LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', func, current_schema());
    END LOOP;
END
$$;
