//! Between values and JSON that is opaque: `toJson`, and `as T`.

use super::reader::{from_json, from_own};
use super::{Decode, Encode, Reader, Side, to_json};
use crate::fault::Fault;
use crate::value::Json;

/// The value as JSON, as our callers would see it.
pub fn json_of(value: &dyn Encode) -> Json {
    from_own(&to_json(value, Side::Caller), Json::decode).unwrap_or_default()
}

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

    #[test]
    fn values_as_json_and_back() {
        let json = json_of(&vec![Some(1_i64), None]);
        assert_eq!(json, Json::List(vec![Json::Number("1".to_string()), Json::Null]));
        assert_eq!(
            narrow(&json, |from| from.list(|from| from.optional(Reader::int))),
            Ok(vec![Some(1), None])
        );
        let wrong = narrow(&json, |from| from.list(Reader::int));
        assert_eq!(wrong, Err(Fault::new("[1] must be a whole number, not null")));
        assert_eq!(narrow(&json, i64::decode), Err(Fault::new("must be a whole number, not a list")));
    }

    #[test]
    fn what_a_program_wraps_once_more_is_not_too_deep() {
        let text = format!("{}{}", "[".repeat(128), "]".repeat(128));
        let json = Json::parse(&text).expect("it is JSON");
        let wrapped = json_of(&vec![json.clone()]);
        assert_eq!(wrapped, Json::List(vec![json]));
        assert!(narrow(&wrapped, Json::decode).is_err());
    }
}
