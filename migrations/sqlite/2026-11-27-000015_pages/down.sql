ALTER TABLE users DROP COLUMN language;
DROP TABLE page_sessions;
