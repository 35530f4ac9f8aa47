//! What the backend of random programs makes of a call: a function of the run and of all that it is sent, so that two
//! ways to run a program meet the same world. It keeps what it was asked, run by run.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::order::world::{Dice, weight};

/// What was asked, by the number of the run.
pub type Trace = BTreeMap<u64, Vec<String>>;

static ASKED: Mutex<Trace> = Mutex::new(Trace::new());

/// What is answered.
pub enum Ending {
    Answer { status: u16, body: Vec<u8> },
    HangUp,
}

/// What was asked since this was asked last.
pub fn take() -> Trace {
    std::mem::take(&mut *ASKED.lock().expect("nobody panics with it"))
}

/// `target`: `/make?run=7&step=2`.
pub fn ending(target: &str, body: &[u8]) -> Ending {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let run = query.split('&').find_map(|pair| pair.strip_prefix("run=")?.parse().ok()).unwrap_or(0);
    let call = format!("{target} {}", String::from_utf8_lossy(body));
    let is_again = {
        let mut asked = ASKED.lock().expect("nobody panics with it");
        let calls = asked.entry(run).or_default();
        let is_again = calls.contains(&call);
        calls.push(call.clone());
        is_again
    };
    let mut dice = Dice::new(weight(&call));
    // What is tried again works then: three tries are all that there are.
    let fails = dice.below(100) < [0, 8, 20, 40][usize::try_from(run % 4).unwrap_or(0)] && !is_again;
    match () {
        () if target.starts_with("/undo") => {
            Ending::Answer { status: if fails { 503 } else { 204 }, body: Vec::new() }
        }
        () if fails => trouble(&mut dice),
        () if target.starts_with("/note") => Ending::Answer { status: 204, body: Vec::new() },
        () if target.starts_with("/make") => made(&mut dice),
        () => Ending::Answer { status: 200, body: body.to_vec() },
    }
}

fn trouble(dice: &mut Dice) -> Ending {
    let status = |status| Ending::Answer { status, body: b"{}".to_vec() };
    match dice.below(6) {
        0 => status(404),
        1 => status(409),
        2 => status(500),
        3 => status(503),
        4 => Ending::HangUp,
        _ => Ending::Answer { status: 200, body: b"{\"value\": ".to_vec() },
    }
}

fn made(dice: &mut Dice) -> Ending {
    let word = ["null", "\"a\"", "\"ż\\n\"", "\"a b\""][usize::try_from(dice.below(4)).unwrap_or(0)];
    let body = format!("{{\"value\":{},\"word\":{word},\"more\":[{},2]}}", dice.small(100), dice.small(9));
    Ending::Answer { status: 200, body: body.into_bytes() }
}

/// What differs between two runs of the same program. Reads may overlap, and those beside one that failed may be dropped;
/// what writes has one order.
pub fn difference(one: &[String], other: &[String], is_good: bool) -> Option<String> {
    let writes = |calls: &[String]| -> Vec<String> {
        let is_write = |call: &&String| !call.starts_with("/ask");
        calls.iter().filter(is_write).cloned().collect()
    };
    let reads = |calls: &[String]| -> std::collections::BTreeSet<String> {
        calls.iter().filter(|call| call.starts_with("/ask")).cloned().collect()
    };
    let written = (writes(one), writes(other));
    if written.0 != written.1 {
        return Some(format!("writes\n      {:?}\n      {:?}", written.0, written.1));
    }
    let read = (reads(one), reads(other));
    (is_good && read.0 != read.1).then(|| format!("reads\n      {:?}\n      {:?}", read.0, read.1))
}
