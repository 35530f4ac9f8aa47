//! Lists and dictionaries, and what is made of them.

use super::generate::Generator;
use super::types::{Ty, pick};

impl Generator {
    pub fn of_list(&mut self, item: &Ty, depth: u32) -> String {
        let other = self.ours();
        let (same, others) = (Ty::List(Box::new(item.clone())), Ty::List(Box::new(other.clone())));
        match self.dice.below(20) {
            0 => {
                let list = self.clear(&others, depth);
                format!("{list}.map({})", self.lambda(&[&other], item, depth))
            }
            1 => {
                let list = self.clear(&others, depth);
                format!("{list}.flatMap({})", self.lambda(&[&other], &same, depth))
            }
            2 => {
                let list = self.clear(&same, depth);
                format!("{list}.filter({})", self.lambda(&[item], &Ty::Bool, depth))
            }
            3 => self.repeat(item, &other, depth),
            4 if item.has_order() => format!("{}.sort()", self.clear(&same, depth)),
            5 => {
                let (list, key) = (self.clear(&same, depth), self.ordered());
                format!("{list}.sortBy({})", self.lambda(&[item], &key, depth))
            }
            6 => {
                let list = self.clear(&same, depth);
                format!("{list}.distinctBy({})", self.lambda(&[item], &other, depth))
            }
            7 => {
                let way = *pick(&mut self.dice, &["reverse", "distinct"]);
                format!("{}.{way}()", self.clear(&same, depth))
            }
            8 => {
                let way = *pick(&mut self.dice, &["take", "drop"]);
                format!("{}.{way}({})", self.clear(&same, depth), self.expr(&Ty::Int, depth))
            }
            9 => {
                let (from, to) = (self.expr(&Ty::Int, depth), self.expr(&Ty::Int.optional(), depth));
                format!("{}.slice({from}, {to})", self.clear(&same, depth))
            }
            10 => format!("{}.flatten()", self.clear(&Ty::List(Box::new(same)), depth)),
            11 if !matches!(item, Ty::Opt(_)) => {
                let maybe = Ty::List(Box::new(item.clone().optional()));
                format!("{}.present()", self.clear(&maybe, depth))
            }
            12 => {
                let third = self.ours();
                let (one, two) =
                    (self.clear(&others, depth), self.clear(&Ty::List(Box::new(third.clone())), depth));
                format!("{one}.zip({two}, {})", self.lambda(&[&other, &third], item, depth))
            }
            13 => {
                let dict = self.clear(&Ty::Dict(Box::new(other.clone())), depth);
                format!("{dict}.entries({})", self.lambda(&[&Ty::Text, &other], item, depth))
            }
            14 => format!("{}.values()", self.clear(&Ty::Dict(Box::new(item.clone())), depth)),
            15 => match item {
                Ty::List(_) => format!("{}.chunks({})", self.clear(item, depth), 1 + self.dice.below(3)),
                Ty::Json => format!("{}.items()", self.clear(&Ty::Json, depth)),
                Ty::Text => self.texts(depth),
                _ => self.list(item, depth),
            },
            16 if *item == Ty::Text => self.texts(depth),
            _ => self.list(item, depth),
        }
    }

    fn texts(&mut self, depth: u32) -> String {
        match self.dice.below(3) {
            0 => {
                let other = self.ours();
                format!("{}.keys()", self.clear(&Ty::Dict(Box::new(other)), depth))
            }
            1 => format!("{}.lines()", self.clear(&Ty::Text, depth)),
            _ => format!("{}.split({})", self.clear(&Ty::Text, depth), self.expr(&Ty::Text, depth)),
        }
    }

    fn repeat(&mut self, item: &Ty, other: &Ty, depth: u32) -> String {
        let list = self.clear(&Ty::List(Box::new(other.clone())), depth);
        let name = self.fresh();
        let (condition, body) = self.with(&[(&name, other)], |inner| {
            let condition = inner.dice.once_in(2).then(|| inner.expr(&Ty::Bool, depth));
            (condition, inner.expr(item, depth))
        });
        let condition = condition.map(|condition| format!(" where {condition}")).unwrap_or_default();
        format!("(for {name} in {list}{condition} yield {body})")
    }

    pub fn of_dict(&mut self, item: &Ty, depth: u32) -> String {
        let other = self.ours();
        let same = Ty::Dict(Box::new(item.clone()));
        match self.dice.below(9) {
            0 => {
                let list = self.clear(&Ty::List(Box::new(other.clone())), depth);
                let key = self.lambda(&[&other], &Ty::Text, depth);
                format!("{list}.toDict({key}, {})", self.lambda(&[&other], item, depth))
            }
            1 => {
                let dict = self.clear(&Ty::Dict(Box::new(other.clone())), depth);
                format!("{dict}.mapValues({})", self.lambda(&[&other], item, depth))
            }
            2 => {
                let dict = self.clear(&same, depth);
                format!("{dict}.filter({})", self.lambda(&[&Ty::Text, item], &Ty::Bool, depth))
            }
            3 => format!("{}.merge({})", self.clear(&same, depth), self.clear(&same, depth)),
            4 => format!("{}.without({})", self.clear(&same, depth), self.expr(&Ty::Text, depth)),
            5 => match item {
                Ty::List(inner) => {
                    let list = self.clear(item, depth);
                    format!("{list}.groupBy({})", self.lambda(&[inner], &Ty::Text, depth))
                }
                _ => self.dict(item, depth),
            },
            _ => self.dict(item, depth),
        }
    }
}
