//! What is emitted for records of which some fields are read here and not there.

use std::collections::BTreeSet;

use super::super::file::FileCx;
use super::super::krate::{Home, Krate, modules};
use super::{decode_record, numbers};
use crate::emit::fixture::{field, program, record};
use crate::emit::shapes::{CONVERSIONS, shapes};
use crate::ir::{Access, Field, Origin, Record, Slice, Type, TypeDef, TypeId, Use};

#[test]
fn tags_of_one_member_are_a_range() {
    let numbers = |first, count| numbers(first, count).to_string();
    assert_eq!([numbers(0, 1), numbers(1, 2), numbers(3, 7)], ["0", "1 | 2", "3 ..= 9"]);
}

/// How a record of a backend is read of which all fields are kept, without white space.
fn emitted(fields: Vec<Field>, additional: Option<Type>, read: &[usize], unread: &[usize]) -> String {
    let mut program = program();
    let TypeDef::Record(of) = record("Cust", Origin::Backend(0), fields) else { return String::new() };
    let of = Record { additional, ..of };
    program.types[0] = TypeDef::Record(of.clone());
    let places = |of: &[usize]| of.iter().copied().collect::<BTreeSet<usize>>();
    let kept = (0..of.fields.len()).collect();
    let used = Use { decoded: true, fields: kept, read: places(read), additional: true, ..Use::default() };
    let unread = unread.iter().map(|at| (TypeId(0), *at)).collect();
    let slice = Slice {
        types: [(TypeId(0), used)].into_iter().collect(),
        unread: [((0, 0), unread)].into(),
        ..Slice::default()
    };
    let modules = modules(&program);
    let krate = Krate::new(&program, &modules, &slice, vec![0], false);
    let file = FileCx::new(&krate, Some(Home::Backend(0)));
    decode_record(&file, TypeId(0), &of).to_string().replace(' ', "")
}

#[test]
fn what_an_operation_does_not_read_is_not_missing_for_it() {
    let of = |access| vec![Field { access, ..field("id", Type::text()) }];
    let ends = |access, read: &[usize], unread: &[usize]| {
        let text = emitted(of(access), None, read, unread);
        let end = text.split_once("letid=").and_then(|(_, rest)| rest.split_once(";")).map(|(end, _)| end);
        end.map(|end| {
            end.strip_suffix("{id.required(from,\"id\")}else{id.or(String::new)}").unwrap_or(end).to_owned()
        })
    };
    let wanted = |text: &str| Some(text.to_owned());
    assert_eq!(ends(Access::Both, &[0], &[]), wanted("id.required(from,\"id\")"));
    assert_eq!(ends(Access::Both, &[0], &[0]), wanted("iffrom.reads(\"erp.Cust.id\")"));
    assert_eq!(ends(Access::Both, &[], &[]), wanted("iffrom.side()==Side::Caller"));
    assert_eq!(ends(Access::ReadOnly, &[0], &[]), wanted("iffrom.takes(Access::ReadOnly)"));
    let both = wanted("iffrom.takes(Access::ReadOnly)&&from.reads(\"erp.Cust.id\")");
    assert_eq!(ends(Access::ReadOnly, &[0], &[0]), both);
}

#[test]
fn what_an_operation_does_not_read_is_not_without_a_name() {
    let fields = || vec![field("id", Type::text()), field("name", Type::text())];
    let text = emitted(fields(), Some(Type::int()), &[0, 1], &[1]);
    assert!(text.contains("\"name\"=>{from.skip();}"), "{text}");
    assert!(!emitted(fields(), Some(Type::int()), &[0, 1], &[]).contains("from.skip"));
}

/// `shapes.txt` is compiled into the tests of the interpreter, which does the same as what stands there.
#[test]
fn what_the_interpreter_is_compared_with_is_what_is_emitted() {
    let (program, slice) = shapes();
    let modules = modules(&program);
    let krate = Krate::new(&program, &modules, &slice, Vec::new(), false);
    CONVERSIONS.iter().for_each(|(from, to)| krate.converts(*from, *to));
    let backend = super::super::only_types(&krate, 0).expect("it is Rust");
    let own = super::super::own_types(&krate).expect("it is Rust");
    let rules = super::super::rules(&krate).expect("it is Rust");
    let text = format!(
        "pub mod backends {{ pub mod erp {{\n{backend}}} }}\npub mod types {{\n{own}}}\npub mod rules {{\n{rules}}}\n"
    );
    let text = text.replace("crate::", "crate::interp::codec::tests::emitted::");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/emit/shapes.txt");
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(path, &text).expect("written");
    }
    let known = std::fs::read_to_string(path).unwrap_or_default();
    assert!(known == text, "src/emit/shapes.txt is another one: `INSTA_UPDATE=always` writes it anew");
}
