//! Whether what came out is what was expected, and what is said if it is not.

use super::difference::{Comparison, Difference, Side};
use super::show::show;
use super::world::{Line, Made, fits, name};
use crate::interp::value::Value;
use crate::ir::{FailurePattern, ProblemId, Program, Target, Times, Type};

/// How an operation ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ended {
    /// With a value of what the operation gives; nothing where there is no body.
    Returned { status: u16, value: Value },
    /// With one of its problems: the members as a record, with `detail` and `instance`.
    Problem { problem: ProblemId, members: Value },
    /// With a standard problem, which every service has.
    Failed { status: u16, detail: String },
}

/// An expectation that was not met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What happened instead: `it returned 201`.
    pub message: String,
    pub differences: Vec<Difference>,
}

/// What a value has to be, once that is known.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub ty: Type,
    pub parts: WantedParts,
}

#[derive(Debug, Clone)]
pub enum WantedParts {
    Whole(Value),
    Fields(Vec<(String, Value)>),
}

const SIDES: [&str; 2] = ["expected", "actual"];

impl Fault {
    pub fn new(message: impl Into<String>) -> Fault {
        Fault { message: message.into(), differences: Vec::new() }
    }
}

/// `returns 201 { … }`. `result` is what the operation gives.
pub fn returns(
    program: &Program,
    (status, wanted): (Option<u16>, Option<&Wanted>),
    ended: &Ended,
    result: &Type,
) -> Option<Fault> {
    let Ended::Returned { status: actual, value } = ended else {
        return Some(unlike(program, ended, result));
    };
    if status.is_some_and(|status| status != *actual) {
        return Some(unlike(program, ended, result));
    }
    differs(program, wanted?, value, result, "it returned something else")
}

/// `fails Declined { … }`. `result` is what the operation gives when it does not fail.
pub fn fails(
    program: &Program,
    (failure, wanted): (&FailurePattern, Option<&Wanted>),
    ended: &Ended,
    result: &Type,
) -> Option<Fault> {
    let status = match ended {
        Ended::Returned { .. } => return Some(unlike(program, ended, result)),
        Ended::Problem { problem, .. } => {
            program.problems.get(problem.0).map_or(500, |problem| problem.status)
        }
        Ended::Failed { status, .. } => *status,
    };
    let is_meant = match failure {
        FailurePattern::Status(wanted) => *wanted == status,
        FailurePattern::Class(class) => u16::from(*class) == status / 100,
        FailurePattern::Problem(wanted) => {
            matches!(ended, Ended::Problem { problem, .. } if problem == wanted)
        }
        FailurePattern::Any => true,
        // Ends of calls, not of operations.
        FailurePattern::Timeout
        | FailurePattern::Unreachable
        | FailurePattern::Rejected
        | FailurePattern::Malformed => false,
    };
    match ended {
        _ if !is_meant => Some(unlike(program, ended, result)),
        Ended::Problem { members, .. } => {
            let wanted = wanted?;
            differs(program, wanted, members, &wanted.ty, "it failed with other members")
        }
        Ended::Returned { .. } | Ended::Failed { .. } => None,
    }
}

/// What came out, where something else was expected.
fn unlike(program: &Program, ended: &Ended, result: &Type) -> Fault {
    match ended {
        Ended::Returned { status, value } => {
            let differences = alone(program, "it returned", value, result);
            Fault { message: format!("it returned {status}"), differences }
        }
        Ended::Problem { problem, members } => match program.problems.get(problem.0) {
            Some(problem) => {
                let message = format!("it failed with `{}` ({})", problem.name, problem.status);
                let differences = alone(program, "its members", members, &Type::Named(problem.members));
                Fault { message, differences }
            }
            None => Fault::new("it failed with a problem"),
        },
        Ended::Failed { status, detail } if detail.is_empty() => {
            Fault::new(format!("it failed with {status}"))
        }
        Ended::Failed { status, detail } => Fault::new(format!("it failed with {status}: {detail}")),
    }
}

/// A value that is shown by itself, if there is anything in it.
fn alone(program: &Program, who: &'static str, value: &Value, ty: &Type) -> Vec<Difference> {
    let shown = show(program, value, ty);
    if ["none", "{}"].contains(&shown.as_str()) {
        return Vec::new();
    }
    vec![Difference { path: String::new(), sides: vec![Side { who, value: Some(shown) }] }]
}

fn differs(program: &Program, wanted: &Wanted, actual: &Value, ty: &Type, message: &str) -> Option<Fault> {
    let mut comparison = Comparison::new(program, SIDES);
    match &wanted.parts {
        WantedParts::Whole(value) => comparison.values("", value, actual, ty),
        WantedParts::Fields(fields) => comparison.fields("", fields, &wanted.ty, actual, ty),
    }
    let differences = comparison.finish();
    (!differences.is_empty()).then(|| Fault { message: message.to_owned(), differences })
}

/// `Stock.release(id: "H1") called once`
pub fn called(
    program: &Program,
    (target, args): (Target, &[(usize, Value)]),
    times: &Times,
    calls: &[Made],
) -> Option<Fault> {
    let meant = |made: &Made| made.target == target && fits(args, &made.args);
    match times {
        Times::Exactly(wanted) => {
            let count = calls.iter().filter(|made| meant(made)).count();
            if u64::try_from(count) == Ok(*wanted) {
                return None;
            }
            let others = calls.iter().filter(|made| made.target == target).count() - count;
            let others = match others {
                0 => String::new(),
                1 => ", and once with other arguments".to_owned(),
                _ => format!(", and {others} times with other arguments"),
            };
            Some(Fault::new(format!("it was {}{others}", often(count))))
        }
        Times::Before(other) => {
            let last = calls.iter().rposition(meant);
            let first_other = calls.iter().position(|made| made.target == *other);
            match (last, first_other) {
                (None, _) => Some(Fault::new("it was never called")),
                (_, None) => Some(Fault::new(format!("`{}` was never called", name(program, *other)))),
                (Some(last), Some(first)) if last > first => {
                    Some(Fault::new(format!("it was called after `{}`", name(program, *other))))
                }
                _ => None,
            }
        }
    }
}

fn often(count: usize) -> String {
    match count {
        0 => "never called".to_owned(),
        1 => "called once".to_owned(),
        _ => format!("called {count} times"),
    }
}

/// `logs info "order placed"`
pub fn logs(level: &str, message: Option<&str>, lines: &[Line]) -> Option<Fault> {
    let of_level: Vec<&Line> = lines.iter().filter(|line| line.level == level).collect();
    let Some(message) = message else {
        return of_level.is_empty().then(|| Fault::new(format!("nothing of the level {level} was logged")));
    };
    if of_level.iter().any(|line| line.message == message) {
        return None;
    }
    let quoted = |text: &str| Some(super::show::quoted(text));
    let mut sides = vec![Side { who: "expected", value: quoted(message) }];
    sides.extend(of_level.iter().map(|line| Side { who: "logged", value: quoted(&line.message) }));
    let differences = vec![Difference { path: String::new(), sides }];
    Some(Fault { message: format!("no such line of the level {level} was logged"), differences })
}

/// `expect a == b`, where they are not equal.
pub fn not_equal(program: &Program, left: (&Value, &Type), right: (&Value, &Type)) -> Fault {
    let mut comparison = Comparison::new(program, ["left", "right"]);
    if left.1.looks_like(right.1) {
        comparison.values("", left.0, right.0, left.1);
    }
    let differences = comparison.finish();
    let message = "they are not equal".to_owned();
    match differences.is_empty() {
        true => Fault { differences: vec![both(program, left, right)], message },
        false => Fault { differences, message },
    }
}

/// Any other comparison that does not hold.
pub fn not_so(program: &Program, left: (&Value, &Type), right: (&Value, &Type)) -> Fault {
    Fault { message: "this does not hold".to_owned(), differences: vec![both(program, left, right)] }
}

/// A condition about one value.
pub fn not_true(program: &Program, value: &Value, ty: &Type) -> Fault {
    let side = Side { who: "the value", value: Some(show(program, value, ty)) };
    let differences = vec![Difference { path: String::new(), sides: vec![side] }];
    Fault { message: "this does not hold".to_owned(), differences }
}

fn both(program: &Program, left: (&Value, &Type), right: (&Value, &Type)) -> Difference {
    let side = |who, (value, ty): (&Value, &Type)| Side { who, value: Some(show(program, value, ty)) };
    Difference { path: String::new(), sides: vec![side("left", left), side("right", right)] }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::super::world::Answered;
    use super::*;
    use crate::ir::Times;

    const A: Target = Target::Service { service: 0, operation: 0 };
    const B: Target = Target::Service { service: 0, operation: 1 };

    fn made(target: Target, id: &str) -> Made {
        Made { target, args: vec![Value::text(id)], answered: Answered::Really }
    }

    fn said(fault: Option<Fault>) -> Option<String> {
        fault.map(|fault| fault.message)
    }

    fn say(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn calls_are_counted_by_what_is_named_of_them() {
        let calls = [made(A, "1"), made(A, "2"), made(B, "1")];
        let count = |args: &[(usize, Value)], times| {
            said(called(&fixture::program(), (A, args), &Times::Exactly(times), &calls))
        };
        assert_eq!(count(&[], 2), None);
        assert_eq!(count(&[], 1), say("it was called 2 times"));
        assert_eq!(count(&[(0, Value::text("1"))], 1), None);
        assert_eq!(
            count(&[(0, Value::text("3"))], 1),
            say("it was never called, and 2 times with other arguments")
        );
        assert_eq!(count(&[], 0), say("it was called 2 times"));
    }

    #[test]
    fn before_means_each_of_them() {
        let before = |calls: &[Made]| said(called(&fixture::program(), (A, &[]), &Times::Before(B), calls));
        assert_eq!(before(&[made(A, "1"), made(A, "2"), made(B, "1")]), None);
        assert_eq!(
            before(&[made(A, "1"), made(B, "1"), made(A, "2")]),
            say("it was called after `an operation`")
        );
        assert_eq!(before(&[made(B, "1")]), say("it was never called"));
        assert_eq!(before(&[made(A, "1")]), say("`an operation` was never called"));
    }

    #[test]
    fn the_end_has_to_be_the_expected_one() {
        let program = fixture::program();
        let declined = Ended::Problem { problem: ProblemId(0), members: fixture::line("A1", 1) };
        let failed = Ended::Failed { status: 502, detail: String::new() };
        let returned = Ended::Returned { status: 201, value: fixture::line("A1", 1) };
        let fails =
            |pattern, ended: &Ended| said(super::fails(&program, (&pattern, None), ended, &fixture::LINE));
        assert_eq!(fails(FailurePattern::Problem(ProblemId(0)), &declined), None);
        assert_eq!(fails(FailurePattern::Status(402), &declined), None);
        assert_eq!(fails(FailurePattern::Class(4), &declined), None);
        assert_eq!(fails(FailurePattern::Any, &failed), None);
        assert_eq!(fails(FailurePattern::Any, &returned), say("it returned 201"));
        assert_eq!(fails(FailurePattern::Problem(ProblemId(0)), &failed), say("it failed with 502"));
        assert_eq!(fails(FailurePattern::Class(5), &declined), say("it failed with `Declined` (402)"));
        let returns =
            |status, ended: &Ended| said(super::returns(&program, (status, None), ended, &fixture::LINE));
        assert_eq!(returns(None, &returned), None);
        assert_eq!(returns(Some(201), &returned), None);
        assert_eq!(returns(Some(200), &returned), say("it returned 201"));
        assert_eq!(returns(None, &declined), say("it failed with `Declined` (402)"));
    }

    #[test]
    fn members_and_values_are_compared_field_by_field() {
        let program = fixture::program();
        let wanted = |quantity| Wanted {
            ty: fixture::LINE,
            parts: WantedParts::Fields(vec![("quantity".to_owned(), Value::Int(quantity))]),
        };
        let declined = Ended::Problem { problem: ProblemId(0), members: fixture::line("A1", 1) };
        let fails = |quantity| {
            super::fails(&program, (&FailurePattern::Any, Some(&wanted(quantity))), &declined, &fixture::LINE)
        };
        assert_eq!(fails(1), None);
        let paths = |fault: Option<Fault>| -> Vec<String> {
            fault.into_iter().flat_map(|fault| fault.differences).map(|one| one.path).collect()
        };
        assert_eq!(paths(fails(2)), ["quantity"]);
        let returned = Ended::Returned { status: 201, value: fixture::line("A1", 1) };
        let whole = Wanted { ty: fixture::LINE, parts: WantedParts::Whole(fixture::line("B1", 1)) };
        assert_eq!(paths(returns(&program, (None, Some(&whole)), &returned, &fixture::LINE)), ["sku"]);
    }

    #[test]
    fn a_line_is_found_by_its_level_and_text() {
        let lines = [Line { level: "info".to_owned(), message: "placed".to_owned() }];
        assert_eq!(logs("info", Some("placed"), &lines), None);
        assert_eq!(logs("info", None, &lines), None);
        assert_eq!(said(logs("warn", None, &lines)), say("nothing of the level warn was logged"));
        assert_eq!(said(logs("info", Some("x"), &lines)), say("no such line of the level info was logged"));
    }

    #[test]
    fn what_is_not_equal_is_shown_where_it_differs() {
        let program = fixture::program();
        let (one, other) = (fixture::line("A1", 1), fixture::line("A1", 2));
        let fault = not_equal(&program, (&one, &fixture::LINE), (&other, &fixture::LINE));
        assert_eq!(fault.differences.iter().map(|one| one.path.as_str()).collect::<Vec<_>>(), ["quantity"]);
        let fault = not_so(&program, (&one, &fixture::LINE), (&other, &fixture::LINE));
        assert_eq!(fault.differences.len(), 1);
    }
}
