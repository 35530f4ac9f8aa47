//! The documentation page of a service: what its OpenAPI document says, for people. It is made when the service is built,
//! of nothing but HTML: no script, nothing from elsewhere, so that it can be read wherever the service can be reached.

mod example;
mod operation;
mod schema;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use super::text::html::{Html, element, text};

/// The page of a document.
pub fn page(document: &Value) -> String {
    let title = document["info"]["title"].as_str().unwrap_or_default();
    let operations = operations(document);
    let mut head = Html::void("meta", &[("charset", "utf-8")]);
    head.push(Html::void(
        "meta",
        &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")],
    ));
    head.push(element("title", &[], text(title)));
    head.push(Html::style(include_str!("style.css")));
    let mut body = header(document, title);
    body.line(contents(&operations));
    let mut main: Html = operations.iter().map(|one| operation::section(document, one)).collect();
    main.line(schema::sections(document));
    body.line(element("main", &[], main));
    let mut page = element("head", &[], head);
    page.line(element("body", &[], body));
    element("html", &[("lang", "en")], page).document()
}

/// An operation, and where it is found.
struct Operation<'d> {
    method: String,
    path: &'d str,
    /// Its name in the document, which is that of its place on the page, too.
    id: &'d str,
    value: &'d Value,
}

fn operations(document: &Value) -> Vec<Operation<'_>> {
    let mut all = Vec::new();
    for (path, methods) in fields(&document["paths"]) {
        for (method, value) in fields(methods) {
            let id = value["operationId"].as_str().unwrap_or_default();
            all.push(Operation { method: method.to_uppercase(), path, id, value });
        }
    }
    all
}

fn header(document: &Value, title: &str) -> Html {
    let info = &document["info"];
    let mut header = element("h1", &[], text(title));
    let version = info["version"].as_str().unwrap_or_default();
    let mut line = text(&format!("Version {version}"));
    if let Some(owner) = info["x-owner"].as_str() {
        line.push(text(&format!(", of {owner}")));
    }
    line.push(text(". For machines: "));
    line.push(element("a", &[("href", "openapi.yaml")], text("openapi.yaml")));
    header.line(element("p", &[("class", "soft")], line));
    header.line(described(info));
    element("header", &[], header)
}

/// What there is, by the tags.
fn contents(operations: &[Operation<'_>]) -> Html {
    let tag = |one: &Operation<'_>| one.value["tags"][0].as_str().unwrap_or_default().to_owned();
    let mut tags: Vec<String> = Vec::new();
    for one in operations {
        if !tags.contains(&tag(one)) {
            tags.push(tag(one));
        }
    }
    let of_tag = |name: &String| {
        let items: Html = operations.iter().filter(|one| tag(one) == *name).map(item).collect();
        let mut part = if name.is_empty() { Html::default() } else { element("h3", &[], text(name)) };
        part.line(element("ul", &[], items));
        part
    };
    element("nav", &[], tags.iter().map(of_tag).collect())
}

fn item(operation: &Operation<'_>) -> Html {
    let mut item = element("span", &[("class", "method")], text(&operation.method));
    item.push(element("a", &[("href", &format!("#{}", operation.id))], text(operation.path)));
    if let Some(doc) = operation.value["description"].as_str() {
        let first = doc.lines().next().unwrap_or_default();
        item.push(element("span", &[("class", "soft")], text(&format!(" {first}"))));
    }
    element("li", &[], item)
}

/// The description of anything, if it has one.
fn described(value: &Value) -> Html {
    value["description"].as_str().map(|doc| element("p", &[], text(doc))).unwrap_or_default()
}

fn table(titles: &[&str], rows: Html) -> Html {
    let titles: Html = titles.iter().map(|title| element("th", &[], text(title))).collect();
    let mut table = element("thead", &[], element("tr", &[], titles));
    table.push(element("tbody", &[], rows));
    element("table", &[], table)
}

fn row(cells: impl IntoIterator<Item = Html>) -> Html {
    element("tr", &[], cells.into_iter().map(|cell| element("td", &[], cell)).collect())
}

fn code(value: &str) -> Html {
    element("code", &[], text(value))
}

fn fields(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

/// What a reference of the document stands for, and the name behind its last `/`.
fn resolved<'d>(document: &'d Value, value: &'d Value) -> (Option<&'d str>, &'d Value) {
    let Some(reference) = value["$ref"].as_str() else { return (None, value) };
    let pointer = reference.strip_prefix('#').unwrap_or_default();
    let found = document.pointer(pointer).unwrap_or(&Value::Null);
    (reference.rsplit('/').next(), found)
}
