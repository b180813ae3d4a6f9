DROP TRIGGER users_folded_name_reset;
DROP TRIGGER organizations_folded_name_reset;
DROP INDEX users_unfolded_idx;
DROP INDEX organizations_unfolded_idx;
ALTER TABLE users DROP COLUMN folded_name;
ALTER TABLE organizations DROP COLUMN folded_name;
