ALTER TABLE login_attempts DROP COLUMN started_at;
ALTER TABLE login_attempts DROP COLUMN in_progress;
