//! The one door out for Rust code: tokens become text. Comments are no tokens, so they travel as numbered markers
//! and are put back at the end; what was printed is parsed again and has to be what was meant.

use std::collections::BTreeMap;

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

use super::text;

/// The comments of one file, by the number of their marker.
#[derive(Debug, Default)]
pub struct Comments {
    texts: std::cell::RefCell<Vec<String>>,
}

impl Comments {
    /// A statement that becomes a comment of its own line. What a text says stays within that line.
    pub fn comment(&self, text: &str) -> TokenStream {
        let mut texts = self.texts.borrow_mut();
        texts.push(text::line(text));
        let number = proc_macro2::Literal::usize_unsuffixed(texts.len() - 1);
        quote! { __comment!(#number); }
    }
}

/// A documentation comment. Blocks of code in it would be compiled as tests: they are kept from it.
pub fn doc(text: &str) -> TokenStream {
    let lines = inert(text);
    let lines = lines.iter().map(|line| if line.is_empty() { String::new() } else { format!(" {line}") });
    quote! { #(#[doc = #lines])* }
}

/// The same for a module as a whole.
pub fn module_doc(text: &str) -> TokenStream {
    let lines = inert(text);
    let lines = lines.iter().map(|line| if line.is_empty() { String::new() } else { format!(" {line}") });
    quote! { #(#![doc = #lines])* }
}

/// Lines of a description that mean nothing but themselves to rustdoc: no code block, no link, no HTML.
fn inert(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.lines().take(MOST_LINES) {
        // Single spaces: behind the sign of a list, five would begin a block of code.
        let line: String = text::line(line).chars().take(LONGEST_LINE).flat_map(harmless).collect();
        lines.push(line.trim_end().to_owned());
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    super::prose::continued(lines)
}

const MOST_LINES: usize = 40;
const LONGEST_LINE: usize = 500;

fn harmless(letter: char) -> Vec<char> {
    match letter {
        '`' => vec!['\''],
        '[' | ']' | '<' | '>' | '\\' | '*' | '_' | '~' => vec!['\\', letter],
        letter => vec![letter],
    }
}

/// The text of a file, or why it would not be what was meant: a fault of ours.
pub fn file(tokens: TokenStream, comments: &Comments) -> Result<String, String> {
    let parsed = syn::parse2::<syn::File>(tokens.clone()).map_err(|error| format!("{error}: {tokens}"))?;
    let printed = prettyplease::unparse(&parsed);
    let texts = comments.texts.borrow();
    let text = with_comments(&printed, &texts);
    let again = syn::parse_file(&text).map_err(|error| error.to_string())?;
    let (meant, got) = (words(quote! { #parsed }), words(quote! { #again }));
    match meant.iter().zip(&got).position(|(meant, got)| meant != got) {
        None if meant.len() == got.len() => Ok(text),
        at => {
            let at = at.unwrap_or(meant.len().min(got.len()));
            Err(format!(
                "what was printed is not what was meant: {:?} became {:?}",
                meant.get(at),
                got.get(at)
            ))
        }
    }
}

/// Every name and literal of some tokens, in order, without markers. Brackets and commas are the printer's own affair.
fn words(tokens: TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    collect(tokens, &mut found);
    found
}

fn collect(tokens: TokenStream, found: &mut Vec<String>) {
    let mut rest = tokens.into_iter();
    while let Some(token) = rest.next() {
        match token {
            // `!`, the group; the sign behind it is no word.
            TokenTree::Ident(word) if word == "__comment" => rest.by_ref().take(2).for_each(drop),
            TokenTree::Ident(word) => found.push(word.to_string()),
            TokenTree::Group(group) => collect(group.stream(), found),
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                // A raw string and a plain one may be the same.
                let value = syn::parse_str::<syn::LitStr>(&text).map(|text| format!("{:?}", text.value()));
                found.push(value.unwrap_or(text));
            }
            TokenTree::Punct(_) => {}
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_stand_on_lines_of_their_own() {
        let comments = Comments::default();
        let first = comments.comment("src/shop.flow:3\nfn evil() {}");
        let tokens = quote! { fn main() { #first let x = 1; drop(x); } };
        let text = file(tokens, &comments).expect("printed");
        assert_eq!(
            text,
            "fn main() {\n    // src/shop.flow:3 fn evil() {}\n    let x = 1;\n    drop(x);\n}\n"
        );
    }

    #[test]
    fn documentation_cannot_become_a_test() {
        let doc = doc(
            "```\nlet x = 1;\n```\n# Examples */ #![feature(x)]\n-      let y\u{2028} = 1;\n\n    let z;",
        );
        let text = file(quote! { #doc struct A; }, &Comments::default()).expect("printed");
        assert!(!text.contains("```") && !text.contains("  "), "{text}");
        assert!(text.contains("\n/// - let y = 1;\n///\n/// let z;\n"), "{text}");
    }
}
