//! Attributes and documentation.

use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Lit, Meta, Path, Token};

use super::cx::Cx;
use super::shape::new_line;
use super::{expr, ty};

/// The attributes of an item, each on its line.
pub fn outer(cx: &Cx, of: &[Attribute], indent: usize) -> Option<String> {
    let mut text = String::new();
    for attribute in of {
        match documentation(attribute) {
            Some(line) => text.push_str(format!("///{line}").trim_end()),
            None => text.push_str(&format!("#[{}]", meta(cx, &attribute.meta)?)),
        }
        text.push_str(&new_line(indent));
    }
    Some(text)
}

/// What is said of a file as a whole.
pub fn inner(cx: &Cx, of: &[Attribute]) -> Option<String> {
    let mut text = String::new();
    for attribute in of {
        match documentation(attribute) {
            Some(line) => text.push_str(format!("//!{line}").trim_end()),
            None => text.push_str(&format!("#![{}]", meta(cx, &attribute.meta)?)),
        }
        text.push('\n');
    }
    Some(text)
}

fn documentation(of: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &of.meta else { return None };
    match &pair.value {
        Expr::Lit(value) if pair.path.is_ident("doc") => match &value.lit {
            Lit::Str(text) if !text.value().contains('\n') => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

fn meta(cx: &Cx, of: &Meta) -> Option<String> {
    /// The widest list of an attribute on one line.
    const LIST: usize = 70;
    match of {
        Meta::Path(path) => Some(ty::plain(path)),
        Meta::NameValue(pair) => {
            let value = expr::rewrite(cx, &pair.value, super::shape::Shape::indented(0))?;
            Some(format!("{} = {value}", ty::plain(&pair.path)))
        }
        Meta::List(list) => {
            let names = list.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated).ok();
            let Some(names) = names else { return cx.strange() };
            let names: Vec<String> = names.iter().map(ty::plain).collect();
            let names = names.join(", ");
            match names.len() <= LIST {
                true => Some(format!("{}({names})", ty::plain(&list.path))),
                false => cx.strange(),
            }
        }
    }
}
