ALTER TABLE users DROP COLUMN throttle_bypass_from;
