//! Values as parameters: one text, several, or texts with names. How these are put together is the matter of `style`.

use indexmap::IndexMap;

use super::{Encode, Side, Writer, to_json};
use crate::value::Json;

/// A parameter whose parts are texts already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParamValue {
    Text(String),
    List(Vec<String>),
    /// A name may be there more than once: its values are a list.
    Fields(Vec<(String, String)>),
}

impl ParamValue {
    /// The value as a parameter; none for null. What is nested deeper than a parameter can be stands as JSON.
    pub fn of(value: &dyn Encode) -> Option<ParamValue> {
        let bytes = to_json(value, Side::Backend);
        let json = Json::own(&bytes);
        ParamValue::of_json(&json)
    }

    pub(super) fn of_json(json: &Json) -> Option<ParamValue> {
        match json {
            Json::Null => None,
            Json::Bool(_) | Json::Number(_) | Json::Text(_) => text_of(json).map(ParamValue::Text),
            Json::List(items) => Some(ParamValue::List(items.iter().filter_map(text_of).collect())),
            Json::Object(entries) => {
                let fields = entries
                    .iter()
                    .flat_map(|(name, value)| texts_of(value).into_iter().map(|text| (name.clone(), text)));
                Some(ParamValue::Fields(fields.collect()))
            }
        }
    }

    /// The value as one text of JSON.
    pub fn json(value: &dyn Encode) -> ParamValue {
        ParamValue::Text(String::from_utf8(to_json(value, Side::Backend)).unwrap_or_default())
    }
}

/// The texts of a field: several for a list.
fn texts_of(json: &Json) -> Vec<String> {
    match json {
        Json::List(items) => items.iter().filter_map(text_of).collect(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::Object(_) => {
            text_of(json).into_iter().collect()
        }
    }
}

/// The value as one text; none for null, and JSON for what is nested.
pub(super) fn text_of(json: &Json) -> Option<String> {
    match json {
        Json::Null => None,
        Json::Bool(value) => Some(value.to_string()),
        Json::Number(text) | Json::Text(text) => Some(text.clone()),
        Json::List(_) | Json::Object(_) => {
            Some(String::from_utf8(to_json(json, Side::Backend)).unwrap_or_default())
        }
    }
}

/// An object of JSON with these fields, for `from_texts`. Names that are there more than once have lists.
pub fn fields_json(fields: &[(String, String)]) -> Vec<u8> {
    let mut object = Fields::default();
    for (name, text) in fields {
        object.text(name, text);
    }
    object.finish()
}

/// Collects the fields of an object whose values are JSON already, or objects of texts.
#[derive(Default)]
pub(super) struct Fields(IndexMap<String, Values>);

#[derive(Default)]
struct Values {
    json: Vec<Vec<u8>>,
    nested: Option<Box<Fields>>,
}

impl Fields {
    pub fn text(&mut self, name: &str, text: &str) {
        self.json(name, to_json(&text, Side::Caller));
    }

    pub fn json(&mut self, name: &str, json: Vec<u8>) {
        self.values(name).json.push(json);
    }

    /// A text at a key of the object that this field is.
    pub fn nested(&mut self, name: &str, key: &str, text: &str) {
        self.values(name).nested.get_or_insert_default().text(key, text);
    }

    fn values(&mut self, name: &str) -> &mut Values {
        self.0.entry(name.to_string()).or_default()
    }

    pub fn finish(self) -> Vec<u8> {
        let mut to = Writer::new(Side::Caller);
        let mut object = to.object();
        for (name, mut values) in self.0 {
            values.json.extend(values.nested.map(|nested| nested.finish()));
            object.entry(&name, &Written(&values.json));
        }
        object.end();
        to.finish()
    }
}

/// One value, or a list of several.
struct Written<'a>(&'a [Vec<u8>]);

impl Encode for Written<'_> {
    fn encode(&self, to: &mut Writer) {
        match self.0 {
            [only] => to.raw(only),
            many => to.list(many.iter().map(|one| Raw(one))),
        }
    }
}

struct Raw<'a>(&'a [u8]);

impl Encode for Raw<'_> {
    fn encode(&self, to: &mut Writer) {
        to.raw(self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> Option<ParamValue> {
        ParamValue::of(&Json::parse(json).expect("it is JSON"))
    }

    #[test]
    fn values_as_parameters() {
        let text = |text: &str| text.to_string();
        assert_eq!(of("null"), None);
        assert_eq!(of("\"a\\\"b\""), Some(ParamValue::Text(text("a\"b"))));
        assert_eq!(of("1.50"), Some(ParamValue::Text(text("1.50"))));
        assert_eq!(
            of("[1,true,null,[2]]"),
            Some(ParamValue::List(vec![text("1"), text("true"), text("[2]")]))
        );
        let fields = [("a", "1"), ("c", "x"), ("c", "y"), ("d", "{\"e\":1}")];
        let fields = fields.map(|(name, value)| (text(name), text(value))).to_vec();
        assert_eq!(
            of(r#"{"a":1,"b":null,"c":["x","y"],"d":{"e":1}}"#),
            Some(ParamValue::Fields(fields.clone()))
        );
        assert_eq!(fields_json(&fields), br#"{"a":"1","c":["x","y"],"d":"{\"e\":1}"}"#);
        assert_eq!(ParamValue::json(&vec![1_i64]), ParamValue::Text(text("[1]")));
    }
}
