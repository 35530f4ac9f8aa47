//! Forms (`application/x-www-form-urlencoded`) as objects of JSON: read into one for `from_texts`, and written from one.
//!
//! A field is exploded unless its style says otherwise (`a=1&a=2` is a list), and a nested object is JSON, as OpenAPI has it.

use super::param::{Fields, ParamValue};
use super::percent::decode_form;
use super::query::pairs;
use super::scan::{DEPTH, space_end, value_end};
use super::{Encode, FaultAt, Side, Style, place, query, style, to_json};
use crate::value::Json;

/// The fields of a form as an object of JSON, whose values are texts. `root` is what places of faults begin with.
///
/// # Errors
/// All that is wrong with the form.
pub fn decode(bytes: &[u8], styles: &[(&str, Style)], root: &str) -> Result<Vec<u8>, Vec<FaultAt>> {
    let whole = |message: String| vec![FaultAt::new(root, message)];
    let text = std::str::from_utf8(bytes).map_err(|_| whole("is not UTF-8".to_string()))?;
    let pairs = pairs(text).map_err(whole)?;
    let mut object = Fields::default();
    let mut faults = Vec::new();
    for pair in &pairs {
        let (name, key) = named(&pair.name, styles);
        let style = style_of(name, styles);
        if let Err(message) = field(&mut object, name, key, style, pair.raw) {
            let mut at = root.to_string();
            place::push_field(&mut at, name);
            faults.push(FaultAt { at, message });
        }
    }
    if faults.is_empty() { Ok(object.finish()) } else { Err(faults.into_iter().take(50).collect()) }
}

fn style_of(name: &str, styles: &[(&str, Style)]) -> Style {
    styles.iter().find(|(known, _)| *known == name).map_or(Style::FormExploded, |(_, style)| *style)
}

/// The name of the field, and the key in it for one of the style `a[b]=c`.
fn named<'a>(full: &'a str, styles: &[(&str, Style)]) -> (&'a str, Option<&'a str>) {
    let split = full.strip_suffix(']').and_then(|rest| rest.split_once('['));
    match split {
        Some((name, key)) if style_of(name, styles) == Style::DeepObject => (name, Some(key)),
        _ => (full, None),
    }
}

fn field(object: &mut Fields, name: &str, key: Option<&str>, style: Style, raw: &str) -> Result<(), String> {
    match (style, key) {
        (_, Some(key)) => object.nested(name, key, &decode_form(raw)?),
        (Style::Json, None) => object.json(name, checked_json(decode_form(raw)?)?),
        (Style::FormExploded | Style::DeepObject, None) => object.text(name, &decode_form(raw)?),
        (_, None) => object.json(name, to_json(&query::list(style, &[raw])?, Side::Caller)),
    }
    Ok(())
}

/// The text, if it is JSON: it is put into a document that is checked in full later.
pub(super) fn checked_json(text: String) -> Result<Vec<u8>, String> {
    let bytes = text.into_bytes();
    let start = space_end(&bytes, 0);
    match value_end(&bytes, start, DEPTH) {
        Ok(end) if space_end(&bytes, end) == bytes.len() => Ok(bytes),
        _ => Err("is not JSON".to_string()),
    }
}

/// The value, an object, as a form.
///
/// # Errors
/// It is no object.
pub fn encode(value: &dyn Encode, styles: &[(&str, Style)]) -> Result<String, String> {
    let mut out = String::new();
    for (name, value) in object_of(value)? {
        let given = style_of(&name, styles);
        let style = if matches!(value, Json::Object(_)) && given == Style::FormExploded {
            Style::Json
        } else {
            given
        };
        let param = match style {
            Style::Json => Some(ParamValue::json(&value)).filter(|_| value != Json::Null),
            _ => ParamValue::of_json(&value),
        };
        if let Some(param) = param {
            style::query(&mut out, style, &name, &param);
        }
    }
    Ok(out)
}

/// The fields of a value that is an object.
pub(super) fn object_of(value: &dyn Encode) -> Result<crate::value::Dict<Json>, String> {
    let bytes = to_json(value, Side::Backend);
    match Json::own(&bytes) {
        Json::Object(fields) => Ok(fields),
        _ => Err("must be a record".to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).expect("it is UTF-8")
    }

    #[test]
    fn forms_are_read() {
        let styles = [("filter", Style::DeepObject), ("data", Style::Json), ("tags", Style::Form)];
        let form =
            "a=1&b=x+y%26&a=2&filter[x]=1&filter[y]=2&filter[x]=3&data=%7B%22c%22:[1]%7D&tags=p,q%2C&z[0]=";
        assert_eq!(
            decode(form.as_bytes(), &styles, "body").map(shown),
            Ok(r#"{"a":["1","2"],"b":"x y&","filter":{"x":["1","3"],"y":"2"},"data":{"c":[1]},"tags":["p","q,"],"z[0]":""}"#.to_string())
        );
        assert_eq!(decode(b"", &[], "body").map(shown), Ok("{}".to_string()));
    }

    #[test]
    fn what_is_wrong_with_forms() {
        let faults = decode(b"a=%f&data={&b=1", &[("data", Style::Json)], "body").expect_err("it is wrong");
        assert_eq!(
            faults,
            [
                FaultAt::new("body.a", "has an escape that is not complete"),
                FaultAt::new("body.data", "is not JSON")
            ]
        );
        assert!(
            decode(b"\xff", &[], "body").is_err()
                && decode("a&".repeat(1001).as_bytes(), &[], "body").is_err()
        );
        let colliding = "filter[a]=1&".repeat(1000);
        assert!(decode(colliding.as_bytes(), &[("filter", Style::DeepObject)], "body").is_ok());
    }

    #[test]
    fn forms_are_written() {
        let value = Json::parse(r#"{"a":[1,2],"b":"x y&","c":null,"d":{"e":[1]},"f":{"g":true}}"#)
            .expect("it is JSON");
        let form = encode(&value, &[("f", Style::DeepObject)]).expect("it is an object");
        assert_eq!(form, "a=1&a=2&b=x%20y%26&d=%7B%22e%22%3A%5B1%5D%7D&f%5Bg%5D=true");
        let again =
            decode(form.as_bytes(), &[("d", Style::Json), ("f", Style::DeepObject)], "body").map(shown);
        assert_eq!(again, Ok(r#"{"a":["1","2"],"b":"x y&","d":{"e":[1]},"f":{"g":"true"}}"#.to_string()));
        assert!(encode(&1_i64, &[]).is_err());
    }
}
