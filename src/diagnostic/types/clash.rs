//! A value that does not fit where it stands: each reason with its own words and its own way out.

use super::{
    ACCESS, BOUNDS, ENUM_VALUE, JSON, LACKS_FIELD, MISMATCH, OPEN_ENUM, OPTIONAL, PATTERN, RANGE, SCALE,
    UNION_MEMBER, UNIT,
};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

/// A value where another is wanted.
pub struct Clash<'a> {
    pub span: Span,
    /// "the field `tier`"
    pub what: &'a str,
    pub have: &'a str,
    pub want: &'a str,
    /// Where the place that wants it is declared: often a line of a contract.
    pub declared: Option<Span>,
    /// Where the part that is given is declared.
    pub given: Option<Span>,
}

/// The finding with both places.
pub(in crate::diagnostic) fn clash(code: Code, clash: &Clash<'_>, message: String) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(code, clash.span, message).here(format!("this is `{}`", clash.have));
    if let Some(declared) = clash.declared {
        diagnostic = diagnostic.label(declared, format!("`{}` is wanted because of this", clash.want));
    }
    if let Some(given) = clash.given {
        diagnostic = diagnostic.label(given, format!("`{}` is declared here", clash.have));
    }
    diagnostic
}

pub fn mismatch(of: &Clash<'_>, advice: String) -> Diagnostic {
    clash(MISMATCH, of, format!("{} takes `{}`, and this is `{}`", of.what, of.want, of.have)).help(advice)
}

pub fn optional(of: &Clash<'_>) -> Diagnostic {
    clash(OPTIONAL, of, format!("{} takes `{}`, and this may be absent", of.what, of.want))
        .help("give a default, `… ?? value`, handle it with `match … { none => … }`, or make the target optional with `?`")
}

pub fn open_enum(of: &Clash<'_>) -> Diagnostic {
    clash(
        OPEN_ENUM,
        of,
        format!("{} takes `{}`, and the backend may send values that are not among them", of.what, of.want),
    )
    .help(match of.want.contains('|') {
        // `as` takes a name.
        true => "say what becomes of an unknown value: `match … { …, _ => … }`".to_owned(),
        false => format!(
            "say what becomes of an unknown value: `match … {{ …, _ => … }}`, or `… as {} else …`",
            of.want
        ),
    })
}

pub fn enum_value(
    of: &Clash<'_>,
    values: &[impl AsRef<str>],
    near: Option<&str>,
    known: &[impl AsRef<str>],
) -> Diagnostic {
    let shown = quoted(values);
    let diagnostic = clash(
        ENUM_VALUE,
        of,
        format!("{} takes `{}`, and {shown} is not among its values", of.what, of.want),
    );
    let advice = match known {
        [] => "write a value that the type allows".to_owned(),
        _ => format!("the values are {}", quoted(known)),
    };
    match near {
        Some(near) => diagnostic.help(format!("did you mean \"{near}\"? {advice}")),
        None => diagnostic.help(advice),
    }
}

/// A text that is written out where a date, an address or a pattern is wanted.
pub fn not_of_format(of: &Clash<'_>, values: &[impl AsRef<str>], wanted: &str) -> Diagnostic {
    let shown = quoted(values);
    let verb = if values.len() == 1 { "does" } else { "do" };
    clash(PATTERN, of, format!("{} takes `{}`, and {shown} {verb} not fit it", of.what, of.want))
        .help(wanted.to_owned())
}

/// `"a", "b" and 7 more`
pub(in crate::diagnostic) fn quoted(values: &[impl AsRef<str>]) -> String {
    const SHOWN: usize = 8;
    let shown: Vec<String> =
        values.iter().take(SHOWN).map(|value| format!("\"{}\"", value.as_ref())).collect();
    let more = values.len().saturating_sub(SHOWN);
    let shown = shown.join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

pub fn out_of_bounds(of: &Clash<'_>, advice: String) -> Diagnostic {
    clash(BOUNDS, of, format!("{} takes `{}`, and this may lie outside", of.what, of.want)).help(advice)
}

/// A number that is written out.
/// A list that is written out.
pub fn list_of_another_length(of: &Clash<'_>, length: u64) -> Diagnostic {
    let noun = if length == 1 { "item" } else { "items" };
    clash(BOUNDS, of, format!("{} takes `{}`, and this has {length} {noun}", of.what, of.want))
        .help("write as many as are wanted, or loosen the type")
}

pub fn number_out_of_range(of: &Clash<'_>) -> Diagnostic {
    clash(RANGE, of, format!("{} takes `{}`, and this is {}", of.what, of.want, of.have))
        .help(format!("write a number that `{}` allows", of.want))
}

pub fn pattern(of: &Clash<'_>, advice: String) -> Diagnostic {
    clash(PATTERN, of, format!("{} takes `{}`, and this need not match it", of.what, of.want)).help(advice)
}

pub fn scale(of: &Clash<'_>) -> Diagnostic {
    clash(SCALE, of, format!("{} takes `{}`, and this may have more decimal places", of.what, of.want)).help(
        "round it to the decimal places that are wanted: `.round(2)`, or declare the same scale for both",
    )
}

pub fn unit(of: &Clash<'_>) -> Diagnostic {
    clash(UNIT, of, format!("{} takes `{}`, and this is an amount of something else", of.what, of.want))
        .help("convert it by a rate, or declare the same unit for both")
}

pub fn lacks_field(of: &Clash<'_>, field: &str) -> Diagnostic {
    let message = format!("{} takes `{}`, and `{field}` is not there", of.what, of.want);
    let mut diagnostic = clash(LACKS_FIELD, of, message);
    if let Some(declared) = diagnostic.labels.get_mut(1).filter(|_| of.declared.is_some()) {
        declared.text = format!("`{field}` is required here");
    }
    diagnostic.help(format!("map it: `map name(a: {}) -> {} {{ {field}: … ..a }}`", of.have, of.want))
}

pub fn json(of: &Clash<'_>, written: &str) -> Diagnostic {
    clash(JSON, of, format!("{} takes `{}`, and this is JSON that nobody has looked into", of.what, of.want))
        .help(format!("say what it should be, and what if it is not: `… as {written} else …`"))
}

pub fn union_member_unfit(of: &Clash<'_>, member: &str) -> Diagnostic {
    clash(UNION_MEMBER, of, format!("{} takes `{}`, and `{member}` is not one", of.what, of.want))
        .help(format!("tell the cases apart: `match … {{ {member} as it => …, … }}`"))
}

pub fn only_written(of: &Clash<'_>) -> Diagnostic {
    clash(
        ACCESS,
        of,
        format!("{} takes `{}`, and the contract never sends it (`writeOnly`)", of.what, of.want),
    )
    .help("take the value from somewhere else, or leave the field out")
}
