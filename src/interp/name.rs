//! Names that live as long as the process. The runtime wants the names of an emitted service as constants of the program;
//! here they come from sources that may be read again and again, so each distinct one is kept once, and never given back.

use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashSet;

static TEXTS: Mutex<Option<FxHashSet<&'static str>>> = Mutex::new(None);
static LISTS: Mutex<Option<FxHashSet<&'static [&'static str]>>> = Mutex::new(None);

pub fn fixed(text: &str) -> &'static str {
    let mut known = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    if let Some(text) = known.get(text) {
        return text;
    }
    let text: &'static str = Box::leak(Box::from(text));
    known.insert(text);
    text
}

/// The same for a list of names.
pub fn fixed_list<'t>(texts: impl IntoIterator<Item = &'t str>) -> &'static [&'static str] {
    let texts: Vec<&'static str> = texts.into_iter().map(fixed).collect();
    let mut known = LISTS.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    if let Some(list) = known.get(texts.as_slice()) {
        return list;
    }
    let list: &'static [&'static str] = Box::leak(texts.into_boxed_slice());
    known.insert(list);
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_once() {
        let (one, other) = (fixed(&"ab".repeat(2)), fixed("abab"));
        assert!(std::ptr::eq(one, other));
        let (one, other) = (fixed_list(["a", "b"]), fixed_list(["a", "b"]));
        assert!(std::ptr::eq(one, other) && one == ["a", "b"]);
    }
}
