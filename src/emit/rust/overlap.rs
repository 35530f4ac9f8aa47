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
/// where it is more tangled than that, each waits for just the values that it needs.
pub fn overlap(cx: &BodyCx<'_, '_, '_>, steps: &[Step]) -> TokenStream {
    let needs = needs(steps);
    let branches = branches(&needs);
    let is_chain = |branch: &Vec<usize>| {
        branch.windows(2).all(|pair| needs.get(pair[1]).is_some_and(|needs| needs.contains(&pair[0])))
    };
    match (branches.len(), branches.iter().all(is_chain)) {
        // One after the other: nothing overlaps.
        (1, true) => steps.iter().map(|one| step(cx, &Ends { with_status: false }, one)).collect(),
        (_, true) => side_by_side(cx, steps, &branches),
        (_, false) => in_waves(cx, steps, &needs),
    }
}

/// Of each step, the ones whose values it reads.
fn needs(steps: &[Step]) -> Vec<Vec<usize>> {
    let bound: FxHashMap<LocalId, usize> =
        steps.iter().enumerate().filter_map(|(at, step)| Some((local_of(step)?, at))).collect();
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
    let bound = steps.iter().filter_map(|step| local_of(step)).filter(read_outside);
    let bound: Vec<_> = bound.map(|local| cx.bind(local)).collect();
    let names = match bound.as_slice() {
        [one] => quote! { #one },
        all => quote! { (#(#all),*) },
    };
    (names.clone(), quote! { async { #(#lines)* Ok::<_, #failure>(#names) } })
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
            StepKind::Let { value, .. } | StepKind::Do(value) => step::value(cx, value),
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
pub fn together(cx: &BodyCx<'_, '_, '_>, steps: &[Step]) -> TokenStream {
    let failure = cx.file.from("flow_std::failure", "Failure");
    let held = cx.holds.replace(true);
    let (mut names, mut blocks) = (Vec::new(), Vec::new());
    for step in steps {
        let comment = comment(cx, &step.place);
        let (StepKind::Let { value, .. } | StepKind::Do(value)) = &step.kind else { continue };
        let tokens = step::value(cx, value);
        let (name, block) = match local_of(step) {
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
