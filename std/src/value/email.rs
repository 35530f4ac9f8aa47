//! An address for mail. What is checked is what a mailer would stumble over, not whether anybody reads it.

use std::fmt;

use crate::fault::Fault;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

impl Email {
    /// A name (RFC 5322 without quotes and comments), `@`, and the name of a host; other scripts may be used in both.
    pub fn parse(text: &str) -> Result<Email, Fault> {
        let fits = text.rsplit_once('@').is_some_and(|(name, host)| is_name(name) && is_host(host));
        if fits { Ok(Email(text.to_string())) } else { Err(Fault::new("not an address for mail")) }
    }

    /// A text that the compiler has checked.
    pub fn literal(text: &str) -> Email {
        Email(text.to_string())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.chars().all(|letter| is_letter(letter) || "!#$%&'*+-/=?^_`{|}~.".contains(letter))
}

fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|letter| is_letter(letter) || letter == '-')
    };
    host.len() <= 253 && host.split('.').all(is_label)
}

fn is_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || !(letter.is_ascii() || letter.is_whitespace() || letter.is_control())
}

impl fmt::Display for Email {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_addresses() {
        for good in ["ada@example.com", "a+b.c@x", "jürgen@exämple.de", "o'hara@sub.example.co.uk"] {
            assert!(Email::parse(good).is_ok(), "{good}");
        }
        let bad = [
            "",
            "@",
            "ada",
            "ada@",
            "@x.y",
            "a b@x.y",
            "a@x..y",
            "a@-x.y",
            "a@x.y\r\nBcc: z@z.z",
            "<a@x.y>",
            "a@b@c",
        ];
        for text in bad {
            assert!(Email::parse(text).is_err(), "{text}");
        }
    }
}
