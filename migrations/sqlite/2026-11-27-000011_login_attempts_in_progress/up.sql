-- Attempts whose password is being looked at: they count like failed ones, but an attempt
-- that would be refused because of them alone waits for their outcome.
ALTER TABLE login_attempts ADD COLUMN in_progress INTEGER NOT NULL DEFAULT 0
    CONSTRAINT login_attempts_in_progress_check CHECK (in_progress >= 0);
-- When the last of them began. Meaningless while there is none.
ALTER TABLE login_attempts ADD COLUMN started_at INTEGER NOT NULL DEFAULT 0;
