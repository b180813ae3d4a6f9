//! Transactions in one expression. They are macros because a future that takes a closure over
//! `&mut dyn Tx` cannot be spawned.

/// Runs the body in a transaction and evaluates to `Result<_, bailiwick_app::Error>`. Commits if the
/// body returns `Ok`, rolls back otherwise, and retries after `StoreError::Contention`.
macro_rules! transaction {
    ($world:expr, |$tx:ident| $body:expr) => {{
        let mut attempts = 0;
        loop {
            let mut $tx = $world.begin().await;
            let answer = async { $body }.await;
            if let Some(answer) = $world.end($tx, answer, &mut attempts).await {
                break answer;
            }
        }
    }};
}

/// Evaluates the body in a read-only transaction and returns its value.
macro_rules! read {
    ($world:expr, |$tx:ident| $body:expr) => {{
        let mut $tx = $world.begin_read().await;
        let answer = $body.expect("a read-only transaction reads");
        $tx.rollback().await.expect("a read-only transaction rolls back");
        answer
    }};
}
