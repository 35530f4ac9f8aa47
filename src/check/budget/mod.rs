//! Budgets: whether what a program asks of its backends, and of the time that it has, can be had. One file for each
//! question; all arithmetic is printed, so that the author can check it.

mod amplification;
mod fan_out;
mod policy;
mod promise;
mod rate;
mod schedule;
mod time;

pub use fan_out::{at_once, longest};
pub use policy::deadline;
pub use schedule::{Schedule, Timed};
pub use time::{Cost, Moment, Sum, Ways, milliseconds};

use super::context::Context;
use super::effect::Effects;
use super::typed::{Operation, OperationId, Program, Service, ServiceId};
use crate::diagnostic::settings as findings;

/// Calls through more services than this are not followed.
const DEEPEST: usize = 64;

pub fn check(cx: &mut Context<'_>, program: &Program, effects: &Effects) {
    let mut schedule = Schedule::new(program, effects);
    for (at, service) in program.services.iter().enumerate() {
        for (position, operation) in service.operations.iter().enumerate() {
            let end = schedule.end(OperationId { service: ServiceId(at), at: position });
            fits(cx, schedule.ways(), service, operation, end);
        }
    }
    fan_out::check(cx, program, effects);
    amplification::check(cx, program, effects);
    rate::check(cx, program);
    promise::check(cx, program);
}

/// Whether the calls of an operation fit its deadline. What nobody chose is nobody's mistake.
fn fits(cx: &mut Context<'_>, ways: &Ways, service: &Service, operation: &Operation, end: Moment) {
    let (limit, set) = deadline(service, operation);
    let shown = milliseconds(limit);
    let chosen = |sum: Sum| set.is_some() || sum.chosen;
    if end.first.total > limit && chosen(end.first) {
        cx.report(findings::deadline(operation.name_span, &shown, &ways.first(end.first), set));
    } else if end.worst.total > limit && chosen(end.worst) {
        cx.report(findings::worst_case(operation.name_span, &shown, &ways.worst(end.worst), set));
    }
}
