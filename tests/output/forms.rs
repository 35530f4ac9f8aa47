//! Forms of Rust that a value of the language gets where the plain one is not what a Rust engineer would write.

use std::fs;

const FLOW: &str = r#"type K = "a" | "b"

type In {
  c: string
  k: K?
  n: int?
  i: int
}

type Out {
  one:   bool
  two:   bool
  three: bool
  four:  bool
  five:  int
  six:   bool
  seven: bool
}

map out(r: In) -> Out {
  one:   match r.c { "x" => true, "y" => true, _ => false }
  two:   not (match r.c { "x" => true, _ => false })
  three: match r.k { "a" => false, _ => true } and match r.i { 1 | 2 => true, _ => false }
  four:  match r.n { none => true, _ => false }
  five:  if match r.c { "x" => true, _ => false } then 1 else 2
  six:   (match r.c { "x" => true, _ => false }) == (match r.i { 3 => true, _ => false })
  seven: match r.k { none => false, _ => true }
}

system Forms v1 {
  auth: public

  put: POST /put (body: In) -> Out {
    return out(body)
  }
}
"#;

#[test]
fn a_match_that_only_tests_is_no_block() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("src")).expect("made");
    fs::write(folder.path().join("flow.toml"), "[project]\nname = \"forms\"\n").expect("written");
    fs::write(folder.path().join("src/main.flow"), FLOW).expect("written");
    let out = folder.path().join("dist");
    flowc::cli::build_workspace(folder.path(), &out).expect("built");
    insta::assert_snapshot!(fs::read_to_string(out.join("services/forms/src/maps.rs")).expect("emitted"));
}
