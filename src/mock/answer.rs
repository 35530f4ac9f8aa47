//! The step from a request to its answer. What is wished for by a header goes first, then what fails by chance, then what
//! is wrong with the request, then an example that the request names, and then the collection that the path shows.

use std::time::Duration;

use flow_std::value::Json;
use smol_str::SmolStr;

use super::Mock;
use super::check::{Checked, check, fits};
use super::draft::{Draft, Wish, accept, declared, draft, finish, is_document, success};
use super::failure::{Problem, header, of_system, problem, refusal, summary};
use super::list::{any_list, items_of, page, wants_page, with_items};
use super::message::{Answer, Request};
use super::perform::{Visit, is_way_there, perform};
use super::route::{self, Found};
use crate::contract::model::{Method, Operation, Response, Status};
use crate::standin::Way;

pub fn answer(mock: &mut Mock, request: &Request) -> Answer {
    let found = route::find(&mock.routes, request);
    let mut answer = match found {
        Found::NoPath => problem(&Problem::new(404, "the contract has no such path")),
        Found::NoMethod(methods) => no_method(&methods, request),
        Found::Route { at, path, values } => {
            let values: Vec<(&str, &str)> =
                values.iter().map(|(name, value)| (name.as_str(), *value)).collect();
            of_route(mock, request, at, path, &values)
        }
    };
    answer.delay = delay(mock);
    answer.remarks.append(&mut mock.remarks);
    answer
}

fn delay(mock: &mut Mock) -> Duration {
    let latency = mock.settings.latency;
    let spread = latency.to.saturating_sub(latency.from);
    latency.from + spread.mul_f64(mock.luck.part())
}

/// Browsers ask with OPTIONS what they may send.
fn no_method(methods: &[Method], request: &Request) -> Answer {
    let names: Vec<&str> = methods.iter().map(|method| method.as_str()).collect();
    let names = names.join(", ");
    if request.method == "OPTIONS" {
        let wanted = request.header("access-control-request-headers").unwrap_or("*").to_owned();
        let headers = vec![
            ("allow", names.clone()),
            ("access-control-allow-methods", names),
            ("access-control-allow-headers", wanted),
        ];
        return Answer { status: 204, headers, ..Answer::default() };
    }
    let refused = problem(&Problem::new(405, format!("the contract has only {names} here")));
    Answer { headers: vec![("allow", names)], ..refused }
}

fn of_route(mock: &mut Mock, request: &Request, at: usize, path: &str, values: &[(&str, &str)]) -> Answer {
    let Some(route) = mock.routes.all.get(at).cloned() else {
        return problem(&Problem::new(404, "the contract has no such path"));
    };
    let Some(operation) = mock.contract.operation(&route.operation) else {
        return problem(&Problem::new(501, "the contract does not say what this operation is"));
    };
    let credentials = mock.settings.credentials;
    let mut checked = check(&mut mock.contract, &operation, request, values, credentials);
    let wish = Wish { accept: accept(request), ..Wish::default() };
    let wanted = preference(request);
    if wanted.is_some() {
        // The contract may have a header of that name, for something else.
        checked.faults.retain(|fault| !fault.at.eq_ignore_ascii_case("header.prefer"));
    }
    let answer = if let Some(wanted) = wanted {
        wanted_answer(mock, &operation, &wanted, wish)
    } else if let Some(status) = failing(mock, &operation) {
        let what = Problem::new(status, "this request was chosen to fail");
        of_system(mock, &operation, &what, wish)
    } else if !checked.faults.is_empty() {
        refused(mock, &operation, &checked, wish)
    } else {
        good(mock, &operation, request, (at, path), &checked, wish)
    };
    let mut headers = answer.headers;
    headers.extend(header(&checked.faults).map(|text| ("mock-faults", text)));
    Answer { operation: Some(route.operation), faults: checked.faults, headers, ..answer }
}

/// One of the failures that were asked for, by chance. Those of this operation go before those of all.
fn failing(mock: &mut Mock, operation: &Operation) -> Option<u16> {
    let Mock { settings, luck, .. } = mock;
    let own = settings.fails.iter().filter(|fail| fail.operation.as_ref() == Some(&operation.name));
    let general = settings.fails.iter().filter(|fail| fail.operation.is_none());
    own.chain(general).find(|fail| luck.part() < fail.part).map(|fail| fail.status)
}

/// With the status that the contract has for such a request: the one that says best what is wrong, 400 or 422.
fn refused(mock: &mut Mock, operation: &Operation, checked: &Checked, wish: Wish<'_>) -> Answer {
    let has =
        |status: &&u16| operation.responses.iter().any(|response| response.status == Status::Exact(**status));
    let status = match checked.status {
        401 => 401,
        best => [best, 400, 422].iter().find(has).copied().unwrap_or(400),
    };
    let detail = format!("the request is not what the contract says: {}", summary(&checked.faults));
    let what = Problem { status, detail, faults: checked.faults.clone() };
    refusal(mock, operation, &what, wish)
}

fn good(
    mock: &mut Mock,
    operation: &Operation,
    request: &Request,
    (at, path): (usize, &str),
    checked: &Checked,
    wish: Wish<'_>,
) -> Answer {
    let role = mock.roles.get(&at).copied();
    let is_kept =
        role.is_some_and(|(number, _)| mock.collections.get(number).is_some_and(|one| one.is_writable()));
    if let Some((status, name)) = named(operation, checked, is_kept)
        && let Some(response) = declared(operation, status)
    {
        let draft = draft(mock, operation, status, response, Wish { example: Some(&name), ..wish });
        if is_as_declared(mock, &draft) {
            return finish(draft);
        }
        mock.remark(format!("the example `{name}` of {} is not what its schema says", operation.name));
    }
    if declared(operation, 404).is_some() && !is_way_there(mock, &operation.path, path) {
        let what = Problem::new(404, "what the path leads through is not there");
        return of_system(mock, operation, &what, wish);
    }
    if let Some((number, role)) = role {
        let visit = Visit { operation, role, number, request, path, checked };
        if let Some(answer) = perform(mock, &visit) {
            return answer;
        }
    }
    plain(mock, operation, checked, wish)
}

fn is_as_declared(mock: &mut Mock, draft: &Draft) -> bool {
    let schema = draft.media.as_ref().and_then(|media| media.schema);
    schema.is_none_or(|schema| fits(&mut mock.contract, schema, &draft.value, Way::Answer))
}

/// What the contract says of a success, whoever asks.
fn plain(mock: &mut Mock, operation: &Operation, checked: &Checked, wish: Wish<'_>) -> Answer {
    match success(operation) {
        Some((status, response)) => {
            let mut draft = draft(mock, operation, status, response, wish);
            if let Some(part) = part(mock, operation, &draft, checked) {
                draft.value = part;
            }
            finish(draft)
        }
        None => {
            mock.remark(format!("the contract declares no answer for {}", operation.name));
            Answer { status: 200, ..Answer::default() }
        }
    }
}

/// The page that a request wants of the list in an answer, where the schema has room for so little.
fn part(mock: &mut Mock, operation: &Operation, draft: &Draft, checked: &Checked) -> Option<Json> {
    let schema = draft.media.as_ref().filter(|media| is_document(media) && wants_page(checked))?.schema?;
    let place = any_list(&mut mock.contract, schema, &operation.path)?;
    let things = items_of(&draft.value, &place);
    let page = page(things.iter(), &[], checked);
    let part = with_items(&mut mock.contract, schema, &draft.value, &place, &page);
    fits(&mut mock.contract, schema, &part, Way::Answer).then_some(part)
}

/// The example that a request names: by the value of a parameter or a text in its body. Where what is written is kept,
/// only failures are named so.
fn named(operation: &Operation, checked: &Checked, is_kept: bool) -> Option<(u16, SmolStr)> {
    operation.responses.iter().find_map(|response| {
        let status = match response.status {
            Status::Exact(status) => status,
            Status::Class(class) => u16::from(class) * 100,
            Status::Default => 500,
        };
        if !(200..=599).contains(&status) || is_kept && status < 400 {
            return None;
        }
        let examples = response.content.iter().flat_map(|media| &media.examples);
        let mut names = examples.filter_map(|example| example.name.as_ref());
        names.find(|name| checked.says(name)).map(|name| (status, name.clone()))
    })
}

/// What the header `Prefer` asks for: `code=404, example=gone, dynamic=true`.
#[derive(Debug, Default, PartialEq)]
struct Preference {
    code: Option<String>,
    example: Option<String>,
    is_made: bool,
}

fn preference(request: &Request) -> Option<Preference> {
    let mut wanted = Preference::default();
    let headers = request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("prefer"));
    for part in headers.flat_map(|(_, value)| value.split([',', ';'])) {
        let Some((name, value)) = part.split_once('=') else { continue };
        let value = value.trim().trim_matches('"');
        match name.trim().to_ascii_lowercase().as_str() {
            "code" => wanted.code = Some(value.to_owned()),
            "example" => wanted.example = Some(value.to_owned()),
            "dynamic" => wanted.is_made = value.eq_ignore_ascii_case("true"),
            // Others are for others (RFC 7240).
            _ => {}
        }
    }
    (wanted != Preference::default()).then_some(wanted)
}

/// The answer that is asked for, or why there is none.
fn wanted_answer(mock: &mut Mock, operation: &Operation, wanted: &Preference, wish: Wish<'_>) -> Answer {
    let wish = Wish { example: wanted.example.as_deref(), is_made: wanted.is_made, ..wish };
    let has_example = |response: &&Response| {
        let Some(name) = wish.example else { return true };
        let mut examples = response.content.iter().flat_map(|media| &media.examples);
        examples.any(|example| example.name.as_deref() == Some(name))
    };
    let found = match &wanted.code {
        Some(code) => coded(operation, code),
        None => success(operation).filter(|(_, response)| has_example(response)).or_else(|| {
            let response = operation.responses.iter().find(has_example)?;
            let Status::Exact(status @ 200..=599) = response.status else { return None };
            Some((status, response))
        }),
    };
    match found.filter(|(_, response)| has_example(response)) {
        Some((status, response)) => finish(draft(mock, operation, status, response, wish)),
        None => problem(&Problem::new(400, not_declared(operation, wanted))),
    }
}

/// The response for `404`, for `4XX` (declared so, else the first of its kind) or for `default`.
fn coded<'a>(operation: &'a Operation, code: &str) -> Option<(u16, &'a Response)> {
    if code.eq_ignore_ascii_case("default") {
        let response = operation.responses.iter().find(|response| response.status == Status::Default)?;
        return Some((500, response));
    }
    let class =
        code.strip_suffix("XX").or(code.strip_suffix("xx")).and_then(|class| class.parse::<u8>().ok());
    let Some(class) = class.filter(|class| (2..=5).contains(class)) else {
        let status = code.parse().ok().filter(|status| (200..=599).contains(status))?;
        return Some((status, declared(operation, status)?));
    };
    let status = u16::from(class) * 100;
    let whole = operation.responses.iter().find(|response| response.status == Status::Class(class));
    whole.map(|response| (status, response)).or_else(|| {
        operation.responses.iter().find_map(|response| match response.status {
            Status::Exact(exact) if exact / 100 == u16::from(class) => Some((exact, response)),
            _ => None,
        })
    })
}

/// What the header `Prefer` could ask for instead.
fn not_declared(operation: &Operation, wanted: &Preference) -> String {
    let statuses: Vec<String> = operation.responses.iter().map(|response| shown(response.status)).collect();
    let examples =
        operation.responses.iter().flat_map(|response| &response.content).flat_map(|media| &media.examples);
    let examples: Vec<&str> = examples.filter_map(|example| example.name.as_deref()).collect();
    let name = &operation.name;
    match (&wanted.code, &wanted.example) {
        (_, Some(_)) if examples.is_empty() => format!("`Prefer`: {name} has no examples with names"),
        (_, Some(_)) => format!("`Prefer`: the examples of {name} are {}", examples.join(", ")),
        _ => format!("`Prefer`: the contract declares {} for {name}", statuses.join(", ")),
    }
}

fn shown(status: Status) -> String {
    match status {
        Status::Exact(status) => status.to_string(),
        Status::Class(class) => format!("{class}XX"),
        Status::Default => "default".to_owned(),
    }
}
