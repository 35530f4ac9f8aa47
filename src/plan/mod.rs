//! The plan of an operation: what runs with what, where it waits, how long it may take, and what is undone when which
//! step fails. One function makes it of the checked program, with the times that the check of budgets counts with; the
//! forms ([`text`], [`mermaid`], [`svg`]) are functions of the plan alone.

mod build;
mod mermaid;
mod rows;
mod svg;
mod text;
mod undone;

pub use build::{Input, plan};
pub use mermaid::mermaid;
pub use svg::svg;
pub use text::text;

pub use crate::check::Effect;

/// Of one operation. All times are in milliseconds from its start, when all goes as badly as it can.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// `Orders.place`
    pub operation: String,
    /// `POST /v1/orders`
    pub request: String,
    pub place: Place,
    pub deadline: u64,
    /// When every call succeeds or fails at the first try.
    pub first: Total,
    pub worst: Total,
    pub steps: Vec<Step>,
    /// Of the steps that can fail when something has been done.
    pub failures: Vec<Failure>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    pub file: String,
    pub line: usize,
}

/// The longest way through the calls: `Sales.create 500ms`, and so on.
#[derive(Debug, Clone, PartialEq)]
pub struct Total {
    pub time: u64,
    pub terms: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub line: usize,
    pub start: u64,
    pub end: u64,
    pub kind: StepKind,
}

#[derive(Debug, Clone, PartialEq)]
pub enum StepKind {
    Call(Box<Call>),
    /// Reads that are in flight together, each from when the ones before it that it needs are there.
    Overlap(Vec<Step>),
    /// Writes that are in flight together.
    Together(Vec<Step>),
    When {
        condition: String,
        then: Vec<Step>,
        otherwise: Vec<Step>,
    },
    Require {
        condition: String,
        problem: String,
    },
    Emit {
        event: String,
    },
    Return {
        status: u16,
    },
    Fail {
        problem: String,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// `Customers.getCustomer`
    pub name: String,
    /// The name of its value.
    pub binds: Option<String>,
    pub effect: Effect,
    /// Made for each element of a list.
    pub each: Option<Each>,
    /// Calls in flight with it that it waits for.
    pub after: Vec<String>,
    /// How its worst time adds up: `13 rounds × 500ms`.
    pub terms: String,
    /// The part of that time that first tries take.
    pub first: u64,
    /// It is on the longest way.
    pub critical: bool,
    /// What follows a failure: `NotFound => fail NotFound`.
    pub handled: Vec<String>,
    pub undo: Option<String>,
    pub is_final: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Each {
    pub list: String,
    pub longest: Option<u64>,
    pub at_once: u64,
}

/// What becomes of what was done, when a step fails.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    pub step: String,
    pub line: usize,
    /// The first one first.
    pub undone: Vec<Undone>,
    /// Writes without an undo.
    pub stays: Vec<String>,
}

impl Failure {
    /// `1. Stock.release if done`, `2. Sales.cancel`, `Mail.send stays`
    pub fn outcome(&self) -> Vec<String> {
        let undone = self.undone.iter().enumerate().map(|(at, one)| format!("{}. {}", at + 1, one.label()));
        let stays = self.stays.iter().map(|write| format!("{write} stays"));
        undone.chain(stays).collect()
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Undone {
    pub call: String,
    pub when: When,
}

/// Whether a write has been done when a later step fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    Always,
    /// It stands in a branch, runs at the same time, or has a fallback.
    IfDone,
    /// Of a list, those that were done.
    EachDone,
}

impl Call {
    /// `customer = Customers.getCustomer`
    pub fn label(&self) -> String {
        let name = match &self.binds {
            Some(binds) => format!("{binds} = {}", self.name),
            None => self.name.clone(),
        };
        match &self.each {
            Some(each) => format!("{name} for each of {}", each.list),
            None => name,
        }
    }

    pub fn word(&self) -> &'static str {
        match self.effect {
            Effect::Read => "read",
            Effect::Idempotent | Effect::Write => "write",
        }
    }
}

impl Each {
    /// `at most 50, 4 at once`
    pub fn bounds(&self) -> String {
        match self.longest {
            Some(longest) => format!("at most {longest}, {} at once", self.at_once.min(longest)),
            None => format!("any number, {} at once", self.at_once),
        }
    }
}

impl Undone {
    /// `Stock.release if done`
    pub fn label(&self) -> String {
        match self.when {
            When::Always => self.call.clone(),
            When::IfDone => format!("{} if done", self.call),
            When::EachDone => format!("{} of each done", self.call),
        }
    }
}
