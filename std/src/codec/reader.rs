//! The reader: a pull parser over bytes that are in memory. It goes through the document once and builds only what it is
//! asked for. A fault does not end it: it notes where, goes on behind the value, and lists all faults at the end.

use std::borrow::Cow;

use indexmap::IndexMap;

use super::keys::Keys;
use super::scan::{Broken, DEPTH, plain_end, space_end, value_end, word_end};
use super::{Access, FaultAt, Side, Slot, escape, place};

/// How many faults are listed. A document with more is read no further.
const FAULTS: usize = 50;

/// What kind of value stands ahead, as its first byte says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Null,
    Bool,
    Number,
    Text,
    List,
    Object,
}

impl Kind {
    /// The kind, as messages name it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Null => "null",
            Kind::Bool => "true or false",
            Kind::Number => "a number",
            Kind::Text => "a string",
            Kind::List => "a list",
            Kind::Object => "an object",
        }
    }
}

/// A fault, while the place is still an offset. `field` is one that is not in the text.
struct Noted {
    at: usize,
    field: Option<String>,
    message: String,
}

/// Reads one JSON document. Each method either reads the whole value ahead, or notes a fault and gives none; what is left
/// of the value is then skipped by whoever asked for it.
pub struct Reader<'a> {
    pub(super) text: &'a str,
    /// Where the value ahead begins, or where the last one ended.
    pub(super) at: usize,
    pub(super) depth: u32,
    side: Side,
    texts: bool,
    /// Fields that this reader's flow does not read, though others do.
    unread: &'static [&'static str],
    faults: Vec<Noted>,
    /// Nothing more can be read: the text is no JSON, or has too many faults.
    pub(super) broken: bool,
    /// How many bytes were read that will be read again.
    pub(super) looked_ahead: usize,
    /// How many bytes of the document stand in front of the text.
    before: usize,
    keys: Keys<'a>,
}

/// Reads a value from a document that must hold nothing else. `root` is what places begin with: `body`.
///
/// # Errors
/// All faults of the document, at most 50.
pub fn from_json<'a, T>(
    bytes: &'a [u8],
    side: Side,
    root: &str,
    decode: impl FnOnce(&mut Reader<'a>) -> Option<T>,
) -> Result<T, Vec<FaultAt>> {
    Reader::new(text_of(bytes, root)?, side).whole(root, decode)
}

/// As `from_json`, for a document in which numbers and the like may stand as strings, because it was made of texts: from a form,
/// or from parameters.
///
/// # Errors
/// All faults of the document, at most 50.
pub fn from_texts<'a, T>(
    bytes: &'a [u8],
    root: &str,
    decode: impl FnOnce(&mut Reader<'a>) -> Option<T>,
) -> Result<T, Vec<FaultAt>> {
    from_json(bytes, Side::Caller, root, |from| {
        from.from_text_mode();
        decode(from)
    })
}

/// Reads an element of a list of a backend, which may hold nothing else. `before`: how many bytes of the document stand in
/// front of it.
pub(super) fn read_element<'a, T>(
    text: &'a str,
    root: &str,
    before: usize,
    decode: impl FnOnce(&mut Reader<'a>) -> Option<T>,
) -> Result<T, Vec<FaultAt>> {
    Reader { before, ..Reader::within(text, 0) }.whole(root, decode)
}

/// The bytes as text. If they are none, the place is that of the first wrong byte.
fn text_of<'a>(bytes: &'a [u8], root: &str) -> Result<&'a str, Vec<FaultAt>> {
    std::str::from_utf8(bytes).map_err(|error| {
        let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let before = std::str::from_utf8(good).unwrap_or_default();
        let at = place::places(before, root, &[before.len()]).concat();
        vec![FaultAt { at, message: format!("is not UTF-8 at byte {}", before.len()) }]
    })
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, side: Side) -> Reader<'a> {
        let mut reader = Reader {
            text,
            at: space_end(text.as_bytes(), 0),
            depth: 0,
            side,
            texts: false,
            unread: &[],
            faults: Vec::new(),
            broken: false,
            looked_ahead: 0,
            before: 0,
            keys: Keys::default(),
        };
        if text.starts_with('\u{feff}') {
            reader.break_off::<()>(Broken { at: 0, why: "it begins with a byte order mark" });
        }
        reader
    }

    /// Reads what stands in a list of a backend.
    pub(super) fn within(text: &'a str, at: usize) -> Reader<'a> {
        let mut from = Reader::new(text, Side::Backend);
        from.keys.in_list(true);
        Reader { at: space_end(text.as_bytes(), at), depth: 1, ..from }
    }

    /// Whether nothing was wrong so far.
    pub(super) fn is_sound(&self) -> bool {
        !self.broken && self.faults.is_empty()
    }

    /// From here on, numbers and the like may stand as strings (`"5"`), and one value for a list of one.
    pub fn from_text_mode(&mut self) {
        self.texts = true;
    }

    /// Whether numbers and the like may stand as strings.
    pub fn reads_texts(&self) -> bool {
        self.texts
    }

    /// Names fields, such as `CustRec.email`, that may be whatever they are: nobody will look at them.
    pub fn skips(&mut self, unread: &'static [&'static str]) {
        self.unread = unread;
    }

    /// Whether anybody will look at a field.
    pub fn reads(&self, field: &str) -> bool {
        !self.unread.contains(&field)
    }

    pub fn side(&self) -> Side {
        self.side
    }

    /// Whether a field travels on the way that is read here: requests of callers, or answers of backends.
    pub fn takes(&self, access: Access) -> bool {
        match (access, self.side) {
            (Access::Both, _) | (Access::ReadOnly, Side::Backend) | (Access::WriteOnly, Side::Caller) => true,
            (Access::ReadOnly, Side::Caller) | (Access::WriteOnly, Side::Backend) => false,
        }
    }

    /// Notes a fault of the value that was just read, or that stands ahead.
    pub fn fault(&mut self, message: impl Into<String>) {
        self.note(self.at, None, message.into());
    }

    /// Notes a fault of a field of the object that was just read, or that stands ahead.
    pub fn fault_in(&mut self, field: &str, message: impl Into<String>) {
        self.note(self.at, Some(field.to_string()), message.into());
    }

    #[cold]
    pub(super) fn note(&mut self, at: usize, field: Option<String>, message: String) {
        if self.broken {
            return;
        }
        self.faults.push(Noted { at, field, message });
        self.broken = self.faults.len() >= FAULTS;
    }

    /// How many faults there are so far.
    pub(super) fn fault_count(&self) -> usize {
        self.faults.len()
    }

    pub(super) fn forget_faults_after(&mut self, count: usize) {
        self.faults.truncate(count);
    }

    /// The kind of the value ahead. What is no JSON counts as a number, and is found out when it is read.
    pub fn kind(&mut self) -> Kind {
        match self.ahead() {
            Some(b'"') => Kind::Text,
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::List,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'n') => Kind::Null,
            Some(_) | None => Kind::Number,
        }
    }

    pub(super) fn ahead(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Goes on behind the value ahead, whatever it is.
    pub fn skip(&mut self) -> Option<()> {
        match value_end(self.text.as_bytes(), self.at, DEPTH - self.depth) {
            Ok(end) => {
                self.at = end;
                Some(())
            }
            Err(broken) => self.break_off(broken),
        }
    }

    /// Notes that the text is no JSON. Nothing more is read.
    #[cold]
    pub(super) fn break_off<T>(&mut self, broken: Broken) -> Option<T> {
        self.note(
            broken.at,
            None,
            format!("is not JSON at byte {}: {}", self.before + broken.at, broken.why),
        );
        self.broken = true;
        self.at = self.text.len();
        None
    }

    /// Notes that something else was wanted than what stands ahead, and skips it.
    #[cold]
    pub(super) fn mismatch<T>(&mut self, wanted: &str) -> Option<T> {
        let (start, found) = (self.at, self.kind());
        self.skip()?;
        self.note(start, None, format!("must be {wanted}, not {}", found.name()));
        None
    }

    /// Skips the value that began at `start`, if the one who failed to read it has not.
    pub(super) fn settle(&mut self, start: usize) {
        if self.at == start && !self.broken {
            self.skip();
        }
    }

    /// Null, or what `inner` reads.
    pub fn optional<T>(&mut self, inner: impl FnOnce(&mut Reader<'a>) -> Option<T>) -> Option<Option<T>> {
        match self.ahead() {
            Some(b'n') => self.null().map(|()| None),
            _ => inner(self).map(Some),
        }
    }

    pub fn null(&mut self) -> Option<()> {
        if self.ahead() != Some(b'n') {
            return self.mismatch(Kind::Null.name());
        }
        self.word(b"null")
    }

    pub(super) fn word(&mut self, word: &[u8]) -> Option<()> {
        match word_end(self.text.as_bytes(), self.at, word) {
            Ok(end) => {
                self.at = end;
                Some(())
            }
            Err(broken) => self.break_off(broken),
        }
    }

    /// A list. In the mode for texts, a single value counts as a list of one.
    pub fn list<T>(&mut self, item: impl Fn(&mut Reader<'a>) -> Option<T>) -> Option<Vec<T>> {
        if self.texts && self.kind() != Kind::List {
            return item(self).map(|only| vec![only]);
        }
        let mut more = self.open(Kind::List)?;
        let mut before = None;
        let mut items = Vec::new();
        let mut complete = true;
        while more {
            let start = self.at;
            match item(self) {
                Some(item) => {
                    if items.is_empty() {
                        items.reserve_exact(self.likely_count::<T>(self.at - start));
                        before = Some(self.keys.in_list(true));
                    }
                    items.push(item);
                }
                None => {
                    complete = false;
                    self.settle(start);
                }
            }
            more = self.more(b']')?;
        }
        before.map(|before| self.keys.in_list(before));
        complete.then_some(items)
    }

    /// How many elements a list has, if all are as long as its first one, and nothing follows it. They get no more memory
    /// than the text has, which may hold a first one that is much shorter than the others.
    fn likely_count<T>(&self, first: usize) -> usize {
        let rest = self.text.len() - self.at;
        1 + (rest / first.max(1)).min(rest / size_of::<T>().max(1))
    }

    /// A list of `min` to `max` elements.
    pub fn list_of<T>(
        &mut self,
        min: u64,
        max: u64,
        item: impl Fn(&mut Reader<'a>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let items = self.list(item)?;
        self.checked(super::rules::check_count(items.len(), min, max))?;
        Some(items)
    }

    /// What came of a check of the value that was just read: a fault is noted.
    pub(super) fn checked(&mut self, outcome: Result<(), String>) -> Option<()> {
        outcome.map_err(|message| self.fault(message)).ok()
    }

    /// An object with any keys. The order is kept.
    pub fn dict<T>(&mut self, value: impl Fn(&mut Reader<'a>) -> Option<T>) -> Option<IndexMap<String, T>> {
        let mut entries = IndexMap::new();
        let mut complete = true;
        self.object(&mut |from, name| {
            if from.side == Side::Caller && entries.contains_key(name) {
                return from.repeated();
            }
            let start = from.at;
            match value(from) {
                Some(value) => drop(entries.insert(name.to_string(), value)),
                None => {
                    complete = false;
                    from.settle(start);
                }
            }
        })?;
        complete.then_some(entries)
    }

    /// A key that has no field of its own, among others of its kind.
    pub fn entry<T>(
        &mut self,
        name: &str,
        entries: &mut IndexMap<String, T>,
        value: impl FnOnce(&mut Reader<'a>) -> Option<T>,
    ) {
        if self.side == Side::Caller && entries.contains_key(name) {
            return self.repeated();
        }
        let start = self.at;
        match value(self) {
            Some(value) => drop(entries.insert(name.to_string(), value)),
            None => self.settle(start),
        }
    }

    /// An object: `each` is called for each key, and reads the value by `set`, or `unknown`.
    #[inline(never)]
    pub fn object(&mut self, each: &mut dyn FnMut(&mut Reader<'a>, &str)) -> Option<()> {
        let mut more = self.open(Kind::Object)?;
        let mut nth = 0;
        while more {
            match self.keys.expected(self.depth, nth, self.text.as_bytes(), self.at) {
                Some((name, end)) => {
                    self.at = space_end(self.text.as_bytes(), end);
                    self.entry_ahead(name, each);
                }
                None => self.any_entry(nth, each)?,
            }
            nth += 1;
            more = self.more(b'}')?;
        }
        Some(())
    }

    /// Has the value ahead read, whose key has been read.
    #[inline]
    fn entry_ahead(&mut self, name: &str, each: &mut dyn FnMut(&mut Reader<'a>, &str)) {
        let start = self.at;
        each(self, name);
        self.settle(start);
    }

    /// The nth entry of an object, whatever its key is.
    fn any_entry(&mut self, nth: usize, each: &mut dyn FnMut(&mut Reader<'a>, &str)) -> Option<()> {
        let key = self.key()?;
        if let Ok(Cow::Borrowed(name)) = key {
            self.keys.expect(self.depth, nth, name);
        }
        match key {
            Ok(name) => self.entry_ahead(&name, each),
            Err(why) => {
                let start = self.at;
                if self.side == Side::Caller {
                    self.fault(format!("a key {why}"));
                }
                self.settle(start);
            }
        }
        Some(())
    }

    /// Reads the value of a field into its slot.
    pub fn set<T>(
        &mut self,
        _name: &str,
        slot: &mut Slot<T>,
        value: impl FnOnce(&mut Reader<'a>) -> Option<T>,
    ) {
        if !slot.is_absent() && self.side == Side::Caller {
            return self.repeated();
        }
        let start = self.at;
        *slot = match value(self) {
            Some(value) => Slot::Set(value),
            None => {
                self.settle(start);
                Slot::Faulty
            }
        };
    }

    /// A field that nobody knows: a fault of a caller, while that of a backend is skipped.
    pub fn unknown(&mut self, _name: &str) {
        if self.side == Side::Caller {
            self.fault("is not known here");
        }
        self.skip();
    }

    #[cold]
    fn repeated(&mut self) {
        self.fault("is there more than once");
        self.skip();
    }

    /// Goes into the list or the object ahead; whether there is anything in it.
    fn open(&mut self, kind: Kind) -> Option<bool> {
        let (first, last) = if kind == Kind::List { (b'[', b']') } else { (b'{', b'}') };
        if self.ahead() != Some(first) {
            return self.mismatch(kind.name());
        }
        if self.depth == DEPTH {
            return self.break_off(Broken { at: self.at, why: "it is nested too deep" });
        }
        self.at = space_end(self.text.as_bytes(), self.at + 1);
        if self.ahead() == Some(last) {
            self.at += 1;
            return Some(false);
        }
        self.depth += 1;
        Some(true)
    }

    /// Goes on behind the comma, or out of the list or the object; whether there is more in it.
    fn more(&mut self, last: u8) -> Option<bool> {
        if self.broken {
            return None;
        }
        self.at = space_end(self.text.as_bytes(), self.at);
        match self.ahead() {
            Some(b',') => {
                self.at = space_end(self.text.as_bytes(), self.at + 1);
                Some(true)
            }
            Some(byte) if byte == last => {
                self.at += 1;
                self.depth -= 1;
                Some(false)
            }
            _ => self.break_off(Broken { at: self.at, why: "a comma or an end is missing" }),
        }
    }

    /// The key ahead, and its colon.
    pub(super) fn key(&mut self) -> Option<Result<Cow<'a, str>, &'static str>> {
        if self.ahead() != Some(b'"') {
            return self.break_off(Broken { at: self.at, why: "a key is missing" });
        }
        let key = self.text_ahead()?;
        self.at = space_end(self.text.as_bytes(), self.at);
        if self.ahead() != Some(b':') {
            return self.break_off(Broken { at: self.at, why: "a colon is missing" });
        }
        self.at = space_end(self.text.as_bytes(), self.at + 1);
        Some(key)
    }

    /// The string ahead, if there is one, and nothing in it has an escape; otherwise nothing is read.
    #[inline]
    pub(super) fn plain_text(&mut self) -> Option<&'a str> {
        let bytes = self.text.as_bytes();
        let start = self.at + 1;
        if self.ahead() != Some(b'"') {
            return None;
        }
        let end = plain_end(bytes, start);
        if bytes.get(end) != Some(&b'"') {
            return None;
        }
        self.at = end + 1;
        self.text.get(start..end)
    }

    /// The string ahead, whose opening quote has been seen. It is borrowed unless it has escapes.
    pub(super) fn text_ahead(&mut self) -> Option<Result<Cow<'a, str>, &'static str>> {
        if let Some(text) = self.plain_text() {
            return Some(Ok(Cow::Borrowed(text)));
        }
        match escape::unescape(self.text, self.at + 1) {
            Ok((text, end)) => {
                self.at = end;
                Some(text.map(Cow::Owned))
            }
            Err(broken) => self.break_off(broken),
        }
    }

    /// Reads a value behind which nothing may follow.
    fn whole<T>(
        mut self,
        root: &str,
        decode: impl FnOnce(&mut Reader<'a>) -> Option<T>,
    ) -> Result<T, Vec<FaultAt>> {
        let value = decode(&mut self);
        self.finish(root, value.is_some())?;
        value.ok_or_else(|| vec![FaultAt::new(root, "does not fit")])
    }

    /// Makes sure that nothing follows, and lists the faults.
    fn finish(mut self, root: &str, complete: bool) -> Result<(), Vec<FaultAt>> {
        let end = space_end(self.text.as_bytes(), self.at);
        if complete && !self.broken && end < self.text.len() {
            self.break_off::<()>(Broken { at: end, why: "something follows the value" });
        }
        if self.faults.is_empty() { Ok(()) } else { Err(located(self.text, root, self.faults)) }
    }
}

/// The faults with their places, in the order in which they were found.
#[cold]
fn located(text: &str, root: &str, faults: Vec<Noted>) -> Vec<FaultAt> {
    let mut offsets: Vec<usize> = faults.iter().map(|fault| fault.at).collect();
    offsets.sort_unstable();
    let places = place::places(text, root, &offsets);
    let of = |fault: Noted| {
        let found = offsets.binary_search(&fault.at).ok().and_then(|index| places.get(index));
        let mut at = found.map_or_else(|| root.to_string(), String::clone);
        if let Some(field) = &fault.field {
            place::push_field(&mut at, field);
        }
        FaultAt { at, message: fault.message }
    };
    faults.into_iter().map(of).collect()
}
