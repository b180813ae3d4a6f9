//! What a fixture says about its store.

use std::time::Duration;

use super::world::World;

/// Time in which a transaction that is not blocked has written.
const A_WHILE: Duration = Duration::from_millis(100);
/// Longest time for a write that must not be blocked.
const LONG: Duration = Duration::from_secs(30);

pub async fn several_transactions_write_at_a_time_if_the_fixture_says_so(world: World) {
    let mut first = world.begin().await;
    first.users().insert(&world.new_user()).await.unwrap();
    let second = async {
        let mut tx = world.store.begin().await.ok()?;
        let is_written = tx.users().insert(&world.new_user()).await.is_ok();
        tx.rollback().await.unwrap();
        is_written.then_some(())
    };
    let is_declared = world.capabilities.concurrent_writers;
    let timeout = if is_declared { LONG } else { A_WHILE };
    let is_written = tokio::time::timeout(timeout, second).await == Ok(Some(()));
    assert_eq!(is_written, is_declared, "concurrent writers");
    first.rollback().await.unwrap();
}
