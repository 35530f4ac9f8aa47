//! What is told of a request while somebody looks on: each operation, call and undo with the values that go in and come out.
//! What carries a label is never among them. Where nobody looks, nothing is made.

use flow_std::failure::{CallFailure, Failure};
use flow_std::http::{Context, StepKind, Watched};
use flow_std::{Dict, Json};

use super::app::App;
use super::call;
use super::codec::to_json;
use super::operation::Id;
use super::step::Returned;
use super::{Code, Value};
use crate::ir::{Call, Operation, Target, Type, TypeDef};

/// What stands in place of a value that nobody may see.
pub const MASK: &str = "•••";

/// Values are cut behind so many bytes.
const SHOWN: usize = 8_000;

/// The context for what is a part of a step.
pub fn inside(step: &Option<Watched>, cx: Context) -> Context {
    match step {
        Some(step) => cx.watched(step.watch()),
        None => cx,
    }
}

// ---- operations ---------------------------------------------------------------------------------

pub fn operation(app: &App, id: Id, cx: &Context, input: &[Value]) -> Option<Watched> {
    let watch = cx.watch()?;
    let of = app.operation(id)?;
    let step = watch.step(StepKind::Operation, app.name(id));
    let given = of.params.iter().zip(input).filter(|(_, value)| !value.is_none()).map(|(param, value)| {
        let shown = if param.labelled { masked() } else { shown(&app.code, &param.ty, value) };
        (param.name.clone(), shown)
    });
    note(&step, "given", &Json::Object(given.collect()));
    step.watch().note("place", format!("{}:{}", of.place.file, of.place.line));
    Some(step)
}

pub fn answered(app: &App, of: &Operation, step: Option<Watched>, ended: &Result<Returned, Failure>) {
    let Some(step) = step else { return };
    match ended {
        Ok((status, value)) => {
            step.watch().note("status", status.to_string());
            if !value.is_none() {
                note(&step, "gave", &shown(&app.code, &of.result, value));
            }
            step.end(None);
        }
        Err(failure) => failed(step, failure),
    }
}

/// How an operation has failed: as its caller is told, and why, as the log says it.
pub fn failed(step: Watched, failure: &Failure) {
    step.watch().note("status", failure.status().to_string());
    let told = [failure.kind().title, failure.detail_text().unwrap_or_default(), failure.log_text()];
    let told: Vec<&str> = told.into_iter().filter(|text| !text.is_empty()).collect();
    step.end(Some(told.join(": ")));
}

// ---- calls --------------------------------------------------------------------------------------

pub fn call(app: &App, cx: &Context, call: &Call, args: &[Value]) -> Option<Watched> {
    called(app, cx, (StepKind::Call, call), args)
}

pub fn undo(app: &App, cx: &Context, call: &Call, args: &[Value]) -> Option<Watched> {
    called(app, cx, (StepKind::Undo, call), args)
}

fn called(app: &App, cx: &Context, (kind, call): (StepKind, &Call), args: &[Value]) -> Option<Watched> {
    let step = cx.watch()?.step(kind, call.name.as_str());
    let mut given = Dict::new();
    for (at, value) in args.iter().enumerate().filter(|(_, value)| !value.is_none()) {
        let (name, ty, is_labelled) = parameter(app, call.target, at)?;
        let is_labelled = is_labelled || call.args.iter().any(|one| one.param == at && one.labelled);
        given.insert(name, if is_labelled { masked() } else { shown(&app.code, &ty, value) });
    }
    note(&step, "given", &Json::Object(given));
    step.watch().note("place", format!("{}:{}", call.place.file, call.place.line));
    step.watch().note("effect", if call.reads { "read" } else { "write" });
    Some(step)
}

/// Its name, its type, and whether it carries a label.
fn parameter(app: &App, target: Target, at: usize) -> Option<(String, Type, bool)> {
    match target {
        Target::Service { service, operation } => {
            let param = app.operation((service, operation))?.params.get(at)?;
            Some((param.name.clone(), param.ty.clone(), param.labelled))
        }
        Target::Backend { backend, operation } => {
            let of = call::operation_of(app, (backend, operation))?;
            match (of.params.get(at), &of.body) {
                (Some(param), _) => Some((param.name.clone(), param.ty.clone(), false)),
                (None, Some(body)) => Some(("body".to_owned(), body.ty.clone(), false)),
                (None, None) => None,
            }
        }
    }
}

pub fn returned(app: &App, call: &Call, step: Option<Watched>, ended: &Result<Value, CallFailure>) {
    let Some(step) = step else { return };
    match ended {
        Ok(value) => {
            if !value.is_none() {
                note(&step, "gave", &result(app, call, value));
            }
            step.end(None);
        }
        Err(failure) => step.end(Some(failure.to_string())),
    }
}

/// A label of a text that is not in a record stands at the operation as a whole.
fn result(app: &App, call: &Call, value: &Value) -> Json {
    let is_labelled = match call.target {
        Target::Backend { backend, operation } => {
            call::operation_of(app, (backend, operation)).is_some_and(|of| of.labelled)
        }
        Target::Service { .. } => false,
    };
    match is_labelled && !holds_records(&call.gives) {
        true => masked(),
        false => shown(&app.code, &call.gives, value),
    }
}

fn holds_records(ty: &Type) -> bool {
    match ty {
        Type::Named(_) => true,
        Type::List(list) => holds_records(&list.item),
        Type::Dict(inner) | Type::Optional(inner) => holds_records(inner),
        _ => false,
    }
}

/// A fallback stands in for what a call would have given.
pub fn fallback(cx: &Context, call: &Call, failure: &CallFailure) {
    if let Some(watch) = cx.watch() {
        watch.event(StepKind::Fallback, call.name.as_str()).note("because", failure.to_string());
    }
}

/// A line of the log. The check has seen to it that nothing in it carries a label.
pub fn log(app: &App, cx: &Context, (level, message): (&str, &str), fields: &[(&str, Value, &Type)]) {
    let Some(watch) = cx.watch() else { return };
    let line = watch.event(StepKind::Log, message);
    line.note("level", level);
    let fields = fields.iter().map(|(name, value, ty)| ((*name).to_owned(), shown(&app.code, ty, value)));
    line.note("fields", cut(&Json::Object(fields.collect())));
}

// ---- values -------------------------------------------------------------------------------------

fn note(step: &Watched, fact: &'static str, value: &Json) {
    step.watch().note(fact, cut(value));
}

fn cut(value: &Json) -> String {
    let mut text = value.to_string();
    if text.len() > SHOWN {
        let end = (0..=SHOWN).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}

fn masked() -> Json {
    Json::Text(MASK.to_owned())
}

/// A value as JSON, without what carries a label.
pub fn shown(code: &Code, ty: &Type, value: &Value) -> Json {
    let mut json = to_json(&code.types, ty, value);
    mask(code, ty, value, &mut json);
    json
}

fn mask(code: &Code, ty: &Type, value: &Value, json: &mut Json) {
    match (ty.present(), value, json) {
        (Type::List(of), Value::List(values), Json::List(items)) => {
            values.iter().zip(items).for_each(|(value, json)| mask(code, &of.item, value, json));
        }
        (Type::Dict(of), Value::Dict(values), Json::Object(entries)) => {
            masked_entries(code, of, values, entries);
        }
        (Type::Named(id), value, json) => match (code.types.def(*id), value, json) {
            (Some(TypeDef::Record(record)), Value::Record(values), Json::Object(entries)) => {
                for (at, (field, value)) in record.fields.iter().zip(&values.fields).enumerate() {
                    let Some(json) = entries.get_mut(&field.name) else { continue };
                    match field.labelled || code.program.exposed.contains(&(*id, at)) {
                        true if *json != Json::Null => *json = masked(),
                        true => {}
                        false => mask(code, &field.ty, value, json),
                    }
                }
                if let Some(ty) = &record.additional {
                    masked_entries(code, ty, &values.additional, entries);
                }
            }
            (Some(TypeDef::Union(union)), Value::Member(at, value), json) => {
                if let Some(member) = union.members.get(*at) {
                    mask(code, &member.ty, value, json);
                }
            }
            _ => {}
        },
        _ => {}
    }
}

fn masked_entries(code: &Code, ty: &Type, values: &Dict<Value>, entries: &mut Dict<Json>) {
    for (name, value) in values {
        if let Some(json) = entries.get_mut(name) {
            mask(code, ty, value, json);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::emit::fixture::field;
    use crate::interp::Record;
    use crate::ir::{self, Origin, Program, TypeId};

    const PERSON: TypeId = TypeId(0);

    fn code(additional: Option<Type>) -> Code {
        let secret = ir::Field { labelled: true, ..field("secret", Type::text().optional()) };
        let fields = vec![field("id", Type::text()), secret, field("told", Type::text())];
        let name = "Person".to_owned();
        let person = ir::Record { name, doc: None, origin: Origin::Flow, fields, additional };
        let program = Program {
            types: vec![TypeDef::Record(person)],
            // The backend's contract says nothing of this one.
            exposed: [(PERSON, 2)].into(),
            ..Program::default()
        };
        Code::whole(program)
    }

    fn person(secret: Value) -> Value {
        Value::record(vec![Value::text("a"), secret, Value::text("open")])
    }

    #[test]
    fn what_carries_a_label_is_masked_wherever_it_lies() {
        let code = code(None);
        let dict = Value::dict([("x".to_owned(), person(Value::text("s")))].into_iter().collect());
        let ty = Type::list(Type::Dict(Arc::new(Type::Named(PERSON).optional())));
        let json = shown(&code, &ty, &Value::list(vec![dict]));
        assert_eq!(json.to_string(), r#"[{"x":{"id":"a","secret":"•••","told":"•••"}}]"#);
    }

    #[test]
    fn what_is_not_there_is_seen_not_to_be_there() {
        let json = shown(&code(None), &Type::Named(PERSON), &person(Value::None));
        assert!(!json.to_string().contains(r#""secret":"•••""#), "{json}");
    }

    #[test]
    fn keys_without_a_name_are_looked_into() {
        let code = code(Some(Type::Named(PERSON)));
        let Value::Record(of) = person(Value::None) else { panic!("it is a record") };
        let inner = person(Value::text("s"));
        let value =
            Record { additional: [("more".to_owned(), inner)].into_iter().collect(), ..(*of).clone() };
        let json = shown(&code, &Type::Named(PERSON), &Value::Record(Arc::new(value))).to_string();
        assert!(json.contains(r#""more":{"id":"a","secret":"•••""#), "{json}");
    }

    #[test]
    fn a_long_value_is_cut_between_letters() {
        let text = cut(&Json::Text("é".repeat(SHOWN)));
        assert!(text.len() <= SHOWN + '…'.len_utf8() && text.ends_with("é…"));
    }
}
