//! Memory and time of ten thousand idle sockets. To be run by hand:
//! `cargo test --release -p bailiwick-server --test server -- --ignored --nocapture idle`.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use bailiwick_testkit::app::{Caller, Socket};
use tokio::runtime::Runtime;

use crate::sockets::{owner, runtime};
use crate::support::WorkDir;

const SOCKETS: usize = 10_016;
/// The environment variable that is set for the bare server.
const BARE: &str = "BAILIWICK_TEST_BARE";
/// Number of sockets opened concurrently.
const AT_ONCE: usize = 32;

/// Returns the resident memory of a process, in KiB.
fn resident(process: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Opens `count` sockets and returns the number opened per second.
fn open(runtime: &Runtime, caller: &Caller, sockets: &mut Vec<Socket>, count: usize) -> f64 {
    let started = Instant::now();
    runtime.block_on(async {
        for _ in 0..count / AT_ONCE {
            let tasks: Vec<_> = (0..AT_ONCE)
                .map(|_| {
                    let caller = caller.clone();
                    tokio::spawn(async move {
                        let mut socket =
                            caller.connect(&format!("token={}&org_id={}", caller.token, caller.org)).await;
                        socket.next().await;
                        socket
                    })
                })
                .collect();
            for task in tasks {
                sockets.push(task.await.unwrap());
            }
        }
    });
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let rate = count as f64 / started.elapsed().as_secs_f64();
    rate
}

async fn bare(request: HttpRequest, payload: web::Payload) -> Result<HttpResponse, actix_web::Error> {
    let (response, mut out, mut frames) = actix_ws::handle(&request, payload)?;
    let _ = out.text("{}").await;
    actix_web::rt::spawn(async move {
        while let Some(Ok(_)) = frames.recv().await {}
        drop(out);
    });
    Ok(response)
}

/// Serves on the port that it prints until its standard input ends; a process of its own for
/// [`memory_of_idle_sockets`].
#[test]
#[ignore = "a part of a measurement"]
fn a_bare_server() {
    if std::env::var_os(BARE).is_none() {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("{BARE}={}", listener.local_addr().unwrap());
    let app = || App::new().route("/ws/connect", web::get().to(bare));
    let server = HttpServer::new(app).workers(2).disable_signals().listen(listener).unwrap();
    actix_web::rt::System::new().block_on(server.run()).unwrap();
}

/// Starts the bare server and returns its process and address.
fn start_bare() -> (Child, String) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", "--nocapture", "socket_load::a_bare_server"]);
    let mut server = command.env(BARE, "1").stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let address = lines.map_while(Result::ok).find_map(|line| Some(line.split_once("BARE=")?.1.to_owned()));
    (server, format!("http://{}", address.unwrap()))
}

/// Returns the memory that one socket takes in this process, in KiB.
#[expect(clippy::cast_precision_loss, reason = "a mean")]
fn each(runtime: &Runtime, process: u32, caller: &Caller) -> f64 {
    let mut sockets = Vec::new();
    open(runtime, caller, &mut sockets, 320);
    let before = resident(process);
    open(runtime, caller, &mut sockets, SOCKETS);
    (resident(process) - before) as f64 / SOCKETS as f64
}

#[test]
#[ignore = "a measurement"]
fn memory_of_idle_sockets() {
    let work_dir = WorkDir::new();
    let service = work_dir.serve(&[("BAILIWICK__THROTTLE__ENABLED", "false")]);
    let (runtime, ada) = (runtime(), owner(&service));
    let (mut bare, address) = start_bare();
    let plain = Caller { base: address, ..ada.clone() };
    println!("resident at rest: {} MiB", resident(service.process()) / 1024);
    println!("a bare socket: {:.1} KiB", each(&runtime, bare.id(), &plain));
    println!("one of ours: {:.1} KiB", each(&runtime, service.process(), &ada));
    for _ in 0..5 {
        let mut sockets = Vec::new();
        let bare = open(&runtime, &plain, &mut sockets, 1_920);
        let ours = open(&runtime, &ada, &mut sockets, 1_920);
        println!("{bare:.0} bare, {ours:.0} ours, each second: {:.2}", ours / bare);
    }
    bare.kill().unwrap();
    bare.wait().unwrap();
}
