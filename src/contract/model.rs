//! What the rest of the compiler sees of a contract: operations and schemas in one normal form, whatever
//! version and style the document was written in. Everything has its place in the document.

use smol_str::SmolStr;

use super::documents::Place as DocumentPlace;
use super::schema::is_json_number;
use crate::source::Span;

/// A schema in normal form, by number; asked for with [`super::Contract::schema`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SchemaId(pub u32);

#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// As a flow writes it: the operation id, or one derived from method and path where there is none.
    pub name: SmolStr,
    /// The operation id, or the method where there is none.
    pub span: Span,
    pub method: Method,
    /// `/customers/{id}`, with the base path of Swagger 2.0 left to the server.
    pub path: SmolStr,
    /// The path's key in the document.
    pub path_span: Span,
    pub doc: Option<String>,
    pub deprecated: bool,
    /// Where this operation alone lives; empty where the contract's servers hold.
    pub servers: Vec<Server>,
    /// Path parameters come first, in the order of the template.
    pub parameters: Vec<Parameter>,
    pub body: Option<Body>,
    pub responses: Vec<Response>,
    /// Alternatives; within one, all are needed. Empty: nothing is asked for.
    pub security: Vec<Vec<SecurityNeed>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    Get,
    Head,
    Options,
    Put,
    Post,
    Delete,
    Patch,
    Query,
}

impl Method {
    /// Whether the method promises to change nothing.
    pub fn is_safe(self) -> bool {
        match self {
            Method::Get | Method::Head | Method::Options | Method::Query => true,
            Method::Put | Method::Post | Method::Delete | Method::Patch => false,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Options => "OPTIONS",
            Method::Put => "PUT",
            Method::Post => "POST",
            Method::Delete => "DELETE",
            Method::Patch => "PATCH",
            Method::Query => "QUERY",
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// On the wire.
    pub name: SmolStr,
    pub span: Span,
    pub place: Place,
    pub required: bool,
    pub schema: SchemaId,
    pub style: Style,
    pub doc: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    Path,
    Query,
    Header,
    Cookie,
}

/// How a list or object stands in a parameter. `explode` repeats the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Style {
    Simple {
        explode: bool,
    },
    Label {
        explode: bool,
    },
    Matrix {
        explode: bool,
    },
    Form {
        explode: bool,
    },
    SpaceDelimited {
        explode: bool,
    },
    PipeDelimited {
        explode: bool,
    },
    /// Swagger 2.0 `tsv`
    TabDelimited,
    DeepObject,
    /// `content:` with a media type: the value is JSON text
    Json,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    pub required: bool,
    /// In the order of preference: JSON before form before multipart before the rest. Never empty.
    pub content: Vec<Media>,
    pub doc: Option<String>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Media {
    pub media_type: SmolStr,
    pub kind: MediaKind,
    /// None where the document says nothing about the content.
    pub schema: Option<SchemaId>,
    /// In the order of the document.
    pub examples: Vec<Example>,
    pub span: Span,
}

/// One example of a body.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// The key that it stands under; in Swagger 2.0, one of the words of `x-example-for` on the response.
    pub name: Option<SmolStr>,
    pub value: ExampleId,
}

/// A value that a contract gives as an example, by its place; read with [`super::Contract::example`], so that
/// nobody pays for examples that nobody reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExampleId(pub(super) DocumentPlace);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MediaKind {
    /// `application/json`, `*+json`, `*/*` and none
    Json,
    /// `application/x-www-form-urlencoded`
    Form,
    /// `multipart/*`
    Multipart,
    /// `application/x-ndjson` and the like: JSON values, one a line
    JsonLines,
    /// `text/event-stream`
    Events,
    /// `text/*`, XML
    Text,
    Binary,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    pub status: Status,
    /// Empty where there is no body. In the order of preference as in [`Body`].
    pub content: Vec<Media>,
    pub doc: Option<String>,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    Exact(u16),
    /// `4XX`: the first digit
    Class(u8),
    Default,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SecurityNeed {
    pub scheme: SmolStr,
    pub scopes: Vec<SmolStr>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SecurityScheme {
    pub name: SmolStr,
    pub kind: SecurityKind,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum SecurityKind {
    ApiKey { place: Place, name: SmolStr },
    Basic,
    Bearer,
    OAuth2 { token_urls: Vec<String>, scopes: Vec<SmolStr> },
    OpenIdConnect { url: String },
    MutualTls,
    Other(String),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Server {
    pub url: String,
    pub span: Span,
}

/// A schema. `nullable` is beside the shape, because every shape can be.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    /// The name under `components/schemas` or `definitions`, where it has one there.
    pub name: Option<SmolStr>,
    pub shape: Shape,
    pub nullable: bool,
    pub doc: Option<String>,
    pub default: Option<Literal>,
    /// `example`, or the first of `examples`.
    pub example: Option<ExampleId>,
    pub access: Access,
    pub deprecated: bool,
    /// `x-sensitive`: the labels that the contract gives, such as `personal`
    pub labels: Vec<SmolStr>,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    Both,
    ReadOnly,
    WriteOnly,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// Anything, and why it is no more than that (empty when the contract itself says so).
    Any {
        reason: String,
    },
    /// Only null, or nothing at all.
    Null,
    Bool,
    Int {
        bounds: NumberBounds,
    },
    /// `type: number`; exact unless the format is `float` or `double`
    Number {
        binary: bool,
        bounds: NumberBounds,
    },
    String {
        format: Format,
        rule: StringRule,
    },
    /// Strings that are spelled out. Values are distinct; null is in `nullable`.
    Enum {
        values: Vec<EnumValue>,
    },
    /// Numbers, booleans or a mixture that is spelled out.
    Literals {
        values: Vec<Literal>,
    },
    List {
        items: SchemaId,
        min: Option<u64>,
        max: Option<u64>,
    },
    /// Fields in the order of the document. `additional` are the values of all other keys, where the document
    /// describes them. Where it describes nothing but them, the shape is [`Shape::Dict`] instead; where it
    /// describes nothing at all (`type: object` and no more), it is [`Shape::Any`]. An object without fields
    /// and without `additional` is one that says `additionalProperties: false`: only `{}` fits.
    Object {
        fields: Vec<Property>,
        additional: Option<SchemaId>,
        /// `additionalProperties: false`: no other keys may come.
        is_closed: bool,
    },
    Dict {
        values: SchemaId,
    },
    /// `oneOf`, `anyOf`, or the subtypes of a base with a discriminator: at least two members, none of them
    /// null. `base` is an object whose fields every member has, where the document says so.
    Union {
        members: Vec<UnionMember>,
        discriminator: Option<Discriminator>,
        base: Option<SchemaId>,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub struct Property {
    pub name: SmolStr,
    pub required: bool,
    pub schema: SchemaId,
    pub access: Access,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct EnumValue {
    pub value: SmolStr,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct UnionMember {
    pub schema: SchemaId,
    /// The values of the discriminator that mean this member.
    pub tags: Vec<SmolStr>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Discriminator {
    pub property: SmolStr,
    pub span: Span,
}

/// Bounds as written, so that nothing is lost to a binary float. The flag says that the bound itself is out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NumberBounds {
    pub min: Option<Bound>,
    pub max: Option<Bound>,
    pub multiple_of: Option<SmolStr>,
    /// `int32`, so that the range is known
    pub format: Option<SmolStr>,
}

impl NumberBounds {
    /// How many decimal places a number may have: `multipleOf: 0.01` says two. Other steps say nothing of the kind.
    pub fn places(&self) -> Option<u32> {
        super::schema::bounds::places_of_step(self.multiple_of.as_deref()?)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    pub value: SmolStr,
    pub exclusive: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    Plain,
    Date,
    Time,
    DateTime,
    Duration,
    Uuid,
    Email,
    Uri,
    /// base64 text
    Bytes,
    /// raw bytes of a body or part
    Binary,
    /// `string` with `format: decimal`, `int64` …: a number in a string
    Decimal,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct StringRule {
    pub pattern: Option<SmolStr>,
    pub min: Option<u64>,
    pub max: Option<u64>,
}

/// A constant of a contract. Numbers are kept as written.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    Null,
    Bool(bool),
    Number(SmolStr),
    String(SmolStr),
    /// A list or object, as JSON
    Json(String),
}

impl Literal {
    /// As JSON. Numbers stay as they are written where JSON has such numbers, and are strings where it has not.
    pub fn to_json(&self) -> String {
        match self {
            Literal::Null => "null".to_owned(),
            Literal::Bool(value) => value.to_string(),
            Literal::Number(number) if is_json_number(number) => number.to_string(),
            Literal::Number(text) | Literal::String(text) => {
                serde_json::Value::from(text.as_str()).to_string()
            }
            Literal::Json(json) => json.clone(),
        }
    }
}
