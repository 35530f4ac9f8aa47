//! `flow.toml`: what it says, with the place of everything that a finding or `flowc config` may point at.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostic, Severity, code_by_id, project};
use crate::source::{SourceId, Span, border_before};

/// A value, and where it was said; nowhere for a default.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Said<T> {
    pub value: T,
    pub span: Option<Span>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Manifest {
    pub name: Said<String>,
    pub version: Option<Said<String>>,
    pub description: Option<Said<String>>,
    pub dependencies: Vec<Dependency>,
    pub bundles: Vec<Bundle>,
    /// Experiences may read from systems without a warning.
    pub experience_may_call_systems: Said<bool>,
    /// What `[check] deny` lists.
    pub deny: Vec<Said<Deny>>,
}

/// `crm = { path = "../crm" }`
#[derive(Debug, Clone, PartialEq)]
pub struct Dependency {
    pub name: String,
    pub path: String,
    /// The path.
    pub span: Span,
}

/// `[bundle.shop] services = ["Orders"]`
#[derive(Debug, Clone, PartialEq)]
pub struct Bundle {
    pub name: String,
    pub services: Vec<Said<String>>,
    pub span: Span,
}

/// Warnings that end a check with exit code 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deny {
    Warnings,
    Code(&'static str),
}

impl Deny {
    /// `warnings` or the code of a warning.
    pub fn parse(text: &str) -> Option<Deny> {
        if text == "warnings" {
            return Some(Deny::Warnings);
        }
        match code_by_id(text) {
            Some(code) if code.severity == Severity::Warning => Some(Deny::Code(code.id)),
            _ => None,
        }
    }
}

/// Total: what cannot be read is reported and left out.
pub fn manifest(source: SourceId, text: &str) -> (Manifest, Vec<Diagnostic>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let fault = |error: &toml::de::Error| {
            let range = error.span().unwrap_or(0..0);
            let place = Span::new(source, border_before(text, range.start), border_before(text, range.end));
            project::manifest_syntax(place, error.message())
        };
        return (Manifest::default(), errors.iter().take(MOST_ERRORS).map(fault).collect());
    }
    let mut reader = Reader { source, diagnostics: Vec::new() };
    let manifest = reader.manifest(table.get_ref());
    (manifest, reader.diagnostics)
}

/// A file that is no TOML at all would have an error on each line.
const MOST_ERRORS: usize = 20;

/// Whether a project or bundle may be called so.
pub fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|first| first.is_ascii_lowercase())
        && letters
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-_".contains(letter))
        && text.len() <= 64
}

const NAME: &str = "a name of small letters, digits, `-` and `_`";

type Table<'i> = DeTable<'i>;
type Value<'i> = Spanned<DeValue<'i>>;

struct Reader {
    source: SourceId,
    diagnostics: Vec<Diagnostic>,
}

impl Reader {
    fn manifest(&mut self, top: &Table<'_>) -> Manifest {
        self.known(top, "`flow.toml`", &["project", "dependencies", "bundle", "layers", "check"]);
        let mut manifest = Manifest::default();
        self.project(top, &mut manifest);
        for (name, value) in self.table(top, "dependencies").into_iter().flat_map(Table::iter) {
            manifest.dependencies.extend(self.dependency(name, value));
        }
        for (name, value) in self.table(top, "bundle").into_iter().flat_map(Table::iter) {
            manifest.bundles.extend(self.bundle(name, value));
        }
        if let Some(layers) = self.table(top, "layers") {
            self.known(layers, "`[layers]`", &["experience_may_call_systems"]);
            manifest.experience_may_call_systems =
                self.boolean(layers, "experience_may_call_systems").unwrap_or_default();
        }
        if let Some(check) = self.table(top, "check") {
            self.known(check, "`[check]`", &["deny"]);
            manifest.deny = self.deny(check);
        }
        manifest
    }

    fn project(&mut self, top: &Table<'_>, manifest: &mut Manifest) {
        let Some(project) = self.table(top, "project") else {
            if top.get("project").is_none() {
                let start = Span::new(self.source, 0, 0);
                self.report(project::missing_key(
                    start,
                    "[project] name",
                    "`[project]` and below it `name = \"shop\"`",
                ));
            }
            return;
        };
        self.known(project, "`[project]`", &["name", "version", "description"]);
        if project.get("name").is_none() {
            let place = top.get_key_value("project").map_or(0..0, |(key, _)| key.span());
            let place = self.span(place);
            self.report(project::missing_key(place, "[project] name", "`name = \"shop\"` below `[project]`"));
        }
        match self.string(project, "name", NAME) {
            Some(Said { value, span: Some(span) }) if !is_name(&value) => {
                self.report(project::wrong_value(span, "name", NAME));
            }
            name => manifest.name = name.unwrap_or_default(),
        }
        manifest.version = self.string(project, "version", "a text such as `\"1.0.0\"`");
        manifest.description = self.string(project, "description", "a text");
    }

    fn dependency(
        &mut self,
        name: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Value<'_>,
    ) -> Option<Dependency> {
        let wanted = "a table such as `{ path = \"../crm\" }`";
        if !is_name(name.get_ref()) || name.get_ref() == "std" {
            let place = self.span(name.span());
            self.report(project::dependency(
                place,
                name.get_ref(),
                "is not named in small letters, or is called `std`",
            ));
            return None;
        }
        let DeValue::Table(table) = value.get_ref() else {
            let place = self.span(value.span());
            self.report(project::wrong_value(place, name.get_ref(), wanted));
            return None;
        };
        self.known(table, &format!("the dependency `{}`", name.get_ref()), &["path"]);
        if table.get("path").is_none() {
            let place = self.span(name.span());
            self.report(project::missing_key(
                place,
                "path",
                "`path = \"../crm\"`, the folder of the other project",
            ));
        }
        let path = self.string(table, "path", "a text: the folder of the other project")?;
        Some(Dependency { name: name.get_ref().to_string(), path: path.value, span: path.span? })
    }

    fn bundle(&mut self, name: &Spanned<std::borrow::Cow<'_, str>>, value: &Value<'_>) -> Option<Bundle> {
        let span = self.span(name.span());
        if !is_name(name.get_ref()) {
            self.report(project::wrong_value(span, "the name of a bundle", NAME));
            return None;
        }
        let DeValue::Table(table) = value.get_ref() else {
            self.report(project::wrong_value(
                span,
                name.get_ref(),
                "a table such as `{ services = [\"Orders\"] }`",
            ));
            return None;
        };
        self.known(table, &format!("the bundle `{}`", name.get_ref()), &["services"]);
        if table.get("services").is_none() {
            self.report(project::missing_key(span, "services", "`services = [\"Orders\"]`"));
        }
        let services = self.strings(table, "services", "a list of names such as `[\"Orders\", \"Stock\"]`");
        Some(Bundle { name: name.get_ref().to_string(), services, span })
    }

    fn deny(&mut self, check: &Table<'_>) -> Vec<Said<Deny>> {
        let mut denied = Vec::new();
        for said in self.strings(check, "deny", "a list such as `[\"warnings\"]`") {
            match (Deny::parse(&said.value), said.span) {
                (Some(value), span) => denied.push(Said { value, span }),
                (None, Some(span)) => self.report(project::wrong_deny(span, &said.value)),
                (None, None) => {}
            }
        }
        denied
    }

    fn known(&mut self, table: &Table<'_>, place: &str, keys: &[&str]) {
        for (key, _) in table.iter().filter(|(key, _)| !keys.contains(&key.get_ref().as_ref())) {
            let span = self.span(key.span());
            self.report(project::unknown_key(span, key.get_ref(), place, keys));
        }
    }

    fn table<'t, 'i>(&mut self, table: &'t Table<'i>, key: &str) -> Option<&'t Table<'i>> {
        let value = table.get(key)?;
        match value.get_ref() {
            DeValue::Table(inner) => Some(inner),
            _ => self.wrong(value, key, "a table"),
        }
    }

    fn string(&mut self, table: &Table<'_>, key: &str, wanted: &str) -> Option<Said<String>> {
        let value = table.get(key)?;
        match value.get_ref() {
            DeValue::String(text) => {
                Some(Said { value: text.to_string(), span: Some(self.span(value.span())) })
            }
            _ => self.wrong(value, key, wanted),
        }
    }

    fn boolean(&mut self, table: &Table<'_>, key: &str) -> Option<Said<bool>> {
        let value = table.get(key)?;
        match value.get_ref() {
            DeValue::Boolean(inner) => Some(Said { value: *inner, span: Some(self.span(value.span())) }),
            _ => self.wrong(value, key, "`true` or `false`"),
        }
    }

    fn strings(&mut self, table: &Table<'_>, key: &str, wanted: &str) -> Vec<Said<String>> {
        let Some(value) = table.get(key) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            return self.wrong(value, key, wanted).unwrap_or_default();
        };
        let mut texts = Vec::new();
        for item in items.iter() {
            match item.get_ref() {
                DeValue::String(text) => {
                    texts.push(Said { value: text.to_string(), span: Some(self.span(item.span())) });
                }
                _ => texts.extend(self.wrong(item, key, wanted)),
            }
        }
        texts
    }

    fn wrong<T>(&mut self, value: &Value<'_>, key: &str, wanted: &str) -> Option<T> {
        let span = self.span(value.span());
        self.report(project::wrong_value(span, key, wanted));
        None
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.source, range.start, range.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Manifest, Vec<(&'static str, String)>) {
        let (manifest, diagnostics) = manifest(SourceId(0), text);
        let told = |diagnostic: &Diagnostic| {
            let place = diagnostic.span().expect("a place");
            (diagnostic.code.id, text[place.range()].to_string())
        };
        (manifest, diagnostics.iter().map(told).collect())
    }

    #[test]
    fn all_keys_are_read() {
        let (manifest, faults) = read(
            "[project]\nname = \"shop\"\nversion = \"1.0\"\ndescription = \"d\"\n[dependencies]\ncrm = { path = \"../crm\" }\n\
             [bundle.all]\nservices = [\"Orders\", \"Stock\"]\n[layers]\nexperience_may_call_systems = true\n\
             [check]\ndeny = [\"warnings\", \"W0020\"]\n",
        );
        assert_eq!(faults, []);
        assert_eq!(manifest.name.value, "shop");
        assert_eq!(manifest.dependencies[0].path, "../crm");
        assert_eq!(manifest.bundles[0].services[1].value, "Stock");
        assert!(manifest.experience_may_call_systems.value);
        let denied: Vec<_> = manifest.deny.into_iter().map(|said| said.value).collect();
        assert_eq!(denied, [Deny::Warnings, Deny::Code("W0020")]);
    }

    #[test]
    fn faults_are_placed_and_do_not_hide_each_other() {
        let (_, faults) = read(
            "[projct]\n[project]\nname = 1\nvesion = \"\"\n[dependencies]\ncrm = \"../crm\"\nx = {}\n[layers]\nexperience_may_call_systems = 1\n\
             [check]\ndeny = [\"errors\", 2]\n[bundle]\nB = {}\n",
        );
        let found: Vec<_> = faults.iter().map(|(code, text)| (*code, text.as_str())).collect();
        for fault in [
            ("F0011", "projct"),
            ("F0012", "1"),
            ("F0011", "vesion"),
            ("F0012", "\"../crm\""),
            ("F0013", "x"),
            ("F0012", "\"errors\""),
            ("F0012", "2"),
            ("F0012", "B"),
        ] {
            assert!(found.contains(&fault), "{fault:?} is not in {found:?}");
        }
        assert_eq!(found.len(), 9, "{found:?}");
    }

    #[test]
    fn any_text_is_safe() {
        for text in [
            "",
            "[",
            "a",
            "é = ",
            "\u{feff}[project]\nname=\"a\"",
            "\0",
            "a = \"\\u{202e}\"",
            "[project]\nname = 'x",
        ] {
            manifest(SourceId(0), text);
        }
        let deep = format!("a = {}", "[".repeat(100_000));
        assert!(!manifest(SourceId(0), &deep).1.is_empty());
        let keys = format!("{}b = 1", "a.".repeat(100_000));
        assert!(!manifest(SourceId(0), &keys).1.is_empty());
    }
}
