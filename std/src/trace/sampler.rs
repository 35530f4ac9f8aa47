//! Which requests are traced, as OpenTelemetry's variables say it. It is decided before anything is made for a span.

use super::Trace;

/// Which traces are kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampler {
    /// Whether those who have sent the request decide, if they have said anything.
    follows: bool,
    /// Of those that begin here: the ones whose number is below this.
    below: u64,
}

impl Sampler {
    /// Reads what `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG` say. The error says what may stand there.
    pub fn named(name: &str, part: &str) -> Result<Sampler, String> {
        let (follows, own) = match name.strip_prefix("parentbased_") {
            Some(own) => (true, own),
            None => (false, name),
        };
        let below = match own {
            "always_on" => u64::MAX,
            "always_off" => 0,
            "traceidratio" => below(part).ok_or("has a part that is not from 0 to 1")?,
            _ => {
                return Err("must be `always_on`, `always_off` or `traceidratio`, or one of them with \
                            `parentbased_` before it"
                    .to_owned());
            }
        };
        Ok(Sampler { follows, below })
    }

    pub fn wants(self, trace: &Trace) -> bool {
        match (trace.parent, self.follows) {
            (Some(_), true) => trace.is_sampled,
            // The lower half: all who have the same part keep the same traces.
            _ => self.below == u64::MAX || (trace.id as u64) < self.below,
        }
    }
}

/// The bound that this part of all numbers is below.
fn below(part: &str) -> Option<u64> {
    let part: f64 = if part.is_empty() { 1.0 } else { part.trim().parse().ok()? };
    // A float that is too large becomes the largest number.
    (0.0..=1.0).contains(&part).then_some((part * u64::MAX as f64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(name: &str, part: &str, came: Option<bool>) -> usize {
        let sampler = Sampler::named(name, part).expect("it is known");
        let trace =
            || Trace { parent: came.map(|_| 1), is_sampled: came.unwrap_or_default(), ..Trace::begun() };
        (0..1_000).filter(|_| sampler.wants(&trace())).count()
    }

    #[test]
    fn each_keeps_its_part() {
        assert_eq!((kept("always_on", "", None), kept("always_off", "", Some(true))), (1_000, 0));
        assert_eq!(kept("parentbased_always_on", "", None), 1_000);
        assert_eq!(kept("parentbased_always_on", "", Some(false)), 0);
        assert_eq!(kept("parentbased_always_off", "", Some(true)), 1_000);
        assert!((50..150).contains(&kept("traceidratio", "0.1", Some(true))));
        assert!((50..150).contains(&kept("parentbased_traceidratio", "0.1", None)));
        assert_eq!(kept("parentbased_traceidratio", "0", Some(true)), 1_000);
    }

    #[test]
    fn what_is_none_is_told() {
        for (name, part) in [("sometimes", ""), ("traceidratio", "2"), ("traceidratio", "some"), ("", "")] {
            assert!(Sampler::named(name, part).is_err(), "{name} {part}");
        }
    }
}
