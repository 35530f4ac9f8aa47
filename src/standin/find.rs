//! Which answer a request gets. A named example is asked for by its name: where that stands in the request as a
//! word (in the path, the query or the body), that example is the answer, be it a failure. Any other request gets
//! the first success.

use std::borrow::Cow;

use super::answers::{Answer, is_success};
use super::template::{literal_length, values};

/// A request, as far as it decides what is answered.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub method: &'a str,
    /// Without the base path of the server.
    pub path: &'a str,
    pub query: &'a str,
    pub body: &'a [u8],
}

#[derive(Debug, PartialEq, Eq)]
pub enum Found<'a> {
    Answer(&'a Answer),
    /// The contract has no such path.
    NoPath,
    /// The contract has the path with other methods only.
    NoMethod,
}

pub fn find<'a>(answers: &'a [Answer], request: &Request<'_>) -> Found<'a> {
    let of_path: Vec<&Answer> =
        answers.iter().filter(|answer| values(&answer.path, request.path).is_some()).collect();
    if of_path.is_empty() {
        return Found::NoPath;
    }
    let has_method = |answer: &&&Answer| answer.method.as_str().eq_ignore_ascii_case(request.method);
    let of_method: Vec<&Answer> = of_path.iter().filter(has_method).copied().collect();
    // Of `/a/{id}` and `/a/b` the plainer one counts.
    let plainest = of_method.iter().map(|answer| literal_length(&answer.path)).max();
    let is_plainest = |answer: &&&Answer| Some(literal_length(&answer.path)) == plainest;
    let candidates: Vec<&Answer> = of_method.iter().filter(is_plainest).copied().collect();
    let said = format!("{}\n{}\n{}", unescaped(request.path), unescaped(request.query), body(request.body));
    let named =
        candidates.iter().find(|answer| answer.word.as_ref().is_some_and(|word| has_word(&said, word)));
    let success = candidates.iter().find(|answer| is_success(answer.status));
    match named.or(success).or(candidates.first()) {
        Some(answer) => Found::Answer(answer),
        None => Found::NoMethod,
    }
}

/// As it is, and as a form would have it.
fn body(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    format!("{text}\n{}", unescaped(&text))
}

/// Whether a word stands in a text with no letter or digit next to it.
pub fn has_word(text: &str, word: &str) -> bool {
    let is_part = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    !word.is_empty()
        && text.match_indices(word).any(|(at, _)| {
            let (before, after) = (text.get(..at), text.get(at + word.len()..));
            !is_part(before.and_then(|text| text.chars().next_back()))
                && !is_part(after.and_then(|text| text.chars().next()))
        })
}

fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        let (byte, next) = match (first, behind) {
            (b'%', [high, low, next @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                (hex(*high) * 16 + hex(*low), next)
            }
            (b'+', next) => (b' ', next),
            (other, next) => (*other, next),
        };
        bytes.push(byte);
        rest = next;
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

fn hex(digit: u8) -> u8 {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::model::Method;

    fn answer(method: Method, path: &str, status: u16, word: Option<&str>) -> Answer {
        Answer {
            operation: "a".into(),
            method,
            path: path.into(),
            status,
            media_type: None,
            body: Vec::new(),
            word: word.map(Into::into),
        }
    }

    /// The statuses that requests get, 0 where there is no path, 1 where there is no method.
    fn check(answers: &[Answer], requests: &[(&str, &str, &str, u16)]) {
        for (method, target, body, expected) in requests {
            let (path, query) = target.split_once('?').unwrap_or((target, ""));
            let request = Request { method, path, query, body: body.as_bytes() };
            let status = match find(answers, &request) {
                Found::Answer(answer) => answer.status,
                Found::NoPath => 0,
                Found::NoMethod => 1,
            };
            assert_eq!(status, *expected, "{method} {target} {body}");
        }
    }

    #[test]
    fn a_word_of_the_request_asks_for_its_answer() {
        let answers = [
            answer(Method::Post, "/a/{id}", 200, Some("fine")),
            answer(Method::Post, "/a/{id}", 404, Some("C9")),
            answer(Method::Post, "/a/{id}", 402, Some("tok_declined")),
            answer(Method::Post, "/a/{id}", 422, Some("no@example.com")),
        ];
        check(
            &answers,
            &[
                ("POST", "/a/C1", "", 200),
                ("POST", "/a/C9", "", 404),
                ("POST", "/a/C99", "", 200),
                ("POST", "/a/C1?x=C9", "", 404),
                ("POST", "/a/C1", "{\"token\":\"tok_declined\"}", 402),
                ("POST", "/a/C1", "mail=no%40example.com", 422),
            ],
        );
    }

    #[test]
    fn paths_and_methods_are_those_of_the_contract() {
        let answers = [
            answer(Method::Get, "/a/{id}", 200, None),
            answer(Method::Get, "/a/b", 201, None),
            answer(Method::Delete, "/a/{id}.json", 204, None),
            answer(Method::Get, "/only/failures", 500, None),
        ];
        check(
            &answers,
            &[
                ("GET", "/a/1", "", 200),
                ("GET", "/a/1.json", "", 200),
                ("GET", "/a/b", "", 201),
                ("GET", "/a/", "", 0),
                ("GET", "/a/b/c", "", 0),
                ("DELETE", "/a/1.json", "", 204),
                ("DELETE", "/a/1", "", 1),
                ("GET", "/only/failures", "", 500),
            ],
        );
    }
}
