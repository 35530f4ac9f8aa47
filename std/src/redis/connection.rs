//! A connection to Redis, and where it leads.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::RedisError;
use super::reply::{self, Reply};
use crate::client::{Tls, tls};
use crate::codec::percent;
use crate::http::Secret;
use crate::outside::{self, TcpStream};

const CONNECT: Duration = Duration::from_secs(3);
const PORT: u16 = 6379;

/// Where the server is, and how it is entered.
pub struct Target {
    host: String,
    port: u16,
    user: Option<String>,
    password: Option<Secret>,
    database: u32,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

const WANTED: &str = "is no URL of Redis, such as `rediss://user:password@host:6379/0`";

impl Target {
    /// `redis://user:password@host:port/database`, all but the host optional; `rediss` with TLS.
    pub fn of(url: &str) -> Result<Target, String> {
        let wanted = || WANTED.to_owned();
        let (scheme, rest) = url.split_once("://").ok_or_else(wanted)?;
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        let database = if database.is_empty() { 0 } else { database.parse().map_err(|_| wanted())? };
        let (entrance, address) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = entrance.split_once(':').unwrap_or((entrance, ""));
        let decoded = |text: &str| percent::decode(text).map_err(|_| wanted());
        let (user, password) = (decoded(user)?, decoded(password)?);
        let (host, port) = place(address).ok_or_else(wanted)?;
        let tls = match scheme {
            "redis" => None,
            "rediss" => Some(tls_to(&host)?),
            _ => return Err(wanted()),
        };
        Ok(Target {
            host,
            port,
            user: Some(user).filter(|user| !user.is_empty()),
            password: Some(password).filter(|password| !password.is_empty()).map(Secret::new),
            database,
            tls,
        })
    }
}

fn place(address: &str) -> Option<(String, u16)> {
    let authority: http::uri::Authority = address.parse().ok()?;
    let (host, port) = (authority.host(), authority.port_u16());
    // What is no port is not told from none.
    let is_whole = port.is_some() || host == address;
    let name = host.trim_start_matches('[').trim_end_matches(']');
    (is_whole && !name.is_empty()).then(|| (name.to_owned(), port.unwrap_or(PORT)))
}

fn tls_to(host: &str) -> Result<(TlsConnector, ServerName<'static>), String> {
    let config = tls::config(&Tls::default(), None).map_err(|error| format!("needs TLS: {error}"))?;
    let name = ServerName::try_from(host.to_owned()).map_err(|_| WANTED.to_owned())?;
    Ok((TlsConnector::from(Arc::new(config)), name))
}

trait Stream: AsyncRead + AsyncWrite + Send + Sync + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Sync + Unpin> Stream for S {}

pub struct Connection {
    stream: BufReader<Box<dyn Stream>>,
}

impl Connection {
    pub async fn open(target: &Target) -> Result<Connection, RedisError> {
        let opened = timeout(CONNECT, connect(target)).await;
        let stream =
            opened.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map_err(|error| told(&error))?;
        let mut connection = Connection { stream: BufReader::new(stream) };
        if let Some(password) = &target.password {
            let mut command: Vec<&[u8]> = vec![b"AUTH"];
            command.extend(target.user.as_deref().map(str::as_bytes));
            let password = password.reveal();
            command.push(password.as_bytes());
            connection.ask(&command).await??;
        }
        if target.database > 0 {
            connection.ask(&[b"SELECT", target.database.to_string().as_bytes()]).await??;
        }
        Ok(connection)
    }

    /// The outer error is that of the connection, which is of no use any more; the inner one is a refusal.
    pub async fn ask(&mut self, command: &[&[u8]]) -> Result<Result<Reply, RedisError>, RedisError> {
        let asked = async {
            self.stream.write_all(&reply::command(command)).await?;
            self.stream.flush().await?;
            reply::read(&mut self.stream).await
        };
        asked.await.map_err(|error| told(&error))
    }

    /// Whether the server has not ended it: then there would be something to read.
    pub fn is_open(&mut self) -> bool {
        let mut cx = std::task::Context::from_waker(futures_util::task::noop_waker_ref());
        matches!(Pin::new(&mut self.stream).poll_fill_buf(&mut cx), Poll::Pending)
    }
}

async fn connect(target: &Target) -> io::Result<Box<dyn Stream>> {
    let mut fault = io::Error::from(io::ErrorKind::NotFound);
    for address in outside::look_up(&target.host, target.port).await? {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                let _ = stream.set_nodelay(true);
                return Ok(match &target.tls {
                    Some((connector, name)) => Box::new(connector.connect(name.clone(), stream).await?),
                    None => Box::new(stream),
                });
            }
            Err(error) => fault = error,
        }
    }
    Err(fault)
}

fn told(error: &io::Error) -> RedisError {
    RedisError::Unreachable(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_where_and_who() {
        let target = Target::of("redis://me:a%40b@example.com:7000/3").expect("it is one");
        assert_eq!((target.host.as_str(), target.port, target.database), ("example.com", 7000, 3));
        assert_eq!(target.user.as_deref(), Some("me"));
        assert_eq!(target.password.as_ref().map(Secret::reveal).as_deref(), Some("a@b"));
        let target = Target::of("redis://:hush@[::1]").expect("it is one");
        assert_eq!((target.host.as_str(), target.port, target.user), ("::1", 6379, None));
        for bad in ["redis:host", "redis://", "redis://h/x", "redis://h:x", "http://h", "redis://a%zz:b@h"] {
            assert_eq!(Target::of(bad).err(), Some(WANTED.to_owned()), "{bad}");
        }
    }
}
