//! What an answer gives: of a backend, and of another service of ours.

use flow_std::codec::Reader;
use flow_std::failure::{Answer, CallFailure};

use super::{Types, convert, decode};
use crate::interp::Value;
use crate::ir::{BackendOperation, MediaKind, Operation, Status, Type, WireAnswer};

/// The answer of a backend as the result that all good answers of the operation have in common.
///
/// # Errors
/// It is none of the good ones, or not what the contract promises.
pub fn of_backend(types: &Types, operation: &BackendOperation, answer: Answer) -> Result<Value, CallFailure> {
    let found = operation.answers.iter().find(|one| is_of(one.status, answer.status()));
    let Some(found) = found else { return Err(answer.fail()) };
    let (Some(kind), false) = (found.kind, operation.result == Type::Unit) else { return Ok(Value::None) };
    let value = backend_value(types, found, kind, &answer)?;
    Ok(convert(types, value, &found.ty, &operation.result))
}

fn is_of(status: Status, code: u16) -> bool {
    match status {
        Status::Exact(exact) => exact == code,
        Status::Class(class) => u16::from(class) == code / 100,
        // A contract that declares nothing but `default` means the good answer by it.
        Status::Default => code / 100 == 2,
    }
}

fn backend_value(
    types: &Types,
    of: &WireAnswer,
    kind: MediaKind,
    answer: &Answer,
) -> Result<Value, CallFailure> {
    let read = |ty: &Type, from: &mut Reader<'_>| decode(types, ty, from);
    match kind {
        MediaKind::Json | MediaKind::Form | MediaKind::Multipart => {
            answer.json(|from| read(&of.ty, from), "body")
        }
        MediaKind::JsonLines => {
            let item = match &of.ty {
                Type::List(list) => &list.item,
                other => other,
            };
            answer.json_lines(|from| read(item, from), "body").map(Value::list)
        }
        MediaKind::Text | MediaKind::Events => answer.text(&of.media_type).map(Value::text),
        MediaKind::Binary => answer.binary(&of.media_type).map(Value::Bytes),
    }
}

/// The answer of another service as the result of the operation.
///
/// # Errors
/// It is none of the good ones, or not what the service promises.
pub fn of_service(types: &Types, operation: &Operation, answer: Answer) -> Result<Value, CallFailure> {
    let found = operation.outcomes.iter().find(|(status, _)| *status == answer.status());
    let value = match found {
        None => return Err(answer.fail()),
        Some((_, Type::Unit)) => return Ok(Value::None),
        Some((_, Type::Bytes)) => answer.binary("application/octet-stream").map(Value::Bytes)?,
        Some((_, ty)) => answer.json(|from| decode(types, ty, from), "body")?,
    };
    Ok(match found {
        Some((_, ty)) => convert(types, value, ty, &operation.result),
        None => value,
    })
}
