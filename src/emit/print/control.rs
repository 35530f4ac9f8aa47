//! `if`, `for`, `while` and `loop`.

use syn::{Block, Expr, Pat};

use super::cx::{Cx, Place};
use super::shape::{IF_ELSE, MAX, Shape, is_extendable, is_multiline, last_width};
use super::{assign, block, expr, pat};

/// What the kinds of control flow have in common.
struct Flow<'a> {
    keyword: &'a str,
    /// `let` or nothing.
    matcher: &'a str,
    pat: Option<&'a Pat>,
    /// What stands behind the pattern.
    connector: &'a str,
    condition: Option<&'a Expr>,
    body: &'a Block,
    otherwise: Option<&'a Expr>,
    may_be_one_line: bool,
    /// An `if` behind an `else`.
    is_nested: bool,
}

fn flow(of: &Expr, place: Place) -> Option<Flow<'_>> {
    let plain = |keyword, condition, body| {
        let (matcher, pat, condition) = split_let(condition);
        Flow {
            keyword,
            matcher,
            pat,
            connector: " =",
            condition,
            body,
            otherwise: None,
            may_be_one_line: false,
            is_nested: false,
        }
    };
    match of {
        Expr::If(of) => Some(Flow {
            otherwise: of.else_branch.as_ref().map(|(_, branch)| &**branch),
            may_be_one_line: place == Place::Inside,
            ..plain("if", Some(&*of.cond), &of.then_branch)
        }),
        Expr::While(of) if of.label.is_none() => Some(plain("while", Some(&*of.cond), &of.body)),
        Expr::Loop(of) if of.label.is_none() => Some(plain("loop", None, &of.body)),
        Expr::ForLoop(of) if of.label.is_none() => Some(Flow {
            pat: Some(&of.pat),
            connector: " in",
            condition: Some(&of.expr),
            matcher: "",
            ..plain("for", None, &of.body)
        }),
        _ => None,
    }
}

fn split_let(of: Option<&Expr>) -> (&'static str, Option<&Pat>, Option<&Expr>) {
    match of {
        Some(Expr::Let(of)) => ("let", Some(&of.pat), Some(&of.expr)),
        of => ("", None, of),
    }
}

/// The part in front of the block, if there is one.
pub fn condition(cx: &Cx, of: &Expr, shape: Shape) -> Option<String> {
    match of {
        Expr::Match(of) => expr::rewrite(cx, &of.expr, shape.right(8)?),
        of => Some(head(cx, &flow(of, Place::Inside)?, shape)?.text),
    }
}

pub fn rewrite(cx: &Cx, of: &Expr, place: Place, shape: Shape) -> Option<String> {
    match flow(of, place) {
        Some(flow) => written(cx, &flow, shape),
        None => cx.strange(),
    }
}

struct Head {
    text: String,
    used: usize,
    /// Everything stands on one line already.
    is_all: bool,
}

fn written(cx: &Cx, flow: &Flow<'_>, shape: Shape) -> Option<String> {
    let head = head(cx, flow, shape)?;
    if head.is_all {
        return Some(head.text);
    }
    let mut width = shape.width.saturating_sub(head.used);
    if flow.otherwise.is_some() || flow.is_nested {
        width = width.min(1);
    }
    let mut text = block::of_lines(cx, flow.body, &head.text, Shape { width, ..shape })?;
    if let Some(branch) = flow.otherwise {
        text.push_str(" else ");
        text.push_str(&otherwise(cx, branch, Shape::indented(shape.indent))?);
    }
    Some(text)
}

fn otherwise(cx: &Cx, branch: &Expr, shape: Shape) -> Option<String> {
    match (branch, flow(branch, Place::Statement)) {
        (Expr::If(_), Some(flow)) => {
            let flow = Flow { is_nested: true, may_be_one_line: false, ..flow };
            written(cx, &flow, shape)
        }
        _ => expr::format(cx, branch, Place::Statement, Shape { width: shape.width.min(1), ..shape }),
    }
}

fn head(cx: &Cx, flow: &Flow<'_>, shape: Shape) -> Option<Head> {
    let mut fresh = Shape { width: MAX.saturating_sub(shape.used()), ..shape };
    if flow.is_nested {
        fresh = fresh.right("} else ".len())?;
    }
    let offset = flow.keyword.len() + 1;
    let condition = match flow.condition {
        Some(of) => pattern_and_condition(cx, flow, of, fresh, shape, offset)?,
        None => String::new(),
    };
    let budget = MAX.saturating_sub(fresh.used() + offset + 2);
    let is_long = is_multiline(&condition) || condition.len() > budget;
    let breaks = is_long && (!is_extendable(&condition) || is_offset(shape.used(), &condition));
    if flow.may_be_one_line
        && let Some(line) = one_line(cx, flow, &condition, shape.width)
        && line.len() <= IF_ELSE
    {
        return Some(Head { text: line, used: 0, is_all: true });
    }
    let before = if condition.is_empty() || condition.starts_with('\n') { "" } else { " " };
    let behind = if breaks { shape.line() } else { " ".to_owned() };
    let used = match is_multiline(&condition) {
        true => last_width(&condition),
        false => flow.keyword.len() + condition.len() + 2,
    };
    Some(Head { text: format!("{}{before}{condition}{behind}", flow.keyword), used, is_all: false })
}

/// Whether the last line starts further right than it should for a brace behind it.
fn is_offset(column: usize, text: &str) -> bool {
    let last = super::shape::last_line(text);
    is_multiline(text) && last.len() - last.trim_start().len() > column
}

fn pattern_and_condition(
    cx: &Cx,
    flow: &Flow<'_>,
    of: &Expr,
    fresh: Shape,
    shape: Shape,
    offset: usize,
) -> Option<String> {
    let room = fresh.right(offset)?;
    if let Some(of_pat) = flow.pat {
        let matcher = if flow.matcher.is_empty() { "" } else { "let " };
        let pat_room = room.right(matcher.len())?.less(flow.connector.len())?;
        let text = pat::rewrite(cx, of_pat, pat_room)?;
        let start = format!("{matcher}{text}{}", flow.connector);
        return assign::behind(cx, start, of, room);
    }
    let here = expr::rewrite(cx, of, room);
    if flow.keyword == "if" || here.is_some() {
        return here;
    }
    let below = shape.nested();
    Some(format!("{}{}", below.line(), expr::rewrite(cx, of, below)?))
}

fn one_line(cx: &Cx, flow: &Flow<'_>, condition: &str, width: usize) -> Option<String> {
    let Some(Expr::Block(otherwise)) = flow.otherwise else { return None };
    if is_multiline(condition) {
        return None;
    }
    let fixed = flow.keyword.len() + "  {  } else {  }".len();
    let room = width.checked_sub(condition.len() + fixed)?;
    let legacy = |width| Shape { indent: 0, offset: 0, width };
    let then = block::simple(cx, flow.body, legacy(room))?;
    let room = room.checked_sub(then.len())?;
    let otherwise = block::simple(cx, &otherwise.block, legacy(room))?;
    if is_multiline(&then) || is_multiline(&otherwise) {
        return None;
    }
    let text = format!("{} {condition} {{ {then} }} else {{ {otherwise} }}", flow.keyword);
    (text.len() <= width).then_some(text)
}
