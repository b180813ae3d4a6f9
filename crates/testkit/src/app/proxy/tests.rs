use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Instant;

use super::*;

/// A delay long enough to be measured.
const LONG: Duration = Duration::from_millis(200);
const TIMEOUT: Duration = Duration::from_secs(20);

/// Starts a server that sends each client its port and then echoes what it receives.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                let port = stream.peer_addr().unwrap().port();
                let _ = stream.write_all(&port.to_be_bytes());
                let mut reader = stream.try_clone().unwrap();
                let _ = std::io::copy(&mut reader, &mut stream);
            });
        }
    });
    address
}

/// Returns a connection and its port as the server sees it.
fn connect(proxy: &Proxy) -> (TcpStream, u16) {
    let mut stream = TcpStream::connect(proxy.address()).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    let mut port = [0; 2];
    stream.read_exact(&mut port).unwrap();
    (stream, u16::from_be_bytes(port))
}

fn send(stream: &mut TcpStream) {
    stream.write_all(b"hello").unwrap();
}

fn receives(stream: &mut TcpStream) {
    let mut received = [0; 5];
    stream.read_exact(&mut received).unwrap();
    assert_eq!(&received, b"hello");
}

#[track_caller]
fn receives_nothing(stream: &mut TcpStream) {
    stream.set_read_timeout(Some(LONG)).unwrap();
    let kind = stream.read(&mut [0]).unwrap_err().kind();
    assert!(matches!(kind, io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut), "{kind}");
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
}

/// Asserts that the connection ends or fails; data or a read timeout is a failure.
#[track_caller]
fn is_closed(mut stream: TcpStream) {
    match stream.read(&mut [0]) {
        Ok(read) => assert_eq!(read, 0),
        Err(error) => assert_eq!(error.kind(), io::ErrorKind::ConnectionReset),
    }
}

#[test]
fn bytes_and_the_end_of_a_stream_are_passed_on() {
    let proxy = Proxy::to(echo());
    let (mut stream, _) = connect(&proxy);
    send(&mut stream);
    receives(&mut stream);
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    is_closed(stream);
}

#[test]
fn a_cut_holds_back_all_bytes_until_it_heals() {
    let proxy = Proxy::to(echo());
    let (mut old, _) = connect(&proxy);
    proxy.cut();
    send(&mut old);
    receives_nothing(&mut old);
    let mut new = TcpStream::connect(proxy.address()).unwrap();
    receives_nothing(&mut new);
    proxy.heal();
    receives(&mut old);
    new.read_exact(&mut [0; 2]).unwrap();
}

#[test]
fn one_connection_can_be_cut_or_delayed_alone() {
    let proxy = Proxy::to(echo());
    let (mut one, port) = connect(&proxy);
    let (mut other, _) = connect(&proxy);
    assert!(proxy.ports().contains(&port) && proxy.ports().len() == 2);
    proxy.only(&[port]);
    proxy.cut();
    send(&mut one);
    send(&mut other);
    receives(&mut other);
    connect(&proxy);
    receives_nothing(&mut one);
    proxy.heal();
    receives(&mut one);
    proxy.only(&[port]);
    proxy.delay(LONG);
    for (stream, late) in [(&mut one, true), (&mut other, false)] {
        let started = Instant::now();
        send(stream);
        receives(stream);
        assert_eq!(started.elapsed() >= LONG, late);
    }
}

#[test]
fn severed_connections_end_and_new_ones_work() {
    let proxy = Proxy::to(echo());
    let (old, _) = connect(&proxy);
    proxy.sever();
    is_closed(old);
    let (mut new, _) = connect(&proxy);
    send(&mut new);
    receives(&mut new);
}

#[test]
fn while_it_refuses_no_connection_works() {
    let proxy = Proxy::to(echo());
    let (old, _) = connect(&proxy);
    proxy.refuse();
    is_closed(old);
    is_closed(TcpStream::connect(proxy.address()).unwrap());
    proxy.heal();
    connect(&proxy);
}

#[test]
fn each_direction_has_a_delay_of_its_own() {
    let proxy = Proxy::to(echo());
    let (mut stream, _) = connect(&proxy);
    let none = (Duration::ZERO, Duration::ZERO);
    for (up, down, least) in [(none, (LONG, LONG), LONG), ((LONG, LONG), (LONG, LONG), 2 * LONG)] {
        proxy.delay_each_way(up, down);
        let started = Instant::now();
        send(&mut stream);
        receives(&mut stream);
        assert!(started.elapsed() >= least, "{:?}", started.elapsed());
    }
    proxy.delay(LONG);
    let started = Instant::now();
    send(&mut stream);
    receives(&mut stream);
    assert!(started.elapsed() >= 2 * LONG);
    proxy.heal();
    let started = Instant::now();
    send(&mut stream);
    receives(&mut stream);
    assert!(started.elapsed() < LONG);
}
