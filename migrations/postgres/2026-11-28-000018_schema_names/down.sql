-- Every node must be stopped, because the names of a schema may change.
CREATE OR REPLACE FUNCTION authority_tell(keys text[], orgs uuid[]) RETURNS void LANGUAGE plpgsql AS $$
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

CREATE OR REPLACE FUNCTION authority_born_roles() RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
    born text := coalesce(current_setting('bailiwick.born_roles', true), '');
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
        PERFORM set_config('bailiwick.born_roles', pg_current_xact_id()::text || ' ' || born::text, true);
    END IF;
    RETURN NULL;
END
$$;

DO $$
DECLARE
    func text;
BEGIN
    FOREACH func IN ARRAY ARRAY[
        'authority_tell(text[], uuid[])', 'authority_born_roles()', 'authority_roles_born()'
    ] LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', func, current_schema());
    END LOOP;
END
$$;

DROP FUNCTION authority_channel();
DROP FUNCTION authority_settings();
