//! The keys that an object will have if it is like the last one at its depth, as most elements of a list are: a key that
//! stands where it is expected is known by comparing some bytes at once, and nothing else has to be found out about it.

/// As many keys as an object of a list can reasonably have.
const KEYS: usize = 64;

/// As many bytes as are compared at once.
const HEAD: usize = 16;

/// The keys of the last object at each depth.
#[derive(Default)]
pub(super) struct Keys<'a> {
    depths: Vec<Vec<Key<'a>>>,
    /// Whether what is read is one of many: it does not pay to note the keys of an object that stands alone.
    is_one_of_many: bool,
}

struct Key<'a> {
    name: &'a str,
    /// The first bytes of `"name":`, and which bits of them count.
    head: u128,
    counts: u128,
}

impl<'a> Keys<'a> {
    /// The nth key at this depth and the place behind its colon, if it is the expected one that stands at `at`.
    #[inline]
    pub fn expected(&self, depth: u32, nth: usize, text: &[u8], at: usize) -> Option<(&'a str, usize)> {
        let key = self.depths.get(depth as usize)?.get(nth)?;
        key.end(text, at).map(|end| (key.name, end))
    }

    /// Says whether what is read from now on is one of many; whether it was before.
    pub fn in_list(&mut self, is_one_of_many: bool) -> bool {
        std::mem::replace(&mut self.is_one_of_many, is_one_of_many)
    }

    /// Notes that this key may be the nth of the next object. It has no escapes.
    pub fn expect(&mut self, depth: u32, nth: usize, name: &'a str) {
        if !self.is_one_of_many {
            return;
        }
        let depth = depth as usize;
        if self.depths.len() <= depth {
            self.depths.resize_with(depth + 1, Vec::new);
        }
        let Some(keys) = self.depths.get_mut(depth) else { return };
        if let Some(key) = keys.get_mut(nth) {
            *key = Key::new(name);
        } else if nth == keys.len() && nth < KEYS {
            keys.push(Key::new(name));
        }
    }
}

impl<'a> Key<'a> {
    fn new(name: &'a str) -> Key<'a> {
        let (mut head, mut counts) = ([0; HEAD], [0; HEAD]);
        let written = [b"\"", name.as_bytes(), b"\":"].into_iter().flatten();
        for ((head, counts), byte) in head.iter_mut().zip(&mut counts).zip(written) {
            (*head, *counts) = (*byte, 0xff);
        }
        Key { name, head: u128::from_le_bytes(head), counts: u128::from_le_bytes(counts) }
    }

    /// The place behind this key and its colon, if it stands at `at`, without white space, and the text does not end with it.
    #[inline]
    fn end(&self, text: &[u8], at: usize) -> Option<usize> {
        let there = u128::from_le_bytes(*text.get(at..)?.first_chunk()?);
        if (there ^ self.head) & self.counts != 0 {
            return None;
        }
        let length = self.name.len() + 3;
        if length > HEAD {
            text.get(at + 1..)?.strip_prefix(self.name.as_bytes())?.strip_prefix(b"\":")?;
        }
        Some(at + length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end_of(name: &str, text: &str) -> Option<usize> {
        Key::new(name).end(text.as_bytes(), 0)
    }

    #[test]
    fn a_key_is_known_whatever_its_length() {
        for length in 0..40 {
            let name = "abcdefghijklmnopqrstuvwxyz".repeat(2)[..length].to_string();
            let text = format!("\"{name}\":\"and a value behind it\"");
            assert_eq!(end_of(&name, &text), Some(length + 3), "{text}");
            for place in 0..length + 3 {
                let mut other = text.clone().into_bytes();
                *other.get_mut(place).expect("it is in the key") ^= 1;
                assert_eq!(Key::new(&name).end(&other, 0), None, "{text} with another byte at {place}");
            }
        }
    }

    #[test]
    fn what_is_no_such_key() {
        for text in ["", "\"a\":", "\"a\": 1, \"b\": 1234567", "\"a\" :1234567890123", "\"ab\":1234567890123"]
        {
            assert_eq!(end_of("a", text).filter(|end| *end != 4), None, "{text}");
        }
        assert_eq!(end_of("a", "\"a\": 1, \"b\": 1234567"), Some(4), "white space may follow");
        assert_eq!(end_of("a", "\"a\":1"), None, "it is too near to the end");
    }

    #[test]
    fn an_object_is_expected_to_be_like_the_last_one() {
        let text = br#""a":"a value of some length","#;
        let mut keys = Keys::default();
        assert_eq!(keys.expected(1, 0, text, 0), None);
        keys.expect(1, 0, "a");
        assert_eq!(keys.expected(1, 0, text, 0), None, "it stands alone");
        assert!(!keys.in_list(true));
        keys.expect(1, 0, "b");
        assert_eq!(keys.expected(1, 0, text, 0), None);
        keys.expect(1, 0, "a");
        assert_eq!(keys.expected(1, 0, text, 0), Some(("a", 4)));
        assert_eq!(keys.expected(0, 0, text, 0), None);
        keys.expect(1, 7, "a");
        assert_eq!(keys.expected(1, 7, text, 0), None, "those in front of it are not known");
    }
}
