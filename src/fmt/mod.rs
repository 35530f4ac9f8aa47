//! From the tree back to text, in the one style that there is.
//!
//! The tree is laid out by construct (`items`, `services`, `steps`, `expressions`, …) into a [`layout::Doc`],
//! which decides where lines end. What could not be read is copied as it is. Comments are placed by
//! [`comments::Context`], in order, each exactly once.

mod comments;
mod expressions;
mod handled;
mod items;
mod layout;
mod lists;
mod meaning;
mod services;
mod steps;
mod test_blocks;
#[cfg(test)]
mod tests;
mod types;

pub use meaning::same_meaning;

use crate::syntax::ast::{File, Item};

use comments::Context;
use items::{item, item_span};
use layout::{Doc, concat, render};
use lists::place;

/// The text of a file in the one style: lines of 100 characters, two spaces deeper for each block, values of
/// neighbouring settings, fields and entries in one column. Formatting twice gives the same as formatting once.
/// A file with faults that hide a part of it from the tree stays as it is.
pub fn format(file: &File, text: &str) -> String {
    let mut context = Context::new(file, text);
    let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let placed = place(&mut context, &file.items, item_span, end, item);
    let mut parts = vec![];
    for (number, one) in placed.into_iter().enumerate() {
        let apart = number > 0 && (one.blank || needs_room(&file.items, number));
        let line = if apart { Doc::EmptyLine } else { Doc::HardLine };
        parts.extend([line, one.lead, one.body, one.trail]);
    }
    parts.extend(context.dangling(end));
    let formatted = render(&concat(parts));
    if counts(text) == counts(&formatted) { formatted } else { text.to_owned() }
}

/// How often each byte occurs, besides white space and the signs that the style may leave out. Where the
/// parser had to pass over something that the tree does not show, the counts differ.
fn counts(text: &str) -> [usize; 256] {
    let mut counts = [0; 256];
    let counted = |byte: &u8| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b';' | b'|');
    for byte in text.bytes().filter(counted) {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    counts
}

/// Whether an empty line stands between this item and the one before whether or not the author left one:
/// always, but between short declarations of the same kind.
fn needs_room(items: &[Item], number: usize) -> bool {
    let before = number.checked_sub(1).and_then(|before| items.get(before));
    match (before, items.get(number)) {
        (Some(Item::Type(before)), Some(Item::Type(item))) => is_block(before) || is_block(item),
        (Some(Item::Problem(_)), Some(Item::Problem(_))) => false,
        (Some(Item::Fn(_)), Some(Item::Fn(_))) => false,
        (Some(Item::Broken(_)), _) | (_, Some(Item::Broken(_))) => false,
        _ => true,
    }
}

fn is_block(item: &crate::syntax::ast::TypeDecl) -> bool {
    matches!(item.body, crate::syntax::ast::TypeBody::Record(_))
}
