//! A receiver of OTLP over HTTP or HTTPS that records what arrives.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use bailiwick_testkit::app::Certificates;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::protobuf::{Span, spans};

/// A request: its head, and its body.
#[derive(Clone)]
pub struct Received {
    pub head: String,
    pub body: Vec<u8>,
}

pub struct Receiver {
    pub url: String,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Receiver {
    /// Listens until the test program ends.
    pub fn start() -> Self {
        Self::listen("http", "127.0.0.1", |stream, record| answer(stream, record).unwrap())
    }

    /// Listens by TLS. A client that does not trust the certificate ends the connection.
    pub fn start_tls(certificates: &Certificates) -> Self {
        let config = tls_config(certificates);
        Self::listen("https", "localhost", move |stream, record| {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            _ = answer(StreamOwned::new(connection, stream), record);
        })
    }

    fn listen(
        scheme: &str,
        host: &str,
        serve: impl Fn(TcpStream, &Mutex<Vec<Received>>) + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("{scheme}://{host}:{}", listener.local_addr().unwrap().port());
        let received = Arc::default();
        let record = Arc::clone(&received);
        thread::spawn(move || listener.incoming().for_each(|stream| serve(stream.unwrap(), &record)));
        Self { url, received }
    }

    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    pub fn spans(&self) -> Vec<Span> {
        self.received().iter().flat_map(|received| spans(&received.body)).collect()
    }
}

fn tls_config(certificates: &Certificates) -> Arc<ServerConfig> {
    let certificate = CertificateDer::from_pem_file(certificates.server()).unwrap();
    let key = PrivateKeyDer::from_pem_file(certificates.server_key()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap())
}

fn answer(stream: impl Read + Write, record: &Mutex<Vec<Received>>) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    head.make_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    reader.read_exact(&mut body)?;
    record.lock().unwrap().push(Received { head, body });
    let response = "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n";
    reader.get_mut().write_all(response.as_bytes())?;
    reader.get_mut().flush()
}
