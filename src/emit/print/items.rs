//! Items: types, implementations, functions, statics, and the uses above them.

use syn::{
    Attribute, Field, Fields, Generics, ImplItem, Item, ItemEnum, ItemImpl, ItemStruct, Variant, Visibility,
};

use super::cx::Cx;
use super::overflow::{self, Brackets};
use super::shape::{MAX, Shape, TAB, VARIANT, is_multiline, new_line, width};
use super::{assign, attributes, expr, function, ty, uses};

/// An item at an indent, or nothing if there is syntax in it that is not known here.
pub fn item(cx: &Cx, of: &Item, indent: usize) -> Option<String> {
    let text = match of {
        Item::Use(of) => with(cx, &of.attrs, &of.vis, uses::item(cx, of, indent)?, indent),
        Item::Mod(of) if of.content.is_none() && of.unsafety.is_none() => {
            with(cx, &of.attrs, &of.vis, format!("mod {};", of.ident), indent)
        }
        Item::Fn(of) if of.modifiers.defaultness.is_none() => {
            function::item(cx, &of.attrs, &of.vis, &of.sig, &of.block, indent)
        }
        Item::Static(of) if matches!(of.mutability, syn::StaticMutability::None) => {
            let start = format!("{}static {}:", visibility(cx, &of.vis)?, of.ident);
            constant(cx, &of.attrs, start, &of.ty, &of.expr, indent)
        }
        Item::Const(of) if of.generics.params.is_empty() => {
            let start = format!("{}const {}:", visibility(cx, &of.vis)?, of.ident);
            constant(cx, &of.attrs, start, &of.ty, &of.expr, indent)
        }
        Item::Type(of) if of.generics.params.is_empty() && of.generics.where_clause.is_none() => {
            let start = format!("{}type {} =", visibility(cx, &of.vis)?, of.ident);
            let room = Shape::indented(indent).less(1)?;
            let text = assign::behind_with(cx, start, &|shape| ty::rewrite(cx, &of.ty, shape), room)? + ";";
            Some(attributes::outer(cx, &of.attrs, indent)? + &text)
        }
        Item::Struct(of) => record(cx, of, indent),
        Item::Enum(of) => enumeration(cx, of, indent),
        Item::Impl(of) => implementation(cx, of, indent),
        _ => None,
    };
    text.or_else(|| cx.strange())
}

fn with(cx: &Cx, attrs: &[Attribute], vis: &Visibility, text: String, indent: usize) -> Option<String> {
    Some(format!("{}{}{text}", attributes::outer(cx, attrs, indent)?, visibility(cx, vis)?))
}

pub fn visibility(cx: &Cx, of: &Visibility) -> Option<String> {
    match of {
        Visibility::Inherited => Some(String::new()),
        Visibility::Public(_) => Some("pub ".to_owned()),
        Visibility::Restricted(of) if of.in_token.is_none() => Some(format!("pub({}) ", ty::plain(&of.path))),
        Visibility::Restricted(_) => cx.strange(),
    }
}

fn constant(
    cx: &Cx,
    attrs: &[Attribute],
    start: String,
    of_ty: &syn::Type,
    value: &syn::Expr,
    indent: usize,
) -> Option<String> {
    let room = Shape::indented(indent).right(start.len() + 3)?;
    let start = format!("{start} {} =", ty::rewrite(cx, of_ty, room)?);
    let attributes = attributes::outer(cx, attrs, indent)?;
    let room = Shape::indented(indent).less(1)?;
    let text = assign::behind_with(cx, start, &|shape| expr::rewrite(cx, value, shape), room);
    Some(format!("{attributes}{};", text?))
}

pub fn generics(cx: &Cx, of: &Generics) -> Option<String> {
    if of.where_clause.is_some() {
        return cx.strange();
    }
    if of.params.is_empty() {
        return Some(String::new());
    }
    let parameters: Option<Vec<String>> = of.params.iter().map(|one| parameter(cx, one)).collect();
    Some(format!("<{}>", parameters?.join(", ")))
}

fn parameter(cx: &Cx, of: &syn::GenericParam) -> Option<String> {
    match of {
        syn::GenericParam::Lifetime(of) if of.bounds.is_empty() => Some(of.lifetime.to_string()),
        syn::GenericParam::Type(of) if of.default.is_none() && of.bounds.is_empty() => {
            Some(of.ident.to_string())
        }
        syn::GenericParam::Type(of) if of.default.is_none() => {
            Some(format!("{}: {}", of.ident, ty::bounds(cx, &of.bounds)?))
        }
        _ => cx.strange(),
    }
}

fn record(cx: &Cx, of: &ItemStruct, indent: usize) -> Option<String> {
    let attributes = attributes::outer(cx, &of.attrs, indent)?;
    let start =
        format!("{attributes}{}struct {}{}", visibility(cx, &of.vis)?, of.ident, generics(cx, &of.generics)?);
    match &of.fields {
        Fields::Unit => Some(format!("{start};")),
        Fields::Unnamed(fields) => {
            let text =
                unnamed(cx, "", fields, Shape::indented(indent).right(super::shape::last_width(&start))?)?;
            Some(format!("{start}{text};"))
        }
        Fields::Named(fields) if fields.named.is_empty() => Some(format!("{start} {{}}")),
        Fields::Named(named) => {
            let fields: Option<Vec<String>> =
                named.named.iter().map(|one| field(cx, one, indent + TAB)).collect();
            Some(lines(start, &fields?, ",", indent))
        }
    }
}

/// A header with a block of lines behind it.
fn lines(start: String, of: &[String], end: &str, indent: usize) -> String {
    let (inner, outer) = (new_line(indent + TAB), new_line(indent));
    let mut text = format!("{start} {{");
    for line in of {
        text.push_str(&format!("{inner}{line}{end}"));
    }
    text.push_str(&outer);
    text.push('}');
    text
}

fn field(cx: &Cx, of: &Field, indent: usize) -> Option<String> {
    let attributes = attributes::outer(cx, &of.attrs, indent)?;
    let Some(name) = &of.ident else { return cx.strange() };
    let start = format!("{}{name}:", visibility(cx, &of.vis)?);
    let room = Shape::indented(indent).less(1)?;
    let text = assign::behind_with(cx, start, &|shape| ty::rewrite(cx, &of.ty, shape), room)?;
    Some(attributes + &text)
}

fn unnamed(cx: &Cx, name: &str, of: &syn::FieldsUnnamed, shape: Shape) -> Option<String> {
    let mut texts = Vec::new();
    for field in &of.unnamed {
        if !field.attrs.is_empty() {
            return cx.strange();
        }
        texts.push(format!("{}{}", visibility(cx, &field.vis)?, ty::on_one_line(cx, &field.ty)?));
    }
    let items: Vec<overflow::Item> = texts.iter().map(|text| overflow::Item::Text(text)).collect();
    overflow::rewrite(cx, name, &items, shape, Brackets::call(cx))
}

fn enumeration(cx: &Cx, of: &ItemEnum, indent: usize) -> Option<String> {
    let attributes = attributes::outer(cx, &of.attrs, indent)?;
    let start =
        format!("{attributes}{}enum {}{}", visibility(cx, &of.vis)?, of.ident, generics(cx, &of.generics)?);
    if of.variants.is_empty() {
        return Some(format!("{start} {{}}"));
    }
    let variants = |limit| -> Option<Vec<String>> {
        of.variants.iter().map(|one| variant(cx, one, indent + TAB, limit)).collect()
    };
    let mut texts = variants(VARIANT)?;
    // Where one takes several lines, all with fields do.
    if texts.iter().any(|text| is_multiline(text)) {
        texts = variants(0)?;
    }
    Some(lines(start, &texts, ",", indent))
}

fn variant(cx: &Cx, of: &Variant, indent: usize, limit: usize) -> Option<String> {
    if of.discriminant.is_some() {
        return cx.strange();
    }
    let attributes = attributes::outer(cx, &of.attrs, indent)?;
    let name = of.ident.to_string();
    let text = match &of.fields {
        Fields::Unit => name,
        Fields::Unnamed(fields) => unnamed(cx, &name, fields, Shape::indented(indent).less(1)?)?,
        Fields::Named(named) => {
            let fields: Vec<String> =
                named.named.iter().map(|one| field(cx, one, indent + TAB)).collect::<Option<_>>()?;
            let line = fields.join(", ");
            match width(&line) <= limit && !is_multiline(&line) {
                true => format!("{name} {{ {line} }}"),
                false => lines(name, &fields, ",", indent),
            }
        }
    };
    Some(attributes + &text)
}

fn implementation(cx: &Cx, of: &ItemImpl, indent: usize) -> Option<String> {
    if of.unsafety.is_some() || of.modifiers.polarity.is_some() || of.modifiers.defaultness.is_some() {
        return cx.strange();
    }
    let attributes = attributes::outer(cx, &of.attrs, indent)?;
    let start = header(cx, of, indent)?;
    if of.items.is_empty() {
        return Some(format!("{attributes}{start} {{}}"));
    }
    let mut text = format!("{attributes}{start}");
    text.push_str(&if is_multiline(&start) { new_line(indent) } else { " ".to_owned() });
    text.push('{');
    let mut before: Option<&ImplItem> = None;
    for one in &of.items {
        if let Some(before) = before
            && !matches!((before, one), (ImplItem::Const(_), ImplItem::Const(_)))
        {
            text.push('\n');
        }
        text.push_str(&new_line(indent + TAB));
        text.push_str(&member(cx, one, indent + TAB)?);
        before = Some(one);
    }
    text.push_str(&new_line(indent));
    text.push('}');
    Some(text)
}

fn header(cx: &Cx, of: &ItemImpl, indent: usize) -> Option<String> {
    let start = format!("impl{}", generics(cx, &of.generics)?);
    let target = ty::on_one_line(cx, &of.self_ty)?;
    let Some((path, _)) = &of.trait_ else { return Some(format!("{start} {target}")) };
    let path = ty::of_trait(cx, path, Shape::indented(indent).right(start.len() + 1)?)?;
    let line = format!("{start} {path} for {target}");
    match indent + width(&line) + " {".len() <= MAX {
        true => Some(line),
        false => Some(format!("{start} {path}{}for {target}", new_line(indent + TAB))),
    }
}

fn member(cx: &Cx, of: &ImplItem, indent: usize) -> Option<String> {
    match of {
        ImplItem::Fn(of) if of.modifiers.defaultness.is_none() => {
            function::item(cx, &of.attrs, &of.vis, &of.sig, &of.block, indent)
        }
        ImplItem::Const(of) if of.generics.params.is_empty() => {
            let start = format!("{}const {}:", visibility(cx, &of.vis)?, of.ident);
            constant(cx, &of.attrs, start, &of.ty, &of.expr, indent)
        }
        ImplItem::Type(of) if of.generics.params.is_empty() => {
            let start = format!("{}type {} =", visibility(cx, &of.vis)?, of.ident);
            let room = Shape::indented(indent).less(1)?;
            let text = assign::behind_with(cx, start, &|shape| ty::rewrite(cx, &of.ty, shape), room)?;
            Some(format!("{}{text};", attributes::outer(cx, &of.attrs, indent)?))
        }
        _ => cx.strange(),
    }
}
