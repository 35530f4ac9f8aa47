//! Spans as OpenTelemetry's protocol has them (OTLP 1.x, `ExportTraceServiceRequest`), in protobuf: every receiver reads it,
//! and of the format only a few lines are needed. The numbers are those of `trace.proto`, `common.proto` and
//! `resource.proto`.

use super::Trace;
use super::span::{Attribute, Span, SpanKind};

/// The kinds of values on the wire.
const VARINT: u64 = 0;
const EIGHT_BYTES: u64 = 1;
const BYTES: u64 = 2;
const FOUR_BYTES: u64 = 5;

/// All spans of a request, written, so that others can be put behind them.
pub fn spans(trace: &Trace, spans: &[Span]) -> Vec<u8> {
    let mut to = Vec::with_capacity(spans.len() * 160);
    for span in spans {
        message(&mut to, 2, |to| write_span(to, trace, span));
    }
    to
}

/// The whole of what is sent, around spans that are written.
pub fn request(resource: &[(String, String)], spans: &[u8]) -> Vec<u8> {
    let mut to = Vec::with_capacity(spans.len() + 512);
    message(&mut to, 1, |of_resource| {
        message(of_resource, 1, |to| {
            for (name, value) in resource {
                attribute(to, 1, name, |to| bytes(to, 1, value.as_bytes()));
            }
        });
        message(of_resource, 2, |scope| {
            message(scope, 1, |to| {
                bytes(to, 1, b"flowc");
                bytes(to, 2, env!("CARGO_PKG_VERSION").as_bytes());
            });
            scope.extend_from_slice(spans);
        });
    });
    to
}

fn write_span(to: &mut Vec<u8>, trace: &Trace, span: &Span) {
    bytes(to, 1, &trace.id.to_be_bytes());
    bytes(to, 2, &span.id.to_be_bytes());
    if let Some(state) = &trace.state {
        bytes(to, 3, state.as_bytes());
    }
    if let Some(parent) = span.parent {
        bytes(to, 4, &parent.to_be_bytes());
    }
    bytes(to, 5, span.name.as_bytes());
    let kind = match span.kind {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Client => 3,
    };
    number(to, 6, kind);
    for (place, at) in [(7, span.begun), (8, span.ended)] {
        tag(to, place, EIGHT_BYTES);
        to.extend_from_slice(&u64::try_from(at.as_nanos()).unwrap_or(u64::MAX).to_le_bytes());
    }
    for (name, value) in &span.attributes {
        attribute(to, 9, name, |to| match value {
            Attribute::Name(text) => bytes(to, 1, text.as_bytes()),
            // A negative number is written as the large one that has the same bits.
            Attribute::Number(value) => number(to, 3, value.cast_unsigned()),
        });
    }
    if span.has_failed {
        message(to, 15, |status| number(status, 3, 2));
    }
    tag(to, 16, FOUR_BYTES);
    to.extend_from_slice(&1_u32.to_le_bytes());
}

fn attribute(to: &mut Vec<u8>, place: u64, name: &str, value: impl FnOnce(&mut Vec<u8>)) {
    message(to, place, |pair| {
        bytes(pair, 1, name.as_bytes());
        message(pair, 2, value);
    });
}

/// A message in a message: its length stands before it.
fn message(to: &mut Vec<u8>, place: u64, write: impl FnOnce(&mut Vec<u8>)) {
    let mut inner = Vec::new();
    write(&mut inner);
    bytes(to, place, &inner);
}

fn bytes(to: &mut Vec<u8>, place: u64, bytes: &[u8]) {
    tag(to, place, BYTES);
    varint(to, bytes.len() as u64);
    to.extend_from_slice(bytes);
}

fn number(to: &mut Vec<u8>, place: u64, value: u64) {
    tag(to, place, VARINT);
    varint(to, value);
}

fn tag(to: &mut Vec<u8>, place: u64, kind: u64) {
    varint(to, place << 3 | kind);
}

/// Seven bits in each byte, the lowest first; all but the last one say that more come.
fn varint(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn numbers_are_written_by_seven_bits() {
        let written = |value| {
            let mut to = Vec::new();
            varint(&mut to, value);
            to
        };
        assert_eq!((written(1), written(300)), (vec![1], vec![0xac, 2]));
        assert_eq!(written(u64::MAX).len(), 10);
    }

    #[test]
    fn a_span_is_what_the_protocol_says() {
        let trace = Trace { id: 1, parent: None, span: 2, is_sampled: true, state: None };
        let span = Span {
            id: 2,
            parent: Some(3),
            name: "A.b",
            kind: SpanKind::Client,
            begun: Duration::from_nanos(4),
            ended: Duration::from_nanos(5),
            attributes: vec![("n", Attribute::Number(6))],
            has_failed: true,
        };
        let wanted = [
            &[0x12, 82, 0x0a, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x12, 8][..],
            &[0, 0, 0, 0, 0, 0, 0, 2, 0x22, 8, 0, 0, 0, 0, 0, 0, 0, 3, 0x2a, 3, b'A', b'.', b'b', 0x30, 3],
            &[0x39, 4, 0, 0, 0, 0, 0, 0, 0, 0x41, 5, 0, 0, 0, 0, 0, 0, 0],
            &[0x4a, 7, 0x0a, 1, b'n', 0x12, 2, 0x18, 6, 0x7a, 2, 0x18, 2, 0x85, 1, 1, 0, 0, 0],
        ];
        assert_eq!(spans(&trace, &[span]), wanted.concat());
    }
}
