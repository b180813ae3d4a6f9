-- `/console/platform` is a page, so an organization with this slug could not be opened. It gets the first
-- free slug of `platform-2`, `platform-3` and so on.
WITH RECURSIVE suffixes (n) AS (
    SELECT 2
    UNION ALL
    SELECT n + 1 FROM suffixes WHERE EXISTS (SELECT 1 FROM organizations WHERE slug = 'platform-' || n)
)
UPDATE organizations SET slug = 'platform-' || (SELECT max(n) FROM suffixes) WHERE slug = 'platform';
