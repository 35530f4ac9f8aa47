//! Goes through what a program does, from its maps, functions and operations on, and notes the places that a test comes to,
//! and what can be changed there.

use super::{Becomes, Kind, Mutant, Mutants, Owner, Says, Site, SiteKind};
use crate::interp::testing::Part;
use crate::ir::{Expr, Function, Operation, Place, Program, Service, Slice, Step, StepKind, Type, TypeDef};
use crate::source::Span;

/// How far back the same change may have been found.
const NEAR: usize = 4;

pub struct Finder<'p, 's> {
    pub program: &'p Program,
    slice: &'s Slice,
    pub found: Mutants<'p>,
    /// What everything that is noted lies in: what stands elsewhere, such as the default of a type, is not changed.
    pub around: Option<Span>,
    /// The site that a test comes to before whatever is noted next.
    pub within: Option<usize>,
}

impl<'p, 's> Finder<'p, 's> {
    pub fn new(program: &'p Program, slice: &'s Slice) -> Finder<'p, 's> {
        Finder { program, slice, found: Mutants::default(), around: None, within: None }
    }

    pub fn function(&mut self, of: &'p Function) {
        self.owner(of.name.clone(), &of.place);
        self.around = of.extent.span();
        self.within = self.site(Part::expr(&of.body), of.place.spot.span(), SiteKind::Owner);
        self.expr(&of.body);
    }

    /// What a service says of who may call, if any of its operations says nothing else.
    pub fn service(&mut self, at: usize, of: &'p Service) {
        self.owner(of.name.clone(), &of.place);
        let mut outer = of.operations.iter().enumerate().filter(|(_, one)| !one.settings.auth_place.own);
        if let Some((number, operation)) = outer.next() {
            self.auth((at, number), operation);
        }
    }

    pub fn operation(&mut self, id: (usize, usize), service: &Service, of: &'p Operation) {
        self.owner(format!("{}.{}", service.name, of.name), &of.place);
        let Some(first) = of.steps.first() else { return };
        self.around = None;
        self.within = self.site(Part::step(first), of.place.spot.span(), SiteKind::Owner);
        if of.settings.auth_place.own {
            self.auth(id, of);
        }
        of.settings.allow.iter().for_each(|allow| self.allow(allow));
        for default in of.params.iter().filter_map(|param| param.default.as_ref()) {
            self.around = default.spot.span();
            self.expr(default);
        }
        self.steps(&of.steps);
    }

    fn owner(&mut self, name: String, place: &'p Place) {
        self.found.owners.push(Owner { name, file: &place.file });
        self.within = None;
    }

    /// Steps one behind the other: who does not come to one of them does not come to those behind it either.
    pub fn steps(&mut self, steps: &'p [Step]) {
        let outer = (self.within, self.around);
        for step in steps {
            self.around = step.place.spot.span();
            let site = self.site(Part::step(step), self.around, SiteKind::Part);
            self.within = site.or(self.within);
            self.step(step);
        }
        (self.within, self.around) = outer;
    }

    /// Steps side by side.
    fn members(&mut self, steps: &'p [Step]) {
        steps.iter().for_each(|step| self.steps(std::slice::from_ref(step)));
    }

    fn step(&mut self, step: &'p Step) {
        match &step.kind {
            StepKind::Let { value, .. } => self.value(value),
            StepKind::Do(value) => {
                self.left_out(Part::step(step), Kind::Call);
                self.value(value);
            }
            StepKind::Overlap(steps) | StepKind::Together(steps) => self.members(steps),
            StepKind::Require { condition, otherwise } => {
                if super::conditions::binds_nothing(condition) {
                    self.left_out(Part::step(step), Kind::Require);
                }
                self.condition(condition);
                self.fail(otherwise, SiteKind::Told);
            }
            StepKind::When { condition, then, otherwise, .. } => {
                self.condition(condition);
                self.steps(then);
                self.steps(otherwise);
            }
            // It is for people.
            StepKind::Log { .. } => {}
            StepKind::Return { value, .. } => value.iter().for_each(|value| self.given(value)),
            StepKind::Fail(fail) => self.fail(fail, SiteKind::Part),
        }
    }

    // ---- what is noted --------------------------------------------------------------------------

    /// What `note` finds lies in a part that is not done each time.
    pub fn part(&mut self, part: Part, span: Option<Span>, kind: SiteKind, note: impl FnOnce(&mut Self)) {
        let outer = self.within;
        self.within = self.site(part, span, kind).or(outer);
        note(self);
        self.within = outer;
    }

    /// The same for an expression.
    pub fn branch(&mut self, expr: &'p Expr, kind: SiteKind) {
        self.part(Part::expr(expr), expr.spot.span(), kind, |inner| inner.expr(expr));
    }

    pub fn site(&mut self, part: Part, span: Option<Span>, kind: SiteKind) -> Option<usize> {
        let span = span?;
        let owner = self.found.owners.len().checked_sub(1)?;
        self.found.sites.push(Site { part, span, owner, kind, within: self.within });
        Some(self.found.sites.len() - 1)
    }

    /// That an expression becomes another one. What the compiler has made, or what is written elsewhere, is not told.
    pub fn change(&mut self, expr: &'p Expr, kind: Kind, says: Says, becomes: Becomes<'p>) {
        if let Some(span) = expr.spot.span() {
            self.change_at(expr, span, kind, says, becomes);
        }
    }

    /// The same where it is told at another place.
    pub fn change_at(&mut self, expr: &Expr, span: Span, kind: Kind, says: Says, becomes: Becomes<'p>) {
        let is_ours = self.around.is_some_and(|around| around.contains(span));
        // What is converted has the place of what it is made of.
        let is_known = |one: &Mutant<'_>| one.span == span && one.says == says;
        if is_ours
            && !self.found.all.iter().rev().take(NEAR).any(is_known)
            && let Some(site) = self.site(Part::expr(expr), Some(span), SiteKind::Part)
        {
            self.found.all.push(Mutant { site, kind, span, says, is_whole: false, becomes });
        }
    }

    /// That the part that is noted right now is left out.
    pub fn left_out(&mut self, part: Part, kind: Kind) {
        let Some(site) = self.within else { return };
        if let Some(span) = self.found.sites.get(site).filter(|site| site.part == part).map(|site| site.span)
        {
            let says = Says::plain("left out");
            self.found.all.push(Mutant {
                site,
                kind,
                span,
                says,
                is_whole: false,
                becomes: Becomes::Nothing,
            });
        }
    }

    // ---- types ----------------------------------------------------------------------------------

    pub fn def(&self, ty: &Type) -> Option<&'p TypeDef> {
        match ty.present() {
            Type::Named(id) => self.program.types.get(id.0),
            _ => None,
        }
    }

    /// Whether anybody reads this field of a record.
    pub fn is_read(&self, record: &Type, field: usize) -> bool {
        let Type::Named(id) = record.present() else { return true };
        self.slice.types.get(id).is_none_or(|of| of.fields.contains(&field))
    }
}

impl Says {
    pub fn plain(text: impl Into<String>) -> Says {
        Says::Plain(text.into())
    }

    /// `<=` instead of `<`
    pub fn swapped(new: &str, old: &str) -> Says {
        Says::Plain(format!("`{new}` instead of `{old}`"))
    }
}
