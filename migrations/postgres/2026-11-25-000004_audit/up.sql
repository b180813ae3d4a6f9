-- The audit trail. It refers to nothing: history stays when what it tells of is
-- deleted. Ids are in the order of time, so the newest rows come first backwards.

CREATE TABLE audit_log (
    id            uuid        NOT NULL CONSTRAINT audit_log_pkey PRIMARY KEY,
    -- Absent for what happened to an account as such.
    org_id        uuid,
    actor_id      uuid,
    session_id    uuid,
    action        text        COLLATE "C" NOT NULL,
    target_kind   text,
    target_id     uuid,
    -- JSON: what changed, as it was and as it is since. Never a secret.
    before_values text,
    after_values  text,
    at            timestamptz NOT NULL,
    request_id    text,
    ip            text,
    CONSTRAINT audit_log_target_check CHECK ((target_kind IS NULL) = (target_id IS NULL))
);
CREATE INDEX audit_log_org_idx ON audit_log (org_id, id);
CREATE INDEX audit_log_actor_idx ON audit_log (actor_id, id);
CREATE INDEX audit_log_target_idx ON audit_log (target_id, id);

-- What was written stays as it was written. Old rows may be deleted.
CREATE FUNCTION audit_log_refuse_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of audit_log are never changed';
END
$$;
CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION audit_log_refuse_update();
