-- When the bypass of the rate limit was given. One whose start lies in the future was given by a clock that ran
-- ahead, and does not count. A bypass of an older version lasts a day at most, so it began a day before its end at
-- the earliest.
ALTER TABLE users ADD COLUMN throttle_bypass_from INTEGER;
UPDATE users SET throttle_bypass_from = throttle_bypass_until - 86400000000
WHERE throttle_bypass_until IS NOT NULL;
