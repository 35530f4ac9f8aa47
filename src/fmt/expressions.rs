//! Expressions. Literals are copied as they are written, so that no escape and no digit can change.

use crate::source::Span;
use crate::syntax::ast::{
    Arg, BinaryOperator, Entry, Expr, ExprKind, For, ListItem, MatchArm, Name, Path, Pattern, PatternKind,
    Spanned, UnaryOperator,
};

use super::comments::Context;
use super::handled::handled;
use super::layout::{Doc, concat, group, indent};
use super::lists::{KeyValue, Placed, Spread, braces, comma_list, place, rows};
use super::types::type_expression;

pub fn expression<'a>(context: &mut Context<'a>, expr: &'a Expr) -> Doc<'a> {
    let lead = context.stray(expr.span.start);
    let doc = match &expr.kind {
        ExprKind::Int(number) | ExprKind::Decimal(number) => Doc::Text(&number.text),
        ExprKind::Duration(number, unit) | ExprKind::Size(number, unit) => {
            concat([Doc::Text(&number.text), Doc::Text(&unit.text)])
        }
        ExprKind::Percent(number) => concat([Doc::Text(&number.text), Doc::Text("%")]),
        ExprKind::Rate(number, unit) => {
            concat([Doc::Text(&number.text), Doc::Text("/"), name(context, unit)])
        }
        ExprKind::Bool(true) => Doc::Text("true"),
        ExprKind::Bool(false) => Doc::Text("false"),
        ExprKind::None => Doc::Text("none"),
        ExprKind::Text(_) | ExprKind::RawText(_) => context.verbatim(expr.span),
        ExprKind::Name(word) => name(context, word),
        ExprKind::Member { .. } | ExprKind::Call { .. } => postfix(context, expr),
        ExprKind::Unary { operator, of } => {
            concat([Doc::Text(unary_operator(operator.node)), expression(context, of)])
        }
        ExprKind::Binary { operator, left, right } => {
            let left = expression(context, left);
            group([left, indent(operation(context, *operator, right))])
        }
        ExprKind::Chain { first, rest } => {
            let first = expression(context, first);
            let rest: Vec<Doc> =
                rest.iter().flat_map(|(operator, operand)| operation(context, *operator, operand)).collect();
            group([first, indent(rest)])
        }
        ExprKind::If { condition, then, otherwise } => conditional(context, condition, then, otherwise),
        ExprKind::Match { subject, arms } => {
            let subject = expression(context, subject);
            let arms = match_arms(context, arms, expr.span);
            concat([Doc::Text("match "), subject, Doc::Text(" "), arms])
        }
        ExprKind::For(repetition) => for_expression(context, repetition),
        ExprKind::List(items) => list(context, items, expr.span),
        ExprKind::Record(content) => entries(context, content, expr.span, None),
        ExprKind::As { value, ty } => {
            concat([expression(context, value), Doc::Text(" as "), type_expression(context, ty)])
        }
        ExprKind::Lambda { params, body } => lambda(context, params, body),
        ExprKind::Handled(clauses) => handled(context, clauses),
        ExprKind::Range(from, to) => pair(context, from, "..", to),
        ExprKind::At(value, place) => pair(context, value, " at ", place),
        ExprKind::Defaulted(value, default) => pair(context, value, " = ", default),
        ExprKind::Tagged { name: word, payload } => {
            concat([name(context, word), Doc::Text(" "), expression(context, payload)])
        }
        ExprKind::Paren(inner) => parenthesised(context, inner, expr.span),
        ExprKind::Broken => {
            context.broken = true;
            context.verbatim(expr.span)
        }
    };
    concat([lead, doc])
}

pub fn name<'a>(context: &Context<'a>, name: &'a Name) -> Doc<'a> {
    let written = context.slice(name.span);
    match name.quoted {
        true if written.starts_with('"') => Doc::Verbatim(written),
        true => concat([Doc::Text("\""), Doc::Text(&name.text), Doc::Text("\"")]),
        false => Doc::Text(&name.text),
    }
}

pub fn path<'a>(context: &Context<'a>, path: &'a Path) -> Doc<'a> {
    let mut parts = vec![];
    for (number, word) in path.names.iter().enumerate() {
        parts.push(if number > 0 { Doc::Text(".") } else { Doc::NOTHING });
        parts.push(name(context, word));
    }
    concat(parts)
}

fn unary_operator(operator: UnaryOperator) -> &'static str {
    match operator {
        UnaryOperator::Not => "not ",
        UnaryOperator::Negate => "-",
    }
}

fn binary_operator(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::Add => "+ ",
        BinaryOperator::Subtract => "- ",
        BinaryOperator::Multiply => "* ",
        BinaryOperator::Divide => "/ ",
        BinaryOperator::Remainder => "% ",
        BinaryOperator::Equal => "== ",
        BinaryOperator::NotEqual => "!= ",
        BinaryOperator::Less => "< ",
        BinaryOperator::LessOrEqual => "<= ",
        BinaryOperator::Greater => "> ",
        BinaryOperator::GreaterOrEqual => ">= ",
        BinaryOperator::And => "and ",
        BinaryOperator::Or => "or ",
        BinaryOperator::Coalesce => "?? ",
    }
}

fn operation<'a>(
    context: &mut Context<'a>,
    operator: Spanned<BinaryOperator>,
    operand: &'a Expr,
) -> [Doc<'a>; 4] {
    let lead = context.stray(operator.span.start);
    [lead, Doc::Line, Doc::Text(binary_operator(operator.node)), expression(context, operand)]
}

fn pair<'a>(context: &mut Context<'a>, left: &'a Expr, between: &'static str, right: &'a Expr) -> Doc<'a> {
    concat([expression(context, left), Doc::Text(between), expression(context, right)])
}

fn parenthesised<'a>(context: &mut Context<'a>, inner: &'a Expr, span: Span) -> Doc<'a> {
    let inner = expression(context, inner);
    let inner = concat([inner, context.stray(span.end.saturating_sub(1))]);
    group([Doc::Text("("), indent([Doc::SoftLine, inner]), Doc::SoftLine, Doc::Text(")")])
}

fn conditional<'a>(
    context: &mut Context<'a>,
    condition: &'a Expr,
    then: &'a Expr,
    otherwise: &'a Expr,
) -> Doc<'a> {
    let condition = expression(context, condition);
    let then = [Doc::Line, Doc::Text("then "), expression(context, then)];
    let otherwise = [Doc::Line, Doc::Text("else "), expression(context, otherwise)];
    group([Doc::Text("if "), condition, indent(then.into_iter().chain(otherwise))])
}

fn for_expression<'a>(context: &mut Context<'a>, repetition: &'a For) -> Doc<'a> {
    let For { binding, list, condition, at_most, body } = repetition;
    let mut head =
        vec![Doc::Text("for "), name(context, binding), Doc::Text(" in "), expression(context, list)];
    let mut tail = vec![];
    if let Some(condition) = condition {
        tail.extend([Doc::Line, Doc::Text("where "), expression(context, condition)]);
    }
    if let Some(most) = at_most {
        tail.extend([Doc::Line, Doc::Text("(at most "), expression(context, most), Doc::Text(" at once)")]);
    }
    tail.extend([Doc::Line, Doc::Text("yield "), expression(context, body)]);
    head.push(indent(tail));
    group(head)
}

fn lambda<'a>(context: &mut Context<'a>, params: &'a [Name], body: &'a Expr) -> Doc<'a> {
    let head = match params {
        [only] => name(context, only),
        _ => {
            let separated = params.iter().enumerate().flat_map(|(number, param)| {
                [if number > 0 { Doc::Text(", ") } else { Doc::NOTHING }, name(context, param)]
            });
            let inner = concat(separated);
            concat([Doc::Text("("), inner, Doc::Text(")")])
        }
    };
    concat([head, Doc::Text(" => "), expression(context, body)])
}

// ---- calls and members --------------------------------------------------------------------------

/// `a.b(c).d(e)`: read from the outside in, written from the inside out. With two method calls or more, each
/// may stand on a line of its own.
fn postfix<'a>(context: &mut Context<'a>, expr: &'a Expr) -> Doc<'a> {
    let mut links = vec![];
    let mut base = expr;
    loop {
        base = match &base.kind {
            ExprKind::Member { of, .. } => {
                links.push(base);
                of
            }
            ExprKind::Call { callee, .. } => {
                links.push(base);
                callee
            }
            _ => break,
        };
    }
    links.reverse();
    let called = |at: usize| links.get(at + 1).is_some_and(|next| matches!(next.kind, ExprKind::Call { .. }));
    let is_method = |at: &usize| {
        called(*at) && links.get(*at).is_some_and(|link| matches!(link.kind, ExprKind::Member { .. }))
    };
    let breakable = (0..links.len()).filter(is_method).count() > 1;
    let base = expression(context, base);
    let mut rest = vec![];
    for (at, link) in links.iter().enumerate() {
        if breakable && is_method(&at) {
            rest.push(Doc::SoftLine);
        }
        rest.push(self::link(context, link));
    }
    if breakable { group([base, indent(rest)]) } else { concat([base, concat(rest)]) }
}

fn link<'a>(context: &mut Context<'a>, expr: &'a Expr) -> Doc<'a> {
    match &expr.kind {
        ExprKind::Member { name: word, optional, .. } => {
            let lead = context.stray(word.span.start);
            let dot = if *optional { "?." } else { "." };
            concat([lead, Doc::Text(dot), name(context, word)])
        }
        ExprKind::Call { args, .. } => arguments(context, args, expr.span.end.saturating_sub(1)),
        _ => expression(context, expr),
    }
}

pub fn arguments<'a>(context: &mut Context<'a>, args: &'a [Arg], close: u32) -> Doc<'a> {
    if let [only] = args
        && matches!(only.value.kind, ExprKind::Record(_) | ExprKind::List(_) | ExprKind::Match { .. })
        && !context.has_comment_before(only.value.span.start)
    {
        let argument = argument(context, only);
        let trail = context.stray(close);
        return concat([Doc::Text("("), argument, trail, Doc::Text(")")]);
    }
    let placed: Vec<Placed<'a, Doc<'a>>> = place(context, args, |arg| arg.span, close, argument);
    comma_list(context, ["(", ")"], placed, close)
}

fn argument<'a>(context: &mut Context<'a>, arg: &'a Arg) -> Doc<'a> {
    let Some(word) = &arg.name else { return expression(context, &arg.value) };
    concat([name(context, word), Doc::Text(": "), expression(context, &arg.value)])
}

// ---- lists and records --------------------------------------------------------------------------

fn list<'a>(context: &mut Context<'a>, items: &'a [ListItem], span: Span) -> Doc<'a> {
    let close = span.end.saturating_sub(1);
    let place_of = |item: &ListItem| match item {
        ListItem::Value(value) => value.span,
        ListItem::Spread(value, span) => span.to(value.span),
    };
    let placed = place(context, items, place_of, close, |context, item| match item {
        ListItem::Value(value) => expression(context, value),
        ListItem::Spread(value, _) => concat([Doc::Text(".."), expression(context, value)]),
    });
    comma_list(context, ["[", "]"], placed, close)
}

/// `{ a: 1, ..b }`; the span ends with the closing brace. Without a choice of the caller's the lines are as
/// the author chose.
pub fn entries<'a>(
    context: &mut Context<'a>,
    entries: &'a [Entry],
    span: Span,
    spread: Option<Spread>,
) -> Doc<'a> {
    let close = span.end.saturating_sub(1);
    let as_written = |first: &Entry| Spread::as_written(context, entry_span(first).start);
    let spread = spread.or(entries.first().map(as_written)).unwrap_or(Spread::IfTooLong);
    let placed = place(context, entries, entry_span, close, entry);
    braces(context, rows(placed), spread, close)
}

fn entry_span(entry: &Entry) -> Span {
    match entry {
        Entry::Field { span, .. } | Entry::Spread { span, .. } | Entry::Broken(span) => *span,
    }
}

fn entry<'a>(context: &mut Context<'a>, entry: &'a Entry) -> KeyValue<'a> {
    match entry {
        Entry::Field { name: word, value, .. } => {
            let key = concat([name(context, word), Doc::Text(":")]);
            KeyValue { doc: Doc::NOTHING, key, value: expression(context, value) }
        }
        Entry::Spread { value, .. } => KeyValue::whole(concat([Doc::Text(".."), expression(context, value)])),
        Entry::Broken(span) => {
            context.broken = true;
            KeyValue::whole(context.verbatim(*span))
        }
    }
}

// ---- match --------------------------------------------------------------------------------------

fn match_arms<'a>(context: &mut Context<'a>, arms: &'a [MatchArm], span: Span) -> Doc<'a> {
    let close = span.end.saturating_sub(1);
    let as_written = |first: &MatchArm| Spread::as_written(context, first.span.start);
    let spread = arms.first().map_or(Spread::IfTooLong, as_written);
    let placed =
        place(context, arms, |arm| arm.span, close, |context, arm| KeyValue::whole(match_arm(context, arm)));
    braces(context, rows(placed), spread, close)
}

fn match_arm<'a>(context: &mut Context<'a>, arm: &'a MatchArm) -> Doc<'a> {
    let mut parts = vec![];
    for (number, one) in arm.patterns.iter().enumerate() {
        parts.push(if number > 0 { Doc::Text(" | ") } else { Doc::NOTHING });
        parts.push(pattern(context, one));
    }
    if let Some(binding) = &arm.binding {
        parts.extend([Doc::Text(" as "), name(context, binding)]);
    }
    parts.extend([Doc::Text(" => "), expression(context, &arm.body)]);
    concat(parts)
}

fn pattern<'a>(context: &mut Context<'a>, pattern: &'a Pattern) -> Doc<'a> {
    let lead = context.stray(pattern.span.start);
    let doc = match &pattern.kind {
        PatternKind::Text(text) => context.literal(text.span),
        PatternKind::Number(number) => Doc::Text(&number.text),
        PatternKind::Bool(true) => Doc::Text("true"),
        PatternKind::Bool(false) => Doc::Text("false"),
        PatternKind::None => Doc::Text("none"),
        PatternKind::Type(names) => path(context, names),
        PatternKind::Wildcard => Doc::Text("_"),
        PatternKind::Broken => {
            context.broken = true;
            context.verbatim(pattern.span)
        }
    };
    concat([lead, doc])
}
