//! Steps as Rust: one statement each, with the place in the flow above it.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::quote;
use rustc_hash::FxHashSet;

use super::body::{BodyCx, ok};
use super::branch::condition;
use super::expr::{borrowed_any, is_place, owned, place};
use super::file::idents;
use super::krate::ident;
use super::{call, overlap, undo};
use crate::ir::{Fan, LocalId, Place, Step, StepKind, Test, Type, Value, visit};

/// What the steps of an operation end in.
pub struct Ends {
    /// Several good answers: the status goes along with the value.
    pub with_status: bool,
}

pub fn steps(cx: &BodyCx<'_, '_, '_>, ends: &Ends, steps: &[Step]) -> TokenStream {
    steps.iter().map(|step| self::step(cx, ends, step)).collect()
}

pub fn comment(cx: &BodyCx<'_, '_, '_>, place: &Place) -> TokenStream {
    cx.file.comments.comment(&format!("{}:{}", place.file, place.line))
}

/// One step; in what overlaps nothing ends the operation with an answer.
pub fn step(cx: &BodyCx<'_, '_, '_>, ends: &Ends, step: &Step) -> TokenStream {
    let comment = comment(cx, &step.place);
    let tokens = match &step.kind {
        StepKind::Let { local, value } => bound(cx, *local, value),
        StepKind::Do(value) => {
            let begin = undo::begin(value);
            let tokens = self::value(cx, None, value);
            let done = undo::done(cx, value);
            let end = statement(value, &tokens);
            quote! { #begin #end #done }
        }
        StepKind::Overlap(steps) => overlap::overlap(cx, steps),
        StepKind::Together(steps) => overlap::together(cx, steps),
        StepKind::Require { condition, otherwise } => require(cx, condition, otherwise),
        StepKind::When { .. } => return branch(cx, ends, step),
        StepKind::Log { level, message, fields } => log(cx, level, message, fields),
        StepKind::Return { status, value } => {
            let value = match value {
                Some(value) => owned(cx, value),
                None => quote! { () },
            };
            match ends.with_status {
                true => {
                    let status = proc_macro2::Literal::u16_unsuffixed(*status);
                    quote! { return Ok((#status, #value)); }
                }
                false => {
                    let value = ok(value);
                    quote! { return #value; }
                }
            }
        }
        StepKind::Fail(fail) => {
            let failure = call::problem(cx, fail);
            quote! { return Err(#failure); }
        }
    };
    quote! { #comment #tokens }
}

/// The good end of a future. What takes more than a line has a name first.
pub fn good_end(cx: &BodyCx<'_, '_, '_>, name: &proc_macro2::Ident, value: &TokenStream) -> TokenStream {
    let failure = cx.file.from("flow_std::failure", "Failure");
    let is_long = match value.clone().into_iter().next() {
        Some(TokenTree::Ident(word)) => word == "match" || word == "if",
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Brace,
        _ => false,
    };
    match is_long {
        true => quote! { let #name = #value; Ok::<_, #failure>(#name) },
        false => quote! { Ok::<_, #failure>(#value) },
    }
}

/// A call whose value nobody needs.
pub fn statement(value: &Value, tokens: &TokenStream) -> TokenStream {
    let is_block = tokens.to_string().starts_with("match ");
    let gives_nothing = match value {
        Value::Plain(expr) => expr.ty == Type::Unit,
        Value::Call(call) => call.ty == Type::Unit,
        Value::Fan(_) => false,
    };
    match (is_block && gives_nothing, gives_nothing) {
        (true, _) => quote! { #tokens },
        (false, true) => quote! { #tokens; },
        (false, false) => quote! { let _ = #tokens; },
    }
}

fn bound(cx: &BodyCx<'_, '_, '_>, local: LocalId, value: &Value) -> TokenStream {
    let tokens = self::value(cx, Some(local), value);
    let name = cx.bind(local);
    let (begin, done) = (undo::begin(value), undo::done(cx, value));
    let ty = needs_type(value).then(|| {
        let ty = cx.file.ty(&cx.local_type(local));
        quote! { : #ty }
    });
    let name = if cx.is_read(local) { name } else { super::krate::ident(&format!("_{name}")) };
    quote! { #begin let #name #ty = #tokens; #done }
}

/// Collections that are made by `collect` or are empty do not say what they are.
fn needs_type(value: &Value) -> bool {
    match value {
        Value::Plain(expr) => matches!(expr.ty.present(), Type::List(_) | Type::Dict(_)),
        Value::Call(_) | Value::Fan(_) => false,
    }
}

/// What a step gives. What is computed has the name of the step as its place.
pub fn value(cx: &BodyCx<'_, '_, '_>, local: Option<LocalId>, value: &Value) -> TokenStream {
    match value {
        Value::Plain(expr) => match local {
            Some(local) => cx.within(cx.written_name(local), || owned(cx, expr)),
            None => owned(cx, expr),
        },
        Value::Call(one) => call::value(cx, one),
        Value::Fan(fan) => self::fan(cx, fan),
    }
}

fn require(cx: &BodyCx<'_, '_, '_>, tests: &[Test], otherwise: &crate::ir::Fail) -> TokenStream {
    let failure = call::problem(cx, otherwise);
    let lines = tests.iter().map(|test| match test {
        Test::Holds(expr) => {
            let negated = super::operator::fails(cx, expr);
            quote! { if #negated { return Err(#failure); } }
        }
        Test::Present { value, local } => {
            let subject = place(cx, value);
            if !cx.is_read(*local) {
                return quote! { if #subject.is_none() { return Err(#failure); } };
            }
            let is_copy = cx.is_copy(&cx.local_type(*local));
            let (name, subject) = match is_copy || !is_place(value) {
                true => (cx.bind(*local), subject),
                false => (cx.bind_reference(*local), quote! { & #subject }),
            };
            quote! { let Some(#name) = #subject else { return Err(#failure); }; }
        }
    });
    lines.collect()
}

fn branch(cx: &BodyCx<'_, '_, '_>, ends: &Ends, step: &Step) -> TokenStream {
    let StepKind::When { condition: tests, then, otherwise, joined } = &step.kind else { return quote! {} };
    let comment = comment(cx, &step.place);
    let tests = condition(cx, tests);
    let joined: Vec<_> = joined.iter().filter(|one| cx.is_read(one.local)).collect();
    if joined.is_empty() {
        let (then_steps, otherwise_steps) = (steps(cx, ends, then), steps(cx, ends, otherwise));
        let rest = (!otherwise.is_empty()).then(|| quote! { else { #otherwise_steps } });
        return quote! { #comment if #tests { #then_steps } #rest };
    }
    let thens = joined.iter().map(|one| owned(cx, &one.then));
    let others = joined.iter().map(|one| owned(cx, &one.otherwise));
    let (thens, others): (Vec<_>, Vec<_>) = (thens.collect(), others.collect());
    let names = joined.iter().map(|one| cx.bind(one.local));
    let names: Vec<_> = names.collect();
    let (names, thens, others) = match names.as_slice() {
        [one] => (quote! { #one }, quote! { #(#thens)* }, quote! { #(#others)* }),
        _ => (quote! { (#(#names),*) }, quote! { (#(#thens),*) }, quote! { (#(#others),*) }),
    };
    let (then, otherwise) =
        (ending(tailed(cx, ends, then, &thens)), ending(tailed(cx, ends, otherwise, &others)));
    quote! { #comment let #names = if #tests { #then } else { #otherwise }; }
}

/// Steps, and the value of their block. Where the last of them is a branch with an arm that ends the operation, the value
/// stands in the other arm, because what it names may be bound there.
fn tailed(cx: &BodyCx<'_, '_, '_>, ends: &Ends, steps: &[Step], value: &TokenStream) -> TokenStream {
    if let Some((last, before)) = steps.split_last()
        && let StepKind::When { condition: tests, then, otherwise, joined } = &last.kind
        && joined.is_empty()
        && always_ends(then) != always_ends(otherwise)
    {
        let before = self::steps(cx, ends, before);
        let comment = comment(cx, &last.place);
        let tests = condition(cx, tests);
        let arm = |arm: &[Step]| match always_ends(arm) {
            true => self::steps(cx, ends, arm),
            false => tailed(cx, ends, arm, value),
        };
        let (then, otherwise) = (arm(then), arm(otherwise));
        return quote! { #before #comment if #tests { #then } else { #otherwise } };
    }
    let steps = self::steps(cx, ends, steps);
    quote! { #steps #value }
}

fn always_ends(steps: &[Step]) -> bool {
    steps.last().is_some_and(|step| match &step.kind {
        StepKind::Return { .. } | StepKind::Fail(_) => true,
        StepKind::When { then, otherwise, .. } => always_ends(then) && always_ends(otherwise),
        _ => false,
    })
}

/// `let x = f(); x` is `f()`.
fn ending(block: TokenStream) -> TokenStream {
    let Ok(parsed) = syn::parse2::<syn::Block>(quote! { { #block } }) else { return block };
    let mut statements = parsed.stmts;
    if let [.., syn::Stmt::Local(bound), syn::Stmt::Expr(syn::Expr::Path(last), None)] = statements.as_slice()
        && let (syn::Pat::Ident(name), Some(value)) = (&bound.pat, &bound.init)
        && value.diverge.is_none()
        && last.path.is_ident(&name.ident)
    {
        let value = (*value.expr).clone();
        statements.truncate(statements.len().saturating_sub(2));
        statements.push(syn::Stmt::Expr(value, None));
    }
    quote! { #(#statements)* }
}

pub fn log(
    cx: &BodyCx<'_, '_, '_>,
    level: &str,
    message: &crate::ir::Expr,
    fields: &[(String, crate::ir::Expr)],
) -> TokenStream {
    let of = cx.file.from("flow_std::http", "Level");
    let level = match level {
        "debug" => quote! { #of::Debug },
        "warn" => quote! { #of::Warn },
        "error" => quote! { #of::Error },
        _ => quote! { #of::Info },
    };
    let message = super::expr::borrowed(cx, message);
    let fields = fields.iter().map(|(name, value)| {
        let value = borrowed_any(cx, value);
        quote! { (#name, #value) }
    });
    let fields: Vec<TokenStream> = fields.collect();
    quote! { cx.log(#level, #message, &[#(#fields),*]); }
}

// ---- fan-out ------------------------------------------------------------------------------------

fn fan(cx: &BodyCx<'_, '_, '_>, fan: &Fan) -> TokenStream {
    let function = match fan.call.reads {
        true => cx.file.from("flow_std::steps", "fan_out"),
        false => cx.file.from("flow_std::steps", "fan_out_writes"),
    };
    let at_once = proc_macro2::Literal::u64_unsuffixed(fan.at_once);
    let name = cx.bind(fan.binding);
    // The futures look at what is around them; they take nothing.
    let outside = outside(cx, fan);
    let was_shared = cx.shared.get();
    cx.shared.set(true);
    let newly: Vec<LocalId> = outside.iter().copied().filter(|local| !cx.is_reference(*local)).collect();
    let shadows = newly.iter().map(|local| {
        let name = cx.bind(*local);
        quote! { let #name = &#name; }
    });
    let shadows: Vec<TokenStream> = shadows.collect();
    newly.iter().for_each(|local| cx.mark_reference(*local));
    let list = wanted(cx, fan, &name);
    let held = cx.holds.replace(true);
    let call = call::value(cx, &fan.call);
    newly.iter().for_each(|local| cx.forget_reference(*local));
    cx.holds.set(held);
    let failure = cx.file.from("flow_std::failure", "Failure");
    let (begin, done) = (undo::begin_of(&fan.call), undo::done_of(cx, &fan.call));
    cx.shared.set(was_shared);
    let ends = match done.is_empty() {
        true => good_end(cx, &ident("given"), &call),
        false => quote! { #begin let given = #call; #done Ok::<_, #failure>(given) },
    };
    let around = (!was_shared).then(|| around(&ends));
    quote! {
        {
            #around
            #(#shadows)*
            #function(#list, #at_once, |#name| async move { #ends }).await?
        }
    }
}

/// The elements that the call is made for.
fn wanted(cx: &BodyCx<'_, '_, '_>, fan: &Fan, name: &proc_macro2::Ident) -> TokenStream {
    let list = super::expr::owned(cx, &fan.list);
    let Some(tests) = &fan.condition else { return list };
    let held = cx.holds.replace(true);
    let tests = condition(cx, tests);
    cx.holds.set(held);
    quote! {
        {
            let mut wanted = Vec::new();
            for #name in #list {
                if #tests {
                    wanted.push(#name);
                }
            }
            wanted
        }
    }
}

/// What the calls of a fan-out share: a write that is announced has a context of its own.
fn around(ends: &TokenStream) -> TokenStream {
    let mut words = BTreeSet::new();
    idents(ends.clone(), &mut words);
    match words.contains("cx") {
        true => quote! { let (app, cx) = (&app, &cx); },
        false => quote! { let app = &app; },
    }
}

/// The names around a fan-out that its call reads.
fn outside(cx: &BodyCx<'_, '_, '_>, fan: &Fan) -> Vec<LocalId> {
    let mut read: Vec<LocalId> = Vec::new();
    let mut bound: FxHashSet<LocalId> = FxHashSet::from_iter([fan.binding]);
    bound.extend(fan.call.arms.iter().filter_map(|arm| arm.binding));
    visit::call_parts(&fan.call, &mut |expr| {
        visit::every(expr, &mut |inner| visit::bound_in(inner, &mut bound));
        visit::locals(expr, &mut |local| read.push(local));
    });
    read.retain(|local| !bound.contains(local) && !cx.is_copy(&cx.local_type(*local)));
    read.sort_unstable();
    read.dedup();
    read
}

pub fn log_of(cx: &BodyCx<'_, '_, '_>, step: &Step) -> TokenStream {
    match &step.kind {
        StepKind::Log { level, message, fields } => log(cx, level, message, fields),
        _ => quote! {},
    }
}
