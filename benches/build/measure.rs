//! Time that passes, and time that processors work: of all processes that were started and waited for.

use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// In seconds.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    wall: f64,
    processor: f64,
}

impl Cost {
    pub fn of(work: impl FnOnce()) -> Cost {
        let (began, before) = (Instant::now(), processor());
        work();
        Cost { wall: began.elapsed().as_secs_f64(), processor: processor() - before }
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:.1} s, {:.1} s of processors", self.wall, self.processor)
    }
}

/// User and system time of this process and of all that it has waited for, in seconds: Linux counts in hundredths.
fn processor() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: f64 =
        fields.split_whitespace().skip(11).take(4).filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks / 100.0
}

/// Several rounds of the same.
#[derive(Debug)]
pub struct Spread(Vec<Cost>);

impl Spread {
    pub fn of(rounds: impl IntoIterator<Item = Cost>) -> Spread {
        Spread(rounds.into_iter().collect())
    }

    /// Median, least and most.
    fn range(&self, of: impl Fn(&Cost) -> f64) -> (f64, f64, f64) {
        let mut all: Vec<f64> = self.0.iter().map(of).collect();
        all.sort_by(f64::total_cmp);
        let at = |at: usize| all.get(at).copied().unwrap_or(f64::NAN);
        (at(all.len() / 2), at(0), at(all.len().saturating_sub(1)))
    }

    /// Of the processor times, round by round.
    pub fn ratio(&self, other: &Spread) -> String {
        let mut all: Vec<f64> = self.0.iter().zip(&other.0).map(|(a, b)| a.processor / b.processor).collect();
        all.sort_by(f64::total_cmp);
        let at = |at: usize| all.get(at).copied().unwrap_or(f64::NAN);
        format!("{:.2} ({:.2} to {:.2})", at(all.len() / 2), at(0), at(all.len().saturating_sub(1)))
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (wall, least, most) = self.range(|cost| cost.wall);
        write!(out, "{wall:.1} s ({least:.1} to {most:.1})")?;
        let (processor, least, most) = self.range(|cost| cost.processor);
        write!(out, ", {processor:.1} s of processors ({least:.1} to {most:.1})")
    }
}

/// Runs cargo, and says what it cost.
pub fn cargo(folder: &Path, arguments: &[&str]) -> Cost {
    Cost::of(|| {
        let status = Command::new("cargo")
            .args(arguments)
            .current_dir(folder)
            .env_remove("CARGO_TARGET_DIR")
            .stdout(Stdio::null())
            .status()
            .expect("cargo runs");
        assert!(status.success(), "cargo {arguments:?} in {}", folder.display());
    })
}

pub fn cargo_text(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("cargo").args(arguments).current_dir(folder).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
