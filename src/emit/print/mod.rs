//! The one door out for Rust code: tokens become text, laid out as rustfmt does it, but on every machine, also
//! where there is no rustfmt. Comments are no tokens, so they travel as numbered markers; what was printed is parsed
//! again and has to be what was meant.
//!
//! Each part of the language has its file. A function `rewrite` takes a piece of a tree and the room there is, a
//! [`shape::Shape`], and gives its text, or nothing if it does not go there; who asks may try otherwise. That is how
//! rustfmt works too, so that its decisions can be followed one by one. What is not known here (an item with syntax
//! that flowc does not emit) is printed by prettyplease.

mod arms;
mod assign;
mod attributes;
mod block;
mod chain;
mod closure;
mod control;
mod cx;
mod expr;
mod function;
mod items;
mod list;
mod overflow;
mod pairs;
mod pat;
mod shape;
mod structs;
#[cfg(test)]
mod tests;
mod ty;
mod uses;

use std::collections::BTreeMap;

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::{Item, Stmt};

use cx::Cx;

use super::{prose, text};

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
        lines.push(prose::cut(&text::line(line), LONGEST_LINE).chars().flat_map(harmless).collect());
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    if text.lines().skip(MOST_LINES).any(|line| !text::line(line).is_empty()) {
        lines.push("…".to_owned());
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    prose::continued(lines)
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
    let text = written(&parsed, &comments.texts.borrow());
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
            TokenTree::Ident(word) if word == MARKER => rest.by_ref().take(2).for_each(drop),
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

/// The documentation, the uses and the items of a file.
fn written(of: &syn::File, comments: &[String]) -> String {
    let mut text = attributes::inner(&Cx::new(comments), &of.attrs).unwrap_or_default();
    let mut before: Option<&Item> = None;
    for item in &of.items {
        let is_apart = match before {
            None => !text.is_empty(),
            Some(before) => !belong_together(before, item),
        };
        if is_apart {
            text.push('\n');
        }
        let cx = Cx::new(comments);
        match items::item(&cx, item, 0) {
            Some(item) => text.push_str(&item),
            None => text.push_str(otherwise(item, comments).trim_end()),
        }
        text.push('\n');
        before = Some(item);
    }
    text
}

/// Whether there is no empty line between two items.
fn belong_together(one: &Item, next: &Item) -> bool {
    match (one, next) {
        (Item::Use(_), Item::Use(_)) | (Item::Mod(_), Item::Mod(_)) => true,
        (Item::Static(one), Item::Static(next)) => one.attrs.is_empty() && next.attrs.is_empty(),
        (Item::Const(one), Item::Const(next)) => one.attrs.is_empty() && next.attrs.is_empty(),
        _ => false,
    }
}

/// An item that this printer does not know.
fn otherwise(item: &Item, comments: &[String]) -> String {
    let file = syn::File { shebang: None, frontmatter: None, attrs: Vec::new(), items: vec![item.clone()] };
    with_comments(&prettyplease::unparse(&file), comments)
}

/// A statement with a name that is wider than the line. No layout is right, and rustfmt leaves it as it is.
fn loose_statement(cx: &Cx, of: &Stmt, indent: usize) -> String {
    let around: syn::ItemFn = syn::parse_quote! { fn around() { #of } };
    let text = otherwise(&Item::Fn(around), cx.comments);
    let lines: Vec<&str> = text.lines().collect();
    let inner = lines.get(1..lines.len().saturating_sub(1)).unwrap_or_default();
    let inner: Vec<&str> = inner.iter().map(|line| line.strip_prefix("    ").unwrap_or(line)).collect();
    inner.join(&shape::new_line(indent))
}

/// The text of a comment's marker.
fn comment<'t>(cx: &Cx<'t>, of: &Stmt) -> Option<&'t str> {
    match of {
        Stmt::Macro(of) if of.mac.path.is_ident(MARKER) => {
            let number: usize = of.mac.tokens.to_string().parse().ok()?;
            cx.comments.get(number).map(String::as_str)
        }
        _ => None,
    }
}

const MARKER: &str = "__comment";

/// Whether there is a comment among some tokens.
fn has_marker(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == MARKER,
        TokenTree::Group(group) => has_marker(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
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
