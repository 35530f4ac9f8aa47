//! Hands spans over to OpenTelemetry: gathered, and sent in the background, so that no request ever waits for it. What the
//! receiver does not take is dropped and counted.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderValue};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::span::Span;
use super::{Sampler, Trace, protobuf};
use crate::client::{Base, ClientSettings, Connector, Outgoing, Pool, Sending, own_name};
use crate::codec::percent;
use crate::http::{Environment, Level, log};
use crate::metrics;

/// How many spans wait at most until they are sent.
const MOST_WAITING: usize = 16_384;
/// How many are sent together, and how long the first of them waits for the others.
const TOGETHER: usize = 512;
const GATHERED: Duration = Duration::from_secs(1);
/// How long the receiver may take to answer, and how often it is asked.
const PATIENCE: Duration = Duration::from_secs(5);
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(500);

static INSTALLED: OnceLock<Installed> = OnceLock::new();

/// What requests see of it.
pub struct Installed {
    pub sampler: Sampler,
    waiting: AtomicUsize,
    to: mpsc::Sender<Told>,
}

enum Told {
    Spans(Trace, Vec<Span>),
    /// All that was told before has to be sent now.
    Flush(oneshot::Sender<()>),
}

/// Where spans are sent, and which.
pub struct Exporter {
    sampler: Sampler,
    receiver: Receiver,
}

struct Receiver {
    pool: std::sync::Arc<Pool>,
    target: String,
    headers: HeaderMap,
    resource: Vec<(String, String)>,
}

/// The one of this process, if there is one.
pub fn installed() -> Option<&'static Installed> {
    INSTALLED.get()
}

/// Takes the spans of a request that is over.
pub fn hand_over(trace: &Trace, spans: Vec<Span>) {
    let Some(installed) = installed() else { return };
    let count = spans.len();
    let has_room = installed.waiting.fetch_add(count, Ordering::Relaxed) + count <= MOST_WAITING;
    if !has_room || installed.to.try_send(Told::Spans(trace.clone(), spans)).is_err() {
        installed.waiting.fetch_sub(count, Ordering::Relaxed);
        metrics::spans_dropped(count as u64);
    }
}

/// Sends all that waits, as far as the receiver takes it within this time.
pub async fn flush(within: Duration) {
    let Some(installed) = installed() else { return };
    let (done, is_done) = oneshot::channel();
    let flushed = async {
        if installed.to.send(Told::Flush(done)).await.is_ok() {
            let _ = is_done.await;
        }
    };
    let _ = timeout(within, flushed).await;
}

impl Exporter {
    /// Reads the variables that OpenTelemetry has for it. There is none without `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub fn read(env: &mut Environment, service: &str, version: &str) -> Option<Exporter> {
        const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
        if !env.is_set(ENDPOINT) {
            return None;
        }
        let protocol = env.text_or("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")?;
        if protocol != "http/protobuf" {
            let only = Err("must be `http/protobuf`, or not be set".to_owned());
            return env.take("OTEL_EXPORTER_OTLP_PROTOCOL", only);
        }
        let (name, part) = (
            env.text_or("OTEL_TRACES_SAMPLER", "parentbased_always_on")?,
            env.text_or("OTEL_TRACES_SAMPLER_ARG", "")?,
        );
        let sampler = env.take("OTEL_TRACES_SAMPLER", Sampler::named(&name, &part));
        let headers = match ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS_FILE"]
            .iter()
            .any(|name| env.is_set(name))
        {
            true => env.secret("OTEL_EXPORTER_OTLP_HEADERS").and_then(|secret| {
                let headers = headers(&secret.reveal());
                env.take("OTEL_EXPORTER_OTLP_HEADERS", headers)
            }),
            false => Some(HeaderMap::new()),
        };
        let own_name = env.text_or("OTEL_SERVICE_NAME", service)?;
        let more = env.text_or("OTEL_RESOURCE_ATTRIBUTES", "")?;
        let more = env.take("OTEL_RESOURCE_ATTRIBUTES", pairs(&more));
        let url = env.url(ENDPOINT)?;
        let receiver = receiver(&url, headers?);
        let mut receiver = env.take(ENDPOINT, receiver)?;
        let own = [("service.name", own_name), ("service.version", version.to_owned())];
        let mut resource: Vec<_> = own.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        resource.extend(more?.into_iter().filter(|(name, _)| name != "service.name"));
        receiver.resource = resource;
        Some(Exporter { sampler: sampler?, receiver })
    }

    /// From now on requests are traced. It goes on for as long as the process does; only the first one counts.
    pub fn install(self) {
        let (to, told) = mpsc::channel(1_024);
        let installed = Installed { sampler: self.sampler, waiting: AtomicUsize::new(0), to };
        if INSTALLED.set(installed).is_ok() {
            tokio::spawn(self.receiver.take(told));
        }
    }
}

fn receiver(url: &str, mut headers: HeaderMap) -> Result<Receiver, String> {
    let base = Base::parse(url)?;
    let target = base.join("/v1/traces", "")?;
    headers.insert(HOST, base.name()?);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
    let settings = ClientSettings { connect_timeout: PATIENCE, ..ClientSettings::new(url) };
    let pool = Pool::new(Connector::new("OpenTelemetry", &base, &settings)?);
    Ok(Receiver { pool, target, headers, resource: Vec::new() })
}

/// `api-key=abc,tenant=7`. What is wrong is told without its value: these are keys.
fn headers(text: &str) -> Result<HeaderMap, String> {
    let malformed = || "must be `name=value` pairs with commas between them".to_owned();
    let mut headers = HeaderMap::new();
    for (name, value) in pairs(text)? {
        let name = own_name(&name).map_err(|_| malformed())?;
        let mut value = HeaderValue::from_str(&value).map_err(|_| malformed())?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

/// The values may be written with percent signs.
fn pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let value = percent::decode(value.trim()).ok()?;
        Some((name.trim().to_owned(), value))
    });
    let pairs: Option<Vec<_>> = pairs.collect();
    pairs.ok_or_else(|| "must be `name=value` pairs with commas between them".to_owned())
}

impl Receiver {
    /// Takes what it is told, and sends it.
    async fn take(self, mut told: mpsc::Receiver<Told>) {
        let (mut spans, mut count) = (Vec::new(), 0);
        let mut since: Option<Instant> = None;
        loop {
            let next = match since {
                None => Ok(told.recv().await),
                Some(since) => timeout_at(since + GATHERED, told.recv()).await,
            };
            let (is_due, done) = match next {
                Ok(Some(Told::Spans(trace, more))) => {
                    count += more.len();
                    spans.append(&mut protobuf::spans(&trace, &more));
                    since.get_or_insert_with(Instant::now);
                    (count >= TOGETHER, None)
                }
                Ok(Some(Told::Flush(done))) => (true, Some(done)),
                // Nobody is left who could tell anything.
                Ok(None) => return,
                Err(_) => (true, None),
            };
            if is_due && count > 0 {
                self.send(&spans, count).await;
                if let Some(installed) = installed() {
                    installed.waiting.fetch_sub(count, Ordering::Relaxed);
                }
                spans.clear();
                (count, since) = (0, None);
            }
            if let Some(done) = done {
                let _ = done.send(());
            }
        }
    }

    async fn send(&self, spans: &[u8], count: usize) {
        let body = Bytes::from(protobuf::request(&self.resource, spans));
        let mut why = String::new();
        for number in 0..TRIES {
            sleep(PAUSE * number).await;
            let answered = timeout(PATIENCE, self.post(&body)).await;
            match answered.unwrap_or_else(|_| Err("no answer in time".to_owned())) {
                Ok(200..300) => return,
                // Only these are worth another try, says the protocol.
                Ok(status) => {
                    why = format!("status {status}");
                    if ![429, 502, 503, 504].contains(&status) {
                        break;
                    }
                }
                Err(fault) => why = fault,
            }
        }
        metrics::spans_dropped(count as u64);
        let count = count.to_string();
        log::say(Level::Warn, "spans dropped", &[("reason", &why), ("spans", &count)]);
    }

    async fn post(&self, body: &Bytes) -> Result<u16, String> {
        let outgoing = Outgoing {
            method: Method::POST,
            target: self.target.clone(),
            headers: self.headers.clone(),
            body: body.clone(),
        };
        let make = || Sending { outgoing: &outgoing, own: Vec::new() };
        let sent = self.pool.send(&make).await;
        let (head, mut line) = sent.map_err(|failure| failure.to_string())?;
        // What is said there is of no use, but the connection is.
        while let Ok(Some(_)) = line.part(1).await {}
        self.pool.keep(line);
        Ok(head.status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &'static [(&'static str, &'static str)]) -> Result<Option<Exporter>, String> {
        let mut env = Environment::new(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        });
        let exporter = Exporter::read(&mut env, "Orders", "1.2.0");
        env.finish().map(|()| exporter)
    }

    #[test]
    fn it_is_told_by_the_variables_of_opentelemetry() {
        assert!(read(&[]).is_ok_and(|exporter| exporter.is_none()));
        let exporter = read(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/base"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%20b,x=1"),
            ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test,service.name=no"),
        ]);
        let exporter = exporter.ok().flatten().expect("all is well formed");
        assert_eq!(exporter.receiver.target, "/base/v1/traces");
        assert_eq!(exporter.receiver.headers["api-key"], "a b");
        assert!(exporter.receiver.headers["api-key"].is_sensitive());
        let resource: Vec<_> = exporter.receiver.resource.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(resource, ["Orders", "1.2.0", "test"]);
    }

    #[test]
    fn what_is_malformed_is_told_without_its_value() {
        for (name, value) in [
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "hush"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "hush"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x=hu\u{1}sh"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "content-length=1,x=hush"),
            ("OTEL_TRACES_SAMPLER", "hush"),
            ("OTEL_RESOURCE_ATTRIBUTES", "hush"),
        ] {
            let mut env = Environment::new(move |wanted| match wanted {
                "OTEL_EXPORTER_OTLP_ENDPOINT" => Some("http://c".to_owned()),
                _ => (wanted == name).then(|| value.to_owned()),
            });
            assert!(Exporter::read(&mut env, "Orders", "1").is_none());
            let told = env.finish().err().unwrap_or_default();
            assert!(told.starts_with(name) && !told.contains("hush"), "{name}: {told}");
        }
    }
}
