//! How many instructions and allocations a request costs, without what the kernel does for it: callgrind counts them, so that
//! no machine is too noisy for it.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::cores::Cores;
use crate::load::{Ask, Caller};
use crate::process::Process;

#[derive(Clone, Copy)]
pub struct Counted {
    pub instructions: f64,
    pub allocations: f64,
}

/// How many requests come before it is counted.
const FIRST: usize = 100;

/// None where callgrind is not there. The profile stays in the file, for `callgrind_annotate`.
pub async fn count(
    cores: &Cores,
    service: &Command,
    profile: &Path,
    ask: &Ask,
    requests: usize,
) -> Result<Option<Counted>, String> {
    if !is_there() {
        return Ok(None);
    }
    let mut process = Process::start(cores, under_callgrind(service, profile))?;
    process.connection().await?;
    in_turn(&process, ask, FIRST).await?;
    control(&process, "--instr=on").await?;
    in_turn(&process, ask, requests).await?;
    control(&process, "--dump").await?;
    let named = |fault: std::io::Error| format!("{}: {fault}", profile.display());
    fs::rename(format!("{}.1", profile.display()), profile).map_err(named)?; // it numbers them
    let text = fs::read_to_string(profile).map_err(named)?;
    Ok(Some(read(&text, requests as f64)))
}

/// Until so many are answered: a service that is slowed down fifty times may turn some away.
async fn in_turn(process: &Process, ask: &Ask, requests: usize) -> Result<(), String> {
    let (mut answered, mut tries) = (0, 0);
    let mut caller = None;
    while answered < requests {
        tries += 1;
        if tries > requests * 3 {
            return Err("turns away too many requests under callgrind".to_owned());
        }
        let connection = match caller.take() {
            Some(connection) => Some(connection),
            None => Caller::connect(process.address).await,
        };
        let mut connection = connection.ok_or("does not accept connections")?;
        if connection.body(ask).await.is_ok() {
            answered += 1;
            caller = Some(connection);
        }
    }
    Ok(())
}

fn is_there() -> bool {
    let version = Command::new("callgrind_control").arg("--version").stdout(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

fn under_callgrind(service: &Command, profile: &Path) -> Command {
    let mut command = Command::new("valgrind");
    command
        .args(["--quiet", "--tool=callgrind", "--instr-atstart=no", "--compress-strings=no"])
        .arg(format!("--callgrind-out-file={}", profile.display()))
        .arg(service.get_program())
        .args(service.get_args())
        .envs(service.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command
}

/// Tells callgrind something. It needs the service to run, so that this program has to go on meanwhile.
async fn control(process: &Process, what: &str) -> Result<(), String> {
    let mut command = Command::new("callgrind_control");
    command.arg(what).arg(process.id().to_string()).stdout(Stdio::null()).stderr(Stdio::null());
    let told = tokio::task::spawn_blocking(move || command.status()).await;
    match told {
        Ok(Ok(status)) if status.success() => Ok(()),
        _ => Err(format!("callgrind_control {what} failed")),
    }
}

fn read(profile: &str, requests: f64) -> Counted {
    let (mut caller, mut callee) = ("", "");
    let (mut instructions, mut allocations) = (0.0, 0.0);
    for line in profile.lines() {
        if let Some(name) = line.strip_prefix("fn=") {
            caller = name;
        } else if let Some(name) = line.strip_prefix("cfn=") {
            callee = name;
        } else if let Some(calls) = line.strip_prefix("calls=") {
            if is_allocation(callee) && !is_allocation(caller) {
                allocations += first_number(calls);
            }
        } else if let Some(total) = line.strip_prefix("totals: ") {
            instructions = first_number(total);
        }
    }
    Counted { instructions: instructions / requests, allocations: allocations / requests }
}

/// A function of glibc or mimalloc.
fn is_allocation(function: &str) -> bool {
    let names = ["malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc", "memalign"];
    function.starts_with("mi_") && !function.starts_with("mi_free") || names.contains(&function)
}

fn first_number(text: &str) -> f64 {
    text.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_are_added_up_and_allocations_are_calls_from_outside_of_the_allocator() {
        let profile = "fn=work\n1 10\ncfn=malloc\ncalls=6 0\n1 60\ncfn=other\ncalls=9 0\n1 5\nfn=mi_malloc\n\
                       cfn=malloc\ncalls=4 0\n1 4\nfn=other\ncfn=mi_zalloc\ncalls=2 0\n1 3\ntotals: 82\n";
        let counted = read(profile, 2.0);
        assert_eq!((counted.instructions, counted.allocations), (41.0, 4.0));
    }
}
