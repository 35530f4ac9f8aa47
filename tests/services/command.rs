//! The command line of an emitted service, where it is asked for nothing that a store is needed for.

use super::workspace;

/// Also where nothing is configured.
#[test]
fn who_asks_for_help_gets_it() {
    let ended = |arguments: &[&str]| {
        workspace::shop().command("orders").args(arguments).env_clear().output().expect("it can be started")
    };
    for arguments in [&["--help"][..], &["-h"], &["help"], &["undo", "--help"], &["undo", "drop", "-h"]] {
        let help = ended(arguments);
        assert_eq!((help.status.code(), help.stderr.as_slice()), (Some(0), &b""[..]));
        assert!(String::from_utf8_lossy(&help.stdout).contains("undo drop RUN --because TEXT"));
    }
    let wrong = ended(&["undone"]);
    assert_eq!((wrong.status.code(), wrong.stdout.as_slice()), (Some(1), &b""[..]));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("undo list | undo run"));
}
