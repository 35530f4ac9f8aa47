//! `flowc test --native`: tests against services as they are emitted say the same as in process.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::testing::{CALLERS, CONTRACT, FAILING, PASSING, PROGRAM, TURNED_AWAY, without_times};
use crate::cli::{Ran, flowc, ran};

/// flowc, where cargo finds what the emitted shop has been built of.
fn test(project: &Path, arguments: &[&str]) -> Ran {
    let mut command = flowc(project, &[&["test"], arguments].concat());
    command.env("CARGO_TARGET_DIR", root().join("target/shop/target"));
    ran(command.output().expect("flowc runs"))
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
#[ignore = "builds the shop with cargo: a minute where nothing is there yet"]
fn the_shop_passes_as_it_is_emitted() {
    let shop = root().join("examples/shop");
    let Ran { code, out, err } = test(&shop, &["--native"]);
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
    let count = |err: &str| err.lines().last().map(str::to_owned);
    assert_eq!(count(&err), count(&test(&shop, &[]).err), "{err}");
    let one = test(&shop, &["--native", "--filter", "prices are exact"]);
    assert!(one.err.ends_with("1 test passed\n"), "{}", one.err);
}

/// In a folder that stays, so that cargo has to build it once.
fn project() -> PathBuf {
    let folder = root().join("target/native");
    fs::create_dir_all(&folder).expect("a folder");
    let program = PROGRAM.1;
    let given = include_str!("../cli/testing.flow");
    let files = [
        ("flow.toml", "[project]\nname = \"native\"\n".to_owned()),
        (CONTRACT.0, CONTRACT.1.to_owned()),
        ("items.flow", format!("{program}{PASSING}{FAILING}{given}")),
        ("callers.flow", format!("{CALLERS}{TURNED_AWAY}")),
        ("wire.json", include_str!("wire.json").to_owned()),
        ("wire.flow", include_str!("wire.flow").to_owned()),
    ];
    for (path, text) in files {
        fs::write(folder.join(path), text).expect("written");
    }
    folder
}

#[test]
#[ignore = "builds services with cargo: a minute where nothing is there yet"]
fn what_is_said_is_what_is_said_in_process() {
    let folder = project();
    let native = test(&folder, &["--native"]);
    let here = test(&folder, &[]);
    assert_eq!((native.code, here.code), (4, 4), "{}", native.err);
    // Two tests need what there is only in process, and are not passed over.
    let (waiting, failed) = native.out.split_at(native.out.find("error[F1007").expect("some fail"));
    assert_eq!(waiting.matches("error[F1201 build/not-yet]").count(), 2, "{waiting}");
    insta::assert_snapshot!(waiting);
    assert_eq!(failed, here.out);
    assert!(here.err.ends_with("31 tests passed, 7 failed\n"), "{}", here.err);
    assert!(native.err.ends_with("29 tests passed, 7 failed, 2 cannot be run yet\n"), "{}", native.err);

    let report = |arguments: &[&str]| without_times(&test(&folder, arguments).out);
    let one = ["--filter", "another end", "--format"];
    for format in ["short", "json", "junit"] {
        let here = report(&[&one[..], &[format]].concat());
        assert_eq!(report(&[&one[..], &[format, "--native"]].concat()), here);
    }
    let unable = test(&folder, &["--native", "--filter", "lines", "--format", "junit"]);
    assert_eq!(unable.code, 1);
    assert!(unable.out.contains("tests=\"1\" failures=\"0\" errors=\"1\""), "{}", unable.out);
}
