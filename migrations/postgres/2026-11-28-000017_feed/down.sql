DROP TRIGGER audit_log_feed ON audit_log;
DROP FUNCTION audit_log_feed();
DROP FUNCTION feed_partition(uuid);
DROP TABLE feed_cursors;
DROP TABLE feed;
DROP TABLE feed_partitions;
