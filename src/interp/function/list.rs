//! Lists. Lambdas may fail, so each function with one is the runtime's twin for that.

use flow_std::list;

use super::apply::{one, three, two};
use super::taken::Lambda;
use super::{Row, Value};

pub const ROWS: &[Row] = &[
    ("list.all", |args| two(args, |list: &[_], wanted: Lambda| list::try_all(list, |item| wanted.of(item)))),
    ("list.any", |args| two(args, |list: &[_], wanted: Lambda| list::try_any(list, |item| wanted.of(item)))),
    ("list.chunks", |args| two(args, list::chunks::<Value>)),
    ("list.count", |args| {
        two(args, |list: &[_], wanted: Lambda| list::try_count(list, |item| wanted.of(item)))
    }),
    ("list.distinct", |args| one(args, list::distinct::<Value>)),
    ("list.distinctBy", |args| {
        two(args, |list: Vec<_>, key: Lambda| list::try_distinct_by(list, |item| key.of::<Value>(item)))
    }),
    ("list.drop", |args| two(args, list::drop::<Value>)),
    ("list.filter", |args| {
        two(args, |list: Vec<_>, keep: Lambda| list::try_filter(list, |item| keep.of(item)))
    }),
    ("list.find", |args| {
        two(args, |list: &[_], wanted: Lambda| list::try_find(list, |item| wanted.of(item)))
    }),
    ("list.first", |args| one(args, list::first::<Value>)),
    ("list.flatMap", |args| {
        two(args, |list, f: Lambda| list::try_flat_map(list, |item| f.call::<Vec<Value>>(&[item])))
    }),
    ("list.flatten", |args| one(args, list::flatten::<Value>)),
    ("list.fold", |args| {
        three(args, |list, start, step: Lambda| {
            list::try_fold(list, start, |sum, item| step.call::<Value>(&[sum, item]))
        })
    }),
    ("list.get", |args| two(args, list::get::<Value>)),
    ("list.groupBy", |args| {
        two(args, |list: Vec<_>, key: Lambda| list::try_group_by(list, |item| key.of(item)))
    }),
    ("list.has", |args| two(args, list::has::<Value>)),
    ("list.indexOf", |args| two(args, list::index_of::<Value>)),
    ("list.isEmpty", |args| one(args, list::is_empty::<Value>)),
    ("list.join", |args| two(args, |list: Vec<String>, separator: &str| list::join(&list, separator))),
    ("list.last", |args| one(args, list::last::<Value>)),
    ("list.length", |args| one(args, list::length::<Value>)),
    ("list.map", |args| two(args, |list, f: Lambda| list::try_map(list, |item| f.call::<Value>(&[item])))),
    ("list.max", |args| one(args, list::max::<Value>)),
    ("list.maxBy", |args| {
        two(args, |list: &[_], key: Lambda| list::try_max_by(list, |item| key.of::<Value>(item)))
    }),
    ("list.min", |args| one(args, list::min::<Value>)),
    ("list.minBy", |args| {
        two(args, |list: &[_], key: Lambda| list::try_min_by(list, |item| key.of::<Value>(item)))
    }),
    ("list.present", |args| one(args, list::present::<Value>)),
    ("list.reverse", |args| one(args, list::reverse::<Value>)),
    ("list.slice", |args| three(args, list::slice::<Value>)),
    ("list.sort", |args| one(args, list::sort::<Value>)),
    ("list.sortBy", |args| {
        two(args, |list: Vec<_>, key: Lambda| list::try_sort_by(list, |item| key.of::<Value>(item)))
    }),
    ("list.sum_decimal", |args| one(args, |list: Vec<_>| list::sum_decimal(&list))),
    ("list.sum_duration", |args| one(args, |list: Vec<_>| list::sum_duration(&list))),
    ("list.sum_float", |args| one(args, |list: Vec<_>| list::sum_float(&list))),
    ("list.sum_int", |args| one(args, |list: Vec<_>| list::sum_int(&list))),
    ("list.take", |args| two(args, list::take::<Value>)),
    ("list.toDict", |args| {
        three(args, |list, key: Lambda, value: Lambda| {
            list::try_to_dict(list, |item| key.of(item), |item| value.call::<Value>(&[item]))
        })
    }),
    ("list.zip", |args| {
        three(args, |list, other, combine: Lambda| {
            list::try_zip(list, other, |one: Value, other: Value| combine.call::<Value>(&[one, other]))
        })
    }),
];

#[cfg(test)]
mod tests {
    use flow_std::fault::Fault;

    use super::super::{Arg, call};
    use super::*;

    fn numbers(numbers: &[i64]) -> Value {
        Value::list(numbers.iter().copied().map(Value::Int).collect())
    }

    fn with(name: &str, list: &Value, more: Vec<Arg<'_>>) -> Result<Value, Fault> {
        call(name, std::iter::once(Arg::Value(list.clone())).chain(more).collect())
    }

    #[test]
    fn a_fold_goes_from_the_first_to_the_last() {
        let step = |params: &[Value]| Ok(Value::list(params.to_vec()));
        let folded = with("list.fold", &numbers(&[1, 2]), vec![Arg::Value(Value::None), Arg::Lambda(&step)]);
        let inner = Value::list(vec![Value::None, Value::Int(1)]);
        assert_eq!(folded, Ok(Value::list(vec![inner, Value::Int(2)])));
    }

    #[test]
    fn what_is_not_there_is_none() {
        let empty = numbers(&[]);
        for name in ["list.first", "list.last", "list.min", "list.max"] {
            assert_eq!(with(name, &empty, Vec::new()), Ok(Value::None), "{name}");
        }
        let at = |at| vec![Arg::Value(Value::Int(at))];
        assert_eq!(with("list.get", &numbers(&[1, 2]), at(2)), Ok(Value::None));
        assert_eq!(with("list.get", &numbers(&[1, 2]), at(-2)), Ok(Value::Int(1)));
        let some = Value::list(vec![Value::None, Value::Int(1), Value::None]);
        assert_eq!(with("list.present", &some, Vec::new()), Ok(numbers(&[1])));
    }

    #[test]
    fn a_slice_may_have_no_end() {
        let ends = |end| vec![Arg::Value(Value::Int(1)), Arg::Value(end)];
        assert_eq!(with("list.slice", &numbers(&[1, 2, 3]), ends(Value::None)), Ok(numbers(&[2, 3])));
        assert_eq!(with("list.slice", &numbers(&[1, 2, 3]), ends(Value::Int(2))), Ok(numbers(&[2])));
        assert_eq!(
            with("list.chunks", &numbers(&[1]), vec![Arg::Value(Value::Int(i64::MIN))]).map(|_| ()),
            Ok(())
        );
    }

    #[test]
    fn sums_are_of_the_numbers_that_they_say() {
        assert_eq!(with("list.sum_int", &numbers(&[1, 2]), Vec::new()), Ok(Value::Int(3)));
        assert!(with("list.sum_int", &numbers(&[i64::MAX, 1]), Vec::new()).is_err());
        let floats = Value::list(vec![Value::Float(0.5), Value::Float(0.25)]);
        assert_eq!(with("list.sum_float", &floats, Vec::new()), Ok(Value::Float(0.75)));
        assert!(with("list.sum_decimal", &floats, Vec::new()).is_err());
    }
}
