//! Slugs that became reserved.

use bailiwick_testkit::app::sql;

use crate::fixture::Fixture;

const UNDO: &str = "DELETE FROM __diesel_schema_migrations WHERE version = '20261127000016'";
const SLUGS: &str = "SELECT slug FROM organizations ORDER BY created_at, slug";

#[tokio::test]
async fn a_migration_replaces_a_slug_that_is_the_path_of_a_page() {
    for f in Fixture::all().await {
        let ada = f.user("ada").await;
        for slug in ["platform-2", "platform-4", "platforms"] {
            f.found(slug, &ada).await;
        }
        f.operator(UNDO).await;
        f.database.migrate().await.unwrap();
        assert_eq!(sql::rows(&f.url, SLUGS).await, ["platform-2", "platform-4", "platforms"]);
        f.operator("UPDATE organizations SET slug = 'platform' WHERE slug = 'platforms'").await;
        f.operator(UNDO).await;
        f.database.migrate().await.unwrap();
        assert_eq!(sql::rows(&f.url, SLUGS).await, ["platform-2", "platform-3", "platform-4"]);
    }
}
