//! Closures, with a block as their body or without one.

use syn::{Block, Expr, ExprClosure, ReturnType, Stmt};

use super::cx::Cx;
use super::shape::{Shape, is_multiline, last_width, width};
use super::{block, control, expr, pat, ty};

pub fn rewrite(cx: &Cx, of: &ExprClosure, shape: Shape) -> Option<String> {
    let prefix = prefix(cx, of, shape)?;
    let body_shape = shape.right(last_width(&prefix) + 1)?;
    let Expr::Block(body) = &*of.body else {
        return without_block(cx, &of.body, &prefix, body_shape)
            .or_else(|| with_block(cx, &of.body, &prefix, body_shape));
    };
    if body.block.stmts.is_empty() {
        return Some(format!("{prefix} {{}}"));
    }
    let plain = match of.output {
        ReturnType::Default if !cx.in_macro.get() => {
            let inner = inner(cx, &of.body);
            match is_block_forced(cx, inner) {
                true => with_block(cx, inner, &prefix, shape),
                false => without_block(cx, inner, &prefix, body_shape),
            }
        }
        _ => None,
    };
    plain.or_else(|| Some(format!("{prefix} {}", block::rewrite(cx, &body.block, "", body_shape)?)))
}

/// The only expression of a block, of a block in it, and so on.
fn inner<'a>(cx: &Cx, of: &'a Expr) -> &'a Expr {
    if let Expr::Block(block) = of
        && !cx.has_comment(&block.block)
        && let Some(only) = only_expr(&block.block)
    {
        return inner(cx, only);
    }
    of
}

fn only_expr(block: &Block) -> Option<&Expr> {
    match block.stmts.as_slice() {
        [Stmt::Expr(only, None)] => Some(only),
        _ => None,
    }
}

fn prefix(cx: &Cx, of: &ExprClosure, shape: Shape) -> Option<String> {
    if of.lifetimes.is_some() || of.constness.is_some() || !of.attrs.is_empty() {
        return cx.strange();
    }
    let mut text = String::new();
    if of.asyncness.is_some() {
        text.push_str("async ");
    }
    if of.capture.is_some() {
        text.push_str("move ");
    }
    let room = shape.less(text.len() + 4)?;
    let parameters: Option<Vec<String>> =
        of.inputs.iter().map(|parameter| pat::rewrite(cx, parameter, room)).collect();
    text.push_str(&format!("|{}|", parameters?.join(", ")));
    if let ReturnType::Type(_, output) = &of.output {
        text.push_str(&format!(" -> {}", ty::on_one_line(cx, output)?));
    }
    (text.len() <= shape.width).then_some(text)
}

fn with_block(cx: &Cx, body: &Expr, prefix: &str, shape: Shape) -> Option<String> {
    if vetoes_block(body) && is_block_like(left_most(body)) {
        return None;
    }
    Some(format!("{prefix} {}", block::around(cx, body, shape)?))
}

fn without_block(cx: &Cx, body: &Expr, prefix: &str, shape: Shape) -> Option<String> {
    let text = expr::rewrite(cx, body, shape)?;
    let may_break = may_break(body) || cx.in_macro.get();
    (may_break || !is_multiline(&text)).then(|| format!("{prefix} {text}"))
}

/// Bodies that may take several lines without a block around them.
fn may_break(of: &Expr) -> bool {
    match of {
        Expr::Match(_)
        | Expr::Async(_)
        | Expr::Block(_)
        | Expr::Unsafe(_)
        | Expr::TryBlock(_)
        | Expr::Loop(_)
        | Expr::Struct(_) => true,
        Expr::Reference(of) => may_break(&of.expr),
        Expr::Try(of) => may_break(&of.expr),
        Expr::Unary(of) => may_break(&of.expr),
        Expr::Cast(of) => may_break(&of.expr),
        _ => false,
    }
}

/// A closure that is the last argument, where it stands behind the others; nothing if that looks bad.
pub fn rewrite_last(cx: &Cx, whole: &Expr, of: &ExprClosure, shape: Shape) -> Option<String> {
    let body = match &*of.body {
        Expr::Block(block) if !cx.in_macro.get() && !cx.has_comment(&block.block) => {
            only_expr(&block.block).unwrap_or(&of.body)
        }
        body => body,
    };
    let prefix = prefix(cx, of, shape)?;
    if is_multiline(&prefix) {
        return None;
    }
    let body_shape = shape.right(width(&prefix) + 1)?;
    if is_block_forced(cx, body) {
        return forced_block(cx, of, body, &prefix, shape, body_shape);
    }
    let condition = control::condition(cx, body, body_shape);
    if condition.is_some_and(|text| is_multiline(&text) || text.len() > body_shape.width) {
        return with_block(cx, body, &prefix, body_shape);
    }
    expr::rewrite(cx, whole, shape)
}

fn forced_block(
    cx: &Cx,
    of: &ExprClosure,
    body: &Expr,
    prefix: &str,
    shape: Shape,
    body_shape: Shape,
) -> Option<String> {
    const FEW: usize = 7;
    let blocked = with_block(cx, body, prefix, body_shape)?;
    if matches!(of.output, ReturnType::Default)
        && blocked.lines().count() <= FEW
        && let Some(line) = without_block(cx, body, prefix, shape)
        && !is_multiline(&line)
    {
        return Some(line);
    }
    Some(blocked)
}

fn is_block_forced(cx: &Cx, of: &Expr) -> bool {
    match of {
        _ if cx.in_macro.get() => false,
        Expr::If(_) | Expr::While(_) | Expr::ForLoop(_) | Expr::Loop(_) => true,
        Expr::Reference(of) => is_block_forced(cx, &of.expr),
        Expr::Try(of) => is_block_forced(cx, &of.expr),
        Expr::Unary(of) => is_block_forced(cx, &of.expr),
        Expr::Cast(of) => is_block_forced(cx, &of.expr),
        _ => false,
    }
}

fn vetoes_block(of: &Expr) -> bool {
    matches!(
        of,
        Expr::Call(_)
            | Expr::Binary(_)
            | Expr::Cast(_)
            | Expr::Assign(_)
            | Expr::Field(_)
            | Expr::Index(_)
            | Expr::Range(_)
            | Expr::Try(_)
    )
}

fn is_block_like(of: &Expr) -> bool {
    matches!(
        of,
        Expr::If(_) | Expr::Match(_) | Expr::Block(_) | Expr::While(_) | Expr::Loop(_) | Expr::ForLoop(_)
    )
}

fn left_most(of: &Expr) -> &Expr {
    match of {
        Expr::Call(of) => left_most(&of.func),
        Expr::Binary(of) => left_most(&of.left),
        Expr::Cast(of) => left_most(&of.expr),
        Expr::Assign(of) => left_most(&of.left),
        Expr::Field(of) => left_most(&of.base),
        Expr::Index(of) => left_most(&of.expr),
        Expr::Try(of) => left_most(&of.expr),
        of => of,
    }
}
