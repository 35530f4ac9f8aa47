//! Steps as Rust: one statement each, with the place in the flow above it.

use proc_macro2::TokenStream;
use quote::quote;
use rustc_hash::{FxHashMap, FxHashSet};

use super::body::{BodyCx, ok};
use super::branch::condition;
use super::expr::{borrowed_any, is_place, owned, place};
use super::krate::ident;
use super::{call, undo};
use crate::ir::{Fan, LocalId, Place, Step, StepKind, Test, Type, Value, visit};

/// What the steps of an operation end in.
pub struct Ends {
    /// Several good answers: the status goes along with the value.
    pub with_status: bool,
}

pub fn steps(cx: &BodyCx<'_, '_, '_>, ends: &Ends, steps: &[Step]) -> TokenStream {
    steps.iter().map(|step| self::step(cx, ends, step)).collect()
}

fn comment(cx: &BodyCx<'_, '_, '_>, place: &Place) -> TokenStream {
    cx.file.comments.comment(&format!("{}:{}", place.file, place.line))
}

fn step(cx: &BodyCx<'_, '_, '_>, ends: &Ends, step: &Step) -> TokenStream {
    let comment = comment(cx, &step.place);
    let tokens = match &step.kind {
        StepKind::Let { local, value } => bound(cx, *local, value),
        StepKind::Do(value) => {
            let tokens = self::value(cx, value);
            let undo = undo::push(cx, value);
            let end = statement(value, &tokens);
            quote! { #end #undo }
        }
        StepKind::Overlap(steps) => overlap(cx, steps),
        StepKind::Together(steps) => together(cx, steps),
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

/// A call whose value nobody needs.
fn statement(value: &Value, tokens: &TokenStream) -> TokenStream {
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
    let tokens = self::value(cx, value);
    let name = cx.bind(local);
    let undo = undo::push(cx, value);
    let ty = needs_type(value).then(|| {
        let ty = cx.file.ty(&cx.local_type(local));
        quote! { : #ty }
    });
    quote! { let #name #ty = #tokens; #undo }
}

/// Collections that are made by `collect` or are empty do not say what they are.
fn needs_type(value: &Value) -> bool {
    match value {
        Value::Plain(expr) => matches!(expr.ty.present(), Type::List(_) | Type::Dict(_)),
        Value::Call(_) | Value::Fan(_) => false,
    }
}

pub fn value(cx: &BodyCx<'_, '_, '_>, value: &Value) -> TokenStream {
    match value {
        Value::Plain(expr) => owned(cx, expr),
        Value::Call(one) => call::value(cx, one),
        Value::Fan(fan) => self::fan(cx, fan),
    }
}

fn require(cx: &BodyCx<'_, '_, '_>, tests: &[Test], otherwise: &crate::ir::Fail) -> TokenStream {
    let failure = call::problem(cx, otherwise);
    let lines = tests.iter().map(|test| match test {
        Test::Holds(expr) => {
            let negated = super::expr::owned(
                cx,
                &crate::ir::Expr {
                    kind: crate::ir::ExprKind::Not(Box::new(expr.clone())),
                    ty: Type::Bool,
                    fallible: expr.fallible,
                    from_answer: expr.from_answer,
                },
            );
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
    let then_steps = steps(cx, ends, then);
    let otherwise_steps = steps(cx, ends, otherwise);
    if joined.is_empty() {
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
    quote! {
        #comment
        let #names = if #tests { #then_steps #thens } else { #otherwise_steps #others };
    }
}

fn log(
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

/// How many calls are in flight where the author says nothing: reads all that the runtime allows, writes one by one.
const READS_AT_ONCE: u32 = 16;

fn fan(cx: &BodyCx<'_, '_, '_>, fan: &Fan) -> TokenStream {
    let function = match fan.call.reads {
        true => cx.file.from("flow_std::steps", "fan_out"),
        false => cx.file.from("flow_std::steps", "fan_out_writes"),
    };
    let at_once = fan.at_most.unwrap_or(if fan.call.reads { READS_AT_ONCE } else { 1 });
    let at_once = proc_macro2::Literal::u32_unsuffixed(at_once);
    let list = super::expr::owned(cx, &fan.list);
    let name = cx.bind(fan.binding);
    let list = match &fan.condition {
        None => list,
        Some(tests) => {
            // What does not pass is not called for.
            let tests = condition(cx, tests);
            quote! { { let mut items = #list; items.retain(|#name| #tests); items } }
        }
    };
    // The futures look at what is around them; they take nothing.
    let outside = outside(cx, fan);
    let held = cx.holds.replace(true);
    let was_shared = cx.shared.get();
    let around = (!was_shared).then(|| quote! { let (app, cx) = (&app, &cx); });
    cx.shared.set(true);
    let newly: Vec<LocalId> = outside.iter().copied().filter(|local| !cx.is_reference(*local)).collect();
    let shadows = newly.iter().map(|local| {
        let name = cx.bind(*local);
        quote! { let #name = &#name; }
    });
    let shadows: Vec<TokenStream> = shadows.collect();
    newly.iter().for_each(|local| cx.mark_reference(*local));
    let call = call::value(cx, &fan.call);
    newly.iter().for_each(|local| cx.forget_reference(*local));
    cx.holds.set(held);
    let failure = cx.file.from("flow_std::failure", "Failure");
    let undo = undo::push_of(cx, &fan.call);
    cx.shared.set(was_shared);
    let ends = match undo.is_empty() {
        true => quote! { Ok::<_, #failure>(#call) },
        false => quote! { let given = #call; #undo Ok::<_, #failure>(given) },
    };
    quote! {
        {
            #around
            #(#shadows)*
            #function(#list, #at_once, |#name| async move { #ends }).await?
        }
    }
}

/// The names around a fan-out that its call reads.
fn outside(cx: &BodyCx<'_, '_, '_>, fan: &Fan) -> Vec<LocalId> {
    let mut read: Vec<LocalId> = Vec::new();
    let mut bound: FxHashSet<LocalId> = FxHashSet::from_iter([fan.binding]);
    bound.extend(fan.call.arms.iter().filter_map(|arm| arm.binding));
    visit::call_parts(&fan.call, &mut |expr| {
        visit::every(expr, &mut |inner| bound_in(inner, &mut bound));
        visit::locals(expr, &mut |local| read.push(local));
    });
    read.retain(|local| !bound.contains(local) && !cx.is_copy(&cx.local_type(*local)));
    read.sort_unstable();
    read.dedup();
    read
}

fn bound_in(expr: &crate::ir::Expr, bound: &mut FxHashSet<LocalId>) {
    use crate::ir::ExprKind;
    match &expr.kind {
        ExprKind::Lambda { params, .. } => bound.extend(params.iter().copied()),
        ExprKind::For { binding, .. } => bound.extend([*binding]),
        ExprKind::Bind { local, .. } | ExprKind::IfPresent { local, .. } => bound.extend([*local]),
        ExprKind::Match { arms, .. } => bound.extend(arms.iter().filter_map(|arm| arm.binding)),
        ExprKind::If { condition, .. } => bound.extend(condition.iter().filter_map(|test| match test {
            Test::Present { local, .. } => Some(*local),
            Test::Holds(_) => None,
        })),
        _ => {}
    }
}

// ---- what is in flight together -----------------------------------------------------------------

/// Reads that overlap: those that wait for nothing go out at once; one that needs another's value waits for it.
fn overlap(cx: &BodyCx<'_, '_, '_>, steps: &[Step]) -> TokenStream {
    let bound: FxHashMap<LocalId, usize> = steps
        .iter()
        .enumerate()
        .filter_map(|(at, step)| match &step.kind {
            StepKind::Let { local, .. } => Some((*local, at)),
            _ => None,
        })
        .collect();
    let needs: Vec<Vec<usize>> = steps
        .iter()
        .map(|step| {
            let mut needs = Vec::new();
            visit::step_parts(step, &mut |expr| {
                visit::locals(expr, &mut |local| needs.extend(bound.get(&local).copied()));
            });
            needs.sort_unstable();
            needs.dedup();
            needs
        })
        .collect();
    match needs.iter().all(Vec::is_empty) {
        true => side_by_side(cx, steps),
        false => in_waves(cx, steps, &needs),
    }
}

/// No one waits for another.
fn side_by_side(cx: &BodyCx<'_, '_, '_>, steps: &[Step]) -> TokenStream {
    let failure = cx.file.from("flow_std::failure", "Failure");
    let held = cx.holds.replace(true);
    let (mut names, mut blocks) = (Vec::new(), Vec::new());
    for step in steps {
        let comment = comment(cx, &step.place);
        let (name, block) = match &step.kind {
            StepKind::Let { local, value } => {
                let tokens = self::value(cx, value);
                let name = cx.bind(*local);
                (quote! { #name }, quote! { async { #comment Ok::<_, #failure>(#tokens) } })
            }
            StepKind::Do(value) => {
                let tokens = self::value(cx, value);
                let line = statement(value, &tokens);
                (quote! { () }, quote! { async { #comment #line Ok::<_, #failure>(()) } })
            }
            _ => {
                let line = log_of(cx, step);
                (quote! { () }, quote! { async { #comment #line Ok::<_, #failure>(()) } })
            }
        };
        names.push(name);
        blocks.push(block);
    }
    cx.holds.set(held);
    joined(cx, &names, &blocks)
}

fn log_of(cx: &BodyCx<'_, '_, '_>, step: &Step) -> TokenStream {
    match &step.kind {
        StepKind::Log { level, message, fields } => log(cx, level, message, fields),
        _ => quote! {},
    }
}

/// `try_join` over as many futures as there are.
fn joined(cx: &BodyCx<'_, '_, '_>, names: &[TokenStream], blocks: &[TokenStream]) -> TokenStream {
    match (names, blocks) {
        ([name], [block]) => quote! { let #name = #block.await?; },
        (names, blocks) if names.len() <= 5 => {
            let join = match names.len() {
                2 => "try_join".to_owned(),
                count => format!("try_join{count}"),
            };
            let join = cx.file.from("flow_std::steps", &join);
            quote! { let (#(#names),*) = #join(#(#blocks),*).await?; }
        }
        (names, blocks) => {
            let join = cx.file.from("flow_std::steps", "try_join");
            let (first, rest) = (names.iter().take(4), names.get(4..).unwrap_or_default());
            let (first_blocks, rest_blocks) = (blocks.iter().take(4), blocks.get(4..).unwrap_or_default());
            let four = cx.file.from("flow_std::steps", "try_join4");
            let inner = nested(cx, rest, rest_blocks);
            let (rest_names, rest_join) = inner;
            quote! {
                let ((#(#first),*), #rest_names) = #join(#four(#(#first_blocks),*), #rest_join).await?;
            }
        }
    }
}

fn nested(
    cx: &BodyCx<'_, '_, '_>,
    names: &[TokenStream],
    blocks: &[TokenStream],
) -> (TokenStream, TokenStream) {
    match (names, blocks) {
        ([name], [block]) => (quote! { #name }, quote! { #block }),
        (names, blocks) if names.len() <= 5 => {
            let join =
                if names.len() == 2 { "try_join".to_owned() } else { format!("try_join{}", names.len()) };
            let join = cx.file.from("flow_std::steps", &join);
            (quote! { (#(#names),*) }, quote! { #join(#(#blocks),*) })
        }
        (names, blocks) => {
            let join = cx.file.from("flow_std::steps", "try_join");
            let four = cx.file.from("flow_std::steps", "try_join4");
            let (first, first_blocks) = (names.iter().take(4), blocks.iter().take(4));
            let (rest, rest_join) =
                nested(cx, names.get(4..).unwrap_or_default(), blocks.get(4..).unwrap_or_default());
            (quote! { ((#(#first),*), #rest) }, quote! { #join(#four(#(#first_blocks),*), #rest_join) })
        }
    }
}

/// Chains of reads: each starts when those that it needs are there. A value that more than one waits for is kept
/// where all can look at it.
fn in_waves(cx: &BodyCx<'_, '_, '_>, steps: &[Step], needs: &[Vec<usize>]) -> TokenStream {
    let failure = cx.file.from("flow_std::failure", "Failure");
    let later = cx.file.from("flow_std::steps", "Later");
    let waited: FxHashSet<usize> = needs.iter().flatten().copied().collect();
    let held = cx.holds.replace(true);
    let mut kept = Vec::new();
    let (mut names, mut blocks) = (Vec::new(), Vec::new());
    for (at, step) in steps.iter().enumerate() {
        let comment = comment(cx, &step.place);
        let waits: Vec<TokenStream> =
            needs.get(at).into_iter().flatten().filter_map(|need| wait(cx, steps.get(*need)?)).collect();
        let needed: Vec<LocalId> =
            needs.get(at).into_iter().flatten().filter_map(|need| local_of(steps.get(*need)?)).collect();
        needed.iter().for_each(|local| cx.mark_reference(*local));
        let tokens = match &step.kind {
            StepKind::Let { value, .. } | StepKind::Do(value) => self::value(cx, value),
            _ => log_of(cx, step),
        };
        needed.iter().for_each(|local| cx.forget_reference(*local));
        let (name, block) = match &step.kind {
            StepKind::Let { local, .. } if waited.contains(&at) => {
                let name = cx.bind(*local);
                let slot = ident(&format!("{name}_later"));
                kept.push((*local, slot.clone(), name));
                (quote! { () }, quote! { #slot.set(#tokens); Ok::<_, #failure>(()) })
            }
            StepKind::Let { local, .. } => {
                let name = cx.bind(*local);
                (quote! { #name }, quote! { Ok::<_, #failure>(#tokens) })
            }
            StepKind::Do(value) => {
                let line = statement(value, &tokens);
                (quote! { () }, quote! { #line Ok::<_, #failure>(()) })
            }
            _ => (quote! { () }, quote! { #tokens Ok::<_, #failure>(()) }),
        };
        names.push(name);
        blocks.push(quote! { async { #(#waits)* #comment #block } });
    }
    cx.holds.set(held);
    let slots = kept.iter().map(|(_, slot, _)| quote! { let #slot = #later::new(); });
    let slots: Vec<TokenStream> = slots.collect();
    let joined = joined(cx, &names, &blocks);
    let fault = cx.file.from("flow_std::failure", "Failure");
    let inside = |wanted: LocalId| {
        let mut count = 0;
        for step in steps {
            visit::step_parts(step, &mut |expr| {
                visit::locals(expr, &mut |local| count += usize::from(local == wanted));
            });
        }
        count
    };
    let taken = kept.iter().filter(|(local, ..)| cx.is_read_beyond(*local, inside(*local)));
    let taken = taken.map(|(_, slot, name)| {
        quote! { let #name = #slot.into_inner().ok_or_else(|| #fault::internal("a value was not set"))?; }
    });
    let taken: Vec<TokenStream> = taken.collect();
    quote! { #(#slots)* #joined #(#taken)* }
}

fn local_of(step: &Step) -> Option<LocalId> {
    match &step.kind {
        StepKind::Let { local, .. } => Some(*local),
        _ => None,
    }
}

fn wait(cx: &BodyCx<'_, '_, '_>, step: &Step) -> Option<TokenStream> {
    let local = local_of(step)?;
    let name = cx.bind(local);
    let slot = ident(&format!("{name}_later"));
    Some(quote! { let #name = #slot.get().await; })
}

/// Writes at the same time: all are waited for, so that those that were done can be undone.
fn together(cx: &BodyCx<'_, '_, '_>, steps: &[Step]) -> TokenStream {
    let failure = cx.file.from("flow_std::failure", "Failure");
    let held = cx.holds.replace(true);
    let (mut names, mut blocks) = (Vec::new(), Vec::new());
    for step in steps {
        let comment = comment(cx, &step.place);
        let (StepKind::Let { value, .. } | StepKind::Do(value)) = &step.kind else { continue };
        let tokens = self::value(cx, value);
        let (name, block) = match local_of(step) {
            Some(local) => {
                let name = cx.bind(local);
                let undo = undo::push(cx, value);
                let block = match undo.is_empty() {
                    true => quote! { Ok::<_, #failure>(#tokens) },
                    false => quote! { let #name = #tokens; #undo Ok::<_, #failure>(#name) },
                };
                (quote! { #name }, block)
            }
            None => {
                let line = statement(value, &tokens);
                let undo = undo::push(cx, value);
                (quote! { () }, quote! { #line #undo Ok::<_, #failure>(()) })
            }
        };
        names.push(name);
        blocks.push(quote! { async { #comment #block } });
    }
    cx.holds.set(held);
    let join = match names.len() {
        0 | 1 => return joined(cx, &names, &blocks),
        2 => "join".to_owned(),
        count => format!("join{count}"),
    };
    let join = cx.file.from("flow_std::steps", &join);
    let questioned =
        names.iter().filter(|name| name.to_string() != "()").map(|name| quote! { let #name = #name?; });
    let questioned: Vec<TokenStream> = questioned.collect();
    let done: Vec<TokenStream> = names
        .iter()
        .enumerate()
        .map(|(at, name)| match name.to_string() == "()" {
            true => {
                let done = ident(&format!("done_{at}"));
                quote! { #done }
            }
            false => name.clone(),
        })
        .collect();
    let checks = done
        .iter()
        .zip(&names)
        .filter(|(_, name)| name.to_string() == "()")
        .map(|(done, _)| quote! { #done?; });
    let checks: Vec<TokenStream> = checks.collect();
    quote! { let (#(#done),*) = #join(#(#blocks),*).await; #(#questioned)* #(#checks)* }
}
