//! Parts of queries. Names of metrics come from the list that the runtime writes from, so that no query asks for what
//! is not there.

use flow_std::metrics::names::{BUILD_INFO, Metric, REQUEST_SECONDS, REQUESTS};

use crate::emit::text::quoted;

/// All of a service but these operations.
pub fn of_service(service: &str, except: &[String]) -> String {
    let service = format!("service={}", quoted(service));
    match except {
        [] => service,
        [one] => format!("{service},operation!={}", quoted(one)),
        several => {
            let all: Vec<String> = several.iter().map(|one| pattern(one)).collect();
            format!("{service},operation!~{}", quoted(&all.join("|")))
        }
    }
}

/// A point stands for every character; no other operation has another one there.
fn pattern(name: &str) -> String {
    name.chars().map(|letter| if letter.is_alphanumeric() || letter == '_' { letter } else { '.' }).collect()
}

pub fn of_operation(service: &str, operation: &str) -> String {
    format!("service={},operation={}", quoted(service), quoted(operation))
}

/// How often in a second, over a time.
pub fn rate(metric: &Metric, labels: &str, over: &str) -> String {
    format!("rate({}{{{labels}}}[{over}])", metric.name)
}

/// What belongs to one executable, by the process that tells it.
pub fn within(executable: &str, query: &str) -> String {
    format!("{query} * on (job, instance) group_left () {}", is_there(executable))
}

pub fn is_there(executable: &str) -> String {
    format!("{}{{service={}}}", BUILD_INFO.name, quoted(executable))
}

/// Which part of the requests had an answer of 500 and above. Where there was none, there is no such number yet.
pub fn failed(requests: &str, over: &str) -> String {
    let failed = rate(&REQUESTS, &format!("{requests},status=~\"5..\""), over);
    format!("(sum({failed}) or vector(0)) / sum({})", rate(&REQUESTS, requests, over))
}

/// Which part of the requests took longer.
pub fn slower(requests: &str, millis: u64, over: &str) -> String {
    let name = REQUEST_SECONDS.name;
    let fast = format!("rate({name}_bucket{{{requests},le=\"{}\"}}[{over}])", seconds(millis));
    format!("1 - sum({fast}) / sum(rate({name}_count{{{requests}}}[{over}]))")
}

/// The time that a part of the requests is below.
pub fn quantile(metric: &Metric, labels: &str, by: &str, part: &str) -> String {
    format!(
        "histogram_quantile({part}, sum by ({by}) (rate({}_bucket{{{labels}}}[{INTERVAL}])))",
        metric.name
    )
}

/// What Grafana puts in, by how much time is shown.
pub const INTERVAL: &str = "$__rate_interval";

/// As a bound of a histogram is written: `0.3`, `1`.
pub fn seconds(millis: u64) -> String {
    let text = format!("{}.{:03}", millis / 1_000, millis % 1_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `5m`, `3d`, `90s`
pub fn duration(seconds: u64) -> String {
    let units = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
    let fits = units.iter().find(|(unit, _)| seconds.is_multiple_of(*unit));
    fits.map(|(unit, name)| format!("{}{name}", seconds / unit)).unwrap_or_default()
}
