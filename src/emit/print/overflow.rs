//! Lists in brackets: arguments, arrays, tuples. The last item may run over its line, when that reads better than one
//! item a line.

use syn::Expr;

use super::cx::Cx;
use super::list::{self, Tactic, Trailing};
use super::shape::{
    SHORT_ELEMENT, Shape, TAB, extra_offset, first_line, first_width, is_multiline, last_width, line_ends,
    width,
};
use super::{closure, control, expr, pat, ty};

/// What can stand between brackets.
#[derive(Clone, Copy)]
pub enum Item<'a> {
    Expr(&'a Expr),
    Pat(&'a syn::Pat),
    Type(&'a syn::Type),
    /// Words without parts.
    Text(&'a str),
}

impl<'a> Item<'a> {
    fn rewrite(self, cx: &Cx, shape: Shape) -> Option<String> {
        match self {
            Item::Expr(of) => expr::rewrite(cx, of, shape),
            Item::Pat(of) => pat::rewrite(cx, of, shape),
            Item::Type(of) => ty::rewrite(cx, of, shape),
            Item::Text(text) => Some(text.to_owned()),
        }
    }

    fn expr(self) -> Option<&'a Expr> {
        match self {
            Item::Expr(of) => Some(of),
            Item::Pat(_) | Item::Type(_) | Item::Text(_) => None,
        }
    }

    fn is_simple(self) -> bool {
        self.expr().is_some_and(is_simple)
    }

    fn overflows(self, count: usize) -> bool {
        match self {
            Item::Expr(of) => can_overflow(of, count),
            Item::Pat(of) => pat::can_overflow(of, count),
            Item::Type(of) => ty::can_overflow(of, count),
            Item::Text(_) => false,
        }
    }
}

/// How a list is bracketed.
#[derive(Clone, Copy)]
pub struct Brackets<'a> {
    pub open: &'a str,
    pub close: &'a str,
    /// The widest list on one line.
    pub limit: usize,
    pub trailing: Trailing,
    /// Whether this is the text of a format and its values.
    pub is_format: bool,
}

impl Brackets<'_> {
    pub fn call(cx: &Cx) -> Brackets<'static> {
        let trailing = if cx.in_macro.get() { Trailing::Never } else { Trailing::IfVertical };
        Brackets { open: "(", close: ")", limit: super::shape::CALL, trailing, is_format: false }
    }
}

struct List<'a, 'c> {
    cx: &'c Cx<'c>,
    name: &'a str,
    items: &'a [Item<'a>],
    brackets: Brackets<'a>,
    one_line: Option<Shape>,
    nested: Shape,
    one_line_width: usize,
}

/// `name(items)`
pub fn rewrite(
    cx: &Cx,
    name: &str,
    items: &[Item<'_>],
    shape: Shape,
    brackets: Brackets<'_>,
) -> Option<String> {
    let used = extra_offset(name, shape);
    let nested = shape.nested();
    let list = List {
        cx,
        name,
        items,
        brackets,
        one_line: shape.right(last_width(name) + 1).and_then(|shape| shape.less(1)),
        nested: Shape { width: nested.width.saturating_sub(1), ..nested },
        one_line_width: shape.width.saturating_sub(used + 2),
    };
    let (tactic, text) = list.items()?;
    Some(list.wrap(&text, shape, tactic == Tactic::Horizontal))
}

impl List<'_, '_> {
    fn items(&self) -> Option<(Tactic, String)> {
        let texts: Vec<Option<String>> =
            self.items.iter().map(|item| item.rewrite(self.cx, self.nested)).collect();
        let (tactic, texts) = match self.items.last() {
            None => (Tactic::Horizontal, Vec::new()),
            Some(last) => self.with_last(*last, texts)?,
        };
        Some((tactic, list::write(&texts, tactic, self.nested, self.brackets.trailing)))
    }

    fn with_last(&self, last: Item<'_>, texts: Vec<Option<String>>) -> Option<(Tactic, Vec<String>)> {
        let count = self.items.len();
        let is_alone = count == 1 && last.expr().is_some() && self.name.len() < TAB;
        let overflowed =
            if is_alone || last.overflows(count) { self.overflowed(last, &texts, is_alone) } else { None };
        let (end, start) = texts.split_last()?;
        // What does not fit anywhere is tried where it stands.
        let start: Vec<String> = start.iter().cloned().collect::<Option<_>>()?;
        if let Some(over) = overflowed {
            let mut heads = start.clone();
            heads.push(first_line(&over).to_owned());
            if self.tactic(&heads) == Tactic::Horizontal {
                let over = self.rather_nested(over, end.as_ref(), count);
                let mut all = start;
                all.push(over);
                return Some((Tactic::Horizontal, all));
            }
        }
        let mut all = start;
        all.push(end.clone()?);
        let tactic = self.tactic_without_overflow(&all);
        Some((tactic, all))
    }

    /// An argument of one line, which only moved its start, is better off on its own line.
    fn rather_nested(&self, over: String, nested: Option<&String>, count: usize) -> String {
        match nested {
            Some(nested) if count == 1 && line_ends(&over) == 1 && !is_multiline(nested) => nested.clone(),
            _ => over,
        }
    }

    fn tactic(&self, texts: &[String]) -> Tactic {
        list::tactic(texts, self.one_line_width.min(self.brackets.limit))
    }

    fn tactic_without_overflow(&self, all: &[String]) -> Tactic {
        if let [one] = all
            && self.one_line_width != 0
            && !is_multiline(one)
            && width(one) <= self.one_line_width
        {
            return Tactic::Horizontal;
        }
        match self.tactic(all) {
            Tactic::Vertical if self.brackets.is_format => self.format_tactic(all),
            Tactic::Vertical if self.is_fillable(all) => Tactic::Mixed,
            tactic => tactic,
        }
    }

    fn format_tactic(&self, all: &[String]) -> Tactic {
        let values = self.items.get(1..).unwrap_or_default();
        let texts = all.get(1..).unwrap_or_default();
        let is_simple = values.iter().all(|item| item.is_simple());
        let fits = list::tactic(texts, self.nested.width) == Tactic::Horizontal;
        if is_simple && fits { Tactic::Format } else { Tactic::Vertical }
    }

    fn is_fillable(&self, all: &[String]) -> bool {
        self.items.iter().all(|item| item.is_simple()) && all.iter().all(|text| text.len() <= SHORT_ELEMENT)
    }

    /// The last item where it stands behind the others.
    fn overflowed(&self, last: Item<'_>, texts: &[Option<String>], is_alone: bool) -> Option<String> {
        let is_method = last.expr().is_some_and(is_method_call) && !is_alone;
        let before = self.cx.one_line_chain.get();
        if is_method {
            self.cx.one_line_chain.set(true);
        }
        let text = self.last_shape(texts).and_then(|shape| self.last_text(last, shape));
        self.cx.one_line_chain.set(before);
        text
    }

    fn last_shape(&self, texts: &[Option<String>]) -> Option<Shape> {
        let shape = self.one_line.unwrap_or(Shape { width: 0, ..self.nested });
        if let [only] = self.items
            && !only.expr().is_some_and(is_nested_call)
        {
            return Some(shape);
        }
        let start = &texts[..texts.len().saturating_sub(1)];
        let offset = start.iter().map(|text| 2 + text.as_ref().map_or(0, String::len)).sum();
        Shape { width: shape.width.min(self.brackets.limit), ..shape }.right(offset)
    }

    fn last_text(&self, last: Item<'_>, shape: Shape) -> Option<String> {
        match last {
            Item::Expr(of @ Expr::Closure(closure)) => {
                let closures = self.items.iter().filter(|item| matches!(item.expr(), Some(Expr::Closure(_))));
                match closures.count() {
                    1 => closure::rewrite_last(self.cx, of, closure, shape),
                    _ => None,
                }
            }
            Item::Expr(
                of @ (Expr::If(_) | Expr::ForLoop(_) | Expr::Loop(_) | Expr::While(_) | Expr::Match(_)),
            ) => {
                let condition = control::condition(self.cx, of, shape);
                match condition.is_some_and(|text| is_multiline(&text)) {
                    true => None,
                    false => expr::rewrite(self.cx, of, shape),
                }
            }
            item => item.rewrite(self.cx, shape),
        }
    }

    fn wrap(&self, text: &str, shape: Shape, is_horizontal: bool) -> String {
        let room = shape.width.saturating_sub(last_width(self.name));
        let extent = if text.is_empty() { 2 } else { first_width(text) + 1 };
        let (name, open, close) = (self.name, self.brackets.open, self.brackets.close);
        if is_horizontal && extent <= room {
            return format!("{name}{open}{text}{close}");
        }
        let (inner, outer) = (self.nested.line(), shape.line());
        if text.is_empty() {
            return format!("{name}{open}{outer}{close}");
        }
        format!("{name}{open}{inner}{text}{outer}{close}")
    }
}

/// Whether an expression may start on a line with others and end on a later one.
pub fn can_overflow(of: &Expr, count: usize) -> bool {
    match of {
        Expr::Async(_)
        | Expr::Block(_)
        | Expr::Unsafe(_)
        | Expr::Const(_)
        | Expr::TryBlock(_)
        | Expr::Closure(_) => true,
        Expr::Match(_)
        | Expr::If(_)
        | Expr::ForLoop(_)
        | Expr::Loop(_)
        | Expr::While(_)
        | Expr::Array(_)
        | Expr::Struct(_)
        | Expr::Macro(_)
        | Expr::Call(_)
        | Expr::MethodCall(_)
        | Expr::Tuple(_) => count == 1,
        Expr::Reference(of) => can_overflow(&of.expr, count),
        Expr::Try(of) => can_overflow(&of.expr, count),
        Expr::Unary(of) => can_overflow(&of.expr, count),
        Expr::Cast(of) => can_overflow(&of.expr, count),
        _ => false,
    }
}

fn is_nested_call(of: &Expr) -> bool {
    match of {
        Expr::Call(_) | Expr::Macro(_) => true,
        Expr::Reference(of) => is_nested_call(&of.expr),
        Expr::Try(of) => is_nested_call(&of.expr),
        Expr::Unary(of) => is_nested_call(&of.expr),
        Expr::Cast(of) => is_nested_call(&of.expr),
        _ => false,
    }
}

fn is_method_call(of: &Expr) -> bool {
    match of {
        Expr::MethodCall(_) => true,
        Expr::Reference(of) => is_method_call(&of.expr),
        Expr::Try(of) => is_method_call(&of.expr),
        Expr::Unary(of) => is_method_call(&of.expr),
        Expr::Cast(of) => is_method_call(&of.expr),
        _ => false,
    }
}

fn is_simple(of: &Expr) -> bool {
    match of {
        Expr::Lit(_) => true,
        Expr::Path(path) => path.qself.is_none() && path.path.segments.len() <= 1,
        Expr::Reference(of) => is_simple(&of.expr),
        Expr::Cast(of) => is_simple(&of.expr),
        Expr::Field(of) => is_simple(&of.base),
        Expr::Try(of) => is_simple(&of.expr),
        Expr::Unary(of) => is_simple(&of.expr),
        Expr::Index(of) => is_simple(&of.expr) && is_simple(&of.index),
        Expr::Repeat(of) => is_simple(&of.expr) && is_simple(&of.len),
        _ => false,
    }
}
