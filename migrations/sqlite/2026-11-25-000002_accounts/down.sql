ALTER TABLE organizations DROP COLUMN archived_at;
DROP TABLE setup_secret;
ALTER TABLE users DROP COLUMN pending_email;
