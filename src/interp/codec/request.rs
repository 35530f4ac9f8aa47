//! What a request carries: the parameters of an operation of ours, and its body.

use flow_std::codec::{Reader, Style};
use flow_std::http::{BodyKind, Parameter, Request};

use super::Types;
use super::call::{binary_parts, style};
use super::read;
use super::rule::Rule;
use super::shape::Shape;
use super::write::is_scalar;
use crate::interp::Value;
use crate::interp::name::{fixed, fixed_list};
use crate::ir::{
    self, BackendOperation, Expr, MediaKind, Operation, ParamPlace, Type, WireBody, WireParam, WirePlace,
};

/// How the request of an operation is read: made once for each operation.
pub struct Inputs {
    params: Vec<Input>,
    body: BodyKind,
    shown: &'static [&'static str],
}

struct Input {
    name: &'static str,
    place: Place,
    /// Of a value that is there.
    ty: Type,
    rule: Rule,
    is_optional: bool,
    default: Option<Value>,
}

enum Place {
    Path(Form),
    Query(Form),
    Header(Form),
    Cookie(Form),
    Body,
    /// The body as it is.
    Bytes,
    Text,
}

/// What stands at the place.
enum Form {
    Text,
    Json,
    List(Option<Style>),
    Fields(&'static [&'static str]),
}

impl Inputs {
    pub fn new(types: &Types, operation: &Operation, defaults: &dyn Fn(&Expr) -> Value) -> Inputs {
        let input = |param: &ir::Param| {
            let ty = param.ty.present();
            Input {
                name: fixed(&param.wire),
                place: place(types, &param.place, ty),
                rule: Rule::of(ty),
                ty: ty.clone(),
                is_optional: param.ty.is_optional(),
                default: param.default.as_ref().map(defaults),
            }
        };
        let params = operation.params.iter().map(input).collect();
        let mut bodies = operation.params.iter().filter_map(|param| match &param.place {
            ParamPlace::Body { kind, .. } => Some(*kind),
            _ => None,
        });
        let shown = operation.path_params().filter(|param| !param.labelled);
        let shown = fixed_list(shown.map(|param| param.wire.as_str()));
        Inputs { params, body: bodies.next().map_or(BodyKind::None, body_kind), shown }
    }

    /// The parameters of the path that the audit log may show.
    pub fn shown(&self) -> &'static [&'static str] {
        self.shown
    }

    /// How what a backend is sent is read again, with the body behind the parameters.
    ///
    /// # Errors
    /// What of it cannot be.
    pub fn of_backend(types: &Types, operation: &BackendOperation) -> Result<Inputs, String> {
        let params = operation.params.iter().map(|param| wire_param(types, param));
        let mut params = params.collect::<Result<Vec<_>, _>>()?;
        let Some(body) = &operation.body else {
            return Ok(Inputs { params, body: BodyKind::None, shown: &[] });
        };
        params.push(wire_body(types, body)?);
        Ok(Inputs { params, body: body_kind(body.kind), shown: &[] })
    }

    /// What the shell has to know of the body.
    pub fn body(&self) -> BodyKind {
        self.body
    }

    /// Reads and checks all parameters, so that all that does not fit is told at once: a value for each, in their order.
    pub fn read(&self, types: &Types, request: &mut Request) -> Option<Vec<Value>> {
        let read: Vec<Option<Value>> = self.params.iter().map(|input| input.read(types, request)).collect();
        read.into_iter().collect()
    }
}

fn wire_param(types: &Types, param: &WireParam) -> Result<Input, String> {
    let ty = param.ty.present();
    let is_plain = is_scalar(types, ty);
    let is_list = matches!(ty, Type::List(_));
    let is_known = match param.style {
        ir::Style::Simple { .. } | ir::Style::Form { .. } => is_plain || is_list,
        ir::Style::DeepObject => matches!(types.shape(ty), Some(Shape::Record(_))),
        ir::Style::Json => true,
        ir::Style::SpaceDelimited { .. } | ir::Style::PipeDelimited { .. } | ir::Style::TabDelimited => {
            is_plain
        }
        ir::Style::Label { .. } | ir::Style::Matrix { .. } => false,
    };
    if !is_known {
        return Err(format!("its parameter `{}` stands in a style that cannot be read back", param.name));
    }
    let place = match param.place {
        WirePlace::Path => Place::Path(form(types, param.style, ty)),
        WirePlace::Query => Place::Query(form(types, param.style, ty)),
        WirePlace::Header => Place::Header(form(types, param.style, ty)),
        WirePlace::Cookie => Place::Cookie(form(types, param.style, ty)),
    };
    let is_optional = !param.required || param.ty.is_optional();
    let name = fixed(&param.name);
    Ok(Input { name, place, rule: Rule::of(ty), ty: ty.clone(), is_optional, default: None })
}

fn wire_body(types: &Types, body: &WireBody) -> Result<Input, String> {
    let ty = body.ty.present();
    let place = match body.kind {
        MediaKind::Json | MediaKind::Form => Place::Body,
        MediaKind::Multipart if binary_parts(types, ty).is_empty() => Place::Body,
        MediaKind::Binary => Place::Bytes,
        MediaKind::Text => Place::Text,
        MediaKind::Multipart | MediaKind::JsonLines | MediaKind::Events => {
            return Err(format!("its body, `{}`, cannot be read back", body.media_type));
        }
    };
    let is_optional = !body.required || body.ty.is_optional();
    Ok(Input { name: "body", place, rule: Rule::of(ty), ty: ty.clone(), is_optional, default: None })
}

fn body_kind(kind: MediaKind) -> BodyKind {
    match kind {
        MediaKind::Form => BodyKind::Form(&[]),
        MediaKind::Multipart => BodyKind::Multipart(&[]),
        MediaKind::Binary => BodyKind::Binary,
        MediaKind::Text | MediaKind::Events => BodyKind::Text,
        MediaKind::Json | MediaKind::JsonLines => BodyKind::Json,
    }
}

fn place(types: &Types, place: &ParamPlace, ty: &Type) -> Place {
    match place {
        ParamPlace::Path(style) => Place::Path(form(types, *style, ty)),
        ParamPlace::Query(style) => Place::Query(form(types, *style, ty)),
        ParamPlace::Header(style) => Place::Header(form(types, *style, ty)),
        ParamPlace::Cookie(style) => Place::Cookie(form(types, *style, ty)),
        ParamPlace::Body { kind: MediaKind::Binary, .. } => Place::Bytes,
        ParamPlace::Body { .. } => Place::Body,
    }
}

fn form(types: &Types, of: ir::Style, ty: &Type) -> Form {
    match (of, ty) {
        (ir::Style::Json, _) => Form::Json,
        (ir::Style::DeepObject, ty) => match types.shape(ty) {
            Some(Shape::Record(fields)) => {
                Form::Fields(fixed_list(fields.all.iter().map(|field| field.name)))
            }
            _ => Form::Fields(&[]),
        },
        (ir::Style::Form { .. }, Type::List(_)) => Form::List(Some(style(of))),
        (ir::Style::Simple { .. }, Type::List(_)) => Form::List(None),
        _ => Form::Text,
    }
}

impl Input {
    fn read(&self, types: &Types, request: &mut Request) -> Option<Value> {
        let decode = |from: &mut Reader<'_>| read::value(types, &self.ty, &self.rule, from);
        let parameter = match &self.place {
            Place::Path(form) => formed(request.path(self.name), form),
            Place::Query(form) => formed(request.query(self.name), form),
            Place::Header(form) => formed(request.header(self.name), form),
            Place::Cookie(form) => formed(request.cookie(self.name), form),
            Place::Text => return request.text_body().map(Value::text),
            Place::Bytes => return request.binary_body().map(Value::Bytes),
            Place::Body if self.is_optional => return request.optional_body(decode).map(Value::from),
            Place::Body => return request.body(decode),
        };
        match (&self.default, self.is_optional) {
            (Some(default), _) => parameter.or(|| default.clone(), decode),
            (None, true) => parameter.optional(decode).map(Value::from),
            (None, false) => parameter.required(decode),
        }
    }
}

fn formed<'r>(parameter: Parameter<'r>, form: &Form) -> Parameter<'r> {
    match form {
        Form::Text => parameter,
        Form::Json => parameter.json(),
        Form::List(None) => parameter.list(),
        Form::List(Some(style)) => parameter.styled(*style).list(),
        Form::Fields(names) => parameter.styled(Style::DeepObject).fields(names),
    }
}
