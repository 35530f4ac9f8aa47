//! Labels: what must not leak. A set of them travels with every value. Besides the two that authors write
//! there is one that the compiler adds: whether a value depends on who calls.

use std::fmt;

/// A small set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Labels(u8);

impl Labels {
    pub const NONE: Labels = Labels(0);
    pub const PERSONAL: Labels = Labels(1);
    pub const SECRET: Labels = Labels(2);
    /// It depends on the caller: what a shared cache must not hold.
    pub const CALLER: Labels = Labels(4);

    /// The names that authors may write.
    pub const NAMES: [&'static str; 2] = ["personal", "secret"];

    pub fn named(name: &str) -> Option<Labels> {
        match name {
            "personal" => Some(Labels::PERSONAL),
            "secret" => Some(Labels::SECRET),
            _ => None,
        }
    }

    #[must_use]
    pub fn with(self, other: Labels) -> Labels {
        Labels(self.0 | other.0)
    }

    #[must_use]
    pub fn without(self, other: Labels) -> Labels {
        Labels(self.0 & !other.0)
    }

    pub fn contains(self, other: Labels) -> bool {
        self.0 & other.0 == other.0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Only what authors write.
    #[must_use]
    pub fn declared(self) -> Labels {
        self.without(Labels::CALLER)
    }
}

/// `@personal @secret`
impl fmt::Display for Labels {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Labels::NAMES.iter().filter(|name| Labels::named(name).is_some_and(|label| self.contains(label)));
        let shown: Vec<String> = names.map(|name| format!("@{name}")).collect();
        write!(out, "{}", shown.join(" "))
    }
}
