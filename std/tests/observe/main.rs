//! What a service says of itself, read by those that it is made for: Prometheus's parser and the protobuf types of
//! OpenTelemetry, and its Collector. And what nobody may read, wherever it is looked for. The parsers are in Python (`FLOW_PYTHON`, with
//! `prometheus_client` and `opentelemetry-proto`); where they are not installed, these tests say so and pass, unless
//! `FLOW_NEED_SERVERS` is set.

// Not by `required-features`: the manifest travels with emitted services, and the tests do not.
#![cfg(feature = "server")]

mod audit;
mod collector;
mod lab;
mod numbers;
mod peers;
mod secrets;
mod slow;
