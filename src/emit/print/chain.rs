//! Chains of methods: on one line, or one method a line, or with the last one running over its line.

use syn::{Expr, ExprMethodCall, Member};

use super::cx::Cx;
use super::overflow::{self, Brackets, Item};
use super::shape::{CHAIN, Shape, TAB, first_width, fits, is_extendable, is_multiline, last_width, width};
use super::{expr, ty};

enum Kind<'a> {
    Parent(&'a Expr),
    Method(&'a ExprMethodCall),
    Field(&'a Member),
    Await,
}

/// One part with the question marks behind it.
struct Link<'a> {
    kind: Kind<'a>,
    tries: usize,
}

impl Link<'_> {
    fn rewrite(&self, cx: &Cx, shape: Shape) -> Option<String> {
        let shape = shape.less(self.tries)?;
        let mut text = match self.kind {
            Kind::Parent(of) => expr::rewrite(cx, of, shape)?,
            Kind::Method(of) => method(cx, of, shape)?,
            Kind::Field(Member::Named(name)) => format!(".{name}"),
            Kind::Field(Member::Unnamed(at)) => format!(".{}", at.index),
            Kind::Await => ".await".to_owned(),
        };
        text.extend(std::iter::repeat_n('?', self.tries));
        Some(text)
    }
}

fn method(cx: &Cx, of: &ExprMethodCall, shape: Shape) -> Option<String> {
    let generics = match &of.turbofish {
        Some(generics) => ty::arguments_on_one_line(cx, generics)?,
        None => String::new(),
    };
    let items: Vec<Item> = of.args.iter().map(Item::Expr).collect();
    overflow::rewrite(cx, &format!(".{}{generics}", of.method), &items, shape, Brackets::call(cx))
}

pub fn rewrite(cx: &Cx, of: &Expr, shape: Shape) -> Option<String> {
    let (parent, links) = parts(of);
    if links.is_empty() {
        return parent.rewrite(cx, shape);
    }
    let mut root = parent.rewrite(cx, shape)?;
    let mut ends_block = matches!(parent.kind, Kind::Parent(of) if is_block(of)) && is_multiline(&root);
    let mut rest = links.as_slice();
    // A name that is no wider than the indent would stand alone.
    let tab = TAB.saturating_sub(shape.offset);
    while root.len() <= tab
        && !is_multiline(&root)
        && let Some((first, others)) = rest.split_first()
    {
        match first.rewrite(cx, shape.right(root.len())?) {
            Some(text) => root.push_str(&text),
            None => break,
        }
        ends_block = is_extendable(&root);
        rest = others;
    }
    let text = match rest.split_last() {
        None => root,
        Some((last, middle)) => {
            let limit = if links.len() == 1 { shape.width } else { shape.width.min(CHAIN) };
            children(cx, root, middle, last, shape, limit, ends_block)?
        }
    };
    (cx.is_lenient.get() || fits(&text, shape)).then_some(text)
}

/// What stands first, and what is called on it, in order.
fn parts(of: &Expr) -> (Link<'_>, Vec<Link<'_>>) {
    let (mut links, mut of, mut tries) = (Vec::new(), of, 0);
    loop {
        let (kind, next) = match of {
            Expr::Try(inner) => {
                tries += 1;
                of = &inner.expr;
                continue;
            }
            Expr::MethodCall(call) => (Kind::Method(call), &call.receiver),
            Expr::Field(field) => (Kind::Field(&field.member), &field.base),
            Expr::Await(of) => (Kind::Await, &of.base),
            parent => {
                links.reverse();
                return (Link { kind: Kind::Parent(parent), tries }, links);
            }
        };
        links.push(Link { kind, tries });
        (of, tries) = (next, 0);
    }
}

fn children(
    cx: &Cx,
    root: String,
    middle: &[Link<'_>],
    last: &Link<'_>,
    shape: Shape,
    limit: usize,
    ends_block: bool,
) -> Option<String> {
    let child = if ends_block { Shape::indented(shape.indent) } else { shape.nested() };
    let mut texts = vec![root];
    for link in middle {
        texts.push(link.rewrite(cx, child)?);
    }
    let (last, is_one_line) = last_child(cx, &texts, last, limit, shape, child)?;
    texts.push(last);
    if is_one_line {
        return Some(texts.concat());
    }
    (!cx.one_line_chain.get()).then(|| texts.join(&child.line()))
}

/// The last part, and whether all parts stand on one line with it.
fn last_child(
    cx: &Cx,
    texts: &[String],
    last: &Link<'_>,
    limit: usize,
    shape: Shape,
    child: Shape,
) -> Option<(String, bool)> {
    let root = texts.first()?;
    let extends = is_extendable(root);
    let before = match extends {
        true => last_width(root),
        false => texts.iter().map(|text| width(text)).sum(),
    };
    let almost = before + last.tries;
    let budget = limit.saturating_sub(almost);
    let is_one_line = budget > 0 && !texts.iter().any(|text| is_multiline(text));
    let room = match (is_one_line, extends) {
        (true, _) => shape.less(last.tries)?,
        (false, true) => child.less(last.tries)?,
        (false, false) => child.less(shape.overhead() + last.tries)?,
    };
    if (is_one_line || extends)
        && let Some(here) = room.right(almost)
        && let Some(over) = last.rewrite(cx, here)
    {
        let below = child.less(shape.overhead() + last.tries)?;
        return Some(better(over, last.rewrite(cx, below), budget, is_one_line));
    }
    Some((last.rewrite(cx, room)?, false))
}

/// The last part behind the others or on a line of its own, whichever is shorter.
fn better(over: String, below: Option<String>, budget: usize, is_one_line: bool) -> (String, bool) {
    const MANY: usize = 5;
    let lines = over.lines().count();
    let could_fit = first_width(&over) <= budget;
    if could_fit && lines >= MANY {
        return (over, is_one_line);
    }
    match below {
        Some(below) if !could_fit => (below, false),
        Some(below) if below.lines().count() >= lines => (over, is_one_line),
        Some(below) => (below, false),
        None => (over, could_fit && is_one_line),
    }
}

/// Whether the last line of an expression of several lines only closes it.
fn is_block(of: &Expr) -> bool {
    match of {
        Expr::Macro(_)
        | Expr::Call(_)
        | Expr::MethodCall(_)
        | Expr::Array(_)
        | Expr::Struct(_)
        | Expr::While(_)
        | Expr::If(_)
        | Expr::Block(_)
        | Expr::Async(_)
        | Expr::Loop(_)
        | Expr::ForLoop(_)
        | Expr::Match(_) => true,
        Expr::Paren(of) => is_block(&of.expr),
        Expr::Binary(of) => is_block(&of.right),
        Expr::Index(of) => is_block(&of.index),
        Expr::Unary(of) => is_block(&of.expr),
        Expr::Try(of) => is_block(&of.expr),
        Expr::Closure(of) => is_block(&of.body),
        _ => false,
    }
}
