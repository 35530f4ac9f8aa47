//! Reading a body of several parts. It is strict: no text before the first part or behind the last one, a name for each part,
//! and bounds for all that a caller can make large besides the body itself.

use super::Part;
use crate::codec::Side;
use crate::codec::form::checked_json;
use crate::codec::param::Fields;
use crate::codec::{FaultAt, place, to_json};
use crate::value::Bytes;

/// How many parts there may be, and how many bytes may stand above the content of each.
const PARTS: usize = 1000;
const HEAD: usize = 8 * 1024;

/// The line between the parts, as the media type names it.
pub fn boundary(media_type: &str) -> Option<String> {
    let (kind, params) = media_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = param(params, "boundary")?;
    let fits =
        (1..=70).contains(&boundary.len()) && boundary.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    fits.then_some(boundary)
}

/// The parts as an object of JSON: texts, JSON as it is, and bytes in base64. What a part is says `parts`, or else its media
/// type. `root` is what places of faults begin with.
///
/// # Errors
/// All that is wrong with the parts.
pub fn decode(
    body: &[u8],
    boundary: &str,
    parts: &[(&str, Part)],
    root: &str,
) -> Result<Vec<u8>, Vec<FaultAt>> {
    let contents = split(body, boundary).map_err(|why| vec![FaultAt::new(root, why)])?;
    let mut object = Fields::default();
    let mut faults = Vec::new();
    for part in contents {
        let head = head(part).map_err(|why| vec![FaultAt::new(root, why)])?;
        let kind = parts.iter().find(|(known, _)| *known == head.name).map_or(head.kind, |(_, kind)| *kind);
        if let Err(message) = field(&mut object, &head, kind) {
            let mut at = root.to_string();
            place::push_field(&mut at, &head.name);
            faults.push(FaultAt { at, message });
        }
    }
    if faults.is_empty() { Ok(object.finish()) } else { Err(faults.into_iter().take(50).collect()) }
}

fn field(object: &mut Fields, head: &Head<'_>, kind: Part) -> Result<(), String> {
    let text = || match std::str::from_utf8(head.content) {
        Ok(text) if text.contains('\0') => Err("must not contain the character NUL"),
        Ok(text) => Ok(text),
        Err(_) => Err("is not UTF-8"),
    };
    match kind {
        Part::Text => object.text(&head.name, text()?),
        Part::Json => object.json(&head.name, checked_json(text()?.to_string())?),
        Part::Binary => {
            let bytes = Bytes::new(head.content.to_vec());
            object.json(&head.name, to_json(&bytes, Side::Caller));
        }
    }
    Ok(())
}

/// What stands between the lines, heads and contents together.
fn split<'a>(body: &'a [u8], boundary: &str) -> Result<Vec<&'a [u8]>, &'static str> {
    let line = format!("\r\n--{boundary}");
    let first = line.trim_start().as_bytes();
    let mut rest = body.strip_prefix(first).ok_or("does not begin with a part")?;
    let mut parts = Vec::new();
    loop {
        if let Some(end) = rest.strip_prefix(b"--") {
            return match end {
                b"" | b"\r\n" => Ok(parts),
                _ => Err("has something behind its last part"),
            };
        }
        rest = rest.strip_prefix(b"\r\n").ok_or("has a line between parts that is wrong")?;
        let end = position(rest, line.as_bytes()).ok_or("has a part that does not end")?;
        let (part, after) = rest.split_at(end);
        parts.push(part);
        rest = after.get(line.len()..).unwrap_or_default();
        if parts.len() > PARTS {
            return Err("has too many parts");
        }
    }
}

/// A part, taken apart.
struct Head<'a> {
    name: String,
    kind: Part,
    content: &'a [u8],
}

fn head(part: &[u8]) -> Result<Head<'_>, &'static str> {
    const UNNAMED: &str = "has a part without a name";
    let start = part.get(..HEAD.min(part.len())).unwrap_or_default();
    let end = position(start, b"\r\n\r\n").ok_or("has a part without a head, or one that is too long")?;
    let lines = std::str::from_utf8(start.get(..end).unwrap_or_default())
        .map_err(|_| "has a head that is not UTF-8")?;
    let header = |wanted: &str| {
        let mut all = lines.split("\r\n").filter_map(|line| line.split_once(':'));
        all.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim())
    };
    let (form, params) =
        header("content-disposition").and_then(|value| value.split_once(';')).ok_or(UNNAMED)?;
    if !form.trim().eq_ignore_ascii_case("form-data") {
        return Err(UNNAMED);
    }
    let name = param(params, "name").ok_or(UNNAMED)?;
    let media = header("content-type")
        .map(|media| media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    let kind = match media.as_deref() {
        Some("application/json") => Part::Json,
        Some(media) if !media.starts_with("text/") => Part::Binary,
        _ if param(params, "filename").is_some() => Part::Binary,
        _ => Part::Text,
    };
    let content = part.get(end + 4..).unwrap_or_default();
    Ok(Head { name: name.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n"), kind, content })
}

/// A parameter of a header: `name=value` or `name="value"`, with semicolons between.
fn param(params: &str, wanted: &str) -> Option<String> {
    let mut rest = params;
    loop {
        let (name, after) = rest.split_once('=')?;
        let name = name.trim_matches([' ', '\t', ';']);
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => {
                let (value, next) = after.split_once(';').unwrap_or((after, ""));
                (value.trim().to_string(), next)
            }
        };
        if name.eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = next;
    }
}

/// The text up to the closing quote, and what follows. Only a quote and a backslash are escaped, as browsers once did.
fn unquoted(quoted: &str) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut characters = quoted.chars();
    loop {
        match characters.next()? {
            '"' => return Some((out, characters.as_str())),
            '\\' if characters.as_str().starts_with(['"', '\\']) => out.push(characters.next()?),
            other => out.push(other),
        }
    }
}

/// Where `wanted` begins.
pub(super) fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = wanted.first()?;
    let mut from = 0;
    loop {
        let rest = bytes.get(from..)?;
        let at = from + rest.iter().position(|byte| byte == first)?;
        if bytes.get(at..)?.starts_with(wanted) {
            return Some(at);
        }
        from = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<String, Vec<String>> {
        let json = decode(body.replace('\n', "\r\n").as_bytes(), "B", &[], "body");
        let shown = |fault: FaultAt| format!("{}: {}", fault.at, fault.message);
        json.map(|json| String::from_utf8(json).expect("it is UTF-8"))
            .map_err(|all| all.into_iter().map(shown).collect())
    }

    const NAMED: &str = "content-disposition: form-data; name=";

    #[test]
    fn parts() {
        let body = format!(
            "--B\n{NAMED}a\n\n1\n--B\nX: y\n{NAMED}\"b\"\nContent-Type: text/plain; charset=utf-8\n\nx\ny\n--B\n{NAMED}\"c\\\"d;\"\ncontent-type: application/json\n\n[1]\n--B\n{NAMED}f; filename=\"g\"\n\nA\n--B--"
        );
        assert_eq!(read(&body), Ok(r#"{"a":"1","b":"x\r\ny","c\"d;":[1],"f":"QQ=="}"#.to_string()));
        assert_eq!(read("--B--\n"), Ok("{}".to_string()));
    }

    #[test]
    fn what_is_wrong() {
        let one = |body: &str| read(body).map_err(|faults| faults.concat());
        let err = |text: &str| Err(text.to_string());
        assert_eq!(one(""), err("body: does not begin with a part"));
        assert_eq!(one("x\n--B--"), err("body: does not begin with a part"));
        assert_eq!(one("--B--x"), err("body: has something behind its last part"));
        assert_eq!(one("--Bx"), err("body: has a line between parts that is wrong"));
        assert_eq!(one(&format!("--B\n{NAMED}a\n\n1")), err("body: has a part that does not end"));
        assert_eq!(one("--B\nx: y\n\n1\n--B--"), err("body: has a part without a name"));
        assert_eq!(
            one("--B\ncontent-disposition: attachment; name=a\n\n1\n--B--"),
            err("body: has a part without a name")
        );
        assert_eq!(
            one(&format!("--B\n{NAMED}a\n1\n--B--")),
            err("body: has a part without a head, or one that is too long")
        );
        assert_eq!(
            one(&format!("--B\n{NAMED}a\n\n\0\n--B--")),
            err("body.a: must not contain the character NUL")
        );
        assert_eq!(
            one(&format!("--B\n{NAMED}a\ncontent-type: application/json\n\n[\n--B--")),
            err("body.a: is not JSON")
        );
        let part = format!("\n{NAMED}a\n\n1\n--B");
        assert_eq!(one(&format!("--B{}--", part.repeat(1001))), err("body: has too many parts"));
        assert!(read(&format!("--B{}--", part.repeat(1000))).is_ok());
        assert!(read(&format!("--B\n{NAMED}a\nx: {}\n\n1\n--B--", "y".repeat(9000))).is_err());
    }

    #[test]
    fn boundaries() {
        let of = |media: &str| boundary(media);
        assert_eq!(of("multipart/form-data; boundary=abc"), Some("abc".to_string()));
        assert_eq!(of("Multipart/Form-Data;charset=utf-8; Boundary=\"a b\""), Some("a b".to_string()));
        for media in [
            "multipart/form-data",
            "text/plain; boundary=a",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=é",
        ] {
            assert_eq!(of(media), None, "{media}");
        }
        assert_eq!(of(&format!("multipart/form-data; boundary={}", "a".repeat(71))), None);
    }

    #[test]
    fn no_damage_makes_it_panic() {
        let body = format!("--B\n{NAMED}\"a\"; filename=\"x\"\n\n1\n--B--").replace('\n', "\r\n");
        for end in 0..body.len() {
            let cut = decode(body.as_bytes().get(..end).unwrap_or_default(), "B", &[], "body");
            assert!(cut.is_err() || end == body.len());
        }
        let all = "\r\n--".repeat(100_000);
        assert!(decode(format!("--B\r\n{all}").as_bytes(), "B", &[], "body").is_err());
    }
}
