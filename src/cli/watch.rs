//! `--watch`: stays, looks every few moments whether a file has changed, and checks or tests again. Times and sizes of
//! files are compared; no service of the system is asked, so that it works in containers and over a network, too.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use super::check::scale;
use super::files::{self, LARGEST_FLOW, Root};
use super::live::{Live, Reach};
use super::output::Output;
use super::{Exit, read};
use crate::source::Sources;

/// How long nothing is looked at.
const PAUSE: Duration = Duration::from_millis(50);

/// Shows what is found after each change, until nobody reads it any more or it is over. `done`: what is said to have been done then.
pub fn watch(
    root: &Root,
    done: &str,
    output: &mut Output,
    is_over: &dyn Fn() -> bool,
    show: &mut dyn FnMut(&Live, &mut Output) -> Exit,
) -> Exit {
    let mut start = Instant::now();
    let mut seen = stamps(flows(std::slice::from_ref(root)));
    let mut live = Live::of(root.clone());
    // One that cannot be read any more is still looked at.
    let mut contracts = BTreeSet::from_iter(live.contract_files());
    seen.extend(stamps(contracts.iter().cloned()));
    let mut what = scale(live.session());
    loop {
        let exit = show(&live, output);
        output.progress(done, &format!("{what} in {} ms", start.elapsed().as_millis()));
        if !output.is_heard() {
            return exit;
        }
        let Some(now) = changed(&live, &contracts, &seen, is_over) else { return exit };
        start = Instant::now();
        what = update(&mut live, root, &seen, &now);
        seen = now;
        // A contract may have been named that was not before.
        contracts.extend(live.contract_files());
        for (path, stamp) in stamps(contracts.iter().cloned()) {
            seen.entry(path).or_insert(stamp);
        }
    }
}

/// When a file was written last, and how long it is.
type Stamps = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

fn stamps(paths: impl IntoIterator<Item = PathBuf>) -> Stamps {
    let stamp = |path: PathBuf| {
        let about = fs::metadata(&path).ok()?;
        Some((path, (about.modified().ok(), about.len())))
    };
    paths.into_iter().filter_map(stamp).collect()
}

/// The `flow.toml` and the flows of projects.
fn flows(roots: &[Root]) -> Vec<PathBuf> {
    let of = |root: &Root| {
        let (flows, _) = files::flows_below(&root.folder, root, &mut Sources::default());
        flows.into_iter().chain([root.folder.join("flow.toml")])
    };
    roots.iter().flat_map(of).collect()
}

/// Waits until something is not what it was; none when it is over.
fn changed(
    live: &Live,
    contracts: &BTreeSet<PathBuf>,
    seen: &Stamps,
    is_over: &dyn Fn() -> bool,
) -> Option<Stamps> {
    loop {
        thread::sleep(PAUSE);
        if is_over() {
            return None;
        }
        let mut now = stamps(flows(&live.roots()));
        now.extend(stamps(contracts.iter().cloned()));
        if now != *seen {
            return Some(now);
        }
    }
}

/// Takes in what changed, and says what was checked again.
fn update(live: &mut Live, root: &Root, before: &Stamps, now: &Stamps) -> String {
    let is_other = |path: &&PathBuf| before.get(*path) != now.get(*path);
    let other: Vec<&PathBuf> = before.keys().chain(now.keys()).filter(is_other).collect();
    if let [path, again] = other.as_slice()
        && path == again
        && let Some(told) = edit(live, path)
    {
        return told;
    }
    *live = Live::of(root.clone());
    scale(live.session())
}

/// One flow that is still there.
fn edit(live: &mut Live, path: &Path) -> Option<String> {
    let is_flow = path.extension().is_some_and(|extension| extension == "flow");
    let text = read::read_text(path, LARGEST_FLOW).ok().filter(|_| is_flow)?;
    let shown = path.file_name().unwrap_or_default().to_string_lossy();
    match live.edit(path, &text) {
        Reach::Files(1) => Some(format!("what is in `{shown}`")),
        Reach::Files(count) => Some(format!("{count} files, because of `{shown}`,")),
        Reach::All => Some(format!("everything, because of `{shown}`,")),
        Reach::Nothing => None,
    }
}
