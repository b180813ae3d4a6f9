-- The feed: the rows of audit_log in the order of their commits, for readers of an embedding program.
-- A trigger adds them, so rows of a former release, which may serve beside, are in it too.

-- A partition has an order of its own. Its row is locked from the first row that a transaction adds until the
-- commit, so positions become visible in ascending order. Sixteen, because commits in one wait for each other.
CREATE TABLE feed_partitions (
    partition smallint NOT NULL CONSTRAINT feed_partitions_pkey PRIMARY KEY,
    -- The last position that was given.
    position  bigint   NOT NULL DEFAULT 0
);
INSERT INTO feed_partitions (partition) SELECT generate_series(0, 15);

CREATE TABLE feed (
    partition smallint NOT NULL,
    position  bigint   NOT NULL,
    audit_id  uuid     NOT NULL,
    CONSTRAINT feed_pkey PRIMARY KEY (partition, position)
);

-- The places of the readers.
CREATE TABLE feed_cursors (
    reader        text        COLLATE "C" NOT NULL,
    partition     smallint    NOT NULL,
    -- The last position that was read.
    position      bigint      NOT NULL,
    -- When the last claim ends or ended. Until then no other node reads here.
    claimed_until timestamptz NOT NULL,
    claim         uuid,
    -- How often the change after the position was not handled.
    failures      integer     NOT NULL DEFAULT 0,
    CONSTRAINT feed_cursors_pkey PRIMARY KEY (reader, partition)
);

-- The partition of a row, by the last byte of its organization's id, which is random.
CREATE FUNCTION feed_partition(of_id uuid) RETURNS smallint LANGUAGE sql IMMUTABLE AS $$
    SELECT (get_byte(uuid_send(of_id), 15) & 15)::smallint
$$;

CREATE FUNCTION audit_log_feed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    added record;
    given bigint;
BEGIN
    -- In ascending order, so that no two transactions wait for each other.
    PERFORM FROM feed_partitions
        WHERE partition IN (SELECT feed_partition(coalesce(org_id, target_id, id)) FROM new_rows)
        ORDER BY partition FOR NO KEY UPDATE;
    FOR added IN SELECT id, feed_partition(coalesce(org_id, target_id, id)) AS partition FROM new_rows LOOP
        UPDATE feed_partitions SET position = position + 1 WHERE partition = added.partition
            RETURNING position INTO given;
        INSERT INTO feed (partition, position, audit_id) VALUES (added.partition, given, added.id);
    END LOOP;
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_log_feed AFTER INSERT ON audit_log REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_feed();

-- It finds its tables whatever the search path of a writer is.
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION audit_log_feed() SET search_path = %I, pg_temp', current_schema());
END
$$;
