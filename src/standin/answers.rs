//! All answers that a contract describes: for each status of each operation its examples, or else one that fits
//! the schema.

use smol_str::SmolStr;

use super::json;
use super::value;
use crate::contract::Contract;
use crate::contract::model::{Literal, Media, MediaKind, Method, Operation, Response, Status};

/// One answer of one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub operation: SmolStr,
    pub method: Method,
    /// `/customers/{id}`, without the base path of the server.
    pub path: SmolStr,
    pub status: u16,
    /// None where there is no body.
    pub media_type: Option<SmolStr>,
    pub body: Vec<u8>,
    /// The name of the example, where it has one: a request that has this word in it asks for this answer.
    pub word: Option<SmolStr>,
}

/// In the order of the contract; successes before failures within an operation.
pub fn answers(contract: &mut Contract) -> Vec<Answer> {
    let names: Vec<String> = contract.operation_names().map(str::to_owned).collect();
    let mut answers = Vec::new();
    for name in names {
        let Some(operation) = contract.operation(&name) else { continue };
        let mut statuses: Vec<(u16, &Response)> = operation
            .responses
            .iter()
            .map(|response| (status(response.status, &operation), response))
            .collect();
        statuses.sort_by_key(|(status, _)| !is_success(*status));
        for (status, response) in statuses {
            answers.extend(of_response(contract, &operation, status, response));
        }
    }
    answers
}

pub(super) fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

/// `default` is a success only where no other one is described.
fn status(status: Status, operation: &Operation) -> u16 {
    let has_success = operation.responses.iter().any(|other| match other.status {
        Status::Exact(code) => is_success(code),
        Status::Class(class) => class == 2,
        Status::Default => false,
    });
    match status {
        Status::Exact(code) => code,
        Status::Class(class) => u16::from(class) * 100,
        Status::Default if has_success => 500,
        Status::Default => 200,
    }
}

/// Of several media types the preferred one is answered.
fn of_response(
    contract: &mut Contract,
    operation: &Operation,
    status: u16,
    response: &Response,
) -> Vec<Answer> {
    let answer = |media_type, body, word| Answer {
        operation: operation.name.clone(),
        method: operation.method,
        path: operation.path.clone(),
        status,
        media_type,
        body,
        word,
    };
    let Some(media) = response.content.first() else { return vec![answer(None, Vec::new(), None)] };
    let media_type = Some(concrete(media));
    if media.examples.is_empty() {
        return vec![answer(media_type, generated(contract, media), None)];
    }
    let given = media.examples.iter().map(|example| {
        let body = encoded(media.kind, &contract.example(example.value));
        answer(media_type.clone(), body, example.name.clone())
    });
    given.collect()
}

/// One of the media types that a range such as `image/*` stands for.
pub fn concrete(media: &Media) -> SmolStr {
    if !media.media_type.contains('*') && !media.media_type.is_empty() {
        return media.media_type.clone();
    }
    SmolStr::new_static(match media.kind {
        MediaKind::Json => "application/json",
        MediaKind::Text => "text/plain",
        MediaKind::JsonLines => "application/x-ndjson",
        MediaKind::Events => "text/event-stream",
        MediaKind::Form => "application/x-www-form-urlencoded",
        MediaKind::Multipart | MediaKind::Binary => "application/octet-stream",
    })
}

fn generated(contract: &mut Contract, media: &Media) -> Vec<u8> {
    match (media.schema, media.kind) {
        (None, MediaKind::Json) => b"{}".to_vec(),
        (None, _) => Vec::new(),
        (Some(schema), kind) => encoded(kind, &value::of_schema(contract, schema)),
    }
}

/// A value as the bytes of a body.
pub fn encoded(kind: MediaKind, value: &Literal) -> Vec<u8> {
    let text = match kind {
        MediaKind::Json => value.to_json(),
        MediaKind::JsonLines => json::items(value).iter().map(|item| format!("{item}\n")).collect(),
        MediaKind::Events => json::items(value).iter().map(|item| format!("data: {item}\n\n")).collect(),
        MediaKind::Form => json::form(value),
        MediaKind::Text | MediaKind::Binary | MediaKind::Multipart => json::bare(value),
    };
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::super::testing::contract;
    use super::*;

    fn shown(paths: &str) -> Vec<String> {
        let text = format!("openapi: 3.0.3\ninfo: {{title: t, version: '1'}}\npaths:\n{paths}");
        let show = |answer: &Answer| {
            let (media, word) = (answer.media_type.as_deref(), answer.word.as_deref());
            let head = format!("{} {} {}", answer.method.as_str(), answer.path, answer.status);
            let body = String::from_utf8_lossy(&answer.body);
            format!("{head} {} {} {body:?}", media.unwrap_or("-"), word.unwrap_or("-"))
        };
        answers(&mut contract(&text)).iter().map(show).collect()
    }

    #[test]
    fn examples_are_answered_as_they_are_written() {
        let found = shown(
            "  /a/{id}:\n    get:\n      responses:\n        '404': {description: d}\n        '200':\n          description: d\n          \
             content:\n            application/json:\n              examples:\n                A1: {value: {price: 12.50}}\n                \
             B2: {value: null}\n",
        );
        assert_eq!(
            found,
            [
                "GET /a/{id} 200 application/json A1 \"{\\\"price\\\":12.50}\"",
                "GET /a/{id} 200 application/json B2 \"null\"",
                "GET /a/{id} 404 - - \"\"",
            ]
        );
    }

    #[test]
    fn without_an_example_the_schema_is_asked() {
        let found = shown(
            "  /a:\n    post:\n      responses:\n        default:\n          description: d\n          content:\n            \
             '*/*': {schema: {type: array, items: {type: integer, minimum: 5}}}\n        4XX:\n          description: d\n          \
             content: {text/plain: {schema: {type: string, example: too bad}}}\n",
        );
        assert_eq!(found, ["POST /a 200 application/json - \"[5]\"", "POST /a 400 text/plain - \"too bad\""]);
    }

    #[test]
    fn bodies_are_written_as_their_media_types_want_them() {
        let of =
            |kind, json: &str| String::from_utf8(encoded(kind, &Literal::Json(json.into()))).expect("text");
        assert_eq!(of(MediaKind::JsonLines, "[1,{\"a\":2}]"), "1\n{\"a\":2}\n");
        assert_eq!(of(MediaKind::Events, "{\"a\":2}"), "data: {\"a\":2}\n\n");
        assert_eq!(of(MediaKind::Form, "{\"a\":\"x y\",\"b\":1.50}"), "a=x%20y&b=1.5");
        assert_eq!(of(MediaKind::Text, "{\"a\":2}"), "{\"a\":2}");
    }
}
