//! Settings of an operation or a service that do not do what they seem to say: a key that tells no requests apart, a last
//! day before the first one.

use super::context::Context;
use super::effect::is_off;
use super::security::{field, written};
use super::text::is_date;
use super::typed::{Operation, Program, Setting};
use crate::diagnostic::{settings as findings, steps as step_findings};

pub fn check(cx: &mut Context<'_>, program: &Program) {
    for service in &program.services {
        service.settings.values.get("deprecated").into_iter().for_each(|one| days(cx, one));
        for operation in &service.operations {
            let settings = &operation.settings.values;
            settings.get("deprecated").into_iter().for_each(|one| days(cx, one));
            settings.get("idempotent").into_iter().for_each(|one| idempotent(cx, operation, one));
        }
    }
}

fn days(cx: &mut Context<'_>, deprecated: &Setting) {
    let (since, sunset) = (field(&deprecated.value, "since"), field(&deprecated.value, "sunset"));
    let (Some(since), Some(sunset)) = (since, sunset) else { return };
    let (Some(first), Some(last)) = (written(since), written(sunset)) else { return };
    // Days of this form have the order of their texts.
    if is_date(&first) && is_date(&last) && last < first {
        cx.report(findings::sunset_before_since(sunset.span, since.span));
    }
}

fn idempotent(cx: &mut Context<'_>, operation: &Operation, idempotent: &Setting) {
    if is_off(idempotent) {
        return;
    }
    let shape = &operation.shape;
    if shape.safe {
        cx.report(step_findings::idempotent_read(idempotent.span, &shape.name, &shape.method));
    } else if let Some(key) = field(&idempotent.value, "key")
        && written(key).is_some()
    {
        cx.report(step_findings::constant_key(key.span));
    }
}
