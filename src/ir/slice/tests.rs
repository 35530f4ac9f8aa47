//! What is found to be read, kept and needed. The programs are those of the tests of what is emitted.

use std::collections::BTreeSet;

use crate::emit::fixture::*;
use crate::ir::*;

fn places(of: &[usize]) -> BTreeSet<usize> {
    of.iter().copied().collect()
}

fn erp_order(program: &Program) -> Use {
    slice(program, &[0]).types.get(&TypeId(0)).cloned().expect("it is reached")
}

/// The only operation of the system, with these steps behind its call.
fn with_steps(steps: Vec<Step>) -> Program {
    let mut program = program();
    let operation = &mut program.services[0].operations[0];
    operation.steps.truncate(1);
    operation.steps.extend(steps);
    program
}

#[test]
fn only_what_is_read_is_decoded() {
    let program = program();
    let found = erp_order(&program);
    let wanted = Use {
        decoded: true,
        encoded: false,
        measured: false,
        fields: places(&[0]),
        read: places(&[0]),
        additional: false,
    };
    assert_eq!(found, wanted);
    let slice = slice(&program, &[0]);
    assert_eq!(slice.backends, [(0, places(&[0]))].into());
    assert_eq!(slice.config, [ConfigId(0), ConfigId(1)].into());
    assert_eq!(slice.problems, [ProblemId(0)].into());
    // The total is a decimal, but nobody reads it.
    assert!(slice.features.is_empty(), "{:?}", slice.features);
    assert!(slice.remote.is_empty() && slice.local.is_empty());
}

#[test]
fn services_are_called_over_http_or_within() {
    let program = program();
    let alone = slice(&program, &[1]);
    assert_eq!((alone.remote.len(), alone.local.len(), alone.backends.len()), (1, 0, 0));
    assert!(alone.types[&TypeId(1)].decoded && alone.types[&TypeId(1)].encoded);
    assert!(!alone.types.contains_key(&TypeId(0)), "the types of the other side stay there");
    let both = slice(&program, &[0, 1]);
    assert_eq!((both.remote.len(), both.local), (0, [(0, places(&[0]))].into()));
    assert!(!both.types[&TypeId(1)].decoded, "nothing is read from JSON between functions");
}

#[test]
fn what_is_compared_converted_or_sent_whole_is_read() {
    let order = || local(1, ERP_ORDER);
    let boxed = |expr| Box::new(expr);
    let compared = expr(
        ExprKind::Compare { operator: Comparison::Equal, left: boxed(order()), right: boxed(order()) },
        Type::Bool,
    );
    let to_json = expr(ExprKind::Convert(boxed(order())), Type::Json);
    let listed = expr(ExprKind::Std { name: "json.toJson".to_owned(), args: vec![order()] }, Type::Json);
    for value in [compared, to_json, listed, order()] {
        let found = erp_order(&with_steps(vec![give(value)]));
        assert_eq!(found.read, places(&[0, 1, 2]));
    }
}

#[test]
fn a_conversion_reads_the_fields_of_its_target() {
    let mut program = with_steps(Vec::new());
    let narrow = vec![field("total", Type::Decimal(DecimalRule::default())), field("other", Type::Bool)];
    program.types.push(record("Narrow", Origin::Flow, narrow));
    let target = Type::Named(TypeId(3));
    let value = expr(ExprKind::Convert(Box::new(local(1, ERP_ORDER))), target);
    program.services[0].operations[0].steps.push(give(value));
    assert_eq!(erp_order(&program).read, places(&[2]));
    assert!(slice(&program, &[0]).features.contains("decimal"));
}

/// Handing a value to a function is no reading; what the function reads is.
#[test]
fn functions_read_what_they_read() {
    let call =
        expr(ExprKind::Call { function: FunctionId(0), args: vec![local(1, ERP_ORDER)] }, Type::text());
    let mut program = with_steps(vec![give(call)]);
    program.functions.push(Function {
        name: "state".to_owned(),
        doc: None,
        params: vec![LocalId(0)],
        locals: vec![Local { name: "o".to_owned(), ty: ERP_ORDER }],
        result: Type::text(),
        body: field_of(local(0, ERP_ORDER), 1, Type::text()),
        fallible: false,
        place: Place::default(),
        extent: Spot::default(),
    });
    assert_eq!(erp_order(&program).read, places(&[1]));
    assert_eq!(slice(&program, &[0]).functions, [FunctionId(0)].into());
}

/// A request is written whole, but of answers of the same type only what is read has to be right.
#[test]
fn what_is_written_is_kept_and_not_read() {
    let mut program = program();
    let body = WireBody {
        media_type: "application/json".to_owned(),
        kind: MediaKind::Json,
        ty: ERP_ORDER,
        required: true,
    };
    program.backends[0].operations[0].body = Some(body);
    let found = erp_order(&program);
    assert!(found.encoded && found.decoded);
    assert_eq!((found.fields, found.read), (places(&[0, 1, 2]), places(&[0])));
}

#[test]
fn callers_are_read_whole() {
    let mut program = program();
    program.services[0].operations[0].params[0].ty = ERP_ORDER;
    assert_eq!(erp_order(&program).read, places(&[0, 1, 2]));
}

/// Without a discriminator, members are told apart by what has to be there.
#[test]
fn members_are_told_apart() {
    let mut program = program();
    program.types.push(record(
        "B",
        Origin::Backend(0),
        vec![field("b", Type::text()), field("c", Type::text().optional())],
    ));
    let member =
        |name: &str, at| Member { name: name.to_owned(), ty: Type::Named(TypeId(at)), tags: Vec::new() };
    program.types.push(TypeDef::Union(Union {
        name: "Either".to_owned(),
        doc: None,
        origin: Origin::Backend(0),
        members: vec![member("a", 0), member("b", 3)],
        by: None,
    }));
    program.backends[0].operations[0].result = Type::Named(TypeId(4));
    let slice = slice(&program, &[0]);
    assert_eq!(slice.types[&TypeId(3)].read, places(&[0]));
}

#[test]
fn what_only_a_neighbour_reads_is_named() {
    let mut program = program();
    let mut other = program.services[0].operations[0].clone();
    other.steps.truncate(1);
    let total = expr(
        ExprKind::Field { of: Box::new(local(1, ERP_ORDER)), field: 2 },
        Type::Decimal(DecimalRule::default()),
    );
    other.steps.push(give(total));
    program.services[0].operations.push(other);
    let slice = slice(&program, &[0]);
    assert_eq!(slice.types[&TypeId(0)].read, places(&[0, 2]));
    let unread = |of: usize| slice.unread.get(&(0, of)).cloned().unwrap_or_default();
    assert_eq!(unread(0), BTreeSet::from([(TypeId(0), 2)]));
    assert_eq!(unread(1), BTreeSet::from([(TypeId(0), 0)]));
}
