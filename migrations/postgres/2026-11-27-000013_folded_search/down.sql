DROP TRIGGER folded_name_reset ON users;
DROP TRIGGER folded_name_reset ON organizations;
DROP FUNCTION folded_name_reset();
ALTER TABLE users DROP COLUMN folded_name;
ALTER TABLE organizations DROP COLUMN folded_name;
