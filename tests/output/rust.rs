//! Emitted Rust: a text of others is a literal, documentation, or a name that says nothing but itself.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::data::is_visible;

/// Macros and attributes that the emitter writes.
const MACROS: [&str; 6] = ["vec", "include_str", "format", "matches", "join", "write"];
const ATTRIBUTES: [&str; 4] = ["doc", "derive", "allow", "global_allocator"];

pub fn check(text: &str) -> Result<(), String> {
    let file = syn::parse_file(text).map_err(|error| format!("it does not parse: {error}"))?;
    drop(file);
    if let Some(letter) = text.chars().find(|letter| *letter != '\n' && !is_visible(*letter)) {
        return Err(format!("{letter:?} stands in it as itself"));
    }
    for line in text.lines().map(str::trim_start).filter(|line| line.starts_with("//")) {
        let is_place = |text: &str| text.split_whitespace().count() == 1 && text.contains(".flow:");
        let is_doc = line.starts_with("///") || line.starts_with("//!");
        if !is_doc && !is_place(line.trim_start_matches('/')) {
            return Err(format!("a comment: {line}"));
        }
    }
    let tokens: TokenStream = text.parse().map_err(|error| format!("it does not lex: {error}"))?;
    let mut found = Found::default();
    found.walk(tokens)?;
    found.docs.iter().try_for_each(|text| documentation(text))
}

#[derive(Default)]
struct Found {
    docs: Vec<String>,
}

impl Found {
    fn walk(&mut self, tokens: TokenStream) -> Result<(), String> {
        let all: Vec<TokenTree> = tokens.into_iter().collect();
        let mut follows = false;
        for (at, token) in all.iter().enumerate() {
            let mut was_doc = false;
            match token {
                TokenTree::Ident(word) => {
                    let next = |step: usize| all.get(at + step).map(TokenTree::to_string);
                    let is_macro = next(1).as_deref() == Some("!")
                        && matches!(all.get(at + 2), Some(TokenTree::Group(_)));
                    name(&word.to_string(), is_macro)?;
                }
                TokenTree::Group(group) => {
                    let sign = |back: usize| {
                        at.checked_sub(back).and_then(|at| all.get(at)).map(TokenTree::to_string)
                    };
                    let is_attribute = group.delimiter() == Delimiter::Bracket
                        && (sign(1).as_deref() == Some("#")
                            || sign(1).as_deref() == Some("!") && sign(2).as_deref() == Some("#"));
                    match is_attribute {
                        true => was_doc = self.attribute(group.stream(), follows)?,
                        false => self.walk(group.stream())?,
                    }
                }
                // What stands between two lines of documentation.
                TokenTree::Punct(sign) => was_doc = follows && "#!".contains(sign.as_char()),
                TokenTree::Literal(_) => {}
            }
            follows = was_doc;
        }
        Ok(())
    }

    /// Whether it was documentation.
    fn attribute(&mut self, tokens: TokenStream, follows: bool) -> Result<bool, String> {
        let words: Vec<TokenTree> = tokens.clone().into_iter().collect();
        let name = words.first().map(TokenTree::to_string).unwrap_or_default();
        if !ATTRIBUTES.contains(&name.as_str()) {
            return Err(format!("an attribute: {tokens}"));
        }
        if name != "doc" {
            self.walk(tokens)?;
            return Ok(false);
        }
        let [_, _, TokenTree::Literal(literal)] = words.as_slice() else { return Err(format!("{tokens}")) };
        let line: syn::LitStr = syn::parse_str(&literal.to_string()).map_err(|error| error.to_string())?;
        match self.docs.last_mut().filter(|_| follows) {
            Some(text) => text.push_str(&format!("\n{}", line.value())),
            None => self.docs.push(line.value()),
        }
        Ok(true)
    }
}

fn name(word: &str, is_macro: bool) -> Result<(), String> {
    if word.replace('_', "").eq_ignore_ascii_case("pwnedmarker") {
        return Err(format!("`{word}` stands among the code"));
    }
    if word.starts_with("__") || !word.is_ascii() || word.len() > 80 {
        return Err(format!("a name: {word}"));
    }
    if is_macro && !MACROS.contains(&word) {
        return Err(format!("a macro: {word}"));
    }
    Ok(())
}

/// Rustdoc finds no code in it that it would compile, no HTML and no link.
fn documentation(text: &str) -> Result<(), String> {
    let mut before = ' ';
    for letter in text.chars() {
        if "<[".contains(letter) && before != '\\' {
            return Err(format!("markup in documentation: {text:?}"));
        }
        before = letter;
    }
    for line in text.lines() {
        let line = line.strip_prefix(' ').unwrap_or(line);
        let is_fence = line.contains("```") || line.contains("~~~");
        // Also behind the sign of a list, four spaces more begin a block of code.
        if is_fence || line.starts_with("    ") || line.trim_start().contains("   ") || line.contains('\t') {
            return Err(format!("a block of code in documentation: {text:?}"));
        }
    }
    Ok(())
}

#[test]
fn break_outs_are_seen() {
    for text in [
        "fn pwned_marker() {}",
        "#![feature(x)]",
        "// x\nfn a() {}",
        "fn a() { env!(\"x\") }",
        "/// ```\n/// x\n/// ```\nfn a() {}",
        "/// -      x\nfn a() {}",
        "///     x\nfn a() {}",
        "/// <b>\nfn a() {}",
        "/// \\<b> [x]\nfn a() {}",
        "fn a() { \"\u{202e}\" }",
        "fn a() {",
    ] {
        assert!(check(text).is_err(), "{text}");
    }
    assert_eq!(
        check("//! x\n/// \\<b\nfn a() {\n    // src/a.flow:1\n    b(\"pwned_marker\\u{202e}\")\n}\n"),
        Ok(())
    );
}
