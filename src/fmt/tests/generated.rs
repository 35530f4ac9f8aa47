//! The promises of the formatter on programs that nobody wrote.

use proptest::prelude::*;

use super::{format, formatted, parse};
use crate::source::SourceId;

/// White space between two words, with a comment now and then.
fn gap() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => Just(" ".to_owned()),
        2 => Just("\n".to_owned()),
        1 => Just("\n\n\n".to_owned()),
        1 => "[a-z ]{0,8}".prop_map(|text| format!(" //{text}\n")),
        1 => "[a-z ]{0,8}".prop_map(|text| format!("\n// {text}\n  ")),
    ]
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof!["q[a-z]{0,9}", "q[a-z]{20,40}"]
}

fn type_name() -> impl Strategy<Value = String> {
    "[A-Z][a-z]{0,9}"
}

/// `name{a}(`…: words with gaps between them.
fn spaced(words: Vec<BoxedStrategy<String>>) -> BoxedStrategy<String> {
    words
        .into_iter()
        .fold(Just(String::new()).boxed(), |text, word| {
            (text, gap(), word).prop_map(|(text, gap, word)| format!("{text}{gap}{word}")).boxed()
        })
        .boxed()
}

fn just(text: &'static str) -> BoxedStrategy<String> {
    Just(text.to_owned()).boxed()
}

fn separated(item: BoxedStrategy<String>, separator: &'static str) -> BoxedStrategy<String> {
    prop::collection::vec((item, gap()), 0..6)
        .prop_map(move |items| {
            items.into_iter().map(|(item, gap)| item + &gap).collect::<Vec<_>>().join(separator)
        })
        .boxed()
}

fn value() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        word(),
        "[1-9][0-9]{0,6}",
        "[0-9]\\.[0-9]{1,3}",
        "\"[a-z ]{0,12}\"",
        Just("\"a {n + 1} b\"".to_owned()),
        Just("'raw {'".to_owned()),
        Just("none".to_owned()),
        Just("true".to_owned()),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        let inner = inner.boxed();
        let operator = prop_oneof![Just("+"), Just("*"), Just("and"), Just("??"), Just("-")]
            .prop_map(str::to_owned)
            .boxed();
        let argument = prop_oneof![
            inner.clone(),
            (word(), inner.clone()).prop_map(|(name, value)| format!("{name}: {value}"))
        ]
        .boxed();
        let entry = (word(), inner.clone()).prop_map(|(name, value)| format!("{name}: {value}")).boxed();
        let arm = ("\"[a-z]{1,5}\"", inner.clone())
            .prop_map(|(pattern, value)| format!("{pattern} => {value}"))
            .boxed();
        prop_oneof![
            spaced(vec![just("("), inner.clone(), operator, inner.clone(), just(")")]),
            spaced(vec![
                just("(if"),
                inner.clone(),
                just("then"),
                inner.clone(),
                just("else"),
                inner.clone(),
                just(")")
            ]),
            spaced(vec![
                just("(for n in"),
                inner.clone(),
                just("where"),
                inner.clone(),
                just("yield"),
                inner.clone(),
                just(")")
            ]),
            (word(), separated(argument.clone(), ",")).prop_map(|(name, args)| format!("{name}({args})")),
            (word(), separated(argument.clone(), ","), separated(argument, ","))
                .prop_map(|(name, args, more)| format!("{name}.a({args})\n.b({more})?.c")),
            separated(inner.clone(), ",").prop_map(|items| format!("[{items}]")),
            separated(entry, ",").prop_map(|entries| format!("{{{entries}}}")),
            (inner.clone(), separated(arm, "\n"))
                .prop_map(|(subject, arms)| format!("(match ({subject}) {{\n{arms} _ => 1 }})")),
            inner.clone().prop_map(|body| format!("(n => {body})")),
            (inner.clone(), inner.clone()).prop_map(|(value, other)| format!("({value} else ({other}))")),
            inner.prop_map(|inner| format!("(not ({inner}))")),
        ]
    })
    .boxed()
}

fn type_text() -> BoxedStrategy<String> {
    let leaf =
        prop_oneof![type_name(), Just("string".to_owned()), Just("int in 1..9".to_owned()), "\"[a-z]{1,5}\""];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let inner = inner.boxed();
        prop_oneof![
            inner.clone().prop_map(|inner| format!("[{inner}]")),
            inner.clone().prop_map(|inner| format!("{{string: {inner}}}")),
            inner.prop_map(|inner| format!("[{inner}]?")),
        ]
    })
    .boxed()
}

fn item() -> BoxedStrategy<String> {
    let field = (word(), type_text()).prop_map(|(name, ty)| format!("{name}: {ty}")).boxed();
    let setting = (word(), value()).prop_map(|(name, value)| format!("{name}: ({value})")).boxed();
    let step = prop_oneof![
        (word(), value()).prop_map(|(name, value)| format!("let {name} = {value}\n")),
        value().prop_map(|value| format!("require ({value}) else fail P {{ a: {value} }}\n")),
        value().prop_map(|value| format!("when ({value}) {{ return {value}\n }} else {{\n// c\n}}\n")),
        (word(), value()).prop_map(|(name, value)| format!("E.{name}({value}) undo E.x({value}) final\n")),
        value().prop_map(|value| format!("return 201 ({value})\n")),
    ];
    let steps = separated(step.boxed(), "\n");
    let union = prop::collection::vec(type_text(), 1..6).prop_map(|members| members.join(" | ")).boxed();
    prop_oneof![
        (type_name(), separated(field.clone(), "\n"))
            .prop_map(|(name, fields)| format!("type {name} {{{fields}}}")),
        (type_name(), union).prop_map(|(name, union)| format!("type {name} = {union}")),
        (word(), separated(field, ","), value())
            .prop_map(|(name, params, value)| format!("fn {name}({params}) -> A = {value}")),
        (type_name(), separated(setting.clone(), "\n"))
            .prop_map(|(name, settings)| format!("backend {name} {{{settings}}}")),
        (type_name(), separated(setting, "\n"), steps).prop_map(|(name, settings, steps)| format!(
            "system {name} v1 {{{settings}\n a: GET /a (n: A) -> B | C {{ {steps} }} }}"
        )),
    ]
    .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn generated_programs_keep_their_meaning(items in prop::collection::vec((gap(), item()), 1..4)) {
        let text: String = items.into_iter().map(|(gap, item)| format!("{gap}{item}\n")).collect();
        formatted(&text);
    }
}

/// What is in a text besides white space, commas and semicolons, in any order.
fn letters(text: &str) -> Vec<char> {
    let mut letters: Vec<char> =
        text.chars().filter(|letter| !letter.is_whitespace() && !",;|".contains(*letter)).collect();
    letters.sort_unstable();
    letters
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_program_keeps_every_letter(
        start in 0usize..4000,
        length in 0usize..40,
        insert in "[{}()\\[\\]\"'=>|:.,;@a-z0-9 \n/-]{0,6}",
    ) {
        let text: Vec<char> = include_str!("../../syntax/tests/taste.flow").chars().collect();
        let start = start.min(text.len());
        let end = (start + length).min(text.len());
        let damaged: String = text[..start].iter().copied().chain(insert.chars()).chain(text[end..].iter().copied()).collect();
        let formatted = format(&parse(SourceId(0), &damaged).file, &damaged);
        prop_assert_eq!(letters(&formatted), letters(&damaged));
    }

    #[test]
    fn any_text_at_all_keeps_every_letter(text in ".{0,200}") {
        let formatted = format(&parse(SourceId(0), &text).file, &text);
        prop_assert_eq!(letters(&formatted), letters(&text));
    }
}
