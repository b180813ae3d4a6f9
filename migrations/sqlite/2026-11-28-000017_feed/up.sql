-- The feed: the rows of audit_log in the order of their commits, for readers of an embedding program.
-- A trigger adds them, so rows of a former release are in it too.

-- A partition has an order of its own. One is enough, because one transaction writes at a time.
CREATE TABLE feed_partitions (
    partition INTEGER NOT NULL CONSTRAINT feed_partitions_pkey PRIMARY KEY,
    -- The last position that was given.
    position  INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO feed_partitions (partition) VALUES (0);

CREATE TABLE feed (
    partition INTEGER NOT NULL,
    position  INTEGER NOT NULL,
    audit_id  BLOB    NOT NULL CHECK (length(audit_id) = 16),
    CONSTRAINT feed_pkey PRIMARY KEY (partition, position)
) STRICT, WITHOUT ROWID;

-- The places of the readers.
CREATE TABLE feed_cursors (
    reader        TEXT    NOT NULL,
    partition     INTEGER NOT NULL,
    -- The last position that was read.
    position      INTEGER NOT NULL,
    -- When the last claim ends or ended. Until then nobody else reads here.
    claimed_until INTEGER NOT NULL,
    claim         BLOB    CHECK (length(claim) = 16),
    -- How often the change after the position was not handled.
    failures      INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT feed_cursors_pkey PRIMARY KEY (reader, partition)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER audit_log_feed AFTER INSERT ON audit_log
BEGIN
    UPDATE feed_partitions SET position = position + 1 WHERE partition = 0;
    INSERT INTO feed (partition, position, audit_id)
        SELECT partition, position, NEW.id FROM feed_partitions WHERE partition = 0;
END;
