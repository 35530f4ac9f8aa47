//! From offsets in a document to places such as `body.items[0].sku`.
//!
//! A reader notes where it was as an offset and nothing else, so a document without faults pays nothing for the paths. One
//! more pass over the bytes names the places of all faults at once.

use super::scan::{DEPTH, string_end};

/// How many characters of a key are shown, and of a whole place: keys come from outside.
const KEY: usize = 64;
const PLACE: usize = 600;

/// The places of the offsets (ascending) in the text, under `root`. The offset behind a value is still the value's own place.
pub(super) fn places(text: &str, root: &str, offsets: &[usize]) -> Vec<String> {
    let mut walk = Walk { text, at: 0, frames: Vec::new() };
    offsets
        .iter()
        .map(|offset| {
            walk.up_to(*offset);
            walk.place(root)
        })
        .collect()
}

/// Appends `.name` to a place, or `["na me"]` if the name is none that could stand so.
pub(super) fn push_field(place: &mut String, name: &str) {
    let mut shown: String = name.chars().take(KEY).collect();
    if shown.len() < name.len() {
        shown.push('…');
    }
    let plain = !shown.is_empty() && shown.chars().all(|c| c.is_alphanumeric() || "_-$@…".contains(c));
    match plain {
        true if place.is_empty() => place.push_str(&shown),
        true => {
            place.push('.');
            place.push_str(&shown);
        }
        false => {
            place.push('[');
            place.push_str(&format!("{shown:?}"));
            place.push(']');
        }
    }
}

/// A list or an object that is open, and what is being read in it.
enum Frame<'a> {
    List(usize),
    Object(Option<&'a str>),
}

struct Walk<'a> {
    text: &'a str,
    at: usize,
    frames: Vec<Frame<'a>>,
}

impl<'a> Walk<'a> {
    /// Goes on over all that begins before the offset. The text is well-formed that far, or nearly.
    fn up_to(&mut self, offset: usize) {
        while self.at < offset {
            let Some(byte) = self.text.as_bytes().get(self.at) else { return };
            match byte {
                b'{' | b'[' if self.frames.len() > DEPTH as usize => return,
                b'{' => self.frames.push(Frame::Object(None)),
                b'[' => self.frames.push(Frame::List(0)),
                b'}' | b']' => drop(self.frames.pop()),
                b',' => match self.frames.last_mut() {
                    Some(Frame::List(index)) => *index += 1,
                    Some(Frame::Object(key)) => *key = None,
                    None => {}
                },
                b'"' => {
                    self.string();
                    continue;
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    /// Goes over a string; the first one in an entry of an object is its key.
    fn string(&mut self) {
        let end = string_end(self.text.as_bytes(), self.at).unwrap_or(self.text.len());
        if let Some(Frame::Object(key @ None)) = self.frames.last_mut() {
            *key = self.text.get(self.at + 1..end.saturating_sub(1));
        }
        self.at = end;
    }

    fn place(&self, root: &str) -> String {
        let mut place = root.to_string();
        for frame in &self.frames {
            match frame {
                Frame::List(index) => place.push_str(&format!("[{index}]")),
                Frame::Object(Some(key)) => push_field(&mut place, &unescaped(key)),
                Frame::Object(None) => {}
            }
            if place.len() > PLACE {
                place.push('…');
                break;
            }
        }
        place
    }
}

fn unescaped(key: &str) -> String {
    match super::escape::unescape(&format!("{key}\""), 0) {
        Ok((Ok(text), _)) => text,
        Ok((Err(_), _)) | Err(_) => key.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, offset: usize) -> String {
        places(text, "body", &[offset]).concat()
    }

    #[test]
    fn places_of_values() {
        let text = r#"{"items": [{"sku": 1}, {"sk\u0075": 2}], "first name": 3}"#;
        let of = |what: &str| place(text, text.find(what).expect("it is there"));
        assert_eq!(place(text, 0), "body");
        assert_eq!(of("1}"), "body.items[0].sku");
        assert_eq!(place(text, text.find("1}").expect("it is there") + 1), "body.items[0].sku");
        assert_eq!(of(", {"), "body.items[0]");
        assert_eq!(of("2}"), "body.items[1].sku");
        assert_eq!(of("3}"), "body[\"first name\"]");
        assert_eq!(place(text, text.len()), "body");
        assert_eq!(place("[1, 2]", 2), "body[0]");
        assert_eq!(place("[1, 2]", 4), "body[1]");
    }

    #[test]
    fn hostile_documents() {
        assert!(place(&"[".repeat(100_000), 99_999).len() < 1_000);
        assert!(place(&format!("{{\"{}\": x", "k".repeat(100_000)), 100_005).len() < 300);
        assert_eq!(place("]]}}", 4), "body");
        assert_eq!(place("{\"a", 99), "body[\"\"]");
    }

    #[test]
    fn without_a_root() {
        assert_eq!(places("{\"a\": 1}", "", &[6]), ["a"]);
    }
}
