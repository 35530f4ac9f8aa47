//! Whether this process exports traces, from its start to its end.

#[cfg(feature = "client")]
use std::time::Duration;

#[cfg(feature = "client")]
use super::export::{Exporter, flush};
use crate::http::Environment;
#[cfg(not(feature = "client"))]
use crate::http::{Level, log};

/// How long the end of a service waits for the receiver of its last spans.
#[cfg(feature = "client")]
const FAREWELL: Duration = Duration::from_secs(3);

/// What the environment says about it.
#[cfg(feature = "client")]
pub struct Traces {
    exporter: Option<Exporter>,
}

#[cfg(feature = "client")]
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

/// What calls nobody was built without what it would need to send spans.
#[cfg(not(feature = "client"))]
pub struct Traces {
    is_wanted: bool,
}

#[cfg(not(feature = "client"))]
impl Traces {
    pub fn read(env: &mut Environment, _: &str, _: &str) -> Traces {
        Traces { is_wanted: env.is_set("OTEL_EXPORTER_OTLP_ENDPOINT") }
    }

    /// That nothing is exported is told, since somebody waits for it.
    pub fn begin(self) {
        if self.is_wanted {
            let why = "the service calls nobody, and was built without a client";
            log::say(Level::Warn, "traces are not exported", &[("reason", why)]);
        }
    }

    #[allow(clippy::unused_async)]
    pub async fn flush() {}
}
