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
    insta::assert_snapshot!(emitted(FLOW, "services/forms/src/maps.rs"));
}

const KNOWN: &str = r#"system Echo v1 {
  auth: public

  say: GET /say (note: string?, other: string?, count: int?) -> string {
    when note == "twice" {
      return "twice twice"
    } else {
      log info "once"
    }
    when note != none and other == note and count == 3 {
      return "three times {note}"
    } else {
      log info "not three times"
    }
    return note ?? "nothing"
  }
}
"#;

/// `Some(&String)` is not compared with `Some(&str)`: the text is, as soon as it is known to be there.
#[test]
fn an_optional_text_is_compared_as_a_text() {
    insta::assert_snapshot!(emitted(KNOWN, "services/echo/src/operations/say.rs"));
}

fn emitted(flow: &str, path: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("src")).expect("made");
    fs::write(folder.path().join("flow.toml"), "[project]\nname = \"forms\"\n").expect("written");
    fs::write(folder.path().join("src/main.flow"), flow).expect("written");
    let out = folder.path().join("dist");
    flowc::cli::build_workspace(folder.path(), &out).expect("built");
    fs::read_to_string(out.join(path)).expect("emitted")
}
