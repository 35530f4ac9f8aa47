//! Whether what was seen is what the strict run says: the answer, the writes and their order, the undos and theirs, and
//! the reads. What the language leaves open (the order of writes that the author put side by side, reads in flight
//! beside one that fails) is left open here, and nothing else.

use std::collections::BTreeSet;

use super::compiled::Seen;
use super::strict::{Group, Lane, Run, Stop, Written};
use super::world::{self, Kind};

/// What differs, in words.
pub fn difference(strict: &Run, seen: &Seen) -> Option<String> {
    answer(strict, seen).or_else(|| reads(strict, seen)).or_else(|| writes(strict, seen))
}

fn answer(strict: &Run, seen: &Seen) -> Option<String> {
    let body = serde_json::from_str::<serde_json::Value>(&seen.body).unwrap_or_default();
    let found = match &strict.answer {
        Stop::Answer { .. } => match serde_json::from_value(body) {
            Ok(values) => Stop::Answer { status: seen.status, values },
            Err(_) => Stop::Standard(seen.status),
        },
        Stop::Problem { .. } => Stop::Problem {
            status: seen.status,
            detail: body["detail"].as_str().unwrap_or_default().to_owned(),
        },
        Stop::Standard(_) | Stop::Missing => Stop::Standard(seen.status),
    };
    if found != strict.answer {
        return Some(format!("the answer is {found:?} and should be {:?}", strict.answer));
    }
    let degraded: BTreeSet<String> =
        seen.degraded.split(", ").filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let is_good = matches!(strict.answer, Stop::Answer { .. });
    (is_good && degraded != strict.fallbacks)
        .then(|| format!("fallbacks are {degraded:?} and should be {:?}", strict.fallbacks))
}

fn of_kind(seen: &Seen, wanted: Kind) -> Vec<&str> {
    let calls = seen.trace.iter().map(String::as_str);
    calls.filter(|call| world::kind(call.trim_start_matches('~')) == wanted).collect()
}

/// Each read of the strict run is there, and no other but those that were in flight beside a failed one.
fn reads(strict: &Run, seen: &Seen) -> Option<String> {
    let mut left = of_kind(seen, Kind::Read);
    for read in &strict.reads {
        match left.iter().position(|other| other == read) {
            Some(at) => drop(left.remove(at)),
            None => return Some(format!("`{read}` was not asked for")),
        }
    }
    let mut spared: Vec<&String> = strict.spared.iter().collect();
    for read in left {
        match spared.iter().position(|other| *other == read) {
            Some(at) => drop(spared.remove(at)),
            None => return Some(format!("`{read}` was asked for, though nothing above called for it")),
        }
    }
    None
}

fn writes(strict: &Run, seen: &Seen) -> Option<String> {
    let made = of_kind(seen, Kind::Write);
    let undone = match undone(seen) {
        Ok(undone) => undone,
        Err(reason) => return Some(reason),
    };
    let must_undo = !matches!(strict.answer, Stop::Answer { .. });
    let (mut made, mut undone) = (made.as_slice(), undone.as_slice());
    for (at, group) in strict.groups.iter().enumerate() {
        let is_last = at + 1 == strict.groups.len();
        let most: usize = group.lanes.iter().map(|lane| lane.writes.len()).sum();
        let count = if is_last { made.len() } else { most };
        let Some((those, rest)) = made.split_at_checked(count) else {
            return Some(format!("writes are missing: {}", shown(group)));
        };
        // What was done last is undone first: the undos of a group stand in front of those of the groups before it.
        let ways = ways(group);
        let fitting = ways.iter().filter(|way| is_made(way, those));
        let fitting = fitting.filter_map(|way| {
            let count = if must_undo { way.iter().flat_map(|lane| undos(lane)).count() } else { 0 };
            let at = undone.len().checked_sub(count)?;
            let (before, those) = undone.split_at(at);
            is_undone(way, those, must_undo).then_some(before)
        });
        let Some(before) = fitting.max_by_key(|before| usize::from(!is_last || before.is_empty())) else {
            return Some(format!("writes {those:?}, and undos {undone:?}, do not fit {}", shown(group)));
        };
        (made, undone) = (rest, before);
    }
    match (made, undone) {
        ([], []) => None,
        (made, undone) => Some(format!("nothing called for the writes {made:?} or the undos {undone:?}")),
    }
}

/// The undos that came to an end, each tried again at once where it had to be.
fn undone(seen: &Seen) -> Result<Vec<&str>, String> {
    let calls = of_kind(seen, Kind::Undo);
    for pair in calls.windows(2) {
        if let Some(failed) = pair[0].strip_prefix('~')
            && failed != pair[1]
        {
            return Err(format!("`{failed}` was not tried again before `{}`", pair[1]));
        }
    }
    if let Some(failed) = calls.last().filter(|call| call.starts_with('~')) {
        return Err(format!("`{failed}` was not tried again"));
    }
    Ok(calls.into_iter().filter(|call| !call.starts_with('~')).collect())
}

type Way = Vec<Lane>;

/// All that may have been begun: of each lane what must be, and some of what stands behind it.
fn ways(group: &Group) -> Vec<Way> {
    let mut ways: Vec<Way> = vec![Vec::new()];
    for lane in &group.lanes {
        let mut longer = Vec::new();
        for way in &ways {
            for count in lane.must..=lane.writes.len() {
                let writes: Vec<Written> = lane.writes.iter().take(count).cloned().collect();
                let mut way = way.clone();
                way.push(Lane { writes, ..lane.clone() });
                longer.push(way);
            }
        }
        ways = longer;
    }
    ways
}

fn is_made(way: &Way, made: &[&str]) -> bool {
    let lanes = way.iter().map(|lane| {
        let calls: Vec<&str> = lane.writes.iter().map(|write| write.call.as_str()).collect();
        (lane.in_order, calls)
    });
    is_mix(lanes.collect(), made)
}

fn is_undone(way: &Way, undone: &[&str], must: bool) -> bool {
    if !must {
        return undone.is_empty();
    }
    is_mix(way.iter().map(|lane| (lane.in_order, undos(lane))).collect(), undone)
}

/// The last one first.
fn undos(lane: &Lane) -> Vec<&str> {
    lane.writes.iter().rev().filter_map(|write| write.undo.as_deref()).collect()
}

/// Whether these are the calls of the lanes and no others, and the lanes that have an order keep it.
fn is_mix(lanes: Vec<(bool, Vec<&str>)>, calls: &[&str]) -> bool {
    let mut all: Vec<&str> = lanes.iter().flat_map(|(_, lane)| lane.iter().copied()).collect();
    let mut sorted = calls.to_vec();
    all.sort_unstable();
    sorted.sort_unstable();
    all == sorted && lanes.iter().filter(|(in_order, _)| *in_order).all(|(_, lane)| is_within(lane, calls))
}

fn is_within(lane: &[&str], calls: &[&str]) -> bool {
    let mut calls = calls.iter();
    lane.iter().all(|wanted| calls.any(|call| call == wanted))
}

fn shown(group: &Group) -> String {
    format!("{:?}", group.lanes)
}
