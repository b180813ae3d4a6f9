-- The oldest release that may serve this schema. A migration that former releases cannot work
-- with raises it; one that only adds leaves it, so that nodes can be replaced one by one.
CREATE TABLE schema_support (
    only_row       integer NOT NULL DEFAULT 1
        CONSTRAINT schema_support_pkey PRIMARY KEY
        CONSTRAINT schema_support_only_row_check CHECK (only_row = 1),
    -- Three numbers, as in 1.20.3.
    oldest_program text    NOT NULL
);
INSERT INTO schema_support (oldest_program) VALUES ('0.1.0');
