//! What is said of lists that come in pages: all faults of an operation in one finding, each at its place.

use super::{folder, run};

const FLOW: &str = r#"type Thing { id: string }

type Things {
  items: [Thing]
  next:  string?
}

type Odd {
  items: [Thing]?
  next:  string
}

type Counted {
  items: int
  next:  string? @personal
}

type Bare { id: string }

type Mark = string matching "[a-z]{1,8}"

system Lists v1 {
  auth: service

  nothing: POST /a (body: Thing) -> [Thing] {
    pages: true
    return [body]
  }

  two: GET /b (limit: int = 5, cursor: string) -> 200 Things | 201 Things {
    pages: true
    return 201 { items: [{ id: cursor }].take(limit), next: none }
  }

  odd: GET /c (limit: int in 0..9 = 5, cursor: int?) -> Odd {
    pages: true
    return { next: "{limit}{cursor ?? 0}" }
  }

  labelled: GET /d (limit: int in 1..9, cursor: string?) -> Counted {
    pages: true
    return { items: limit, next: cursor }
  }

  bare: GET /e (limit: int in 1..9 = 5, header "cursor" cursor: string?) -> Bare {
    pages: true
    return { id: "{limit}{cursor ?? ""}" }
  }

  narrow: GET /f (limit: int in 1..9 = 5, cursor: Mark?) -> Things {
    pages: true
    return { items: [{ id: cursor ?? "" }].take(limit), next: none }
  }

  whole: GET /w (limit: int in 1..9 = 5, cursor: string?) -> Things {
    pages: true
    return { items: [{ id: cursor ?? "" }].take(limit), next: none }
  }

  same: GET /g (limit: int in 1..9 = 5, cursor: string?) -> Things {
    return { items: [{ id: cursor ?? "" }].take(limit), next: none }
  }

  other: GET /h (page: int = 1) -> [Thing] {
    return [{ id: "{page}" }]
  }
}
"#;

#[test]
fn all_that_a_list_in_pages_lacks_is_said_at_once() {
    let folder = folder(&[("flow.toml", "[project]\nname = \"lists\"\n"), ("main.flow", FLOW)]);
    let checked = run(folder.path(), &["check", "--quiet", "--color", "never"]);
    insta::assert_snapshot!(format!("{}{}", checked.out, checked.err));
}
