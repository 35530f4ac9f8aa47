//! The service in this process, with its own threads.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use flow_std::http::{Endpoint, Limits, Pair, Shell, Tls, live, router};
use flow_std::outside::TcpListener;
use tokio::sync::oneshot;

use crate::shop::{self, Stage};

pub struct Server {
    pub address: SocketAddr,
    pub shell: Shell,
    pub stage: Arc<Stage>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Bounds that tests need not wait for long.
pub fn limits() -> Limits {
    Limits {
        header_timeout: Duration::from_secs(10),
        body_timeout: Duration::from_secs(10),
        drain: Duration::ZERO,
        grace: Duration::from_secs(5),
        ..Limits::default()
    }
}

impl Server {
    pub fn start() -> Server {
        Server::with(limits())
    }

    pub fn with(limits: Limits) -> Server {
        Server::speaking(limits, None)
    }

    /// TLS, where there is a pair of a certificate and a key.
    pub fn speaking(limits: Limits, pair: Option<Pair>) -> Server {
        let stage = Stage::new();
        let endpoints = shop::endpoints(&stage);
        Server::serving(limits, pair, (stage, endpoints))
    }

    /// Has these operations, and no others.
    pub fn serving(limits: Limits, pair: Option<Pair>, of: (Arc<Stage>, Vec<Endpoint>)) -> Server {
        let (stage, endpoints) = of;
        let shell = Shell::new("openapi: 3.1.0\n", limits);
        let (stop, stopped) = oneshot::channel();
        let (found, address) = std::sync::mpsc::channel();
        let begun = shell.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            runtime.expect("there are threads").block_on(async move {
                let listener =
                    TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a port is free");
                found.send(listener.local_addr().expect("it is bound")).expect("the test waits");
                let told = async { drop(stopped.await) };
                let tls = pair.map(|pair| Tls::new(pair, &endpoints).expect("the pair is good"));
                let shell = begun.with_tls(tls);
                live(listener, router(endpoints, shell.clone()), shell, told).await;
            });
        });
        let address = address.recv().expect("the service starts");
        Server { address, shell, stage, stop: Some(stop), thread: Some(thread) }
    }

    /// Ends the service, and waits until it has.
    pub fn end(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the service does not panic");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
    }
}
