//! What holds where a setting is not written: the defaults and bounds that `std/settings.flow` declares, as numbers. The
//! checks count with them, and the lowering writes them out. A test compares them with the text.

pub const TIMEOUT_MS: u64 = 2_000;
pub const CONNECT_TIMEOUT_MS: u64 = 500;
pub const BACKEND_MAX_BODY: u64 = 8_000_000;
pub const KEEP_MS: u64 = 24 * 60 * 60 * 1_000;
pub const DEADLINE_MS: u64 = 10_000;
pub const SERVICE_MAX_BODY: u64 = 1_000_000;
pub const PREFLIGHT_MS: u64 = 60 * 60 * 1_000;

pub const TIMES: u32 = 1;
pub const BACKOFF_MS: (u64, u64) = (50, 1_000);
pub const BUDGET: f64 = 0.1;
pub const OPENS: f64 = 0.5;
pub const OF: u32 = 20;
pub const RESTS_MS: u64 = 3_000;
pub const ENTRIES: u32 = 10_000;

/// The bounds of counts.
pub const TIMES_RANGE: (u32, u32) = (1, 10);
pub const OF_RANGE: (u32, u32) = (1, 10_000);
pub const AT_ONCE_RANGE: (u32, u32) = (1, 100_000);
pub const ENTRIES_RANGE: (u32, u32) = (1, 10_000_000);

#[cfg(test)]
mod tests {
    use super::*;
    use flow_std::sources::FLOW_FILES;

    /// What stands behind the name of a field in a type of `std/settings.flow`.
    fn declared(ty: &str, name: &str) -> String {
        let (_, text) =
            FLOW_FILES.iter().find(|(file, _)| file.ends_with("settings.flow")).expect("settings");
        let (_, body) = text.split_once(&format!("\ntype {ty} {{\n")).expect("the type");
        let line = body.lines().find_map(|line| line.trim().strip_prefix(&format!("{name}: "))).expect("it");
        line.to_owned()
    }

    #[test]
    fn what_is_not_said_is_what_std_says() {
        for (ty, name, wanted) in [
            ("BackendSettings", "timeout", format!("duration = {}s", TIMEOUT_MS / 1_000)),
            ("BackendSettings", "connect_timeout", format!("duration = {CONNECT_TIMEOUT_MS}ms")),
            ("BackendSettings", "max_body", format!("size = {}MB", BACKEND_MAX_BODY / 1_000_000)),
            ("Idempotent", "keep", format!("duration = {}h", KEEP_MS / 3_600_000)),
            ("ServiceSettings", "deadline", format!("duration = {}s", DEADLINE_MS / 1_000)),
            ("ServiceSettings", "max_body", format!("size = {}MB", SERVICE_MAX_BODY / 1_000_000)),
            ("Cors", "max_age", format!("duration = {}h", PREFLIGHT_MS / 3_600_000)),
            ("Retry", "times", format!("int in {}..{} = {TIMES}", TIMES_RANGE.0, TIMES_RANGE.1)),
            ("Retry", "backoff", format!("durations = {}ms..{}s", BACKOFF_MS.0, BACKOFF_MS.1 / 1_000)),
            ("Retry", "budget", format!("percent = {}%", BUDGET * 100.0)),
            ("Breaker", "opens", format!("percent = {}%", OPENS * 100.0)),
            ("Breaker", "of", format!("int in {}..{} = {OF}", OF_RANGE.0, OF_RANGE.1)),
            ("Breaker", "rests", format!("duration = {}s", RESTS_MS / 1_000)),
            ("OutboundLimit", "at_once", format!("int in {}..{}?", AT_ONCE_RANGE.0, AT_ONCE_RANGE.1)),
            ("InboundLimit", "at_once", format!("int in {}..{}?", AT_ONCE_RANGE.0, AT_ONCE_RANGE.1)),
            (
                "CacheSettings",
                "entries",
                format!("int in {}..{} = {ENTRIES}", ENTRIES_RANGE.0, ENTRIES_RANGE.1),
            ),
        ] {
            assert_eq!(declared(ty, name), wanted, "{ty}.{name}");
        }
    }
}
