//! The one door out for Rust code: tokens become text. Comments are no tokens, so they travel as numbered markers
//! and are put back at the end; what was printed is parsed again and has to be what was meant.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::quote;

/// The comments of one file, by the number of their marker.
#[derive(Debug, Default)]
pub struct Comments {
    texts: std::cell::RefCell<Vec<String>>,
}

impl Comments {
    /// A statement that becomes a comment of its own line. What a text says stays within that line.
    pub fn comment(&self, text: &str) -> TokenStream {
        let mut texts = self.texts.borrow_mut();
        let line: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
        texts.push(line);
        let number = proc_macro2::Literal::usize_unsuffixed(texts.len() - 1);
        quote! { __comment!(#number); }
    }
}

/// A documentation comment. Blocks of code in it would be compiled as tests: they are kept from it.
pub fn doc(text: &str) -> TokenStream {
    let lines = inert(text);
    let lines = lines.iter().map(|line| format!(" {line}"));
    quote! { #(#[doc = #lines])* }
}

/// The same for a module as a whole.
pub fn module_doc(text: &str) -> TokenStream {
    let lines = inert(text);
    let lines = lines.iter().map(|line| format!(" {line}"));
    quote! { #(#![doc = #lines])* }
}

/// Lines of a description that mean nothing but themselves to rustdoc: no code block, no link, no HTML.
fn inert(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.lines().take(MOST_LINES) {
        let line: String = line.trim().chars().take(LONGEST_LINE).flat_map(harmless).collect();
        lines.push(line.trim_end().to_owned());
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

const MOST_LINES: usize = 40;
const LONGEST_LINE: usize = 500;

fn harmless(letter: char) -> Vec<char> {
    match letter {
        '`' => vec!['\''],
        '[' | ']' | '<' | '>' | '\\' | '*' | '_' | '~' => vec!['\\', letter],
        letter if is_invisible(letter) => vec![' '],
        letter => vec![letter],
    }
}

/// Letters that change how the text around them is read, or that nobody sees.
fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The text of a file, or why it would not be what was meant: a fault of ours.
pub fn file(tokens: TokenStream, comments: &Comments) -> Result<String, String> {
    let parsed = syn::parse2::<syn::File>(tokens.clone()).map_err(|error| format!("{error}: {tokens}"))?;
    let printed = prettyplease::unparse(&parsed);
    let texts = comments.texts.borrow();
    let text = with_comments(&printed, &texts);
    let again = syn::parse_file(&text).map_err(|error| error.to_string())?;
    let meant = without_markers(quote! { #parsed }).to_string();
    let got = quote! { #again }.to_string();
    if meant == got { Ok(text) } else { Err("what was printed is not what was meant".to_owned()) }
}

fn with_comments(printed: &str, texts: &[String]) -> String {
    let known: BTreeMap<String, &String> =
        texts.iter().enumerate().map(|(at, text)| (format!("__comment!({at});"), text)).collect();
    let mut text = String::with_capacity(printed.len());
    for line in printed.lines() {
        match known.get(line.trim()) {
            Some(comment) => {
                let indent = &line[..line.len() - line.trim_start().len()];
                text.push_str(format!("{indent}// {comment}").trim_end());
            }
            None => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

/// The tokens without `__comment!(…);`.
fn without_markers(tokens: TokenStream) -> TokenStream {
    let mut kept: Vec<TokenTree> = Vec::new();
    let mut rest = tokens.into_iter().peekable();
    while let Some(token) = rest.next() {
        match token {
            TokenTree::Ident(word) if word == "__comment" => {
                // `!`, the group, `;`
                rest.by_ref().take(3).for_each(drop);
            }
            TokenTree::Group(group) => {
                let inner = without_markers(group.stream());
                let mut own = proc_macro2::Group::new(group.delimiter(), inner);
                if group.delimiter() != Delimiter::None {
                    own.set_span(group.span());
                }
                kept.push(TokenTree::Group(own));
            }
            other => kept.push(other),
        }
    }
    kept.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_stand_on_lines_of_their_own() {
        let comments = Comments::default();
        let first = comments.comment("src/shop.flow:3\nfn evil() {}");
        let tokens = quote! { fn main() { #first let x = 1; drop(x); } };
        let text = file(tokens, &comments).expect("printed");
        assert_eq!(text, "fn main() {\n    // src/shop.flow:3 fn evil() {}\n    let x = 1;\n    drop(x);\n}\n");
    }

    #[test]
    fn documentation_cannot_become_a_test() {
        let doc = doc("```\nlet x = 1;\n```\n# Examples */ #![feature(x)]");
        let text = file(quote! { #doc struct A; }, &Comments::default()).expect("printed");
        assert!(!text.contains("```"), "{text}");
    }
}
