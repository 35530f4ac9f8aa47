//! Real servers, each in a folder of its own and on a port that was free.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::folder::Folder;

/// What a test starts.
pub struct Server {
    folder: Folder,
    program: PathBuf,
    kind: Kind,
    line: Line,
    port: u16,
    child: Option<Child>,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Postgres,
    Redis,
}

/// How the server is spoken to, and in no other way.
#[derive(Clone)]
pub enum Line {
    Plain,
    /// With its certificate for `localhost` and the key of it, as PEM.
    Tls {
        certificate: &'static str,
        key: String,
    },
}

impl Server {
    /// `None`: it is not installed here.
    pub fn postgres(line: Line) -> Option<Server> {
        let program = found("postgres")?;
        let folder = Folder::new();
        let data = folder.path().join("data");
        let password = folder.path().join("password");
        std::fs::write(&password, "hush").expect("it can be written");
        give(&[folder.path(), &password]);
        let mut make = Command::new(program.with_file_name("initdb"));
        make.arg("-D")
            .arg(&data)
            .args(["-U", "flow", "-A", "scram-sha-256", "--no-sync", "--pwfile"])
            .arg(&password);
        let made = as_nobody(&mut make).output().expect("initdb can be started");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        if let Line::Tls { .. } = line {
            let only = "hostssl all all 127.0.0.1/32 scram-sha-256\n";
            std::fs::write(folder.path().join("data/pg_hba.conf"), only).expect("it can be written");
        }
        Some(Server::of(Kind::Postgres, line, folder, program))
    }

    pub fn redis(line: Line) -> Option<Server> {
        let program = found("redis-server")?;
        Some(Server::of(Kind::Redis, line, Folder::new(), program))
    }

    fn of(kind: Kind, line: Line, folder: Folder, program: PathBuf) -> Server {
        let server = Server { folder, program, kind, line, port: free_port(), child: None };
        server.write_certificate();
        server.started()
    }

    fn write_certificate(&self) {
        let Line::Tls { certificate, key } = &self.line else { return };
        std::fs::write(self.certificate(), certificate).expect("it can be written");
        std::fs::write(self.key(), key).expect("it can be written");
        let own = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(self.key(), own).expect("it is ours");
        give(&[&self.certificate(), &self.key()]);
    }

    /// What it shows with TLS; whoever trusts this file trusts the server.
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("server.pem")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("server.key")
    }

    pub fn url(&self) -> String {
        let port = self.port;
        match (self.kind, &self.line) {
            (Kind::Postgres, Line::Plain) => format!("postgres://flow:hush@127.0.0.1:{port}/postgres"),
            (Kind::Postgres, Line::Tls { .. }) => {
                format!("postgres://flow:hush@localhost:{port}/postgres?sslmode=require")
            }
            (Kind::Redis, Line::Plain) => format!("redis://:hush@127.0.0.1:{port}/3"),
            (Kind::Redis, Line::Tls { .. }) => format!("rediss://:hush@localhost:{port}/3"),
        }
    }

    fn started(mut self) -> Server {
        self.start();
        self
    }

    pub fn start(&mut self) {
        let (folder, port) = (self.folder.path(), self.port.to_string());
        let mut command = Command::new(&self.program);
        match self.kind {
            Kind::Postgres => {
                let data = folder.join("data");
                command.arg("-D").arg(&data).args(["-p", &port, "-h", "127.0.0.1", "-k"]).arg(&data);
                if let Line::Tls { .. } = self.line {
                    let file = |name: &str, path: PathBuf| format!("{name}={}", path.display());
                    command.args(["-c", "ssl=on", "-c", &file("ssl_cert_file", self.certificate())]);
                    command.args(["-c", &file("ssl_key_file", self.key())]);
                }
                as_nobody(&mut command);
            }
            Kind::Redis => {
                match &self.line {
                    Line::Plain => command.args(["--port", &port]),
                    Line::Tls { .. } => command
                        .args(["--port", "0", "--tls-port", &port, "--tls-auth-clients", "no"])
                        .arg("--tls-cert-file")
                        .arg(self.certificate())
                        .arg("--tls-key-file")
                        .arg(self.key()),
                };
                command.args(["--bind", "127.0.0.1", "--requirepass", "hush", "--save", ""]);
                command.args(["--appendonly", "yes", "--appendfsync", "always", "--dir"]).arg(folder);
            }
        }
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it can be started");
        self.child = Some(child);
        self.wait();
    }

    /// A port that takes connections is not enough: PostgreSQL takes them while it still recovers.
    fn wait(&self) {
        let begin = Instant::now();
        let is_up = || match self.kind {
            Kind::Postgres => Command::new(self.program.with_file_name("pg_isready"))
                .args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()])
                .status()
                .is_ok_and(|status| status.success()),
            Kind::Redis => TcpStream::connect(("127.0.0.1", self.port)).is_ok(),
        };
        while !is_up() {
            assert!(begin.elapsed() < Duration::from_secs(60), "the server does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends it without a chance to tidy up, so that it has to recover when it starts again.
    pub fn kill(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        match self.kind {
            // A killed first process would leave others that go on to answer; this signal ends them all at once.
            Kind::Postgres => {
                let id = child.id().to_string();
                let sent = Command::new("kill").args(["-QUIT", &id]).status().expect("there is `kill`");
                assert!(sent.success());
            }
            Kind::Redis => child.kill().expect("it runs"),
        }
        child.wait().expect("it ends");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("it has an address").port()
}

/// Debian keeps the programs of PostgreSQL in a folder for each version.
fn found(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let folders = versions.map(|version| version.path().join("bin")).chain(std::env::split_paths(&path));
    let found = folders.map(|folder| folder.join(program)).find(|program| program.is_file());
    if found.is_none() {
        assert!(std::env::var_os("FLOW_NEED_SERVERS").is_none(), "`{program}` is not installed");
        // Not by a macro, whose output nobody sees when a test passes.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: `{program}` is not installed, so nothing is tested against it"
        );
    }
    found
}

/// PostgreSQL does not run as root; `nobody` is on every machine.
fn as_nobody(command: &mut Command) -> &mut Command {
    match nobody() {
        Some(id) => command.uid(id).gid(id),
        None => command,
    }
}

fn nobody() -> Option<u32> {
    let is_root =
        std::fs::metadata("/proc/self").is_ok_and(|of| std::os::unix::fs::MetadataExt::uid(&of) == 0);
    is_root.then_some(65_534)
}

fn give(paths: &[&Path]) {
    if let Some(id) = nobody() {
        for path in paths {
            chown(path, Some(id), Some(id)).expect("root can give away what it has");
        }
    }
}
