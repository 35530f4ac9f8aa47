//! Patterns.

use quote::ToTokens;
use syn::{Pat, PatOr};

use super::cx::Cx;
use super::list::Trailing;
use super::overflow::{self, Brackets, Item};
use super::shape::{ARRAY, MAX, Shape, is_multiline, new_line, width};
use super::{expr, pairs, structs, ty};

pub fn rewrite(cx: &Cx, of: &Pat, shape: Shape) -> Option<String> {
    match of {
        Pat::Ident(of) => {
            let by = if of.by_ref.is_some() { "ref " } else { "" };
            let mutable = if of.mutability.is_some() { "mut " } else { "" };
            let mut text = format!("{by}{mutable}{}", of.ident);
            if let Some((_, inner)) = &of.subpat {
                let room = shape.less(text.len() + 3)?;
                text.push_str(&format!(" @ {}", rewrite(cx, inner, room)?));
            }
            Some(text)
        }
        Pat::Wild(_) => Some("_".to_owned()),
        Pat::Rest(_) => Some("..".to_owned()),
        Pat::Lit(of) => Some(of.to_token_stream().to_string()),
        Pat::Path(of) => ty::expr_path(cx, of.qself.as_ref(), &of.path, shape),
        Pat::Paren(of) => Some(format!("({})", rewrite(cx, &of.pat, shape.right(1)?.less(1)?)?)),
        Pat::Reference(of) => {
            let sign = if of.mutability.is_some() { "&mut " } else { "&" };
            Some(format!("{sign}{}", rewrite(cx, &of.pat, shape.right(sign.len())?)?))
        }
        Pat::Type(of) => {
            let pat = rewrite(cx, &of.pat, shape)?;
            Some(format!("{pat}: {}", ty::rewrite(cx, &of.ty, shape.right(pat.len() + 2)?)?))
        }
        Pat::Tuple(of) => {
            let items: Vec<Item> = of.elems.iter().map(Item::Pat).collect();
            let is_single = items.len() == 1 && !matches!(of.elems.first(), Some(Pat::Rest(_)));
            tuple(cx, "", &items, is_single, shape)
        }
        Pat::TupleStruct(of) => {
            let path = ty::expr_path(cx, of.qself.as_ref(), &of.path, shape)?;
            let items: Vec<Item> = of.elems.iter().map(Item::Pat).collect();
            tuple(cx, &path, &items, false, shape)
        }
        Pat::Slice(of) => {
            let items: Vec<Item> = of.elems.iter().map(Item::Pat).collect();
            let trailing = Trailing::IfVertical;
            let brackets = Brackets { open: "[", close: "]", limit: ARRAY, trailing, is_format: false };
            overflow::rewrite(cx, "", &items, shape, brackets)
        }
        Pat::Struct(of) => structs::pattern(cx, of, shape),
        Pat::Or(of) => alternatives(cx, of, shape),
        Pat::Range(of) => match (&of.start, &of.end) {
            (Some(start), Some(end)) => {
                let dots = of.limits.to_token_stream().to_string();
                pairs::range(cx, start, &dots, end, shape)
            }
            (start, end) => {
                let dots = of.limits.to_token_stream().to_string();
                let side = |of: &Option<Box<syn::Expr>>| match of {
                    Some(of) => expr::rewrite(cx, of, shape),
                    None => Some(String::new()),
                };
                Some(format!("{}{dots}{}", side(start)?, side(end)?))
            }
        },
        _ => cx.strange(),
    }
}

fn tuple(cx: &Cx, path: &str, items: &[Item<'_>], is_single: bool, shape: Shape) -> Option<String> {
    let trailing = if is_single { Trailing::Always } else { Trailing::IfVertical };
    let brackets = Brackets { open: "(", close: ")", limit: MAX, trailing, is_format: false };
    overflow::rewrite(cx, path, items, shape, brackets)
}

fn alternatives(cx: &Cx, of: &PatOr, shape: Shape) -> Option<String> {
    let texts: Vec<String> = of.cases.iter().map(|case| rewrite(cx, case, shape)).collect::<Option<_>>()?;
    if of.cases.iter().zip(&texts).all(|(case, text)| is_short(case, text)) {
        return Some(filled(&texts, shape));
    }
    let total: usize = texts.iter().map(|text| width(text)).sum::<usize>() + 3 * (texts.len() - 1);
    let is_one_line = total <= shape.width && !texts.iter().any(|text| is_multiline(text));
    match is_one_line {
        true => Some(texts.join(" | ")),
        false => Some(texts.join(&format!("{}| ", new_line(shape.indent)))),
    }
}

/// As many alternatives on a line as go there; the bar starts a line.
fn filled(texts: &[String], shape: Shape) -> String {
    let mut out = String::new();
    let mut line = 0;
    for (at, text) in texts.iter().enumerate() {
        let total = width(text) + if at > 0 { 2 } else { 0 };
        if line > 0 && line + 1 + total > shape.width {
            out.push_str(&new_line(shape.indent));
            line = 0;
        } else if line > 0 {
            out.push(' ');
            line += 1;
        }
        if at > 0 {
            out.push_str("| ");
        }
        out.push_str(text);
        line += total;
    }
    out
}

fn is_short(of: &Pat, text: &str) -> bool {
    const SHORT: usize = 20;
    text.len() <= SHORT && !is_multiline(text) && has_few_parts(of)
}

fn has_few_parts(of: &Pat) -> bool {
    match of {
        Pat::Rest(_) | Pat::Wild(_) | Pat::Lit(_) => true,
        Pat::Ident(of) => of.subpat.is_none(),
        Pat::Tuple(of) => of.elems.len() <= 1,
        Pat::TupleStruct(of) => of.path.segments.len() <= 1 && of.elems.len() <= 1,
        Pat::Reference(of) => has_few_parts(&of.pat),
        Pat::Paren(of) => has_few_parts(&of.pat),
        Pat::Or(of) => of.cases.iter().all(has_few_parts),
        _ => false,
    }
}

pub fn can_overflow(of: &Pat, count: usize) -> bool {
    match of {
        Pat::Path(_) | Pat::Tuple(_) | Pat::Struct(_) | Pat::TupleStruct(_) => count == 1,
        Pat::Reference(of) => can_overflow(&of.pat, count),
        _ => false,
    }
}
