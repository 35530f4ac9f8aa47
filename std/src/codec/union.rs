//! Looking ahead, for unions: by the value of a field, by the fields that are there, or by trying. What is looked at is read
//! again later, so how much of that a document may ask for is bounded: unions in unions would multiply it.

use std::borrow::Cow;

use super::scan::{Broken, DEPTH, space_end, value_end};
use super::{Kind, Reader, Side};

/// How many times its own length a document may be read ahead.
const TIMES: usize = 32;
/// What each document may be read ahead at least.
const AT_LEAST: usize = 64 * 1024;

impl<'a> Reader<'a> {
    /// The text at this key of the object ahead, which stays ahead. It is a fault if there is none.
    pub fn tag(&mut self, field: &str) -> Option<String> {
        if self.kind() != Kind::Object {
            return self.mismatch(Kind::Object.name());
        }
        let found = self.look_ahead(|from| from.find(field))?;
        match found {
            Some(Ok(text)) => return Some(text.into_owned()),
            Some(Err(why)) => self.fault_in(field, why),
            None => self.fault_in(field, "is missing"),
        }
        None
    }

    /// Which of the known texts is at this key of the object ahead. It is a fault if it is none of them.
    pub fn tag_of(&mut self, field: &str, known: &'static [&'static str]) -> Option<usize> {
        let tag = self.tag(field)?;
        let found = known.iter().position(|known| *known == tag);
        if found.is_none() {
            self.fault_in(field, super::scalars::one_of_message(known));
        }
        found
    }

    /// Whether the value ahead is an object with this key.
    pub fn has_field(&mut self, field: &str) -> bool {
        self.kind() == Kind::Object && self.look_ahead(|from| from.find(field)).flatten().is_some()
    }

    /// Tries to read the value ahead, and takes everything back if that fails or has faults.
    pub fn attempt<T>(&mut self, inner: impl FnOnce(&mut Reader<'a>) -> Option<T>) -> Option<T> {
        if self.broken {
            return None;
        }
        let (start, depth, faults) = (self.at, self.depth, self.fault_count());
        let value = inner(self);
        if value.is_some() && !self.broken && self.fault_count() == faults {
            return value;
        }
        let read = self.at.saturating_sub(start);
        (self.at, self.depth, self.broken) = (start, depth, false);
        self.forget_faults_after(faults);
        self.spend(read);
        None
    }

    /// Runs `look`, and goes back to where it began.
    fn look_ahead<T>(&mut self, look: impl FnOnce(&mut Reader<'a>) -> Option<T>) -> Option<T> {
        if self.broken {
            return None;
        }
        let start = self.at;
        let found = look(self);
        if !self.broken {
            let read = self.at.saturating_sub(start);
            self.at = start;
            self.spend(read);
        }
        if self.broken { None } else { found }
    }

    #[cold]
    fn exhausted(&mut self) {
        self.note(self.at, None, "has too much that could be read in several ways".to_string());
        self.broken = true;
    }

    fn spend(&mut self, bytes: usize) {
        self.looked_ahead += bytes + 1;
        if self.looked_ahead > AT_LEAST + TIMES * self.text.len() {
            self.exhausted();
        }
    }

    /// Goes through the object ahead to a key: its text, or what is wrong with that. On the side of a backend it is the last
    /// one that counts, as it will be when the object is read.
    fn find(&mut self, field: &str) -> Option<Option<Result<Cow<'a, str>, String>>> {
        let bytes = self.text.as_bytes();
        let mut found = None;
        self.at = space_end(bytes, self.at + 1);
        if self.ahead() == Some(b'}') {
            return Some(None);
        }
        loop {
            let key = self.key()?;
            if key.is_ok_and(|key| key == field) {
                found = Some(self.tag_text());
                if self.side() == Side::Caller {
                    return Some(found);
                }
            }
            let left = DEPTH.saturating_sub(self.depth + 1);
            match value_end(bytes, self.at, left) {
                Ok(end) => self.at = space_end(bytes, end),
                Err(broken) => return self.break_off(broken),
            }
            match self.ahead() {
                Some(b',') => self.at = space_end(bytes, self.at + 1),
                Some(b'}') => return Some(found),
                _ => return self.break_off(Broken { at: self.at, why: "a comma or an end is missing" }),
            }
        }
    }

    /// The text ahead, which stays ahead.
    fn tag_text(&mut self) -> Result<Cow<'a, str>, String> {
        let kind = self.kind();
        if kind != Kind::Text {
            return Err(format!("must be a string, not {}", kind.name()));
        }
        let start = self.at;
        let text = self.text_ahead();
        if !self.broken {
            self.at = start;
        }
        match text {
            Some(Ok(text)) => Ok(text),
            Some(Err(why)) => Err(why.to_string()),
            None => Err("is not JSON".to_string()),
        }
    }
}
