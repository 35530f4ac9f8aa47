//! The emitted services of the shop under a deterministic simulation: see `docs/architecture.md`. What takes minutes is
//! ignored by `cargo test` and run by `.ci/run`.

mod plants;
mod workspace;

use std::path::Path;
use std::process::{Command, Output};

use plants::PLANTS;
use workspace::Runtime;

const SEEDS: &str = "0..10000";
/// By then each planted fault has to be found.
const ENOUGH: &str = "0..500";

fn run(program: &Path, arguments: &[&str], plant: Option<&str>) -> Output {
    let run = Command::new(program).args(arguments).envs(plant.map(|name| ("PLANT", name))).output();
    run.unwrap_or_else(|fault| panic!("{}: {fault}", program.display()))
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn every_fault_has_its_place_in_what_is_emitted() {
    workspace::write(Runtime::Planted).unwrap_or_else(|fault| panic!("{fault}"));
}

#[test]
#[ignore = "minutes: `.ci/run` does it"]
fn thousands_of_worlds_are_as_they_must_be() {
    let program = workspace::build(Runtime::AsItIs).unwrap_or_else(|fault| panic!("{fault}"));
    let output = run(&program, &["--seeds", SEEDS], None);
    assert!(output.status.success(), "{}", said(&output));
    for seed in ["0", "1", "2", "3", "4", "5", "6", "7"] {
        let (one, other) = (run(&program, &["--seed", seed], None), run(&program, &["--seed", seed], None));
        assert!(said(&one).contains("Told"), "{}", said(&one));
        assert_eq!(said(&one), said(&other), "seed {seed} has two ends");
    }
}

#[test]
#[ignore = "minutes: `.ci/run` does it"]
fn every_planted_fault_is_found() {
    let program = workspace::build(Runtime::Planted).unwrap_or_else(|fault| panic!("{fault}"));
    let asleep = run(&program, &["--seeds", "0..50"], None);
    assert!(asleep.status.success(), "{}", said(&asleep));
    let missed = PLANTS.iter().filter(|plant| {
        let output = run(&program, &["--first", ENOUGH], Some(plant.name));
        let is_found = !output.status.success() && said(&output).contains("replay one with --seed");
        !is_found
    });
    let missed: Vec<&str> = missed.map(|plant| plant.name).collect();
    assert!(missed.is_empty(), "nothing finds {missed:?}");
}
