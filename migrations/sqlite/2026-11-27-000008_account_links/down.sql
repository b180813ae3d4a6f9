ALTER TABLE refresh_tokens DROP COLUMN successor;
DROP TABLE account_links;
