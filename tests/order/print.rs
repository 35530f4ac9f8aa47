//! Flows as text.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::flow::{After, Arm, ArmBody, Call, Condition, Fail, Fan, Flow, List, Number, Pattern, Step};

/// One service with these flows, each an operation that is called after its seed.
pub fn service(name: &str, flows: &[Flow]) -> String {
    let mut out = format!("system {name} v1 {{\n  auth: public\n");
    for flow in flows {
        let _ = write!(out, "\n{}", operation(flow));
    }
    out + "}\n"
}

pub fn operation(flow: &Flow) -> String {
    let name = format!("f{}", flow.seed);
    let mut out = format!("  {name}: POST /{name} (p: int) -> 200 [int] | 201 [int] | P409 | P422 {{\n");
    out += "    deadline: 60s\n    degraded: header \"X-Degraded\"\n";
    steps(&mut out, &flow.steps, 2);
    unused_marked(&out) + "  }\n"
}

/// A name that nobody uses has to say so: `_v3`. Its own `undo` is no use, and stands in its line.
fn unused_marked(text: &str) -> String {
    let mut marked = text.to_owned();
    let bound = text.lines().filter_map(|line| line.trim().strip_prefix("let ")?.split(' ').next());
    for name in bound.collect::<BTreeSet<&str>>() {
        let of_others = |line: &&str| !line.trim().starts_with(&format!("let {name} "));
        if !text.lines().filter(of_others).any(|line| has_word(line, name)) {
            marked = marked.replace(&format!("let {name} "), &format!("let _{name} "));
            marked = marked.replace(&format!("(a: {name}."), &format!("(a: _{name}."));
            marked = marked.replace(&format!("(a: {name}?"), &format!("(a: _{name}?"));
        }
    }
    marked
}

fn has_word(line: &str, word: &str) -> bool {
    line.split(|sign: char| !sign.is_ascii_alphanumeric()).any(|other| other == word)
}

fn steps(out: &mut String, steps: &[Step], depth: usize) {
    for one in steps {
        *out += &"  ".repeat(depth);
        step(out, one, depth);
        out.push('\n');
    }
}

fn step(out: &mut String, step: &Step, depth: usize) {
    match step {
        Step::Let(name, value) => *out += &format!("let v{name} = {}", number(value)),
        Step::Call(name, one) => *out += &format!("{}{}", bound(*name), call(one)),
        Step::Fan(name, one) => *out += &format!("{}{}", bound(*name), fan(one)),
        Step::Together(members) => {
            *out += "together {\n";
            steps(out, members, depth + 1);
            close(out, depth);
        }
        Step::Require(test, otherwise) => {
            *out += &format!("require {} else {}", condition(test), fail(otherwise));
        }
        Step::When { condition: test, then, otherwise } => {
            *out += &format!("when {} {{\n", condition(test));
            steps(out, then, depth + 1);
            close(out, depth);
            if !otherwise.is_empty() {
                *out += " else {\n";
                steps(out, otherwise, depth + 1);
                close(out, depth);
            }
        }
        Step::Log(value) => *out += &format!("log debug \"seen\" {{ value: {} }}", number(value)),
        Step::Return { status, values } => {
            let values: Vec<String> = values.iter().map(number).collect();
            *out += &format!("return {status} [{}]", values.join(", "));
        }
        Step::Fail(one) => *out += &fail(one),
    }
}

fn close(out: &mut String, depth: usize) {
    *out += &format!("{}}}", "  ".repeat(depth));
}

fn bound(name: Option<usize>) -> String {
    name.map(|name| format!("let v{name} = ")).unwrap_or_default()
}

fn call(call: &Call) -> String {
    let args = ["a", "b"].iter().zip(&call.args).map(|(name, value)| format!("{name}: {}", number(value)));
    let args: Vec<String> = args.collect();
    let mut out = format!("Back.{}({})", call.operation, args.join(", "));
    match &call.after {
        After::Nothing => {}
        After::Final => out += " final",
        After::Undo(operation, value) => out += &format!(" undo Back.{operation}(a: {})", number(value)),
    }
    match call.arms.as_slice() {
        [] => {}
        [Arm { patterns, body }] if patterns.as_slice() == [Pattern::Any] => {
            out += &format!(" else {}", arm_body(body));
        }
        arms => {
            let arms: Vec<String> = arms.iter().map(arm).collect();
            out += &format!(" else {{ {} }}", arms.join(", "));
        }
    }
    out
}

fn fan(fan: &Fan) -> String {
    let list = match &fan.list {
        List::More(name) => format!("v{name}.more"),
        List::Of(numbers) => {
            let numbers: Vec<String> = numbers.iter().map(number).collect();
            format!("[{}]", numbers.join(", "))
        }
    };
    let keep = fan.keep.as_ref().map(|keep| format!(" where {}", condition(keep))).unwrap_or_default();
    let at_most = fan.at_most.map(|count| format!(" (at most {count} at once)")).unwrap_or_default();
    format!("for v{} in {list}{keep}{at_most} yield {}", fan.item, call(&fan.call))
}

fn arm(arm: &Arm) -> String {
    let patterns = arm.patterns.iter().map(|pattern| match pattern {
        Pattern::Status(status) => status.to_string(),
        Pattern::Class(class) => format!("{class}xx"),
        Pattern::Timeout => "timeout".to_owned(),
        Pattern::Unreachable => "unreachable".to_owned(),
        Pattern::Malformed => "malformed".to_owned(),
        Pattern::Any => "_".to_owned(),
    });
    let patterns: Vec<String> = patterns.collect();
    format!("{} => {}", patterns.join(" | "), arm_body(&arm.body))
}

fn arm_body(body: &ArmBody) -> String {
    match body {
        ArmBody::None => "none".to_owned(),
        ArmBody::Fail(one) => fail(one),
        ArmBody::Thing { value, hint, more } => {
            let hint = hint.as_ref().map(|hint| format!(", hint: {}", number(hint))).unwrap_or_default();
            format!("{{ value: {}{hint}, more: {more:?} }}", number(value))
        }
    }
}

fn fail(fail: &Fail) -> String {
    format!("fail P{} {{ detail: \"{} {{{}}}\" }}", fail.status, fail.detail, number(&fail.shown))
}

fn condition(test: &Condition) -> String {
    match test {
        Condition::Above(value, bound) => format!("{} > {bound}", number(value)),
        Condition::Even(value) => format!("{} % 2 == 0", operand(value)),
        Condition::HasHint(name) => format!("v{name}.hint != none"),
        Condition::LacksHint(name) => format!("v{name}.hint == none"),
        Condition::And(a, b) => format!("({}) and ({})", condition(a), condition(b)),
        Condition::Or(a, b) => format!("({}) or ({})", condition(a), condition(b)),
    }
}

fn operand(value: &Number) -> String {
    match value {
        Number::Literal(_) | Number::Parameter | Number::Name(_) | Number::Value(_) => number(value),
        value => format!("({})", number(value)),
    }
}

fn number(value: &Number) -> String {
    match value {
        Number::Literal(value) => value.to_string(),
        Number::Parameter => "p".to_owned(),
        Number::Name(name) => format!("v{name}"),
        Number::Value(name) => format!("v{name}.value"),
        Number::MaybeValue(name, usual) => format!("v{name}?.value ?? {usual}"),
        Number::Hint(name, usual) => format!("v{name}.hint ?? {usual}"),
        Number::KnownHint(name) => format!("v{name}.hint"),
        Number::First(name, usual) => format!("v{name}.first()?.value ?? {usual}"),
        Number::Last(name, usual) => format!("v{name}.last()?.value ?? {usual}"),
        Number::Length(name) => format!("v{name}.length()"),
        Number::Sum(a, b) => format!("{} + {}", operand(a), operand(b)),
        Number::Quotient(a, b) => format!("{} / ({} % 3)", operand(a), operand(b)),
    }
}
