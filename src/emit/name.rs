//! The only way from a name of a flow or contract to one of Rust, of a file, a crate or a variable. Whatever comes
//! in, what goes out is a short ASCII name that means nothing but itself; [`Scope`] keeps two of them apart.

use std::collections::HashSet;

/// No name is longer.
pub const LONGEST: usize = 64;

/// The name of a host has 63 letters at most, and some get a word behind them.
const LONGEST_HOST: usize = 48;

/// `getCustomer` is `get_customer`: functions, fields, modules and files of Rust.
pub fn snake(name: &str) -> String {
    let text = bounded(name, &join(name, "_", str::to_owned), '_', LONGEST);
    free_of_keywords(starting_with_letter(text, "n", "unnamed"))
}

/// `get-customer` is `GetCustomer`: types and variants of Rust.
pub fn camel(name: &str) -> String {
    let text = bounded(name, &join(name, "", capital), 'X', LONGEST);
    free_of_keywords(starting_with_letter(text, "N", "Unnamed"))
}

/// `MobileShop` is `mobile-shop`: crates, executables, and all that has a host name. It ends in a letter or digit,
/// so that a keyword gets a word behind it.
pub fn kebab(name: &str) -> String {
    let text = bounded(name, &join(name, "-", str::to_owned), '-', LONGEST_HOST);
    let text = starting_with_letter(text, "n", "unnamed");
    if KEYWORDS.contains(&text.as_str()) { text + "-named" } else { text }
}

/// `erpUrl` is `ERP_URL`: variables of the environment and constants. One that is written so already stays as it is.
pub fn shout(name: &str) -> String {
    let is_shouted = name.len() <= LONGEST
        && name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_');
    if is_shouted {
        return name.to_owned();
    }
    let text = bounded(name, &join(name, "_", str::to_ascii_uppercase), '_', LONGEST);
    starting_with_letter(text, "N", "UNNAMED")
}

/// Names that are in use beside each other. The same names in the same order give the same result everywhere.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    taken: HashSet<String>,
}

impl Scope {
    /// A scope in which some names mean something already.
    pub fn with<'a>(taken: impl IntoIterator<Item = &'a str>) -> Scope {
        Scope { taken: taken.into_iter().map(str::to_owned).collect() }
    }

    pub fn is_taken(&self, name: &str) -> bool {
        self.taken.contains(name)
    }

    /// The name itself, or the name with the first number behind it that makes it unique.
    pub fn unique(&mut self, name: String) -> String {
        self.numbered(name, "_")
    }

    /// As [`Scope::unique`], for names with `-` in them.
    pub fn unique_kebab(&mut self, name: String) -> String {
        self.numbered(name, "-")
    }

    fn numbered(&mut self, name: String, between: &str) -> String {
        if self.taken.insert(name.clone()) {
            return name;
        }
        let mut number = 2_usize;
        loop {
            let tail = format!("{between}{number}");
            let head = name.get(..LONGEST.saturating_sub(tail.len())).unwrap_or(&name);
            let candidate = format!("{}{tail}", head.trim_end_matches(['_', '-']));
            if self.taken.insert(candidate.clone()) {
                return candidate;
            }
            number += 1;
        }
    }
}

/// Strict and reserved words of Rust, in every edition, and what the prelude of macros would make of `_`.
const KEYWORDS: &[&str] = &[
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do",
    "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static",
    "struct", "super", "trait", "true", "try", "type", "typeof", "union", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

fn free_of_keywords(name: String) -> String {
    if KEYWORDS.contains(&name.as_str()) { name + "_" } else { name }
}

fn starting_with_letter(name: String, letter: &str, empty: &str) -> String {
    match name.chars().next() {
        None => empty.to_owned(),
        Some(first) if first.is_ascii_digit() => shortened(&format!("{letter}{name}"), LONGEST),
        Some(_) => name,
    }
}

fn join(name: &str, between: &str, form: impl Fn(&str) -> String) -> String {
    words(name).iter().map(|word| form(word)).collect::<Vec<_>>().join(between)
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// What is too long is cut, and ends in a number that stands for the whole.
fn bounded(name: &str, made: &str, between: char, longest: usize) -> String {
    let is_cut = name.chars().nth(MOST_READ).is_some();
    if made.len() < longest && !is_cut {
        return made.to_owned();
    }
    let hash = format!("{:08x}", fingerprint(name));
    let hash = if between == '_' && made.chars().any(|letter| letter.is_ascii_uppercase()) {
        hash.to_ascii_uppercase()
    } else {
        hash
    };
    format!("{}{between}{hash}", shortened(made, longest - 10).trim_end_matches(['_', '-']))
}

fn shortened(text: &str, length: usize) -> String {
    text.chars().take(length).collect()
}

fn fingerprint(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// What stands behind this is seen in the fingerprint only.
const MOST_READ: usize = 256;

/// The words of a name in small ASCII letters: `HTTPServer2go` is `http`, `server2go`.
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().take(MOST_READ).collect();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        if letter.is_ascii_uppercase() && begins_word(before, letters.get(at + 1)) {
            words.push(std::mem::take(&mut word));
        }
        match ascii(*letter) {
            Plain::Text(text) => word.push_str(text),
            Plain::Letter(letter) => word.push(letter),
            Plain::Code(code) => words.extend([std::mem::take(&mut word), format!("u{code:x}")]),
            Plain::Gap => words.push(std::mem::take(&mut word)),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// Whether a capital begins a word: behind a small letter or digit, or as the last one of several.
fn begins_word(before: Option<&char>, behind: Option<&char>) -> bool {
    let Some(before) = before else { return false };
    let ends_capitals = before.is_ascii_uppercase() && behind.is_some_and(char::is_ascii_lowercase);
    !before.is_ascii_uppercase() || ends_capitals
}

enum Plain {
    Text(&'static str),
    Letter(char),
    /// A letter that has no form in ASCII: its number, so that names that only look alike stay apart.
    Code(u32),
    Gap,
}

fn ascii(letter: char) -> Plain {
    match letter {
        _ if letter.is_ascii_alphanumeric() => Plain::Letter(letter.to_ascii_lowercase()),
        'à'..='å' | 'À'..='Å' => Plain::Letter('a'),
        'è'..='ë' | 'È'..='Ë' => Plain::Letter('e'),
        'ì'..='ï' | 'Ì'..='Ï' => Plain::Letter('i'),
        'ò'..='ö' | 'Ò'..='Ö' | 'ø' | 'Ø' => Plain::Letter('o'),
        'ù'..='ü' | 'Ù'..='Ü' => Plain::Letter('u'),
        'ç' | 'Ç' => Plain::Letter('c'),
        'ñ' | 'Ñ' => Plain::Letter('n'),
        'ý' | 'ÿ' | 'Ý' => Plain::Letter('y'),
        'ß' => Plain::Text("ss"),
        'æ' | 'Æ' => Plain::Text("ae"),
        _ if letter.is_alphanumeric() => Plain::Code(u32::from(letter)),
        _ => Plain::Gap,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(name: &str) -> [String; 4] {
        [snake(name), camel(name), kebab(name), shout(name)]
    }

    #[test]
    fn usual_names_look_usual() {
        let wanted = |name: &str, forms_: [&str; 4]| assert_eq!(forms(name), forms_.map(str::to_owned));
        wanted("getCustomer", ["get_customer", "GetCustomer", "get-customer", "GET_CUSTOMER"]);
        wanted("CUST_REC", ["cust_rec", "CustRec", "cust-rec", "CUST_REC"]);
        wanted("create-contact", ["create_contact", "CreateContact", "create-contact", "CREATE_CONTACT"]);
        wanted("HTTPServer", ["http_server", "HttpServer", "http-server", "HTTP_SERVER"]);
        wanted("street_1", ["street_1", "Street1", "street-1", "STREET_1"]);
        wanted("größe", ["grosse", "Grosse", "grosse", "GROSSE"]);
        wanted("S3Bucket", ["s3_bucket", "S3Bucket", "s3-bucket", "S3_BUCKET"]);
    }

    #[test]
    fn words_of_rust_are_no_names() {
        assert_eq!(forms("type"), ["type_", "Type", "type-named", "TYPE"].map(str::to_owned));
        assert_eq!(
            (camel("self"), snake("Self"), snake("r#fn")),
            ("Self_".into(), "self_".into(), "r_fn".into())
        );
        assert_eq!(forms("2fa"), ["n2fa", "N2fa", "n2fa", "N2FA"].map(str::to_owned));
        assert_eq!(forms(""), ["unnamed", "Unnamed", "unnamed", "UNNAMED"].map(str::to_owned));
    }

    #[test]
    fn look_alikes_and_long_names_stay_apart() {
        let pairs = [("Order", "Оrder"), ("客户", "客戶"), (&"a".repeat(10_000), &"a".repeat(10_001))];
        for (left, right) in pairs {
            for (one, other) in forms(left).iter().zip(forms(right)) {
                assert_ne!(*one, other);
            }
        }
        assert_eq!(camel("Оrder"), "U41eRder");
    }

    /// Whatever a contract says, a name is a name.
    #[test]
    fn hostile_names_are_harmless() {
        let long = "é".repeat(10_000);
        let hostile = [
            "",
            "_",
            "__",
            "-",
            "*/",
            "\"; panic!(); //",
            "#![feature(x)]",
            "../../etc/passwd",
            "a\nb",
            "{}",
            "}\0{",
            "r#type",
            "'static",
            "a\u{202e}b",
            "\u{feff}",
            "９",
            "ﬁ",
            "İ",
            "ǅ",
            "9\"9",
            "con",
            "-rf",
            "$(x)",
            &long,
        ];
        for name in hostile {
            let [snake, camel, kebab, shout] = forms(name);
            let holds = |text: &str, more: &str| {
                !text.is_empty()
                    && text.len() <= LONGEST
                    && text.starts_with(|first: char| first.is_ascii_alphabetic())
                    && text.chars().all(|letter| letter.is_ascii_alphanumeric() || more.contains(letter))
            };
            assert!(holds(&snake, "_") && snake.to_lowercase() == snake, "{name:?}: {snake}");
            assert!(holds(&camel, "_"), "{name:?}: {camel}");
            assert!(holds(&kebab, "-") && !kebab.ends_with('-'), "{name:?}: {kebab}");
            assert!(holds(&shout, "_") && shout.to_uppercase() == shout, "{name:?}: {shout}");
        }
    }

    #[test]
    fn a_scope_gives_each_name_once() {
        let mut scope = Scope::with(["id"]);
        let given = ["id", "name", "id", "name"].map(|name| scope.unique(name.to_owned()));
        assert_eq!(given, ["id_2", "name", "id_3", "name_2"]);
        assert_eq!(scope.unique_kebab("x".repeat(64)).len(), 64);
        let second = scope.unique_kebab("x".repeat(64));
        assert!(second.len() == 64 && second.ends_with("x-2"), "{second}");
    }
}
