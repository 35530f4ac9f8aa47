//! Blocks and their statements.

use syn::{Block, Expr, Stmt};

use super::cx::{Cx, Place};
use super::shape::{Shape, is_multiline, last_width};
use super::{assign, expr, items};

/// A block behind a prefix: on one line, if it holds but an expression that fits.
pub fn rewrite(cx: &Cx, of: &Block, prefix: &str, shape: Shape) -> Option<String> {
    const FEW: usize = 3;
    let text = of_lines(cx, of, prefix, shape)?;
    if text.lines().count() <= FEW
        && let Some(line) = one_line(cx, of, prefix, shape)
    {
        return Some(line);
    }
    Some(text)
}

/// The same behind keywords, as of a block that runs later.
pub fn with_prefix(cx: &Cx, of: &Block, prefix: &str, shape: Shape) -> Option<String> {
    if let Some(line) = one_line(cx, of, prefix, shape) {
        return Some(line);
    }
    let room = Shape { offset: 0, width: shape.width.saturating_sub("async ".len()), ..shape };
    Some(format!("{prefix}{}", rewrite(cx, of, "", room)?))
}

fn one_line(cx: &Cx, of: &Block, prefix: &str, shape: Shape) -> Option<String> {
    let text = simple(cx, of, shape.right(last_width(prefix))?)?;
    let text = format!("{prefix}{{ {text} }}");
    (text.len() <= shape.width && !is_multiline(&text)).then_some(text)
}

/// The only expression of a block, if there is nothing else in it.
pub fn simple(cx: &Cx, of: &Block, shape: Shape) -> Option<String> {
    if cx.has_comment(of) {
        return None;
    }
    match of.stmts.as_slice() {
        [Stmt::Expr(only, None)] => last_expr(cx, only, shape),
        [Stmt::Macro(only)] if only.semi_token.is_none() => expr::macro_call(cx, &only.mac, shape),
        _ => None,
    }
}

fn last_expr(cx: &Cx, of: &Expr, shape: Shape) -> Option<String> {
    let place = if expr::wants_semicolon(cx, of) { Place::Statement } else { Place::Inside };
    expr::format(cx, of, place, shape)
}

/// A block whose statements have lines of their own.
pub fn of_lines(cx: &Cx, of: &Block, prefix: &str, shape: Shape) -> Option<String> {
    if of.stmts.is_empty() {
        return Some(format!("{prefix}{{}}"));
    }
    let nested = shape.nested();
    let mut text = format!("{prefix}{{");
    for (at, stmt) in of.stmts.iter().enumerate() {
        let is_last = at + 1 == of.stmts.len();
        if at > 0 && super::comment(cx, stmt).is_some() {
            text.push('\n');
        }
        text.push_str(&nested.line());
        text.push_str(&statement(cx, stmt, is_last, nested)?);
    }
    text.push_str(&shape.line());
    text.push('}');
    Some(text)
}

/// An expression in a block that was not there.
pub fn around(cx: &Cx, of: &Expr, shape: Shape) -> Option<String> {
    let nested = shape.nested();
    let text = tail(cx, of, nested)?;
    Some(format!("{{{}{text}{}}}", nested.line(), shape.line()))
}

/// A statement that fits nowhere is left as it is by rustfmt, so that any text will do.
fn statement(cx: &Cx, of: &Stmt, is_last: bool, shape: Shape) -> Option<String> {
    if let Some(text) = strict_statement(cx, of, is_last, shape) {
        return Some(text);
    }
    if cx.is_strange.get() {
        return None;
    }
    let before = cx.is_lenient.replace(true);
    let text = strict_statement(cx, of, is_last, shape);
    cx.is_lenient.set(before);
    text.or_else(|| (!cx.is_strange.get()).then(|| super::loose_statement(cx, of, shape.indent)))
}

fn strict_statement(cx: &Cx, of: &Stmt, is_last: bool, shape: Shape) -> Option<String> {
    if let Some(comment) = super::comment(cx, of) {
        return Some(format!("// {comment}").trim_end().to_owned());
    }
    match of {
        Stmt::Local(of) => assign::local(cx, of, shape),
        Stmt::Expr(of, None) if is_last => tail(cx, of, shape),
        Stmt::Expr(of, semicolon) => {
            let needs =
                semicolon.is_some() && !matches!(of, Expr::While(_) | Expr::ForLoop(_) | Expr::Loop(_));
            let suffix = if needs { ";" } else { "" };
            let text = expr::format(cx, of, Place::Statement, shape.less(suffix.len())?)?;
            Some(text + suffix)
        }
        Stmt::Macro(of) if of.attrs.is_empty() => {
            let suffix = if of.semi_token.is_some() { ";" } else { "" };
            Some(expr::macro_call(cx, &of.mac, shape.less(suffix.len())?)? + suffix)
        }
        Stmt::Item(of) => items::item(cx, of, shape.indent),
        Stmt::Macro(_) => cx.strange(),
    }
}

/// The value of a block, or the way out of it.
fn tail(cx: &Cx, of: &Expr, shape: Shape) -> Option<String> {
    let suffix = if expr::wants_semicolon(cx, of) { ";" } else { "" };
    Some(last_expr(cx, of, shape)? + suffix)
}
