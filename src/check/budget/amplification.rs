//! Tries multiply: where a process tries a call three times, and each time the system below it tries three times, the
//! backend is asked nine times for one request, at the very moment when it can do least.

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::context::Context;
use super::super::effect::Effects;
use super::super::typed::{BackendId, Call, OperationId, Program, ServiceId, Target};
use super::super::walk;
use super::DEEPEST;
use super::policy::{self, Tries};
use crate::diagnostic::settings as findings;
use crate::source::Span;

/// So many tries turn one failure in ten into one in ten thousand, and two layers with a retry each come to no more.
/// What fails oftener than that is down, and more tries keep it down.
const MOST: u64 = 4;

/// Calls from the outermost to the backend's, of those that are tried more than once.
#[derive(Debug, Clone, Default)]
struct Chain {
    tries: u64,
    /// What is called at the end.
    backend: String,
    layers: Vec<Layer>,
}

#[derive(Debug, Clone)]
struct Layer {
    name: String,
    tries: u64,
    set: Span,
}

struct Chains<'p> {
    program: &'p Program,
    effects: &'p Effects,
    known: FxHashMap<OperationId, Chain>,
    open: FxHashSet<OperationId>,
}

pub fn check(cx: &mut Context<'_>, program: &Program, effects: &Effects) {
    let (known, open) = (FxHashMap::default(), FxHashSet::default());
    let mut chains = Chains { program, effects, known, open };
    for flow in program.services.iter().flat_map(walk::flows) {
        walk::forward_calls(flow.steps, &mut |call| {
            let Target::Service(id) = call.target else { return };
            let below = chains.of(id, 0);
            let here = policy::tries(program, effects, call);
            // Where it is too much already one layer down, that has been said.
            let is_new = below.tries <= MOST && below.tries.saturating_mul(here.count) > MOST;
            if is_new && !below.layers.is_empty() && here.count > 1 {
                report(cx, &chains.with(call, here, below));
            }
        });
    }
}

fn report(cx: &mut Context<'_>, chain: &Chain) {
    let Some((outermost, others)) = chain.layers.split_first() else { return };
    let factors: Vec<String> =
        chain.layers.iter().map(|layer| format!("{} tries of `{}`", layer.tries, layer.name)).collect();
    let product = format!("{} = {} tries", factors.join(" × "), chain.tries);
    let others: Vec<(Span, u64)> = others.iter().map(|layer| (layer.set, layer.tries)).collect();
    cx.report(findings::amplification(outermost.set, &chain.backend, chain.tries, &product, &others));
}

impl Chains<'_> {
    /// The longest chain of an operation.
    fn of(&mut self, id: OperationId, depth: usize) -> Chain {
        if let Some(known) = self.known.get(&id) {
            return known.clone();
        }
        let Some(operation) = self.program.operation(id) else { return Chain::default() };
        if depth > DEEPEST || !self.open.insert(id) {
            return Chain::default();
        }
        let mut longest = Chain::default();
        walk::forward_calls(&operation.steps, &mut |call| {
            let below = match call.target {
                Target::Backend(_) => Chain { tries: 1, ..Chain::default() },
                Target::Service(id) => self.of(id, depth + 1),
            };
            let chain = self.with(call, policy::tries(self.program, self.effects, call), below);
            if chain.tries > longest.tries {
                longest = chain;
            }
        });
        self.open.remove(&id);
        self.known.insert(id, longest.clone());
        longest
    }

    fn with(&self, call: &Call, here: Tries, below: Chain) -> Chain {
        let name = self.name(call);
        let backend = if below.backend.is_empty() { name.clone() } else { below.backend };
        let layer = here.set.map(|set| Layer { name, tries: here.count, set });
        let layers = layer.into_iter().chain(below.layers).collect();
        Chain { tries: below.tries.saturating_mul(here.count), backend, layers }
    }

    fn name(&self, call: &Call) -> String {
        let owner = match call.target {
            Target::Backend(BackendId(at)) => self.program.backends.get(at).map(|one| &one.name),
            Target::Service(OperationId { service: ServiceId(at), .. }) => {
                self.program.services.get(at).map(|one| &one.name)
            }
        };
        format!("{}.{}", owner.map(|name| name.as_str()).unwrap_or_default(), call.shape.name)
    }
}
