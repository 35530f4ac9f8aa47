//! Family 03: names and what they stand for.

use super::{At, Code, Diagnostic};
use crate::source::Span;

const DECLARED_TWICE: Code = Code::error("F0301", "name/declared-twice");
const WANTS_CAPITAL: Code = Code::error("F0302", "name/wants-capital");
const WANTS_SMALL_LETTER: Code = Code::error("F0303", "name/wants-small-letter");
const UNKNOWN_NAME: Code = Code::error("F0304", "name/unknown");
const UNKNOWN_TYPE: Code = Code::error("F0305", "name/unknown-type");
const UNKNOWN_FUNCTION: Code = Code::error("F0306", "name/unknown-function");
const UNKNOWN_OPERATION: Code = Code::error("F0307", "name/unknown-operation");
const WRONG_KIND: Code = Code::error("F0308", "name/wrong-kind");
const TAKEN: Code = Code::error("F0309", "name/taken");
const ONLY_STD: Code = Code::error("F0310", "name/only-std");
const ALIAS_CYCLE: Code = Code::error("F0311", "name/alias-cycle");
const UNKNOWN_SCHEMA: Code = Code::error("F0312", "name/unknown-schema");
const UNKNOWN_LABEL: Code = Code::error("F0313", "name/unknown-label");

/// All codes of this family, by number.
pub(super) const CODES: &[Code] = &[
    DECLARED_TWICE,
    WANTS_CAPITAL,
    WANTS_SMALL_LETTER,
    UNKNOWN_NAME,
    UNKNOWN_TYPE,
    UNKNOWN_FUNCTION,
    UNKNOWN_OPERATION,
    WRONG_KIND,
    TAKEN,
    ONLY_STD,
    ALIAS_CYCLE,
    UNKNOWN_SCHEMA,
    UNKNOWN_LABEL,
];

pub fn declared_twice<'n>(name: impl Into<At<'n>>, kind: &str, first_kind: &str, first: Span) -> Diagnostic {
    let name = name.into();
    Diagnostic::new(DECLARED_TWICE, name.span, format!("the {kind} `{}` has a name that is taken", name.text))
        .here("declared again here")
        .label(first, format!("the {first_kind} `{}` is declared here", name.text))
        .help("all files of a project share one namespace: give one of the two another name")
}

pub fn wants_capital<'n>(kind: &str, name: impl Into<At<'n>>, better: &str) -> Diagnostic {
    let name = name.into();
    Diagnostic::new(
        WANTS_CAPITAL,
        name.span,
        format!("the {kind} `{}` starts with a small letter", name.text),
    )
    .help(format!("types, problems, events, backends and services start with a capital: `{better}`"))
}

pub fn wants_small_letter<'n>(name: impl Into<At<'n>>, better: &str) -> Diagnostic {
    let name = name.into();
    Diagnostic::new(WANTS_SMALL_LETTER, name.span, format!("the name `{}` starts with a capital", name.text))
        .help(format!("maps, functions and values start with a small letter: `{better}`"))
}

/// A help that names the nearest, and a fix for it; otherwise the given advice.
pub(super) fn suggest(diagnostic: Diagnostic, span: Span, near: Option<&str>, otherwise: &str) -> Diagnostic {
    match near {
        Some(near) => diagnostic.help(format!("a similar name is there: `{near}`")).fix(
            format!("write `{near}`"),
            span,
            spelled(near),
        ),
        None => diagnostic.help(otherwise.to_owned()),
    }
}

/// A name as it has to be written: in quotes where it is not a plain one.
pub fn spelled(name: &str) -> String {
    let plain = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if plain {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"").replace('{', "\\{"))
    }
}

pub fn unknown_name<'n>(name: impl Into<At<'n>>, near: Option<&str>) -> Diagnostic {
    let name = name.into();
    let diagnostic =
        Diagnostic::new(UNKNOWN_NAME, name.span, format!("nothing here is called `{}`", name.text));
    suggest(diagnostic, name.span, near, "name a parameter, or bind a value to the name with `let` above")
}

/// A chain of types that is longer than the compiler follows.
pub fn type_chain<'n>(name: impl Into<At<'n>>, limit: usize) -> Diagnostic {
    let name = name.into();
    let message = format!("`{}` stands behind {limit} other types, one behind the other", name.text);
    Diagnostic::new(ALIAS_CYCLE, name.span, message)
        .help("name the type that is meant, instead of a type that names one that names one")
}

/// `a` → `b` → `a`; of a long circle only the ends.
pub(super) fn circle_of(circle: &[&str]) -> String {
    const ENDS: usize = 4;
    let mut shown: Vec<String> =
        circle.iter().chain(circle.first()).map(|name| format!("`{name}`")).collect();
    if shown.len() > 2 * ENDS + 1 {
        let more = shown.len() - 2 * ENDS;
        shown.splice(ENDS..shown.len() - ENDS, [format!("{more} more")]);
    }
    shown.join(" → ")
}

/// A name that is bound, but in a block that has ended.
pub fn out_of_sight<'n>(name: impl Into<At<'n>>, bound: Span) -> Diagnostic {
    let name = name.into();
    Diagnostic::new(UNKNOWN_NAME, name.span, format!("nothing here is called `{}`", name.text))
        .label(bound, "bound here, and seen only in the block around it")
        .help("bind it above the block; what both arms of a `when` bind is seen below")
}

pub fn unknown_type<'n>(name: impl Into<At<'n>>, near: Option<&str>) -> Diagnostic {
    let name = name.into();
    let diagnostic = Diagnostic::new(UNKNOWN_TYPE, name.span, format!("there is no type `{}`", name.text));
    let advice =
        format!("declare it, `type {} {{ … }}`, or take one of a contract, `Backend.Schema`", name.text);
    suggest(diagnostic, name.span, near, &advice)
}

pub fn unknown_function<'n>(name: impl Into<At<'n>>, near: Option<&str>) -> Diagnostic {
    let name = name.into();
    let message = format!("there is no function or map `{}`", name.text);
    let advice =
        format!("declare it, `fn {}(…) -> … = …`, or see the functions of std in the reference", name.text);
    suggest(Diagnostic::new(UNKNOWN_FUNCTION, name.span, message), name.span, near, &advice)
}

/// A function that is called like a method.
pub fn method_of_nothing<'n>(name: impl Into<At<'n>>, turned: &str) -> Diagnostic {
    let name = name.into();
    Diagnostic::new(UNKNOWN_FUNCTION, name.span, format!("no value has a function `{}`", name.text))
        .help(format!("`{turned}` takes its value between the parentheses: `{turned}(value)`"))
}

/// A method that is called like a function.
pub fn function_of_nothing<'n>(name: impl Into<At<'n>>, turned: &str) -> Diagnostic {
    let name = name.into();
    Diagnostic::new(UNKNOWN_FUNCTION, name.span, format!("there is no function or map `{}`", name.text))
        .help(format!("`{turned}` is called on its value: `value.{turned}(…)`"))
}

/// `owner` is the backend or service, `contract` the place of its contract or declaration.
pub fn unknown_operation<'n>(
    owner: &str,
    name: impl Into<At<'n>>,
    contract: Option<Span>,
    near: Option<&str>,
) -> Diagnostic {
    let name = name.into();
    let message = format!("`{owner}` has no operation `{}`", name.text);
    let mut diagnostic = Diagnostic::new(UNKNOWN_OPERATION, name.span, message);
    if let Some(span) = contract {
        diagnostic = diagnostic.label(span, format!("the operations of `{owner}` are declared here"));
    }
    suggest(
        diagnostic,
        name.span,
        near,
        "an operation is called by its operation id, or by method and path in one word (`getCustomersById`) where the contract gives it none",
    )
}

/// An operation whose name has a dash, and no quotes: it reads as a difference.
pub fn dashed_operation(owner: &str, name: &str, span: Span) -> Diagnostic {
    let message = format!("the name of the operation `{name}` has a dash, and stands outside of quotes");
    Diagnostic::new(UNKNOWN_OPERATION, span, message)
        .here("reads as a difference")
        .help(format!("names that a contract spells in another way than flow stand in double quotes: `{owner}.\"{name}\"`"))
        .fix(format!("write `\"{name}\"`"), span, spelled(name))
}

/// The same of a service of the project. `known` are the operations that it has.
pub fn unknown_own_operation<'n>(
    (service, declared): (&str, Span),
    name: impl Into<At<'n>>,
    near: Option<&str>,
    known: &[&str],
) -> Diagnostic {
    let name = name.into();
    let message = format!("`{service}` has no operation `{}`", name.text);
    let diagnostic = Diagnostic::new(UNKNOWN_OPERATION, name.span, message).label(declared, "declared here");
    let advice = match known {
        [] => format!("`{service}` has no operations at all: declare it there"),
        known => format!("its operations are `{}`", known.join("`, `")),
    };
    suggest(diagnostic, name.span, near, &advice)
}

/// An operation that the contract has and that flows may not call. `place` is where the contract has it.
pub fn refused_operation<'n>(owner: &str, name: impl Into<At<'n>>, method: &str, place: Span) -> Diagnostic {
    let name = name.into();
    let message = format!("`{owner}` has no operation `{}` that can be called", name.text);
    Diagnostic::new(UNKNOWN_OPERATION, name.span, message)
        .label(place, format!("its method is {method}"))
        .help(format!("{method} is not offered: its answer repeats the request with all credentials"))
}

fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}

/// Something is there, but it is not what the place wants.
pub fn wrong_kind<'n>(name: impl Into<At<'n>>, is: &str, wanted: &str, declared: Option<Span>) -> Diagnostic {
    let name = name.into();
    let (is, wanted) = (with_article(is), with_article(wanted));
    let message = format!("`{}` is {is}, and {wanted} is wanted here", name.text);
    let diagnostic = Diagnostic::new(WRONG_KIND, name.span, message);
    let diagnostic = match declared {
        Some(span) => diagnostic.label(span, "declared here"),
        None => diagnostic,
    };
    diagnostic.help(format!("name {wanted}, or declare one"))
}

pub fn taken<'n>(name: impl Into<At<'n>>, first: Span) -> Diagnostic {
    let name = name.into();
    Diagnostic::new(TAKEN, name.span, format!("the name `{}` is already bound", name.text))
        .label(first, "bound here, and still visible below")
        .help("a name means one thing: choose another one")
}

pub fn only_std(span: Span, what: &str) -> Diagnostic {
    Diagnostic::new(ONLY_STD, span, format!("{what} can only be written in std"))
        .help("give it a body or a type that is built from those of std")
}

pub fn alias_cycle<'n>(name: impl Into<At<'n>>) -> Diagnostic {
    let name = name.into();
    Diagnostic::new(ALIAS_CYCLE, name.span, format!("the type `{}` is defined by itself alone", name.text))
        .help("a type may contain itself only inside a record: `type Tree { children: [Tree] }`")
}

pub fn unknown_schema<'n>(
    backend: &str,
    name: impl Into<At<'n>>,
    contract: Option<Span>,
    near: Option<&str>,
) -> Diagnostic {
    let name = name.into();
    let message = format!("the contract of `{backend}` has no schema `{}`", name.text);
    let mut diagnostic = Diagnostic::new(UNKNOWN_SCHEMA, name.span, message);
    if let Some(span) = contract {
        diagnostic = diagnostic.label(span, "this is the contract");
    }
    suggest(
        diagnostic,
        name.span,
        near,
        "name a schema of the contract, or an inline one as `Backend.operation.Response` or `.Body`",
    )
}

pub fn unknown_label<'n>(name: impl Into<At<'n>>, near: Option<&str>) -> Diagnostic {
    let name = name.into();
    let diagnostic = Diagnostic::new(UNKNOWN_LABEL, name.span, format!("there is no label `@{}`", name.text));
    suggest(diagnostic, name.span, near, "the labels are `@personal` and `@secret`")
}
