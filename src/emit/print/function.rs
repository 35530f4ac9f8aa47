//! Functions and methods.

use syn::{Attribute, Block, FnArg, Receiver, ReceiverKind, ReturnType, Safety, Signature, Visibility};

use super::cx::Cx;
use super::shape::{MAX, Shape, TAB, is_multiline, new_line, width};
use super::{attributes, block, items, pat, ty};

pub fn item(
    cx: &Cx,
    attrs: &[Attribute],
    vis: &Visibility,
    of: &Signature,
    body: &Block,
    indent: usize,
) -> Option<String> {
    let attributes = attributes::outer(cx, attrs, indent)?;
    let start = format!("{}{}", items::visibility(cx, vis)?, signature(cx, of, indent)?);
    let start = match indent + width(&start) + " {".len() <= MAX && !is_multiline(&start) {
        true => start,
        false => format!("{}{}", items::visibility(cx, vis)?, on_lines(cx, of, indent)?),
    };
    let room = Shape::indented(indent);
    block::of_lines(cx, body, &format!("{attributes}{start} "), room)
}

fn start(cx: &Cx, of: &Signature) -> Option<String> {
    if of.abi.is_some() || of.variadic.is_some() || !matches!(of.safety, Safety::Default) {
        return cx.strange();
    }
    let constant = if of.constness.is_some() { "const " } else { "" };
    let later = if of.asyncness.is_some() { "async " } else { "" };
    Some(format!("{constant}{later}fn {}{}", of.ident, items::generics(cx, &of.generics)?))
}

fn signature(cx: &Cx, of: &Signature, indent: usize) -> Option<String> {
    let endless = Shape { width: usize::from(u16::MAX), ..Shape::indented(indent) };
    let inputs: Option<Vec<String>> = of.inputs.iter().map(|one| input(cx, one, endless)).collect();
    let output = match &of.output {
        ReturnType::Default => String::new(),
        ReturnType::Type(_, of) => format!(" -> {}", ty::on_one_line(cx, of)?),
    };
    Some(format!("{}({}){output}", start(cx, of)?, inputs?.join(", ")))
}

/// One parameter a line.
fn on_lines(cx: &Cx, of: &Signature, indent: usize) -> Option<String> {
    let room = Shape::indented(indent + TAB).less(1)?;
    let mut text = format!("{}(", start(cx, of)?);
    for one in &of.inputs {
        text.push_str(&format!("{}{},", new_line(indent + TAB), input(cx, one, room)?));
    }
    if of.inputs.is_empty() {
        text.push(')');
        text.push_str(&new_line(indent));
    } else {
        text.push_str(&format!("{}) ", new_line(indent)));
    }
    if let ReturnType::Type(_, of) = &of.output {
        let room = Shape::indented(indent).right(") -> ".len())?.less(" {".len())?;
        let output = ty::rewrite(cx, of, room).or_else(|| ty::on_one_line(cx, of))?;
        text.push_str(&format!("-> {output}"));
    }
    Some(text.trim_end().to_owned())
}

fn input(cx: &Cx, of: &FnArg, shape: Shape) -> Option<String> {
    match of {
        FnArg::Receiver(of) if of.attrs.is_empty() => receiver(cx, of),
        FnArg::Typed(of) if of.attrs.is_empty() => {
            let name = pat::rewrite(cx, &of.pat, shape)?;
            Some(format!("{name}: {}", ty::rewrite(cx, &of.ty, shape.right(name.len() + 2)?)?))
        }
        _ => cx.strange(),
    }
}

fn receiver(cx: &Cx, of: &Receiver) -> Option<String> {
    let mutable = if of.mutability.is_some() { "mut " } else { "" };
    match &of.kind {
        ReceiverKind::Value => Some(format!("{mutable}self")),
        ReceiverKind::Reference(_, lifetime, mutable) => {
            let lifetime = lifetime.as_ref().map(|name| format!("{name} ")).unwrap_or_default();
            Some(format!("&{lifetime}{}self", if mutable.is_some() { "mut " } else { "" }))
        }
        ReceiverKind::Typed(_, of) => Some(format!("{mutable}self: {}", ty::on_one_line(cx, of)?)),
        _ => cx.strange(),
    }
}
