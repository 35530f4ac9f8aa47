//! What stands behind `=`: on the same line, or on the next one where that reads better.

use syn::{Expr, ExprLet, Local};

use super::cx::Cx;
use super::shape::{
    LET_ELSE, Shape, first_line_ends_with, fits, is_multiline, last_line, last_width, line_ends, width,
};
use super::{block, expr, pat, ty};

type Rewrite<'a> = &'a dyn Fn(Shape) -> Option<String>;

/// `start` with an expression behind it.
pub fn behind(cx: &Cx, start: String, of: &Expr, shape: Shape) -> Option<String> {
    behind_with(cx, start, &|shape| expr::rewrite(cx, of, shape), shape)
}

/// The same for whatever can be written in a shape.
pub fn behind_with(cx: &Cx, start: String, of: Rewrite<'_>, shape: Shape) -> Option<String> {
    let indent = if is_multiline(&start) { shape.indent } else { 0 };
    let used = last_width(&start).saturating_sub(indent) + 1;
    let here = shape.right(used).unwrap_or(Shape { width: 0, offset: shape.offset + used, ..shape });
    Some(start + &chosen(cx, of, here)?)
}

fn chosen(cx: &Cx, of: Rewrite<'_>, shape: Shape) -> Option<String> {
    let here = of(shape);
    if let Some(here) = &here
        && !is_multiline(here)
        && width(here) <= shape.width
    {
        return Some(format!(" {here}"));
    }
    let room = shape.nested().less(shape.overhead());
    let below = room.and_then(of);
    let line = shape.nested().line();
    match (here, below, room) {
        (Some(here), Some(below), Some(room)) if !cx.is_lenient.get() && !fits(&below, room) => {
            Some(format!(" {here}"))
        }
        (Some(here), Some(below), _) if prefers_below(&here, &below) => Some(format!("{line}{below}")),
        (Some(here), _, _) => Some(format!(" {here}")),
        (None, Some(below), _) => Some(format!("{line}{below}")),
        (None, None, _) => None,
    }
}

/// Whether a text on the next line looks better than the one on this line.
pub fn prefers_below(here: &str, below: &str) -> bool {
    let only_here = |letter| first_line_ends_with(here, letter) && !first_line_ends_with(below, letter);
    !is_multiline(below)
        || line_ends(here) > line_ends(below) + 1
        || only_here('(')
        || only_here('{')
        || only_here('[')
}

pub fn assignment(cx: &Cx, left: &Expr, operator: &str, right: &Expr, shape: Shape) -> Option<String> {
    let left = expr::rewrite(cx, left, shape.less(operator.len() + 1)?)?;
    behind(cx, format!("{left} {operator}"), right, shape)
}

/// `let pattern = value` as a condition.
pub fn condition(cx: &Cx, of: &ExprLet, shape: Shape) -> Option<String> {
    let pat = pat::rewrite(cx, &of.pat, shape.right("let ".len())?)?;
    behind(cx, format!("let {pat} ="), &of.expr, shape)
}

/// A binding, with its semicolon.
pub fn local(cx: &Cx, of: &Local, shape: Shape) -> Option<String> {
    if !of.attrs.is_empty() {
        return cx.strange();
    }
    let (of_pat, of_ty) = match &of.pat {
        syn::Pat::Type(typed) => (&*typed.pat, Some(&*typed.ty)),
        of_pat => (of_pat, None),
    };
    let pat = pat::rewrite(cx, of_pat, shape.right("let ".len())?.less(1)?)?;
    let mut text = format!("let {pat}");
    if let Some(of_ty) = of_ty {
        let room = shape.right(last_width(&text) + 2)?.less(2)?;
        text.push_str(&format!(": {}", ty::rewrite(cx, of_ty, room)?));
    }
    let Some(init) = &of.init else { return Some(text + ";") };
    text.push_str(" =");
    let nested = shape.less(1)?;
    let start = text.len();
    text = behind(cx, text, &init.expr, nested)?;
    if let Some((_, diverge)) = &init.diverge {
        let breaks = is_multiline(&pat) || !shares_line(&text[start..], nested);
        text = with_else(cx, text, diverge, breaks, shape)?;
    }
    Some(text + ";")
}

/// Whether `else {` can stand behind the value.
fn shares_line(value: &str, shape: Shape) -> bool {
    if !is_multiline(value) {
        return value.len() + " else {".len() <= shape.width;
    }
    let last = last_line(value);
    let closing = last.trim_start();
    last.len() - closing.len() == shape.indent
        && !closing.is_empty()
        && closing.chars().all(|letter| matches!(letter, ')' | ']' | '}' | '?' | '>'))
}

fn with_else(cx: &Cx, text: String, diverge: &Expr, breaks: bool, shape: Shape) -> Option<String> {
    let Expr::Block(block) = diverge else { return cx.strange() };
    let before = if breaks { shape.line() } else { " ".to_owned() };
    let text = format!("{text}{before}else ");
    let room = shape.width.min(LET_ELSE).saturating_sub(text.len());
    let may_be_one_line = !breaks && room > 0 && !is_multiline(&text) && block.block.stmts.len() <= 1;
    if may_be_one_line
        && let Some(line) = block::rewrite(cx, &block.block, "", shape)
        && !is_multiline(&line)
        && line.len() < room
    {
        return Some(text + &line);
    }
    block::of_lines(cx, &block.block, &text, shape)
}
