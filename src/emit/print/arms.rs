//! `match` and its arms.

use syn::{Arm, Block, Expr, ExprMatch, Pat, Stmt};

use super::cx::{Cx, Place};
use super::shape::{
    MAX, Shape, TAB, extra_offset, first_width, is_extendable, is_multiline, last_width_trimmed, new_line,
    width,
};
use super::{assign, control, expr, pat};

pub fn rewrite(cx: &Cx, of: &ExprMatch, shape: Shape) -> Option<String> {
    let room = Shape { width: MAX.saturating_sub(shape.used()), ..shape }.right("match ".len())?;
    let on = expr::rewrite(cx, &of.expr, room)?;
    if of.arms.is_empty() {
        return Some(format!("match {on} {{}}"));
    }
    let is_long = is_multiline(&on) || on.len() + 2 > room.width;
    let before = if is_long && !is_extendable(&on) { shape.line() } else { " ".to_owned() };
    let mut text = format!("match {on}{before}{{");
    let nested = shape.nested();
    for one in &of.arms {
        text.push_str(&nested.line());
        text.push_str(&arm(cx, one, nested)?);
    }
    text.push_str(&shape.line());
    text.push('}');
    Some(text)
}

fn arm(cx: &Cx, of: &Arm, shape: Shape) -> Option<String> {
    if !of.attrs.is_empty() {
        return cx.strange();
    }
    let (of_pat, guard) = match &of.pat {
        Pat::Guard(guarded) => (&*guarded.pat, Some(&*guarded.guard)),
        of_pat => (of_pat, None),
    };
    let text = pat::rewrite(cx, of_pat, shape.less(" => {".len())?)?;
    let guard = match guard {
        Some(of) => guard_text(cx, of, &text, shape)?,
        None => String::new(),
    };
    body(cx, &of.body, &format!("{text}{guard}"), shape, is_multiline(&guard))
}

fn guard_text(cx: &Cx, of: &Expr, text: &str, shape: Shape) -> Option<String> {
    let width = last_width_trimmed(text);
    let goes_below = is_multiline(text) && width > TAB;
    let here = shape.right(width + 4).and_then(|shape| shape.less(5));
    if !goes_below
        && let Some(here) = here
        && let Some(condition) = expr::rewrite(cx, of, here)
        && (!is_multiline(&condition) || width <= TAB)
    {
        return Some(format!(" if {condition}"));
    }
    let below = shape.nested();
    let condition = expr::rewrite(cx, of, below.right(3)?.less(5)?)?;
    Some(format!("{}if {condition}", below.line()))
}

/// The only expression of a block that an arm does not need.
fn flattened<'a>(cx: &Cx, of: &'a Expr, shape: Option<Shape>) -> (bool, &'a Expr) {
    let Some(only) = only_expr(cx, of) else { return (may_extend(of), of) };
    if let Expr::Block(_) = only {
        return flattened(cx, only, None);
    }
    let condition = shape.and_then(|shape| control::condition(cx, only, shape));
    match condition.is_some_and(|text| is_multiline(&text)) {
        true => (false, of),
        false => (may_extend(only), only),
    }
}

fn only_expr<'a>(cx: &Cx, of: &'a Expr) -> Option<&'a Expr> {
    let Expr::Block(block) = of else { return None };
    if block.label.is_some() || cx.in_macro.get() || cx.has_comment(&block.block) {
        return None;
    }
    match block.block.stmts.as_slice() {
        [Stmt::Expr(Expr::Macro(_), None)] => None,
        [Stmt::Expr(only, None)] => Some(only),
        _ => None,
    }
}

/// Whether a body may start on the line of its pattern and end on a later one.
fn may_extend(of: &Expr) -> bool {
    match of {
        Expr::Loop(_)
        | Expr::Match(_)
        | Expr::Block(_)
        | Expr::Unsafe(_)
        | Expr::Closure(_)
        | Expr::Array(_)
        | Expr::Call(_)
        | Expr::MethodCall(_)
        | Expr::Macro(_)
        | Expr::Struct(_)
        | Expr::Tuple(_) => true,
        Expr::Reference(of) => may_extend(&of.expr),
        Expr::Try(of) => may_extend(&of.expr),
        Expr::Unary(of) => may_extend(&of.expr),
        Expr::Index(of) => may_extend(&of.expr),
        Expr::Cast(of) => may_extend(&of.expr),
        _ => false,
    }
}

fn is_empty(block: &Block) -> bool {
    block.stmts.is_empty()
}

fn body(cx: &Cx, of: &Expr, start: &str, shape: Shape, has_long_guard: bool) -> Option<String> {
    let behind = extra_offset(start, shape) + " => ".len();
    let (extends, of) = flattened(cx, of, shape.right(behind));
    let (is_block, is_empty) = match of {
        Expr::Block(block) => (true, is_empty(&block.block)),
        _ => (false, false),
    };
    let comma = if is_block { "" } else { "," };
    let here = |text: &str| Some(format!("{start} => {text}{comma}"));
    let is_forbidden = has_long_guard && is_multiline(start) && !is_empty;
    let room = shape.right(behind).and_then(|shape| shape.less(comma.len()));
    let same = match room {
        Some(room) if !is_forbidden => expr::format(cx, of, Place::Statement, room),
        _ => None,
    };
    if let (Some(text), Some(room)) = (&same, room)
        && (is_block || (!is_multiline(text) && width(text) <= room.width))
    {
        return here(text);
    }
    let indent = if !is_block || is_empty { shape.indent + TAB } else { shape.indent };
    let below = expr::format(cx, of, Place::Statement, Shape::indented(indent));
    let next = |text: &str| Some(below_text(cx, of, start, text, shape, indent, is_block, is_forbidden));
    match (same, below) {
        (Some(same), Some(below)) if assign::prefers_below(&same, &below) => next(&below),
        (Some(same), _) if extends && first_width(&same) <= room.map_or(0, |room| room.width) => here(&same),
        (Some(same), Some(below)) if is_multiline(&same) => next(&below),
        (None, Some(below)) => next(&below),
        (Some(same), _) => here(&same),
        (None, None) => None,
    }
}

/// The body on lines of its own, in a block.
#[allow(clippy::too_many_arguments)]
fn below_text(
    cx: &Cx,
    of: &Expr,
    start: &str,
    text: &str,
    shape: Shape,
    indent: usize,
    is_block: bool,
    is_forbidden: bool,
) -> String {
    let inner = new_line(indent);
    if is_block {
        return format!("{start} =>{inner}{text}");
    }
    let outer = shape.line();
    if cx.in_macro.get() {
        return format!("{start} =>{inner}{text},");
    }
    let semicolon = if expr::wants_semicolon(cx, of) { ";" } else { "" };
    let before = if is_forbidden { outer.clone() } else { " ".to_owned() };
    format!("{start} =>{before}{{{inner}{text}{semicolon}{outer}}}")
}
