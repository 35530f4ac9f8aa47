//! Every answer that a mock gives is one that the contract describes: all operations of the contracts at hand are asked
//! with a request that the contract describes too, and status and body are held against it.

use std::fs;
use std::path::{Path, PathBuf};

use flow_std::codec::{ParamValue, style};
use flow_std::value::Json;

use super::check::fits;
use super::draft::{declared, takes};
use super::{Answer, Credentials, Mock, Request, Settings, answer, mock};
use crate::contract::model::{MediaKind, Operation, Parameter, Place, SchemaId};
use crate::contract::{Contract, ReadFault, load};
use crate::source::Sources;
use crate::standin::{Chance, Recipe, Way, encoded, made};

fn value(contract: &mut Contract, schema: SchemaId, seed: Option<u64>) -> Json {
    let chance = seed.map_or_else(Chance::plain, |seed| Chance::seeded(seed, &["request"]));
    let takes: fn(&mut Contract, SchemaId, &_) -> bool =
        |contract, schema, given| takes_in_requests(contract, schema, given);
    let literal = made(contract, schema, &Recipe { way: Way::Request, chance, takes });
    Json::parse(&literal.to_json()).unwrap_or_default()
}

fn takes_in_requests(
    contract: &mut Contract,
    schema: SchemaId,
    given: &crate::contract::model::Literal,
) -> bool {
    takes(contract, schema, given)
        && Json::parse(&given.to_json()).is_ok_and(|value| fits(contract, schema, &value, Way::Request))
}

/// A request that the contract describes; None where a parameter or a body is of a kind that is not made here.
fn request(contract: &mut Contract, operation: &Operation, seed: Option<u64>) -> Option<Request> {
    let mut request = Request { method: operation.method.as_str().to_owned(), ..Request::default() };
    request.path = operation.path.split('?').next().unwrap_or_default().to_string();
    let wanted: Vec<Parameter> = operation.parameters.iter().filter(|one| one.required).cloned().collect();
    for parameter in wanted {
        let value = value(contract, parameter.schema, seed);
        let (name, style) = (parameter.name.as_str(), super::check::style(parameter.style));
        let written = match style {
            style::Style::Json => ParamValue::json(&value),
            _ => ParamValue::of(&value)?,
        };
        match parameter.place {
            Place::Path => {
                let text = style::path(style, name, &written).ok()?;
                request.path = request.path.replace(&format!("{{{name}}}"), &text);
            }
            Place::Query => {
                style::query(&mut request.query, style, name, &written);
                if request.query.is_empty() {
                    return None; // an empty list leaves no trace
                }
            }
            Place::Header => {
                let text = style::header(style, &written).ok()?;
                request.headers.push((name.to_lowercase(), text));
            }
            Place::Cookie => request.headers.push(("cookie".into(), style::cookie(style, name, &written))),
        }
    }
    if let Some(media) = operation.body.as_ref().and_then(|body| body.content.first()) {
        let schema = media.schema.filter(|_| matches!(media.kind, MediaKind::Json | MediaKind::Form))?;
        let value = value(contract, schema, seed);
        let literal = crate::contract::model::Literal::Json(value.to_string());
        request.body = encoded(media.kind, &literal);
        request.headers.push(("content-type".into(), media.media_type.to_string()));
    }
    Some(request)
}

/// What is wrong with an answer by the contract.
fn wrong(contract: &mut Contract, operation: &Operation, answer: &Answer) -> Option<String> {
    let Some(response) = declared(operation, answer.status) else {
        // One that declares nothing gets an answer, too.
        return (!operation.responses.is_empty()).then(|| format!("{} is not declared", answer.status));
    };
    let media_type = answer.media_type.as_deref().unwrap_or_default();
    let Some(media) = response
        .content
        .iter()
        .find(|media| media.media_type == media_type || media.media_type.contains('*'))
    else {
        return (!answer.body.is_empty()).then(|| format!("{} has no body of {media_type}", answer.status));
    };
    let schema = media.schema.filter(|_| media.kind == MediaKind::Json)?;
    let text = String::from_utf8_lossy(&answer.body);
    let Ok(value) = Json::parse(&text) else { return Some(format!("no JSON: {text}")) };
    let faults = super::check::faults(contract, schema, &value, Way::Answer, "body");
    let shown: Vec<String> =
        faults.iter().take(3).map(|fault| format!("{} {}", fault.at, fault.message)).collect();
    (!shown.is_empty()).then(|| format!("{}: {text:.300}", shown.join("; ")))
}

/// How many were asked, and which answers were wrong.
pub fn walk(contract: Contract, seed: Option<u64>) -> (usize, Vec<String>) {
    let names: Vec<String> = contract.operation_names().map(str::to_owned).collect();
    let mut mock: Mock =
        mock(contract, Settings { seed, credentials: Credentials::Ignored, ..Settings::default() });
    let (mut asked, mut found) = (0, Vec::new());
    for name in names {
        let Some(operation) = mock.contract.operation(&name) else { continue };
        let Some(request) = request(&mut mock.contract, &operation, seed) else { continue };
        if seed.is_some() {
            mock.store = Default::default(); // as if nobody had asked before
        }
        let given = answer(&mut mock, &request);
        if given.operation.as_deref() != Some(name.as_str()) {
            continue; // another operation has the same path
        }
        asked += 1;
        if !given.faults.is_empty() {
            let faults: Vec<String> =
                given.faults.iter().take(3).map(|one| format!("{} {}", one.at, one.message)).collect();
            found.push(format!("{name}: the request was refused: {}", faults.join("; ")));
            continue;
        }
        found.extend(wrong(&mut mock.contract, &operation, &given).map(|what| format!("{name}: {what}")));
    }
    (asked, found)
}

fn contract(path: &Path) -> Option<Contract> {
    let folder = path.parent()?;
    let name = path.file_name()?.to_string_lossy();
    let read = &mut |path: &str| fs::read(folder.join(path)).map_err(|_| ReadFault::Missing);
    load(&mut Sources::default(), &name, read).ok()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_document = |path: &PathBuf| {
        path.extension().is_some_and(|ending| ["json", "yaml", "yml"].iter().any(|end| ending == *end))
    };
    let mut files: Vec<PathBuf> = entries.filter(is_document).collect();
    files.sort();
    files
}

#[test]
fn every_answer_is_one_that_the_contract_describes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut asked = 0;
    for folder in [
        "examples/shop/contracts",
        "examples/museum/contracts",
        "examples/tictactoe/contracts",
        "tests/contracts/documents",
    ] {
        for file in files(&root.join(folder)) {
            for seed in [None, Some(1), Some(2)] {
                let Some(contract) = contract(&file) else { continue };
                let (count, wrong) = walk(contract, seed);
                assert!(wrong.is_empty(), "{} {seed:?}:\n{}", file.display(), wrong.join("\n"));
                asked += count;
            }
        }
    }
    assert!(asked > 100, "{asked}");
}

/// Published contracts, where the folder of them is at hand. Some have schemas that nothing fits.
#[test]
fn published_contracts_answer_as_they_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = std::env::var_os("FLOWC_CONTRACTS").map_or(root.join("../shared/contracts"), PathBuf::from);
    for file in files(&folder) {
        let Some(contract) = contract(&file) else { continue };
        let (asked, wrong) = walk(contract, Some(1));
        let shown = wrong.iter().take(20).map(String::as_str).collect::<Vec<_>>().join("\n");
        assert!(wrong.len() * 100 <= asked, "{} of {asked}: {}\n{shown}", wrong.len(), file.display());
    }
}
