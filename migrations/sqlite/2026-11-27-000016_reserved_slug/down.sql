-- Which organization had the slug is not recorded.
SELECT 1;
