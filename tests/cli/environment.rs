//! K082: the surroundings may be odd. The result is the same, or there is a plain refusal.

use std::process::{Command, Stdio};

use super::{MANIFEST, flowc, folder, ran, run};

const BROKEN: (&str, &str) = ("src/main.flow", "type A {\n  a strin\n");

#[test]
fn the_surroundings_change_nothing() {
    let folder = folder(&[MANIFEST, BROKEN]);
    let plain = run(folder.path(), &["check"]);
    let mut odd = flowc(folder.path(), &["check"]);
    odd.env_remove("HOME").env("LANG", "tr_TR.UTF-8").env("LC_ALL", "tr_TR.UTF-8").env("TZ", "Pacific/Apia");
    assert_eq!(ran(odd.output().expect("flowc runs")).out, plain.out);
    let mut bare = flowc(folder.path(), &["check"]);
    bare.env_clear();
    assert_eq!(ran(bare.output().expect("flowc runs")).out, plain.out);
    for limits in ["ulimit -v 524288", "ulimit -n 16", "umask 077", "ulimit -s 256"] {
        let script = format!("{limits}; exec {} check", env!("CARGO_BIN_EXE_flowc"));
        let limited =
            Command::new("sh").args(["-c", &script]).current_dir(folder.path()).output().expect("sh runs");
        assert_eq!(ran(limited).out, plain.out, "{limits}");
    }
}

#[test]
fn a_reader_who_leaves_is_no_fault() {
    let text = "type A {\n".repeat(5_000);
    let folder = folder(&[MANIFEST, ("src/main.flow", &text)]);
    for arguments in
        [&["check"][..], &["check", "--format", "sarif"], &["explain"], &["completions", "zsh"], &["--help"]]
    {
        let mut child = flowc(folder.path(), arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("flowc starts");
        drop(child.stdout.take());
        let done = ran(child.wait_with_output().expect("flowc ends"));
        assert!([0, 1].contains(&done.code), "{arguments:?}: {done:?}");
        assert!(!done.err.contains("panic"), "{}", done.err);
    }
}

#[cfg(unix)]
#[test]
fn closed_streams_are_no_fault() {
    let folder = folder(&[MANIFEST, BROKEN]);
    for closed in [">&-", "2>&-", "<&-", ">&- 2>&- <&-"] {
        assert_eq!(check_with(folder.path(), closed).code, 1, "{closed}");
    }
}

/// Somebody would take half a report for the whole.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_no_success() {
    let clean = folder(&[MANIFEST]);
    let done = check_with(clean.path(), ">/dev/full");
    assert_eq!(done.code, 2);
    assert!(done.err.contains("the results could not be written"), "{}", done.err);
}

#[cfg(unix)]
fn check_with(folder: &std::path::Path, redirection: &str) -> super::Ran {
    let script = format!("exec {} check {redirection}", env!("CARGO_BIN_EXE_flowc"));
    ran(Command::new("sh").args(["-c", &script]).current_dir(folder).output().expect("sh runs"))
}

#[test]
fn a_fault_of_ours_is_reported_without_data() {
    let temp = tempfile::tempdir().expect("a folder");
    let folder = folder(&[MANIFEST, BROKEN]);
    let mut command = flowc(folder.path(), &["check"]);
    command.env("TMPDIR", temp.path()).env("FLOWC_TEST_FAULT", "customer 4711");
    let done = ran(command.output().expect("flowc runs"));
    assert_eq!(done.code, 101);
    assert!(done.err.starts_with("error: flowc itself failed"), "{}", done.err);
    let report =
        std::fs::read_dir(temp.path()).expect("readable").next().expect("a report").expect("an entry").path();
    assert!(done.err.contains(&report.display().to_string()), "{}", done.err);
    let text = std::fs::read_to_string(report).expect("readable");
    assert!(text.contains("flowc 0.1.0") && !text.contains("4711"), "{text}");
}

#[test]
fn a_second_run_gives_the_same_bytes() {
    let files: Vec<(String, String)> = (0..40)
        .map(|number| (format!("src/f{number}.flow"), format!("type A{number} {{\n  a strin\n")))
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let folder = folder(&[&[MANIFEST][..], &files].concat());
    let first = run(folder.path(), &["check", "--format", "json"]).out;
    for _ in 0..5 {
        assert_eq!(run(folder.path(), &["check", "--format", "json"]).out, first);
    }
}
