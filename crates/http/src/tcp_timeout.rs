//! Time limit for a client to acknowledge what it was sent.

use actix_web::rt::net::TcpStream;

/// After this time the operating system ends the connection, and every wait for it (tcp(7)).
#[cfg(any(target_os = "linux", target_os = "android"))]
const MILLISECONDS: u32 = 30_000;

/// Sets the limit if the operating system supports it.
pub(crate) fn limit(stream: &TcpStream) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    // A connection that has ended needs no limit.
    let _ = rustix::net::sockopt::set_tcp_user_timeout(stream, MILLISECONDS);
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = stream;
}

#[cfg(all(test, any(target_os = "linux", target_os = "android")))]
mod tests {
    use actix_web::rt::net::TcpListener;

    use super::*;

    #[actix_web::test]
    async fn the_system_gives_a_silent_peer_thirty_seconds() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap());
        let (accepted, _client) = tokio::join!(listener.accept(), client);
        let (stream, _) = accepted.unwrap();
        limit(&stream);
        assert_eq!(rustix::net::sockopt::tcp_user_timeout(&stream).unwrap(), 30_000);
    }
}
