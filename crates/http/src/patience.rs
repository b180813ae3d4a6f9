//! How long the other end of a connection may take nothing of what it is sent.

use std::any::Any;

use actix_web::rt::net::TcpStream;

/// Then the system ends the connection, and whatever waits for it with it (tcp(7)).
#[cfg(any(target_os = "linux", target_os = "android"))]
const MILLISECONDS: u32 = 30_000;

/// Limits it, where the system can.
pub(crate) fn limit(connection: &dyn Any) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if let Some(stream) = connection.downcast_ref::<TcpStream>() {
        // A connection that is gone already needs no limit.
        let _ = rustix::net::sockopt::set_tcp_user_timeout(stream, MILLISECONDS);
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = connection.downcast_ref::<TcpStream>();
}
