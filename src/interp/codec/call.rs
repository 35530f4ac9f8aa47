//! What a call sends: to a backend, or to another service of ours over HTTP.

use flow_std::client::Call;
use flow_std::codec::Style;
use flow_std::codec::multipart::Part;

use super::Types;
use super::shape::{Field, Shape};
use super::write::{Written, as_text, is_scalar};
use crate::interp::Value;
use crate::ir::{
    self, Backend, BackendOperation, MediaKind, Operation, ParamPlace, PathPart, Type, WireBody, WireParam,
    WirePlace,
};

/// How the request of an operation is put together: made once for each operation.
pub struct Outgoing {
    lines: Vec<Line>,
    /// Its answers carry labels: they are kept for each caller by itself.
    is_for_caller: bool,
}

enum Line {
    /// A part of the path as the contract writes it.
    Path(String),
    /// An argument, by the number of its parameter.
    Argument { at: usize, ty: Type, into: Into },
}

/// Where an argument goes, and how.
enum Into {
    /// One text.
    Text(Slot, String),
    /// More than a text.
    Value(Slot, Style, String),
    Json,
    Form,
    Multipart(Vec<String>),
    JsonLines,
    PlainText,
    /// As it is, with a media type.
    Bytes(String),
}

#[derive(Clone, Copy)]
enum Slot {
    /// Of the path.
    Segment,
    Query,
    Header,
    /// A header by which the other side knows a repeat.
    Key,
    Cookie,
}

impl Outgoing {
    /// The number of the body is the one behind those of the parameters.
    pub fn to_backend(types: &Types, backend: &Backend, operation: &BackendOperation) -> Outgoing {
        let mut lines: Vec<Line> =
            operation.path.iter().filter_map(|part| backend_path(types, operation, part)).collect();
        let params = operation.params.iter().enumerate();
        lines.extend(params.filter(|(_, param)| param.place != WirePlace::Path).map(|(at, param)| {
            Line::Argument { at, ty: param.ty.present().clone(), into: backend_param(types, param) }
        }));
        lines.extend(operation.body.as_ref().map(|body| Line::Argument {
            at: operation.params.len(),
            ty: body.ty.present().clone(),
            into: backend_body(types, body),
        }));
        let is_for_caller = backend.cache.is_some() && operation.reads && operation.labelled;
        Outgoing { lines, is_for_caller }
    }

    pub fn to_service(types: &Types, operation: &Operation) -> Outgoing {
        let argument = |(at, param): (usize, &ir::Param)| Line::Argument {
            at,
            ty: param.ty.present().clone(),
            into: service_param(types, param),
        };
        let params = || operation.params.iter().enumerate();
        let mut lines: Vec<Line> = Vec::new();
        lines.extend(operation.path.iter().filter_map(|part| match part {
            PathPart::Text(text) => Some(Line::Path(text.clone())),
            PathPart::Param(name) => {
                params().find(|(_, param)| param.is_in_path() && param.wire == *name).map(argument)
            }
        }));
        lines.extend(params().filter(|(_, param)| !param.is_in_path()).map(argument));
        Outgoing { lines, is_for_caller: false }
    }

    /// Adds all that is given. `args`: of each parameter, in their order; what is not given is none.
    pub fn fill(&self, types: &Types, args: &[Value], call: &mut Call<'_>) {
        for line in &self.lines {
            match line {
                Line::Path(text) => {
                    call.path(text);
                }
                Line::Argument { at, ty, into } => match args.get(*at) {
                    Some(Value::None) | None => {}
                    Some(value) => into.add(types, ty, value, call),
                },
            }
        }
        if self.is_for_caller {
            call.for_caller();
        }
    }
}

fn backend_path(types: &Types, operation: &BackendOperation, part: &PathPart) -> Option<Line> {
    let name = match part {
        PathPart::Text(text) => return Some(Line::Path(text.clone())),
        PathPart::Param(name) => name,
    };
    let mut params = operation.params.iter().enumerate();
    let (at, param) = params.find(|(_, one)| one.place == WirePlace::Path && one.name == *name)?;
    let into = match (param.style, is_scalar(types, &param.ty)) {
        (ir::Style::Simple { .. }, true) => Into::Text(Slot::Segment, name.clone()),
        (of, _) => Into::Value(Slot::Segment, style(of), name.clone()),
    };
    Some(Line::Argument { at, ty: param.ty.present().clone(), into })
}

fn backend_param(types: &Types, param: &WireParam) -> Into {
    let is_plain = is_scalar(types, &param.ty) && param.style != ir::Style::Json;
    let slot = match param.place {
        WirePlace::Query | WirePlace::Path => Slot::Query,
        WirePlace::Header if is_plain && param.is_key => Slot::Key,
        WirePlace::Header => Slot::Header,
        WirePlace::Cookie => Slot::Cookie,
    };
    match is_plain {
        true => Into::Text(slot, param.name.clone()),
        false => Into::Value(slot, style(param.style), param.name.clone()),
    }
}

fn backend_body(types: &Types, body: &WireBody) -> Into {
    match body.kind {
        MediaKind::Json => Into::Json,
        MediaKind::Form => Into::Form,
        MediaKind::Multipart => Into::Multipart(binary_parts(types, &body.ty)),
        MediaKind::JsonLines => Into::JsonLines,
        MediaKind::Text | MediaKind::Events => Into::PlainText,
        MediaKind::Binary => Into::Bytes(body.media_type.clone()),
    }
}

/// Fields of a body of several parts that are bytes: they go out as they are.
pub fn binary_parts(types: &Types, ty: &Type) -> Vec<String> {
    let Some(Shape::Record(fields)) = types.shape(ty) else { return Vec::new() };
    let is_bytes = |field: &&Field| match field.ty.present() {
        Type::Bytes => field.is_kept,
        Type::List(list) => field.is_kept && list.item == Type::Bytes,
        _ => false,
    };
    fields.all.iter().filter(is_bytes).map(|field| field.name.to_owned()).collect()
}

fn service_param(types: &Types, param: &ir::Param) -> Into {
    let is_scalar = is_scalar(types, param.ty.present());
    let styled = |slot: Slot, of: ir::Style| match is_scalar && of != ir::Style::Json {
        true => Into::Text(slot, param.wire.clone()),
        false => Into::Value(slot, style(of), param.wire.clone()),
    };
    match &param.place {
        ParamPlace::Path(of) => styled(Slot::Segment, *of),
        ParamPlace::Body { kind: MediaKind::Binary, media_type } => Into::Bytes(media_type.clone()),
        ParamPlace::Body { .. } => Into::Json,
        ParamPlace::Query(of) => styled(Slot::Query, *of),
        ParamPlace::Header(of) if param.is_key && is_scalar && *of != ir::Style::Json => {
            styled(Slot::Key, *of)
        }
        ParamPlace::Header(of) => styled(Slot::Header, *of),
        ParamPlace::Cookie(of) => styled(Slot::Cookie, *of),
    }
}

impl Into {
    fn add(&self, types: &Types, ty: &Type, value: &Value, call: &mut Call<'_>) {
        let written = Written::new(types, ty, value);
        let text = || as_text(types, ty, value);
        match self {
            Into::Text(Slot::Segment, name) => {
                call.segment(name, &text());
            }
            Into::Text(Slot::Query, name) => {
                call.query(name, &text());
            }
            Into::Text(Slot::Header, name) => {
                call.header(name, &text());
            }
            Into::Text(Slot::Key, name) => {
                call.key(name, &text());
            }
            Into::Text(Slot::Cookie, name) => {
                call.cookie(name, &text());
            }
            Into::Value(Slot::Segment, style, name) => {
                call.segment_value(*style, name, &written);
            }
            Into::Value(Slot::Query, style, name) => {
                call.query_value(*style, name, &written);
            }
            Into::Value(Slot::Header | Slot::Key, style, name) => {
                call.header_value(*style, name, &written);
            }
            Into::Value(Slot::Cookie, style, name) => {
                call.cookie_value(*style, name, &written);
            }
            Into::Json => {
                call.json(&written);
            }
            Into::Form => {
                call.form(&written, &[]);
            }
            Into::Multipart(binary) => {
                let parts: Vec<(&str, Part)> =
                    binary.iter().map(|name| (name.as_str(), Part::Binary)).collect();
                call.multipart(&written, &parts);
            }
            Into::JsonLines => json_lines(types, ty, value, call),
            Into::PlainText => {
                call.text(&text());
            }
            Into::Bytes(media_type) => {
                if let Value::Bytes(bytes) = value {
                    call.binary(bytes, media_type);
                }
            }
        }
    }
}

fn json_lines(types: &Types, ty: &Type, value: &Value, call: &mut Call<'_>) {
    if let (Type::List(list), Value::List(items)) = (ty, value) {
        let items: Vec<Written<'_>> =
            items.iter().map(|item| Written::plain(types, &list.item, item)).collect();
        call.json_lines(&items);
    }
}

/// A style as the runtime has it.
pub fn style(of: ir::Style) -> Style {
    match of {
        ir::Style::Simple { explode: false } => Style::Simple,
        ir::Style::Simple { explode: true } => Style::SimpleExploded,
        ir::Style::Label { explode: false } => Style::Label,
        ir::Style::Label { explode: true } => Style::LabelExploded,
        ir::Style::Matrix { explode: false } => Style::Matrix,
        ir::Style::Matrix { explode: true } => Style::MatrixExploded,
        ir::Style::Form { explode: false } => Style::Form,
        // Texts with another sign between them are one text: exploded, lists of them repeat the name.
        ir::Style::Form { explode: true }
        | ir::Style::SpaceDelimited { explode: true }
        | ir::Style::PipeDelimited { explode: true } => Style::FormExploded,
        ir::Style::SpaceDelimited { explode: false } => Style::SpaceDelimited,
        ir::Style::PipeDelimited { explode: false } => Style::PipeDelimited,
        ir::Style::TabDelimited => Style::TabDelimited,
        ir::Style::DeepObject => Style::DeepObject,
        ir::Style::Json => Style::Json,
    }
}
