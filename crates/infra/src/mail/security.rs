//! How a connection to a mail server is protected.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bailiwick_kernel::PrivateRoots;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::{AsyncTokioStream, Certificate, TlsParameters};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// How a connection to a mail server is protected.
#[derive(Clone)]
pub(super) enum Security {
    /// Not at all.
    Plain,
    /// By TLS after the command STARTTLS (RFC 3207). A server that does not offer it receives
    /// neither login nor mail.
    StartTls(TlsParameters),
    /// By TLS from the first byte (RFC 8314).
    Tls(TlsParameters),
}

impl Security {
    /// Trusts the built-in roots and these.
    pub fn trusting(self, host: &str, roots: &PrivateRoots) -> Result<Self, Error> {
        let trusted = || {
            let mut tls = TlsParameters::builder(host.to_owned());
            for certificate in roots.iter() {
                tls = tls.add_root_certificate(Certificate::from_der(certificate.to_vec())?);
            }
            tls.build()
        };
        Ok(match self {
            Self::Plain => Self::Plain,
            Self::StartTls(_) => Self::StartTls(trusted()?),
            Self::Tls(_) => Self::Tls(trusted()?),
        })
    }
}

/// Returns whether a host of a URL is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let name = host.to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// A connection that is read byte by byte, so that lettre buffers nothing that arrived before TLS.
/// Otherwise responses that an attacker added after the one to STARTTLS would count as sent under
/// TLS (CVE-2021-38371).
#[derive(Debug)]
pub(super) struct Bytewise(pub TcpStream);

impl AsyncTokioStream for Bytewise {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.peer_addr()
    }
}

impl AsyncRead for Bytewise {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut byte = [0];
        let mut one = ReadBuf::new(&mut byte);
        if out.remaining() > 0 {
            ready!(Pin::new(&mut self.0).poll_read(cx, &mut one))?;
            out.put_slice(one.filled());
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Bytewise {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known_by_any_of_its_names() {
        for host in ["localhost", "LOCALHOST", "mail.localhost", "127.0.0.1", "127.9.9.9", "::1"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["mail.example", "10.0.0.1", "localhost.example", "0.0.0.0", "::", "127.example"] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
