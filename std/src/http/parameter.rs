//! One parameter of a request. Whatever form it stands in, it is written as a small JSON document of texts, and read by
//! the same function that reads its type from a body: so a type has one set of rules, and one way to say what is wrong.

use std::borrow::Cow;

use super::query::decoded;
use super::request::Request;
use crate::codec::{FaultAt, Reader, Side, Writer, from_json, from_texts};

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Place {
    Path,
    Query,
    Header,
    Cookie,
}

/// How a list or a record stands in a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    Single,
    Separated(char),
    Repeated,
    Pairs(char),
    Assigned(char),
    Fields,
    Flat(&'static [&'static str]),
    Json,
}

/// A parameter that is about to be read.
pub struct Parameter<'a> {
    request: &'a mut Request,
    place: Place,
    name: &'static str,
    form: Form,
    prefix: &'static str,
}

impl<'a> Parameter<'a> {
    pub(super) fn new(request: &'a mut Request, place: Place, name: &'static str) -> Parameter<'a> {
        Parameter { request, place, name, form: Form::Single, prefix: "" }
    }

    /// A list: `a,b`.
    pub fn separated(self, by: char) -> Parameter<'a> {
        Parameter { form: Form::Separated(by), ..self }
    }

    /// A list in a query: `name=a&name=b`.
    pub fn repeated(self) -> Parameter<'a> {
        Parameter { form: Form::Repeated, ..self }
    }

    /// A record: `a,1,b,2`.
    pub fn pairs(self, by: char) -> Parameter<'a> {
        Parameter { form: Form::Pairs(by), ..self }
    }

    /// A record: `a=1,b=2`.
    pub fn assigned(self, by: char) -> Parameter<'a> {
        Parameter { form: Form::Assigned(by), ..self }
    }

    /// A record in a query: `name[a]=1&name[b]=2`.
    pub fn fields(self) -> Parameter<'a> {
        Parameter { form: Form::Fields, ..self }
    }

    /// A record in a query, of which each field is a parameter: `a=1&b=2`.
    pub fn flat(self, fields: &'static [&'static str]) -> Parameter<'a> {
        Parameter { form: Form::Flat(fields), ..self }
    }

    /// Any value, as JSON.
    pub fn json(self) -> Parameter<'a> {
        Parameter { form: Form::Json, ..self }
    }

    /// What stands in front of the value: `.` in the style `label`.
    pub fn prefixed(self, prefix: &'static str) -> Parameter<'a> {
        Parameter { prefix, ..self }
    }

    /// The value, which has to be there. None: a fault has been recorded.
    pub fn required<T>(self, decode: impl FnOnce(&mut Reader<'_>) -> Option<T>) -> Option<T> {
        let (at, request) = (self.at(), self.read());
        match request {
            (request, Ok(Some(document))) => keep(request, document.decode(&at, decode)),
            (request, Ok(None)) => keep(request, Err(vec![FaultAt::new(at, "is missing")])),
            (request, Err(message)) => keep(request, Err(vec![FaultAt::new(at, message)])),
        }
    }

    /// The value, if there is one.
    pub fn optional<T>(self, decode: impl FnOnce(&mut Reader<'_>) -> Option<T>) -> Option<Option<T>> {
        let (at, request) = (self.at(), self.read());
        match request {
            (request, Ok(Some(document))) => keep(request, document.decode(&at, decode)).map(Some),
            (_, Ok(None)) => Some(None),
            (request, Err(message)) => keep(request, Err(vec![FaultAt::new(at, message)])),
        }
    }

    /// The value, or what holds where there is none.
    pub fn or<T>(
        self,
        default: impl FnOnce() -> T,
        decode: impl FnOnce(&mut Reader<'_>) -> Option<T>,
    ) -> Option<T> {
        self.optional(decode).map(|value| value.unwrap_or_else(default))
    }

    fn at(&self) -> String {
        let place = match self.place {
            Place::Path => "path",
            Place::Query => "query",
            Place::Header => "header",
            Place::Cookie => "cookie",
        };
        format!("{place}.{}", self.name)
    }

    /// The document that the parameter is, if it is there.
    fn read(self) -> (&'a mut Request, Result<Option<Document>, String>) {
        let Parameter { request, place, name, form, prefix } = self;
        let document = match (form, place) {
            (Form::Fields, Place::Query) => Ok(record(request.query.fields(name))),
            (Form::Flat(names), Place::Query) => {
                for name in names {
                    request.query.values(name);
                }
                Ok(record(request.query.all().filter(|(name, _)| names.contains(name)).collect()))
            }
            (form, place) => values(request, place, name).and_then(|values| document(form, prefix, values)),
        };
        (request, document)
    }
}

fn keep<T>(request: &mut Request, outcome: Result<T, Vec<FaultAt>>) -> Option<T> {
    outcome.map_err(|faults| request.note(faults)).ok()
}

/// A value that stands in a parameter. In a query it is still encoded.
struct Raw<'a> {
    text: Cow<'a, str>,
    is_encoded: bool,
}

impl Raw<'_> {
    fn parts(&self, by: char) -> Vec<String> {
        // A space is written as `+` or `%20` where it separates, and then nothing else can be escaped.
        if self.is_encoded && by == ' ' {
            return decoded(&self.text).split(' ').map(str::to_owned).collect();
        }
        let parts = self.text.split(by);
        if self.is_encoded {
            parts.map(decoded).collect()
        } else {
            parts.map(|part| part.trim().to_owned()).collect()
        }
    }

    fn whole(&self) -> String {
        if self.is_encoded { decoded(&self.text) } else { self.text.clone().into_owned() }
    }
}

fn values<'r>(request: &'r mut Request, place: Place, name: &str) -> Result<Vec<Raw<'r>>, String> {
    let plain = |text: &'r str| Raw { text: Cow::Borrowed(text), is_encoded: false };
    match place {
        Place::Path => Ok(request.path_value(name).map(plain).into_iter().collect()),
        Place::Query => {
            let encoded = |text: &'r str| Raw { text: Cow::Borrowed(text), is_encoded: true };
            Ok(request.query.values(name).into_iter().map(encoded).collect())
        }
        Place::Header => {
            let values = request.parts.headers.get_all(name).iter();
            let texts: Result<Vec<_>, _> = values.map(|value| value.to_str()).collect();
            Ok(texts.map_err(|_| "must be in ASCII".to_owned())?.into_iter().map(plain).collect())
        }
        Place::Cookie => {
            Ok(super::auth::cookie(&request.parts.headers, name).map(plain).into_iter().collect())
        }
    }
}

/// A small JSON document.
struct Document {
    json: Vec<u8>,
    is_of_texts: bool,
}

impl Document {
    fn of_texts(to: Writer) -> Document {
        Document { json: to.finish(), is_of_texts: true }
    }

    fn decode<T>(
        &self,
        at: &str,
        decode: impl FnOnce(&mut Reader<'_>) -> Option<T>,
    ) -> Result<T, Vec<FaultAt>> {
        if self.is_of_texts {
            from_texts(&self.json, at, decode)
        } else {
            from_json(&self.json, Side::Caller, at, decode)
        }
    }
}

fn document(form: Form, prefix: &str, values: Vec<Raw<'_>>) -> Result<Option<Document>, String> {
    let mut to = Writer::new(Side::Caller);
    if form == Form::Repeated {
        if values.is_empty() {
            return Ok(None);
        }
        to.list(values.iter().map(Raw::whole));
        return Ok(Some(Document::of_texts(to)));
    }
    let value = match values.as_slice() {
        [] => return Ok(None),
        [only] => only,
        _ => return Err("is there more than once".to_owned()),
    };
    let text = value.text.strip_prefix(prefix).ok_or_else(|| format!("must begin with `{prefix}`"))?;
    let value = Raw { text: Cow::Borrowed(text), is_encoded: value.is_encoded };
    match form {
        Form::Single => to.string(&value.whole()),
        Form::Json => return Ok(Some(Document { json: value.whole().into_bytes(), is_of_texts: false })),
        Form::Separated(_) if value.text.is_empty() => to.list::<String>([]),
        Form::Separated(by) => to.list(value.parts(by)),
        Form::Pairs(by) => {
            let parts = value.parts(by);
            let pairs = parts.chunks(2).map(|pair| match pair {
                [name, value] => Some((name.as_str(), value.as_str())),
                _ => None,
            });
            object(&mut to, pairs.collect::<Option<Vec<_>>>().ok_or("must be names and values in turn")?);
        }
        Form::Assigned(by) => {
            let parts = value.parts(by);
            let pairs = parts.iter().map(|part| part.split_once('='));
            object(&mut to, pairs.collect::<Option<Vec<_>>>().ok_or("must be names with values")?);
        }
        Form::Repeated | Form::Fields | Form::Flat(_) => return Err("cannot stand here".to_owned()),
    }
    Ok(Some(Document::of_texts(to)))
}

/// A record of pairs that are still encoded.
fn record(pairs: Vec<(&str, &str)>) -> Option<Document> {
    if pairs.is_empty() {
        return None;
    }
    let pairs: Vec<_> = pairs.into_iter().map(|(name, value)| (name, decoded(value))).collect();
    let mut to = Writer::new(Side::Caller);
    object(&mut to, pairs.iter().map(|(name, value)| (*name, value.as_str())).collect());
    Some(Document::of_texts(to))
}

/// Names that are there more than once stay so, for the reader to find.
fn object(to: &mut Writer, pairs: Vec<(&str, &str)>) {
    let mut object = to.object();
    for (name, value) in pairs {
        object.entry(name, &value);
    }
    object.end();
}
