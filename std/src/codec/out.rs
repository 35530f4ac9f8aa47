//! The buffer that is written into. Its bytes are there before they are written, so that what is put together of several
//! parts finds its room by one look, and is no more than the moves of its bytes.

/// How many bytes are made ready at once.
const STEP: usize = 512;

#[derive(Debug)]
pub(super) struct Out {
    bytes: Vec<u8>,
    /// How many of them are written.
    end: usize,
}

impl Out {
    pub fn with_capacity(capacity: usize) -> Out {
        Out { bytes: Vec::with_capacity(capacity), end: 0 }
    }

    pub fn len(&self) -> usize {
        self.end
    }

    pub fn finish(mut self) -> Vec<u8> {
        self.bytes.truncate(self.end);
        self.bytes
    }

    /// What is written, from a place on.
    pub fn from(&mut self, start: usize) -> &mut [u8] {
        self.bytes.get_mut(start..self.end).unwrap_or_default()
    }

    /// The next bytes, this many. They count as written when they are `passed`.
    #[inline]
    pub fn room(&mut self, count: usize) -> &mut [u8] {
        let is_there = self.bytes.get(self.end..).is_some_and(|rest| rest.len() >= count);
        if !is_there {
            return self.new_room(count);
        }
        self.bytes.get_mut(self.end..).and_then(|rest| rest.get_mut(..count)).unwrap_or_default()
    }

    #[cold]
    fn new_room(&mut self, count: usize) -> &mut [u8] {
        let end = self.end + count;
        let ready = (end + STEP).min(self.bytes.capacity().max(end));
        self.bytes.resize(ready, 0);
        self.bytes.get_mut(self.end..end).unwrap_or_default()
    }

    #[inline]
    pub fn pass(&mut self, count: usize) {
        self.end += count;
    }

    #[inline]
    pub fn push(&mut self, byte: u8) {
        if let [place] = self.room(1) {
            *place = byte;
            self.pass(1);
        }
    }

    #[inline]
    pub fn extend(&mut self, bytes: &[u8]) {
        let room = self.room(bytes.len());
        if room.len() == bytes.len() {
            room.copy_from_slice(bytes);
            self.pass(bytes.len());
        }
    }

    /// The bytes between two others.
    #[inline]
    pub fn extend_between(&mut self, open: u8, bytes: &[u8], close: u8) {
        if let [first, places @ .., last] = self.room(bytes.len() + 2)
            && places.len() == bytes.len()
        {
            (*first, *last) = (open, close);
            places.copy_from_slice(bytes);
            self.pass(bytes.len() + 2);
        }
    }

    /// A key of an object, with the comma in front of it and the colon behind it.
    #[inline]
    pub fn extend_key(&mut self, name: &[u8]) {
        if let [comma, open, places @ .., close, colon] = self.room(name.len() + 4)
            && places.len() == name.len()
        {
            (*comma, *open, *close, *colon) = (b',', b'"', b'"', b':');
            places.copy_from_slice(name);
            self.pass(name.len() + 4);
        }
    }
}

impl std::io::Write for Out {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_was_passed() {
        let (mut out, mut wanted) = (Out::with_capacity(1), Vec::new());
        for length in 0..200 {
            let bytes = vec![b'a' + (length % 26) as u8; length];
            out.push(b'.');
            out.extend(&bytes);
            out.extend_between(b'<', &bytes, b'>');
            out.extend_key(&bytes);
            out.room(300);
            wanted.push(b'.');
            wanted.extend([&bytes, &b"<"[..], &bytes, b">,\"", &bytes, b"\":"].concat());
        }
        assert_eq!(out.len(), wanted.len());
        assert_eq!(out.from(wanted.len() - 2), b"\":");
        assert_eq!(out.finish(), wanted);
    }
}
