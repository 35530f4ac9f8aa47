//! Random functions, each asked with random inputs twice: as emitted services, and in process. What the two answer must be
//! the same to the last byte: the value, or what is wrong and whose fault it is.
//!
//! `RANDOM_CASES=100000 cargo test --test main -- --ignored random::many` asks so many; `RANDOM_SEED=7` begins at another
//! seed. What was found is kept in `tests/semantics/found.flow`.

mod backend;
mod collection;
mod emitted;
mod form;
mod generate;
mod input;
mod interpreted;
mod literal;
mod print;
mod program;
mod project;
mod table;
mod trouble;
mod types;

use std::collections::BTreeMap;
use std::path::Path;

use crate::order::world::Dice;
use project::Batch;

/// So many functions are built at a time.
const BATCH: usize = 240;
/// With so many inputs each is asked.
const INPUTS: usize = 50;
/// So many programs are built at a time, and each is run so often.
const PROGRAMS: u64 = 200;
const RUNS: usize = 24;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a number"))
}

/// Without a build there is nothing to compare with, but nothing may break either: an answer, or a fault that has a name.
#[test]
fn random_functions_end_in_a_value_or_a_fault() {
    let folder = tempfile::tempdir().expect("a folder");
    let (batch, refused) = batch(number("RANDOM_SEED").unwrap_or(0), 60, folder.path());
    assert!(batch.cases.len() >= 55, "these are no programs:\n{}", refused.join("\n"));
    let lines = lines(&batch, 0, 5);
    let answers = interpreted::ask(folder.path(), &lines, &backend::start());
    assert_eq!(answers.len(), lines.len(), "each is answered");
    for (line, answer) in lines.iter().zip(&answers) {
        let is_known = ["200", "400", "502"].iter().any(|status| answer.starts_with(status));
        assert!(is_known, "{line}\n{answer}");
    }
    let good = answers.iter().filter(|answer| answer.starts_with("200")).count();
    assert!(good > answers.len() / 3, "only {good} of {} are values", answers.len());
}

#[test]
#[ignore = "builds hundreds of functions with cargo: a minute for each ten thousand cases"]
fn many_random_functions_are_what_they_are_emitted_as() {
    let cases = number("RANDOM_CASES").unwrap_or(10_000);
    let backend = backend::start();
    let (mut asked, mut seed, mut wrong) = (0, number("RANDOM_SEED").unwrap_or(0), 0);
    while asked < cases {
        let (count, different) = compare(seed, &backend);
        (asked, wrong) = (asked + count, wrong + different);
        println!("seed {seed}: {count} cases, {different} differ; {asked} in all");
        seed += 1;
    }
    assert_eq!(wrong, 0, "of {asked} cases, and functions that do not build");
}

/// Steps, calls that fail, and undos, with random expressions in them. They end, whatever the backend does.
#[test]
fn random_programs_end_in_an_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut batch = Batch::programs(number("RANDOM_SEED").unwrap_or(0), 60);
    let refused = project::pruned(&mut batch, folder.path());
    assert!(batch.programs.len() >= 45, "these are no programs:\n{}", refused.join("\n"));
    let lines = program_lines(&batch, 0, 8);
    let answers = interpreted::ask(folder.path(), &lines, &backend::start());
    assert_eq!(answers.len(), lines.len(), "each is answered");
    let mut statuses: BTreeMap<&str, usize> = BTreeMap::new();
    for (line, answer) in lines.iter().zip(&answers) {
        let status = answer.get(..3).unwrap_or_default();
        let is_known = ["200", "201", "400", "409", "422", "502", "503"].contains(&status);
        assert!(is_known, "{line}\n{answer}");
        *statuses.entry(status).or_default() += 1;
    }
    let good = statuses.get("200").unwrap_or(&0) + statuses.get("201").unwrap_or(&0);
    assert!(good > answers.len() / 6 && statuses.len() >= 5, "{statuses:?}");
}

#[test]
#[ignore = "builds programs with cargo: a minute for each hundred"]
fn many_random_programs_do_what_they_are_emitted_as() {
    let wanted = number("RANDOM_PROGRAMS").unwrap_or(100);
    let address = backend::start();
    let (mut done, mut seed, mut wrong) = (0, number("RANDOM_SEED").unwrap_or(0), 0);
    while done < wanted {
        let size = usize::try_from((wanted - done).min(PROGRAMS)).unwrap_or(1);
        let (count, different) = compare_programs(seed, size, &address);
        (done, wrong, seed) = (done + count, wrong + different, seed + 1);
        println!("{done} programs, {wrong} differ");
    }
    assert_eq!(wrong, 0, "of {done} programs, and those that do not build");
}

/// How many programs were asked, and how many of them differ or do not build.
fn compare_programs(seed: u64, size: usize, address: &str) -> (u64, u64) {
    let folder = emitted::root().join("project");
    // Some are none: as many more are made.
    let mut batch = Batch::programs(seed, size + size / 5 + 1);
    let refused = project::pruned(&mut batch, &folder);
    batch.programs.truncate(size);
    batch.write(&folder);
    println!("seed {seed}: {} programs", batch.programs.len());
    refused.iter().for_each(|line| println!("  {line}"));
    let mut wrong = 0;
    while let Err(said) = emitted::build(&batch) {
        wrong += unbuilt(&mut batch, &said);
        batch.write(&folder);
    }
    let lines = program_lines(&batch, seed, RUNS);
    trouble::take();
    let emitted = emitted::ask(&lines, address);
    let asked = trouble::take();
    let interpreted = interpreted::ask(&folder, &lines, address);
    let asked_again = trouble::take();
    assert_eq!((emitted.len(), interpreted.len()), (lines.len(), lines.len()), "each is answered");
    let mut statuses: BTreeMap<String, u64> = BTreeMap::new();
    let mut differ = std::collections::BTreeSet::new();
    let nothing = Vec::new();
    for (run, ((line, emitted), interpreted)) in lines.iter().zip(&emitted).zip(&interpreted).enumerate() {
        *statuses.entry(emitted.chars().take(3).collect()).or_default() += 1;
        let of = |trace: &trouble::Trace| trace.get(&(run as u64)).unwrap_or(&nothing).clone();
        let calls = trouble::difference(&of(&asked), &of(&asked_again), emitted.starts_with("20"));
        let program = line.split('\t').nth(1).unwrap_or_default();
        if (emitted != interpreted || calls.is_some()) && differ.insert(program.to_owned()) {
            let calls = calls.unwrap_or_default();
            println!("  {line}\n    emitted     {emitted}\n    interpreted {interpreted}\n    {calls}");
            let of = batch.programs.iter().find(|one| program == format!("program{}", one.number));
            of.iter().for_each(|one| println!("{}\n{}", one.types, one.operation));
        }
    }
    println!("  {statuses:?}");
    (batch.programs.len() as u64, wrong + differ.len() as u64)
}

/// What is asked: service, program, and body. The number of the line is that of the run.
fn program_lines(batch: &Batch, seed: u64, runs: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for (service, programs) in batch.program_chunks() {
        for program in programs {
            let mut dice = Dice::new(seed ^ (program.number as u64).rotate_left(24));
            for _ in 0..runs {
                let given = input::input(&mut dice, &batch.of.world, &program.given);
                let deep = program.asks.iter().enumerate().map(|(at, fields)| {
                    format!(",\"deep{at}\":{}", input::input(&mut dice, &batch.of.world, fields))
                });
                let deep: String = deep.collect();
                let (run, number) = (lines.len(), program.number);
                lines.push(format!("{service}\tprogram{number}\t{{\"run\":{run},\"given\":{given}{deep}}}"));
            }
        }
    }
    lines
}

/// Random functions that are programs, and what was said of those that are none.
fn batch(seed: u64, size: usize, folder: &Path) -> (Batch, Vec<String>) {
    let mut batch = Batch::new(seed, size);
    let refused = project::pruned(&mut batch, folder);
    (batch, refused)
}

/// How many cases were asked, and how many of them differ, with the functions that do not build.
fn compare(seed: u64, backend: &str) -> (u64, u64) {
    let folder = emitted::root().join("project");
    let (mut batch, refused) = batch(seed, BATCH, &folder);
    println!("seed {seed}: {} of {BATCH} are programs", batch.cases.len());
    refused.iter().for_each(|line| println!("  {line}"));
    let mut wrong = 0;
    while let Err(said) = emitted::build(&batch) {
        wrong += unbuilt(&mut batch, &said);
        batch.write(&folder);
    }
    let lines = lines(&batch, seed, INPUTS);
    let emitted = emitted::ask(&lines, backend);
    let interpreted = interpreted::ask(&folder, &lines, backend);
    assert_eq!((emitted.len(), interpreted.len()), (lines.len(), lines.len()), "each is answered");
    (lines.len() as u64, wrong + differences(&lines, &emitted, &interpreted))
}

/// How many answers differ. The first of each function is shown.
fn differences(lines: &[String], emitted: &[String], interpreted: &[String]) -> u64 {
    let mut differ: BTreeMap<String, u64> = BTreeMap::new();
    let mut statuses: BTreeMap<String, u64> = BTreeMap::new();
    for ((line, emitted), interpreted) in lines.iter().zip(emitted).zip(interpreted) {
        *statuses.entry(emitted.chars().take(3).collect()).or_default() += 1;
        if emitted != interpreted {
            let count = differ.entry(line.split('\t').nth(1).unwrap_or_default().to_owned()).or_default();
            *count += 1;
            if *count == 1 {
                println!("  {line}\n    emitted     {emitted}\n    interpreted {interpreted}");
            }
        }
    }
    println!("  {statuses:?}");
    differ.values().sum()
}

/// What is asked: service, case, and body.
fn lines(batch: &Batch, seed: u64, inputs: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for (service, cases) in batch.chunks() {
        for case in cases {
            let mut dice = Dice::new(seed ^ (case.number as u64).rotate_left(32));
            for _ in 0..inputs {
                let body = input::input(&mut dice, &batch.of.world, &case.params);
                lines.push(format!("{service}\tcase{}\t{body}", case.number));
            }
        }
    }
    lines
}

/// Leaves out what does not build, and says so: it is a fault of the emitter.
fn unbuilt(batch: &mut Batch, said: &str) -> u64 {
    let errors: Vec<&str> = said.split("\n\n").filter(|part| part.starts_with("error")).collect();
    let place = |part: &&str| part.lines().find_map(emitted::blamed);
    let blamed: Vec<usize> = errors.iter().filter_map(place).collect();
    println!("  these do not build: {blamed:?}\n{}", errors.join("\n"));
    let programs: Vec<usize> =
        errors.iter().filter_map(|part| part.lines().find_map(emitted::blamed_program)).collect();
    let count = |batch: &Batch| batch.cases.len() + batch.programs.len();
    let before = count(batch);
    for program in batch.programs.iter().filter(|one| programs.contains(&one.number)) {
        println!("{}\n{}", program.types, program.operation);
    }
    for case in batch.cases.iter().filter(|case| blamed.contains(&case.number)) {
        println!("{}", case.text);
    }
    match blamed.is_empty() && programs.is_empty() {
        // It stands in none of the functions, so that it cannot be told apart: half of them go.
        true => {
            println!("{said}");
            batch.cases.truncate(batch.cases.len() / 2);
            batch.programs.truncate(batch.programs.len() / 2);
        }
        false => {
            batch.cases.retain(|case| !blamed.contains(&case.number));
            batch.programs.retain(|program| !programs.contains(&program.number));
        }
    }
    (before - count(batch)) as u64
}
