//! One flat JSON object, written by hand: what the log and the rejections of the shell consist of. It is a fraction of
//! what a general writer costs, and both are made for each request.

/// A JSON object that is being written.
pub struct Line {
    bytes: Vec<u8>,
}

impl Line {
    pub fn new() -> Line {
        let mut bytes = Vec::with_capacity(256);
        bytes.push(b'{');
        Line { bytes }
    }

    pub fn text(&mut self, name: &str, value: &str) -> &mut Line {
        self.name(name);
        self.quoted(value);
        self
    }

    pub fn number(&mut self, name: &str, value: u64) -> &mut Line {
        self.name(name);
        self.bytes.extend_from_slice(value.to_string().as_bytes());
        self
    }

    pub fn texts(&mut self, name: &str, values: &[&str]) -> &mut Line {
        self.name(name);
        self.bytes.push(b'[');
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                self.bytes.push(b',');
            }
            self.quoted(value);
        }
        self.bytes.push(b']');
        self
    }

    /// `json`: a whole value, written already.
    pub fn raw(&mut self, name: &str, json: &[u8]) -> &mut Line {
        self.name(name);
        self.bytes.extend_from_slice(json);
        self
    }

    pub fn end(mut self) -> Vec<u8> {
        self.bytes.push(b'}');
        self.bytes
    }

    fn name(&mut self, name: &str) {
        if self.bytes.len() > 1 {
            self.bytes.push(b',');
        }
        self.quoted(name);
        self.bytes.push(b':');
    }

    fn quoted(&mut self, text: &str) {
        self.bytes.push(b'"');
        let mut rest = text;
        while let Some(at) = rest.find(|char: char| char < ' ' || char == '"' || char == '\\') {
            let (plain, special) = rest.split_at(at);
            self.bytes.extend_from_slice(plain.as_bytes());
            let mut chars = special.chars();
            let code = u32::from(chars.next().unwrap_or(' '));
            self.bytes.extend_from_slice(format!("\\u{code:04x}").as_bytes());
            rest = chars.as_str();
        }
        self.bytes.extend_from_slice(rest.as_bytes());
        self.bytes.push(b'"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_json_whatever_stands_in_it() {
        let mut line = Line::new();
        line.text("a", "x\n\"ü\\").number("b", 7).texts("c", &["d", "e"]).raw("f", b"[1]");
        let text = String::from_utf8(line.end()).unwrap_or_default();
        assert_eq!(text, r#"{"a":"x\u000a\u0022ü\u005c","b":7,"c":["d","e"],"f":[1]}"#);
    }
}
