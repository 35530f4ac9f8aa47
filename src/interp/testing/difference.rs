//! Where two values differ: at the fields themselves, not as two long texts.

use super::show::{definition, dict_type, fields_of, item_type, key, member_type, show};
use crate::interp::value::{Record, Value};
use crate::ir::{Program, Type, TypeDef};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// `order.items[1].sku`; empty where all of it differs.
    pub path: String,
    pub sides: Vec<Side>,
}

/// What somebody says of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// `expected`
    pub who: &'static str,
    /// None where there is nothing.
    pub value: Option<String>,
}

/// Compares values, and keeps what differs.
pub struct Comparison<'p> {
    program: &'p Program,
    who: [&'static str; 2],
    found: Vec<Difference>,
}

impl<'p> Comparison<'p> {
    /// `who`: what the first and the second of the values are called.
    pub fn new(program: &'p Program, who: [&'static str; 2]) -> Comparison<'p> {
        Comparison { program, who, found: Vec::new() }
    }

    pub fn finish(self) -> Vec<Difference> {
        self.found
    }

    /// Both are of the type.
    pub fn values(&mut self, path: &str, first: &Value, second: &Value, ty: &Type) {
        match (first, second) {
            (Value::Record(first), Value::Record(second)) => self.records(path, first, second, ty),
            (Value::List(first), Value::List(second)) => self.lists(path, first, second, item_type(ty)),
            (Value::Dict(first), Value::Dict(second)) => {
                let inner = dict_type(ty);
                let keys: Vec<&String> = first.keys().chain(second.keys()).collect();
                self.keys(path, &keys, |name| (first.get(name), second.get(name)), inner);
            }
            (Value::Member(at, first), Value::Member(other, second)) if at == other => {
                let inner = member_type(self.program, ty, *at);
                self.values(path, first, second, inner);
            }
            _ if first == second => {}
            _ => self.differ(path, Some(first), Some(second), ty),
        }
    }

    /// Fields of a record that are expected, by name, against one that may be a member of a union.
    pub fn fields(
        &mut self,
        path: &str,
        wanted: &[(String, Value)],
        wanted_type: &Type,
        actual: &Value,
        ty: &Type,
    ) {
        if let Value::Member(at, inner) = actual
            && let Some(TypeDef::Union(_)) = definition(self.program, ty)
            && definition(self.program, wanted_type).is_some_and(|def| !matches!(def, TypeDef::Union(_)))
        {
            let inner_type = member_type(self.program, ty, *at);
            return self.fields(path, wanted, wanted_type, inner, inner_type);
        }
        let (names, rest) = fields_of(self.program, wanted_type);
        let place = |name: &str| names.iter().position(|(known, _)| *known == name);
        match actual {
            Value::Record(record) if ty.present() == wanted_type.present() => {
                for (name, value) in wanted {
                    let path = below(path, name);
                    let (there, ty) = match place(name) {
                        Some(at) => (record.fields.get(at), names.get(at).map_or(rest, |(_, ty)| ty)),
                        None => (record.additional.get(name.as_str()), rest),
                    };
                    self.values(&path, value, there.unwrap_or(&Value::None), ty);
                }
            }
            // It is another member, or nothing.
            _ => {
                let shown = wanted.iter().map(|(name, value)| {
                    let ty = place(name).and_then(|at| names.get(at)).map_or(rest, |(_, ty)| ty);
                    format!("{}: {}", key(name), show(self.program, value, ty))
                });
                let shown = format!("{{ {} }}", shown.collect::<Vec<_>>().join(", "));
                let actual = show(self.program, actual, ty);
                self.keep(path, Some(shown), Some(actual));
            }
        }
    }

    fn records(&mut self, path: &str, first: &Record, second: &Record, ty: &Type) {
        let (fields, rest) = fields_of(self.program, ty);
        let values = first.fields.iter().zip(&second.fields);
        for ((name, ty), (first, second)) in fields.into_iter().zip(values) {
            self.values(&below(path, name), first, second, ty);
        }
        let (first, second) = (&first.additional, &second.additional);
        let keys: Vec<&String> = first.keys().chain(second.keys()).collect();
        self.keys(path, &keys, |name| (first.get(name), second.get(name)), rest);
    }

    fn keys<'v>(
        &mut self,
        path: &str,
        keys: &[&String],
        of: impl Fn(&str) -> (Option<&'v Value>, Option<&'v Value>),
        ty: &Type,
    ) {
        for (at, name) in keys.iter().enumerate() {
            let is_first = keys.iter().position(|other| other == name) == Some(at);
            match of(name) {
                (Some(first), Some(second)) if is_first => self.values(&below(path, name), first, second, ty),
                (first, second) if is_first => self.differ(&below(path, name), first, second, ty),
                _ => {}
            }
        }
    }

    fn lists(&mut self, path: &str, first: &[Value], second: &[Value], ty: &Type) {
        for at in 0..first.len().max(second.len()) {
            let path = format!("{path}[{at}]");
            match (first.get(at), second.get(at)) {
                (Some(first), Some(second)) => self.values(&path, first, second, ty),
                (first, second) => self.differ(&path, first, second, ty),
            }
        }
    }

    fn differ(&mut self, path: &str, first: Option<&Value>, second: Option<&Value>, ty: &Type) {
        let show = |value: &Value| show(self.program, value, ty);
        let (first, second) = (first.map(show), second.map(show));
        self.keep(path, first, second);
    }

    fn keep(&mut self, path: &str, first: Option<String>, second: Option<String>) {
        let [one, other] = self.who;
        let sides = vec![Side { who: one, value: first }, Side { who: other, value: second }];
        self.found.push(Difference { path: path.to_owned(), sides });
    }
}

fn below(path: &str, name: &str) -> String {
    let name = key(name);
    if path.is_empty() { name } else { format!("{path}.{name}") }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    fn found(compare: impl FnOnce(&mut Comparison<'_>)) -> Vec<String> {
        let program = fixture::program();
        let mut comparison = Comparison::new(&program, ["expected", "actual"]);
        compare(&mut comparison);
        let side = |side: &Side| side.value.clone().unwrap_or_else(|| "nothing".to_owned());
        let line = |one: Difference| {
            let sides: Vec<String> = one.sides.iter().map(side).collect();
            format!("{}: {}", one.path, sides.join(" / "))
        };
        comparison.finish().into_iter().map(line).collect()
    }

    #[test]
    fn what_is_equal_differs_nowhere() {
        let order = fixture::order("O1", &[("A1", 2)], Value::None);
        assert!(found(|compare| compare.values("", &order, &order, &fixture::ORDER)).is_empty());
    }

    #[test]
    fn a_difference_is_told_at_its_field() {
        let one = fixture::order("O1", &[("A1", 2), ("B1", 1)], Value::Choice(0));
        let other = fixture::order("O1", &[("A1", 3)], Value::None);
        assert_eq!(
            found(|compare| compare.values("", &one, &other, &fixture::ORDER)),
            [
                "items[0].quantity: 2 / 3",
                r#"items[1]: { sku: "B1", quantity: 1 } / nothing"#,
                r#"status: "new" / none"#
            ]
        );
    }

    #[test]
    fn of_a_record_only_the_named_fields_count_also_where_it_is_one_of_several() {
        let order = fixture::order("O1", &[("A1", 2)], Value::None);
        let member = Value::Member(1, order.clone().into());
        let wanted = [("id".to_owned(), Value::text("O2"))];
        for (actual, ty) in [(order, fixture::ORDER), (member, fixture::EITHER)] {
            assert_eq!(
                found(|compare| compare.fields("", &wanted, &fixture::ORDER, &actual, &ty)),
                [r#"id: "O2" / "O1""#]
            );
        }
    }

    #[test]
    fn another_member_of_a_union_differs_as_a_whole() {
        let line = Value::Member(0, fixture::line("A1", 2).into());
        let wanted = [("id".to_owned(), Value::text("O2"))];
        assert_eq!(
            found(|compare| compare.fields("", &wanted, &fixture::ORDER, &line, &fixture::EITHER)),
            [r#": { id: "O2" } / { sku: "A1", quantity: 2 }"#]
        );
    }
}
