//! Whether this process exports traces, from its start to its end.

use std::time::Duration;

use super::export::{Exporter, flush};
use crate::http::Environment;

/// How long the end of a service waits for the receiver of its last spans.
const FAREWELL: Duration = Duration::from_secs(3);

/// What the environment says about it.
pub struct Traces {
    exporter: Option<Exporter>,
}

impl Traces {
    /// Reads the variables that OpenTelemetry has for it; a fault is noted there.
    pub fn read(env: &mut Environment, service: &str, version: &str) -> Traces {
        Traces { exporter: Exporter::read(env, service, version) }
    }

    /// From now on requests are traced.
    pub fn begin(self) {
        if let Some(exporter) = self.exporter {
            exporter.install();
        }
    }

    /// Sends what there is, before the process ends.
    pub async fn flush() {
        flush(FAREWELL).await;
    }
}
