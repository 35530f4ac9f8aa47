//! Bodies of several parts (`multipart/form-data`, RFC 7578) as objects of JSON: read into one for `from_texts`, and written from
//! one. Bytes stand in base64 there, as they do in all JSON, so a record is read and written by the same code in any form.

mod read;

use std::hash::{BuildHasher, RandomState};

use super::form::object_of;
use super::param::text_of;
use super::{Encode, Side, to_json};
use crate::value::{Bytes, Json};

pub use read::{boundary, decode};

/// How the field of a record travels as a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Text,
    Json,
    /// As a file.
    Binary,
}

/// A body that is ready to be sent, and its media type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Multipart {
    pub media_type: String,
    pub body: Vec<u8>,
}

/// The value, an object, as a body of several parts. What is not named is a text, or JSON if it is an object.
///
/// # Errors
/// It is no object, or what should be bytes are none.
pub fn encode(value: &dyn Encode, parts: &[(&str, Part)]) -> Result<Multipart, String> {
    let mut contents = Vec::new();
    for (name, value) in object_of(value)? {
        let part = parts.iter().find(|(known, _)| *known == name).map(|(_, part)| *part);
        let values = match (value, part) {
            (Json::Null, _) => continue,
            (Json::List(items), None | Some(Part::Text | Part::Binary)) => items,
            (value, _) => vec![value],
        };
        for value in &values {
            contents.push((head(&name, value, part), content(&name, value, part)?));
        }
    }
    let boundary = unused_boundary(&contents);
    let mut body = Vec::new();
    for (head, content) in &contents {
        body.extend_from_slice(format!("--{boundary}\r\n{head}\r\n\r\n").as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok(Multipart { media_type: format!("multipart/form-data; boundary={boundary}"), body })
}

fn kind(value: &Json, part: Option<Part>) -> Part {
    match value {
        Json::Object(_) | Json::List(_) => part.unwrap_or(Part::Json),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => part.unwrap_or(Part::Text),
    }
}

fn head(name: &str, value: &Json, part: Option<Part>) -> String {
    let name = name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
    let head = format!("Content-Disposition: form-data; name=\"{name}\"");
    match kind(value, part) {
        Part::Text => head,
        Part::Json => format!("{head}\r\nContent-Type: application/json"),
        Part::Binary => format!("{head}; filename=\"{name}\"\r\nContent-Type: application/octet-stream"),
    }
}

fn content(name: &str, value: &Json, part: Option<Part>) -> Result<Vec<u8>, String> {
    match kind(value, part) {
        Part::Text => Ok(text_of(value).unwrap_or_default().into_bytes()),
        Part::Json => Ok(to_json(value, Side::Backend)),
        Part::Binary => {
            let bytes = Bytes::parse(&text_of(value).unwrap_or_default());
            bytes.map(|bytes| bytes.as_slice().to_vec()).map_err(|_| format!("`{name}` must be bytes"))
        }
    }
}

/// A line that is in none of the contents. It cannot be guessed, so no content can be made to hold it.
fn unused_boundary(contents: &[(String, Vec<u8>)]) -> String {
    loop {
        let random = RandomState::new();
        let boundary = format!("flow-{:016x}{:016x}", random.hash_one(1), random.hash_one(2));
        let used = |bytes: &[u8]| read::position(bytes, boundary.as_bytes()).is_some();
        if !contents.iter().any(|(_, content)| used(content)) {
            return boundary;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::FaultAt;

    fn again(sent: &Multipart, parts: &[(&str, Part)]) -> Result<Json, Vec<FaultAt>> {
        let boundary = boundary(&sent.media_type).expect("it has one");
        let json = decode(&sent.body, &boundary, parts, "body")?;
        Ok(Json::parse(&String::from_utf8(json).expect("it is UTF-8")).expect("it is JSON"))
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = r#"{"a":"x\r\n--y","b\"c":"é","list":["1","2"],"file":"AAECDQo=","o":{"p":[1]}}"#;
        let value = Json::parse(text).expect("it is JSON");
        let parts = [("file", Part::Binary)];
        let sent = encode(&value, &parts).expect("it is an object");
        assert_eq!(again(&sent, &parts), Ok(value.clone()));
        assert_eq!(again(&sent, &[]), Ok(value));
    }

    #[test]
    fn the_form_of_a_part() {
        let value = Json::parse(r#"{"n":1,"none":null,"file":["QQ==","Qg=="]}"#).expect("it is JSON");
        let sent = encode(&value, &[("file", Part::Binary)]).expect("it is an object");
        let body = String::from_utf8(sent.body).expect("it is UTF-8");
        let boundary = boundary(&sent.media_type).expect("it has one");
        let file = "Content-Disposition: form-data; name=\"file\"; filename=\"file\"\r\nContent-Type: application/octet-stream\r\n\r\n";
        let expected = format!(
            "--B\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n1\r\n--B\r\n{file}A\r\n--B\r\n{file}B\r\n--B--\r\n"
        );
        assert_eq!(body.replace(&boundary, "B"), expected);
        assert!(encode(&Json::Null, &[]).is_err());
        let value = Json::parse(r#"{"file":"no base64"}"#).expect("it is JSON");
        assert!(encode(&value, &[("file", Part::Binary)]).is_err());
    }
}
