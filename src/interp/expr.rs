//! Expressions. Each form does what the emitter writes for it; arithmetic, functions and conversions are the runtime's.

use std::cell::RefCell;
use std::sync::Arc;

use flow_std::{Date, Decimal, Time, excess, json};
use flow_std::{DateTime, Dict, Duration, Email, Fault, Uri, Uuid, Zone};

use super::config::Told;
use super::function::{self, Arg};
use super::operator::{arithmetic, compare, negated};
use super::scope::Scope;
use super::stop::Stop;
use super::{Value, code, codec, fail, text};
use crate::ir::{
    ArmBody, Condition, ConfigId, Expr, ExprKind, FunctionId, ListItem, Literal, LocalId, MatchArm, Pattern,
    Test, Type, TypeDef, TypeId,
};

type Evaluated = Result<Value, Stop>;

pub fn eval(scope: &mut Scope<'_>, expr: &Expr) -> Evaluated {
    let expr = match scope.world {
        Some(world) => world.lens.expr(expr)?,
        None => expr,
    };
    match &expr.kind {
        ExprKind::Literal(value) => Ok(literal(value, &expr.ty)),
        ExprKind::None => Ok(Value::None),
        ExprKind::Text(parts) => text::text(scope, parts),
        ExprKind::Local(local) => Ok(scope.get(*local)),
        ExprKind::Config(id) => self::config(scope, *id, expr),
        ExprKind::Field { of, field } => Ok(self::field(&eval(scope, of)?, *field)),
        ExprKind::Common { of, name } => common(scope, of, name, &expr.ty),
        ExprKind::Key { of, name } => Ok(key(&eval(scope, of)?, name)),
        ExprKind::Call { function, args } => call(scope, *function, args, expr.from_answer),
        ExprKind::Std { name, args } => std(scope, name, args, expr.from_answer),
        // Only a function of the runtime takes one.
        ExprKind::Lambda { body, .. } => eval(scope, body),
        ExprKind::Not(inner) => Ok(Value::Bool(!holds(scope, inner)?)),
        ExprKind::Negate(inner) => {
            let value = eval(scope, inner)?;
            negated(value).map_err(fault(expr))
        }
        ExprKind::Arithmetic { operator, left, right } => {
            let (one, other) = (eval(scope, left)?, eval(scope, right)?);
            arithmetic(*operator, one, other).map_err(fault(expr))
        }
        ExprKind::All(parts) => every(scope, parts),
        ExprKind::AnyOf(parts) => any(scope, parts),
        ExprKind::Compare { operator, left, right } => {
            let (one, other) = (eval(scope, left)?, eval(scope, right)?);
            Ok(Value::Bool(compare(*operator, &one, &other)))
        }
        ExprKind::Coalesce { value, fallback } => match eval(scope, value)? {
            Value::None => eval(scope, fallback),
            value => Ok(value),
        },
        ExprKind::IfPresent { value, local, body } => match eval(scope, value)? {
            Value::None => Ok(Value::None),
            value => bound(scope, *local, value, body),
        },
        ExprKind::If { condition, then, otherwise } => match self::condition(scope, condition)? {
            true => eval(scope, then),
            false => eval(scope, otherwise),
        },
        ExprKind::Match { subject, arms } => matching(scope, subject, arms),
        ExprKind::For { binding, list, condition, body } => {
            repeat(scope, *binding, list, condition.as_ref(), body)
        }
        ExprKind::List(items) => self::list(scope, items),
        ExprKind::Record { of, fields } => record(scope, *of, fields),
        ExprKind::Dict { entries, spreads } => dict(scope, entries, spreads),
        ExprKind::Bind { local, value, body } => {
            let value = eval(scope, value)?;
            bound(scope, *local, value, body)
        }
        ExprKind::Narrow(inner) => {
            let value = eval(scope, inner)?;
            codec::narrow(&scope.code.types, &value, &inner.ty, &expr.ty).map_err(fault(expr))
        }
        ExprKind::Bounded(inner) => {
            let value = eval(scope, inner)?;
            codec::bounded(&scope.code.types, &inner.ty, value).map_err(fault(expr))
        }
        ExprKind::Else { value, fallback } => otherwise(scope, value, fallback),
        ExprKind::Convert(inner) => {
            let value = eval(scope, inner)?;
            Ok(codec::convert(&scope.code.types, value, &inner.ty, &expr.ty))
        }
        ExprKind::Present(inner) => match eval(scope, inner)? {
            Value::None => Err(fault(expr)(Fault::new("a value is absent"))),
            value => Ok(value),
        },
    }
}

/// A variable of the environment. Where there is none, as in a test, it has its default or is not known.
fn config(scope: &Scope<'_>, id: ConfigId, expr: &Expr) -> Evaluated {
    match scope.config.get(id.0).map(Told::value) {
        Some(Value::None) | None if !expr.ty.is_optional() => {
            let item = scope.code.program.config.get(id.0);
            let kind = if item.is_some_and(|item| item.secret) { "secret" } else { "env" };
            let name = item.map_or("", |item| &item.name);
            Err(fault(expr)(Fault::new(format!(
                "`{kind}.{name}` has no default, and there is no environment"
            ))))
        }
        value => Ok(value.unwrap_or(Value::None)),
    }
}

/// Whether something that is true or false is true.
pub fn holds(scope: &mut Scope<'_>, expr: &Expr) -> Result<bool, Stop> {
    eval(scope, expr).map(|value| value == Value::Bool(true))
}

/// Whether all parts hold; names for what is there are bound on the way.
pub fn condition(scope: &mut Scope<'_>, tests: &[Test]) -> Result<bool, Stop> {
    for test in tests {
        let holds = match test {
            Test::Holds(expr) => holds(scope, expr)?,
            Test::Present { value, local } => match eval(scope, value)? {
                Value::None => false,
                value => {
                    scope.set(*local, value);
                    true
                }
            },
        };
        if !holds {
            return Ok(false);
        }
    }
    Ok(true)
}

fn fault(expr: &Expr) -> impl Fn(Fault) -> Stop {
    let from_answer = expr.from_answer;
    move |fault| Stop::Fault { fault, from_answer }
}

fn bound(scope: &mut Scope<'_>, local: LocalId, value: Value, body: &Expr) -> Evaluated {
    scope.set(local, value);
    eval(scope, body)
}

fn every(scope: &mut Scope<'_>, parts: &[Expr]) -> Evaluated {
    for part in parts {
        if !holds(scope, part)? {
            return Ok(Value::Bool(false));
        }
    }
    Ok(Value::Bool(true))
}

fn any(scope: &mut Scope<'_>, parts: &[Expr]) -> Evaluated {
    for part in parts {
        if holds(scope, part)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

// ---- values -------------------------------------------------------------------------------------

/// What is written out has been checked by the compiler.
fn literal(value: &Literal, ty: &Type) -> Value {
    match value {
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Int(value) => Value::Int(*value),
        Literal::Float(text) => Value::Float(text.replace('_', "").parse().unwrap_or_default()),
        Literal::Decimal(text) => Value::Decimal(Decimal::literal(text)),
        Literal::Text(text) => Value::text(text.as_str()),
        Literal::Duration(millis) => Value::Duration(Duration::millis(*millis)),
        Literal::Of(text) => match ty.present() {
            Type::Date => Value::Date(Date::literal(text)),
            Type::Time => Value::Time(Time::literal(text)),
            Type::DateTime => Value::DateTime(DateTime::literal(text)),
            Type::Uuid => Value::Uuid(Uuid::literal(text)),
            Type::Email => Value::Email(Arc::new(Email::literal(text))),
            Type::Uri => Value::Uri(Arc::new(Uri::literal(text))),
            Type::Zone => Value::Zone(Arc::new(Zone::literal(text))),
            Type::Regex => Value::Regex(code::regex(text)),
            Type::Pattern => Value::Pattern(code::pattern(text)),
            _ => Value::text(text.as_str()),
        },
        Literal::Value(at) => Value::Choice(*at),
    }
}

fn field(of: &Value, at: usize) -> Value {
    match of {
        Value::Record(record) => record.fields.get(at).cloned().unwrap_or(Value::None),
        _ => Value::None,
    }
}

/// A field that all members of a union have, as what it is in the whole.
fn common(scope: &mut Scope<'_>, of: &Expr, name: &str, ty: &Type) -> Evaluated {
    let value = eval(scope, of)?;
    let types = &scope.code.types;
    let (Value::Member(at, member), Type::Named(union)) = (&value, &of.ty) else { return Ok(Value::None) };
    let Some(TypeDef::Union(union)) = types.def(*union) else { return Ok(Value::None) };
    let Some(Type::Named(record)) = union.members.get(*at).map(|member| &member.ty) else {
        return Ok(Value::None);
    };
    let Some(TypeDef::Record(record)) = types.def(*record) else { return Ok(Value::None) };
    let Some(place) = record.fields.iter().position(|field| field.name == name) else {
        return Ok(Value::None);
    };
    let have = record.fields.get(place).map_or(&Type::Unit, |field| &field.ty);
    Ok(codec::convert(types, field(member, place), have, ty))
}

fn key(of: &Value, name: &str) -> Value {
    match of {
        Value::Record(record) => record.additional.get(name).cloned().into(),
        Value::Dict(entries) => entries.get(name).cloned().into(),
        Value::Json(value) => json::get(value, name).map(|value| Value::Json(Arc::new(value))).into(),
        _ => Value::None,
    }
}

fn list(scope: &mut Scope<'_>, items: &[ListItem]) -> Evaluated {
    let mut all = Vec::with_capacity(items.len());
    let is_plain = items.iter().all(|item| matches!(item, ListItem::Value(_)));
    for item in items {
        match item {
            ListItem::Value(value) if is_plain => {
                all.push(eval(scope, value).map_err(|stop| stop.item(all.len()))?);
            }
            ListItem::Value(value) => all.push(eval(scope, value)?),
            ListItem::Spread(value) => all.extend(items_of(eval(scope, value)?)),
        }
    }
    Ok(Value::list(all))
}

/// The elements of a list; those of one that nobody else has are not copied.
pub fn items_of(list: Value) -> Vec<Value> {
    match list {
        Value::List(items) => Arc::unwrap_or_clone(items),
        _ => Vec::new(),
    }
}

/// A field that is not kept is not worked out either, as in an emitted service.
fn record(scope: &mut Scope<'_>, of: TypeId, fields: &[Expr]) -> Evaluated {
    let named = match scope.code.types.def(of) {
        Some(TypeDef::Record(record)) => record.fields.as_slice(),
        _ => &[],
    };
    let mut values = Vec::with_capacity(named.len());
    let mut additional = Dict::new();
    for (at, value) in fields.iter().enumerate() {
        if !scope.code.types.keeps(of, at) {
            values.push(Value::None);
        } else if let Some(field) = named.get(at) {
            scope.code.seen.iter().for_each(|seen| seen.expr(value));
            values.push(eval(scope, value).map_err(|stop| stop.part(&field.name))?);
        } else if let Value::Dict(entries) = eval(scope, value)? {
            additional = Arc::unwrap_or_clone(entries);
        }
    }
    Ok(Value::Record(Arc::new(super::Record { fields: values, additional })))
}

fn dict(scope: &mut Scope<'_>, entries: &[(String, Expr)], spreads: &[Expr]) -> Evaluated {
    let mut all = Dict::new();
    for spread in spreads {
        if let Value::Dict(entries) = eval(scope, spread)? {
            all.extend(Arc::unwrap_or_clone(entries));
        }
    }
    for (name, value) in entries {
        all.insert(name.clone(), eval(scope, value).map_err(|stop| stop.part(name))?);
    }
    Ok(Value::dict(all))
}

fn repeat(
    scope: &mut Scope<'_>,
    binding: LocalId,
    list: &Expr,
    condition: Option<&Condition>,
    body: &Expr,
) -> Evaluated {
    let items = items_of(eval(scope, list)?);
    let mut made = Vec::with_capacity(items.len());
    for (at, item) in excess::gather(items).enumerate() {
        scope.set(binding, item);
        let is_wanted = match condition {
            Some(tests) => self::condition(scope, tests).map_err(|stop| stop.item(at))?,
            None => true,
        };
        if is_wanted {
            made.push(eval(scope, body).map_err(|stop| stop.item(at))?);
        }
    }
    Ok(Value::list(made))
}

// ---- calls --------------------------------------------------------------------------------------

/// An argument that cannot be computed is the fault of what is in it; all else is that of what is in the call.
fn call(scope: &mut Scope<'_>, id: FunctionId, args: &[Expr], from_answer: bool) -> Evaluated {
    let code = scope.code;
    let values = args.iter().map(|arg| eval(scope, arg)).collect::<Result<Vec<Value>, Stop>>()?;
    let called = function(scope, id, values).unwrap_or_else(|| {
        let name = code.program.functions.get(id.0).map_or("a function", |function| &function.name);
        let fault = Fault::new(format!("the calls that `{name}` is called from are too many to be kept"));
        Err(Stop::Fault { fault, from_answer })
    });
    called.map_err(|stop| stop.within(from_answer))
}

/// A function of the author; none where it calls itself too often.
fn function(scope: &Scope<'_>, id: FunctionId, args: Vec<Value>) -> Option<Evaluated> {
    let Some(function) = scope.code.program.functions.get(id.0) else { return Some(Ok(Value::None)) };
    let mut inner = scope.inner(function.locals.len())?;
    function.params.iter().zip(args).for_each(|(local, value)| inner.set(*local, value));
    Some(eval(&mut inner, &function.body))
}

fn std(scope: &mut Scope<'_>, name: &str, args: &[Expr], from_answer: bool) -> Evaluated {
    if let ("json.toJson", [value]) = (name, args) {
        let of = eval(scope, value)?;
        return Ok(Value::Json(Arc::new(codec::to_json(&scope.code.types, &value.ty, &of))));
    }
    let mut values = Vec::with_capacity(args.len());
    for arg in args {
        values.push(match arg.kind {
            ExprKind::Lambda { .. } => Value::None,
            _ => eval(scope, arg)?,
        });
    }
    if let Some(given) = scope.world.and_then(|world| world.function(name, &values)) {
        return Ok(given);
    }
    // A lambda sees what is around it, and may be called again and again.
    let around = RefCell::new(scope.clone());
    let lambdas: Vec<_> = args.iter().map(|arg| move_lambda(&around, arg)).collect();
    let all = values.into_iter().zip(&lambdas).map(|(value, lambda)| match lambda {
        Some(lambda) => Arg::Lambda(lambda),
        None => Arg::Value(value),
    });
    let called = excess::alone(|| function::call(name, all.collect()));
    let called = called.unwrap_or_else(|excess| Err(Fault::new(excess.name())));
    called.map_err(|fault| Stop::Fault { fault, from_answer })
}

fn move_lambda<'l>(
    around: &'l RefCell<Scope<'_>>,
    arg: &'l Expr,
) -> Option<impl Fn(&[Value]) -> Result<Value, Fault> + 'l> {
    let ExprKind::Lambda { params, body } = &arg.kind else { return None };
    Some(move |values: &[Value]| {
        let mut scope = around.borrow().clone();
        params.iter().zip(values).for_each(|(local, value)| scope.set(*local, value.clone()));
        eval(&mut scope, body).map_err(Stop::fault)
    })
}

fn otherwise(scope: &mut Scope<'_>, value: &Expr, fallback: &ArmBody) -> Evaluated {
    match (eval(scope, value), fallback) {
        (Err(Stop::Fault { .. }), ArmBody::Value(other)) => eval(scope, other),
        (Err(Stop::Fault { .. }), ArmBody::Fail(fail)) => {
            Err(Stop::Failure(Box::new(fail::problem(scope, fail)?)))
        }
        (ended, _) => ended,
    }
}

// ---- match --------------------------------------------------------------------------------------

fn matching(scope: &mut Scope<'_>, subject: &Expr, arms: &[MatchArm]) -> Evaluated {
    let value = eval(scope, subject)?;
    let Some(arm) = arms.iter().find(|arm| arm.patterns.iter().any(|pattern| fits(pattern, &value))) else {
        return Ok(Value::None);
    };
    if let Some(local) = arm.binding {
        let is_member = arm.patterns.iter().any(|pattern| matches!(pattern, Pattern::Member(_)));
        let bound = match value {
            // The name of what is left over is that of the member, where only one is left.
            Value::Member(_, inner) if is_member || left_over(scope, subject, arms) => {
                Arc::unwrap_or_clone(inner)
            }
            value => value,
        };
        scope.set(local, bound);
    }
    scope.code.seen.iter().for_each(|seen| seen.expr(&arm.body));
    eval(scope, &arm.body)
}

fn fits(pattern: &Pattern, value: &Value) -> bool {
    match (pattern, value) {
        (Pattern::Any, _) | (Pattern::None, Value::None) => true,
        (Pattern::Text(text), Value::Text(value)) => **value == **text,
        (Pattern::Number(text), Value::Int(value)) => text.replace('_', "").parse() == Ok(*value),
        (Pattern::Number(text), Value::Decimal(value)) => *value == Decimal::literal(text),
        (Pattern::Number(text), Value::Float(value)) => text.replace('_', "").parse() == Ok(*value),
        (Pattern::Bool(wanted), Value::Bool(value)) => wanted == value,
        (Pattern::Value(at), Value::Choice(value)) | (Pattern::Member(at), Value::Member(value, _)) => {
            at == value
        }
        _ => false,
    }
}

/// Whether the arms before the last leave just one member of a union.
fn left_over(scope: &Scope<'_>, subject: &Expr, arms: &[MatchArm]) -> bool {
    let Type::Named(id) = subject.ty.present() else { return false };
    let Some(TypeDef::Union(union)) = scope.code.types.def(*id) else { return false };
    let taken = |at: &usize| arms.iter().any(|arm| arm.patterns.contains(&Pattern::Member(*at)));
    (0..union.members.len()).filter(|at| !taken(at)).count() == 1
}
