//! The answers that a contract describes: which one a status means, and a body for it, from the examples where they
//! are what their own schema says, else made.

use flow_std::value::Json;

use smol_str::SmolStr;

use super::check::{faults, fits};
use super::message::{Answer, Request};
use super::{Mock, xml};
use crate::contract::Contract;
use crate::contract::model::{Literal, Media, MediaKind, Operation, Response, SchemaId, Status};
use crate::standin::{Chance, Recipe, Way, concrete, encoded, made};

/// An answer, while what is in it can still be changed.
#[derive(Debug)]
pub struct Draft {
    pub status: u16,
    pub media: Option<Media>,
    pub value: Json,
    /// Whether the value is one that the contract gives.
    pub is_example: bool,
    /// The name of its schema.
    pub name: Option<SmolStr>,
}

/// What is wanted of an answer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wish<'a> {
    pub example: Option<&'a str>,
    /// Made, even if there are examples.
    pub is_made: bool,
    /// Of the request: which media types it takes.
    pub accept: Option<&'a str>,
}

/// The response that a contract declares for a status, be it as a class or as what holds otherwise.
pub fn declared(operation: &Operation, status: u16) -> Option<&Response> {
    let of = |wanted: Status| operation.responses.iter().find(move |response| response.status == wanted);
    let class = u8::try_from(status / 100).unwrap_or(0);
    of(Status::Exact(status)).or_else(|| of(Status::Class(class))).or_else(|| of(Status::Default))
}

/// The status of a success, and its response. What is no answer by itself (101) is passed over.
pub fn success(operation: &Operation) -> Option<(u16, &Response)> {
    let exact = |from: u16, to: u16| {
        operation.responses.iter().find_map(move |response| match response.status {
            Status::Exact(status) if (from..=to).contains(&status) => Some((status, response)),
            Status::Class(class) if u16::from(class) * 100 == from => Some((from, response)),
            _ => None,
        })
    };
    let otherwise = || Some((200, operation.responses.iter().find(|one| one.status == Status::Default)?));
    exact(200, 299)
        .or_else(otherwise)
        .or_else(|| exact(300, 399))
        .or_else(|| exact(400, 499))
        .or_else(|| exact(500, 599))
}

pub fn draft(
    mock: &mut Mock,
    operation: &Operation,
    status: u16,
    response: &Response,
    wish: Wish<'_>,
) -> Draft {
    let Some(media) = choose(&response.content, wish).cloned() else {
        return Draft { status, media: None, value: Json::Null, is_example: false, name: None };
    };
    let chance = match mock.settings.seed {
        Some(seed) => Chance::seeded(seed, &[operation.name.as_str(), &status.to_string()]),
        None => Chance::plain(),
    };
    let name = media.schema.and_then(|schema| mock.contract.schema(schema).name.clone());
    if let Some(value) = example(mock, operation, status, &media, wish) {
        return Draft { status, media: Some(media), value, is_example: true, name };
    }
    let value = match media.schema {
        Some(schema) => value_of(&mut mock.contract, schema, chance, wish.is_made),
        None => Json::Object(Default::default()),
    };
    Draft { status, media: Some(media), value, is_example: false, name }
}

/// The first media type that the caller takes; where he takes none of them, the preferred one.
fn choose<'a>(content: &'a [Media], wish: Wish<'_>) -> Option<&'a Media> {
    let has_example = |media: &&Media| {
        wish.example.is_none_or(|name| media.examples.iter().any(|one| one.name.as_deref() == Some(name)))
    };
    let accept = wish.accept.unwrap_or("*/*").to_ascii_lowercase();
    let takes = |media: &&Media| {
        let essence = media.media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let class = essence.split('/').next().unwrap_or_default();
        let mut ranges = accept.split(',').map(|range| range.split(';').next().unwrap_or_default().trim());
        ranges.any(|range| range == essence || range == "*/*" || range.strip_suffix("/*") == Some(class))
    };
    let mut fitting = content.iter().filter(takes).filter(has_example);
    fitting.next().or_else(|| content.iter().find(has_example)).or(content.first())
}

/// An example: the one that is asked for as it is, else the first one that is what the schema says. What is not JSON is
/// as it is written there.
fn example(
    mock: &mut Mock,
    operation: &Operation,
    status: u16,
    media: &Media,
    wish: Wish<'_>,
) -> Option<Json> {
    if wish.is_made {
        return None;
    }
    for example in &media.examples {
        let value = Json::parse(&mock.contract.example(example.value).to_json()).ok();
        match wish.example {
            Some(name) if example.name.as_deref() == Some(name) => return value,
            Some(_) => continue,
            None => {}
        }
        let value = value?;
        let mut check = |schema| faults(&mut mock.contract, schema, &value, Way::Answer, "body");
        let schema = media.schema.filter(|_| media.kind == MediaKind::Json);
        let Some(fault) = schema.and_then(|schema| check(schema).into_iter().next()) else {
            return Some(value);
        };
        let name = example.name.as_deref().map(|name| format!(" `{name}`")).unwrap_or_default();
        mock.remark(format!(
            "the example{name} of {} for {status} is passed over: {} {}",
            operation.name, fault.at, fault.message
        ));
    }
    None
}

/// A value of a schema, as an answer has it.
pub fn value_of(contract: &mut Contract, schema: SchemaId, chance: Chance, is_made: bool) -> Json {
    let takes = if is_made { |_: &mut Contract, _: SchemaId, _: &Literal| false } else { takes };
    let literal = made(contract, schema, &Recipe { way: Way::Answer, chance, takes });
    Json::parse(&literal.to_json()).unwrap_or_default()
}

/// Whether what the contract gives for a schema is what the schema says.
pub fn takes(contract: &mut Contract, schema: SchemaId, given: &Literal) -> bool {
    Json::parse(&given.to_json()).is_ok_and(|value| fits(contract, schema, &value, Way::Answer))
}

/// Whether what stands in it is fields and lists: JSON, or XML in its plain form.
pub fn is_document(media: &Media) -> bool {
    media.kind == MediaKind::Json || xml::is_xml(&media.media_type)
}

/// The schema of what a draft shows, so that something else can be shown in it. An example that is written as XML gives
/// way to a value.
pub fn opened(mock: &mut Mock, draft: &mut Draft) -> Option<SchemaId> {
    let media = draft.media.as_ref().filter(|media| is_document(media))?;
    let schema = media.schema?;
    if media.kind != MediaKind::Json && matches!(draft.value, Json::Text(_)) {
        draft.value = value_of(&mut mock.contract, schema, Chance::plain(), false);
    }
    Some(schema)
}

/// The draft as it goes out.
pub fn finish(draft: Draft) -> Answer {
    let Some(media) = draft.media else { return Answer { status: draft.status, ..Answer::default() } };
    let literal = match draft.value {
        value @ (Json::List(_) | Json::Object(_)) if xml::is_xml(&media.media_type) => {
            Literal::String(xml::document(draft.name.as_deref(), &value).into())
        }
        Json::Null => Literal::Null,
        Json::Text(text) => Literal::String(text.into()),
        other => Literal::Json(other.to_string()),
    };
    Answer {
        status: draft.status,
        media_type: Some(concrete(&media)),
        body: encoded(media.kind, &literal),
        ..Answer::default()
    }
}

/// What the header `Accept` of a request says.
pub fn accept(request: &Request) -> Option<&str> {
    request.header("accept")
}
