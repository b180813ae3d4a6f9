-- Names as the search compares them: without case and accents. The application writes them; NULL
-- where it did not yet, as in rows of an older version. A change of a name past the application, or by an
-- older version, makes the folded one NULL, so that it is never out of date.

ALTER TABLE users ADD COLUMN folded_name TEXT;
ALTER TABLE organizations ADD COLUMN folded_name TEXT;

CREATE INDEX users_unfolded_idx ON users (id) WHERE folded_name IS NULL;
CREATE INDEX organizations_unfolded_idx ON organizations (id) WHERE folded_name IS NULL;

CREATE TRIGGER users_folded_name_reset AFTER UPDATE OF first_name, last_name ON users
WHEN (OLD.first_name, OLD.last_name) IS NOT (NEW.first_name, NEW.last_name)
    AND NEW.folded_name IS OLD.folded_name
BEGIN
    UPDATE users SET folded_name = NULL WHERE id = NEW.id;
END;
CREATE TRIGGER organizations_folded_name_reset AFTER UPDATE OF name ON organizations
WHEN OLD.name IS NOT NEW.name AND NEW.folded_name IS OLD.folded_name
BEGIN
    UPDATE organizations SET folded_name = NULL WHERE id = NEW.id;
END;
