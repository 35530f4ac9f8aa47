//! Forms that there are for every type: branches, and what is made of values that may be absent.

use super::generate::Generator;
use super::table::{self, Row};
use super::types::{Def, Ty, pick};

impl Generator {
    pub fn choice(&mut self, want: &Ty, depth: u32) -> String {
        let condition = self.expr(&Ty::Bool, depth);
        let (then, otherwise) = (self.expr(want, depth), self.expr(want, depth));
        format!("(if {condition} then {then} else {otherwise})")
    }

    pub fn refined(&mut self, want: &Ty, depth: u32) -> Option<String> {
        let (path, ty) = self.path_that(|_, ty| matches!(ty, Ty::Opt(_)))?;
        if path.contains('?') {
            return None;
        }
        let present = ty.present().clone();
        let then = self.with(&[(&path, &present)], |inner| inner.expr(want, depth));
        let otherwise = self.expr(want, depth);
        Some(match self.dice.below(3) {
            0 => format!("(if {path} == none then {otherwise} else {then})"),
            1 => {
                let more = self.with(&[(&path, &present)], |inner| inner.expr(&Ty::Bool, depth));
                format!("(if {path} != none and {more} then {then} else {otherwise})")
            }
            _ => format!("(if {path} != none then {then} else {otherwise})"),
        })
    }

    pub fn coalesce(&mut self, want: &Ty, depth: u32) -> Option<String> {
        let value = match self.dice.below(2) {
            0 => self.path_that(|world, ty| matches!(ty, Ty::Opt(inner) if world.fits(inner, want)))?.0,
            _ if matches!(want, Ty::Opt(_)) => return None,
            _ => self.optional(want, depth),
        };
        Some(format!("({value} ?? {})", self.expr(want, depth)))
    }

    /// A value that may be absent, of a type that is clear.
    pub fn optional(&mut self, of: &Ty, depth: u32) -> String {
        let list = Ty::List(Box::new(of.clone()));
        match self.dice.below(9) {
            0 => format!("{}.first()", self.clear(&list, depth)),
            1 => format!("{}.last()", self.clear(&list, depth)),
            2 => format!("{}.get({})", self.clear(&list, depth), self.expr(&Ty::Int, depth)),
            3 => format!("{}.find({})", self.clear(&list, depth), self.lambda(&[of], &Ty::Bool, depth)),
            4 => {
                let dict = self.clear(&Ty::Dict(Box::new(of.clone())), depth);
                format!("{dict}.get({})", self.expr(&Ty::Text, depth))
            }
            5 => self.extreme(of, depth),
            6 => match self.called_if_there(of, depth) {
                Some(call) => call,
                None => self.clear(&of.clone().optional(), depth),
            },
            _ => self.clear(&of.clone().optional(), depth),
        }
    }

    /// `a?.trim()`
    pub fn called_if_there(&mut self, of: &Ty, depth: u32) -> Option<String> {
        let list = Ty::List(Box::new(of.clone())).optional();
        if let Some((path, _)) = self.path_that(|_, ty| *ty == list) {
            return Some(format!("{path}?.{}()", pick(&mut self.dice, &["first", "last"])));
        }
        let row = self.row(of, |row| row.text.starts_with('{'))?;
        let (receiver, rest) = row.text.strip_prefix('{')?.split_once("!}.")?;
        let wanted = table::of(receiver)?.optional();
        let (path, _) = self.path_that(|_, ty| *ty == wanted)?;
        let rest = Row { text: rest, gives: row.gives.clone(), fails: row.fails };
        Some(format!("{path}?.{}", self.filled(&rest, depth)))
    }

    pub fn extreme(&mut self, of: &Ty, depth: u32) -> String {
        let list = self.clear(&Ty::List(Box::new(of.clone())), depth);
        let which = *pick(&mut self.dice, &["min", "max"]);
        if of.has_order() && self.dice.once_in(2) {
            return format!("{list}.{which}()");
        }
        let key = self.ordered();
        format!("{list}.{which}By({})", self.lambda(&[of], &key, depth))
    }

    pub fn ordered(&mut self) -> Ty {
        let all: Vec<Ty> = super::types::SIMPLE.into_iter().filter(Ty::has_order).collect();
        pick(&mut self.dice, &all).clone()
    }

    pub fn matching(&mut self, want: &Ty, depth: u32) -> Option<String> {
        let (path, ty) = self.path_that(|world, ty| match ty {
            Ty::Text | Ty::Int | Ty::Bool | Ty::Opt(_) => true,
            Ty::Named(at) => !matches!(world.defs[*at], Def::Record { .. }),
            _ => false,
        })?;
        let arms = match &ty {
            Ty::Opt(inner) => self.arms_of_optional(&path, inner, want, depth),
            Ty::Named(at) => match self.world.defs[*at].clone() {
                Def::Union { members, .. } => self.arms_of_union(&members, want, depth),
                Def::Enum(words) => self.arms_of_words(*at, &words, want, depth),
                Def::Record { .. } => return None,
            },
            Ty::Bool => self.arms_of(&["true", "false"], want, depth),
            Ty::Int => self.arms_of(&["0 | 7", "-1", "_"], want, depth),
            _ => self.arms_of(&["\"\" | \"AB12\"", "\"żółć\"", "_"], want, depth),
        };
        Some(format!("(match {path} {{ {} }})", arms.join(", ")))
    }

    fn arms_of(&mut self, patterns: &[&str], want: &Ty, depth: u32) -> Vec<String> {
        patterns.iter().map(|pattern| format!("{pattern} => {}", self.expr(want, depth))).collect()
    }

    /// What is there has a name of its own, where there is one way to it only.
    fn arms_of_optional(&mut self, path: &str, inner: &Ty, want: &Ty, depth: u32) -> Vec<String> {
        let none = format!("none => {}", self.expr(want, depth));
        if path.contains('?') {
            return vec![none, format!("_ => {}", self.expr(want, depth))];
        }
        let name = self.fresh();
        let rest = self.with(&[(&name, inner)], |inside| inside.expr(want, depth));
        vec![none, format!("_ as {name} => {rest}")]
    }

    fn arms_of_union(&mut self, members: &[usize], want: &Ty, depth: u32) -> Vec<String> {
        let arms = members.iter().map(|member| {
            let name = self.fresh();
            let body = self.with(&[(&name, &Ty::Named(*member))], |inside| inside.expr(want, depth));
            format!("T{member} as {name} => {body}")
        });
        arms.collect()
    }

    fn arms_of_words(&mut self, at: usize, words: &[&str], want: &Ty, depth: u32) -> Vec<String> {
        let mut arms: Vec<String> =
            words.iter().map(|word| format!("{word:?} => {}", self.expr(want, depth))).collect();
        if self.world.is_open(at) || self.dice.once_in(3) {
            arms.pop();
            arms.push(format!("_ => {}", self.expr(want, depth)));
        }
        arms
    }
}
