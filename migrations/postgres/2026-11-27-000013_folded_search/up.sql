-- Names as the search compares them: without case and accents. The application writes them; NULL
-- where it did not yet, as in rows of an older version. A change of a name past the application, or by an
-- older version, makes the folded one NULL, so that it is never out of date.

ALTER TABLE users ADD COLUMN folded_name text COLLATE "C";
ALTER TABLE organizations ADD COLUMN folded_name text COLLATE "C";

CREATE INDEX users_unfolded_idx ON users (id) WHERE folded_name IS NULL;
CREATE INDEX organizations_unfolded_idx ON organizations (id) WHERE folded_name IS NULL;

CREATE FUNCTION folded_name_reset() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.folded_name := NULL;
    RETURN NEW;
END
$$;

CREATE TRIGGER folded_name_reset BEFORE UPDATE OF first_name, last_name ON users FOR EACH ROW
    WHEN ((OLD.first_name, OLD.last_name) IS DISTINCT FROM (NEW.first_name, NEW.last_name)
        AND NEW.folded_name IS NOT DISTINCT FROM OLD.folded_name)
    EXECUTE FUNCTION folded_name_reset();
CREATE TRIGGER folded_name_reset BEFORE UPDATE OF name ON organizations FOR EACH ROW
    WHEN (OLD.name IS DISTINCT FROM NEW.name AND NEW.folded_name IS NOT DISTINCT FROM OLD.folded_name)
    EXECUTE FUNCTION folded_name_reset();
