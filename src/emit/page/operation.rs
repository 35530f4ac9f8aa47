//! One operation of the page: who may call it, what it takes, what it answers.

use serde_json::Value;

use super::example::example;
use super::schema::shape;
use super::{Operation, code, described, fields, resolved, row, table};
use crate::emit::openapi::SERVICE;
use crate::emit::text::html::{Html, element, text};

pub fn section(document: &Value, operation: &Operation<'_>) -> Html {
    let value = operation.value;
    let mut title = element("span", &[("class", "method")], text(&operation.method));
    title.push(code(operation.path));
    let mut section = element("h2", &[("id", operation.id)], title);
    section.line(described(value));
    section.line(deprecated(value));
    section.line(callers(document, value));
    section.line(parameters(document, value));
    section.line(body(document, value));
    section.line(answers(document, value));
    element("section", &[], section)
}

fn deprecated(value: &Value) -> Html {
    if value["deprecated"] != true {
        return Html::default();
    }
    let mut said = "It is going away".to_owned();
    if let Some(since) = value["x-deprecated-since"].as_str() {
        said.push_str(&format!(": nobody should begin to use it since {since}"));
    }
    if let Some(sunset) = value["x-sunset"].as_str() {
        said.push_str(&format!(", and it is to be gone on {sunset}"));
    }
    let mut note = text(&format!("{said}."));
    if let Some(link) = value["externalDocs"]["url"].as_str().filter(|link| is_address(link)) {
        note.push(text(" What to use instead: "));
        note.push(element("a", &[("href", link), ("rel", "noreferrer")], text(link)));
    }
    element("div", &[("class", "note")], note)
}

/// Nothing that a browser would run.
fn is_address(link: &str) -> bool {
    link.starts_with("https://") || link.starts_with("http://")
}

fn callers(document: &Value, value: &Value) -> Html {
    let ways = value["security"].as_array().map(Vec::as_slice).unwrap_or_default();
    let schemes = &document["components"]["securitySchemes"];
    let said: Vec<String> = ways
        .iter()
        .map(|way| {
            let each: Vec<String> =
                fields(way).map(|(name, scopes)| shown(name, &schemes[name], scopes)).collect();
            if each.is_empty() { "anybody".to_owned() } else { each.join(" and ") }
        })
        .collect();
    let said = if said.is_empty() { "anybody".to_owned() } else { said.join(", or ") };
    element("p", &[("class", "soft")], text(&format!("Who may call: {said}.")))
}

/// How a caller shows who it is.
fn shown(name: &str, scheme: &Value, scopes: &Value) -> String {
    let scopes: Vec<&str> = scopes.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let scopes = scopes.join(", ");
    if name == SERVICE {
        let acting = if scopes.is_empty() { "" } else { ", on behalf of somebody with " };
        return format!("another service of this project{acting}{scopes}");
    }
    let text = |name: &str| scheme[name].as_str().unwrap_or_default();
    let way = match (text("type"), text("scheme")) {
        ("apiKey", _) => format!("whoever has a key, in the {} {}", text("in"), text("name")),
        ("http", "bearer") => "whoever has a token, in the header Authorization".to_owned(),
        ("mutualTLS", _) => "whoever has a certificate".to_owned(),
        ("openIdConnect" | "oauth2", _) => {
            "whoever has signed in, with a token in the header Authorization".to_owned()
        }
        (kind, scheme) => format!("whoever shows {kind} {scheme}"),
    };
    if scopes.is_empty() { way } else { format!("{way}, that allows {scopes}") }
}

fn parameters(document: &Value, value: &Value) -> Html {
    let all = value["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    if all.is_empty() {
        return Html::default();
    }
    let rows = all.iter().map(|parameter| {
        let schema = match &parameter["schema"] {
            Value::Null => &parameter["content"]["application/json"]["schema"],
            schema => schema,
        };
        let place = parameter["in"].as_str().unwrap_or_default();
        let need = if parameter["required"] == true { "required" } else { "optional" };
        row([
            code(parameter["name"].as_str().unwrap_or_default()),
            text(&format!("{place}, {need}")),
            shape(document, schema),
            described(parameter),
        ])
    });
    let mut part = element("h3", &[], text("Parameters"));
    part.line(table(&["name", "where", "what", ""], rows.collect()));
    part
}

fn body(document: &Value, value: &Value) -> Html {
    let body = &value["requestBody"];
    if body.is_null() {
        return Html::default();
    }
    let need = if body["required"] == true { "" } else { ", which may be left out" };
    let mut part = element("h3", &[], text(&format!("Body{need}")));
    part.line(described(body));
    part.line(content(document, &body["content"]));
    part
}

/// Media types with their shapes, and an example of each.
fn content(document: &Value, content: &Value) -> Html {
    let each = fields(content).map(|(media_type, of)| {
        let mut line = code(media_type);
        line.push(text(": "));
        line.push(shape(document, &of["schema"]));
        let mut part = element("p", &[], line);
        if media_type.ends_with("json")
            && let Some(value) = example(document, &of["schema"])
        {
            part.line(element("pre", &[], text(&serde_json::to_string_pretty(&value).unwrap_or_default())));
        }
        part
    });
    each.collect()
}

fn answers(document: &Value, value: &Value) -> Html {
    let mut part = element("h3", &[], text("Answers"));
    let mut rows = Html::default();
    for (status, response) in fields(&value["responses"]) {
        let (_, response) = resolved(document, response);
        let mut said = text(response["description"].as_str().unwrap_or_default());
        for (name, header) in fields(&response["headers"]) {
            let about = header["description"].as_str().unwrap_or_default();
            said.push(element("p", &[("class", "soft")], text(&format!("{name}: {about}"))));
        }
        let shapes: Html =
            fields(&response["content"]).map(|(_, of)| shape(document, &of["schema"])).collect();
        rows.push(row([code(status), said, shapes]));
    }
    part.line(table(&["status", "when", "what"], rows));
    for (status, response) in fields(&value["responses"]).filter(|(status, _)| status.starts_with('2')) {
        let shown = content(document, &response["content"]);
        if !shown.is_empty() {
            part.line(element("h3", &[], text(&format!("An answer with {status}"))));
            part.line(shown);
        }
    }
    part
}
