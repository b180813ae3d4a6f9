//! Opens the listening sockets of the service.

use std::io::{self, ErrorKind};
use std::net::{TcpListener, ToSocketAddrs};

use crate::failure::Failure;

/// Binds a listener to `host:port`; [`Failure::Bind`] names `setting`, the variable of the address.
pub fn listen(setting: &'static str, address: &str) -> Result<TcpListener, Failure> {
    let failure = |problem: String| Failure::Bind { setting, address: address.to_owned(), problem };
    let resolved = address.to_socket_addrs().map_err(|error| {
        failure(format!("its host does not resolve ({error}); write an address, as in 127.0.0.1:8080"))
    })?;
    let resolved: Vec<_> = resolved.collect();
    TcpListener::bind(resolved.as_slice()).map_err(|error| failure(problem(&error)))
}

fn problem(error: &io::Error) -> String {
    let remedy = match error.kind() {
        ErrorKind::AddrInUse => "free it, or name another (port 0 takes any)",
        ErrorKind::AddrNotAvailable => {
            "this machine has no such address; name one that it has, or 0.0.0.0 for all of them"
        }
        ErrorKind::PermissionDenied => {
            "ports below 1024 need a privilege (CAP_NET_BIND_SERVICE); grant it, or name a higher port"
        }
        _ => "name another address",
    };
    format!("{error}; {remedy}")
}
