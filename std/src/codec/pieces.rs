//! A list that comes in piece by piece. Its elements are read one after the other, each as soon as it is there in whole,
//! so that no more has to be held than one piece and one element, however long the list is.
//!
//! An element is read where it begins, and counts when a comma or the end of the list follows it. Where it cannot be
//! read, that may be because the rest of it has not come in: only then are its bytes searched for its end, each once, and
//! it is read again when the end is there. So what is read is what would be read of the list in one piece.

use super::scan::{plain_end, space_end};
use super::{FaultAt, Reader, reader};

const MARK: char = '\u{feff}';

/// What came next of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// One element at least.
    Elements,
    /// That is known when more has come in.
    More,
    /// The list was there in whole.
    End,
}

/// A list that comes in from a backend.
pub struct Pieces {
    /// What has come in, from the element at hand on.
    text: String,
    /// The first bytes of a letter whose rest has not come in.
    letter: Vec<u8>,
    /// Why nothing will ever stand behind the text.
    cut: Option<Cut>,
    at: usize,
    place: Place,
    /// The search for the end of the element at hand, if it was necessary.
    search: Option<Search>,
    /// How many bytes, and how many elements, are not in the text any more.
    before: usize,
    count: usize,
    unread: &'static [&'static str],
}

#[derive(Clone, Copy)]
enum Cut {
    End,
    /// What stands there is no UTF-8.
    NoText,
}

/// Where in the list the next byte stands.
#[derive(Clone, Copy)]
enum Place {
    Start,
    /// Behind the bracket: there may be no element at all.
    First,
    Element,
    Behind,
}

impl Pieces {
    /// `unread`: fields, such as `CustRec.email`, that nobody will look at.
    pub fn new(unread: &'static [&'static str]) -> Pieces {
        Pieces {
            text: String::new(),
            letter: Vec::new(),
            cut: None,
            at: 0,
            place: Place::Start,
            search: None,
            before: 0,
            count: 0,
            unread,
        }
    }

    /// Adds what has come in.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.cut.is_some() {
            return;
        }
        self.forget_what_was_read();
        if self.letter.is_empty() {
            return self.push_text(bytes);
        }
        let mut whole = std::mem::take(&mut self.letter);
        whole.extend_from_slice(bytes);
        self.push_text(&whole);
    }

    /// Nothing more will come in.
    pub fn end(&mut self) {
        let is_letter_open = !self.letter.is_empty();
        self.cut.get_or_insert(if is_letter_open { Cut::NoText } else { Cut::End });
    }

    fn forget_what_was_read(&mut self) {
        self.text.drain(..self.at);
        self.before += self.at;
        if let Some(search) = &mut self.search {
            search.at -= self.at;
        }
        self.at = 0;
    }

    fn push_text(&mut self, bytes: &[u8]) {
        let error = match std::str::from_utf8(bytes) {
            Ok(text) => return self.text.push_str(text),
            Err(error) => error,
        };
        let (good, rest) = bytes.split_at(error.valid_up_to());
        self.text.push_str(std::str::from_utf8(good).unwrap_or_default());
        match error.error_len() {
            None => self.letter = rest.to_vec(),
            Some(_) => self.cut = Some(Cut::NoText),
        }
    }

    /// The next elements, as many as have come in: `take` gets them one by one, so that they have to stand nowhere together.
    ///
    /// # Errors
    /// The next one does not fit, or this is no list. What comes then means nothing.
    pub fn next<T>(
        &mut self,
        decode: impl Fn(&mut Reader<'_>) -> Option<T>,
        take: &mut dyn FnMut(T),
    ) -> Result<Next, Vec<FaultAt>> {
        loop {
            self.at = space_end(self.text.as_bytes(), self.at);
            let Some(byte) = self.text.as_bytes().get(self.at) else { return self.at_the_end() };
            match (self.place, byte) {
                (Place::Start, b'[') => (self.at, self.place) = (self.at + 1, Place::First),
                // Some systems begin a text with a byte order mark.
                (Place::Start, _) if self.before + self.at == 0 && self.text.starts_with(MARK) => {
                    self.at = MARK.len_utf8();
                    self.forget_what_was_read();
                }
                (Place::Start, _) => {
                    let kind = Reader::within(&self.text, self.at).kind().name();
                    return Err(vec![FaultAt::new("body", format!("must be a list, not {kind}"))]);
                }
                (Place::First, b']') => (self.at, self.place) = (self.at + 1, Place::Behind),
                (Place::First | Place::Element, _) => return self.elements(decode, take),
                (Place::Behind, _) => return Err(self.broken(self.at, "something follows the value")),
            }
        }
    }

    fn at_the_end(&self) -> Result<Next, Vec<FaultAt>> {
        match (self.cut, self.place) {
            (None, _) => Ok(Next::More),
            (Some(Cut::End), Place::Behind) => Ok(Next::End),
            (Some(Cut::End), _) => Err(self.broken(self.at, "a value is missing")),
            (Some(Cut::NoText), _) => Err(self.no_text()),
        }
    }

    fn elements<T>(
        &mut self,
        decode: impl Fn(&mut Reader<'_>) -> Option<T>,
        take: &mut dyn FnMut(T),
    ) -> Result<Next, Vec<FaultAt>> {
        if self.search.is_none() && self.elements_ahead(&decode, take) {
            return Ok(Next::Elements);
        }
        let search = self.search.get_or_insert(Search::from(self.at));
        let end = match (search.end(self.text.as_bytes()), self.cut) {
            (Some(end), _) => end,
            (None, None) => return Ok(Next::More),
            (None, Some(Cut::NoText)) => return Err(self.no_text()),
            (None, Some(Cut::End)) => self.text.len(),
        };
        let text = self.text.get(self.at..end).unwrap_or_default();
        let root = format!("body[{}]", self.count);
        let element = reader::read_element(text, &root, self.before + self.at, |from| {
            from.skips(self.unread);
            decode(from)
        })?;
        self.pass(end, 1).ok_or_else(|| self.broken(end, "a comma or an end is missing"))?;
        take(element);
        Ok(Next::Elements)
    }

    /// The elements that are there for certain; whether there is any. One reader reads them all, because it expects of each
    /// what it has seen of the last one.
    fn elements_ahead<T>(
        &mut self,
        decode: impl Fn(&mut Reader<'_>) -> Option<T>,
        take: &mut dyn FnMut(T),
    ) -> bool {
        let text = self.text.as_bytes();
        let (mut count, mut last) = (0, self.at);
        let mut from = Reader::within(&self.text, self.at);
        from.skips(self.unread);
        while let Some(element) = decode(&mut from)
            && from.is_sound()
        {
            let end = space_end(text, from.at);
            if !matches!(text.get(end), Some(b',' | b']')) {
                break;
            }
            take(element);
            (count, last) = (count + 1, end);
            if text.get(end) == Some(&b']') {
                break;
            }
            from.at = space_end(text, end + 1);
        }
        count > 0 && self.pass(last, count).is_some()
    }

    /// Goes on behind the comma, or the bracket, that follows the last of some elements, if one does.
    fn pass(&mut self, end: usize, count: usize) -> Option<()> {
        self.place = match self.text.as_bytes().get(end) {
            Some(b',') => Place::Element,
            Some(b']') => Place::Behind,
            Some(_) | None => return None,
        };
        self.at = end + 1;
        self.count += count;
        self.search = None;
        Some(())
    }

    #[cold]
    fn broken(&self, at: usize, why: &str) -> Vec<FaultAt> {
        vec![FaultAt::new("body", format!("is not JSON at byte {}: {why}", self.before + at))]
    }

    #[cold]
    fn no_text(&self) -> Vec<FaultAt> {
        vec![FaultAt::new("body", format!("is not UTF-8 at byte {}", self.before + self.text.len()))]
    }
}

/// The search for the end of an element, which goes on when more has come in. Whether what is in it is JSON is not for it
/// to say.
struct Search {
    at: usize,
    depth: usize,
    is_in_string: bool,
}

impl Search {
    fn from(at: usize) -> Search {
        Search { at, depth: 0, is_in_string: false }
    }

    /// Where the comma or the bracket stands that ends the element, if it has come in.
    fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        loop {
            if self.is_in_string {
                self.at = plain_end(bytes, self.at);
            }
            match (bytes.get(self.at)?, self.is_in_string) {
                (b'"', _) => self.is_in_string = !self.is_in_string,
                (b'\\', true) => {
                    bytes.get(self.at + 1)?;
                    self.at += 1;
                }
                (_, true) => {}
                (b'[' | b'{', false) => self.depth += 1,
                (b']' | b'}' | b',', false) if self.depth == 0 => return Some(self.at),
                (b']' | b'}', false) => self.depth -= 1,
                (_, false) => {}
            }
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests;
