//! The calls that a request has made, by their names: how long they took, for its line in the log.

use std::time::Duration;

use crate::codec::{Encode, Writer};

/// What a step that did not come to its end has failed with: whoever waited for it had to wait no longer.
pub const GIVEN_UP: &str = "given up";

/// The calls of a request by their names, in the order in which the first of each ended. A name is there once, however
/// often the call was made, so that no request makes them many.
#[derive(Debug, Default)]
pub struct Steps {
    all: Vec<Made>,
    failures: u32,
}

#[derive(Debug)]
struct Made {
    call: &'static str,
    times: u32,
    tries: u32,
    failed: u32,
    /// Of all that were made, those that went on at the same time included.
    took: Duration,
    /// How the last one that failed did so, and after how many others.
    failure: Option<(&'static str, u32)>,
}

impl Steps {
    pub fn note(&mut self, call: &'static str, took: Duration, tries: u32, failure: Option<&'static str>) {
        if failure.is_some() {
            self.failures += 1;
        }
        let at = self.all.iter().position(|made| made.call == call).unwrap_or_else(|| {
            self.all.push(Made { call, times: 0, tries: 0, failed: 0, took: Duration::ZERO, failure: None });
            self.all.len() - 1
        });
        let Some(made) = self.all.get_mut(at) else { return };
        made.times += 1;
        made.tries += tries;
        made.took += took;
        if let Some(kind) = failure {
            made.failed += 1;
            made.failure = Some((kind, self.failures));
        }
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The call that was the last to fail in this way.
    pub fn last_failed(&self, kind: &str) -> Option<&'static str> {
        let failed = self.all.iter().filter_map(|made| Some((made.call, made.failure?)));
        let of_kind = failed.filter(|(_, (known, _))| *known == kind);
        of_kind.max_by_key(|(_, (_, number))| *number).map(|(call, _)| call)
    }
}

impl Encode for Steps {
    fn encode(&self, to: &mut Writer) {
        to.list(self.all.iter());
    }
}

impl Encode for &Made {
    fn encode(&self, to: &mut Writer) {
        let mut object = to.object();
        let micros = i64::try_from(self.took.as_micros()).unwrap_or(i64::MAX);
        object.field("call", self.call).field("micros", &micros);
        for (name, count) in [("times", self.times), ("tries", self.tries)] {
            if count > 1 && (name == "times" || count > self.times) {
                object.field(name, &i64::from(count));
            }
        }
        if self.failed > 0 {
            object.field("failed", &i64::from(self.failed));
        }
        object.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{Side, to_json};

    #[test]
    fn calls_of_a_name_are_one_step() {
        let mut steps = Steps::default();
        let millis = Duration::from_millis;
        steps.note("Erp.get", millis(2), 1, None);
        (0..3).for_each(|_| steps.note("Sales.product", millis(5), 1, None));
        steps.note("Zahl.charge", millis(7), 3, Some("timeout"));
        steps.note("Erp.get", millis(1), 0, Some("rejected"));
        let text = String::from_utf8(to_json(&steps, Side::Caller)).expect("it is UTF-8");
        assert_eq!(
            text,
            r#"[{"call":"Erp.get","micros":3000,"times":2,"failed":1},{"call":"Sales.product","micros":15000,"times":3},{"call":"Zahl.charge","micros":7000,"tries":3,"failed":1}]"#
        );
    }

    #[test]
    fn the_last_one_that_failed_so_is_known() {
        let mut steps = Steps::default();
        for (call, kind) in [("A.a", "timeout"), ("B.b", "timeout"), ("C.c", "rejected")] {
            steps.note(call, Duration::ZERO, 1, Some(kind));
        }
        assert_eq!(steps.last_failed("timeout"), Some("B.b"));
        assert_eq!(steps.last_failed("malformed"), None);
        steps.note("A.a", Duration::ZERO, 1, Some("timeout"));
        assert_eq!(steps.last_failed("timeout"), Some("A.a"));
    }
}
