//! How deep a value goes whose type does not say it: a record that holds its own kind, or JSON. What comes in is bounded
//! where it is read. What a flow puts together in turns, each around the one before, is bounded here, or else it could go
//! deeper than the stack reaches that it is written, compared and dropped with.

use crate::fault::Fault;
use crate::value::{Caller, Dict, Json};

/// How many lists and objects may stand in each other, as in what is read.
pub const DEEPEST: u32 = 128;

/// A value of which only a look says how deep it goes.
pub trait Nested {
    /// Whether there are at most so many levels in it.
    fn fits(&self, levels: u32) -> bool;
}

/// The value, if it is no deeper than what is read may be.
///
/// # Errors
/// It is.
pub fn bounded<T: Nested>(value: T) -> Result<T, Fault> {
    if value.fits(DEEPEST) { Ok(value) } else { Err(too_deep()) }
}

/// What is wrong with a value that goes deeper.
pub fn too_deep() -> Fault {
    Fault::new(format!("a value goes deeper than {DEEPEST} levels"))
}

/// Whether one level with these values in it fits.
pub fn all_fit<'v, T: Nested + 'v>(values: impl IntoIterator<Item = &'v T>, levels: u32) -> bool {
    levels > 0 && values.into_iter().all(|value| value.fits(levels - 1))
}

impl<T: Nested> Nested for Option<T> {
    fn fits(&self, levels: u32) -> bool {
        self.as_ref().is_none_or(|value| value.fits(levels))
    }
}

impl<T: Nested> Nested for Box<T> {
    fn fits(&self, levels: u32) -> bool {
        (**self).fits(levels)
    }
}

impl<T: Nested> Nested for Vec<T> {
    fn fits(&self, levels: u32) -> bool {
        all_fit(self, levels)
    }
}

impl<T: Nested> Nested for Dict<T> {
    fn fits(&self, levels: u32) -> bool {
        all_fit(self.values(), levels)
    }
}

impl Nested for Json {
    fn fits(&self, levels: u32) -> bool {
        match self {
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => true,
            Json::List(items) => items.fits(levels),
            Json::Object(fields) => fields.fits(levels),
        }
    }
}

impl Nested for Caller {
    fn fits(&self, levels: u32) -> bool {
        levels > 0 && self.claims.fits(levels - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Link {
        next: Option<Box<Link>>,
    }

    impl Nested for Link {
        fn fits(&self, levels: u32) -> bool {
            levels > 0 && self.next.fits(levels - 1)
        }
    }

    fn chain(links: u32) -> Link {
        (1..links).fold(Link { next: None }, |next, _| Link { next: Some(Box::new(next)) })
    }

    fn lists(levels: u32) -> Json {
        (1..levels).fold(Json::List(Vec::new()), |inner, _| Json::List(vec![Json::Null, inner]))
    }

    #[test]
    fn as_many_levels_as_there_may_be_and_no_more() {
        assert!(bounded(chain(DEEPEST)).is_ok() && bounded(chain(DEEPEST + 1)).is_err());
        assert!(bounded(lists(DEEPEST)).is_ok() && bounded(lists(DEEPEST + 1)).is_err());
        assert!(bounded(Json::Null).is_ok());
    }

    #[test]
    fn lists_and_dictionaries_are_levels_and_what_may_be_absent_is_none() {
        assert!(vec![chain(2)].fits(3) && !vec![chain(2)].fits(2));
        let dict: Dict<Link> = [("a".to_owned(), chain(2))].into_iter().collect();
        assert!(dict.fits(3) && !dict.fits(2));
        assert!(Some(chain(2)).fits(2) && None::<Link>.fits(0));
        assert!(!Vec::<Link>::new().fits(0), "it is a level, whatever is in it");
    }

    #[test]
    fn what_is_read_is_as_deep() {
        let text = |levels: u32| lists(levels).to_string();
        assert!(Json::parse(&text(DEEPEST)).is_ok() && Json::parse(&text(DEEPEST + 1)).is_err());
    }

    #[test]
    fn the_claims_of_a_caller_count() {
        let caller =
            Caller { claims: [("a".to_owned(), lists(2))].into_iter().collect(), ..Caller::default() };
        assert!(caller.fits(4) && !caller.fits(3));
    }
}
