//! What a service counts, for Prometheus.

pub mod names;
