//! What the settings say of a call, in numbers: how long, how often, how much.

use super::super::effect::Effects;
use super::super::exact::Exact;
use super::super::security::{bare, field};
use super::super::standard::{BACKOFF_MS, DEADLINE_MS, TIMEOUT_MS, TIMES};
use super::super::ty::Type;
use super::super::typed::{
    BackendId, Call, Expr, ExprKind, Operation, Program, Service, Setting, Settings, Target,
};
use crate::source::Span;

/// The deadline of an operation, and where it is written.
pub fn deadline(service: &Service, operation: &Operation) -> (u64, Option<Span>) {
    let setting =
        operation.settings.values.get("deadline").or_else(|| service.settings.values.get("deadline"));
    match setting.and_then(|setting| Some((duration(&setting.value)?, setting.span))) {
        Some((limit, span)) => (limit, Some(span)),
        None => (DEADLINE_MS, None),
    }
}

/// How long one try of a backend may take, and whether somebody chose that.
pub fn timeout(program: &Program, call: &Call) -> (u64, bool) {
    match own_timeout(call).or_else(|| duration(&backends(program, call, "timeout")?.value)) {
        Some(timeout) => (timeout, true),
        None => (TIMEOUT_MS, false),
    }
}

/// What the call itself says.
pub fn own_timeout(call: &Call) -> Option<u64> {
    duration(&call.settings.values.get("timeout")?.value)
}

/// How often a call is made at most.
#[derive(Debug, Clone, Copy)]
pub struct Tries {
    pub count: u64,
    /// The longest pauses between them, in milliseconds.
    pub pauses: u64,
    /// Where it is said, if it is more than once.
    pub set: Option<Span>,
}

pub fn tries(program: &Program, effects: &Effects, call: &Call) -> Tries {
    let once = Tries { count: 1, pauses: 0, set: None };
    let setting = call.settings.values.get("retry").or_else(|| backends(program, call, "retry"));
    let Some(setting) = setting.filter(|_| effects.is_retried(call)) else { return once };
    if !matches!(bare(&setting.value).kind, ExprKind::Record { .. }) {
        return once;
    }
    let times = field(&setting.value, "times").and_then(whole).unwrap_or(u64::from(TIMES));
    let (shortest, longest) = field(&setting.value, "backoff").and_then(backoff).unwrap_or(BACKOFF_MS);
    // It doubles from the shortest to the longest. Drawing at random below that only makes it shorter.
    let pause = |at: u64| shortest.saturating_mul(1 << at.min(32)).min(longest);
    let pauses = (0..times.min(MOST_TIMES)).map(pause).fold(0, u64::saturating_add);
    Tries { count: times.saturating_add(1), pauses, set: Some(setting.span) }
}

/// More than `times` can say.
const MOST_TIMES: u64 = 1_000;

fn backoff(expr: &Expr) -> Option<(u64, u64)> {
    match &bare(expr).kind {
        ExprKind::Range(from, to) => Some((duration(from)?, duration(to)?)),
        _ => None,
    }
}

/// How long a call waits for its turn at most.
pub fn wait(program: &Program, call: &Call) -> u64 {
    let limit = backends(program, call, "limit");
    limit.and_then(|limit| field(&limit.value, "wait")).and_then(duration).unwrap_or(0)
}

/// How many tries a backend takes at the same time, where it does not let others wait.
pub fn at_once_without_wait(program: &Program, backend: BackendId) -> Option<(u64, Span)> {
    let limit = of_backend(program, backend, "limit")?;
    let waits = field(&limit.value, "wait").is_some_and(|wait| !is_none(wait));
    Some((field(&limit.value, "at_once").and_then(whole)?, limit.span)).filter(|_| !waits)
}

/// So many in so many seconds.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    pub count: u64,
    pub seconds: u64,
}

/// The rate of a limit, inbound or outbound.
pub fn rate(limit: &Setting) -> Option<Rate> {
    match bare(field(&limit.value, "rate")?).kind {
        ExprKind::Rate { count, per_seconds: seconds } => Some(Rate { count, seconds }),
        _ => None,
    }
}

/// Whether answers of a call may come from a cache, which costs the backend nothing: the call's own, or that of the
/// backend or the operation that it goes to.
pub fn is_cached(program: &Program, call: &Call) -> bool {
    let of_target = || match call.target {
        Target::Backend(backend) => of_backend(program, backend, "cache"),
        Target::Service(id) => {
            program.operation(id).and_then(|operation| setting(&operation.settings, "cache"))
        }
    };
    match call.settings.values.get("cache") {
        Some(cache) => !is_none(&cache.value),
        None => of_target().is_some(),
    }
}

pub fn of_backend<'p>(program: &'p Program, BackendId(at): BackendId, name: &str) -> Option<&'p Setting> {
    setting(&program.backends.get(at)?.settings, name)
}

/// A setting of the backend that a call goes to.
fn backends<'p>(program: &'p Program, call: &Call, name: &str) -> Option<&'p Setting> {
    match call.target {
        Target::Backend(backend) => of_backend(program, backend, name),
        Target::Service(_) => None,
    }
}

fn setting<'s>(settings: &'s Settings, name: &str) -> Option<&'s Setting> {
    settings.values.get(name).filter(|setting| !is_none(&setting.value))
}

fn is_none(expr: &Expr) -> bool {
    matches!(bare(expr).kind, ExprKind::None)
}

/// A duration that is written out, or the default of one that is configured.
fn duration(expr: &Expr) -> Option<u64> {
    match &bare(expr).kind {
        ExprKind::Duration(milliseconds) => Some(*milliseconds),
        ExprKind::Config { default: Some(default), .. } => duration(default),
        ExprKind::Narrow(inner) => duration(inner),
        _ => None,
    }
}

fn whole(expr: &Expr) -> Option<u64> {
    match &bare(expr).ty {
        Type::Int(rule) => rule.single().and_then(Exact::to_int).and_then(|value| u64::try_from(value).ok()),
        _ => None,
    }
}
