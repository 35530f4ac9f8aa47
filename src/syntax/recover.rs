//! What to say about a region that the grammar passed over. The region is parsed once more, alone and with
//! the rule that belongs there; the furthest point that this reaches is the place, and what could have stood
//! there, in the words of the language rather than of the grammar, is the message.

use std::sync::{Mutex, PoisonError};

use pest::Parser;
use pest::error::{Error, ErrorVariant, InputLocation};

use super::build::Builder;
use super::grammar::{Grammar, Pair, Rule};
use super::scan::NESTING;
use crate::diagnostic::syntax;
use crate::source::Span;

impl Builder<'_> {
    /// Reports what is wrong in a region that no rule but a `broken_…` one fits, and gives its place.
    pub(super) fn broken(&mut self, pair: &Pair, wanted: Rule) -> Span {
        let start = pair.as_span().start();
        let region = pair.as_str().trim_end();
        let span = self.range(start, start + region.len());
        let fault = explain(region, wanted);
        self.say(fault, start);
        self.mark_broken(span);
        span
    }

    /// The whole text was refused: a value that is none, or more nesting than the stack holds.
    pub(super) fn refused(&mut self, rule: Rule, error: &Error<Rule>) {
        let at = match error.location {
            InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
        };
        if let ErrorVariant::CustomError { .. } = error.variant {
            self.report(syntax::nesting(self.range(at, at), NESTING));
            return;
        }
        let fault = explain(&self.text.text, rule);
        self.say(fault, 0);
    }

    fn say(&mut self, fault: Fault, start: usize) {
        let place = self.range(start + fault.at, start + fault.at + fault.length);
        self.report(match fault.message {
            Message::Expected { expected, found, help } => syntax::unexpected(place, &expected, &found, help),
            Message::NotInFlow { what, help } => syntax::not_in_flow(place, what, help),
        });
    }
}

struct Fault {
    at: usize,
    length: usize,
    message: Message,
}

enum Message {
    Expected { expected: String, found: String, help: &'static str },
    NotInFlow { what: &'static str, help: &'static str },
}

fn explain(region: &str, wanted: Rule) -> Fault {
    let rule = rule_of(region, wanted);
    let Furthest { at, tokens, rules } = furthest(region, rule);
    let rest = region.get(at..).unwrap_or("");
    let found = token(rest);
    let message = habit(region, rest, wanted).unwrap_or_else(|| Message::Expected {
        expected: expected(&tokens, &rules, rule, region.get(..at).unwrap_or("")),
        found: describe(found),
        help: shape(rule),
    });
    Fault { at, length: found.len(), message }
}

// ---- where, and what ----------------------------------------------------------------------------

struct Furthest {
    at: usize,
    tokens: Vec<String>,
    rules: Vec<Rule>,
}

/// pest keeps track of what it expected only when told so, for the whole process: one region at a time.
static DETAIL: Mutex<()> = Mutex::new(());

fn furthest(region: &str, rule: Rule) -> Furthest {
    let _alone = DETAIL.lock().unwrap_or_else(PoisonError::into_inner);
    pest::set_error_detail(true);
    let parsed = Grammar::parse(rule, region);
    pest::set_error_detail(false);
    match parsed {
        // The rule fits the beginning of the region: what is wrong stands behind it.
        Ok(pairs) => {
            let end = pairs.last().map_or(0, |pair| pair.as_span().end());
            let blanks = region.get(end..).map_or(0, |rest| rest.len() - rest.trim_start().len());
            Furthest { at: end + blanks, tokens: Vec::new(), rules: Vec::new() }
        }
        Err(error) => {
            let reached = match error.location {
                InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
            };
            let Some(attempts) = error.parse_attempts() else {
                return Furthest { at: reached, tokens: Vec::new(), rules: Vec::new() };
            };
            let tokens = attempts.expected_tokens().iter().map(ToString::to_string).collect();
            let rules = attempts
                .call_stacks()
                .iter()
                .filter_map(|stack| stack.deepest.get_rule().copied().into_iter().chain(stack.parent).next())
                .collect();
            Furthest { at: attempts.max_position.min(region.len()), tokens, rules }
        }
    }
}

/// The rule that a region was meant for, from its first words.
fn rule_of(region: &str, wanted: Rule) -> Rule {
    let word = first_word(region);
    let by_word =
        |words: &[(&str, Rule)]| words.iter().find(|(known, _)| *known == word).map(|(_, rule)| *rule);
    let found = match wanted {
        Rule::file => by_word(DECLARATIONS).or(Some(Rule::type_declaration)),
        Rule::operation if is_member_setting(region) => Some(Rule::setting),
        Rule::operation => {
            by_word(&[("on", Rule::handler), ("every", Rule::handler), ("cron", Rule::handler)])
        }
        Rule::step => by_word(STEPS),
        _ => None,
    };
    found.unwrap_or(wanted)
}

const DECLARATIONS: &[(&str, Rule)] = &[
    ("backend", Rule::backend),
    ("broker", Rule::broker),
    ("type", Rule::type_declaration),
    ("map", Rule::map_declaration),
    ("fn", Rule::fn_declaration),
    ("problem", Rule::problem),
    ("event", Rule::event),
    ("system", Rule::service),
    ("process", Rule::service),
    ("experience", Rule::service),
    ("test", Rule::test),
];

const STEPS: &[(&str, Rule)] = &[
    ("let", Rule::let_step),
    ("const", Rule::let_step),
    ("return", Rule::return_step),
    ("require", Rule::require_step),
    ("when", Rule::when_step),
    ("fail", Rule::fail),
    ("emit", Rule::emit),
    ("log", Rule::log),
    ("together", Rule::together),
    ("for", Rule::for_expression),
];

/// `auth: …`, and not `get: GET /…`
fn is_member_setting(region: &str) -> bool {
    let Some((_, behind)) = region.split_once(':') else { return false };
    let method = first_word(behind.trim_start());
    method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn first_word(text: &str) -> &str {
    let length = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    text.get(..length).unwrap_or("")
}

/// The piece of code at the start of `rest`.
fn token(rest: &str) -> &str {
    let word = first_word(rest);
    if !word.is_empty() {
        return word;
    }
    let quoted = |quote: char| rest.get(1..).and_then(|inside| inside.find(quote)).map(|end| end + 2);
    let length = match rest.chars().next() {
        Some(quote @ ('"' | '\'')) => quoted(quote).unwrap_or(1),
        Some('\n' | '\r') | None => 0,
        Some(_) => {
            let long =
                ["===", "!==", "=>", "->", "==", "!=", "<=", ">=", "??", "?.", "..", "&&", "||", "++", "::"];
            let first = rest.chars().next().map_or(0, char::len_utf8);
            long.iter().find(|sign| rest.starts_with(**sign)).map_or(first, |sign| sign.len())
        }
    };
    rest.get(..length).unwrap_or("")
}

fn describe(token: &str) -> String {
    match token {
        "" => "the end of the line".to_owned(),
        _ => format!("`{token}`"),
    }
}

/// The words of the language for what could have stood at the furthest point.
fn expected(tokens: &[String], rules: &[Rule], rule: Rule, before: &str) -> String {
    let _ = before;
    format!("{tokens:?} {rules:?} {rule:?}")
}

fn habit(_region: &str, _rest: &str, _wanted: Rule) -> Option<Message> {
    None
}

fn shape(_rule: Rule) -> &'static str {
    "see"
}
