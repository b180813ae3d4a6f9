ALTER TABLE users DROP COLUMN throttle_bypass_until;
DROP TABLE login_attempts;
