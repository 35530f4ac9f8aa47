//! Branches and loops.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::absent::looked_at;
use super::body::{BodyCx, closure, standing};
use super::expr::{is_boxed, is_place, owned, place};
use super::file::idents;
use super::literal::none;
use crate::ir::{Condition, Expr, ExprKind, Literal, LocalId, MatchArm, Pattern, Test, Type, TypeDef};

/// The tests of an `if`, from left to right.
pub fn condition(cx: &BodyCx<'_, '_, '_>, condition: &Condition) -> TokenStream {
    // All that was asked is known already.
    if condition.is_empty() {
        return quote! { true };
    }
    let mut whole = TokenStream::new();
    for (at, test) in condition.iter().enumerate() {
        if at > 0 {
            whole.extend(quote! { && });
        }
        whole.extend(match test {
            Test::Holds(expr) => {
                let tokens = owned(cx, expr);
                let needs_parentheses = match expr.kind {
                    ExprKind::AnyOf(_) => condition.len() > 1,
                    ExprKind::Match { .. } => !is_test(expr),
                    ExprKind::If { .. } | ExprKind::Record { .. } => true,
                    _ => false,
                };
                if needs_parentheses {
                    quote! { (#tokens) }
                } else {
                    tokens
                }
            }
            Test::Present { value, local } => present(cx, value, *local),
        });
    }
    whole
}

/// `let Some(x) = &value`
fn present(cx: &BodyCx<'_, '_, '_>, value: &Expr, local: LocalId) -> TokenStream {
    let subject = place(cx, value);
    if !cx.is_read(local) {
        return quote! { #subject.is_some() };
    }
    if let ExprKind::Local(whole) = &value.kind
        && !cx.is_read_beyond(*whole, 1)
    {
        cx.bind_as(local, *whole);
    }
    let is_copy = cx.is_copy(&cx.local_type(local));
    match (is_copy, is_place(value)) {
        (true, _) | (false, false) => {
            let name = cx.bind(local);
            quote! { let Some(#name) = #subject }
        }
        (false, true) => {
            let name = cx.bind_reference(local);
            match is_boxed(cx, value) {
                true => quote! { let Some(#name) = #subject.as_deref() },
                false => quote! { let Some(#name) = &#subject },
            }
        }
    }
}

pub fn if_then(cx: &BodyCx<'_, '_, '_>, tests: &Condition, then: &Expr, otherwise: &Expr) -> TokenStream {
    if let Some(short) = is_some_and(cx, tests, then, otherwise) {
        return short;
    }
    let tests = condition(cx, tests);
    let (then, otherwise) = (standing(owned(cx, then)), otherwise_block(cx, otherwise));
    quote! { if #tests { #then } else #otherwise }
}

/// `else if` where the other branch is one itself.
fn otherwise_block(cx: &BodyCx<'_, '_, '_>, otherwise: &Expr) -> TokenStream {
    let tokens = owned(cx, otherwise);
    match otherwise.kind {
        ExprKind::If { .. } if tokens.to_string().starts_with("if ") => tokens,
        _ => {
            let tokens = standing(tokens);
            quote! { { #tokens } }
        }
    }
}

/// Conditions over one optional value as values: `x.is_some_and(|x| …)`.
fn is_some_and(
    cx: &BodyCx<'_, '_, '_>,
    tests: &Condition,
    then: &Expr,
    otherwise: &Expr,
) -> Option<TokenStream> {
    let ([Test::Present { value, local }], ExprKind::Literal(Literal::Bool(other))) =
        (tests.as_slice(), &otherwise.kind)
    else {
        return None;
    };
    if then.fallible || value.fallible {
        return None;
    }
    let subject = place(cx, value);
    if let ExprKind::Literal(Literal::Bool(then)) = then.kind {
        return Some(match then {
            same if same == *other => quote! { #same },
            true => quote! { #subject.is_some() },
            false => quote! { #subject.is_none() },
        });
    }
    cx.bind_within(*local, &[then]);
    let is_copy = cx.is_copy(&cx.local_type(*local));
    let (name, subject) = match is_copy || !is_place(value) {
        true => (cx.bind(*local), subject),
        false => (cx.bind_reference(*local), looked_at(cx, value, subject)),
    };
    let then = owned(cx, then);
    Some(match other {
        false => quote! { #subject.is_some_and(|#name| #then) },
        true => quote! { #subject.is_none_or(|#name| #then) },
    })
}

// ---- match --------------------------------------------------------------------------------------

pub fn matching(cx: &BodyCx<'_, '_, '_>, subject: &Expr, arms: &[MatchArm]) -> TokenStream {
    if is_decimal(subject.ty.present()) {
        return decimal_match(cx, subject, arms);
    }
    if let Some((holds, tests)) = test(arms) {
        return written_test(cx, subject, holds, tests);
    }
    let by_reference = is_place(subject) && !cx.is_copy(&subject.ty);
    let head = head(cx, subject, by_reference);
    let arms = arms.iter().map(|arm| self::arm(cx, subject, arm, arms, by_reference));
    let arms: Vec<TokenStream> = arms.collect();
    quote! { match #head { #(#arms),* } }
}

/// A match that only says whether one of its patterns fits: what it gives then, and the arms with these patterns. It is
/// written as `matches!`, which is no block.
fn test(arms: &[MatchArm]) -> Option<(bool, &[MatchArm])> {
    let gives = |arm: &MatchArm| match (&arm.body.kind, arm.binding) {
        (ExprKind::Literal(Literal::Bool(value)), None) => Some(*value),
        _ => None,
    };
    let (last, tests) = arms.split_last()?;
    let holds = gives(tests.first()?)?;
    let is_rest = last.patterns == [Pattern::Any] && gives(last) == Some(!holds);
    (is_rest && tests.iter().all(|arm| gives(arm) == Some(holds))).then_some((holds, tests))
}

/// Whether a value is such a match.
pub fn is_test(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Match { subject, arms } => !is_decimal(subject.ty.present()) && test(arms).is_some(),
        _ => false,
    }
}

/// The opposite of such a match.
pub fn opposite_test(cx: &BodyCx<'_, '_, '_>, expr: &Expr) -> Option<TokenStream> {
    match &expr.kind {
        ExprKind::Match { subject, arms } if is_test(expr) => {
            test(arms).map(|(holds, tests)| written_test(cx, subject, !holds, tests))
        }
        _ => None,
    }
}

fn written_test(cx: &BodyCx<'_, '_, '_>, subject: &Expr, holds: bool, tests: &[MatchArm]) -> TokenStream {
    let patterns: Vec<&Pattern> = tests.iter().flat_map(|arm| &arm.patterns).collect();
    if patterns == [&Pattern::None] {
        let subject = place(cx, subject);
        return match holds {
            true => quote! { #subject.is_none() },
            false => quote! { #subject.is_some() },
        };
    }
    let head = head(cx, subject, is_place(subject) && !cx.is_copy(&subject.ty));
    let patterns = patterns.into_iter().map(|pattern| self::pattern(cx, subject, pattern, None));
    let not = (!holds).then(|| quote! { ! });
    quote! { #not matches!(#head, #(#patterns)|*) }
}

pub fn is_text(ty: &Type) -> bool {
    matches!(ty, Type::Text(_) | Type::OpenEnum(_))
}

fn is_decimal(ty: &Type) -> bool {
    matches!(ty, Type::Decimal(_) | Type::Float(_))
}

fn head(cx: &BodyCx<'_, '_, '_>, subject: &Expr, by_reference: bool) -> TokenStream {
    let tokens = place(cx, subject);
    match &subject.ty {
        ty if is_text(ty) => match &subject.kind {
            ExprKind::Local(local) if cx.is_view(*local) => tokens,
            _ => quote! { #tokens.as_str() },
        },
        Type::Optional(inner) if is_text(inner) => quote! { #tokens.as_deref() },
        Type::Optional(_) if by_reference && is_boxed(cx, subject) => quote! { #tokens.as_deref() },
        _ if by_reference && is_boxed(cx, subject) => quote! { &*#tokens },
        _ => match (&subject.kind, by_reference) {
            (ExprKind::Local(local), true) if cx.is_reference(*local) => tokens,
            (_, true) => quote! { & #tokens },
            (_, false) => tokens,
        },
    }
}

fn arm(
    cx: &BodyCx<'_, '_, '_>,
    subject: &Expr,
    arm: &MatchArm,
    all: &[MatchArm],
    by_reference: bool,
) -> TokenStream {
    let patterns: Vec<Pattern> = match (arm.binding, arm.patterns.as_slice()) {
        // What is left over has a name of its own only as the member that it is.
        (Some(_), [Pattern::Any]) => {
            left_over(cx, subject, all).map_or(vec![Pattern::Any], |at| vec![Pattern::Member(at)])
        }
        _ => arm.patterns.clone(),
    };
    arm.binding.iter().for_each(|local| {
        cx.bind_within(*local, &[&arm.body]);
    });
    let name = arm.binding.map(|local| match by_reference && !is_text(subject.ty.present()) {
        true => (cx.bind_reference(local), local),
        false => (cx.bind(local), local),
    });
    let text_binding = name.as_ref().filter(|_| is_text(subject.ty.present()));
    let written = patterns.iter().map(|pattern| {
        let name = name.as_ref().filter(|_| text_binding.is_none()).map(|(name, _)| quote! { #name });
        self::pattern(cx, subject, pattern, name)
    });
    let written: Vec<TokenStream> = written.collect();
    let body = standing(owned(cx, &arm.body));
    match text_binding {
        // A part of a text is only a look at it.
        Some((name, _)) => {
            let value = owned(cx, subject);
            let is_there = arm.binding.is_some_and(|local| !cx.local_type(local).is_optional());
            let value = match is_there && subject.ty.is_optional() {
                true => quote! { #value.unwrap_or_default() },
                false => value,
            };
            quote! { #(#written)|* => { let #name = #value; #body } }
        }
        None => quote! { #(#written)|* => #body },
    }
}

fn left_over(cx: &BodyCx<'_, '_, '_>, subject: &Expr, all: &[MatchArm]) -> Option<usize> {
    let Type::Named(id) = subject.ty.present() else { return None };
    let Some(TypeDef::Union(union)) = cx.file.krate.def(*id) else { return None };
    let taken = |at: usize| all.iter().any(|arm| arm.patterns.contains(&Pattern::Member(at)));
    let mut left = (0..union.members.len()).filter(|at| !taken(*at));
    left.next().filter(|_| left.next().is_none())
}

fn pattern(
    cx: &BodyCx<'_, '_, '_>,
    subject: &Expr,
    pattern: &Pattern,
    name: Option<TokenStream>,
) -> TokenStream {
    let inner = match pattern {
        Pattern::Any => {
            // A name for what is there only, where an arm has taken what is not.
            return match (name, subject.ty.is_optional()) {
                (Some(name), true) => quote! { Some(#name) },
                (Some(name), false) => name,
                (None, _) => quote! { _ },
            };
        }
        Pattern::None => return quote! { None },
        Pattern::Text(text) => quote! { #text },
        Pattern::Number(text) => {
            let number: proc_macro2::TokenStream = number(text);
            number
        }
        Pattern::Bool(value) => quote! { #value },
        Pattern::Value(at) => match subject.ty.present() {
            Type::Named(id) => {
                let (of, value) = (cx.file.named(*id), cx.file.krate.member(*id, *at));
                quote! { #of::#value }
            }
            _ => quote! { _ },
        },
        Pattern::Member(at) => match subject.ty.present() {
            Type::Named(id) => {
                let (of, variant) = (cx.file.named(*id), cx.file.krate.member(*id, *at));
                let name = name.unwrap_or_else(|| quote! { _ });
                quote! { #of::#variant(#name) }
            }
            _ => quote! { _ },
        },
    };
    if subject.ty.is_optional() {
        quote! { Some(#inner) }
    } else {
        inner
    }
}

fn number(text: &str) -> TokenStream {
    super::literal::int(text.replace('_', "").parse().unwrap_or_default())
}

/// Decimals are no patterns.
fn decimal_match(cx: &BodyCx<'_, '_, '_>, subject: &Expr, arms: &[MatchArm]) -> TokenStream {
    let value = owned(cx, subject);
    let mut whole = quote! {};
    for arm in arms.iter().rev() {
        let tests = arm.patterns.iter().map(|pattern| match pattern {
            Pattern::Number(text) => {
                let ty = subject.ty.present();
                let literal = match ty {
                    Type::Float(_) => Literal::Float(text.clone()),
                    _ => Literal::Decimal(text.clone()),
                };
                let literal = super::literal::literal(cx, &literal, ty);
                match subject.ty.is_optional() {
                    true => quote! { subject == Some(#literal) },
                    false => quote! { subject == #literal },
                }
            }
            Pattern::None => quote! { subject.is_none() },
            _ => quote! { true },
        });
        let tests: Vec<TokenStream> = tests.collect();
        let bound = arm.binding.map(|local| {
            let name = cx.bind(local);
            match subject.ty.is_optional() && !cx.local_type(local).is_optional() {
                // An arm above has taken what is not there.
                true => quote! { let #name = subject.unwrap_or_default(); },
                false => quote! { let #name = subject; },
            }
        });
        let body = owned(cx, &arm.body);
        let takes_all = arm.patterns.iter().any(|pattern| matches!(pattern, Pattern::Any));
        whole = match (takes_all, whole.is_empty()) {
            (true, _) | (_, true) => quote! { { #bound #body } },
            (false, false) => {
                let rest = if whole.to_string().starts_with("if ") {
                    whole
                } else {
                    quote! { #whole }
                };
                quote! { if #(#tests)||* { #bound #body } else #rest }
            }
        };
    }
    quote! { { let subject = #value; #whole } }
}

/// A field that all members of a union have.
pub fn common(cx: &BodyCx<'_, '_, '_>, of: &Expr, name: &str, ty: &Type) -> TokenStream {
    let Type::Named(id) = &of.ty else { return none(&Type::Unit) };
    let Some(TypeDef::Union(union)) = cx.file.krate.def(*id) else { return none(&Type::Unit) };
    let subject = head(cx, of, is_place(of));
    let union_name = cx.file.named(*id);
    let arms = union.members.iter().enumerate().filter_map(|(at, member)| {
        let Type::Named(record) = &member.ty else { return None };
        let Some(TypeDef::Record(def)) = cx.file.krate.def(*record) else { return None };
        let field = def.fields.iter().position(|field| field.name == name)?;
        let (variant, field_name) = (cx.file.krate.member(*id, at), cx.file.krate.member(*record, field));
        let value = quote! { member.#field_name };
        let value = if cx.is_copy(&def.fields[field].ty) {
            value
        } else {
            quote! { #value.clone() }
        };
        let value = super::convert::of_tokens(cx, value, &def.fields[field].ty, ty);
        Some(quote! { #union_name::#variant(member) => #value })
    });
    let arms: Vec<TokenStream> = arms.collect();
    quote! { match #subject { #(#arms),* } }
}

// ---- loops --------------------------------------------------------------------------------------

pub fn repeat(
    cx: &BodyCx<'_, '_, '_>,
    binding: LocalId,
    list: &Expr,
    condition: Option<&Condition>,
    body: &Expr,
) -> TokenStream {
    let by_value = !is_place(list) || cx.may_move(list);
    cx.bind_within(binding, &[body]);
    let is_copy = cx.is_copy(&cx.local_type(binding));
    let looks = matches!(&list.kind, ExprKind::Local(local) if cx.is_reference(*local));
    let (source, name) = match (by_value, is_copy) {
        (true, _) => (owned(cx, list), cx.bind(binding)),
        (false, _) => (place(cx, list), cx.bind_reference(binding)),
    };
    // One loop in another can take the product of what their lists hold: that is counted.
    let gather = cx.is_in_loop().then(|| cx.file.from("flow_std::excess", "gather"));
    if condition.is_none() && !body.fallible {
        let body = cx.in_loop(|| owned(cx, body));
        let items = match (by_value, is_copy, gather) {
            (true, _, None) => quote! { #source.into_iter() },
            (true, _, Some(gather)) => quote! { #gather(#source) },
            (false, true, gather) => counted(gather, &quote! { #source.iter().copied() }),
            (false, false, gather) => counted(gather, &quote! { #source.iter() }),
        };
        let closure = closure(&[quote! { #name }], &body);
        return quote! { #items.map(#closure).collect() };
    }
    let (index, (push, tests)) = cx.within_item(|| {
        cx.in_loop(|| (owned(cx, body), condition.map(|condition| self::condition(cx, condition))))
    });
    let says_where = mentions(&push, &index) || tests.iter().any(|tests| mentions(tests, &index));
    let items = match (by_value, gather) {
        (true, None) if says_where => quote! { #source.into_iter() },
        (true, gather) => counted(gather, &source),
        (false, Some(gather)) => quote! { #gather(#source.iter()) },
        (false, None) if says_where => quote! { #source.iter() },
        (false, None) if looks => source,
        (false, None) => quote! { &#source },
    };
    let name = match !by_value && is_copy {
        true => quote! { &#name },
        false => quote! { #name },
    };
    let each = match says_where {
        true => quote! { (#index, #name) in #items.enumerate() },
        false => quote! { #name in #items },
    };
    let push = quote! { items.push(#push); };
    let push = match tests {
        Some(tests) => quote! { if #tests { #push } },
        None => push,
    };
    quote! { { let mut items = Vec::new(); for #each { #push } items } }
}

/// Whether a name is read in what is written.
fn mentions(tokens: &TokenStream, name: &Ident) -> bool {
    let mut words = BTreeSet::new();
    idents(tokens.clone(), &mut words);
    words.contains(&name.to_string())
}

/// Counted as it goes, where that is wanted.
fn counted(gather: Option<Ident>, items: &TokenStream) -> TokenStream {
    match gather {
        Some(gather) => quote! { #gather(#items) },
        None => quote! { #items },
    }
}
