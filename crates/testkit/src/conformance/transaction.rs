//! Transactions in one expression. They are macros because a future that takes
//! a closure over `&mut dyn Tx` cannot be spawned.

/// Runs the body in a transaction, which is committed when the answer is `Ok`
/// and rolled back otherwise; lost against another one, it is tried again.
/// Answers `Result<_, bailiwick_app::Error>`.
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

/// What the body reads in a transaction that only reads.
macro_rules! read {
    ($world:expr, |$tx:ident| $body:expr) => {{
        let mut $tx = $world.begin_read().await;
        let answer = $body.expect("a reading transaction reads");
        $tx.rollback().await.expect("a reading transaction ends");
        answer
    }};
}
