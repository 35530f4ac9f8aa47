//! The pairs of a query or of a form. They are taken apart once, and each is marked when something reads it, so that
//! what nobody knows is found.

use super::percent::{self, Plus};

/// More pairs than these are not looked at.
pub const MOST_PAIRS: usize = 256;

/// The pairs of a query.
#[derive(Default)]
pub struct Query {
    pairs: Vec<Pair>,
}

struct Pair {
    name: String,
    /// As it came: a comma in it separates, while one that is escaped does not.
    value: String,
    is_known: bool,
}

impl Query {
    /// Takes a query apart; what is wrong with it, if it cannot be.
    pub fn parse(text: &str) -> Result<Query, &'static str> {
        let texts = text.split('&').filter(|pair| !pair.is_empty());
        if texts.clone().nth(MOST_PAIRS).is_some() {
            return Err("has more than 256 parameters");
        }
        let pair = |text: &str| {
            let (name, value) = text.split_once('=').unwrap_or((text, ""));
            percent::decode(value, Plus::Space)?;
            let name = percent::decode(name, Plus::Space)?.into_owned();
            Some(Pair { name, value: value.to_owned(), is_known: false })
        };
        let pairs: Option<Vec<_>> = texts.map(pair).collect();
        Ok(Query { pairs: pairs.ok_or("is malformed")? })
    }

    /// The values of a name, still encoded.
    pub fn values(&mut self, name: &str) -> Vec<&str> {
        let mut values = Vec::new();
        for pair in self.pairs.iter_mut().filter(|pair| pair.name == name) {
            pair.is_known = true;
            values.push(pair.value.as_str());
        }
        values
    }

    /// The names and values of `name[key]`, still encoded.
    pub fn fields(&mut self, name: &str) -> Vec<(&str, &str)> {
        let mut fields = Vec::new();
        for pair in &mut self.pairs {
            let key = pair.name.strip_prefix(name).and_then(|rest| rest.strip_prefix('[')?.strip_suffix(']'));
            if let Some(key) = key {
                pair.is_known = true;
                fields.push((key, pair.value.as_str()));
            }
        }
        fields
    }

    /// All names and values, still encoded.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|pair| (pair.name.as_str(), pair.value.as_str()))
    }

    /// The names that nothing has asked for.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        self.pairs.iter().filter(|pair| !pair.is_known).map(|pair| pair.name.as_str())
    }
}

/// A value that is not encoded any more; it was found well formed when the query was taken apart.
pub fn decoded(value: &str) -> String {
    percent::decode(value, Plus::Space).unwrap_or_default().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_asked_for_is_unknown() {
        let mut query = Query::parse("a=1&b%5Bx%5D=2&c&a=%2C3&&d[y]=4").unwrap_or_default();
        assert_eq!(query.values("a"), ["1", "%2C3"]);
        assert_eq!(query.fields("b"), [("x", "2")]);
        assert_eq!(query.unknown().collect::<Vec<_>>(), ["c", "d[y]"]);
        assert_eq!(query.values("c"), [""]);
    }

    #[test]
    fn a_query_is_bounded_and_well_formed() {
        assert!(Query::parse(&"a=1&".repeat(MOST_PAIRS)).is_ok());
        assert!(Query::parse(&"a=1&".repeat(MOST_PAIRS + 1)).is_err());
        assert!(Query::parse("a=%zz").is_err() && Query::parse("%ff=a").is_err());
    }
}
