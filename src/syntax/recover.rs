//! What to say about a region that the grammar passed over. The region is parsed once more, alone and with
//! the rule that belongs there; the furthest point that this reaches is the place, and what could have stood
//! there, in the words of the language rather than of the grammar, is the message.

use std::sync::{Mutex, PoisonError};

use pest::Parser;
use pest::error::{Error, ErrorVariant, InputLocation};

use super::build::Builder;
use super::grammar::{Grammar, Pair, Rule};
use super::repair::border;
use super::scan::NESTING;
use super::wording::{expected, habit, habit_at, shape};
use crate::diagnostic::syntax;
use crate::source::Span;

impl Builder<'_> {
    /// Reports what is wrong in a region that no rule but a `broken_…` one fits, and gives its place.
    pub(super) fn broken(&mut self, pair: &Pair, wanted: Rule) -> Span {
        let start = pair.as_span().start();
        let region = pair.as_str().trim_end();
        let span = self.form(start, start + region.len());
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
            Message::Expected { expected, found, help } => {
                syntax::unexpected(place, &expected, &found, &help)
            }
            Message::NotInFlow { what, help } => syntax::not_in_flow(place, &what, &help),
        });
    }
}

pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) length: usize,
    pub(super) message: Message,
}

pub(super) enum Message {
    Expected { expected: String, found: String, help: String },
    NotInFlow { what: String, help: String },
}

fn explain(region: &str, wanted: Rule) -> Fault {
    if let Some(fault) = habit(region, wanted) {
        return fault;
    }
    let rule = rule_of(region, wanted);
    let Furthest { at, tokens } = furthest(region, rule);
    let before = region.get(..at).unwrap_or("");
    let rest = region.get(at..).unwrap_or("");
    // A fault at the end of a line is shown there, not at the start of the next.
    let (at, found) = match before.len() - before.trim_end().len() {
        blanks if before.trim_end_matches([' ', '\t']).ends_with(['\n', '\r']) || rest.is_empty() => {
            (at - blanks, "")
        }
        _ => (at, token(rest)),
    };
    let message = habit_at(region, before, rest).unwrap_or_else(|| Message::Expected {
        expected: expected(&tokens, rule, region),
        found: describe(found, rule),
        help: shape(region, rule).to_owned(),
    });
    Fault { at, length: found.len(), message }
}

// ---- where, and what ----------------------------------------------------------------------------

struct Furthest {
    at: usize,
    tokens: Vec<String>,
}

/// pest keeps track of what it expected only when told so, for the whole process: one region at a time.
static DETAIL: Mutex<()> = Mutex::new(());

fn furthest(region: &str, rule: Rule) -> Furthest {
    let _alone = DETAIL.lock().unwrap_or_else(PoisonError::into_inner);
    pest::set_error_detail(true);
    let parsed = Grammar::parse(rule, region);
    pest::set_error_detail(false);
    let Err(error) = parsed else { return Furthest { at: 0, tokens: Vec::new() } };
    let reached = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    match error.parse_attempts() {
        Some(attempts) => Furthest {
            at: border(region, attempts.max_position.max(reached)),
            tokens: attempts.expected_tokens().iter().map(ToString::to_string).collect(),
        },
        None => Furthest { at: reached, tokens: Vec::new() },
    }
}

/// The rule that a region was meant for.
fn rule_of(region: &str, wanted: Rule) -> Rule {
    match wanted {
        Rule::step | Rule::entry | Rule::setting | Rule::test_step
            if matches!(first_word(region), "else" | "with" | "undo") && !is_named(region) =>
        {
            Rule::clause_alone
        }
        Rule::file => Rule::declaration_alone,
        Rule::operation if is_member_setting(region) => Rule::setting_alone,
        Rule::operation if matches!(first_word(region), "on" | "every" | "cron") => Rule::handler_alone,
        Rule::operation => Rule::operation_alone,
        Rule::step if is_named(region) => Rule::setting_alone,
        Rule::step => Rule::step_alone,
        Rule::field => Rule::field_alone,
        Rule::setting => Rule::setting_alone,
        Rule::entry => Rule::entry_alone,
        Rule::match_arm => Rule::match_arm_alone,
        Rule::failure_arm => Rule::failure_arm_alone,
        Rule::test_step => Rule::test_step_alone,
        Rule::interpolated => Rule::interpolated_alone,
        Rule::call => Rule::call_alone,
        Rule::list => Rule::list_alone,
        Rule::parenthesised => Rule::parenthesised_alone,
        Rule::setting_list => Rule::setting_list_alone,
        other => other,
    }
}

fn is_named(region: &str) -> bool {
    let word = first_word(region);
    region.get(word.len()..).is_some_and(|rest| rest.trim_start_matches([' ', '\t']).starts_with(':'))
}

/// `auth: …`, and not `get: GET /…`
fn is_member_setting(region: &str) -> bool {
    let Some((_, behind)) = region.split_once(':') else { return false };
    let method = first_word(behind.trim_start());
    method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_uppercase())
}

pub(super) fn first_word(text: &str) -> &str {
    let length = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    text.get(..length).unwrap_or("")
}

/// The piece of code at the start of `rest`.
pub(super) fn token(rest: &str) -> &str {
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

pub(super) fn describe(token: &str, rule: Rule) -> String {
    match (token, rule) {
        ("", Rule::interpolated_alone) => "`}`".to_owned(),
        ("", _) => "the end of the line".to_owned(),
        _ => format!("`{token}`"),
    }
}
