//! Failures: in the form that the contract declares for their status, else as problem+json.

use flow_std::codec::FaultAt;
use flow_std::failure::{MEDIA_TYPE, standard};
use flow_std::value::{Dict, Json};

use super::Mock;
use super::draft::{Wish, declared, draft, finish, is_document};
use super::item::view;
use super::message::Answer;
use crate::contract::model::{MediaKind, Operation};

/// What went wrong.
#[derive(Debug, Clone, Default)]
pub struct Problem {
    pub status: u16,
    pub detail: String,
    pub faults: Vec<FaultAt>,
}

impl Problem {
    pub fn new(status: u16, detail: impl Into<String>) -> Problem {
        Problem { status, detail: detail.into(), faults: Vec::new() }
    }
}

/// A failure that the contract need not know.
pub fn problem(problem: &Problem) -> Answer {
    Answer {
        status: problem.status,
        media_type: Some(MEDIA_TYPE.into()),
        body: document(problem).to_string().into_bytes(),
        ..Answer::default()
    }
}

/// A failure of the system that the contract describes: the example that it has for it, or what it says of its form.
pub fn of_system(mock: &mut Mock, operation: &Operation, what: &Problem, wish: Wish<'_>) -> Answer {
    match declared(operation, what.status) {
        Some(response) => {
            let draft = draft(mock, operation, what.status, response, wish);
            if draft.is_example { finish(draft) } else { told(mock, draft, what) }
        }
        None => {
            mock.remark(format!("the contract declares no {} for {}", what.status, operation.name));
            problem(what)
        }
    }
}

/// A request that is not what the contract says. What is wrong is told wherever the declared form has room for it.
pub fn refusal(mock: &mut Mock, operation: &Operation, what: &Problem, wish: Wish<'_>) -> Answer {
    match declared(operation, what.status).filter(|response| !response.content.is_empty()) {
        Some(response) => {
            let draft = draft(mock, operation, what.status, response, Wish { is_made: true, ..wish });
            told(mock, draft, what)
        }
        None => problem(what),
    }
}

/// The draft, with as much of the problem as its schema has room for.
fn told(mock: &mut Mock, mut draft: super::draft::Draft, what: &Problem) -> Answer {
    let schema = draft.media.as_ref().filter(|media| is_document(media)).and_then(|media| media.schema);
    if let Some(schema) = schema {
        draft.value = view(&mut mock.contract, schema, &in_many_words(what), Some(&draft.value));
    } else if draft.media.as_ref().is_some_and(|media| media.kind == MediaKind::Json) {
        draft.value = document(what);
    }
    finish(draft)
}

fn document(problem: &Problem) -> Json {
    Json::Object(members(problem))
}

fn members(problem: &Problem) -> Dict<Json> {
    let known = standard(problem.status);
    let title = if known.status == problem.status { known.title } else { "Failure" };
    let mut members = Dict::new();
    members.insert("type".to_owned(), Json::Text("about:blank".to_owned()));
    members.insert("title".to_owned(), Json::Text(title.to_owned()));
    members.insert("status".to_owned(), Json::Number(problem.status.to_string()));
    members.insert("detail".to_owned(), Json::Text(problem.detail.clone()));
    if !problem.faults.is_empty() {
        let fault = |fault: &FaultAt| {
            let pair = [("at", &fault.at), ("message", &fault.message)];
            Json::Object(
                pair.map(|(name, text)| (name.to_owned(), Json::Text(text.clone()))).into_iter().collect(),
            )
        };
        members.insert("faults".to_owned(), Json::List(problem.faults.iter().map(fault).collect()));
    }
    members
}

/// The same under the names that systems have for it.
fn in_many_words(problem: &Problem) -> Json {
    let mut members = members(problem);
    let text = Json::Text(problem.detail.clone());
    for name in ["message", "description", "error", "error_description", "reason"] {
        members.insert(name.to_owned(), text.clone());
    }
    members.insert("code".to_owned(), Json::Number(problem.status.to_string()));
    Json::Object(members)
}

/// `body.a is missing; body.b must be a text, not a number`
pub fn summary(faults: &[FaultAt]) -> String {
    let shown: Vec<String> =
        faults.iter().take(5).map(|fault| format!("{} {}", fault.at, fault.message)).collect();
    let more = if faults.len() > shown.len() { "; …" } else { "" };
    shown.join("; ") + more
}

/// A header is no longer than that.
const LONGEST_HEADER: usize = 1_000;

/// The same as a header can have it: the declared form of the answer may have no room for it.
pub fn header(faults: &[FaultAt]) -> Option<String> {
    let letter = |letter: char| if matches!(letter, ' '..='~') { letter } else { '?' };
    let text = summary(faults).replace('…', "...");
    (!faults.is_empty()).then(|| text.chars().map(letter).take(LONGEST_HEADER).collect())
}
