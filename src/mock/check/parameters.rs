//! Parameters: from the style in which they stand to a value, and from its texts to what the schema says they are. How
//! a style is read is said by the runtime, as in a service.

use flow_std::codec::query::{self, Pair, header_fields, header_list};
use flow_std::codec::{FaultAt, Style, fields_json};
use flow_std::value::{Dict, Json};

use super::super::message::Request;
use super::value;
use crate::contract::Contract;
use crate::contract::model::{self, Operation, Parameter, Place, SchemaId, Shape};
use crate::standin::Way;

/// The values of all parameters that were sent, with their places, and what is wrong with them.
pub fn read(
    contract: &mut Contract,
    operation: &Operation,
    request: &Request,
    path: &[(&str, &str)],
) -> (Vec<(String, Json)>, Vec<FaultAt>) {
    let (mut values, mut faults) = (Vec::new(), Vec::new());
    let pairs = query::pairs(&request.query).unwrap_or_else(|message| {
        faults.push(FaultAt::new("query", message));
        Vec::new()
    });
    let cookies = query::cookies(request_cookies(request));
    for parameter in &operation.parameters {
        let at = format!("{}.{}", place(parameter.place), parameter.name);
        let sent = Sent { request, path, pairs: &pairs, cookies: &cookies };
        match find(contract, parameter, &sent) {
            Ok(Some(value)) => {
                let value = typed(contract, parameter.schema, value, 0);
                faults.extend(value::faults(contract, parameter.schema, &value, Way::Request, &at));
                values.push((at, value));
            }
            Ok(None) if parameter.required => faults.push(FaultAt::new(at, "is missing")),
            Ok(None) => {}
            Err(message) => faults.push(FaultAt::new(at, message)),
        }
    }
    (values, faults)
}

fn request_cookies(request: &Request) -> &str {
    request.header("cookie").unwrap_or_default()
}

fn place(place: Place) -> &'static str {
    match place {
        Place::Path => "path",
        Place::Query => "query",
        Place::Header => "header",
        Place::Cookie => "cookie",
    }
}

/// Where the parameters of a request stand.
struct Sent<'a> {
    request: &'a Request,
    path: &'a [(&'a str, &'a str)],
    pairs: &'a [Pair<'a>],
    cookies: &'a [(String, String)],
}

/// What a parameter is made of.
enum Form {
    Text,
    List,
    Fields(Vec<String>),
}

/// The value as texts, in lists and objects where the schema has those.
fn find(contract: &mut Contract, parameter: &Parameter, sent: &Sent<'_>) -> Result<Option<Json>, String> {
    let form = form(contract, parameter.schema);
    let style = style(parameter.style);
    let value = match parameter.place {
        Place::Path => in_path(parameter, style, &form, sent.path),
        Place::Query => in_query(&parameter.name, style, &form, sent.pairs),
        Place::Header => in_header(&parameter.name, style, &form, sent.request),
        Place::Cookie => {
            let (name, mut cookies) = (&parameter.name, sent.cookies.iter());
            let text = cookies.find(|(known, _)| known == name).map(|(_, text)| text.clone());
            match form {
                // Repeated or with commas: both are read, whatever the style says.
                Form::List => {
                    let header = request_cookies(sent.request);
                    Ok(text.map(|_| list(query::cookie_lists(header, name).concat())))
                }
                Form::Text | Form::Fields(_) => Ok(text.map(Json::Text)),
            }
        }
    };
    match (value?, style) {
        (Some(Json::Text(text)), Style::Json) => {
            Json::parse(&text).map(Some).map_err(|_| "is not JSON".to_owned())
        }
        (value, _) => Ok(value),
    }
}

fn form(contract: &mut Contract, schema: SchemaId) -> Form {
    match &contract.schema(schema).shape {
        Shape::List { .. } => Form::List,
        Shape::Object { fields, .. } => {
            Form::Fields(fields.iter().map(|field| field.name.to_string()).collect())
        }
        Shape::Dict { .. } => Form::Fields(Vec::new()),
        _ => Form::Text,
    }
}

fn list(texts: Vec<String>) -> Json {
    Json::List(texts.into_iter().map(Json::Text).collect())
}

fn object(fields: &[(String, String)]) -> Json {
    let text = String::from_utf8(fields_json(fields)).unwrap_or_default();
    Json::parse(&text).unwrap_or(Json::Object(Dict::new()))
}

fn in_path(
    parameter: &Parameter,
    style: Style,
    form: &Form,
    path: &[(&str, &str)],
) -> Result<Option<Json>, String> {
    let name = parameter.name.as_str();
    let Some((_, raw)) = path.iter().find(|(known, _)| *known == name) else { return Ok(None) };
    match form {
        Form::Text => query::path_text(style, name, raw).map(Json::Text),
        Form::List => query::path_list(style, name, raw).map(list),
        Form::Fields(_) => query::path_fields(style, name, raw).map(|fields| object(&fields)),
    }
    .map(Some)
}

fn in_query(name: &str, style: Style, form: &Form, pairs: &[Pair<'_>]) -> Result<Option<Json>, String> {
    if let (Form::Fields(known), false) = (form, style == Style::Json) {
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let taken = query::fields(style, name, &known, pairs)?;
        return Ok((!taken.fields.is_empty()).then(|| object(&taken.fields)));
    }
    // Many write the name of a list with brackets behind it.
    let is_it = |pair: &&Pair<'_>| pair.name == name || pair.name.strip_suffix("[]") == Some(name);
    let raws: Vec<&str> = pairs.iter().filter(is_it).map(|pair| pair.raw).collect();
    match (form, raws.as_slice()) {
        (_, []) => Ok(None),
        (Form::List, _) if style != Style::Json => query::list(style, &raws).map(|texts| Some(list(texts))),
        (_, [raw]) => flow_std::codec::percent::decode_form(raw).map(|text| Some(Json::Text(text))),
        (_, _) => Err("is there more than once".to_owned()),
    }
}

fn in_header(name: &str, style: Style, form: &Form, request: &Request) -> Result<Option<Json>, String> {
    let Some(text) = request.header(name) else { return Ok(None) };
    match form {
        _ if style == Style::Json => Ok(Json::Text(text.to_owned())),
        Form::Text => Ok(Json::Text(text.to_owned())),
        Form::List => Ok(list(header_list(text))),
        Form::Fields(_) => header_fields(style, text).map(|fields| object(&fields)),
    }
    .map(Some)
}

pub fn style(style: model::Style) -> Style {
    match style {
        model::Style::Simple { explode: false } => Style::Simple,
        model::Style::Simple { explode: true } => Style::SimpleExploded,
        model::Style::Label { explode: false } => Style::Label,
        model::Style::Label { explode: true } => Style::LabelExploded,
        model::Style::Matrix { explode: false } => Style::Matrix,
        model::Style::Matrix { explode: true } => Style::MatrixExploded,
        model::Style::Form { explode: false } => Style::Form,
        model::Style::Form { explode: true } => Style::FormExploded,
        // Exploded, these are nothing else than a form.
        model::Style::SpaceDelimited { explode: true } | model::Style::PipeDelimited { explode: true } => {
            Style::FormExploded
        }
        model::Style::SpaceDelimited { explode: false } => Style::SpaceDelimited,
        model::Style::PipeDelimited { explode: false } => Style::PipeDelimited,
        model::Style::TabDelimited => Style::TabDelimited,
        model::Style::DeepObject => Style::DeepObject,
        model::Style::Json => Style::Json,
    }
}

/// Texts that are within objects within unions are no deeper than that.
const DEEPEST: usize = 32;

/// What texts stand for: `12` is a number where the schema has numbers.
pub(super) fn typed(contract: &mut Contract, id: SchemaId, value: Json, depth: usize) -> Json {
    if depth > DEEPEST {
        return value;
    }
    let schema = contract.schema(id);
    match (&schema.shape, value) {
        (Shape::Bool | Shape::Int { .. } | Shape::Number { .. } | Shape::Null, Json::Text(text)) => {
            spelled(text, |json| !matches!(json, Json::List(_) | Json::Object(_) | Json::Text(_)))
        }
        (Shape::Literals { values }, Json::Text(text)) => {
            let is_one =
                |json: &Json| values.iter().any(|known| Json::parse(&known.to_json()).as_ref() == Ok(json));
            spelled(text, is_one)
        }
        (Shape::List { items, .. }, Json::List(all)) => {
            Json::List(all.into_iter().map(|item| typed(contract, *items, item, depth + 1)).collect())
        }
        // A list of one element cannot be told from its element.
        (Shape::List { items, .. }, Json::Text(text)) => {
            match spelled(text, |json| matches!(json, Json::List(_))) {
                Json::Text(text) => Json::List(vec![typed(contract, *items, Json::Text(text), depth + 1)]),
                whole => whole,
            }
        }
        (Shape::Object { fields, .. }, Json::Object(entries)) => {
            let schema_of =
                |key: &str| fields.iter().find(|field| field.name == key).map(|field| field.schema);
            let typed_entry = |(key, value): (String, Json)| {
                let value = match schema_of(&key) {
                    Some(schema) => typed(contract, schema, value, depth + 1),
                    None => value,
                };
                (key, value)
            };
            Json::Object(entries.into_iter().map(typed_entry).collect())
        }
        (Shape::Dict { values }, Json::Object(entries)) => {
            let typed_entry = |(key, value)| (key, typed(contract, *values, value, depth + 1));
            Json::Object(entries.into_iter().map(typed_entry).collect())
        }
        (Shape::Object { .. } | Shape::Dict { .. }, Json::Text(text)) => {
            spelled(text, |json| matches!(json, Json::Object(_)))
        }
        (Shape::Union { members, .. }, value) => {
            let mut tries = members.iter().map(|member| (member.schema, value.clone()));
            let fitting = tries.find_map(|(schema, value)| {
                let value = typed(contract, schema, value, depth + 1);
                value::fits(contract, schema, &value, Way::Request).then_some(value)
            });
            fitting.unwrap_or(value)
        }
        (_, value) => value,
    }
}

/// The value that a text spells in JSON, if it is such a one.
fn spelled(text: String, is_it: impl Fn(&Json) -> bool) -> Json {
    Json::parse(&text).ok().filter(is_it).unwrap_or(Json::Text(text))
}
