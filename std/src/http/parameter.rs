//! One parameter of a request. Whatever style it stands in, it becomes a small JSON document of texts, and is read by the
//! same function that reads its type from a body: so a type has one set of rules, and one way to say what is wrong.

use http::header::COOKIE;

use super::request::Request;
use crate::codec::percent::decode_form;
use crate::codec::query::{self, header_fields, header_list};
use crate::codec::{FaultAt, ParamValue, Reader, Side, Style, fields_json, from_json, from_texts, to_json};

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Place {
    Path,
    Query,
    Header,
    Cookie,
}

/// What a parameter is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shape {
    Text,
    List,
    Fields(&'static [&'static str]),
    Json,
}

/// A parameter that is about to be read: a single value, unless it is said to be something else.
pub struct Parameter<'a> {
    request: &'a mut Request,
    place: Place,
    name: &'static str,
    style: Style,
    shape: Shape,
}

impl<'a> Parameter<'a> {
    pub(super) fn new(request: &'a mut Request, place: Place, name: &'static str) -> Parameter<'a> {
        let style = match place {
            Place::Path | Place::Header => Style::Simple,
            Place::Query | Place::Cookie => Style::FormExploded,
        };
        Parameter { request, place, name, style, shape: Shape::Text }
    }

    /// The style that the contract says; without it, the usual one of the place.
    pub fn styled(self, style: Style) -> Parameter<'a> {
        Parameter { style, ..self }
    }

    pub fn list(self) -> Parameter<'a> {
        Parameter { shape: Shape::List, ..self }
    }

    /// A record with these fields.
    pub fn fields(self, known: &'static [&'static str]) -> Parameter<'a> {
        Parameter { shape: Shape::Fields(known), ..self }
    }

    /// Any value, as JSON.
    pub fn json(self) -> Parameter<'a> {
        Parameter { shape: Shape::Json, ..self }
    }

    /// The value, which has to be there. None: a fault has been recorded.
    pub fn required<T>(mut self, decode: impl FnOnce(&mut Reader<'_>) -> Option<T>) -> Option<T> {
        let at = self.at();
        let outcome = match self.find() {
            Ok(Some(value)) => self.decode(&value, &at, decode),
            Ok(None) => Err(vec![FaultAt::new(at, "is missing")]),
            Err(message) => Err(vec![FaultAt::new(at, message)]),
        };
        outcome.map_err(|faults| self.request.note(faults)).ok()
    }

    /// The value, if there is one.
    pub fn optional<T>(mut self, decode: impl FnOnce(&mut Reader<'_>) -> Option<T>) -> Option<Option<T>> {
        let at = self.at();
        let outcome = match self.find() {
            Ok(Some(value)) => self.decode(&value, &at, decode).map(Some),
            Ok(None) => Ok(None),
            Err(message) => Err(vec![FaultAt::new(at, message)]),
        };
        outcome.map_err(|faults| self.request.note(faults)).ok()
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
        [place, ".", self.name].concat()
    }

    fn decode<T>(
        &self,
        value: &ParamValue,
        at: &str,
        decode: impl FnOnce(&mut Reader<'_>) -> Option<T>,
    ) -> Result<T, Vec<FaultAt>> {
        match (value, self.shape) {
            (ParamValue::Text(text), Shape::Json) => from_json(text.as_bytes(), Side::Caller, at, decode),
            (ParamValue::Text(text), _) => from_texts(&to_json(text, Side::Caller), at, decode),
            (ParamValue::List(texts), _) => from_texts(&to_json(texts, Side::Caller), at, decode),
            (ParamValue::Fields(fields), _) => from_texts(&fields_json(fields), at, decode),
        }
    }

    /// What the parameter is, if it is there.
    fn find(&mut self) -> Result<Option<ParamValue>, String> {
        match self.place {
            Place::Path => self.in_path(),
            Place::Query => self.in_query(),
            Place::Header => self.in_header(),
            Place::Cookie => self.in_cookie(),
        }
    }

    fn in_path(&self) -> Result<Option<ParamValue>, String> {
        let Some(raw) = self.request.path_value(self.name) else { return Ok(None) };
        if raw.contains(';') && !matches!(self.style, Style::Matrix | Style::MatrixExploded) {
            return Err("must not contain `;`".to_owned());
        }
        let value = match self.shape {
            Shape::Text | Shape::Json => ParamValue::Text(query::path_text(self.style, self.name, raw)?),
            Shape::List => ParamValue::List(query::path_list(self.style, self.name, raw)?),
            Shape::Fields(_) => ParamValue::Fields(query::path_fields(self.style, self.name, raw)?),
        };
        Ok(Some(value))
    }

    fn in_query(&mut self) -> Result<Option<ParamValue>, String> {
        let query = self.request.query_mut();
        if let Shape::Fields(known) = self.shape {
            return query.fields(self.style, self.name, known);
        }
        let raws = query.values(self.name);
        match self.shape {
            Shape::List if raws.is_empty() => Ok(None),
            Shape::List => query::list(self.style, &raws).map(|texts| Some(ParamValue::List(texts))),
            Shape::Text | Shape::Json | Shape::Fields(_) => {
                only(raws)?.map(|raw| decode_form(raw).map(ParamValue::Text)).transpose()
            }
        }
    }

    fn in_header(&self) -> Result<Option<ParamValue>, String> {
        let values = self.request.parts().headers.get_all(self.name).iter();
        let texts: Result<Vec<_>, _> = values.map(|value| value.to_str()).collect();
        let texts = texts.map_err(|_| "must be in ASCII".to_owned())?;
        match self.shape {
            Shape::Text | Shape::Json => Ok(only(texts)?.map(|text| ParamValue::Text(text.to_owned()))),
            Shape::List | Shape::Fields(_) if texts.is_empty() => Ok(None),
            Shape::List => Ok(Some(ParamValue::List(header_list(&texts.join(","))))),
            Shape::Fields(_) => {
                header_fields(self.style, &texts.join(",")).map(|fields| Some(ParamValue::Fields(fields)))
            }
        }
    }

    fn in_cookie(&self) -> Result<Option<ParamValue>, String> {
        if self.shape == Shape::List && !self.style.is_exploded() {
            let all = self.request.parts().headers.get_all(COOKIE).iter();
            let all = all.filter_map(|value| value.to_str().ok());
            let lists = all.flat_map(|text| query::cookie_lists(text, self.name)).collect();
            return Ok(only::<Vec<String>>(lists)?.map(ParamValue::List));
        }
        let texts = crate::auth::cookies(&self.request.parts().headers, self.name);
        match self.shape {
            Shape::List if texts.is_empty() => Ok(None),
            Shape::List => Ok(Some(ParamValue::List(texts))),
            Shape::Fields(_) => {
                let fields = only(texts)?.map(|text| header_fields(Style::Simple, &text)).transpose()?;
                Ok(fields.map(ParamValue::Fields))
            }
            Shape::Text | Shape::Json => Ok(only(texts)?.map(ParamValue::Text)),
        }
    }
}

/// The only value, if there is one.
fn only<T>(values: Vec<T>) -> Result<Option<T>, String> {
    let mut values = values.into_iter();
    match (values.next(), values.next()) {
        (_, Some(_)) => Err("is there more than once".to_owned()),
        (only, None) => Ok(only),
    }
}
