//! Names of contracts as names of a flow: an identifier that resembles what the contract says, each once.

use rustc_hash::{FxHashMap, FxHashSet};

use super::latin::plain;

/// Names that are given away, so that each is given once.
#[derive(Debug, Clone, Default)]
pub struct Taken {
    names: FxHashSet<String>,
    /// The number to try next, so that thousands of twins do not count from 2 each time.
    next: FxHashMap<String, u64>,
}

impl Taken {
    pub fn reserve(&mut self, name: &str) {
        self.names.insert(name.to_owned());
    }

    /// The name, or the name with the first number that is free.
    pub fn give(&mut self, wanted: &str) -> String {
        if self.names.insert(wanted.to_owned()) {
            return wanted.to_owned();
        }
        let next = self.next.entry(wanted.to_owned()).or_insert(2);
        loop {
            let name = format!("{wanted}{next}");
            *next += 1;
            if self.names.insert(name.clone()) {
                return name;
            }
        }
    }
}

/// Longer names than this are cut; no contract in use has one.
const LONGEST: usize = 80;

/// `X-Request-Id` is `xRequestId`, `repos/list` is `reposList`, `SID` is `sid`. What has no letters is `fallback`.
pub fn camel(text: &str, fallback: &str) -> String {
    let mut name = String::new();
    for word in words(&plain(text)) {
        if name.is_empty() {
            name.push_str(&small(word));
        } else {
            push_capital(&mut name, word);
        }
    }
    finished(name, fallback)
}

/// `online-shop` is `OnlineShop`.
pub fn pascal(text: &str, fallback: &str) -> String {
    let mut name = String::new();
    for word in words(&plain(text)) {
        push_capital(&mut name, word);
    }
    let name = finished(name, fallback);
    let mut capital = String::new();
    push_capital(&mut capital, &name);
    capital
}

/// `getPetById` is `get-pet-by-id`.
pub fn kebab(text: &str) -> String {
    let mut name = String::new();
    let mut after_small = false;
    for letter in text.chars() {
        if letter.is_ascii_uppercase() && after_small {
            name.push('-');
        }
        after_small = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        name.push(if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' });
    }
    name.trim_matches('-').to_owned()
}

/// `ERP_URL`
pub fn screaming(text: &str) -> String {
    kebab(text).replace('-', "_").to_ascii_uppercase()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
}

fn push_capital(name: &mut String, word: &str) {
    let mut letters = word.chars();
    name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
    name.push_str(letters.as_str());
}

/// With small letters at its start: `HTTPServer` is `httpServer`.
fn small(word: &str) -> String {
    let capitals = word.bytes().take_while(u8::is_ascii_uppercase).count();
    let rest_is_small = word.as_bytes().get(capitals).is_some_and(u8::is_ascii_lowercase);
    let change = if capitals > 1 && rest_is_small { capitals - 1 } else { capitals };
    let (start, rest) = word.split_at(change);
    start.to_ascii_lowercase() + rest
}

/// No longer than a name may be, not beginning with a digit, and no word that means something in a flow.
fn finished(mut name: String, fallback: &str) -> String {
    name.truncate(LONGEST);
    if name.is_empty() {
        return fallback.to_owned();
    }
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        name.insert_str(0, fallback);
    }
    if WORDS.contains(&name.as_str()) {
        push_capital(&mut name, fallback);
    }
    name
}

/// Words of the language, and names that are in scope without being declared.
const WORDS: [&str; 36] = [
    "and", "as", "else", "emit", "for", "false", "fail", "final", "if", "in", "let", "log", "match", "not",
    "none", "or", "return", "require", "then", "true", "together", "undo", "where", "when", "with", "yield",
    "caller", "request", "env", "secret", "body", "on", "every", "cron", "header", "cookie",
];

/// Names of files that say nothing about the system.
const GENERAL: [&str; 14] = [
    "openapi",
    "swagger",
    "api",
    "apis",
    "spec",
    "specification",
    "schema",
    "contract",
    "oas",
    "index",
    "main",
    "rest",
    "root",
    "v",
];

/// Words that a name does not end with.
const JOINING: [&str; 9] = ["a", "an", "and", "by", "for", "in", "of", "the", "to"];

/// What to call the system behind a contract: after its file where that is a name, else after its title.
pub fn backend_name(file_stem: &str, title: &str, project: &str) -> String {
    let (file_stem, title) = (plain(file_stem), plain(title));
    let stem: Vec<&str> = telling(&file_stem);
    let from_file = stem.len() <= 3 && file_stem.len() <= 24 && !file_stem.contains("__");
    let mut title: Vec<&str> = telling(&title).into_iter().take(3).collect();
    while title.last().is_some_and(|word| JOINING.contains(&word.to_ascii_lowercase().as_str())) {
        title.pop();
    }
    let chosen = match (stem.is_empty() || !from_file, title.is_empty()) {
        (false, _) => stem,
        (true, false) => title,
        (true, true) => vec![project],
    };
    pascal(&chosen.join(" "), "Backend")
}

/// The words of a name without numbers of versions and words that every contract has.
fn telling(text: &str) -> Vec<&str> {
    let is_version = |word: &str| {
        let digits = word.trim_start_matches(['v', 'V']);
        digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let lower = |word: &str| word.to_ascii_lowercase();
    words(text).filter(|word| !is_version(word) && !GENERAL.contains(&lower(word).as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_identifiers() {
        let cases = [
            ("X-Request-Id", "xRequestId"),
            ("repos/list-for-org", "reposListForOrg"),
            ("SID", "sid"),
            ("HTTPServer", "httpServer"),
            ("page[size]", "pageSize"),
            ("$filter", "filter"),
            ("2fa", "value2fa"),
            ("é", "e"),
            ("価格", "value"),
            ("match", "matchValue"),
            ("page_size", "pageSize"),
        ];
        for (written, wanted) in cases {
            assert_eq!(camel(written, "value"), wanted);
        }
        assert_eq!(kebab("getPetById"), "get-pet-by-id");
        assert_eq!(screaming("OnlineShop2"), "ONLINE_SHOP2");
    }

    #[test]
    fn each_name_is_given_once() {
        let mut taken = Taken::default();
        let given: Vec<String> = ["a", "a", "a2", "a"].iter().map(|name| taken.give(name)).collect();
        assert_eq!(given, ["a", "a2", "a22", "a3"]);
    }

    #[test]
    fn a_backend_is_called_after_its_file_or_title() {
        assert_eq!(backend_name("erp", "Anything", "shop"), "Erp");
        assert_eq!(backend_name("openapi", "The Pet Store API v2", "shop"), "ThePetStore");
        assert_eq!(backend_name("g03-stripe__openapi__spec3", "Stripe API", "shop"), "Stripe");
        assert_eq!(backend_name("a__b", "OData Service for namespace", "shop"), "ODataService");
        assert_eq!(backend_name("openapi", "PokéAPI", "shop"), "PokeAPI");
        assert_eq!(backend_name("openapi", "", "online-shop"), "OnlineShop");
        assert_eq!(backend_name("api", "", "1"), "Backend1");
    }
}
