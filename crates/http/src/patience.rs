//! How long the other end of a connection may take nothing of what it is sent.

use actix_web::rt::net::TcpStream;

/// Then the system ends the connection, and whatever waits for it with it (tcp(7)).
#[cfg(any(target_os = "linux", target_os = "android"))]
const MILLISECONDS: u32 = 30_000;

/// Limits it, where the system can.
pub(crate) fn limit(stream: &TcpStream) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    // A connection that is gone already needs no limit.
    let _ = rustix::net::sockopt::set_tcp_user_timeout(stream, MILLISECONDS);
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = stream;
}
