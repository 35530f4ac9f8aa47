//! Bodies: JSON, forms and what else can be looked into, by the schema of their media type.

use flow_std::codec::{FaultAt, Style, form, multipart};
use flow_std::value::Json;

use super::super::message::Request;
use super::parameters::typed;
use super::value;
use crate::contract::Contract;
use crate::contract::model::{Body, Media, MediaKind, SchemaId, Shape};
use crate::standin::Way;

/// What a body says, as far as it can be read; what is wrong with it; and whether that is its media type.
pub struct Read {
    pub value: Option<Json>,
    pub faults: Vec<FaultAt>,
    pub is_of_another_type: bool,
}

pub fn read(contract: &mut Contract, body: Option<&Body>, request: &Request) -> Read {
    let read = |value, faults| Read { value, faults, is_of_another_type: false };
    let Some(body) = body else { return read(None, Vec::new()) };
    if request.body.is_empty() {
        let missing = body.required.then(|| FaultAt::new("body", "is missing"));
        return read(None, missing.into_iter().collect());
    }
    let stated = request.header("content-type").unwrap_or_default();
    if let Some(coding) = request.header("content-encoding").filter(|coding| *coding != "identity") {
        let fault =
            FaultAt::new("header.Content-Encoding", format!("must not be `{coding}`: it is not read here"));
        return Read { value: None, faults: vec![fault], is_of_another_type: true };
    }
    let Some(media) = body.content.iter().find(|media| accepts(&media.media_type, stated)) else {
        let types: Vec<String> = body.content.iter().map(|media| format!("`{}`", media.media_type)).collect();
        let message = match stated {
            "" => format!("is missing: the body must be {}", types.join(" or ")),
            _ => format!("must be {}", types.join(" or ")),
        };
        let fault = FaultAt::new("header.Content-Type", message);
        return Read { value: None, faults: vec![fault], is_of_another_type: true };
    };
    match parse(contract, media, stated, &request.body) {
        Ok(Some(value)) => {
            let schema = media.schema;
            let check = |schema| value::faults(contract, schema, &value, Way::Request, "body");
            let faults = schema.map(check).unwrap_or_default();
            read(Some(value), faults)
        }
        Ok(None) => read(None, Vec::new()),
        Err(faults) => read(None, faults),
    }
}

/// Whether a media type is one that a range such as `image/*` stands for. One that is not stated fits JSON alone.
fn accepts(range: &str, stated: &str) -> bool {
    let essence = |text: &str| text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let (range, stated) = (essence(range), essence(stated));
    match range.split_once('/') {
        _ if stated.is_empty() => range.is_empty() || range.contains("json") || range == "*/*",
        None | Some(("*", _)) => true,
        Some((class, "*")) => stated.split('/').next() == Some(class),
        Some(_) => range == stated,
    }
}

/// The value of a body; None where it cannot be looked into.
fn parse(
    contract: &mut Contract,
    media: &Media,
    stated: &str,
    body: &[u8],
) -> Result<Option<Json>, Vec<FaultAt>> {
    match media.kind {
        MediaKind::Json => json(body).map(Some),
        MediaKind::Form => {
            let objects = objects(contract, media.schema);
            let styles: Vec<(&str, Style)> =
                objects.iter().map(|name| (&**name, Style::DeepObject)).collect();
            let fields = form::decode(body, &styles, "body")?;
            of_texts(contract, media.schema, fields).map(Some)
        }
        MediaKind::Multipart => match multipart::boundary(stated) {
            Some(boundary) => {
                let fields = multipart::decode(body, &boundary, &[], "body")?;
                of_texts(contract, media.schema, fields).map(Some)
            }
            None if media.media_type.starts_with("multipart/form-data") => {
                Err(vec![FaultAt::new("header.Content-Type", "has no boundary")])
            }
            None => Ok(None),
        },
        MediaKind::Text => {
            let is_text =
                |schema| matches!(contract.schema(schema).shape, Shape::String { .. } | Shape::Enum { .. });
            let text = std::str::from_utf8(body);
            let text = text.map_err(|_| vec![FaultAt::new("body", "is not UTF-8")])?;
            Ok(media.schema.is_some_and(is_text).then(|| Json::Text(text.to_owned())))
        }
        MediaKind::JsonLines | MediaKind::Events | MediaKind::Binary => Ok(None),
    }
}

fn json(body: &[u8]) -> Result<Json, Vec<FaultAt>> {
    let wrong = |message: String| vec![FaultAt::new("body", message)];
    let text = std::str::from_utf8(body).map_err(|_| wrong("is not UTF-8".to_owned()))?;
    Json::parse(text).map_err(|_| match serde_json::from_str::<serde::de::IgnoredAny>(text) {
        Err(fault) => wrong(format!("is not JSON: {fault}")),
        Ok(_) => wrong("has a key twice, a character that is none, or too many levels".to_owned()),
    })
}

/// Fields that are objects may be written as `a[b]=c`.
fn objects(contract: &mut Contract, schema: Option<SchemaId>) -> Vec<String> {
    let Some(schema) = schema.map(|schema| contract.schema(schema)) else { return Vec::new() };
    let Shape::Object { fields, .. } = &schema.shape else { return Vec::new() };
    let is_object = |shape: &Shape| matches!(shape, Shape::Object { .. } | Shape::Dict { .. });
    let objects = fields.iter().filter(|field| is_object(&contract.schema(field.schema).shape));
    objects.map(|field| field.name.to_string()).collect()
}

fn of_texts(
    contract: &mut Contract,
    schema: Option<SchemaId>,
    fields: Vec<u8>,
) -> Result<Json, Vec<FaultAt>> {
    let value = json(&fields)?;
    Ok(match schema {
        Some(schema) => typed(contract, schema, value, 0),
        None => value,
    })
}
