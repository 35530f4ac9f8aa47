//! The text that Prometheus reads: https://prometheus.io/docs/instrumenting/exposition_formats, version 0.0.4.

use std::fmt::{Display, Write};

use super::histogram::Histogram;
use super::names::Metric;

/// What the text is, for those who ask for it.
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The text, while it is written.
#[derive(Default)]
pub struct Page {
    text: String,
    begun: Option<&'static str>,
}

impl Page {
    /// A number, with the values of the labels in their order.
    pub fn sample(&mut self, metric: &'static Metric, labels: &[&str], value: impl Display) {
        self.begin(metric);
        self.line(metric, "", labels, None, value);
    }

    pub fn histogram(&mut self, metric: &'static Metric, labels: &[&str], histogram: &Histogram) {
        self.begin(metric);
        let (buckets, count, sum) = histogram.read();
        for (bound, below) in buckets {
            self.line(metric, "_bucket", labels, Some(&bound.to_string()), below);
        }
        self.line(metric, "_bucket", labels, Some("+Inf"), count);
        self.line(metric, "_sum", labels, None, sum);
        self.line(metric, "_count", labels, None, count);
    }

    pub fn finish(self) -> String {
        self.text
    }

    /// What it is stands before the first number of a metric.
    fn begin(&mut self, metric: &'static Metric) {
        if self.begun != Some(metric.name) {
            self.begun = Some(metric.name);
            let (name, help, kind) = (metric.name, metric.help, metric.kind.as_str());
            // To write into a text cannot fail.
            let _ = write!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
        }
    }

    fn line(
        &mut self,
        metric: &Metric,
        suffix: &str,
        labels: &[&str],
        bound: Option<&str>,
        value: impl Display,
    ) {
        debug_assert_eq!(metric.labels.len(), labels.len(), "{}", metric.name);
        self.text.push_str(metric.name);
        self.text.push_str(suffix);
        let named = metric.labels.iter().copied().zip(labels.iter().copied());
        let mut before = '{';
        for (name, value) in named.chain(bound.map(|bound| ("le", bound))) {
            self.text.push(before);
            self.text.push_str(name);
            self.text.push_str("=\"");
            self.text.extend(value.chars().map(escaped).flat_map(Escaped::chars));
            self.text.push('"');
            before = ',';
        }
        self.text.push_str(if before == ',' { "}" } else { "" });
        let _ = writeln!(self.text, " {value}");
    }
}

/// A character of a label, and what stands before it.
struct Escaped(Option<char>, char);

fn escaped(character: char) -> Escaped {
    match character {
        '\\' | '"' => Escaped(Some('\\'), character),
        '\n' => Escaped(Some('\\'), 'n'),
        _ => Escaped(None, character),
    }
}

impl Escaped {
    fn chars(self) -> impl Iterator<Item = char> {
        self.0.into_iter().chain([self.1])
    }
}

#[cfg(test)]
mod tests {
    use super::super::names::{Kind, REQUESTS_SHED};
    use super::*;

    static OF: Metric =
        Metric { name: "flow_x_seconds", kind: Kind::Histogram, labels: &["a"], help: "How long." };

    #[test]
    fn it_is_what_prometheus_reads() {
        let histogram = Histogram::new(&[]);
        histogram.observe(std::time::Duration::from_millis(300));
        let mut page = Page::default();
        page.sample(&REQUESTS_SHED, &[], 3);
        page.histogram(&OF, &["x\"\\\ny"], &histogram);
        let text = page.finish();
        let wanted = [
            "# TYPE flow_requests_shed_total counter\nflow_requests_shed_total 3\n",
            "# HELP flow_x_seconds How long.\n# TYPE flow_x_seconds histogram\n",
            "flow_x_seconds_bucket{a=\"x\\\"\\\\\\ny\",le=\"0.005\"} 0\n",
            ",le=\"0.25\"} 0\n",
            ",le=\"0.5\"} 1\n",
            ",le=\"10\"} 1\n",
            ",le=\"+Inf\"} 1\nflow_x_seconds_sum{a=\"x\\\"\\\\\\ny\"} 0.3\n",
        ];
        for part in wanted {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
