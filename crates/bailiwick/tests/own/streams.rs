//! A response that is streamed ends when its caller loses the permission.

use std::time::Duration;

use actix_web::web::{Bytes, get};
use actix_web::{App, HttpResponse, HttpServer};
use bailiwick::prelude::*;
use futures_util::StreamExt;
use futures_util::future::ready;
use futures_util::stream::{once, pending};
use reqwest::Client;
use tokio::time::timeout;

use crate::samples::{InvoicesRead, stream};
use crate::support::{ada, builder, engines};

/// How long a chunk or the end of the response may take.
const LONGEST: Duration = Duration::from_secs(30);

fn routes(cfg: &mut ServiceConfig) {
    resource(cfg, "/organizations/{org_id}/invoices", [get().to(follow)]);
}

/// Sends one line, and nothing after it.
async fn follow(allow: Allow<InvoicesRead>, app: Service) -> HttpResponse {
    let rows = once(ready(Ok(Bytes::from_static(b"invoice 1\n")))).chain(pending());
    stream(&allow, &app, rows)
}

#[actix_web::test]
async fn a_stream_ends_when_its_caller_logs_out() {
    for engine in engines("streams") {
        let (database, outbox) = (engine.create().await, tempfile::tempdir().unwrap());
        let builder = builder().database_url(database.url()).mail_to_files(outbox.path());
        let invoices = builder.permission::<InvoicesRead>("See invoices", SystemRole::Guest);
        let bailiwick = invoices.start().await.unwrap();
        let owner = ada(bailiwick.app()).await;
        let service = bailiwick.clone();
        let server = HttpServer::new(move || {
            App::new().configure(service.routes("/identity")).configure(service.guarded(routes))
        });
        let server = server.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);

        let client = Client::new();
        let path = format!("{url}/organizations/{}/invoices", owner.allow.context().org);
        let mut response = client.get(path).bearer_auth(&owner.token).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.chunk().await.unwrap().unwrap(), "invoice 1\n");

        let out = client.post(format!("{url}/identity/auth/logout")).bearer_auth(&owner.token);
        assert_eq!(out.send().await.unwrap().status(), 204);
        let end = timeout(LONGEST, response.chunk()).await.expect("an end");
        assert_eq!(end.unwrap(), None);
        handle.stop(true).await;
        bailiwick.stop().await;
    }
}
