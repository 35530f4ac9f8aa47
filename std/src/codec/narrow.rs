//! From JSON that is opaque to a type: `as T`.

use super::{Reader, Side, from_json, to_json};
use crate::fault::Fault;
use crate::value::Json;

/// What `decode` reads from JSON. It is read with tolerance, because nobody has promised its shape; of all that does not fit,
/// the first is said.
///
/// # Errors
/// It does not fit.
pub fn narrow<T>(json: &Json, decode: impl FnOnce(&mut Reader<'_>) -> Option<T>) -> Result<T, Fault> {
    let bytes = to_json(json, Side::Backend);
    from_json(&bytes, Side::Backend, "", decode).map_err(|faults| {
        let said = faults.into_iter().next().map(|fault| format!("{} {}", fault.at, fault.message));
        Fault::new(said.as_deref().map_or("does not fit", str::trim_start))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Decode;

    #[test]
    fn what_fits_and_what_does_not() {
        let json = Json::parse("[1,null]").expect("it is JSON");
        assert_eq!(
            narrow(&json, |from| from.list(|from| from.optional(Reader::int))),
            Ok(vec![Some(1), None])
        );
        let wrong = narrow(&json, |from| from.list(Reader::int));
        assert_eq!(wrong, Err(Fault::new("[1] must be a whole number, not null")));
        assert_eq!(narrow(&json, i64::decode), Err(Fault::new("must be a whole number, not a list")));
    }
}
