//! A short, repeatable run of the fuzzer, so that it keeps working; `cargo run --release --example fuzz` is the long
//! one.

mod corpus;
mod mutate;
mod targets;

pub use mutate::Random;

#[test]
fn changed_texts_break_nothing() {
    let seeds = corpus::corpus();
    assert!(seeds.len() > 20, "the repository has flows and contracts");
    let mut random = Random::new(1);
    for _ in 0..300 {
        let (ending, text) = &seeds[random.below(seeds.len())];
        let (_, other) = &seeds[random.below(seeds.len())];
        let text = mutate::mutate(&mut random, text, other);
        match ending.as_str() {
            "flow" => targets::flow(&text),
            ending => targets::contract(&format!("contract.{ending}"), &text),
        }
    }
}
