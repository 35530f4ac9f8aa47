//! What is in flight together: reads that overlap, and writes that were put together.

use proc_macro2::TokenStream;
use quote::quote;
use rustc_hash::{FxHashMap, FxHashSet};

use super::body::BodyCx;
use super::krate::ident;
use super::step::{self, Ends, comment, log_of, statement, step};
use super::undo;
use crate::ir::{LocalId, Step, StepKind, visit};

/// Reads that overlap. Those that hang together only as a chain, each on the one before, are a branch of their own;
/// where it is more tangled than that, each waits for just the values that it needs. So it is where the steps of one
/// branch that can fail stand between those of another: the first of all that fails has to be known.
pub fn overlap(cx: &BodyCx<'_, '_, '_>, steps: &[Step]) -> TokenStream {
    let needs = needs(steps);
    let branches = branches(&needs);
    let is_chain = |branch: &Vec<usize>| {
        branch.windows(2).all(|pair| needs.get(pair[1]).is_some_and(|needs| needs.contains(&pair[0])))
    };
    let order = branches.iter().flatten().filter(|at| steps.get(**at).is_some_and(can_fail));
    match (branches.len(), branches.iter().all(is_chain) && order.is_sorted()) {
        // One after the other: nothing overlaps.
        (1, true) => steps.iter().map(|one| step(cx, &Ends { with_status: false }, one)).collect(),
        (_, true) => side_by_side(cx, steps, &branches),
        (_, false) => in_waves(cx, steps, &needs),
    }
}

fn can_fail(step: &Step) -> bool {
    let mut can = match &step.kind {
        StepKind::Let { value, .. } | StepKind::Do(value) => visit::call_of(value).is_some(),
        _ => false,
    };
    visit::step_parts(step, &mut |expr| can |= expr.fallible);
    can
}

/// Of each step, the ones whose values it reads.
fn needs(steps: &[Step]) -> Vec<Vec<usize>> {
    let bound: FxHashMap<LocalId, usize> =
        steps.iter().enumerate().filter_map(|(at, step)| Some((step.local()?, at))).collect();
    let needs = steps.iter().map(|step| {
        let mut needs = Vec::new();
        visit::step_parts(step, &mut |expr| {
            visit::locals(expr, &mut |local| needs.extend(bound.get(&local).copied()));
        });
        needs.sort_unstable();
        needs.dedup();
        needs
    });
    needs.collect()
}

/// Steps that hang together, in their order.
fn branches(needs: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut branches: Vec<Vec<usize>> = Vec::new();
    for (at, needed) in needs.iter().enumerate() {
        let (mut joined, apart): (Vec<_>, Vec<_>) = branches
            .into_iter()
            .partition(|branch: &Vec<usize>| branch.iter().any(|one| needed.contains(one)));
        let mut branch: Vec<usize> = joined.drain(..).flatten().collect();
        branch.push(at);
        branch.sort_unstable();
        branches = apart;
        branches.push(branch);
    }
    branches.sort_unstable();
    branches
}

/// Branches that do not wait for each other.
fn side_by_side(cx: &BodyCx<'_, '_, '_>, steps: &[Step], branches: &[Vec<usize>]) -> TokenStream {
    let held = cx.holds.replace(true);
    let (mut names, mut blocks) = (Vec::new(), Vec::new());
    for branch in branches {
        let steps: Vec<&Step> = branch.iter().filter_map(|at| steps.get(*at)).collect();
        let (name, block) = self::branch(cx, &steps);
        names.push(name);
        blocks.push(block);
    }
    cx.holds.set(held);
    joined(cx, &names, &blocks)
}

/// What a branch binds, and the future that does it.
fn branch(cx: &BodyCx<'_, '_, '_>, steps: &[&Step]) -> (TokenStream, TokenStream) {
    let failure = cx.file.from("flow_std::failure", "Failure");
    let lines = steps.iter().map(|one| step(cx, &Ends { with_status: false }, one));
    let lines: Vec<TokenStream> = lines.collect();
    // What is read in here alone stays in here.
    let read_outside = |local: &LocalId| {
        let mut inside = 0;
        let mut count = |read: LocalId| inside += usize::from(read == *local);
        steps.iter().for_each(|step| visit::step_parts(step, &mut |expr| visit::locals(expr, &mut count)));
        cx.is_read_beyond(*local, inside)
    };
    let bound = steps.iter().filter_map(|step| step.local()).filter(read_outside);
    let bound: Vec<_> = bound.map(|local| cx.bind(local)).collect();
    let names = match bound.as_slice() {
        [one] => quote! { #one },
        all => quote! { (#(#all),*) },
    };
    (names.clone(), quote! { async { #(#lines)* Ok::<_, #failure>(#names) } })
}

/// `try_join` over as many futures as there are.
fn joined(cx: &BodyCx<'_, '_, '_>, names: &[TokenStream], blocks: &[TokenStream]) -> TokenStream {
    let (names, join) = nested(cx, "try_join", names, blocks);
    quote! { let #names = #join.await?; }
}

/// What joins futures and what their values are called; there are joins for five at most, so more are put into each
/// other. A join that stands in another is in a box: a join holds its futures twice, so that each level would double it.
fn nested(
    cx: &BodyCx<'_, '_, '_>,
    join: &str,
    names: &[TokenStream],
    blocks: &[TokenStream],
) -> (TokenStream, TokenStream) {
    match (names, blocks) {
        ([name], [block]) => (quote! { #name }, quote! { #block }),
        (names, blocks) if names.len() <= 5 => {
            let join = if names.len() == 2 { join.to_owned() } else { format!("{join}{}", names.len()) };
            let join = cx.file.from("flow_std::steps", &join);
            (quote! { (#(#names),*) }, quote! { #join(#(#blocks),*) })
        }
        (names, blocks) => {
            let two = cx.file.from("flow_std::steps", join);
            let four = cx.file.from("flow_std::steps", &format!("{join}4"));
            let (first, first_blocks) = (names.iter().take(4), blocks.iter().take(4));
            let (rest, rest_blocks) =
                (names.get(4..).unwrap_or_default(), blocks.get(4..).unwrap_or_default());
            let (rest, rest_join) = nested(cx, join, rest, rest_blocks);
            (
                quote! { ((#(#first),*), #rest) },
                quote! { #two(#four(#(#first_blocks),*), Box::pin(#rest_join)) },
            )
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
        let needed = needs.get(at).into_iter().flatten().filter_map(|need| steps.get(*need)?.local());
        let needed: Vec<LocalId> = needed.filter(|local| !cx.is_copy(&cx.local_type(*local))).collect();
        needed.iter().for_each(|local| cx.mark_reference(*local));
        let tokens = match &step.kind {
            StepKind::Let { value, .. } | StepKind::Do(value) => step::value(cx, step.local(), value),
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
                (quote! { #name }, step::good_end(cx, &name, &tokens))
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

fn wait(cx: &BodyCx<'_, '_, '_>, step: &Step) -> Option<TokenStream> {
    let local = step.local()?;
    let name = cx.bind(local);
    let slot = ident(&format!("{name}_later"));
    Some(match cx.is_copy(&cx.local_type(local)) {
        true => quote! { let #name = *#slot.get().await; },
        false => quote! { let #name = #slot.get().await; },
    })
}

/// Writes at the same time: all are waited for, so that those that were done can be undone.
pub fn together(cx: &BodyCx<'_, '_, '_>, steps: &[Step]) -> TokenStream {
    let failure = cx.file.from("flow_std::failure", "Failure");
    let held = cx.holds.replace(true);
    let (mut names, mut blocks) = (Vec::new(), Vec::new());
    for step in steps {
        let comment = comment(cx, &step.place);
        let (StepKind::Let { value, .. } | StepKind::Do(value)) = &step.kind else { continue };
        let tokens = step::value(cx, step.local(), value);
        let (name, block) = match step.local() {
            Some(local) => {
                let name = cx.bind(local);
                let (begin, done) = (undo::begin(value), undo::done(cx, value));
                let block = match done.is_empty() {
                    true => step::good_end(cx, &name, &tokens),
                    false => quote! { #begin let #name = #tokens; #done Ok::<_, #failure>(#name) },
                };
                (quote! { #name }, block)
            }
            None => {
                let line = statement(value, &tokens);
                let (begin, done) = (undo::begin(value), undo::done(cx, value));
                (quote! { () }, quote! { #begin #line #done Ok::<_, #failure>(()) })
            }
        };
        names.push(name);
        blocks.push(quote! { async { #comment #block } });
    }
    cx.holds.set(held);
    if names.len() < 2 {
        return joined(cx, &names, &blocks);
    }
    let ends = names.iter().enumerate().map(|(at, name)| match name.to_string() == "()" {
        true => {
            let done = ident(&format!("done_{at}"));
            (quote! { #done }, quote! { #done?; })
        }
        false => (name.clone(), quote! { let #name = #name?; }),
    });
    // The first that has failed counts, as if they had run one after the other.
    let (done, questioned): (Vec<TokenStream>, Vec<TokenStream>) = ends.unzip();
    let (done, join) = nested(cx, "join", &done, &blocks);
    quote! { let #done = #join.await; #(#questioned)* }
}
