//! How connections are made: TCP and, for `https`, TLS, both within the time that the backend's settings give. The
//! connector of hyper-util bounds only the TCP part.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use super::tls;

type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;
type Problem = Box<dyn std::error::Error + Send + Sync>;

#[derive(Clone)]
pub struct Connector {
    inner: Inner,
    timeout: Duration,
}

/// A backend that is spoken to without TLS needs no certificates of the machine.
#[derive(Clone)]
enum Inner {
    Plain(HttpConnector),
    Tls(HttpsConnector<HttpConnector>),
}

impl Connector {
    pub fn plain(timeout: Duration) -> Connector {
        Connector { inner: Inner::Plain(tcp(timeout)), timeout }
    }

    pub fn tls(timeout: Duration, ca: Option<&str>) -> Result<Connector, String> {
        let mut tcp = tcp(timeout);
        tcp.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls::config(ca)?)
            .https_only()
            .enable_http1()
            .wrap_connector(tcp);
        Ok(Connector { inner: Inner::Tls(connector), timeout })
    }
}

fn tcp(timeout: Duration) -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(timeout));
    connector
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, Problem>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Problem>> {
        match &mut self.inner {
            Inner::Plain(connector) => connector.poll_ready(context).map_err(Problem::from),
            Inner::Tls(connector) => connector.poll_ready(context),
        }
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let stream: Self::Future = match &mut self.inner {
            Inner::Plain(connector) => {
                let tcp = connector.call(to);
                Box::pin(async move { Ok(MaybeHttpsStream::Http(tcp.await?)) })
            }
            Inner::Tls(connector) => connector.call(to),
        };
        let timeout = tokio::time::timeout(self.timeout, stream);
        Box::pin(async move {
            timeout.await.map_err(|_| Problem::from(io::Error::from(io::ErrorKind::TimedOut)))?
        })
    }
}
