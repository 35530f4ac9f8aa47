//! When flowc itself fails: a friendly word, and a report to send. The report says where in flowc it happened
//! and holds nothing of the user's files: a message that was put together at run time may quote them, so only
//! fixed messages are kept.

use std::backtrace::Backtrace;
use std::io::Write;
use std::panic::{self, PanicHookInfo};

/// From here on a panic is reported so.
pub fn install() {
    panic::set_hook(Box::new(|info| {
        let report = report(info);
        let mut stderr = std::io::stderr();
        let _ = writeln!(stderr, "error: flowc itself failed; this is a fault of flowc, not of your files");
        let _ = match save(&report) {
            Some(path) => {
                writeln!(stderr, "  = help: a report without your data is in `{path}`: please send it to us")
            }
            None => writeln!(stderr, "  = help: please send us this:\n{report}"),
        };
    }));
}

/// So that a test can see what a fault looks like. Only development builds listen.
pub fn on_demand() {
    if cfg!(debug_assertions)
        && let Some(data) = std::env::var_os("FLOWC_TEST_FAULT")
    {
        panic::panic_any(format!("a fault on demand, with {}", data.to_string_lossy()));
    }
}

fn report(info: &PanicHookInfo<'_>) -> String {
    let message = match info.payload().downcast_ref::<&'static str>() {
        Some(message) => message,
        None => "(left out, because it may quote your files)",
    };
    let place = info.location().map_or("unknown".to_string(), ToString::to_string);
    format!(
        "flowc {} on {} {}\nmessage: {message}\nplace: {place}\n\n{}\n",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        Backtrace::force_capture(),
    )
}

/// Never over a file that is there: somebody else could have put it into the shared folder.
fn save(report: &str) -> Option<String> {
    let folder = std::env::temp_dir();
    (0..100).find_map(|number| {
        let path = folder.join(format!("flowc-fault-{}-{number}.txt", std::process::id()));
        let mut file = std::fs::File::create_new(&path).ok()?;
        file.write_all(report.as_bytes()).ok()?;
        Some(path.display().to_string())
    })
}
