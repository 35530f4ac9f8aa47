//! The words for a fault of form: what could have stood there, how the form looks that was meant, and which
//! habit of another language led to it. Tokens are what pest expected at the furthest point.

use super::grammar::Rule;
use super::recover::{Fault, Message, describe, first_word, token};
use crate::diagnostic::nearest;

/// `` `:` and a type``, `a value`, `` `,` or `]` ``
pub(super) fn expected(tokens: &[String], rule: Rule, region: &str) -> String {
    let has = |token: &str| tokens.iter().any(|known| known == token);
    let continues = has("??") || has("==");
    let mut words: Vec<String> = Vec::new();
    let letters = has("a..z") && !has("0..9");
    let value = has("if") && has("match");
    let ty = !value && has("[") && has("{") && (letters || has("_"));
    if let Some(known) = whole_form(rule, &has) {
        return known.to_owned();
    }
    if value {
        words.push("a value".to_owned());
    } else if ty {
        words.push("a type".to_owned());
    } else if has("\"") && has("'") && !letters && !continues {
        words.push("a text".to_owned());
    } else if letters {
        words.push("a name".to_owned());
    } else if has("0..9") && !has("a..z") {
        words.push("a number".to_owned());
    }
    if has(":") && !has("->") && !has(")") {
        words.insert(0, colon(rule, region).to_owned());
    }
    let start = match (value || ty, continues) {
        (true, _) => Place::Start,
        (_, true) => Place::BehindValue,
        _ => Place::Between,
    };
    let plain = tokens.iter().filter(|token| is_worth_naming(token, start, region, &has));
    words.extend(plain.map(|token| format!("`{token}`")));
    match words.is_empty() {
        true => otherwise(rule).to_owned(),
        false => joined(&words),
    }
}

/// Where any form of a kind could start, the kind says it.
fn whole_form(rule: Rule, has: &dyn Fn(&str) -> bool) -> Option<&'static str> {
    let found = match rule {
        Rule::step_alone if has("let") && has("return") => "a step",
        Rule::test_step_alone if has("expect") && has("given") => "a step of a test",
        Rule::declaration_alone if has("backend") && has("type") => "a declaration",
        Rule::test_step_alone if has("once") => "`once`, `never`, `3 times` or `before`",
        Rule::test_step_alone if has("fails") && has("returns") => "what must have happened",
        _ => return None,
    };
    Some(found)
}

fn colon(rule: Rule, region: &str) -> &'static str {
    match rule {
        Rule::field_alone | Rule::declaration_alone => "`:` and a type",
        Rule::operation_alone if region.contains(':') => "`:` and a type",
        Rule::operation_alone => "`:`",
        _ => "`:` and a value",
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A value or type could start.
    Start,
    /// A value could end, so every operator could follow.
    BehindValue,
    Between,
}

/// What can stand nearly anywhere says nothing, and neither do the forms that are read only to be refused.
fn is_worth_naming(token: &str, place: Place, region: &str, has: &dyn Fn(&str) -> bool) -> bool {
    let behind_value = place == Place::BehindValue;
    match token {
        " " | "\t" | "\n" | "\r" | "//" | "a..z" | "A..Z" | "_" | "0..9" | "\"" | "'" | "BUILTIN_RULE"
        | "EOI" => false,
        ":" | "!" | "&&" | "||" | "const" | "var" | "val" | "." | "?." | ";" => false,
        _ if place == Place::Start => matches!(token, "]" | ")" | "}" | "->"),
        "!=" | "%" | "*" | "+" | "-" | "/" | "<" | "<=" | "==" | ">" | ">=" | "??" | "and" | "or"
        | "undo" | "with" | "final" | "(" => !behind_value,
        "=>" => !behind_value && !has("->") || has("|"),
        "=" => !has(":") && !behind_value,
        "->" => !has("|"),
        "else" => !behind_value || has_word(region, "if") || has_word(region, "require"),
        "|" | "as" => !has("=>") && !behind_value,
        "{" => !behind_value || has_word(region, "when") || has_word(region, "match"),
        "?" | "in" | "of" | "matching" | "scale" | "unit" | "by" | "@" => !has("matching"),
        _ => true,
    }
}

fn has_word(region: &str, word: &str) -> bool {
    region.split(|letter: char| !letter.is_ascii_alphanumeric()).any(|found| found == word)
}

fn otherwise(rule: Rule) -> &'static str {
    match rule {
        Rule::step_alone => "the next step",
        Rule::field_alone => "the next field",
        Rule::setting_alone => "the next setting",
        Rule::entry_alone => "the next entry",
        Rule::match_arm_alone | Rule::failure_arm_alone => "the next arm",
        Rule::interpolated_alone => "`}`",
        _ => "the end of it",
    }
}

fn joined(words: &[String]) -> String {
    const MOST: usize = 5;
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) if words.len() <= MOST => format!("{} or {last}", before.join(", ")),
        _ => format!("{} or something else", words.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ")),
    }
}

/// How the form looks that was probably meant.
pub(super) fn shape(region: &str, rule: Rule) -> &'static str {
    match rule {
        Rule::field_alone => "a field looks like `name: T`, with `?` behind the type when it may be missing",
        Rule::setting_alone => "a setting looks like `timeout: 500ms`",
        Rule::entry_alone => "an entry looks like `name: value`; `..r` takes the rest from `r`",
        Rule::match_arm_alone => "an arm looks like `\"a\" => value` or `_ => value`",
        Rule::failure_arm_alone => "an arm looks like `404 => none` or `timeout => fail Slow`",
        Rule::operation_alone => {
            "an operation looks like `get: GET /things/{id: string} (q: string?) -> Thing | NotFound { … }`"
        }
        Rule::call_alone => "arguments look like `(id, limit: 3)`",
        Rule::list_alone | Rule::setting_list_alone => "a list looks like `[a, b, ..more]`",
        Rule::parenthesised_alone => "parentheses hold one value; several are a list, `[a, b]`",
        Rule::clause_alone => {
            "a failure is handled by `else value`, `else { 404 => none }` or `else fail Problem`; settings of a call stand in `with { … }`"
        }
        Rule::handler_alone => {
            "a handler looks like `on Event as e { … }`, `every 5m { … }` or `cron \"0 2 * * *\" { … }`"
        }
        Rule::interpolated_alone => "braces in a text hold one value; a brace itself is written `\\{`",
        Rule::expression => "a value looks like `2 + 3`, `name.trim()` or `if a then b else c`",
        Rule::test_step_alone => test_step_shape(first_word(region)),
        Rule::declaration_alone => declaration_shape(first_word(region)),
        _ => step_shape(first_word(region)),
    }
}

fn declaration_shape(word: &str) -> &'static str {
    match word {
        "type" => "a type looks like `type Name { field: T }` or `type Name = string matching \"[A-Z]+\"`",
        "map" => "a map looks like `map name(a: A) -> T { field: a.value }`",
        "fn" => "a function looks like `fn name(a: A) -> T = value`",
        "problem" => "a problem looks like `problem NotFound 404 \"No such thing\" { member: T }`",
        "event" => "an event looks like `event Placed v1 on Bus \"orders.placed\" key id { id: string }`",
        "backend" => "a backend looks like `backend Erp { contract: \"contracts/erp.yaml\" }`",
        "broker" => "a broker looks like `broker Bus { url: env.BUS_URL }`",
        "system" | "process" | "experience" => "a service looks like `system Name v1 { auth: public }`",
        "test" => "a test looks like `test \"what it shows\" { expect f(1) == 2 }`",
        _ => {
            "declarations start with `type`, `map`, `fn`, `problem`, `backend`, `system`, `process`, `experience`, `event`, `broker` or `test`"
        }
    }
}

fn step_shape(word: &str) -> &'static str {
    match word {
        "let" => "a step looks like `let name = value`",
        "return" => "a return looks like `return value`, `return 201 value` or `return 204`",
        "require" => "a requirement looks like `require condition else fail Problem`",
        "when" => "a branch looks like `when condition { … } else { … }`",
        "fail" => "a failure looks like `fail Problem { member: value }`",
        "emit" => "an event is sent by `emit Event { field: value }`",
        "log" => "a line of the log looks like `log info \"text\" { name: value }`",
        "together" => "writes that may overlap stand in `together { … }`",
        "for" => "a loop looks like `for x in xs where condition yield call(x)`",
        _ => {
            "steps are `let x = …`, a call, `require`, `when`, `together`, `emit`, `log`, `return` and `fail`"
        }
    }
}

fn test_step_shape(word: &str) -> &'static str {
    match word {
        "given" => {
            "what is given looks like `given Erp.get(id: \"1\") -> 200 { … }` or `given Erp.get -> timeout`"
        }
        "then" => {
            "it looks like `then returns 200`, `then fails NotFound`, `then Erp.get called once`, `then emits Placed`"
        }
        _ => "a test has the steps `let`, `expect`, `given`, `when` and `then`",
    }
}

// ---- habits -------------------------------------------------------------------------------------

/// Words at the start of a region that other languages have and flow has not. An empty `said` is the word.
pub(super) fn habit(region: &str, wanted: Rule) -> Option<Fault> {
    let word = first_word(region);
    let behind = region.get(word.len()..).unwrap_or("").trim_start();
    if word == "return" && behind.get(first_word(behind).len()..).is_some_and(|rest| rest.starts_with(':')) {
        let name = first_word(behind);
        let (expected, found) = ("`{`".to_owned(), format!("`{name}`"));
        let message = Message::Expected {
            expected,
            found,
            help: "a record stands in braces: `return { name: value }`".to_owned(),
        };
        return Some(Fault { at: region.len() - behind.len(), length: name.len(), message });
    }
    if region.starts_with('.') && !region.starts_with("..") {
        let found = token(region.get(1..).unwrap_or(""));
        let expected = "a name behind the `.`".to_owned();
        let message = Message::Expected {
            expected,
            found: describe(found, wanted),
            help: "a member looks like `a.name`".to_owned(),
        };
        return Some(Fault { at: 1, length: found.len(), message });
    }
    let known = match wanted {
        Rule::file => foreign_declaration(word),
        Rule::step => foreign_step(word, region),
        _ => None,
    };
    let Some((said, help)) = known else { return misspelt(word, behind, wanted) };
    let what = if said.is_empty() { format!("`{word}`") } else { said.to_owned() };
    Some(Fault { at: 0, length: word.len(), message: Message::NotInFlow { what, help: help.to_owned() } })
}

/// A word that starts nothing: probably one that does was meant.
fn misspelt(word: &str, behind: &str, wanted: Rule) -> Option<Fault> {
    let (expected, known, rule): (&str, &[&str], Rule) = match wanted {
        Rule::file => ("a declaration", &DECLARATIONS, Rule::declaration_alone),
        Rule::step => ("a step", &STEPS, Rule::step_alone),
        Rule::test_step => ("a step of a test", &TEST_STEPS, Rule::test_step_alone),
        _ => return None,
    };
    let starts_a_word =
        behind.starts_with(|first: char| first.is_ascii_alphanumeric() || matches!(first, '"' | '{'));
    let clause = matches!(word, "" | "else" | "with" | "undo" | "final" | "for" | "const" | "var" | "if");
    if known.contains(&word) || clause || !starts_a_word {
        return None;
    }
    let help = match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => shape(word, rule).to_owned(),
    };
    let message = Message::Expected { expected: expected.to_owned(), found: format!("`{word}`"), help };
    Some(Fault { at: 0, length: word.len(), message })
}

const DECLARATIONS: [&str; 11] =
    ["type", "map", "fn", "problem", "backend", "system", "process", "experience", "event", "broker", "test"];
const STEPS: [&str; 8] = ["let", "require", "when", "together", "emit", "log", "return", "fail"];
const TEST_STEPS: [&str; 5] = ["let", "expect", "given", "when", "then"];

fn foreign_declaration(word: &str) -> Option<(&'static str, &'static str)> {
    let found = match word {
        "function" | "def" | "func" | "fun" => ("", "write `fn name(a: A) -> T = value`"),
        "import" | "use" | "from" | "include" | "using" | "package" | "module" | "namespace" => {
            ("an import", "all files of a project share their names; other projects are named in `flow.toml`")
        }
        "class" | "interface" | "struct" | "record" => ("", "write `type Name { field: T }`"),
        "enum" => ("`enum`", "write `type Name = \"a\" | \"b\"`"),
        "const" | "let" | "var" | "val" => ("a value outside an operation", "write `fn name() -> T = value`"),
        "service" | "api" | "resource" | "controller" => ("", "write `system`, `process` or `experience`"),
        "export" | "public" | "private" | "async" => ("", "leave it out"),
        _ => return None,
    };
    Some(found)
}

fn foreign_step(word: &str, region: &str) -> Option<(&'static str, &'static str)> {
    let rest = region.get(word.len()..).unwrap_or("").trim_start();
    let found = match word {
        "while" | "do" | "loop" | "foreach" => ("", "a loop runs over a list: `for x in xs yield call(x)`"),
        "try" | "catch" => {
            ("`try`", "say behind the call what happens: `call() else { 404 => none, timeout => fail Slow }`")
        }
        "throw" | "raise" => ("", "write `fail Problem { member: value }`"),
        "switch" | "case" => ("", "write `match value { \"a\" => …, _ => … }`"),
        "await" | "async" | "go" | "spawn" => {
            ("", "leave it out: calls that can overlap do so by themselves")
        }
        "" | "let" | "const" | "var" | "val" => return None,
        _ if rest.starts_with('=') && !rest.starts_with("==") => {
            ("an assignment", "write `let name = value`; a name keeps its value")
        }
        _ => return None,
    };
    Some(found)
}

/// Signs at the place of the fault.
pub(super) fn habit_at(region: &str, before: &str, rest: &str) -> Option<Message> {
    let found = match first_word(region) {
        "fail" if rest.starts_with('(') => {
            ("`fail` with parentheses", "write `fail Problem { member: value }`")
        }
        "for" if rest.starts_with('{') => ("a loop with steps", "write `for x in xs yield call(x)`"),
        _ if rest.starts_with("? ") => ("`c ? a : b`", "write `if c then a else b`"),
        _ if rest.starts_with("++") || rest.starts_with("--") || rest.starts_with("+=") => {
            ("an assignment", "a name keeps its value: give the new value a name with `let`")
        }
        _ if is_dash_in_name(before, rest) => (
            "a name with a dash outside of quotes",
            "a name that a contract spells in another way than flow stands in double quotes: `Seats.\"get-show\"`",
        ),
        _ if rest.starts_with("::") => ("`::`", "write `.`"),
        _ if rest.starts_with('\'') && before.ends_with('.') => {
            ("a name in single quotes", "a quoted name stands in double quotes: `r.\"first-name\"`")
        }
        _ => return None,
    };
    Some(Message::NotInFlow { what: found.0.to_owned(), help: found.1.to_owned() })
}

/// `Seats.get-show`: a dash between letters, in a path.
fn is_dash_in_name(before: &str, rest: &str) -> bool {
    let path =
        before.rsplit(|letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '-')));
    let is_path = path.take(1).any(|path| path.contains('.') && !path.ends_with('.'));
    let mut letters = rest.chars();
    is_path
        && letters.next() == Some('-')
        && letters.next().is_some_and(|letter| letter.is_ascii_alphabetic())
}
