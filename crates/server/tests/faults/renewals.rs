//! The process is killed during renewals of tokens: no login is lost.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use bailiwick_testkit::app::{Engine, sql};
use serde_json::json;

use crate::support::Service;
use crate::{CLIENTS, Installation, ROUNDS, client, log_in, sign_up, text};

/// Time after which a repeated token counts as stolen, less a margin for the transfer.
const GRACE: Duration = Duration::from_secs(8);

/// Sessions without exactly one unused token: a used token and its successor must be stored together.
const NOT_ONE_UNUSED: &str = "\
    SELECT count(*) FROM refresh_tokens GROUP BY session_id
    HAVING sum(CASE WHEN used_at IS NULL THEN 1 ELSE 0 END) <> 1";

/// A client that has one token and may have presented it before.
struct Holder {
    token: String,
    shown_at: Instant,
}

impl Holder {
    fn new(service: &Service, number: usize) -> Self {
        let tokens = log_in(service, &format!("c{number}@example.com"), "securePassword123");
        Self { token: text(&tokens["refresh_token"]), shown_at: Instant::now() }
    }

    /// Renews until the service does not answer; uses only the tokens of complete responses.
    fn renew(&mut self, api: &str, answered: impl Fn()) {
        let http = client();
        loop {
            self.shown_at = Instant::now();
            let body = json!({ "refresh_token": self.token });
            let Ok(response) = http.post(format!("{api}/auth/refresh")).json(&body).send() else { return };
            assert_eq!(response.status().as_u16(), 200);
            // An incomplete response gives no tokens.
            let Ok(tokens) = response.json::<serde_json::Value>() else { return };
            self.token = text(&tokens["refresh_token"]);
            answered();
        }
    }
}

async fn renewals_are_atomic(engine: Engine) {
    let installation = Installation::on(&engine).await;
    let mut service = installation.start();
    for number in 0..CLIENTS {
        service.post("/auth/signup", &sign_up(&format!("c{number}@example.com"))).json(201);
    }
    let mut holders: Vec<_> = (0..CLIENTS).map(|number| Holder::new(&service, number)).collect();
    let mut proven = 0;
    for round in 0..ROUNDS {
        kill_amid_renewals(service, &mut holders, round % 6 + 1);
        assert_eq!(
            sql::rows(&installation.url, NOT_ONE_UNUSED).await,
            Vec::<String>::new(),
            "half a renewal"
        );
        service = installation.start();
        for (number, holder) in holders.iter_mut().enumerate() {
            let reply = service.post("/auth/refresh", &json!({ "refresh_token": holder.token }));
            if holder.shown_at.elapsed() < GRACE || reply.status == 200 {
                holder.token = text(&reply.json(200)["refresh_token"]);
                proven += 1;
            } else {
                // The machine was too slow for this round to be meaningful.
                *holder = Holder::new(&service, number);
            }
        }
    }
    assert!(proven > ROUNDS, "{proven} of {} renewals went on after a kill", ROUNDS * CLIENTS);
    service.stop("TERM");
    drop(installation.database);
}

fn kill_amid_renewals(service: Service, holders: &mut [Holder], after: usize) {
    let api = service.api.clone();
    let (sender, answers) = std::sync::mpsc::channel();
    let sender = Mutex::new(sender);
    std::thread::scope(|scope| {
        for holder in holders {
            let (sender, api) = (sender.lock().unwrap().clone(), api.clone());
            scope.spawn(move || holder.renew(&api, || sender.send(()).unwrap()));
        }
        assert_eq!(answers.iter().take(after).count(), after);
        service.stop("KILL");
    });
}

bailiwick_testkit::on_every_engine!(renewals_are_atomic);
