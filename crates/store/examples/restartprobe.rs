//! x
use bailiwick_store::{Options, open};
#[tokio::main]
async fn main() {
    let db = open("postgres://postgres@127.0.0.1:54331/postgres", &Options::default()).await.unwrap();
    let store = db.store();
    for i in 0..60 {
        let t = std::time::Instant::now();
        let r = async { let tx = store.begin().await?; tx.commit().await }.await;
        println!("{i} {:?} {:?}", t.elapsed(), r);
        let idle = if i == 40 { 32_000 } else { 200 };
        tokio::time::sleep(std::time::Duration::from_millis(idle)).await;
    }
}
