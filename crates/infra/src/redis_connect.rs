//! Connections to Redis: TCP, TLS if the URL requires it, and the timeouts of TCP.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use bailiwick_kernel::PrivateRoots;
use redis::aio::{MultiplexedConnection, PubSub};
use redis::{Client, ConnectionAddr, ErrorKind, RedisError, RedisResult};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;

use crate::tls_client::connector;

/// Idle time after which TCP probes the peer, and interval of the probes.
#[cfg(any(target_os = "linux", target_os = "android"))]
const KEEPALIVE: Duration = Duration::from_secs(5);
/// Time after which unacknowledged data closes the connection.
#[cfg(any(target_os = "linux", target_os = "android"))]
const USER_TIMEOUT_MILLISECONDS: u32 = 10_000;

/// The error of an invalid Redis URL, or of a private root that is not a certificate.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the URL of Redis cannot be used: {0}")]
pub struct RedisSetupError(String);

/// Opens connections to a Redis server.
#[derive(Clone)]
pub(crate) struct Connector {
    client: Client,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Connector {
    /// Parses the URL, without connecting.
    pub fn new(url: &str, roots: &PrivateRoots) -> Result<Self, RedisSetupError> {
        let client = Client::open(url).map_err(|error| RedisSetupError(error.to_string()))?;
        let tls = match &client.get_connection_info().addr {
            ConnectionAddr::TcpTls { insecure: true, .. } => {
                return Err(RedisSetupError("TLS without verification is not offered".to_owned()));
            }
            ConnectionAddr::TcpTls { host, .. } => {
                let refused = |_| RedisSetupError("its host is not a valid name for TLS".to_owned());
                let name = ServerName::try_from(host.clone()).map_err(refused)?;
                Some((connector(roots).map_err(|error| RedisSetupError(error.to_string()))?, name))
            }
            _ => None,
        };
        Ok(Self { client, tls })
    }

    /// Opens a connection for the commands of any number of callers.
    pub async fn connect(&self) -> RedisResult<Connection> {
        let stream = self.stream().await?;
        let (inner, driver) = MultiplexedConnection::new(self.login(), stream).await?;
        Ok(Connection { inner, _driver: Arc::new(Driver(tokio::spawn(driver))) })
    }

    /// Opens a connection for subscriptions.
    pub async fn subscriber(&self) -> RedisResult<PubSub> {
        PubSub::new(self.login(), self.stream().await?).await
    }

    fn login(&self) -> &redis::RedisConnectionInfo {
        &self.client.get_connection_info().redis
    }

    async fn stream(&self) -> RedisResult<Box<dyn Stream>> {
        let (host, port) = match &self.client.get_connection_info().addr {
            ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => (host, *port),
            #[cfg(unix)]
            ConnectionAddr::Unix(path) => return Ok(Box::new(tokio::net::UnixStream::connect(path).await?)),
            #[cfg(not(unix))]
            ConnectionAddr::Unix(_) => {
                return Err((ErrorKind::InvalidClientConfig, "this system has no Unix sockets").into());
            }
        };
        let stream = TcpStream::connect((host.as_str(), port)).await?;
        stream.set_nodelay(true)?;
        detect_lost_peers(&stream);
        match &self.tls {
            Some((tls, name)) => {
                Ok(Box::new(tls.connect(name.clone(), stream).await.map_err(|error| tls_failed(&error))?))
            }
            None => Ok(Box::new(stream)),
        }
    }
}

fn tls_failed(error: &std::io::Error) -> RedisError {
    (ErrorKind::IoError, "TLS failed", error.to_string()).into()
}

/// A connection and the task that drives it. The task ends with the last clone.
#[derive(Clone)]
pub(crate) struct Connection {
    inner: MultiplexedConnection,
    _driver: Arc<Driver>,
}

struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Deref for Connection {
    type Target = MultiplexedConnection;

    fn deref(&self) -> &MultiplexedConnection {
        &self.inner
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut MultiplexedConnection {
        &mut self.inner
    }
}

/// Lets the operating system detect peers that vanish without closing, where it can.
fn detect_lost_peers(stream: &TcpStream) {
    use rustix::net::sockopt;
    // Setting an option fails only if the connection is already closed.
    let _ = sockopt::set_socket_keepalive(stream, true);
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        let _ = sockopt::set_tcp_keepidle(stream, KEEPALIVE);
        let _ = sockopt::set_tcp_keepintvl(stream, KEEPALIVE);
        let _ = sockopt::set_tcp_user_timeout(stream, USER_TIMEOUT_MILLISECONDS);
    }
}

#[cfg(all(test, any(target_os = "linux", target_os = "android")))]
mod tests {
    use rustix::net::sockopt;

    use super::*;

    #[tokio::test]
    async fn the_system_probes_idle_peers() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        detect_lost_peers(&stream);
        assert!(sockopt::socket_keepalive(&stream).unwrap());
        assert_eq!(sockopt::tcp_keepidle(&stream).unwrap(), KEEPALIVE);
        assert_eq!(sockopt::tcp_user_timeout(&stream).unwrap(), USER_TIMEOUT_MILLISECONDS);
    }
}
