//! What each request must have come to: an answered success is one, after a failure nothing is left, and where nobody
//! knows, it is one of the two.

use std::time::Duration;

use crate::invariants::World;
use crate::ledger::{Effect, Kind, Outcome, Told};
use crate::scenario::{Form, Request};
use crate::systems::price;
use crate::wire::field;
use crate::wishes::{SHARED, Wish};

/// What an order is made of.
const OF_AN_ORDER: &[Kind] = &[Kind::Order, Kind::Hold, Kind::Charge];
/// How long a price is kept, as `Sales.product` says.
const KEPT: Duration = Duration::from_secs(10);

pub fn broken(world: &World<'_>, subject: usize, request: &Request) -> Vec<String> {
    let Some(last) = world.told(subject).last() else {
        return vec![format!("request {subject} never ended")];
    };
    let end = End { world, subject, last };
    match request.wish {
        Wish::Order => end.order(),
        Wish::Checkout => end.checkout(),
        Wish::Quote => end.quote(request),
        Wish::Home => end.home(),
        Wish::Onboarding => end.onboarding(),
    }
}

/// How a request ended, as its caller has seen it.
struct End<'a> {
    world: &'a World<'a>,
    subject: usize,
    last: &'a Told,
}

impl End<'_> {
    fn order(&self) -> Vec<String> {
        match &self.last.outcome {
            Outcome::Answer { status: 201, body, .. } => {
                let order = body.split_once("\"order\"").and_then(|(_, order)| field(order, "id"));
                let mut faults = self.really_there(&[
                    (Kind::Order, order),
                    (Kind::Hold, field(body, "holdId")),
                    (Kind::Charge, field(body, "paidWith")),
                ]);
                faults.extend(self.costs_one_thing());
                faults
            }
            Outcome::Answer { status: 409, body, .. }
                if body.contains("about:blank") && self.has_each(OF_AN_ORDER) =>
            {
                Vec::new()
            }
            Outcome::Answer { .. } if self.is_late() => self.all_or_nothing(OF_AN_ORDER),
            Outcome::Answer { .. } => self.nothing_left(),
            Outcome::HungUp | Outcome::Lost => self.all_or_nothing(OF_AN_ORDER),
        }
    }

    /// The order is another service's, which goes on where nobody waits for it.
    fn checkout(&self) -> Vec<String> {
        match &self.last.outcome {
            Outcome::Answer { status: 201, body, .. } => {
                let order =
                    self.standing(Kind::Order).find(|one| Some(one.id.as_str()) == field(body, "orderId"));
                let mut faults = self.costs_one_thing();
                if order.is_none() || !self.has_each(OF_AN_ORDER) {
                    faults.push(format!("request {} was told of an order: {body}", self.subject));
                }
                faults
            }
            Outcome::Answer { status: 500.., .. } if self.world.scenario.form == Form::Split => {
                self.all_or_nothing(OF_AN_ORDER)
            }
            Outcome::Answer { .. } if self.is_late() => self.all_or_nothing(OF_AN_ORDER),
            Outcome::Answer { .. } => self.nothing_left(),
            Outcome::HungUp | Outcome::Lost => self.all_or_nothing(OF_AN_ORDER),
        }
    }

    /// Each line has its own item, and a price that was one not long ago.
    fn quote(&self, request: &Request) -> Vec<String> {
        let Outcome::Answer { status: 200, body, .. } = &self.last.outcome else {
            return self.nothing_left();
        };
        let own = format!("P{}X0", self.subject);
        let skus = std::iter::once(own.as_str()).chain(SHARED.iter().copied());
        // The clocks of two hosts differ by as much as one of them runs before the other does.
        let tick = self.world.scenario.tick;
        let oldest = price(self.last.sent.saturating_sub(KEPT + tick)) * request.quantity;
        let newest = price(self.last.at + tick) * request.quantity;
        let lines = body.split("\"sku\"").skip(1).map(|line| format!("\"sku\"{line}"));
        let lines: Vec<(String, String, u64)> = lines
            .map(|line| {
                let of = |name| field(&line, name).unwrap_or_default().to_owned();
                (of("sku"), of("name").to_uppercase(), cents(&of("amount")))
            })
            .collect();
        let is_right = skus.clone().count() == lines.len()
            && skus.zip(&lines).all(|(sku, (line, name, amount))| {
                line == sku && name == sku && (oldest..=newest).contains(amount)
            });
        if is_right {
            return self.nothing_left();
        }
        vec![format!("request {} was told of {lines:?}, and prices are {oldest} to {newest}", self.subject)]
    }

    /// The screen is the customer's own, and says what is missing.
    fn home(&self) -> Vec<String> {
        let Outcome::Answer { status: 200, is_degraded, body } = &self.last.outcome else {
            return self.nothing_left();
        };
        let status = if self.subject % 2 == 0 { "confirmed" } else { "shipped" };
        let is_own = field(body, "name") == Some(format!("N{} Doe", self.subject).as_str())
            && field(body, "status") == Some(status);
        let activity = field(body, "subject");
        let own_activity = format!("A{}", self.subject);
        let is_whole = match activity {
            Some(activity) => activity == own_activity && !is_degraded,
            None => *is_degraded,
        };
        if is_own && is_whole {
            return self.nothing_left();
        }
        vec![format!("request {} got a screen that is not its own: {body}", self.subject)]
    }

    fn onboarding(&self) -> Vec<String> {
        let mut faults = self.letters();
        faults.extend(match &self.last.outcome {
            Outcome::Answer { status: 201, is_degraded, body } => {
                let mut faults = self.really_there(&[
                    (Kind::Customer, field(body, "customerId")),
                    (Kind::Contact, field(body, "contactId")),
                ]);
                let is_greeted = field(body, "greeted") == Some("true");
                let has_letter = self.standing(Kind::Letter).any(|letter| letter.about.ends_with(" welcome"));
                if is_greeted && !has_letter || !is_greeted && !is_degraded {
                    faults.push(format!("request {} was told of a letter: {body}", self.subject));
                }
                faults
            }
            Outcome::Answer { .. } if self.is_late() => self.all_or_nothing(&[Kind::Customer, Kind::Contact]),
            Outcome::Answer { .. } => self.nothing_left(),
            Outcome::HungUp | Outcome::Lost => self.all_or_nothing(&[Kind::Customer, Kind::Contact]),
        });
        faults
    }

    /// No letter goes out twice: it has no key, and is sent once.
    fn letters(&self) -> Vec<String> {
        let mut sent: Vec<&str> = self.standing(Kind::Letter).map(|letter| letter.about.as_str()).collect();
        sent.sort_unstable();
        let twice = sent.windows(2).filter(|two| two.first() == two.last());
        twice.map(|two| format!("request {} sent a letter twice: {two:?}", self.subject)).collect()
    }

    /// All that the caller was told of is there, and nothing else is.
    fn really_there(&self, told: &[(Kind, Option<&str>)]) -> Vec<String> {
        let mut faults = Vec::new();
        for (kind, id) in told {
            if !self.standing(*kind).any(|effect| Some(effect.id.as_str()) == *id) {
                faults.push(format!("request {} was told that {id:?} is its {kind:?}", self.subject));
            }
        }
        let is_more = |effect: &&Effect| {
            !told.iter().any(|(_, id)| *id == Some(effect.id.as_str())) && !self.is_kept(effect)
        };
        let more = self.left().filter(is_more);
        faults.extend(
            more.map(|effect| format!("request {} was done, and there is also {effect:?}", self.subject)),
        );
        faults
    }

    fn costs_one_thing(&self) -> Vec<String> {
        let costing = self.standing(Kind::Order).chain(self.standing(Kind::Charge));
        let cents: Vec<u64> = costing.map(|effect| effect.cents).collect();
        if cents.windows(2).all(|two| two.first() == two.last()) {
            return Vec::new();
        }
        vec![format!("request {} costs one thing and was charged another: {cents:?}", self.subject)]
    }

    /// Whether the store took so long that all was done in time, and the end was not kept in time. Then the caller has
    /// been told that nobody knows.
    fn is_late(&self) -> bool {
        let is_timeout = matches!(&self.last.outcome, Outcome::Answer { status: 504, .. });
        is_timeout && self.world.scenario.is_troubled(self.last.sent, self.last.at)
    }

    fn all_or_nothing(&self, kinds: &[Kind]) -> Vec<String> {
        if self.has_each(kinds) { Vec::new() } else { self.nothing_left() }
    }

    fn has_each(&self, kinds: &[Kind]) -> bool {
        kinds.iter().all(|kind| self.standing(*kind).count() == 1)
    }

    /// What was done is undone, or kept for an operator.
    fn nothing_left(&self) -> Vec<String> {
        let left = self.left().filter(|effect| !self.is_kept(effect));
        left.map(|effect| format!("request {} failed, and left {effect:?}", self.subject)).collect()
    }

    /// What stands of all that can be undone.
    fn left(&self) -> impl Iterator<Item = &Effect> {
        let effects = self.world.effects(self.subject);
        effects.filter(|effect| effect.stands() && effect.kind != Kind::Letter)
    }

    fn standing(&self, kind: Kind) -> impl Iterator<Item = &Effect> {
        self.world.effects(self.subject).filter(move |effect| effect.kind == kind && effect.stands())
    }

    fn is_kept(&self, effect: &Effect) -> bool {
        let (request, write) = (format!("request-{}", effect.subject), effect.kind.write());
        let mut notes = self.world.notes.iter();
        notes.any(|note| note.request == request && note.write == write && note.is_for_operator())
    }
}

/// The cents of `12.50`.
fn cents(amount: &str) -> u64 {
    let (whole, rest) = amount.split_once('.').unwrap_or((amount, ""));
    format!("{whole}{rest:0<2}").parse().unwrap_or(0)
}
