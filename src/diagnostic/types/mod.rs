//! Family 04: types and expressions.

mod clash;

pub use clash::{
    Clash, enum_value, json, lacks_field, list_of_another_length, mismatch, not_of_format,
    number_out_of_range, only_written, open_enum, optional, out_of_bounds, pattern, scale,
    union_member_unfit, unit,
};
pub(super) use clash::{clash, quoted};

use super::names::suggest;
use super::{At, Code, Diagnostic};
use crate::source::Span;

const MISMATCH: Code = Code::error("F0401", "type/mismatch");
const OPTIONAL: Code = Code::error("F0402", "type/optional");
const ENUM_VALUE: Code = Code::error("F0403", "type/enum-value");
const OPEN_ENUM: Code = Code::error("F0404", "type/open-enum");
const BOUNDS: Code = Code::error("F0405", "type/bounds");
const PATTERN: Code = Code::error("F0406", "type/pattern");
const SCALE: Code = Code::error("F0407", "type/scale");
const UNIT: Code = Code::error("F0408", "type/unit");
const LACKS_FIELD: Code = Code::error("F0409", "type/lacks-field");
const JSON: Code = Code::error("F0410", "type/json");
const UNION_MEMBER: Code = Code::error("F0411", "type/union-member");
const ACCESS: Code = Code::error("F0412", "type/access");
const UNKNOWN_FIELD: Code = Code::error("F0413", "type/unknown-field");
const NO_FIELDS: Code = Code::error("F0414", "type/no-fields");
const UNKNOWN_PARAMETER: Code = Code::error("F0415", "type/unknown-parameter");
const MISSING_ARGUMENT: Code = Code::error("F0416", "type/missing-argument");
const TOO_MANY_ARGUMENTS: Code = Code::error("F0417", "type/too-many-arguments");
const ARGUMENT_TWICE: Code = Code::error("F0418", "type/argument-twice");
const NO_SUCH_METHOD: Code = Code::error("F0419", "type/no-such-method");
const NOT_CALLABLE: Code = Code::error("F0420", "type/not-callable");
const LAMBDA: Code = Code::error("F0421", "type/lambda");
const NOT_A_LIST: Code = Code::error("F0422", "type/not-a-list");
const NOT_A_NUMBER: Code = Code::error("F0423", "type/not-a-number");
const NO_ORDER: Code = Code::error("F0424", "type/no-order");
const NEVER_EQUAL: Code = Code::error("F0425", "type/never-equal");
const FLOAT_AND_DECIMAL: Code = Code::error("F0426", "type/float-and-decimal");
const TEXT_PLUS: Code = Code::error("F0427", "type/text-plus");
const DIVISION_BY_ZERO: Code = Code::error("F0428", "type/division-by-zero");
const BRANCHES_DIFFER: Code = Code::error("F0429", "type/branches-differ");
const NOT_EXHAUSTIVE: Code = Code::error("F0430", "type/not-exhaustive");
const PATTERN_KIND: Code = Code::error("F0431", "type/pattern-kind");
const ARM_NEVER_TAKEN: Code = Code::warning("W0432", "type/arm-never-taken");
const CANNOT_NARROW: Code = Code::error("F0433", "type/cannot-narrow");
const NEEDLESS: Code = Code::warning("W0434", "type/needless");
const NOT_IN_TEXT: Code = Code::error("F0435", "type/not-in-text");
const NUMBER_IN_TEXT: Code = Code::warning("W0436", "type/number-in-text");
const RANGE: Code = Code::error("F0437", "flow/range");
const UNKNOWN_UNIT: Code = Code::error("F0438", "type/unknown-unit");
const CONSTRAINT: Code = Code::error("F0439", "type/constraint");
const BAD_PATTERN: Code = Code::error("F0440", "type/bad-pattern");
const DECLARED_TWICE: Code = Code::error("F0441", "type/declared-twice");
const UNION: Code = Code::error("F0442", "type/union");
const CONFIG: Code = Code::error("F0443", "type/config");
const DEFAULT: Code = Code::error("F0444", "type/default");
const UNUSED_NAME: Code = Code::warning("W0445", "type/unused-name");

/// All codes of this family, by number.
pub(super) const CODES: &[Code] = &[
    MISMATCH,
    OPTIONAL,
    ENUM_VALUE,
    OPEN_ENUM,
    BOUNDS,
    PATTERN,
    SCALE,
    UNIT,
    LACKS_FIELD,
    JSON,
    UNION_MEMBER,
    ACCESS,
    UNKNOWN_FIELD,
    NO_FIELDS,
    UNKNOWN_PARAMETER,
    MISSING_ARGUMENT,
    TOO_MANY_ARGUMENTS,
    ARGUMENT_TWICE,
    NO_SUCH_METHOD,
    NOT_CALLABLE,
    LAMBDA,
    NOT_A_LIST,
    NOT_A_NUMBER,
    NO_ORDER,
    NEVER_EQUAL,
    FLOAT_AND_DECIMAL,
    TEXT_PLUS,
    DIVISION_BY_ZERO,
    BRANCHES_DIFFER,
    NOT_EXHAUSTIVE,
    PATTERN_KIND,
    ARM_NEVER_TAKEN,
    CANNOT_NARROW,
    NEEDLESS,
    NOT_IN_TEXT,
    NUMBER_IN_TEXT,
    RANGE,
    UNKNOWN_UNIT,
    CONSTRAINT,
    BAD_PATTERN,
    DECLARED_TWICE,
    UNION,
    CONFIG,
    DEFAULT,
    UNUSED_NAME,
];

// ---- members and calls --------------------------------------------------------------------------

pub fn unknown_field<'n>(
    name: impl Into<At<'n>>,
    owner: &str,
    declared: Option<Span>,
    near: Option<&str>,
    known: &[&str],
) -> Diagnostic {
    let name = name.into();
    let mut diagnostic =
        Diagnostic::new(UNKNOWN_FIELD, name.span, format!("`{owner}` has no field `{}`", name.text));
    if let Some(declared) = declared {
        diagnostic = diagnostic.label(declared, format!("`{owner}` is declared here"));
    }
    let listed: Vec<&str> = known.iter().copied().take(12).collect();
    let advice = if listed.is_empty() {
        "it has no fields at all".to_owned()
    } else {
        format!("its fields are {}", listed.join(", "))
    };
    suggest(diagnostic, name.span, near, &advice)
}

pub fn no_fields(span: Span, name: &str, ty: &str, method: Option<&str>) -> Diagnostic {
    let diagnostic = Diagnostic::new(NO_FIELDS, span, format!("`{ty}` has no field `{name}`"));
    match method {
        Some(method) => diagnostic.help(format!("`{method}` is a function: call it, `.{method}(…)`")),
        None => diagnostic.help("only records have fields"),
    }
}

pub fn json_not_narrowed(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(JSON, span, format!("`{name}` is read from JSON that nobody has looked into")).help(
        format!("say what it should be first, `(… as T else …).{name}`, or read it with `.get(\"{name}\")`"),
    )
}

pub fn field_of_union(
    span: Span,
    name: &str,
    union: &str,
    member: &str,
    declared: Option<Span>,
) -> Diagnostic {
    let message = format!("not every `{union}` has a field `{name}`: `{member}` lacks it");
    let diagnostic = Diagnostic::new(UNKNOWN_FIELD, span, message);
    let diagnostic = match declared {
        Some(declared) => diagnostic.label(declared, format!("`{union}` is declared here")),
        None => diagnostic,
    };
    diagnostic.help("tell the cases apart with `match`: a field that all have can be read at once")
}

pub fn member_of_optional(span: Span, name: &str, ty: &str, declared: Option<Span>) -> Diagnostic {
    let message = format!("`{name}` is read from a value that may be absent (`{ty}`)");
    let diagnostic = Diagnostic::new(OPTIONAL, span, message);
    let diagnostic = match declared {
        Some(declared) => diagnostic.label(declared, format!("`{ty}` because of this")),
        None => diagnostic,
    };
    diagnostic.help(format!("write `?.{name}`, which gives `none` then, or make sure above that it is there"))
}

pub fn needless_question_mark(span: Span, ty: &str) -> Diagnostic {
    Diagnostic::new(NEEDLESS, span, format!("`{ty}` is always there, so `?.` is the same as `.`"))
        .help("write `.`")
}

pub fn write_only(span: Span, name: &str, declared: Span) -> Diagnostic {
    Diagnostic::new(ACCESS, span, format!("`{name}` is never sent by the backend (`writeOnly`)"))
        .label(declared, "declared here")
        .help("take the value from somewhere else")
}

pub fn unknown_parameter<'n>(
    name: impl Into<At<'n>>,
    callee: &str,
    declared: Span,
    near: Option<&str>,
) -> Diagnostic {
    let name = name.into();
    let diagnostic =
        Diagnostic::new(UNKNOWN_PARAMETER, name.span, format!("`{callee}` has no parameter `{}`", name.text))
            .label(declared, format!("`{callee}` is declared here"));
    suggest(diagnostic, name.span, near, "leave it out, or see the parameters at the declaration")
}

pub fn missing_argument(span: Span, callee: &str, param: &str, ty: &str, declared: Span) -> Diagnostic {
    Diagnostic::new(MISSING_ARGUMENT, span, format!("`{callee}` needs `{param}`"))
        .here(format!("called without `{param}`"))
        .label(declared, format!("`{param}` is required here"))
        .help(format!("add `{}: …` ({ty})", super::names::spelled(param)))
}

pub fn too_many_arguments(
    span: Span,
    callee: &str,
    takes: usize,
    declared: Span,
    by_name: &[&str],
) -> Diagnostic {
    let shown: Vec<String> =
        by_name.iter().take(6).map(|name| format!("`{}: …`", super::names::spelled(name))).collect();
    let advice = match shown.as_slice() {
        [] => "leave it out".to_owned(),
        _ => format!("leave it out, or give it by name: {}", shown.join(", ")),
    };
    let noun = if takes == 1 { "argument" } else { "arguments" };
    Diagnostic::new(TOO_MANY_ARGUMENTS, span, format!("`{callee}` takes {takes} {noun} by place"))
        .label(declared, format!("`{callee}` is declared here"))
        .help(advice)
}

/// The body as a whole, and fields of it besides.
pub fn body_twice(span: Span, field: Span) -> Diagnostic {
    Diagnostic::new(ARGUMENT_TWICE, span, "the body is given as a whole and in parts")
        .label(field, "a part of it")
        .help("give all fields of the body by name, or one record")
}

pub fn argument_twice(span: Span, param: &str) -> Diagnostic {
    Diagnostic::new(ARGUMENT_TWICE, span, format!("`{param}` is given twice"))
        .help("leave one of the two out")
}

pub fn no_such_method<'n>(name: impl Into<At<'n>>, ty: &str, takes: Option<&str>) -> Diagnostic {
    let name = name.into();
    let diagnostic =
        Diagnostic::new(NO_SUCH_METHOD, name.span, format!("`{}` does not work on `{ty}`", name.text));
    match takes {
        Some(takes) => diagnostic.help(format!("it works on `{takes}`: convert the value first")),
        None => diagnostic.help("see the functions of std in the reference"),
    }
}

pub fn not_callable(span: Span) -> Diagnostic {
    Diagnostic::new(NOT_CALLABLE, span, "this is a value, and cannot be called")
        .help("only functions, maps and operations are called, by their names")
}

pub fn lambda_here(span: Span) -> Diagnostic {
    Diagnostic::new(LAMBDA, span, "a function on the spot stands where none is taken").help(
        "`x => …` is an argument of functions such as `map`, `filter` and `any`; elsewhere declare a `fn`",
    )
}

pub fn lambda_parameters(span: Span, has: usize, takes: usize) -> Diagnostic {
    Diagnostic::new(LAMBDA, span, format!("this has {has} parameters, and gets {takes}"))
        .help("leave out the parameters that are not given")
}

pub fn not_a_list(span: Span, what: &str, ty: &str, optional: bool) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(NOT_A_LIST, span, format!("{what} goes through a list, and this is `{ty}`"));
    if optional {
        diagnostic.help("it may be absent: write `… ?? []`")
    } else {
        diagnostic.help("give a list; the entries of a dictionary are `.entries((key, value) => …)`")
    }
}

// ---- operators ----------------------------------------------------------------------------------

pub fn not_a_number(span: Span, operator: &str, ty: &str, optional: bool) -> Diagnostic {
    let diagnostic = Diagnostic::new(NOT_A_NUMBER, span, format!("`{operator}` does not work on `{ty}`"));
    if optional {
        diagnostic.help("it may be absent: write `(… ?? 0)`")
    } else {
        diagnostic.help("it works on numbers, and on durations and dates where that makes sense")
    }
}

pub fn no_order(span: Span, operator: &str, ty: &str, optional: bool) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        NO_ORDER,
        span,
        format!("`{operator}` wants values that have an order, and this is `{ty}`"),
    );
    if optional {
        diagnostic.help("it may be absent: give a default with `??`")
    } else {
        diagnostic.help("numbers, texts, dates, times and durations have an order")
    }
}

pub fn never_equal(span: Span, left: &str, right: &str) -> Diagnostic {
    Diagnostic::new(NEVER_EQUAL, span, format!("`{left}` and `{right}` are never equal"))
        .help("compare values of one type; convert one of the two first")
}

pub fn units_differ(
    span: Span,
    operator: &str,
    left: &str,
    right: &str,
    declared: [Option<Span>; 2],
) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(
        UNIT,
        span,
        format!("`{operator}` joins amounts of different kinds: `{left}` and `{right}`"),
    );
    for (declared, ty) in declared.into_iter().zip([left, right]) {
        if let Some(declared) = declared {
            diagnostic = diagnostic.label(declared, format!("`{ty}` is declared here"));
        }
    }
    diagnostic.help("convert one of the two: round it to the same scale, or multiply it by a rate")
}

pub fn amounts_multiplied(span: Span, ty: &str) -> Diagnostic {
    Diagnostic::new(UNIT, span, format!("the product of two amounts of `{ty}` is no amount of it"))
        .help("multiply an amount by a plain number, or divide two amounts to compare them")
}

pub fn float_and_decimal(span: Span, operator: &str) -> Diagnostic {
    Diagnostic::new(
        FLOAT_AND_DECIMAL,
        span,
        format!("`{operator}` would mix an exact decimal with a binary float"),
    )
    .help("decide which it is: `.toDecimal()` or `.toFloat()`")
}

pub fn text_plus(span: Span, operator: Span) -> Diagnostic {
    Diagnostic::new(TEXT_PLUS, operator, "`+` does not join texts")
        .label(span, "this is a text")
        .help("write one text with the values in it: `\"{a} {b}\"`")
}

pub fn division_by_zero(span: Span) -> Diagnostic {
    Diagnostic::new(DIVISION_BY_ZERO, span, "this divides by zero").help("divide by something else")
}

pub fn needless_coalesce(span: Span, ty: &str) -> Diagnostic {
    Diagnostic::new(NEEDLESS, span, format!("`{ty}` is always there, so the default is never taken"))
        .help("leave out `??` and what stands behind it")
}

// ---- branches -----------------------------------------------------------------------------------

pub fn branches_differ(span: Span, this: &str, other: &str) -> Diagnostic {
    Diagnostic::new(BRANCHES_DIFFER, span, format!("one branch gives `{other}`, this one `{this}`"))
        .help("give values of one type in all branches")
}

pub fn items_differ(span: Span, this: &str, other: &str) -> Diagnostic {
    Diagnostic::new(BRANCHES_DIFFER, span, format!("the list holds `{other}`, and this is `{this}`"))
        .help("a list holds values of one type")
}

pub fn not_exhaustive(
    span: Span,
    subject: Span,
    ty: &str,
    missing: &[String],
    declared: Option<Span>,
) -> Diagnostic {
    const SHOWN: usize = 6;
    let shown: Vec<String> = missing.iter().take(SHOWN).map(|value| format!("`{value}`")).collect();
    let more =
        if missing.len() > SHOWN { format!(" and {} more", missing.len() - SHOWN) } else { String::new() };
    let diagnostic =
        Diagnostic::new(NOT_EXHAUSTIVE, span, format!("`match` has no arm for {}{more}", shown.join(", ")))
            .here("these are missing")
            .label(subject, format!("this is `{ty}`"));
    let diagnostic = match declared {
        Some(declared) => diagnostic.label(declared, "its values are declared here"),
        None => diagnostic,
    };
    let arms: Vec<String> = missing.iter().take(SHOWN).map(|value| format!("`{value} => …`")).collect();
    diagnostic.help(format!("add {}, or `_ => …` for all others", arms.join(", ")))
}

/// Of texts and numbers there are too many to have an arm for each.
pub fn match_without_rest(span: Span, subject: Span, ty: &str) -> Diagnostic {
    Diagnostic::new(NOT_EXHAUSTIVE, span, "`match` has no arm for all other values")
        .label(subject, format!("this is `{ty}`"))
        .help("add `_ => …`")
}

pub fn open_match(span: Span, subject: Span, ty: &str, declared: Option<Span>) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(NOT_EXHAUSTIVE, span, "`match` has no arm for values that the backend may add")
            .label(subject, format!("`{ty}` comes from a backend"));
    let diagnostic = match declared {
        Some(declared) => diagnostic.label(declared, "the values that the contract names today"),
        None => diagnostic,
    };
    diagnostic.help("an enumeration of a backend is open: add `_ => …`")
}

pub fn not_in_enum(
    span: Span,
    value: &str,
    ty: &str,
    declared: Option<Span>,
    near: Option<&str>,
    known: &[impl AsRef<str>],
) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(ENUM_VALUE, span, format!("`{value}` is none of `{ty}`"));
    if let Some(declared) = declared {
        diagnostic = diagnostic.label(declared, "its values are declared here");
    }
    match near {
        Some(near) => diagnostic.help(format!("did you mean \"{near}\"?")),
        None => diagnostic.help(format!("its values are {}", quoted(known))),
    }
}

pub fn pattern_kind(span: Span, pattern: &str, ty: &str) -> Diagnostic {
    Diagnostic::new(PATTERN_KIND, span, format!("`{pattern}` never matches `{ty}`"))
        .help("match against values of the type: texts for enumerations, names for unions, `none`, `_`")
}

pub fn arm_never_taken(span: Span, why: &str) -> Diagnostic {
    Diagnostic::new(ARM_NEVER_TAKEN, span, "this arm is never taken")
        .here(why.to_owned())
        .help("leave it out")
}

// ---- conversions and texts ----------------------------------------------------------------------

pub fn cannot_narrow(
    span: Span,
    have: &str,
    want: &str,
    written: Span,
    conversion: Option<&str>,
) -> Diagnostic {
    let advice = conversion
        .unwrap_or("`as` looks into JSON, texts, enumerations, unions and numbers; map everything else");
    Diagnostic::new(CANNOT_NARROW, span, format!("`{have}` is never `{want}`"))
        .label(written, "wanted here")
        .help(advice.to_owned())
}

pub fn narrow_optional(span: Span, have: &str, want: &str) -> Diagnostic {
    Diagnostic::new(OPTIONAL, span, format!("`as {want}` is asked of a value that may be absent (`{have}`)"))
        .help(format!("write `as {want}?`, or give a default first"))
}

pub fn needless_narrow(span: Span, ty: &str) -> Diagnostic {
    Diagnostic::new(NEEDLESS, span, format!("this is `{ty}` already")).help(format!("leave out `as {ty}`"))
}

pub fn not_in_text(span: Span, ty: &str, why: &str, optional: bool) -> Diagnostic {
    let diagnostic = Diagnostic::new(NOT_IN_TEXT, span, format!("`{ty}` cannot stand in a text: {why}"));
    if optional {
        diagnostic.help("give a default: `{… ?? \"\"}`")
    } else {
        diagnostic.help(
            "take a field of it, join a list with `.join(\", \")`, or make it text with `.toJson().encode()`",
        )
    }
}

pub fn number_in_text(span: Span, number: &str) -> Diagnostic {
    Diagnostic::new(NUMBER_IN_TEXT, span, format!("`{{{number}}}` in a text puts the number {number} there"))
        .help(format!("for a pattern write a text in which nothing is computed, '…{{{number}}}…', else write the number itself"))
}

pub fn number_range(span: Span, wanted: &str) -> Diagnostic {
    Diagnostic::new(RANGE, span, "this number is out of range").help(format!("write {wanted}"))
}

pub fn broken_duration(span: Span) -> Diagnostic {
    Diagnostic::new(RANGE, span, "a duration is a whole number of its unit")
        .help("take a smaller unit: `90m` is an hour and a half, `1500ms` a second and a half")
}

pub fn fan_bound(span: Span) -> Diagnostic {
    Diagnostic::new(RANGE, span, "how many calls run at once is known when the program is compiled")
        .help("write a whole number from 1 to 1000: `(at most 8 at once)`")
}

pub fn unknown_unit(span: Span, unit: &str, known: &str) -> Diagnostic {
    Diagnostic::new(UNKNOWN_UNIT, span, format!("there is no unit `{unit}`"))
        .help(format!("the units are {known}"))
}

// ---- declarations -------------------------------------------------------------------------------

pub fn misplaced_constraint(span: Span, word: &str, wanted: &str, ty: &impl std::fmt::Display) -> Diagnostic {
    Diagnostic::new(CONSTRAINT, span, format!("`{word}` does not go with `{ty}`"))
        .help(format!("`{word}` constrains {wanted}"))
}

pub fn bad_bounds(span: Span, why: &str) -> Diagnostic {
    Diagnostic::new(CONSTRAINT, span, "these bounds allow nothing").help(why.to_owned())
}

pub fn bad_pattern<'n>(pattern: impl Into<At<'n>>, fault: &str) -> Diagnostic {
    let pattern = pattern.into();
    Diagnostic::new(BAD_PATTERN, pattern.span, "this pattern cannot be read").here(fault.to_owned()).help(
        "patterns are regular expressions without look-around and back-references, and match the whole text",
    )
}

pub fn field_twice<'n>(name: impl Into<At<'n>>, first: Span) -> Diagnostic {
    let name = name.into();
    Diagnostic::new(DECLARED_TWICE, name.span, format!("the field `{}` is declared twice", name.text))
        .label(first, "first here")
        .help("leave one of the two out")
}

pub fn value_twice<'n>(value: impl Into<At<'n>>, first: Span) -> Diagnostic {
    let value = value.into();
    Diagnostic::new(DECLARED_TWICE, value.span, format!("the value \"{}\" is there twice", value.text))
        .label(first, "first here")
        .help("leave one of the two out")
}

pub fn union_member(span: Span, ty: &impl std::fmt::Display) -> Diagnostic {
    Diagnostic::new(UNION, span, format!("`{ty}` has no name that a `match` could tell it by"))
        .help("give it a name with a `type` of its own, and put that into the union")
}

pub fn discriminator_not_enum<'n>(by: impl Into<At<'n>>, member: &str, declared: Option<Span>) -> Diagnostic {
    let by = by.into();
    let message = format!("`{}` does not tell `{member}` from the others", by.text);
    let diagnostic = Diagnostic::new(UNION, by.span, message);
    let diagnostic = match declared {
        Some(declared) => diagnostic.label(declared, format!("`{member}` has no enumeration `{}`", by.text)),
        None => diagnostic,
    };
    diagnostic.help(format!("give each member a field such as `{}: \"card\"`, with its own value", by.text))
}

pub fn members_alike(span: Span, first: &str, second: &str, by: Option<&str>) -> Diagnostic {
    let why = match by {
        Some(by) => format!("they have a value of `{by}` in common"),
        None => "one of them has no required field that the other lacks".to_owned(),
    };
    Diagnostic::new(UNION, span, format!("`{first}` and `{second}` cannot be told apart"))
        .here(why)
        .help("name a field that tells them apart: `type T = A | B by kind`")
}

pub fn config_here(span: Span, source: &str) -> Diagnostic {
    Diagnostic::new(CONFIG, span, format!("`{source}` is read at start, and not by maps and functions"))
        .help("settings and steps may name it: pass the value in as an argument")
}

pub fn default_fails(span: Span) -> Diagnostic {
    Diagnostic::new(DEFAULT, span, "a default is known when the program is compiled, and this can fail")
        .help("write the value itself")
}

pub fn unused_name(name: &str, span: Span) -> Diagnostic {
    Diagnostic::new(UNUSED_NAME, span, format!("nobody uses `{name}`"))
        .help(format!("leave it out, or call it `_{name}` to say that this is meant"))
}
