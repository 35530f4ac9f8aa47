//! The text as the grammar reads it. Where the scanner found a missing bracket or a character that cannot
//! stand in code, it has reported it, and the grammar gets a text in which that is mended, so that the rest
//! of the file is read as its author meant it. Every position leads back to the author's own text.

use std::borrow::Cow;

/// Replace `remove` bytes at `at` by `insert`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Repair {
    pub(super) at: usize,
    pub(super) remove: usize,
    pub(super) insert: String,
}

#[derive(Debug)]
pub(super) struct Repaired<'t> {
    pub(super) text: Cow<'t, str>,
    original: &'t str,
    /// For each repair: where it stands in the mended text, its length there, and where it came from.
    places: Vec<Place>,
}

#[derive(Debug)]
struct Place {
    start: usize,
    length: usize,
    original_start: usize,
    original_end: usize,
}

impl<'t> Repaired<'t> {
    /// The author's byte offset of an offset in the mended text; never past the end of it, and always on a
    /// character border.
    pub(super) fn original(&self, offset: usize) -> usize {
        let next = self.places.partition_point(|place| place.start <= offset);
        let Some(place) = next.checked_sub(1).and_then(|at| self.places.get(at)) else {
            return border(self.original, offset);
        };
        let behind = offset - place.start;
        let found = match behind < place.length {
            true => place.original_start,
            false => place.original_end + (behind - place.length),
        };
        border(self.original, found)
    }

    /// Of the author's text.
    pub(super) fn byte_before(&self, offset: usize) -> Option<u8> {
        self.original.as_bytes().get(offset.checked_sub(1)?).copied()
    }
}

/// The last character border at or before `offset`.
pub(super) fn border(text: &str, offset: usize) -> usize {
    let offset = offset.min(text.len());
    (0..=offset).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Repairs may come in any order; those at the same place are made in the order given.
pub(super) fn repair(original: &str, mut repairs: Vec<Repair>) -> Repaired<'_> {
    if repairs.is_empty() {
        return Repaired { text: Cow::Borrowed(original), original, places: Vec::new() };
    }
    repairs.sort_by_key(|repair| repair.at);
    let mut text = String::with_capacity(original.len() + repairs.len());
    let mut places = Vec::with_capacity(repairs.len());
    let mut done = 0;
    for Repair { at, remove, insert } in repairs {
        let at = at.max(done);
        text.push_str(original.get(done..at).unwrap_or(""));
        done = at + remove;
        let place = Place { start: text.len(), length: insert.len(), original_start: at, original_end: done };
        places.push(place);
        text.push_str(&insert);
    }
    text.push_str(original.get(done..).unwrap_or(""));
    Repaired { text: Cow::Owned(text), original, places }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_lead_back_to_the_text_of_the_author() {
        let change = |at, remove, insert: &str| Repair { at, remove, insert: insert.to_owned() };
        let repaired = repair("aéb{c", vec![change(5, 0, "}"), change(1, 2, "e")]);
        assert_eq!(repaired.text, "aeb{}c");
        let back: Vec<usize> = (0..=6).map(|at| repaired.original(at)).collect();
        assert_eq!(back, [0, 1, 3, 4, 5, 5, 6]);
        assert_eq!(repair("aéb", vec![]).original(2), 1, "on a character border");
        assert_eq!(repair("aéb", vec![]).original(99), 4);
    }
}
