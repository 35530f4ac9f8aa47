//! Problems that a flow ends with.

use flow_std::failure::Failure;

use super::Value;
use super::codec::Written;
use super::expr::eval;
use super::scope::Scope;
use super::stop::Stop;
use super::testing::Part;
use crate::ir::{Expr, Fail};

/// The failure that a problem is.
pub fn problem(scope: &mut Scope<'_>, fail: &Fail) -> Result<Failure, Stop> {
    scope.world.iter().for_each(|world| world.lens.see(Part::fail(fail)));
    let mut failure = Failure::problem(scope.code.problem(fail.problem));
    if let Some(detail) = &fail.detail {
        failure = failure.detail(text(scope, detail)?);
    }
    if let Some(instance) = &fail.instance {
        failure = failure.instance(text(scope, instance)?);
    }
    for (member, value) in &fail.members {
        let of = eval(scope, value).map_err(|stop| stop.part(member))?;
        failure = failure.member(member, &Written::plain(&scope.code.types, &value.ty, &of));
    }
    Ok(failure)
}

fn text(scope: &mut Scope<'_>, expr: &Expr) -> Result<String, Stop> {
    Ok(match eval(scope, expr)? {
        Value::Text(text) => text.to_string(),
        _ => String::new(),
    })
}
