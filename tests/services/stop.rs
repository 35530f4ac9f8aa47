//! The README's first command ends with ctrl-C, and leaves nothing behind.

#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::process::PATIENCE;
use super::workspace;

/// A terminal sends the signal to all processes of its foreground group; here the group is made for it.
#[test]
fn ctrl_c_ends_the_shop() {
    workspace::shop();
    let example = Path::new(env!("CARGO_BIN_EXE_flowc")).with_file_name("examples").join("shop");
    let mut shop = Command::new(&example)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap_or_else(|fault| panic!("{}: {fault}", example.display()));
    let output = BufReader::new(shop.stdout.take().expect("it is piped"));
    let lines = output.lines().map_while(Result::ok).take_while(|line| !line.contains("Ctrl-C ends"));
    let addresses: Vec<SocketAddr> = lines.filter_map(|line| address(&line)).collect();
    assert!(addresses.len() > 5, "it says what to try: {addresses:?}");
    assert!(addresses.iter().all(|address| TcpStream::connect(address).is_ok()), "all services run");

    let sent = Command::new("kill").args(["-s", "INT", "--", &format!("-{}", shop.id())]).status();
    assert!(sent.is_ok_and(|status| status.success()), "the signal is sent");
    let ended = shop.wait().expect("its end");
    assert!(!ended.success(), "{ended}");
    let start = Instant::now();
    while addresses.iter().any(|address| TcpStream::connect(address).is_ok()) {
        assert!(start.elapsed() < PATIENCE, "a service goes on");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Of `curl -i http://127.0.0.1:4711/v1/…`.
fn address(line: &str) -> Option<SocketAddr> {
    line.split_once("http://")?.1.split('/').next()?.parse().ok()
}
