//! What is given as the answer to a call, as it stands on the wire.

use crate::interp::Value;
use crate::interp::codec::{self, Types, Written};
use crate::ir::{MediaKind, Program, Status, Target, Type, WireAnswer};

/// The media type and the bytes of a good answer with a value.
///
/// # Errors
/// It cannot be written.
pub fn good(
    (program, types): (&Program, &Types),
    target: Target,
    status: u16,
    value: &Value,
) -> Result<(String, Vec<u8>), String> {
    match target {
        Target::Backend { backend, operation } => {
            let of = program.backends.get(backend).and_then(|of| of.operations.get(operation));
            let of = of.ok_or("there is no such operation")?;
            let answer = of.answers.iter().find(|one| is_of(one.status, status));
            let Some((answer, kind)) = answer.and_then(|one| Some((one, one.kind?))) else {
                return Ok((String::new(), Vec::new()));
            };
            backend_body(types, (answer, kind), &of.result, value)
        }
        Target::Service { service, operation } => {
            let of = program.services.get(service).and_then(|of| of.operations.get(operation));
            let of = of.ok_or("there is no such operation")?;
            Ok(match (&of.result, value) {
                (Type::Unit, _) | (_, Value::None) => (String::new(), Vec::new()),
                (_, Value::Bytes(bytes)) => {
                    ("application/octet-stream".to_owned(), bytes.clone().into_inner().to_vec())
                }
                (ty, value) => (JSON.to_owned(), json(&Written::plain(types, ty.present(), value))),
            })
        }
    }
}

const JSON: &str = "application/json";

fn json(value: &Written<'_>) -> Vec<u8> {
    flow_std::codec::to_json(value, flow_std::codec::Side::Backend)
}

fn is_of(status: Status, code: u16) -> bool {
    match status {
        Status::Exact(exact) => exact == code,
        Status::Class(class) => u16::from(class) == code / 100,
        Status::Default => code / 100 == 2,
    }
}

fn backend_body(
    types: &Types,
    (answer, kind): (&WireAnswer, MediaKind),
    result: &Type,
    value: &Value,
) -> Result<(String, Vec<u8>), String> {
    let media_type = answer.media_type.clone();
    let ty = result.present();
    Ok(match (kind, value) {
        (MediaKind::Json | MediaKind::Form | MediaKind::Multipart, value) => {
            (JSON.to_owned(), json(&Written::new(types, ty, value)))
        }
        (MediaKind::JsonLines, Value::List(items)) => {
            let Type::List(list) = ty else { return Err("its lines are no list".to_owned()) };
            let line = |item| [json(&Written::new(types, &list.item, item)), b"\n".to_vec()].concat();
            (media_type, items.iter().flat_map(line).collect())
        }
        (MediaKind::Binary, Value::Bytes(bytes)) => (media_type, bytes.clone().into_inner().to_vec()),
        (MediaKind::Text | MediaKind::Events, value) => {
            (media_type, codec::as_text(types, ty, value).into_owned().into_bytes())
        }
        (MediaKind::JsonLines | MediaKind::Binary, _) => {
            return Err(format!("an answer in `{media_type}` cannot be given"));
        }
    })
}
