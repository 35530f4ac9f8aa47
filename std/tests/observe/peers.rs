//! The text of `/metrics` and the exported spans, as those read them that they are made for.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::lab::{Lab, Listener, answer};

/// What Python says of the bytes; nothing where it is not installed.
fn python(script: &str, given: &[u8]) -> Option<String> {
    let Some(program) = std::env::var_os("FLOW_PYTHON") else {
        assert!(std::env::var_os("FLOW_NEED_SERVERS").is_none(), "FLOW_PYTHON is not set");
        eprintln!("FLOW_PYTHON is not set: nothing was read by others");
        return None;
    };
    let mut child = Command::new(program)
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python can be started");
    child.stdin.take().expect("it is piped").write_all(given).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success());
    Some(String::from_utf8(output.stdout).expect("it is text"))
}

/// Prometheus's own tool looks at the same, where it is installed.
fn promtool(metrics: &str) {
    let started = Command::new("promtool").args(["check", "metrics"]).stdin(Stdio::piped()).spawn();
    if let Ok(mut child) = started {
        let mut to = child.stdin.take().expect("it is piped");
        to.write_all(metrics.as_bytes()).expect("it reads");
        drop(to);
        assert!(child.wait().is_ok_and(|status| status.success()), "promtool has found something");
    }
}

#[test]
fn prometheus_reads_the_numbers() {
    const SCRIPT: &str = "
import sys
from prometheus_client.parser import text_string_to_metric_families as read
for family in read(sys.stdin.read()):
    assert family.documentation and family.type != 'unknown', family
    for sample in family.samples:
        print(family.type, sample.name, sorted(sample.labels.items()), sample.value)
";
    let back = Listener::start(|request| match request.contains("/busy") {
        true => answer(503, "{}"),
        false => answer(200, "\"x\""),
    });
    let lab = Lab::start(&back.url, &[]);
    for path in ["/things/a", "/things/busy", "/around/a", "/nowhere"] {
        lab.ask("GET", path, "", "");
    }
    let metrics = lab.metrics();
    promtool(&metrics);
    let Some(read) = python(SCRIPT, metrics.as_bytes()) else { return };
    for line in [
        "counter flow_requests_total [('operation', 'Lab.get'), ('service', 'Lab'), ('status', '200')] 2",
        "counter flow_requests_total [('operation', 'Lab.get'), ('service', 'Lab'), ('status', '502')] 1",
        "histogram flow_request_seconds_count [('operation', 'Lab.get'), ('service', 'Lab')] 3",
        "counter flow_call_tries_total [('backend', 'Back'), ('operation', 'Back.get'), ('outcome', '5xx')] 2",
        "counter flow_call_tries_total [('backend', 'Back'), ('operation', 'Back.get'), ('outcome', '2xx')] 2",
        "counter flow_call_tries_total [('backend', 'Lab'), ('operation', 'Lab.get'), ('outcome', '2xx')] 1",
        "histogram flow_call_seconds_count [('backend', 'Back'), ('operation', 'Back.get')] 3",
        "counter flow_call_retries_total [('backend', 'Back')] 1",
        "gauge flow_breaker_open [('backend', 'Back')] 0",
        "gauge flow_pool_connections [('backend', 'Back'), ('state', 'idle')] 1",
        "counter flow_operation_failures_total [('kind', 'status'), ('operation', 'Lab.get'), ('service', 'Lab'), ('step', 'Back.get')] 1",
        "gauge flow_build_info [('service', 'Lab'), ('version', '1.2.3')] 1",
        "counter flow_spans_dropped_total [] 0",
    ] {
        assert!(read.lines().any(|known| known == line), "{line} in {read}");
    }
}

#[test]
fn opentelemetry_reads_the_spans() {
    // Each span with the name of the one that it is in, in the order of the names.
    const SCRIPT: &str = "
import sys
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
rest = sys.stdin.buffer.read()
spans, resources = [], set()
while rest:
    head, rest = rest.split(b'\\r\\n\\r\\n', 1)
    assert head.startswith(b'POST /base/v1/traces HTTP/1.1') and b'application/x-protobuf' in head, head
    length = int(head.lower().split(b'content-length: ')[1].split(b'\\r\\n')[0])
    request = ExportTraceServiceRequest.FromString(rest[:length])
    rest = rest[length:]
    for of_resource in request.resource_spans:
        resources.add(' '.join(f'{one.key}={one.value.string_value}' for one in of_resource.resource.attributes))
        for scope in of_resource.scope_spans:
            spans.extend(scope.spans)
names = {span.span_id: span.name for span in spans}
print(resources.pop(), len(resources))
for span in spans:
    assert 0 < span.start_time_unix_nano <= span.end_time_unix_nano
    inside = names.get(span.parent_span_id, span.parent_span_id.hex())
    attributes = ' '.join(f'{one.key}={one.value.string_value or one.value.int_value}' for one in span.attributes)
    print(span.trace_id.hex(), span.trace_state, inside, '>', span.kind, span.name, attributes, span.status.code)
";
    let back = Listener::start(|request| match request.contains("/busy") {
        true => answer(503, "{}"),
        false => answer(200, "\"x\""),
    });
    let receiver = Listener::start(|_| answer(200, ""));
    let url = format!("{}/base", receiver.url);
    let settings =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()), ("OTEL_RESOURCE_ATTRIBUTES", "stage=test")];
    let lab = Lab::start(&back.url, &settings);
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let sampled = format!("traceparent: 00-{trace}-b7ad6b7169203331-01\r\ntracestate: a=1\r\n");
    lab.ask("GET", "/around/a", &sampled, "");
    lab.ask("GET", "/things/busy", &sampled, "");
    // Whoever has sent it does not keep it.
    lab.ask("GET", "/things/a", &sampled.replace("-01\r", "-00\r"), "");
    lab.ask("GET", "/nowhere", &sampled, "");
    drop(lab.end());
    let asked = String::from_utf8_lossy(&back.seen()).into_owned();
    assert_eq!(asked.matches(&format!("traceparent: 00-{trace}-")).count(), 4, "{asked}");
    assert_eq!(asked.matches("tracestate: a=1").count(), 4, "{asked}");
    let Some(read) = python(SCRIPT, &receiver.seen()) else { return };
    let mut lines: Vec<String> = read.lines().map(|line| line.replace(trace, "T")).collect();
    lines.sort_unstable();
    let wanted = [
        "T a=1 Back.get > 3 Back.get http.response.status_code=200 0",
        "T a=1 Back.get > 3 Back.get http.response.status_code=503 error.type=status 2",
        "T a=1 Back.get > 3 Back.get http.response.status_code=503 error.type=status 2",
        "T a=1 Lab.around > 1 Lab.get flow.tries=1 0",
        "T a=1 Lab.get > 1 Back.get flow.tries=1 0",
        "T a=1 Lab.get > 1 Back.get flow.tries=2 error.type=status 2",
        "T a=1 b7ad6b7169203331 > 2 Lab.around http.request.method=GET http.route=/around/{id} http.response.status_code=200 0",
        "T a=1 b7ad6b7169203331 > 2 Lab.get http.request.method=GET http.route=/things/{id} http.response.status_code=502 error.type=BadGateway 2",
        "service.name=Lab service.version=1.2.3 stage=test 0",
    ];
    assert_eq!(lines, wanted);
}

#[test]
fn a_receiver_that_is_not_there_costs_no_request_anything() {
    let back = Listener::start(|_| answer(200, "\"x\""));
    let lab = Lab::start(&back.url, &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")]);
    for _ in 0..20 {
        assert!(lab.ask("GET", "/things/a", "", "").contains("\"x\""));
    }
    lab.line_with(&["\"event\":\"spans dropped\""]);
    assert!(!lab.metrics().contains("\nflow_spans_dropped_total 0\n"));
    lab.end();
}
