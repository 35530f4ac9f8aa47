//! The `Example:` lines of std, which are true. Each is checked and lowered like every flow; what they need of
//! expressions besides the functions is little enough to stand here.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;
use std::sync::Arc;

use flow_std::fault::Fault;
use flow_std::functions::FUNCTIONS;
use flow_std::order::Ordered;
use flow_std::sources::FLOW_FILES;
use flow_std::value::{Date, DateTime, Decimal, Duration, Pattern, Regex, Time, Zone};
use flow_std::{boolean, decimal, int, json};

use super::{Arg, Value, call};
use crate::check::{self, Contracts, Input};
use crate::ir::{
    Comparison, Expr, ExprKind, ListItem, Literal, LocalId, Operator, Program, TextPart, Type, lower,
};
use crate::resolve::{Unit, resolve};
use crate::source::Sources;
use crate::syntax::{self, ast};

#[test]
fn every_example_is_true_and_together_they_call_everything() {
    let examples = examples();
    let program = program(&examples);
    let called = RefCell::new(BTreeSet::new());
    let mut false_ones = String::new();
    for (name, says) in &examples {
        let function = program.functions.iter().find(|function| function.name == *name).expect("lowered");
        let outcome = Names { called: &called, values: Vec::new() }.value(&function.body);
        if outcome != Ok(Value::Bool(true)) {
            let _ = writeln!(false_ones, "{says}: {outcome:?}");
        }
    }
    assert!(false_ones.is_empty(), "these do not hold:\n{false_ones}");
    let called = called.into_inner();
    let missing: Vec<&str> =
        FUNCTIONS.iter().map(|function| function.name).filter(|name| !called.contains(*name)).collect();
    assert!(missing.is_empty(), "no example calls {missing:?}");
}

/// Names of functions, and what each says.
fn examples() -> Vec<(String, String)> {
    let lines = FLOW_FILES.iter().flat_map(|(_, text)| text.lines());
    let says = lines.filter_map(|line| line.strip_prefix("/// Example: `")?.strip_suffix('`'));
    says.enumerate().map(|(at, says)| (format!("example{at}"), says.to_owned())).collect()
}

/// The examples as functions, all of which one operation calls.
fn program(examples: &[(String, String)]) -> Program {
    let mut flow = String::new();
    for (name, says) in examples {
        let _ = writeln!(flow, "fn {name}() -> bool = {says}\n");
    }
    let calls: Vec<String> = examples.iter().map(|(name, _)| format!("{name}()")).collect();
    let calls = calls.join(", ");
    let _ = writeln!(
        flow,
        "system Cases v1 {{\n  auth: public\n\n  all: GET /all -> [bool] {{\n    return [{calls}]\n  }}\n}}"
    );
    let mut sources = Sources::default();
    let mut parse = |name: &str, text: &str| {
        let id = sources.add(name, text);
        syntax::parse(id, text).file
    };
    let std: Vec<ast::File> = FLOW_FILES.iter().map(|(name, text)| parse(name, text)).collect();
    let files = [parse("examples.flow", &flow)];
    let unit = |name: &str, files| Unit { name: name.into(), files, dependencies: HashMap::new() };
    let (names, _) = resolve(&[unit("std", std.as_slice()), unit("examples", files.as_slice())]);
    let mut output =
        check::check(Input { names: &names, contracts: Contracts::default(), thin_reads: false });
    let program = lower::lower(lower::Input {
        program: &output.program,
        explorer: &mut output.explorer,
        sources: &sources,
        std: std.iter().map(|file| file.source).collect(),
        project: lower::Project::default(),
    });
    program.expect("examples can be lowered")
}

/// What names mean, and which functions have been called.
#[derive(Clone)]
struct Names<'c> {
    called: &'c RefCell<BTreeSet<String>>,
    values: Vec<(LocalId, Value)>,
}

impl Names<'_> {
    fn value(&self, expr: &Expr) -> Result<Value, Fault> {
        match &expr.kind {
            ExprKind::Literal(value) => Ok(literal(value, &expr.ty)),
            ExprKind::None => Ok(Value::None),
            ExprKind::Local(wanted) => Ok(self.local(*wanted)),
            ExprKind::Text(parts) => self.text(parts),
            ExprKind::List(items) => {
                items.iter().map(|item| self.item(item)).collect::<Result<_, _>>().map(Value::list)
            }
            ExprKind::Std { name, args } => self.std(name, args),
            ExprKind::Not(of) => Ok(Value::Bool(self.value(of)? == Value::Bool(false))),
            ExprKind::Negate(of) => negated(self.value(of)?),
            ExprKind::Arithmetic { operator, left, right } => {
                arithmetic(*operator, self.value(left)?, self.value(right)?)
            }
            ExprKind::Compare { operator, left, right } => {
                Ok(Value::Bool(compared(*operator, &self.value(left)?, &self.value(right)?)))
            }
            ExprKind::Convert(of) => Ok(match (self.value(of)?, expr.ty.present()) {
                (Value::Int(number), Type::Decimal(_)) => Value::Decimal(decimal::from_int(number)),
                (value, _) => value,
            }),
            ExprKind::Present(of) => self.value(of),
            other => Err(Fault::new(format!("not in an example so far: {other:?}"))),
        }
    }

    fn local(&self, wanted: LocalId) -> Value {
        let known = self.values.iter().rev().find(|(local, _)| *local == wanted);
        known.map_or(Value::None, |(_, value)| value.clone())
    }

    fn item(&self, item: &ListItem) -> Result<Value, Fault> {
        match item {
            ListItem::Value(value) => self.value(value),
            ListItem::Spread(_) => Err(Fault::new("not in an example so far")),
        }
    }

    fn text(&self, parts: &[TextPart]) -> Result<Value, Fault> {
        let mut text = String::new();
        for part in parts {
            match part {
                TextPart::Chars(chars) => text.push_str(chars),
                TextPart::Value(value) => match self.value(value)? {
                    Value::Text(value) => text.push_str(&value),
                    Value::Int(value) => text.push_str(&int::to_string(value)),
                    Value::Bool(value) => text.push_str(&boolean::to_string(value)),
                    other => return Err(Fault::new(format!("not in an example so far: {other:?}"))),
                },
            }
        }
        Ok(Value::text(text))
    }

    fn std(&self, name: &str, args: &[Expr]) -> Result<Value, Fault> {
        self.called.borrow_mut().insert(name.to_owned());
        if let ("json.toJson", [of]) = (name, args) {
            return self.value(of).map(in_json);
        }
        let lambdas: Vec<Option<_>> = args.iter().map(|arg| self.lambda(arg)).collect();
        let mut given = Vec::new();
        for (arg, lambda) in args.iter().zip(&lambdas) {
            given.push(match lambda {
                Some(lambda) => Arg::Lambda(lambda),
                None => Arg::Value(self.value(arg)?),
            });
        }
        call(name, given)
    }

    fn lambda(&self, arg: &Expr) -> Option<impl Fn(&[Value]) -> Result<Value, Fault>> {
        let ExprKind::Lambda { params, body } = &arg.kind else { return None };
        Some(move |values: &[Value]| {
            let mut inner = self.clone();
            inner.values.extend(params.iter().copied().zip(values.iter().cloned()));
            inner.value(body)
        })
    }
}

fn literal(literal: &Literal, ty: &Type) -> Value {
    match literal {
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Int(value) => Value::Int(*value),
        Literal::Float(text) => Value::Float(text.parse().expect("a number")),
        Literal::Decimal(text) => Value::Decimal(Decimal::literal(text)),
        Literal::Text(text) => Value::text(text.as_str()),
        Literal::Duration(millis) => Value::Duration(Duration::millis(*millis)),
        Literal::Value(place) => Value::Choice(*place),
        Literal::Of(text) => match ty.present() {
            Type::Date => Value::Date(Date::literal(text)),
            Type::Time => Value::Time(Time::literal(text)),
            Type::DateTime => Value::DateTime(DateTime::literal(text)),
            Type::Zone => Value::Zone(Arc::new(Zone::literal(text))),
            Type::Regex => Value::Regex(Arc::new(Regex::new(text.clone().leak()))),
            Type::Pattern => Value::Pattern(Arc::new(Pattern::new(text.clone().leak()))),
            _ => Value::text(text.as_str()),
        },
    }
}

fn negated(value: Value) -> Result<Value, Fault> {
    match value {
        Value::Int(number) => int::neg(number).map(Value::Int),
        Value::Decimal(number) => Ok(Value::Decimal(decimal::neg(number))),
        other => Err(Fault::new(format!("not in an example so far: -{other:?}"))),
    }
}

fn arithmetic(operator: Operator, left: Value, right: Value) -> Result<Value, Fault> {
    match (operator, left, right) {
        (Operator::Add, Value::Int(left), Value::Int(right)) => int::add(left, right).map(Value::Int),
        (Operator::Multiply, Value::Int(left), Value::Int(right)) => int::mul(left, right).map(Value::Int),
        other => Err(Fault::new(format!("not in an example so far: {other:?}"))),
    }
}

fn compared(operator: Comparison, left: &Value, right: &Value) -> bool {
    match operator {
        Comparison::Equal => left == right,
        Comparison::NotEqual => left != right,
        Comparison::Less => left.compare(right).is_lt(),
        Comparison::LessOrEqual => left.compare(right).is_le(),
        Comparison::Greater => left.compare(right).is_gt(),
        Comparison::GreaterOrEqual => left.compare(right).is_ge(),
    }
}

/// What the examples make JSON of. In a program the codec does it, which knows the type.
fn in_json(value: Value) -> Value {
    let whole = |item: &Value| match item {
        Value::Int(number) => *number,
        other => panic!("{other:?} is no number"),
    };
    let json = match &value {
        Value::Text(text) => json::from(&text.to_string()),
        Value::List(items) => json::from(&items.iter().map(whole).collect::<Vec<i64>>()),
        other => json::from(&whole(other)),
    };
    Value::Json(Arc::new(json))
}
