//! K082 and K083 with a contract: the same findings whoever runs flowc, wherever, however often.

use super::*;

/// Findings of several kinds, in several files.
fn odd() -> TempDir {
    let text = answering(
        "3.0.3",
        "    A: {type: object, properties: {a: {$ref: 'b.yaml#/Missing'}, b: {type: string, pattern: '(?<!x)a'}}}\n    \
         B: {$ref: '#/components/schemas/Nothing'}\n    C: {type: integer, multipleOf: 0}\n",
    );
    let folder = project("contracts/api.yaml", text.as_bytes(), Uses::Answer);
    write(folder.path(), "project/contracts/b.yaml", b"B: {type: string}\n");
    folder
}

fn said(folder: &Path, change: impl Fn(&mut Command)) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowc"));
    command.args(["check", "--format", "json"]).current_dir(folder.join("project")).stdin(Stdio::null());
    change(&mut command);
    let done = watched(&mut command);
    (done.status.code(), String::from_utf8(done.stdout).expect("UTF-8"))
}

#[test]
fn the_surroundings_change_nothing() {
    let folder = odd();
    let plain = said(folder.path(), |_| {});
    assert!(plain.1.contains("contract/"), "{}", plain.1);
    let bare = said(folder.path(), |command| {
        command.env_clear().env("LANG", "tr_TR.UTF-8").env("TZ", "Pacific/Apia");
    });
    assert_eq!(bare, plain);
    let script = format!(
        "umask 077; ulimit -v 524288; ulimit -n 16; exec {} check --format json",
        env!("CARGO_BIN_EXE_flowc")
    );
    let mut limited = Command::new("sh");
    let done = watched(limited.args(["-c", &script]).current_dir(folder.path().join("project")));
    assert_eq!(String::from_utf8_lossy(&done.stdout), plain.1);
    for closed in ["check >&-", "check | true", "contract contracts/api.yaml >&-"] {
        let script = format!("exec {} {closed}", env!("CARGO_BIN_EXE_flowc"));
        let mut command = Command::new("sh");
        let done = watched(command.args(["-c", &script]).current_dir(folder.path().join("project")));
        assert!(matches!(done.status.code(), Some(0 | 1)), "{closed}: {done:?}");
        assert!(!String::from_utf8_lossy(&done.stderr).contains("panic"), "{closed}");
    }
}

#[test]
fn the_same_sources_give_the_same_bytes() {
    let (one, two) = (odd(), odd());
    let first = said(one.path(), |_| {});
    for _ in 0..4 {
        assert_eq!(
            said(two.path(), |command| {
                command.env("SOURCE_DATE_EPOCH", "0");
            }),
            first
        );
    }
}
