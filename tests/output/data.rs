//! Emitted files that are not Rust: each is read as its readers read it, and has only what it should have.

use std::collections::BTreeSet;

use flowc::emit::File;
use serde_yaml_ng::Value;

/// What is wrong with a file, by its kind. `usual` is what a harmless contract gives.
pub fn check(file: &File, usual: Option<&File>) -> Result<(), String> {
    let seen = |letter: char| letter == '\n' || is_visible(letter);
    if let Some(letter) = file.text.chars().find(|letter| !seen(*letter)) {
        return Err(format!("{letter:?} stands in it as itself"));
    }
    let name = file.path.rsplit('/').next().unwrap_or_default();
    match name {
        "Dockerfile" | ".gitignore" | ".dockerignore" => match usual {
            Some(usual) if usual.text == file.text => Ok(()),
            _ => Err("it differs from the usual".to_owned()),
        },
        ".env.example" => variables(&file.text),
        "openapi.yaml" => openapi(&file.text),
        "docs.html" => page(&file.text),
        "Cargo.toml" | "Cargo.lock" => toml_keys(file, usual),
        // JSON is YAML.
        "dashboard.json" => deployment(&file.text, usual),
        _ if name.ends_with(".md") => markdown(&file.text),
        _ if name.ends_with(".yaml") => deployment(&file.text, usual),
        _ if name.ends_with(".rs") => super::rust::check(&file.text),
        _ => Err("a kind of file that has no test".to_owned()),
    }
}

pub fn is_visible(letter: char) -> bool {
    !letter.is_control()
        && !matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{10ffff}')
}

/// Paths below the output folder that differ on every file system, and that every system can have.
pub fn paths(files: &[File]) -> Result<(), String> {
    let mut all = BTreeSet::new();
    for file in files {
        let is_good = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        for part in file.path.split('/') {
            let stem = part.split('.').next().unwrap_or_default().to_ascii_lowercase();
            let is_device = ["con", "prn", "aux", "nul"].contains(&stem.as_str())
                || stem.len() == 4 && (stem.starts_with("com") || stem.starts_with("lpt"));
            if part.is_empty()
                || part.ends_with('.')
                || part == ".."
                || !part.chars().all(is_good)
                || is_device
            {
                return Err(format!("a path: {}", file.path));
            }
        }
        if file.path.len() > 200 || !all.insert(file.path.to_lowercase()) {
            return Err(format!("a path that is too long, or there twice: {}", file.path));
        }
    }
    Ok(())
}

fn variables(text: &str) -> Result<(), String> {
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with("# ")) {
        let (name, value) = line.split_once('=').ok_or_else(|| format!("no variable: {line}"))?;
        let is_name = name
            .chars()
            .all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_');
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "_./:@%+,=-".contains(letter);
        let is_quoted = value.len() > 1 && value.starts_with('"') && value.ends_with('"');
        if !is_name || !(is_quoted || value.chars().all(plain)) || name.contains("PWNED") {
            return Err(format!("a variable: {line}"));
        }
    }
    Ok(())
}

/// The keys of tables, in order; what stands in a list of tables counts once.
fn keys(table: &toml::Table, above: &str, into: &mut BTreeSet<String>) {
    for (key, value) in table {
        let path = format!("{above}/{key}");
        match value {
            toml::Value::Table(inner) => keys(inner, &path, into),
            toml::Value::Array(items) => {
                items.iter().filter_map(toml::Value::as_table).for_each(|inner| keys(inner, &path, into));
            }
            _ => {}
        }
        into.insert(path);
    }
}

fn toml_keys(file: &File, usual: Option<&File>) -> Result<(), String> {
    let read = |text: &str| {
        let mut found = BTreeSet::new();
        let table: toml::Table = text.parse().map_err(|error| format!("no TOML: {error}"))?;
        keys(&table, "", &mut found);
        Ok::<_, String>(found)
    };
    let (own, usual) = (read(&file.text)?, read(usual.map_or("", |usual| &usual.text))?);
    let more: Vec<&String> = own.difference(&usual).collect();
    if more.is_empty() { Ok(()) } else { Err(format!("keys that are not usual: {more:?}")) }
}

fn documents(text: &str) -> Result<Vec<Value>, String> {
    use serde::Deserialize;
    let all = serde_yaml_ng::Deserializer::from_str(text);
    all.map(|one| Value::deserialize(one).map_err(|error| format!("no YAML: {error}"))).collect()
}

/// The same tree as usual; only texts may differ.
fn deployment(text: &str, usual: Option<&File>) -> Result<(), String> {
    let usual = documents(usual.map_or("", |usual| &usual.text))?;
    let own = documents(text)?;
    if own.len() != usual.len() {
        return Err(format!("{} documents instead of {}", own.len(), usual.len()));
    }
    own.iter().zip(&usual).try_for_each(|(own, usual)| same_shape(own, usual, ""))
}

fn same_shape(own: &Value, usual: &Value, at: &str) -> Result<(), String> {
    match (own, usual) {
        (Value::Mapping(own), Value::Mapping(usual)) if own.len() == usual.len() => {
            own.iter().zip(usual).try_for_each(|((key, own), (same, usual))| match key == same {
                true => same_shape(own, usual, &format!("{at}/{}", key.as_str().unwrap_or("?"))),
                false => Err(format!("{at}: {key:?} instead of {same:?}")),
            })
        }
        (Value::Sequence(own), Value::Sequence(usual)) if own.len() == usual.len() => {
            own.iter().zip(usual).try_for_each(|(own, usual)| same_shape(own, usual, at))
        }
        (Value::String(own), Value::String(usual)) if own == usual || at.contains("/annotations/") => Ok(()),
        _ if own == usual => Ok(()),
        _ => Err(format!("{at}: {own:?} instead of {usual:?}")),
    }
}

/// Texts of a contract may be keys below these, and values anywhere.
/// Elements that show something, and links that lead nowhere but to addresses.
fn page(text: &str) -> Result<(), String> {
    const KNOWN: &[&str] = &[
        "!doctype", "a", "body", "code", "div", "h1", "h2", "h3", "head", "header", "html", "li", "main",
        "meta", "nav", "p", "pre", "section", "span", "style", "table", "tbody", "td", "th", "thead",
        "title", "tr", "ul",
    ];
    for tag in text.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        if !KNOWN.contains(&name.trim_start_matches('/')) {
            return Err(format!("an element: {tag}"));
        }
        let pairs: Vec<&str> = attributes.split("=\"").collect();
        if pairs.iter().any(|part| part.rsplit(' ').next().is_some_and(|name| name.starts_with("on"))) {
            return Err(format!("an attribute that does something: {tag}"));
        }
        let link = attributes.strip_prefix("href=\"");
        let is_good = |link: &str| {
            ["#", "http://", "https://", "openapi.yaml\""].iter().any(|start| link.starts_with(start))
        };
        if link.is_some_and(|link| !is_good(link)) {
            return Err(format!("a link: {tag}"));
        }
    }
    Ok(())
}

fn openapi(text: &str) -> Result<(), String> {
    let all = documents(text)?;
    let [document] = all.as_slice() else { return Err(format!("{} documents", all.len())) };
    let keys = |value: &Value| -> Vec<String> {
        let keys = value.as_mapping().into_iter().flatten().map(|(key, _)| key);
        keys.map(|key| key.as_str().unwrap_or("no text").to_owned()).collect()
    };
    let known = ["openapi", "info", "servers", "tags", "paths", "components"];
    if let Some(odd) = keys(document).iter().find(|key| !known.contains(&key.as_str())) {
        return Err(format!("a key: {odd}"));
    }
    for path in keys(&document["paths"]) {
        let item = &document["paths"][path.as_str()];
        if !path.starts_with("/v1/") || keys(item).iter().any(|key| !["get", "post"].contains(&key.as_str()))
        {
            return Err(format!("a path: {path}: {:?}", keys(item)));
        }
    }
    for name in keys(&document["components"]["schemas"]) {
        let is_good = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        if name.is_empty() || !name.chars().all(is_good) {
            return Err(format!("the name of a component: {name:?}"));
        }
    }
    references(document)
}

/// No tags, and every reference leads somewhere within the document.
fn references(value: &Value) -> Result<(), String> {
    match value {
        Value::Tagged(tagged) => Err(format!("a tag: {}", tagged.tag)),
        Value::Sequence(items) => items.iter().try_for_each(references),
        Value::Mapping(fields) => fields.iter().try_for_each(|(key, value)| match (key.as_str(), value) {
            (None, _) => Err(format!("a key that is no text: {key:?}")),
            (Some("$ref"), Value::String(to)) if !to.starts_with("#/components/") => {
                Err(format!("a reference: {to}"))
            }
            _ => references(value),
        }),
        _ => Ok(()),
    }
}

/// Without what stands between as many backticks as there are before it: nothing in that is markup.
fn without_code(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('`') {
        out.push_str(before);
        let more = behind.len() - behind.trim_start_matches('`').len();
        let fence = "`".repeat(more + 1);
        let inner = &behind[more..];
        let is_end = |at: usize| !inner[..at].ends_with('`') && !inner[at + fence.len()..].starts_with('`');
        rest = match inner.match_indices(&fence).map(|(at, _)| at).find(|at| is_end(*at)) {
            Some(at) => &inner[at + fence.len()..],
            None => inner,
        };
    }
    out + rest
}

/// Addresses in documents, which are examples.
const OURS: &[&str] = &["http://collector:4318", "http://NAME/undos"];

fn markdown(text: &str) -> Result<(), String> {
    let text = &without_code(text);
    let is_html =
        |rest: &str| rest.starts_with(|first: char| first.is_ascii_alphabetic() || "/!?".contains(first));
    if text.split('<').skip(1).any(is_html) {
        return Err("HTML".to_owned());
    }
    for link in text.split("](").skip(1) {
        let target = link.split(')').next().unwrap_or_default();
        let is_plain = |sign: char| sign.is_ascii_alphanumeric() || "._-/#".contains(sign);
        if target.starts_with('/') || target.contains("//") || !target.chars().all(is_plain) {
            return Err(format!("a link: {}", link.lines().next().unwrap_or_default()));
        }
    }
    // Those are our own.
    let text = OURS.iter().fold(text.to_owned(), |text, ours| text.replace(ours, ""));
    if text.contains("http:") || text.contains("https:") { Err("an address".to_owned()) } else { Ok(()) }
}
