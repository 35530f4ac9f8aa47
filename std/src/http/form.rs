//! Bodies that are forms. They become a JSON object of texts, and are then read by the function that reads their type
//! from JSON.

use super::multipart::{self, Part};
use super::query::{Query, decoded};
use crate::codec::{Encode, Side, Writer, from_json};
use crate::value::{Bytes, Json};

/// The fields of a form in the order in which each came first, with all their values.
type Fields = Vec<(String, Vec<Value>)>;

enum Value {
    Text(String),
    Json(Json),
}

impl Encode for Value {
    fn encode(&self, to: &mut Writer) {
        match self {
            Value::Text(text) => to.string(text),
            Value::Json(json) => to.json(json),
        }
    }
}

/// The JSON object that an urlencoded form is.
pub fn urlencoded(body: &[u8]) -> Result<Vec<u8>, String> {
    let text = std::str::from_utf8(body).map_err(|_| "must be in UTF-8".to_owned())?;
    let query = Query::parse(text)?;
    let mut fields = Fields::new();
    for (name, value) in query.all() {
        add(&mut fields, name, Value::Text(decoded(value)));
    }
    Ok(written(&fields))
}

/// The JSON object that a form of parts is.
pub fn multipart(body: &[u8], boundary: &str) -> Result<Vec<u8>, String> {
    let mut fields = Fields::new();
    for part in multipart::parts(body, boundary)? {
        add(&mut fields, &part.name, value(&part)?);
    }
    Ok(written(&fields))
}

/// A part is JSON or a text if it says so; with the name of a file, or of another type, it is bytes.
fn value(part: &Part<'_>) -> Result<Value, String> {
    let essence = part.media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence == "application/json" || essence.ends_with("+json") {
        let json = from_json(part.content, Side::Caller, &part.name, |from| from.json());
        return json.map(Value::Json).map_err(|_| "has a part that is not JSON".to_owned());
    }
    if part.is_file || !(essence.is_empty() || essence.starts_with("text/")) {
        return Ok(Value::Text(Bytes::new(part.content.to_vec()).to_string()));
    }
    let text = std::str::from_utf8(part.content).map_err(|_| "has a part that is not in UTF-8".to_owned())?;
    Ok(Value::Text(text.to_owned()))
}

fn add(fields: &mut Fields, name: &str, value: Value) {
    match fields.iter_mut().find(|(known, _)| known == name) {
        Some((_, values)) => values.push(value),
        None => fields.push((name.to_owned(), vec![value])),
    }
}

/// A field with one value is that value: the reader takes it for a list of one where it wants a list.
fn written(fields: &Fields) -> Vec<u8> {
    let mut to = Writer::new(Side::Caller);
    let mut object = to.object();
    for (name, values) in fields {
        match values.as_slice() {
            [only] => object.entry(name, only),
            _ => object.entry(name, values),
        };
    }
    object.end();
    to.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(bytes: Result<Vec<u8>, String>) -> String {
        bytes.map_or_else(|error| error, |bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    #[test]
    fn a_form_becomes_an_object_of_texts() {
        assert_eq!(json(urlencoded(b"a=1&b=x+y&a=%22&c")), r#"{"a":["1","\""],"b":"x y","c":""}"#);
        assert_eq!(json(urlencoded(b"a=%")), "is malformed");
    }

    #[test]
    fn parts_are_read_by_their_types() {
        let body = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n\
                    --b\r\nContent-Disposition: form-data; name=\"j\"\r\nContent-Type: application/json\r\n\r\n[1]\r\n\
                    --b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f.txt\"\r\n\r\nabc\r\n--b--\r\n";
        assert_eq!(json(multipart(body.as_bytes(), "b")), r#"{"a":"x","j":[1],"f":"YWJj"}"#);
        assert_eq!(json(multipart(body.replace("[1]", "[1").as_bytes(), "b")), "has a part that is not JSON");
    }
}
