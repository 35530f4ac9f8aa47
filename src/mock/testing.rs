//! What the tests of this folder have in common.

use super::{Answer, Mock, Request, Settings, answer, mock};
use crate::contract::{Contract, ReadFault, load};
use crate::source::Sources;

/// A contract of one text.
pub fn contract(text: &str) -> Contract {
    let read = &mut |path: &str| match path {
        "api.yaml" => Ok(text.as_bytes().to_vec()),
        _ => Err(ReadFault::Missing),
    };
    load(&mut Sources::default(), "api.yaml", read).expect("the document is good as a whole")
}

pub fn of(text: &str, settings: Settings) -> Mock {
    mock(contract(text), settings)
}

/// `GET /a?b=c`, with headers and a body of JSON.
pub fn request(line: &str, headers: &[(&str, &str)], body: &str) -> Request {
    let (method, target) = line.split_once(' ').expect("a method and a target");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut headers: Vec<(String, String)> =
        headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), (*value).to_owned())).collect();
    if !body.is_empty() && !headers.iter().any(|(name, _)| name == "content-type") {
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
    }
    Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body: body.as_bytes().to_vec(),
    }
}

pub fn ask_with(mock: &mut Mock, line: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    answer(mock, &request(line, headers, body))
}

/// Status and body.
pub fn ask(mock: &mut Mock, line: &str, body: &str) -> String {
    shown(&ask_with(mock, line, &[], body))
}

pub fn shown(answer: &Answer) -> String {
    let body = String::from_utf8_lossy(&answer.body);
    format!("{} {body}", answer.status).trim_end().to_owned()
}
