//! The path templates of operations. axum finds the routes by their shape; which operation of those with the same shape
//! is meant, and what its parameters are, is found here: so two operations may name the same position differently, and
//! a segment may have text beside its parameter (`/orders/{id}:cancel`).

use http::StatusCode;

use super::rejection::Rejection;
use crate::codec::percent;

/// A path template.
#[derive(Debug)]
pub struct Template {
    segments: Vec<Vec<Piece>>,
    names: Vec<Box<str>>,
}

#[derive(Debug)]
enum Piece {
    Text(Box<str>),
    Parameter,
}

impl Template {
    pub fn new(path: &str) -> Template {
        let mut names = Vec::new();
        let path = path.strip_prefix('/').unwrap_or(path);
        let segments = path.split('/').map(|segment| pieces(segment, &mut names)).collect();
        Template { segments, names }
    }

    /// The path for axum: parameters are named by where they stand.
    pub fn shape(&self) -> String {
        let mut shape = String::new();
        for (index, segment) in self.segments.iter().enumerate() {
            shape.push('/');
            match segment.as_slice() {
                [] => {}
                [Piece::Text(text)] => shape.push_str(&text.replace('{', "{{").replace('}', "}}")),
                _ => shape.push_str(&format!("{{p{index}}}")),
            }
        }
        shape
    }

    /// How much of the template is said literally: of two that fit, the one that says more is meant.
    pub fn literal(&self) -> usize {
        let length = |piece: &Piece| match piece {
            Piece::Text(text) => text.len(),
            Piece::Parameter => 0,
        };
        self.segments.iter().flatten().map(length).sum()
    }

    /// The values of the parameters in this path, still escaped, if it fits.
    pub fn values(&self, path: &[&str]) -> Option<Vec<String>> {
        let mut values = Vec::with_capacity(self.names.len());
        let fits = path.len() == self.segments.len()
            && self.segments.iter().zip(path).all(|(pieces, text)| take(pieces, text, &mut values));
        if fits { Some(values) } else { None }
    }

    pub fn names(&self) -> &[Box<str>] {
        &self.names
    }
}

fn pieces(segment: &str, names: &mut Vec<Box<str>>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = segment;
    while let Some((text, (name, behind))) =
        rest.split_once('{').and_then(|(text, tail)| Some((text, tail.split_once('}')?)))
    {
        if !text.is_empty() {
            pieces.push(Piece::Text(text.into()));
        }
        pieces.push(Piece::Parameter);
        names.push(name.into());
        rest = behind;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.into()));
    }
    pieces
}

/// Whether a segment fits its pieces. A parameter is never empty, and as short as what stands behind it allows.
fn take(pieces: &[Piece], text: &str, values: &mut Vec<String>) -> bool {
    match pieces {
        [] => text.is_empty(),
        [Piece::Text(literal), rest @ ..] => {
            text.strip_prefix(&**literal).is_some_and(|text| take(rest, text, values))
        }
        [Piece::Parameter] => keep(text, values),
        [Piece::Parameter, Piece::Text(literal)] => {
            text.strip_suffix(&**literal).is_some_and(|value| keep(value, values))
        }
        [Piece::Parameter, Piece::Text(literal), rest @ ..] => text
            .split_once(&**literal)
            .is_some_and(|(value, text)| keep(value, values) && take(rest, text, values)),
        [Piece::Parameter, Piece::Parameter, ..] => false,
    }
}

fn keep(value: &str, values: &mut Vec<String>) -> bool {
    values.push(value.to_owned());
    !value.is_empty()
}

/// The segments of a path, still escaped. What a system behind us could take for another path than the template's is
/// refused: escaped slashes, segments of points, control characters. (A semicolon separates parameters of a segment, and
/// only a parameter of that style takes it.)
pub fn segments(path: &str) -> Result<Vec<&str>, Rejection> {
    let missing = || Rejection::new(StatusCode::NOT_FOUND, "");
    let path = path.strip_prefix('/').ok_or_else(missing)?;
    let mut segments = Vec::with_capacity(8);
    for segment in parts(path) {
        if segment.is_empty() && !path.is_empty() {
            return Err(missing());
        }
        let is_plain = |byte: u8| byte != b'%' && byte != 0;
        let is_good = match segment.bytes().all(is_plain) {
            true => is_safe(segment),
            false => percent::decode(segment).is_ok_and(|text| is_safe(&text)),
        };
        if !is_good {
            return Err(Rejection::new(StatusCode::BAD_REQUEST, "the path is malformed"));
        }
        segments.push(segment);
    }
    Ok(segments)
}

/// What stands between slashes. Segments are short, and then a search for a sign is more than to look at all of them.
fn parts(path: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(path);
    std::iter::from_fn(move || {
        let path = rest.take()?;
        let Some(at) = path.bytes().position(|byte| byte == b'/') else { return Some(path) };
        rest = path.get(at + 1..);
        path.get(..at)
    })
}

fn is_safe(segment: &str) -> bool {
    let is_odd = |char: char| char.is_control() || matches!(char, '/' | '\\');
    !is_dots(segment) && !segment.contains(is_odd)
}

fn is_dots(segment: &str) -> bool {
    segment.starts_with('.') && matches!(segment.split(';').next(), Some("." | ".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(template: &str, path: &str) -> Option<Vec<String>> {
        Template::new(template).values(&segments(path).ok()?)
    }

    #[test]
    fn parameters_are_whole_segments_or_parts_of_them() {
        assert_eq!(values("/v1/orders/{id}", "/v1/orders/a%20b"), Some(vec!["a%20b".to_owned()]));
        assert_eq!(values("/a/{x}/b/{y}", "/a/1/b/2"), Some(vec!["1".to_owned(), "2".to_owned()]));
        assert_eq!(values("/orders/{id}:cancel", "/orders/a:b:cancel"), Some(vec!["a:b".to_owned()]));
        assert_eq!(values("/v{x}/{a}-{b}.json", "/v1/2-3-4.json").unwrap_or_default(), ["1", "2", "3-4"]);
        assert_eq!(values("/", "/"), Some(vec![]));
        for (template, path) in
            [("/a/{x}", "/a"), ("/a/{x}", "/a/b/c"), ("/{x}:y", "/:y"), ("/a", "/b"), ("/a", "/")]
        {
            assert_eq!(values(template, path), None, "{template} {path}");
        }
    }

    #[test]
    fn templates_of_one_shape_share_a_route() {
        assert_eq!(Template::new("/a/{id}/b").shape(), "/a/{p1}/b");
        assert_eq!(Template::new("/a/{order}:cancel/b").shape(), "/a/{p1}/b");
        assert_eq!(Template::new("/").shape(), "/");
        assert!(Template::new("/a/{id}:cancel").literal() > Template::new("/a/{id}").literal());
    }

    #[test]
    fn a_path_that_could_be_taken_for_another_is_refused() {
        for bad in
            ["/a%2Fb", "/a%2fb", "/%00", "/%ff", "/%c0%af", "/../a", "/a/.", "/%2e%2e/a", "/..;b=c", "/a%5cb"]
        {
            assert!(segments(bad).is_err(), "{bad}");
        }
        for missing in ["//a", "/a/", "/a//b", "*", ""] {
            assert!(segments(missing).is_err(), "{missing}");
        }
    }
}
