//! What is exported, as OpenTelemetry's own Collector takes it in. Its program is built of `std/tests/collector`, and
//! `FLOW_COLLECTOR` says where it is; where it is not, this test says so and passes, unless `FLOW_NEED_SERVERS` is set.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::lab::{Lab, Listener, answer};

const SETTINGS: &str = r#"yaml:
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}
exporters: {debug: {verbosity: detailed}}
service:
  telemetry: {metrics: {level: none}}
  pipelines: {traces: {receivers: [otlp], exporters: [debug]}}
"#;
const PATIENCE: Duration = Duration::from_secs(30);

struct Collector {
    child: Child,
    lines: Receiver<String>,
}

impl Collector {
    fn start(program: OsString) -> Collector {
        let mut child = Command::new(program)
            .args(["--config", SETTINGS])
            .stderr(Stdio::piped())
            .spawn()
            .expect("the collector starts");
        let lines = lines(child.stderr.take().expect("it is piped"));
        Collector { child, lines }
    }

    /// The next line that has `what` in it.
    fn line(&self, what: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).expect("the collector says it in time");
            if line.contains(what) {
                return line;
            }
        }
    }

    /// Where it listens, once it does.
    fn url(&self) -> String {
        let line = self.line("Starting HTTP server");
        let address = line.split("\"endpoint\": \"").nth(1).and_then(|rest| rest.split('"').next());
        self.line("Everything is ready");
        format!("http://{}", address.expect("it says where"))
    }

    /// Has it end, and gives what it has written until then.
    fn end(mut self) -> Vec<String> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().is_ok_and(|status| status.success()));
        assert!(self.child.wait().is_ok_and(|status| status.success()));
        self.lines.iter().collect()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(from: ChildStderr) -> Receiver<String> {
    let (to, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let _ = to.send(line);
        }
    });
    lines
}

/// The value of each of the lines that say `what`, as in `    Name           : Lab.get`.
fn values<'a>(written: &'a [String], what: &str) -> BTreeSet<&'a str> {
    let value = |line: &'a String| line.trim().strip_prefix(what)?.trim_start().strip_prefix(':');
    written.iter().filter_map(value).map(str::trim).collect()
}

#[test]
fn the_collector_takes_the_spans_in() {
    let Some(program) = std::env::var_os("FLOW_COLLECTOR") else {
        assert!(std::env::var_os("FLOW_NEED_SERVERS").is_none(), "FLOW_COLLECTOR is not set");
        eprintln!("FLOW_COLLECTOR is not set: no collector was asked");
        return;
    };
    let collector = Collector::start(program);
    let back = Listener::start(|request| match request.contains("/busy") {
        true => answer(503, "{}"),
        false => answer(200, "\"x\""),
    });
    let lab = Lab::start(&back.url, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url())]);
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let sampled = format!("traceparent: 00-{trace}-b7ad6b7169203331-01\r\n");
    lab.ask("GET", "/around/a", &sampled, "");
    lab.ask("GET", "/things/busy", &sampled, "");
    // What is left goes out when the service ends, and nothing of it is refused.
    let said = lab.end();
    assert!(!said.contains("\"event\":\"spans dropped\""), "{said}");
    let written = collector.end();
    assert_eq!(values(&written, "Trace ID"), BTreeSet::from([trace]));
    assert_eq!(values(&written, "Name"), BTreeSet::from(["Back.get", "Lab.around", "Lab.get"]));
    assert_eq!(values(&written, "Kind"), BTreeSet::from(["Client", "Internal", "Server"]));
    assert_eq!(values(&written, "Status code"), BTreeSet::from(["Error", "Unset"]));
    assert!(values(&written, "Parent ID").contains("b7ad6b7169203331"), "{written:?}");
    for said in ["-> service.name: Str(Lab)", "-> error.type: Str(BadGateway)", "-> flow.tries: Int(2)"] {
        assert!(written.iter().any(|line| line.trim() == said), "{said} in {written:?}");
    }
}
