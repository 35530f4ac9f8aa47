//! Family 00: the project, its files, `flow.toml`, suppressions and the command line.

use super::{Code, Diagnostic, nearest};
use crate::source::Span;

pub const NOT_FOUND: Code = Code::error("F0001", "project/not-found");
pub const UNREADABLE: Code = Code::error("F0002", "project/unreadable");
pub const NOT_A_FILE: Code = Code::error("F0003", "project/not-a-file");
pub const TOO_LARGE: Code = Code::error("F0004", "project/too-large");
pub const ENCODING: Code = Code::error("F0005", "project/encoding");
pub const OUTSIDE: Code = Code::error("F0006", "project/outside");
pub const TOO_MANY: Code = Code::error("F0007", "project/too-many-files");
pub const FILE_NAME: Code = Code::error("F0008", "project/file-name");
pub const EMPTY: Code = Code::warning("W0009", "project/empty");
pub const MANIFEST_SYNTAX: Code = Code::error("F0010", "manifest/syntax");
pub const UNKNOWN_KEY: Code = Code::error("F0011", "manifest/unknown-key");
pub const WRONG_VALUE: Code = Code::error("F0012", "manifest/wrong-value");
pub const MISSING_KEY: Code = Code::error("F0013", "manifest/missing-key");
pub const DEPENDENCY: Code = Code::error("F0014", "manifest/dependency");
pub const DEPENDENCY_CYCLE: Code = Code::error("F0015", "manifest/dependency-cycle");
pub const SUPPRESSION_FORM: Code = Code::error("F0016", "suppression/form");
pub const SUPPRESSION_REASON: Code = Code::error("F0017", "suppression/reason");
pub const UNKNOWN_CODE: Code = Code::error("F0018", "suppression/unknown-code");
pub const SUPPRESSED_ERROR: Code = Code::error("F0019", "suppression/error");
pub const UNUSED_SUPPRESSION: Code = Code::warning("W0020", "suppression/unused");
pub const FOLDER_IN_USE: Code = Code::error("F0021", "command/folder-in-use");
pub const PROJECT_NAME: Code = Code::error("F0022", "command/project-name");
pub const NO_SUCH_PAGE: Code = Code::error("F0023", "command/no-such-page");
pub const UNWRITABLE: Code = Code::error("F0024", "command/unwritable");
pub const UNKNOWN_SERVICE: Code = Code::error("F0025", "manifest/unknown-service");
pub const NO_SUCH_OPERATION: Code = Code::error("F0026", "command/no-such-operation");

pub const EDITED: Code = Code::error("F0027", "build/edited");
pub const IN_THE_WAY: Code = Code::error("F0028", "build/in-the-way");
pub const CARGO: Code = Code::error("F0029", "build/cargo");
pub const BAD_SAMPLE: Code = Code::error("F0033", "eval/sample");
pub const NO_VALUE: Code = Code::error("F0034", "eval/no-value");
pub const NOTHING_TO_RUN: Code = Code::error("F0035", "test/nothing-to-run");
pub const UNSERVED: Code = Code::error("F0032", "run/unserved");

/// All codes of this family, by number.
pub(super) const CODES: &[Code] = &[
    NOT_FOUND,
    UNREADABLE,
    NOT_A_FILE,
    TOO_LARGE,
    ENCODING,
    OUTSIDE,
    TOO_MANY,
    FILE_NAME,
    EMPTY,
    MANIFEST_SYNTAX,
    UNKNOWN_KEY,
    WRONG_VALUE,
    MISSING_KEY,
    DEPENDENCY,
    DEPENDENCY_CYCLE,
    SUPPRESSION_FORM,
    SUPPRESSION_REASON,
    UNKNOWN_CODE,
    SUPPRESSED_ERROR,
    UNUSED_SUPPRESSION,
    FOLDER_IN_USE,
    PROJECT_NAME,
    NO_SUCH_PAGE,
    UNWRITABLE,
    UNKNOWN_SERVICE,
    NO_SUCH_OPERATION,
    EDITED,
    IN_THE_WAY,
    CARGO,
    UNSERVED,
    BAD_SAMPLE,
    NO_VALUE,
    NOTHING_TO_RUN,
];

// ---- files --------------------------------------------------------------------------------------

/// There is no file to point at.
pub fn not_found(looked_in: &str) -> Diagnostic {
    nowhere(NOT_FOUND, format!("there is no `flow.toml` in `{looked_in}` or above")).help(
        "a project is a folder with a `flow.toml`: go to one, or write a first one with `flowc new shop`",
    )
}

pub fn never_fetched(address: &str) -> Diagnostic {
    nowhere(NOT_FOUND, format!("`{address}` is an address, and nothing is ever fetched"))
        .help("download it, and name the file")
}

pub fn no_such_contract(path: &str) -> Diagnostic {
    nowhere(NOT_FOUND, format!("there is no file `{path}`"))
        .help("name an OpenAPI document on this machine, in JSON or YAML")
}

pub fn no_such_path(path: &str) -> Diagnostic {
    nowhere(NOT_FOUND, format!("there is no file or folder `{path}`"))
        .help("name the folder of a project, or a `.flow` file in it")
}

pub fn not_a_project(path: &str) -> Diagnostic {
    nowhere(NOT_FOUND, format!("`{path}` is neither a folder nor a `.flow` file"))
        .help("name the folder of a project, or a `.flow` file in it")
}

/// A file that could not be read, for a reason that the system gave. `place` is where it is named, else its start.
pub fn unreadable(place: Span, path: &str, reason: &str) -> Diagnostic {
    Diagnostic::new(UNREADABLE, place, format!("`{path}` cannot be read: {reason}"))
        .help("see that the file is there and may be read by you")
}

pub fn missing_file(place: Span, path: &str) -> Diagnostic {
    Diagnostic::new(UNREADABLE, place, format!("there is no file `{path}`"))
        .help("paths start at the folder of `flow.toml`")
}

/// The author wrote the path as seen from the `.flow` file.
pub fn missing_file_but_beside(place: Span, path: &str, from_root: &str) -> Diagnostic {
    Diagnostic::new(UNREADABLE, place, format!("there is no file `{path}`"))
        .help(format!("paths start at the folder of `flow.toml`: write `{from_root}`"))
        .fix("name it as seen from the project", place, format!("{from_root:?}"))
}

pub fn not_a_file(place: Span, path: &str, what: &str) -> Diagnostic {
    Diagnostic::new(NOT_A_FILE, place, format!("`{path}` is {what}, not a file"))
        .help("name an ordinary file, or rename this one if it is not meant to be read")
}

pub fn too_large(place: Span, path: &str, limit: u64) -> Diagnostic {
    let limit = limit >> 20;
    Diagnostic::new(TOO_LARGE, place, format!("`{path}` is larger than {limit} MiB"))
        .help("split it: no file of this kind may be larger")
}

/// `place` is the byte itself, at the end of what could be read.
pub fn encoding(place: Span, path: &str, offset: usize, guess: Option<&str>) -> Diagnostic {
    let guess = guess.map_or(String::new(), |guess| format!(" (it looks like {guess})"));
    Diagnostic::new(ENCODING, place, format!("`{path}` is not UTF-8 at byte {offset}{guess}"))
        .here("up to here it can be read")
        .help("save the file as UTF-8")
}

pub fn outside(place: Span, path: &str) -> Diagnostic {
    Diagnostic::new(OUTSIDE, place, format!("`{path}` leads out of the project"))
        .help("copy the file into the project, and name it as seen from the folder of `flow.toml`")
}

pub fn too_many_files(place: Span, limit: usize) -> Diagnostic {
    Diagnostic::new(TOO_MANY, place, format!("the project has more than {limit} files or folders")).help(
        "give folders that hold no flows a name that starts with a dot, or move them out of the project",
    )
}

pub fn too_deep(place: Span, path: &str, limit: usize) -> Diagnostic {
    Diagnostic::new(TOO_MANY, place, format!("`{path}` lies more than {limit} folders deep"))
        .help("move its files further up")
}

pub fn file_name(place: Span, path: &str) -> Diagnostic {
    Diagnostic::new(FILE_NAME, place, format!("the name of `{path}` is not plain text"))
        .help("rename the file: its name must be UTF-8 without control characters")
}

pub fn empty(manifest: Span) -> Diagnostic {
    Diagnostic::new(EMPTY, manifest, "the project has no `.flow` file")
        .help("write one, such as `src/main.flow`; hidden folders, `target` and `dist` are not searched")
}

// ---- flow.toml ----------------------------------------------------------------------------------

pub fn manifest_syntax(place: Span, reason: &str) -> Diagnostic {
    Diagnostic::new(MANIFEST_SYNTAX, place, format!("`flow.toml` is not TOML here: {reason}"))
        .help("see https://toml.io for the form, and `docs/cli.md` for the keys")
}

pub fn unknown_key(place: Span, key: &str, table: &str, known: &[&str]) -> Diagnostic {
    let diagnostic = Diagnostic::new(UNKNOWN_KEY, place, format!("unknown key `{key}` in {table}"));
    match nearest(key, known.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix("rename it", place, near),
        None => diagnostic.help(format!("the keys here are {}", list(known))),
    }
}

pub fn wrong_value(place: Span, key: &str, wanted: &str) -> Diagnostic {
    Diagnostic::new(WRONG_VALUE, place, format!("`{key}` must be {wanted}"))
        .help(format!("write {wanted}, or leave `{key}` out"))
}

pub fn wrong_deny(place: Span, value: &str) -> Diagnostic {
    Diagnostic::new(WRONG_VALUE, place, format!("`{value}` is neither `warnings` nor the code of a warning"))
        .help("write `warnings`, or a code such as `W0020`")
}

pub fn missing_key(place: Span, key: &str, example: &str) -> Diagnostic {
    Diagnostic::new(MISSING_KEY, place, format!("`flow.toml` does not say `{key}`"))
        .help(format!("write {example}"))
}

pub fn dependency(place: Span, name: &str, reason: &str) -> Diagnostic {
    Diagnostic::new(DEPENDENCY, place, format!("the dependency `{name}` {reason}"))
        .help("name the folder of another project as seen from this one, such as `{ path = \"../crm\" }`")
}

pub fn dependency_cycle(place: Span, names: &[String]) -> Diagnostic {
    let circle = names.join(" -> ");
    Diagnostic::new(DEPENDENCY_CYCLE, place, format!("projects depend on each other in a circle: {circle}"))
        .help("move what both need into a third project")
}

pub fn unknown_service(place: Span, name: &str, known: &[&str]) -> Diagnostic {
    let diagnostic = Diagnostic::new(UNKNOWN_SERVICE, place, format!("the project has no service `{name}`"));
    match nearest(name, known.iter().copied()) {
        Some(near) => {
            diagnostic.help(format!("did you mean `{near}`?")).fix("rename it", place, format!("{near:?}"))
        }
        None if known.is_empty() => diagnostic.help("a bundle holds services that the project declares"),
        None => diagnostic.help(format!("its services are {}", list(known))),
    }
}

// ---- suppressions -------------------------------------------------------------------------------

pub fn suppression_form(place: Span) -> Diagnostic {
    Diagnostic::new(SUPPRESSION_FORM, place, "this comment starts with `flowc:` but is no suppression")
        .help("write `// flowc: allow(W0020) because \"the reason\"`")
}

pub fn suppression_reason(place: Span, codes: &str) -> Diagnostic {
    Diagnostic::new(SUPPRESSION_REASON, place, "a suppression needs a reason")
        .help(format!("write `// flowc: allow({codes}) because \"the reason\"`"))
}

pub fn unknown_code(place: Span, written: &str, near: Option<&str>) -> Diagnostic {
    let diagnostic = Diagnostic::new(UNKNOWN_CODE, place, format!("there is no code `{written}`"));
    match near {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix("use it", place, near),
        None => diagnostic.help("`flowc explain` lists all codes"),
    }
}

pub fn suppressed_error(place: Span, code: Code) -> Diagnostic {
    let message = format!("`{}` is an error, and only warnings can be suppressed", code.id);
    Diagnostic::new(SUPPRESSED_ERROR, place, message)
        .help(format!("mend it: `flowc explain {}` says how", code.id))
}

pub fn unused_suppression(place: Span, code: Code) -> Diagnostic {
    Diagnostic::new(UNUSED_SUPPRESSION, place, format!("nothing below gives `{}`", code.id))
        .here("this suppression does nothing")
        .help("remove it, or move it to the line above the one that it is meant for")
}

// ---- commands -----------------------------------------------------------------------------------

pub fn folder_in_use(path: &str, what: &str) -> Diagnostic {
    nowhere(FOLDER_IN_USE, format!("`{path}` {what}"))
        .help("choose a name that is not in use; nothing was changed")
}

pub fn project_name(name: &str, proposal: Option<&str>) -> Diagnostic {
    let rule = "a name has small letters, digits, `-` and `_`, and starts with a letter";
    let help = match proposal {
        Some(proposal) => format!("{rule}: `{proposal}`, say"),
        None => format!("{rule}: `shop`, say"),
    };
    nowhere(PROJECT_NAME, format!("`{name}` cannot be the name of a project")).help(help)
}

pub fn no_such_page(wanted: &str, near: Option<&str>) -> Diagnostic {
    let help = match (wanted, near) {
        ("flow", _) => "say which flow: `flowc explain flow Orders.place`".to_owned(),
        ("map", _) => "say which map: `flowc explain map customer`".to_owned(),
        (_, Some(near)) => format!("did you mean `{near}`? `flowc explain` lists all codes"),
        (_, None) => "`flowc explain` lists all codes".to_owned(),
    };
    nowhere(NO_SUCH_PAGE, format!("there is no code `{wanted}`")).help(help)
}

pub fn no_such_map(wanted: &str, near: Option<&str>) -> Diagnostic {
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "name a map or a function of the project".to_string(),
    };
    nowhere(NO_SUCH_PAGE, format!("the project has no map `{wanted}`")).help(help)
}

/// `known`: all operations, each behind its service.
pub fn no_such_flow(wanted: &str, known: &[String]) -> Diagnostic {
    let (service, operation) = wanted.split_once('.').unwrap_or((wanted, ""));
    let operations: Vec<&str> =
        known.iter().filter_map(|name| name.strip_prefix(service)?.strip_prefix('.')).collect();
    let help = match (nearest(operation, operations.iter().copied()), &*operations) {
        (Some(near), _) => format!("did you mean `{service}.{near}`?"),
        (None, [_, ..]) => format!("the operations of `{service}` are {}", operations.join(", ")),
        (None, []) => match nearest(wanted, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "name an operation by its service: `Orders.place`".to_string(),
        },
    };
    nowhere(NO_SUCH_PAGE, format!("the project has no operation `{wanted}`")).help(help)
}

pub fn no_such_test(filter: &str) -> Diagnostic {
    nowhere(NOTHING_TO_RUN, format!("the project has no test with `{filter}` in its name"))
        .help("leave `--filter` out to run all of them; capital and small letters are not the same to it")
}

pub fn nothing_to_change(filter: &str) -> Diagnostic {
    nowhere(
        NOTHING_TO_RUN,
        format!("no file, map, function or operation that can be changed has `{filter}` in its name"),
    )
    .help("leave `--filter` out to change all of them; capital and small letters are not the same to it")
}

/// A plan of what is half read would be a wrong one.
pub fn has_errors() -> Diagnostic {
    nowhere(NO_SUCH_PAGE, "the project has errors, so there is no plan of it yet".to_string())
        .help("mend what `flowc check` finds")
}

pub fn unwritable(path: &str, reason: &str) -> Diagnostic {
    nowhere(UNWRITABLE, format!("`{path}` cannot be written: {reason}"))
        .help("see that the folder is there and may be written by you; nothing was left behind")
}

/// The output folder of a build, of which flowc knows what it has written so far.
pub fn unbuilt(path: &str, reason: &str) -> Diagnostic {
    nowhere(UNWRITABLE, format!("`{path}` cannot be written: {reason}"))
        .help("see that the folder may be written by you, or name another one with `--out`; then build again")
}

pub fn bad_sample(path: &str, why: &str) -> Diagnostic {
    nowhere(BAD_SAMPLE, format!("the sample `{path}` cannot be read: {why}"))
        .help("a sample is one value in JSON; `-` reads it from standard input")
}

pub fn no_value(why: &str) -> Diagnostic {
    nowhere(NO_VALUE, format!("the expression has no value here: {why}"))
        .help("look at the sample, or say what stands in for it: `… else other`")
}

/// What keeps a program from being served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unserved {
    /// All that is missing or malformed.
    Environment(String),
    Options(String),
    /// Operations that one address cannot tell apart; one of their services.
    Overlap {
        reason: String,
        service: String,
    },
    /// What the machine does not give.
    Machine(String),
}

pub fn unserved(why: &Unserved) -> Diagnostic {
    let (reason, help) = match why {
        Unserved::Environment(reason) => (reason, "set it in the environment of `flowc run`".to_owned()),
        Unserved::Options(reason) => (reason, "`flowc run --help` has the options".to_owned()),
        Unserved::Overlap { reason, service } => (
            reason,
            format!(
                "`flowc run --only {service}` serves that one, and what it calls runs within it; nothing is wrong with the \
                 sources: once built, each service has an address of its own"
            ),
        ),
        Unserved::Machine(reason) => {
            (reason, "nothing is wrong with the sources: look at the machine".to_owned())
        }
    };
    nowhere(UNSERVED, format!("the services cannot be run: {reason}")).help(help)
}

pub fn no_such_operation(wanted: &str, contract: &str, near: Option<&str>) -> Diagnostic {
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "leave `--operation` out to start with all of them".to_string(),
    };
    nowhere(NO_SUCH_OPERATION, format!("`{contract}` has no operation `{wanted}`")).help(help)
}

/// An emitted file is not as it was written.
pub fn edited(path: &str) -> Diagnostic {
    nowhere(EDITED, format!("`{path}` was changed by hand, and would be overwritten"))
        .help("keep what you need of it elsewhere, then build with `--force`; nothing was changed")
}

pub fn in_the_way(path: &str, what: &str) -> Diagnostic {
    nowhere(IN_THE_WAY, format!("`{path}` {what}"))
        .help("move it away, or build into another folder with `-o`; nothing was changed")
}

pub fn cargo(what: &str) -> Diagnostic {
    nowhere(CARGO, format!("`cargo` {what}")).help(
        "see that Rust is installed (rustup.rs) and that crates.io can be reached; the sources are written",
    )
}

/// What the user asked for cannot be done, and no text is at fault.
fn nowhere(code: Code, message: String) -> Diagnostic {
    Diagnostic { code, severity: code.severity, message, labels: Vec::new(), help: None, fix: None }
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
