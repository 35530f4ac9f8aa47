//! A small strict parser for JSON texts that are values themselves. Bodies are read by `codec`, which says where a
//! fault is; here there is only yes or no.

use super::Json;
use crate::nested::DEEPEST;
use crate::value::Dict;

/// A text from outside.
pub(super) fn strict(text: &str) -> Option<Json> {
    parse(Parser { rest: text, deepest: DEEPEST as usize, takes_nul: false })
}

/// A text that was written here: its values were checked when they came in, and may have been put into each other.
pub(super) fn own(text: &str) -> Option<Json> {
    parse(Parser { rest: text, deepest: 1024, takes_nul: true })
}

fn parse(mut parser: Parser<'_>) -> Option<Json> {
    let value = parser.value(0)?;
    parser.white_space();
    parser.rest.is_empty().then_some(value)
}

struct Parser<'a> {
    rest: &'a str,
    deepest: usize,
    takes_nul: bool,
}

impl Parser<'_> {
    fn white_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    /// Goes over the sign, with the white space in front of it, if it is there.
    fn sign(&mut self, sign: char) -> bool {
        self.white_space();
        let rest = self.rest.strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn value(&mut self, depth: usize) -> Option<Json> {
        self.white_space();
        match self.rest.chars().next()? {
            '[' | '{' if depth >= self.deepest => None,
            '[' => self.list(depth + 1),
            '{' => self.object(depth + 1),
            '"' => Some(Json::Text(self.text()?)),
            '-' | '0'..='9' => self.number(),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Option<Json> {
        let words = [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))];
        words.into_iter().find_map(|(word, value)| {
            self.rest = self.rest.strip_prefix(word)?;
            Some(value)
        })
    }

    fn number(&mut self) -> Option<Json> {
        let is_part = |letter: char| letter.is_ascii_digit() || "+-.eE".contains(letter);
        let end = self.rest.find(|letter| !is_part(letter)).unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at_checked(end)?;
        let digits = number.strip_prefix('-').unwrap_or(number);
        let second = digits.strip_prefix('0').and_then(|digits| digits.chars().next());
        let has_idle_zero = second.is_some_and(|second| second.is_ascii_digit());
        if has_idle_zero || !crate::value::is_float(number) {
            return None;
        }
        self.rest = rest;
        Some(Json::Number(number.to_string()))
    }

    fn list(&mut self, depth: usize) -> Option<Json> {
        self.sign('[');
        let mut items = Vec::new();
        if self.sign(']') {
            return Some(Json::List(items));
        }
        loop {
            items.push(self.value(depth)?);
            if self.sign(']') {
                return Some(Json::List(items));
            }
            self.sign(',').then_some(())?;
        }
    }

    fn object(&mut self, depth: usize) -> Option<Json> {
        self.sign('{');
        let mut fields = Dict::new();
        if self.sign('}') {
            return Some(Json::Object(fields));
        }
        loop {
            self.white_space();
            let key = self.text()?;
            self.sign(':').then_some(())?;
            let value = self.value(depth)?;
            if fields.insert(key, value).is_some() {
                return None;
            }
            if self.sign('}') {
                return Some(Json::Object(fields));
            }
            self.sign(',').then_some(())?;
        }
    }

    fn text(&mut self) -> Option<String> {
        self.rest = self.rest.strip_prefix('"')?;
        let mut text = String::new();
        loop {
            let end = self.rest.find(|letter: char| letter == '"' || letter == '\\' || letter < ' ')?;
            let (plain, rest) = self.rest.split_at_checked(end)?;
            text.push_str(plain);
            if let Some(rest) = rest.strip_prefix('"') {
                self.rest = rest;
                return Some(text);
            }
            self.rest = rest.strip_prefix('\\')?;
            text.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Option<char> {
        let mut letters = self.rest.chars();
        let letter = letters.next()?;
        self.rest = letters.as_str();
        match letter {
            '"' | '\\' | '/' => Some(letter),
            'b' => Some('\u{8}'),
            'f' => Some('\u{c}'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'u' => self.code_point(),
            _ => None,
        }
    }

    /// What stands behind `\u`, both halves of a pair of surrogates taken together.
    fn code_point(&mut self) -> Option<char> {
        let first = self.four_digits()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first).filter(|letter| self.takes_nul || *letter != '\0');
        }
        self.rest = self.rest.strip_prefix("\\u")?;
        let second = self.four_digits()?;
        if !(0xdc00..0xe000).contains(&second) {
            return None;
        }
        char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00))
    }

    fn four_digits(&mut self) -> Option<u32> {
        let (digits, rest) = self.rest.split_at_checked(4)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.rest = rest;
        u32::from_str_radix(digits, 16).ok()
    }
}
