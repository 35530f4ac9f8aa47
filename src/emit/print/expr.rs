//! Expressions.

use quote::ToTokens;
use syn::{Expr, ExprCall, ExprMacro, Lit, MacroDelimiter, RangeLimits};

use super::cx::{Cx, Place};
use super::list::Trailing;
use super::overflow::{self, Brackets, Item};
use super::shape::{ARRAY, CALL, Shape, is_multiline, last_width};
use super::{arms, assign, block, chain, closure, control, pairs, structs, ty};

/// An expression within another.
pub fn rewrite(cx: &Cx, of: &Expr, shape: Shape) -> Option<String> {
    format(cx, of, Place::Inside, shape)
}

pub fn format(cx: &Cx, of: &Expr, place: Place, shape: Shape) -> Option<String> {
    let shape = if place == Place::Statement && wants_semicolon(cx, of) { shape.less(1)? } else { shape };
    match of {
        Expr::Lit(of) => Some(literal(&of.lit)),
        Expr::Path(of) => ty::expr_path(cx, of.qself.as_ref(), &of.path, shape),
        Expr::Group(of) => format(cx, &of.expr, place, shape),
        of => cx.cached(of, shape, place, || compound(cx, of, place, shape)),
    }
}

/// Whether a semicolon stands behind it even where it is the last of a block.
pub fn wants_semicolon(cx: &Cx, of: &Expr) -> bool {
    !cx.in_macro.get() && matches!(of, Expr::Return(_) | Expr::Break(_) | Expr::Continue(_))
}

fn compound(cx: &Cx, of: &Expr, place: Place, shape: Shape) -> Option<String> {
    match of {
        Expr::Array(of) => {
            let items: Vec<Item> = of.elems.iter().map(Item::Expr).collect();
            let trailing = if cx.in_macro.get() { Trailing::Never } else { Trailing::IfVertical };
            let brackets = Brackets { open: "[", close: "]", limit: ARRAY, trailing, is_format: false };
            overflow::rewrite(cx, "", &items, shape, brackets)
        }
        Expr::Tuple(of) => {
            let items: Vec<Item> = of.elems.iter().map(Item::Expr).collect();
            tuple(cx, &items, shape)
        }
        Expr::Call(of) => call(cx, of, shape),
        Expr::MethodCall(_) | Expr::Field(_) | Expr::Try(_) | Expr::Await(_) => chain::rewrite(cx, of, shape),
        Expr::Closure(of) => closure::rewrite(cx, of, shape),
        Expr::Struct(of) => structs::rewrite(cx, of, shape),
        Expr::Macro(of) => mac(cx, of, shape),
        Expr::Match(of) => arms::rewrite(cx, of, shape),
        Expr::If(_) | Expr::ForLoop(_) | Expr::While(_) | Expr::Loop(_) => {
            control::rewrite(cx, of, place, shape)
        }
        Expr::Block(of) if of.label.is_none() => match place {
            Place::Statement => block::of_lines(cx, &of.block, "", shape),
            Place::Inside => block::rewrite(cx, &of.block, "", shape),
        },
        Expr::Async(of) => {
            let prefix = if of.capture.is_some() { "async move " } else { "async " };
            block::with_prefix(cx, &of.block, prefix, shape)
        }
        Expr::Let(of) => assign::condition(cx, of, shape),
        Expr::Assign(of) => assign::assignment(cx, &of.left, "=", &of.right, shape),
        of => operators(cx, of, shape),
    }
}

fn operators(cx: &Cx, of: &Expr, shape: Shape) -> Option<String> {
    match of {
        Expr::Binary(of) if pairs::is_assignment(&of.op) => {
            let operator = of.op.to_token_stream().to_string();
            assign::assignment(cx, &of.left, &operator, &of.right, shape)
        }
        Expr::Binary(binary) => pairs::binary(cx, of, binary, shape),
        Expr::Cast(of) => pairs::cast(cx, of, shape),
        Expr::Repeat(of) => pairs::repeat(cx, of, shape),
        Expr::Paren(of) => paren(cx, &of.expr, shape),
        Expr::Unary(of) => prefixed(cx, &of.op.to_token_stream().to_string(), Some(&of.expr), shape),
        Expr::Reference(of) => {
            let sign = if of.mutability.is_some() { "&mut " } else { "&" };
            prefixed(cx, sign, Some(&of.expr), shape)
        }
        Expr::Return(of) => prefixed(cx, "return ", of.expr.as_deref(), shape),
        Expr::Break(of) if of.label.is_none() => prefixed(cx, "break ", of.expr.as_deref(), shape),
        Expr::Continue(of) if of.label.is_none() => Some("continue".to_owned()),
        Expr::Index(of) => index(cx, &of.expr, &of.index, shape),
        Expr::Infer(_) => Some("_".to_owned()),
        Expr::Range(of) => {
            let dots = match of.limits {
                RangeLimits::HalfOpen(_) => "..",
                RangeLimits::Closed(_) => "..=",
            };
            match (&of.start, &of.end) {
                (Some(start), Some(end)) => pairs::range(cx, start, dots, end, shape),
                (None, Some(end)) => prefixed(cx, dots, Some(end), shape),
                (Some(start), None) => {
                    let start = rewrite(cx, start, shape.less(dots.len())?)?;
                    Some(format!("{start}{dots}"))
                }
                (None, None) => Some(dots.to_owned()),
            }
        }
        _ => cx.strange(),
    }
}

fn literal(of: &Lit) -> String {
    of.to_token_stream().to_string()
}

fn prefixed(cx: &Cx, prefix: &str, of: Option<&Expr>, shape: Shape) -> Option<String> {
    match of {
        Some(of) => Some(format!("{prefix}{}", rewrite(cx, of, shape.right(prefix.len())?)?)),
        None => Some(prefix.trim_end().to_owned()),
    }
}

fn paren(cx: &Cx, of: &Expr, shape: Shape) -> Option<String> {
    if let Expr::Paren(inner) = of {
        return paren(cx, &inner.expr, shape);
    }
    let inner = rewrite(cx, of, shape.right(1)?.less(1)?)?;
    Some(format!("({inner})"))
}

pub fn tuple(cx: &Cx, items: &[Item<'_>], shape: Shape) -> Option<String> {
    let mut brackets = Brackets::call(cx);
    if items.len() == 1 {
        brackets.trailing = Trailing::Always;
    }
    overflow::rewrite(cx, "", items, shape, brackets)
}

fn call(cx: &Cx, of: &ExprCall, shape: Shape) -> Option<String> {
    let name = rewrite(cx, &of.func, shape)?;
    let items: Vec<Item> = of.args.iter().map(Item::Expr).collect();
    overflow::rewrite(cx, &name, &items, shape, Brackets::call(cx))
}

/// Macros whose arguments are a text and what goes into it.
const FORMATS: &[&str] = &["format!", "print!", "println!", "eprintln!", "panic!", "unreachable!"];

pub fn mac(cx: &Cx, of: &ExprMacro, shape: Shape) -> Option<String> {
    macro_call(cx, &of.mac, shape)
}

pub fn macro_call(cx: &Cx, of: &syn::Macro, shape: Shape) -> Option<String> {
    let name = format!("{}!", ty::plain(&of.path));
    let Some(arguments) = cx.arguments(of) else { return cx.strange() };
    let items: Vec<Item> = arguments.iter().map(Item::Expr).collect();
    let is_list = matches!(of.delimiter, MacroDelimiter::Bracket(_));
    if matches!(of.delimiter, MacroDelimiter::Brace(_)) || (is_list && name != "vec!") {
        return cx.strange();
    }
    let (outer, is_outside) = (cx.in_macro.get(), !cx.in_macro.get());
    let brackets = match is_list {
        true if is_outside => {
            let trailing = Trailing::IfVertical;
            Brackets { open: "[", close: "]", limit: ARRAY, trailing, is_format: false }
        }
        true => {
            let trailing = Trailing::Never;
            Brackets { open: "[", close: "]", limit: ARRAY, trailing, is_format: false }
        }
        false => {
            let is_format = FORMATS.contains(&name.as_str());
            let trailing = Trailing::Never;
            Brackets { open: "(", close: ")", limit: CALL, trailing, is_format }
        }
    };
    cx.in_macro.set(!is_list || outer);
    let text = overflow::rewrite(cx, &name, &items, shape, brackets);
    cx.in_macro.set(outer);
    text
}

fn index(cx: &Cx, of: &Expr, index: &Expr, shape: Shape) -> Option<String> {
    let of = rewrite(cx, of, shape)?;
    let room = shape.right(last_width(&of) + 1)?.less(1)?;
    let index = rewrite(cx, index, room)?;
    if is_multiline(&index) {
        return cx.strange();
    }
    Some(format!("{of}[{index}]"))
}
