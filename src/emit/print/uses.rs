//! `use`: one line, or as many names on a line as go there.

use syn::{ItemUse, UseTree};

use super::cx::Cx;
use super::shape::{MAX, Shape, TAB, new_line, width};

pub fn item(cx: &Cx, of: &ItemUse, indent: usize) -> Option<String> {
    if of.leading_colon.is_some() {
        return cx.strange();
    }
    let (path, tree) = path(&of.tree);
    let names = match tree {
        UseTree::Group(group) => {
            let names: Option<Vec<String>> = group.items.iter().map(|one| leaf(cx, one)).collect();
            names?
        }
        one => return Some(format!("use {path}{};", leaf(cx, one)?)),
    };
    let line = format!("use {path}{{{}}};", names.join(", "));
    if indent + width(&line) <= MAX {
        return Some(line);
    }
    let nested = Shape::indented(indent + TAB).less(1)?;
    let inner = new_line(nested.indent);
    Some(format!("use {path}{{{inner}{}{}}};", filled(&names, nested), new_line(indent)))
}

fn filled(names: &[String], shape: Shape) -> String {
    let (mut text, mut line) = (String::new(), 0);
    for name in names {
        let total = width(name) + 1;
        if line > 0 && line + 1 + total > shape.width {
            text.push_str(&new_line(shape.indent));
            line = 0;
        } else if line > 0 {
            text.push(' ');
            line += 1;
        }
        text.push_str(name);
        text.push(',');
        line += total;
    }
    text
}

fn path(of: &UseTree) -> (String, &UseTree) {
    let (mut text, mut of) = (String::new(), of);
    while let UseTree::Path(inner) = of {
        text.push_str(&format!("{}::", inner.ident));
        of = &inner.tree;
    }
    (text, of)
}

fn leaf(cx: &Cx, of: &UseTree) -> Option<String> {
    match of {
        UseTree::Name(of) => Some(of.ident.to_string()),
        UseTree::Rename(of) => Some(format!("{} as {}", of.ident, of.rename)),
        UseTree::Glob(_) => Some("*".to_owned()),
        UseTree::Path(_) => {
            let (start, tree) = path(of);
            Some(format!("{start}{}", leaf(cx, tree)?))
        }
        UseTree::Group(_) => cx.strange(),
    }
}
