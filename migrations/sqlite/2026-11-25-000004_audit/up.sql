-- The audit trail. It refers to nothing: history stays when what it tells of is
-- deleted. Ids are in the order of time, so the newest rows come first backwards.

CREATE TABLE audit_log (
    id            BLOB        NOT NULL CONSTRAINT audit_log_pkey PRIMARY KEY CHECK (length(id) = 16),
    -- Absent for what happened to an account as such.
    org_id        BLOB,
    actor_id      BLOB,
    session_id    BLOB,
    action        TEXT        NOT NULL,
    target_kind   TEXT,
    target_id     BLOB,
    -- JSON: what changed, as it was and as it is since. Never a secret.
    before_values TEXT,
    after_values  TEXT,
    at            INTEGER     NOT NULL,
    request_id    TEXT,
    ip            TEXT,
    CONSTRAINT audit_log_target_check CHECK ((target_kind IS NULL) = (target_id IS NULL))
) STRICT;
CREATE INDEX audit_log_org_idx ON audit_log (org_id, id);
CREATE INDEX audit_log_actor_idx ON audit_log (actor_id, id);
CREATE INDEX audit_log_target_idx ON audit_log (target_id, id);

-- What was written stays as it was written. Old rows may be deleted.
CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'rows of audit_log are never changed');
END;
