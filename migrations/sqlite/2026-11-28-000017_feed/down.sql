DROP TRIGGER audit_log_feed;
DROP TABLE feed_cursors;
DROP TABLE feed;
DROP TABLE feed_partitions;
