//! Operators between two or more expressions.

use quote::ToTokens;
use syn::{BinOp, Expr, ExprBinary, ExprCast, ExprRepeat};

use super::cx::Cx;
use super::shape::{
    MAX, Shape, TAB, first_line_ends_with, first_width, fits, is_multiline, last_width, last_width_trimmed,
};
use super::{expr, ty};

pub fn is_assignment(of: &BinOp) -> bool {
    use BinOp::*;
    matches!(
        of,
        AddAssign(_)
            | SubAssign(_)
            | MulAssign(_)
            | DivAssign(_)
            | RemAssign(_)
            | BitXorAssign(_)
            | BitAndAssign(_)
            | BitOrAssign(_)
            | ShlAssign(_)
            | ShrAssign(_)
    )
}

/// Operands of the same operator, with their texts.
struct Flat<'a> {
    operands: Vec<(&'a Expr, Option<String>)>,
    operator: String,
}

pub fn binary(cx: &Cx, whole: &Expr, of: &ExprBinary, shape: Shape) -> Option<String> {
    let flat = flatten(cx, whole, &of.op, shape);
    let text = match has_long_let_chain(&flat) {
        true => lines(cx, &flat, shape),
        false => one_line(cx, &flat, shape).or_else(|| lines(cx, &flat, shape)),
    };
    text.or_else(|| {
        let infix = format!(" {} ", flat.operator);
        let parts = Parts { prefix: "", infix: &infix, suffix: "", is_front: true };
        let left = |shape| expr::rewrite(cx, &of.left, shape);
        pair(&left, &|shape| expr::rewrite(cx, &of.right, shape), parts, shape)
    })
}

fn flatten<'a>(cx: &Cx, whole: &'a Expr, operator: &BinOp, shape: Shape) -> Flat<'a> {
    let (mut found, mut of) = (Vec::new(), whole);
    while let Expr::Binary(inner) = of
        && inner.op == *operator
    {
        found.push(&*inner.right);
        of = &inner.left;
    }
    found.push(of);
    found.reverse();
    let operator = operator.to_token_stream().to_string();
    let nested = shape.nested().less(shape.overhead()).and_then(|shape| shape.right(operator.len() + 1));
    let text = |(at, of)| match at {
        0 => (of, expr::rewrite(cx, of, shape)),
        _ => (of, nested.and_then(|nested| expr::rewrite(cx, of, nested))),
    };
    Flat { operands: found.into_iter().enumerate().map(text).collect(), operator }
}

/// Chains with `let` have one condition a line, unless there is but a name in front.
fn has_long_let_chain(flat: &Flat<'_>) -> bool {
    let is_let = |of: &Expr| matches!(of, Expr::Let(_));
    if !flat.operands.iter().any(|(of, _)| is_let(of)) {
        return false;
    }
    match flat.operands.as_slice() {
        [(first, _), (second, _)] => !(is_name(first) && is_let(second)),
        _ => true,
    }
}

fn is_name(of: &Expr) -> bool {
    match of {
        Expr::Path(of) => of.qself.is_none() && of.path.segments.len() == 1,
        Expr::Unary(of) => is_name(&of.expr),
        Expr::Reference(of) => is_name(&of.expr),
        Expr::Paren(of) => is_name(&of.expr),
        Expr::Try(of) => is_name(&of.expr),
        _ => false,
    }
}

fn one_line(cx: &Cx, flat: &Flat<'_>, shape: Shape) -> Option<String> {
    let ((last, _), start) = flat.operands.split_last()?;
    let mut text = String::new();
    for (_, operand) in start {
        let operand = operand.as_ref()?;
        if is_multiline(operand) || text.len() > shape.width {
            return None;
        }
        text.push_str(&format!("{operand} {} ", flat.operator));
    }
    let prefix = text.len();
    let last = expr::rewrite(cx, last, shape.right(last_width(&text))?)?;
    text.push_str(&last);
    if first_width(&text) > shape.width {
        return None;
    }
    let is_odd = is_multiline(&text) && !last.starts_with('{') && (last.starts_with('(') || prefix > TAB);
    (!is_odd && fits(&text, shape)).then_some(text)
}

fn lines(cx: &Cx, flat: &Flat<'_>, shape: Shape) -> Option<String> {
    let nested = shape.nested().less(shape.overhead())?;
    let (first, rest) = flat.operands.split_first()?;
    let mut text = first.1.clone()?;
    let operator = &flat.operator;
    for (of, operand) in rest {
        let offset = if is_multiline(&text) { 0 } else { shape.used() };
        // A short operand does not stand alone.
        if last_width(&text) + offset <= nested.used()
            && let Some(room) = shape.right(operator.len() + 2 + last_width_trimmed(&text))
            && let Some(here) = expr::rewrite(cx, of, room)
        {
            text.push_str(&format!(" {operator} {here}"));
            continue;
        }
        text.push_str(&format!("{}{operator} {}", nested.line(), operand.as_ref()?));
    }
    Some(text)
}

#[derive(Clone, Copy)]
struct Parts<'a> {
    prefix: &'a str,
    infix: &'a str,
    suffix: &'a str,
    /// Whether the operator starts the second line.
    is_front: bool,
}

type Rewrite<'a> = &'a dyn Fn(Shape) -> Option<String>;

fn pair(left: Rewrite<'_>, right: Rewrite<'_>, parts: Parts<'_>, shape: Shape) -> Option<String> {
    let Parts { prefix, infix, suffix, is_front } = parts;
    let overhead = if is_front { 0 } else { prefix.len() + infix.trim_end().len() };
    let room = Shape { width: MAX.saturating_sub(shape.used() + overhead), ..shape };
    let left = format!("{prefix}{}", left(room)?);
    let here = shape.right(last_width(&left) + infix.len()).and_then(|shape| shape.less(suffix.len()));
    if let Some(text) = here.and_then(right) {
        let may_share = left.len() <= TAB || first_line_ends_with(&text, '{');
        let total = last_width(&left) + infix.len() + first_width(&text) + suffix.len();
        if (!is_multiline(&text) || may_share) && total <= shape.width {
            return Some(format!("{left}{infix}{text}{suffix}"));
        }
    }
    let below = shape.nested().less(shape.overhead())?;
    let line = below.line();
    if is_front {
        let infix = infix.trim_start();
        let text = right(below.right(infix.len())?)?;
        return Some(format!("{left}{line}{infix}{text}{suffix}"));
    }
    Some(format!("{left}{}{line}{}{suffix}", infix.trim_end(), right(below)?))
}

pub fn cast(cx: &Cx, of: &ExprCast, shape: Shape) -> Option<String> {
    let parts = Parts { prefix: "", infix: " as ", suffix: "", is_front: true };
    let left = |shape| expr::rewrite(cx, &of.expr, shape);
    pair(&left, &|shape| ty::rewrite(cx, &of.ty, shape), parts, shape)
}

pub fn repeat(cx: &Cx, of: &ExprRepeat, shape: Shape) -> Option<String> {
    let parts = Parts { prefix: "[", infix: "; ", suffix: "]", is_front: false };
    let left = |shape| expr::rewrite(cx, &of.expr, shape);
    pair(&left, &|shape| expr::rewrite(cx, &of.len, shape), parts, shape)
}

pub fn range(cx: &Cx, start: &Expr, dots: &str, end: &Expr, shape: Shape) -> Option<String> {
    let parts = Parts { prefix: "", infix: dots, suffix: "", is_front: true };
    let left = |shape| expr::rewrite(cx, start, shape);
    pair(&left, &|shape| expr::rewrite(cx, end, shape), parts, shape)
}
