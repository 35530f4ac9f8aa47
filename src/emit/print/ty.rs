//! Types and paths.

use syn::punctuated::Punctuated;
use syn::{
    AngleBracketedGenericArguments, GenericArgument, Path, PathArguments, PathSegment, QSelf, ReturnType,
    Token, Type, TypeParamBound,
};

use super::cx::Cx;
use super::expr;
use super::list::Trailing;
use super::overflow::{self, Brackets, Item};
use super::shape::{MAX, Shape, extra_offset, is_multiline};

/// A path without what stands in angle brackets.
pub fn plain(of: &Path) -> String {
    let names: Vec<String> = of.segments.iter().map(|segment| segment.ident.to_string()).collect();
    format!("{}{}", if of.leading_colon.is_some() { "::" } else { "" }, names.join("::"))
}

pub fn expr_path(cx: &Cx, qself: Option<&QSelf>, of: &Path, shape: Shape) -> Option<String> {
    path(cx, qself, of, "::", shape)
}

fn path(cx: &Cx, qself: Option<&QSelf>, of: &Path, turbofish: &str, shape: Shape) -> Option<String> {
    let mut text = String::new();
    let mut rest = of.segments.len();
    if let Some(qself) = qself {
        let inner = on_one_line(cx, &qself.ty)?;
        let front = &of.segments.iter().take(qself.position).collect::<Vec<_>>();
        rest -= front.len();
        text.push_str(&format!("<{inner}"));
        for (at, one) in front.iter().enumerate() {
            text.push_str(if at == 0 { " as " } else { "::" });
            text.push_str(&segment(cx, one, "", one_line_shape())?);
        }
        text.push('>');
    } else if of.leading_colon.is_some() {
        text.push_str("::");
    }
    for (at, one) in of.segments.iter().skip(of.segments.len() - rest).enumerate() {
        if at > 0 || qself.is_some() {
            text.push_str("::");
        }
        let room = shape.right(extra_offset(&text, shape))?;
        text.push_str(&segment(cx, one, turbofish, room)?);
    }
    Some(text)
}

fn segment(cx: &Cx, of: &PathSegment, turbofish: &str, shape: Shape) -> Option<String> {
    let name = of.ident.to_string();
    let shape = shape.right(name.len())?;
    match &of.arguments {
        PathArguments::None => Some(name),
        PathArguments::AngleBracketed(list) => {
            Some(format!("{name}{turbofish}{}", arguments(cx, list, shape)?))
        }
        PathArguments::Parenthesized(list) => {
            let inputs: Option<Vec<String>> =
                list.inputs.iter().map(|one| on_one_line(cx, &one.ty)).collect();
            let output = match &list.output {
                ReturnType::Default => String::new(),
                ReturnType::Type(_, output) => format!(" -> {}", on_one_line(cx, output)?),
            };
            Some(format!("{name}({}){output}", inputs?.join(", ")))
        }
    }
}

fn arguments(cx: &Cx, of: &AngleBracketedGenericArguments, shape: Shape) -> Option<String> {
    let texts: Vec<Option<String>> = of.args.iter().map(|one| argument(cx, one)).collect();
    let items: Option<Vec<Item>> = of
        .args
        .iter()
        .zip(&texts)
        .map(|(one, text)| match one {
            GenericArgument::Type(of) => Some(Item::Type(of)),
            _ => text.as_deref().map(Item::Text),
        })
        .collect();
    let trailing = Trailing::IfVertical;
    let brackets = Brackets { open: "<", close: ">", limit: MAX, trailing, is_format: false };
    overflow::rewrite(cx, "", &items?, shape, brackets)
}

fn argument(cx: &Cx, of: &GenericArgument) -> Option<String> {
    match of {
        GenericArgument::Lifetime(of) => Some(of.to_string()),
        GenericArgument::Type(_) => None,
        GenericArgument::AssocType(of) => Some(format!("{} = {}", of.ident, on_one_line(cx, &of.ty)?)),
        GenericArgument::Const(of) => expr::rewrite(cx, of, one_line_shape()),
        _ => cx.strange(),
    }
}

/// `::<A, B>`
pub fn arguments_on_one_line(cx: &Cx, of: &AngleBracketedGenericArguments) -> Option<String> {
    Some(format!("::{}", arguments(cx, of, one_line_shape())?))
}

const ENDLESS: usize = 100_000;

fn one_line_shape() -> Shape {
    Shape { indent: 0, offset: 0, width: ENDLESS }
}

pub fn on_one_line(cx: &Cx, of: &Type) -> Option<String> {
    rewrite(cx, of, one_line_shape()).filter(|text| !is_multiline(text))
}

pub fn rewrite(cx: &Cx, of: &Type, shape: Shape) -> Option<String> {
    match of {
        Type::Path(of) => path(cx, of.qself.as_ref(), &of.path, "", shape),
        Type::Group(of) => rewrite(cx, &of.elem, shape),
        Type::Paren(of) => Some(format!("({})", rewrite(cx, &of.elem, shape.right(1)?.less(1)?)?)),
        Type::Infer(_) => Some("_".to_owned()),
        Type::Never(_) => Some("!".to_owned()),
        Type::Reference(of) => {
            let mut text = "&".to_owned();
            if let Some(lifetime) = &of.lifetime {
                text.push_str(&format!("{lifetime} "));
            }
            if of.mutability.is_some() {
                text.push_str("mut ");
            }
            let inner = rewrite(cx, &of.elem, shape.right(text.len())?)?;
            Some(text + &inner)
        }
        Type::Slice(of) => Some(format!("[{}]", rewrite(cx, &of.elem, shape.right(1)?.less(1)?)?)),
        Type::Array(of) => {
            let length = expr::rewrite(cx, &of.len, one_line_shape())?;
            let room = shape.right(1)?.less(length.len() + 3)?;
            Some(format!("[{}; {length}]", rewrite(cx, &of.elem, room)?))
        }
        Type::Tuple(of) => {
            let items: Vec<Item> = of.elems.iter().map(Item::Type).collect();
            expr::tuple(cx, &items, shape)
        }
        Type::TraitObject(of) => Some(format!("dyn {}", bounds(cx, &of.bounds)?)),
        Type::ImplTrait(of) => Some(format!("impl {}", bounds(cx, &of.bounds)?)),
        _ => cx.strange(),
    }
}

pub fn bounds(cx: &Cx, of: &Punctuated<TypeParamBound, Token![+]>) -> Option<String> {
    let texts: Option<Vec<String>> = of.iter().map(|one| bound(cx, one)).collect();
    Some(texts?.join(" + "))
}

fn bound(cx: &Cx, of: &TypeParamBound) -> Option<String> {
    match of {
        TypeParamBound::Lifetime(of) => Some(of.to_string()),
        TypeParamBound::Trait(of)
            if of.lifetimes.is_none() && of.maybe.is_none() && of.paren_token.is_none() =>
        {
            path(cx, None, &of.path, "", one_line_shape())
        }
        _ => cx.strange(),
    }
}

pub fn of_trait(cx: &Cx, of: &Path, shape: Shape) -> Option<String> {
    path(cx, None, of, "", shape)
}

pub fn can_overflow(of: &Type, count: usize) -> bool {
    match of {
        Type::Tuple(_) => count == 1,
        Type::Reference(of) => can_overflow(&of.elem, count),
        _ => false,
    }
}
