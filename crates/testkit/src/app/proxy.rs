//! A TCP proxy on this machine, which simulates a network that is cut or slow.

mod network;
mod pump;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};

use network::NetworkState;
use pump::pump;

/// The local ports of the open connections to the target.
type Ports = Arc<Mutex<Vec<u16>>>;

/// A TCP proxy to one server. It runs on a thread of its own, so it works while the test blocks.
/// Its connections are closed when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    network: Arc<watch::Sender<NetworkState>>,
    ports: Ports,
    thread: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl Proxy {
    /// Starts a proxy to `target` on a free port.
    pub fn to(target: SocketAddr) -> Self {
        let (network, _) = watch::channel(NetworkState::default());
        let network = Arc::new(network);
        let (stop, stopped) = oneshot::channel();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a setting");
        let address = listener.local_addr().expect("an address");
        let ports = Ports::default();
        let (shared, open) = (network.clone(), ports.clone());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async move {
                tokio::select! {
                    () = serve(listener, target, shared, open) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { address, network, ports, thread: Some((stop, thread)) }
    }

    /// The address to connect to instead of the target.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The local ports of the open connections, as the target sees them.
    pub fn ports(&self) -> Vec<u16> {
        self.ports.lock().expect("ports").clone()
    }

    /// Stops delivery in both directions. Bytes are buffered, connections stay open, and new ones are
    /// accepted, so neither end notices.
    pub fn cut(&self) {
        self.network.send_modify(|network| network.cut = true);
    }

    /// Limits cuts and delays to the connections that the target sees from these ports.
    pub fn only(&self, ports: &[u16]) {
        self.network.send_modify(|network| network.only = Some(ports.to_vec()));
    }

    /// Closes every connection. New ones are accepted.
    pub fn sever(&self) {
        self.network.send_modify(|network| network.severed += 1);
    }

    /// Closes every connection, and each new one as soon as it is accepted.
    pub fn refuse(&self) {
        self.network.send_modify(|network| {
            network.severed += 1;
            network.refuse = true;
        });
    }

    /// Delays each chunk by `time`, in both directions.
    pub fn delay(&self, time: Duration) {
        self.delay_each_way((time, time), (time, time));
    }

    /// Delays each chunk by a duration of the given range: `up` to the target, `down` from it. The
    /// order of chunks within a connection is kept.
    pub fn delay_each_way(&self, up: (Duration, Duration), down: (Duration, Duration)) {
        self.network.send_modify(|network| (network.up, network.down) = (up, down));
    }

    /// Ends every cut, delay and refusal, and delivers what was buffered.
    pub fn heal(&self) {
        self.network.send_modify(|network| {
            *network = NetworkState { severed: network.severed, ..NetworkState::default() }
        });
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.thread.take() {
            let _ = stop.send(());
            let _ = thread.join();
        }
    }
}

async fn serve(
    listener: std::net::TcpListener,
    target: SocketAddr,
    network: Arc<watch::Sender<NetworkState>>,
    ports: Ports,
) {
    let listener = TcpListener::from_std(listener).expect("a listener");
    for number in 0.. {
        let Ok((client, _)) = listener.accept().await else { return };
        let (watched, ports) = (network.subscribe(), ports.clone());
        tokio::spawn(async move {
            // An error on one side closes both.
            let _ = connection(client, target, watched, &ports, number).await;
        });
    }
}

async fn connection(
    client: TcpStream,
    target: SocketAddr,
    mut network: watch::Receiver<NetworkState>,
    ports: &Ports,
    number: u64,
) -> io::Result<()> {
    let severed = network.borrow().severed;
    if network.borrow().refuse {
        return Ok(());
    }
    let mut end = network.clone();
    let carry = async {
        let _ = network.wait_for(|network| !network.cut || network.only.is_some()).await;
        let server = TcpStream::connect(target).await?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let port = server.local_addr()?.port();
        let _open = Open::new(ports, port);
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        let up = pump(from_client, to_server, port, network.clone(), |network| network.up, number * 2);
        let down =
            pump(from_server, to_client, port, network.clone(), |network| network.down, number * 2 + 1);
        tokio::try_join!(up, down).map(|_| ())
    };
    tokio::select! {
        outcome = carry => outcome,
        _ = end.wait_for(|network| network.severed != severed) => Ok(()),
    }
}

/// The port of an open connection, removed from the list on drop.
struct Open<'a>(&'a Ports, u16);

impl<'a> Open<'a> {
    fn new(ports: &'a Ports, port: u16) -> Self {
        ports.lock().expect("ports").push(port);
        Self(ports, port)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.lock().expect("ports").retain(|port| *port != self.1);
    }
}

#[cfg(test)]
mod tests;
