//! Family 01: the text of a `.flow` file: characters, tokens, forms, nesting.

use super::{Code, Diagnostic};
use crate::source::Span;

const CONTROL: Code = Code::error("F0103", "flow/control-character");
const TROJAN: Code = Code::error("F0104", "flow/trojan-source");
const CHARACTER: Code = Code::error("F0105", "flow/character");
const NESTING: Code = Code::error("F0106", "flow/nesting");
const UNCLOSED_TEXT: Code = Code::error("F0107", "flow/unclosed-text");
const UNCLOSED: Code = Code::error("F0108", "flow/unclosed-bracket");
const STRAY: Code = Code::error("F0109", "flow/stray-bracket");
const SYNTAX: Code = Code::error("F0110", "flow/syntax");
const NUMBER: Code = Code::error("F0111", "flow/number");
const ESCAPE: Code = Code::error("F0112", "flow/escape");
const FOREIGN: Code = Code::error("F0113", "flow/foreign-form");
const REPEATED: Code = Code::error("F0114", "flow/repeated-clause");
const COMPARISON: Code = Code::error("F0115", "flow/comparison-chain");
const STRAY_DOC: Code = Code::warning("W0116", "flow/stray-documentation");
const ORDER: Code = Code::error("F0117", "flow/setting-order");

/// All codes of this family, by number.
pub(super) const CODES: &[Code] = &[
    CONTROL,
    TROJAN,
    CHARACTER,
    NESTING,
    UNCLOSED_TEXT,
    UNCLOSED,
    STRAY,
    SYNTAX,
    NUMBER,
    ESCAPE,
    FOREIGN,
    REPEATED,
    COMPARISON,
    STRAY_DOC,
    ORDER,
];

// ---- characters ---------------------------------------------------------------------------------

pub fn control_character(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(CONTROL, span, format!("the control character {name} stands here"))
        .help("delete it; in a text, write `\\u{…}` with its number")
}

pub fn direction_control(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(TROJAN, span, format!("{name} makes this text read otherwise than it is"))
        .help("delete it; a text that needs it says so with `\\u{…}`")
}

pub fn invisible_character(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(TROJAN, span, format!("the invisible character {name} stands in the code"))
        .help("delete it")
        .fix("delete it", span, "")
}

pub fn foreign_letter(span: Span, letter: char, name: &str, alike: Option<char>) -> Diagnostic {
    match alike {
        Some(alike) => {
            let message = format!("`{letter}` is {name}, which looks like the letter `{alike}`");
            Diagnostic::new(TROJAN, span, message).help(format!("write the ASCII letter `{alike}`"))
        }
        None => Diagnostic::new(TROJAN, span, format!("`{letter}` ({name}) cannot stand in a name"))
            .help("names consist of the letters a to z, digits and `_`"),
    }
}

pub fn mark_in_name(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(TROJAN, span, format!("this name holds {name}, so that another spelling looks the same"))
        .help("write the letter with its mark as one character")
}

pub fn odd_character(span: Span, character: char, name: &str) -> Diagnostic {
    let diagnostic = Diagnostic::new(CHARACTER, span, format!("unexpected character {name}"));
    match character {
        '\u{201C}' | '\u{201D}' => diagnostic.help("a text stands in straight quotes: `\"`"),
        '\u{2018}' | '\u{2019}' => diagnostic.help("a raw text stands in straight quotes: `'`"),
        _ if character.is_whitespace() => diagnostic.help("write an ordinary space"),
        _ => diagnostic.help("outside texts and comments, flow is written in ASCII"),
    }
}

// ---- brackets and texts -------------------------------------------------------------------------

pub fn nesting(span: Span, limit: usize) -> Diagnostic {
    Diagnostic::new(NESTING, span, format!("this is nested deeper than {limit} levels"))
        .help("give an inner part a name, with `let` or `fn`")
}

pub fn too_many_links(span: Span, limit: usize) -> Diagnostic {
    Diagnostic::new(NESTING, span, format!("more than {limit} calls and members follow each other here"))
        .help("give a part of the chain a name, with `let`")
}

pub fn unclosed_text(span: Span, quote: &str) -> Diagnostic {
    Diagnostic::new(UNCLOSED_TEXT, span, "this text is not closed").help(format!(
        "a text ends with `{quote}` on the line on which it starts; a line break in it is `\\n`"
    ))
}

pub fn unclosed_hole(hole: Span, text: Span) -> Diagnostic {
    Diagnostic::new(UNCLOSED_TEXT, hole, "`{` opens a value in this text that is not closed")
        .label(text, "the text starts here")
        .help("close the value with `}`, or write `\\{` for the brace itself")
}

pub fn unclosed(noticed: Span, opened: Span, bracket: &str, closing: &str) -> Diagnostic {
    Diagnostic::new(UNCLOSED, noticed, format!("`{bracket}` is not closed"))
        .here(format!("expected `{closing}` before this"))
        .label(opened, format!("this `{bracket}` is not closed"))
        .help(format!("add `{closing}`"))
}

pub fn stray_bracket(span: Span, closing: &str) -> Diagnostic {
    Diagnostic::new(STRAY, span, format!("this `{closing}` closes nothing"))
        .help("delete it, or add the bracket that it closes")
}

// ---- forms --------------------------------------------------------------------------------------

/// Something else was expected than what was found.
pub fn unexpected(span: Span, expected: &str, found: &str, help: &str) -> Diagnostic {
    Diagnostic::new(SYNTAX, span, format!("expected {expected}, found {found}"))
        .here(format!("expected {expected}"))
        .help(help)
}

pub fn repeated_clause(span: Span, first: Span, word: &str) -> Diagnostic {
    Diagnostic::new(REPEATED, span, format!("`{word}` stands twice at one value"))
        .label(first, "it stands here already")
        .help("keep one of them; a value in parentheses can have its own")
}

pub fn comparison_chain(span: Span, first: Span) -> Diagnostic {
    Diagnostic::new(COMPARISON, span, "comparisons cannot follow each other")
        .label(first, "the first comparison")
        .help("write `a < b and b < c`, or put one comparison in parentheses")
}

pub fn stray_documentation(span: Span) -> Diagnostic {
    Diagnostic::new(STRAY_DOC, span, "this `///` documents nothing")
        .help("put it right above a declaration, field, parameter or operation, or write `//`")
}

pub fn setting_after_steps(span: Span, name: &str, step: Span) -> Diagnostic {
    Diagnostic::new(ORDER, span, format!("the setting `{name}` stands below a step"))
        .label(step, "the steps start here")
        .help("move it to the top of the block: settings come before steps")
}

// ---- numbers and escapes ------------------------------------------------------------------------

pub fn malformed_number(span: Span, text: &str) -> Diagnostic {
    Diagnostic::new(NUMBER, span, format!("`{text}` is not a number"))
        .help("numbers look like `42`, `1_000`, `0.5`, `1e6`; only whole numbers in base 10 have `_` between digits")
}

pub fn unknown_unit(span: Span, unit: &str) -> Diagnostic {
    Diagnostic::new(NUMBER, span, format!("`{unit}` is no unit"))
        .help("durations have `ms`, `s`, `m` or `min`, `h`, `d`; sizes have `B`, `KB`, `MB`, `GB`")
}

pub fn unknown_escape(span: Span, escape: &str) -> Diagnostic {
    Diagnostic::new(ESCAPE, span, format!("`{escape}` means nothing in a text"))
        .help("there are `\\n \\t \\r \\\" \\\\ \\{ \\} \\u{…}`; a text in single quotes takes everything as it stands")
}

pub fn bad_code_point(span: Span) -> Diagnostic {
    Diagnostic::new(ESCAPE, span, "this is the number of no character")
        .help("`\\u{…}` holds one to six hexadecimal digits, such as `\\u{20AC}`")
}

// ---- what people bring along from other languages -----------------------------------------------

/// Field types where only a dictionary can stand.
pub fn nameless_record(span: Span) -> Diagnostic {
    Diagnostic::new(FOREIGN, span, "a record has no name here, and records have one in flow")
        .help("declare it, `type Name { field: T }`, and write `Name` here; a dictionary is `{string: T}`")
}

/// `wrong` is written as `right` in flow; the fix may be applied unseen.
pub fn foreign(span: Span, wrong: &str, right: &str) -> Diagnostic {
    Diagnostic::new(FOREIGN, span, format!("`{wrong}` is written `{right}` in flow"))
        .help(format!("write `{right}`"))
        .fix(format!("write `{right}`"), span, right)
}

pub fn needless(span: Span, mark: &str) -> Diagnostic {
    Diagnostic::new(FOREIGN, span, format!("no `{mark}` stands between steps or declarations"))
        .help("delete it: a new line is enough")
        .fix("delete it", span, "")
}

pub fn annotated_let(span: Span) -> Diagnostic {
    Diagnostic::new(FOREIGN, span, "`let` takes no type: it is that of the value")
        .help("delete the type; to narrow a value write `value as T`")
        .fix("delete the type", span, "")
}

pub fn label_before_name(span: Span, label: &str) -> Diagnostic {
    Diagnostic::new(FOREIGN, span, format!("the label `{label}` stands before the name"))
        .help(format!("put it behind the type: `name: T {label}`"))
}

pub fn not_in_flow(span: Span, what: &str, help: &str) -> Diagnostic {
    Diagnostic::new(FOREIGN, span, format!("{what} is not part of flow")).help(help)
}
