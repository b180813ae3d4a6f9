-- The names of the channel and of the settings of a transaction become those of the schema, so that
-- several schemas of one database do not notify each other. Until now all of them were `authority` and
-- `bailiwick`; every schema that exists keeps these, because nodes of former releases know no others.
--
-- A schema has names of its own if it was named by the setting `database.schema` (a program then sets
-- `bailiwick.own_schema` before it migrates), and no node has served it: there is no account and no
-- lease. Nodes read the names from these two functions, so a node and the triggers cannot differ.

CREATE FUNCTION authority_channel() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'authority'::text $$;

-- The first part of the names of settings, as in `bailiwick.change`.
CREATE FUNCTION authority_settings() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'bailiwick'::text $$;

-- As before, except for the names.
CREATE OR REPLACE FUNCTION authority_tell(keys text[], orgs uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    xact text := pg_current_xact_id();
    settings text := authority_settings();
    reply_to text := coalesce(current_setting(settings || '.reply_to', true), '');
    last text := coalesce(current_setting(settings || '.change', true), '');
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
        PERFORM pg_notify(authority_channel(), concat_ws(
            ' ', xact || ':' || n, reply_to, array_to_string(keys[first : first + 99], ' ')));
    END LOOP;
    PERFORM set_config(settings || '.change', xact || ':' || n, true);
END
$$;

CREATE OR REPLACE FUNCTION authority_born_roles() RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
    born text := coalesce(current_setting(authority_settings() || '.born_roles', true), '');
BEGIN
    IF split_part(born, ' ', 1) = pg_current_xact_id()::text THEN
        RETURN split_part(born, ' ', 2);
    END IF;
    RETURN '{}';
END
$$;

CREATE OR REPLACE FUNCTION authority_roles_born() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    born uuid[] := authority_born_roles() || ARRAY(SELECT id FROM new_rows LIMIT 1000);
BEGIN
    IF cardinality(born) <= 1000 THEN
        PERFORM set_config(authority_settings() || '.born_roles', pg_current_xact_id()::text || ' ' || born::text, true);
    END IF;
    RETURN NULL;
END
$$;

DO $$
DECLARE
    own text := current_schema();
    func text;
BEGIN
    IF own <> 'public' AND own = current_setting('bailiwick.own_schema', true)
        AND NOT EXISTS (SELECT FROM users) AND NOT EXISTS (SELECT FROM authority_leases) THEN
        EXECUTE format('CREATE OR REPLACE FUNCTION authority_channel() RETURNS text LANGUAGE sql IMMUTABLE AS %L',
            format('SELECT %L::text', 'authority_of_' || own));
        EXECUTE format('CREATE OR REPLACE FUNCTION authority_settings() RETURNS text LANGUAGE sql IMMUTABLE AS %L',
            format('SELECT %L::text', 'bailiwick_' || own));
    END IF;
    -- A function that is replaced loses its search path.
    FOREACH func IN ARRAY ARRAY[
        'authority_tell(text[], uuid[])', 'authority_born_roles()', 'authority_roles_born()'
    ] LOOP
        EXECUTE format('ALTER FUNCTION %I.%s SET search_path = %I, pg_temp', own, func, own);
    END LOOP;
END
$$;
