//! Which texts can hear of a declaration that has changed. All that is declared is named where it is used, and every
//! signature is written out, so that a value of a changed type comes only from what mentions the type. So the texts are
//! those that mention it, or a declaration in whose seen part it is mentioned, and so on. A word counts wherever it
//! stands, also in a comment or a text.

use std::hash::BuildHasher;

use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use super::interface::{Subject, seen};
use super::kept::{Text, Texts};
use crate::source::SourceId;
use crate::syntax::ast::File;

/// The words of texts, each as a number. Two words with one number only make the reach wider.
#[derive(Debug, Default)]
pub struct Words {
    by_text: FxHashMap<SourceId, FxHashSet<u64>>,
}

impl Words {
    pub fn add(&mut self, text: SourceId, written: &str) {
        self.by_text.entry(text).or_insert_with(|| words(written).collect());
    }

    pub fn forget(&mut self, text: SourceId) {
        self.by_text.remove(&text);
    }
}

/// The texts that can hear of `declared` and of what mentions it. Nothing where that is too much for looking at some texts
/// to be less than looking at all, or where a name cannot be told by its words.
pub fn reached(
    edited: Text,
    mut declared: Vec<Subject>,
    renames: bool,
    files: &[(&File, &str)],
    words: &Words,
) -> Option<Texts> {
    let all: usize = files.iter().map(|(_, text)| text.len()).sum();
    let mut known: FxHashSet<Subject> = declared.iter().cloned().collect();
    let (mut others, mut size) = (FxHashSet::default(), 0);
    let mut new = declared.clone();
    while !new.is_empty() {
        let named: Vec<Vec<u64>> = new.drain(..).map(|subject| spelled(&subject)).collect::<Option<_>>()?;
        for (file, text) in files {
            let mentioned = words.by_text.get(&file.source)?;
            if !mention(mentioned, &named) {
                continue;
            }
            if file.source != edited.before && file.source != edited.now && others.insert(file.source) {
                size += text.len();
            }
            for part in seen(file) {
                let own = text.get(part.span.range())?;
                if !known.contains(&part.subject) && mention(&self::words(own).collect(), &named) {
                    known.insert(part.subject.clone());
                    new.push(part.subject);
                }
            }
        }
        if size > all / 2 {
            return None;
        }
        declared.extend(new.iter().cloned());
    }
    let mut others: Vec<SourceId> = others.into_iter().collect();
    others.sort_unstable();
    Some(Texts { edited, others, declared, renames })
}

fn mention(words: &FxHashSet<u64>, named: &[Vec<u64>]) -> bool {
    named.iter().any(|subject| subject.iter().all(|word| words.contains(word)))
}

/// The words that have to be there for something to be mentioned: an operation only together with its service.
fn spelled(subject: &Subject) -> Option<Vec<u64>> {
    let names = || std::iter::once(&subject.name).chain(&subject.of);
    // Such a name is not written as it is.
    let is_escaped =
        names().any(|name| name.contains(|letter: char| letter.is_control() || "\"\\".contains(letter)));
    let words: Vec<u64> = names().flat_map(|name| words(name)).collect();
    (!is_escaped && !words.is_empty()).then_some(words)
}

fn words(text: &str) -> impl Iterator<Item = u64> + use<'_> {
    let is_in_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || !byte.is_ascii();
    let plain = text.as_bytes().split(move |byte| !is_in_word(byte));
    plain.filter(|word| !word.is_empty()).map(number).chain(unescaped(text))
}

fn number(word: &[u8]) -> u64 {
    FxBuildHasher.hash_one(word)
}

/// The words of a text in which letters are written as `\u{…}`, as they are meant.
fn unescaped(text: &str) -> Vec<u64> {
    let mut parts = text.split("\\u{");
    let Some(mut meant) = parts.next().map(str::to_owned) else { return Vec::new() };
    let mut has_any = false;
    for part in parts {
        let (digits, rest) = part.split_once('}').unwrap_or(("", part));
        meant.extend(u32::from_str_radix(digits, 16).ok().and_then(char::from_u32));
        meant.push_str(rest);
        has_any = true;
    }
    if has_any { words(&meant).collect() } else { Vec::new() }
}
