//! Files that are made to break something. Each has to give a diagnostic, soon and without much memory.

use super::{MANIFEST, flowc, folder, ran, run, write};

const BACKEND: &str = "backend Erp {\n  contract: \"erp.yaml\"\n  url:      env.ERP_URL\n}\n";

/// Runs `flowc check` with 512 MiB of memory and 10 s of processor time.
fn check(folder: &std::path::Path) -> super::Ran {
    let script =
        format!("ulimit -v 524288; ulimit -t 10; exec {} check --format short", env!("CARGO_BIN_EXE_flowc"));
    let mut command = std::process::Command::new("sh");
    ran(command.args(["-c", &script]).current_dir(folder).output().expect("sh runs"))
}

#[test]
fn any_bytes_are_a_flow_or_a_finding() {
    let random: Vec<u8> = (0..40_000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let cases: [&[u8]; 12] = [
        b"",
        b" \t\r\n",
        b"\0\0\0\0",
        b"\xff\xfe\x00t",
        b"\xef\xbb\xbftype A {\r\n  a: string\r\n}",
        b"type A {\r  a: string\r}",
        b"\"",
        b"/*",
        b"type A { a: \xe2\x80\xae string }",
        &[b'('; 100_000],
        &[b'{'; 100_000],
        &random,
    ];
    for bytes in cases {
        let folder = folder(&[MANIFEST]);
        write(folder.path(), "main.flow", bytes);
        let found = check(folder.path());
        assert!([0, 1].contains(&found.code), "{:?}: {found:?}", &bytes[..bytes.len().min(20)]);
        for line in found.out.lines() {
            assert!(line.starts_with("main.flow:"), "{line}");
            assert!(!line.chars().any(char::is_control), "{line:?}");
        }
        assert_eq!(found.out.is_empty(), found.code == 0);
    }
}

#[test]
fn any_bytes_are_a_manifest_or_a_finding() {
    let deep = format!("a = {}", "[".repeat(200_000));
    let long = format!("[project]\nname = \"{}\"", "a".repeat(500_000));
    let cases: [&[u8]; 7] =
        [b"", b"\0", b"\xff", b"[", b"[project]\nname = \"\x1b[31m\"", deep.as_bytes(), long.as_bytes()];
    for bytes in cases {
        let folder = folder(&[("main.flow", "type A {\n  a: string\n}\n")]);
        write(folder.path(), "flow.toml", bytes);
        let found = check(folder.path());
        assert_eq!(found.code, 2, "{found:?}");
        assert!(found.out.starts_with("flow.toml:"), "{}", found.out);
        assert!(found.out.len() < 20_000);
    }
}

/// K022
#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_opened() {
    for name in ["erp.yaml", "main.flow", "flow.toml"] {
        for make in ["mkdir", "mkfifo", "ln -s /dev/zero"] {
            let folder = folder(&[MANIFEST, ("backend.flow", BACKEND), ("erp.yaml", "")]);
            let script = format!("rm -f {name}; {make} {name}");
            let mut shell = std::process::Command::new("sh");
            assert!(
                shell.args(["-c", &script]).current_dir(folder.path()).status().expect("sh runs").success()
            );
            let found = check(folder.path());
            assert!([1, 2].contains(&found.code), "{make} {name}: {found:?}");
            assert!(found.out.contains(name), "{make} {name}: {found:?}");
        }
    }
}

/// K022
#[test]
fn a_huge_file_is_refused_by_its_size() {
    for (name, size) in [("erp.yaml", 5u64 << 30), ("main.flow", 5 << 30), ("flow.toml", 5 << 30)] {
        let folder = folder(&[MANIFEST, ("backend.flow", BACKEND), ("erp.yaml", "")]);
        let file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.path().join(name))
            .expect("open");
        file.set_len(size).expect("sparse");
        let found = check(folder.path());
        assert!(found.out.contains("is larger than"), "{name}: {found:?}");
    }
}

/// K022; whoever runs as root may read everything.
#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder(&[MANIFEST, ("main.flow", "type A {\n")]);
    let path = folder.path().join("main.flow");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).expect("set");
    let found = check(folder.path());
    assert_eq!(found.code, 1);
    if std::fs::File::open(&path).is_err() {
        assert!(found.out.contains("`main.flow` cannot be read: permission denied"), "{found:?}");
    }
}

#[test]
fn a_line_of_a_megabyte_is_shown_in_part() {
    let text = format!("type A {{ a: string }} // {}\n{}(", "é".repeat(500_000), " ".repeat(900_000));
    let folder = folder(&[MANIFEST, ("main.flow", &text)]);
    let found = run(folder.path(), &["check"]);
    assert_eq!(found.code, 1);
    assert!(found.out.len() < 50_000, "{}", found.out.len());
}

#[test]
fn names_of_files_cannot_command_the_terminal() {
    let folder = folder(&[MANIFEST]);
    write(folder.path(), "a\u{1b}[31m.flow", b"type");
    let found = run(folder.path(), &["check"]);
    assert_eq!(found.code, 1);
    assert!(found.out.contains("a\\u{1b}[31m.flow"), "{}", found.out);
    let absent = run(folder.path(), &["check", "b\u{1b}[31m\n"]);
    assert!(!absent.err.contains("\u{1b}[31m") && absent.err.contains("\\u{1b}"), "{}", absent.err);
}

#[cfg(unix)]
#[test]
fn a_path_that_is_no_text_is_no_panic() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = folder(&[MANIFEST]);
    let odd = OsStr::from_bytes(b"\xff\xfe");
    for command in [&["check"][..], &["new"], &["config"], &["explain"], &[]] {
        let done = ran(flowc(folder.path(), command).arg(odd).output().expect("flowc runs"));
        assert_eq!(done.code, 2, "{command:?}: {done:?}");
    }
}
