//! The HTTP client of the export. TLS is that of every other connection: rustls on ring, with the
//! built-in roots and the private ones of the settings.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bailiwick::infra::TlsClient;
use bailiwick::kernel::PrivateRoots;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::handshake;
use hyper::header::{HOST, HeaderValue};
use hyper::http::uri::PathAndQuery;
use hyper_util::rt::TokioIo;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use url::{Position, Url};

/// Limit of a response, which says at most how many spans were refused.
const LONGEST_RESPONSE: usize = 64 * 1024;

/// A collector, to which each request has a connection of its own.
#[derive(Debug)]
pub struct Collector {
    host: String,
    port: u16,
    authority: HeaderValue,
    tls: Option<TlsClient>,
    limit: Duration,
}

impl Collector {
    /// Does not connect. A request may take as long as `limit`.
    pub fn new(url: &str, roots: &PrivateRoots, limit: Duration) -> Result<Self, String> {
        let url = Url::parse(url).map_err(|error| error.to_string())?;
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let authority = HeaderValue::from_str(&url[Position::BeforeHost..Position::AfterPort]);
        let tls = (url.scheme() == "https").then(|| TlsClient::new(roots)).transpose()?;
        Ok(Self {
            host,
            port: url.port_or_known_default().unwrap_or(4318),
            authority: authority.map_err(|error| error.to_string())?,
            tls,
            limit,
        })
    }

    /// Sends a request, and returns the response with its body.
    pub async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let response = timeout(self.limit, self.send_unlimited(request)).await;
        response.unwrap_or_else(|_| Err("it does not answer in time".into()))
    }

    async fn send_unlimited(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        request.headers_mut().insert(HOST, self.authority.clone());
        let path = request.uri().path_and_query().cloned();
        *request.uri_mut() = path.unwrap_or(PathAndQuery::from_static("/")).into();
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        match &self.tls {
            Some(tls) => exchange(tls.connect(&self.host, stream).await?, request).await,
            None => exchange(stream, request).await,
        }
    }
}

/// Returns why the collector took no spans.
pub fn refusal(outcome: &Result<Response<Bytes>, HttpError>) -> Option<String> {
    match outcome {
        Ok(response) if response.status().is_success() => None,
        Ok(response) => Some(format!("it answered {}", response.status())),
        Err(error) => Some(error.to_string()),
    }
}

/// Sends batches. It logs the first failure and the next success.
#[derive(Debug)]
pub struct Client {
    runtime: Runtime,
    collector: Collector,
    is_failing: AtomicBool,
}

impl Client {
    /// Creates the client of a collector. MUST NOT be called or dropped within a runtime.
    pub fn new(collector: Collector) -> Result<Self, String> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        Ok(Self { runtime, collector, is_failing: AtomicBool::new(false) })
    }

    fn report(&self, outcome: &Result<Response<Bytes>, HttpError>) {
        let why = refusal(outcome);
        let was_failing = self.is_failing.swap(why.is_some(), Ordering::Relaxed);
        match why {
            Some(why) if !was_failing => {
                tracing::warn!(why, "the collector (log.otlp_url) takes no spans; they are dropped");
            }
            None if was_failing => tracing::info!("the collector (log.otlp_url) takes spans again"),
            _ => {}
        }
    }
}

#[async_trait]
impl HttpClient for Client {
    /// Blocks, which the thread of the SDK may do: it has no other work.
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let outcome = self.runtime.block_on(self.collector.send(request));
        self.report(&outcome);
        outcome
    }
}

async fn exchange<S>(stream: S, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let (head, body) = sender.send_request(request.map(Full::new)).await?.into_parts();
    let body = Limited::new(body, LONGEST_RESPONSE).collect().await?.to_bytes();
    Ok(Response::from_parts(head, body))
}
