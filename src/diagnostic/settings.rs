//! Family 08: settings, policies, budgets.

use super::names::suggest;
use super::{At, Code, Diagnostic};
use crate::source::Span;

const UNKNOWN_SETTING: Code = Code::error("F0801", "setting/unknown");
const SETTING_TWICE: Code = Code::error("F0802", "setting/twice");
const MISSING_SETTING: Code = Code::error("F0803", "setting/missing");
const VARIANT: Code = Code::error("F0804", "setting/variant");
const DEFAULT: Code = Code::error("F0805", "setting/default");
const SECRET: Code = Code::error("F0806", "setting/secret");
const CONTRACT: Code = Code::error("F0807", "setting/contract");

/// All codes of this family, by number.
pub(super) const CODES: &[Code] =
    &[UNKNOWN_SETTING, SETTING_TWICE, MISSING_SETTING, VARIANT, DEFAULT, SECRET, CONTRACT];

pub fn unknown_setting<'n>(
    name: impl Into<At<'n>>,
    block: &str,
    near: Option<&str>,
    known: &[&str],
) -> Diagnostic {
    let name = name.into();
    let diagnostic =
        Diagnostic::new(UNKNOWN_SETTING, name.span, format!("{block} has no setting `{}`", name.text));
    suggest(diagnostic, name.span, near, &format!("its settings are {}", known.join(", ")))
}

pub fn setting_twice<'n>(name: impl Into<At<'n>>, first: Span) -> Diagnostic {
    let name = name.into();
    Diagnostic::new(SETTING_TWICE, name.span, format!("the setting `{}` is there twice", name.text))
        .label(first, "first here")
        .help("leave one of the two out")
}

pub fn missing_setting(span: Span, block: &str, name: &str, doc: Option<&str>) -> Diagnostic {
    let doc = doc.and_then(|doc| doc.lines().next()).unwrap_or_default();
    let advice = match (block, name) {
        (_, "auth") => "say who may call: `auth: jwt { issuer: env.OIDC_ISSUER, audience: \"…\" }`, or `auth: public` for everybody".to_owned(),
        (_, "contract") => "name the OpenAPI document: `contract: \"contracts/erp.yaml\"`".to_owned(),
        (_, "url") => "say where it is: `url: env.ERP_URL`".to_owned(),
        _ => format!("add `{name}: …`: {doc}"),
    };
    Diagnostic::new(MISSING_SETTING, span, format!("{block} needs the setting `{name}`")).help(advice)
}

pub fn unknown_variant<'n>(
    name: impl Into<At<'n>>,
    ty: &str,
    near: Option<&str>,
    known: &[&str],
) -> Diagnostic {
    let name = name.into();
    let of = if ty.is_empty() { String::new() } else { format!(" of `{ty}`") };
    let diagnostic = Diagnostic::new(VARIANT, name.span, format!("`{}` is none{of}", name.text));
    suggest(diagnostic, name.span, near, &format!("it can be {}", known.join(", ")))
}

pub fn variant_needs_payload<'n>(name: impl Into<At<'n>>, payload: &str) -> Diagnostic {
    let name = name.into();
    Diagnostic::new(VARIANT, name.span, format!("`{}` wants something behind it", name.text))
        .help(format!("write `{} …` with a `{payload}`; a record is `{} {{ … }}`", name.text, name.text))
}

pub fn variant_without_payload<'n>(name: impl Into<At<'n>>) -> Diagnostic {
    let name = name.into();
    Diagnostic::new(VARIANT, name.span, format!("`{}` stands alone", name.text))
        .help("leave out what stands behind it")
}

pub fn no_variants_here<'n>(name: impl Into<At<'n>>, wanted: &str) -> Diagnostic {
    let name = name.into();
    Diagnostic::new(VARIANT, name.span, format!("`{} …` stands where {wanted} is wanted", name.text))
        .help("write the value by itself")
}

pub fn default_without_env(span: Span) -> Diagnostic {
    Diagnostic::new(DEFAULT, span, "only `env.NAME` takes a default with `=`")
        .help("write `env.NAME = \"value\"`, `env.NAME as int = 8080`, or the value alone")
}

pub fn secret_setting(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(SECRET, span, format!("the setting `{name}` is no place for a secret"))
        .help("it may be written to logs or documents: use `env.NAME`")
}

pub fn contract_not_literal(span: Span) -> Diagnostic {
    Diagnostic::new(CONTRACT, span, "the contract has to be known when the program is compiled")
        .help("write the path of the file in quotes: `contract: \"contracts/erp.yaml\"`")
}
