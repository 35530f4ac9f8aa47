//! The network of the machine.

use std::io;
use std::net::SocketAddr;

pub use tokio::net::{TcpListener, TcpStream};

/// The addresses of a host, the ones to be tried first in front.
pub async fn look_up(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    Ok(tokio::net::lookup_host((host, port)).await?.collect())
}
