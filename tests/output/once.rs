//! Operations that are done once, by a header, by one that is a parameter, and by a text; and how they are called over the
//! network and within one executable.

use std::fs;

const FLOW: &str = r#"type Entry {
  number: string of 1..20
  amount: int
}

system Ledger v1 {
  auth: service

  byHeader: POST /entries (body: Entry) -> 201 Entry | 202 Entry {
    idempotent: { key: header "Idempotency-Key" }
    when body.amount > 100 { return 202 body }
    return 201 body
  }

  byParameter: POST /notes (header "X-Once" once: string?) -> 204 {
    idempotent: { key: header "X-Once", keep: 1h }
    log info "noted" { known: once != none }
    return 204
  }

  byText: POST /sums (body: Entry) -> int {
    idempotent: { key: "{caller.subject}-{body.number}", keep: env.KEEP as duration = 10m }
    return body.amount
  }

  byNothing: POST /marks -> 204 {
    idempotent: { key: header "Idempotency-Key" }
    return 204
  }
}

process Books v1 {
  auth: public

  book: POST /books (body: Entry, once: string) -> int {
    let entry = Ledger.byHeader(body: body)
    Ledger.byParameter()
    Ledger.byParameter(once: once)
    Ledger.byNothing()
    let sum = Ledger.byText(body: entry) with { retry: { times: 2, on: [503] } }
    return sum
  }
}
"#;

const MANIFEST: &str =
    "[project]\nname = \"books\"\nversion = \"1.0.0\"\n\n[bundle.all]\nservices = [\"Ledger\", \"Books\"]\n";

#[test]
fn what_is_done_once_says_by_what() {
    let project = tempfile::tempdir().expect("there is a folder for temporary files");
    let folder = project.path();
    let write = |path: &str, text: &str| fs::write(folder.join(path), text).expect("it can be written");
    fs::create_dir(folder.join("src")).expect("it can be made");
    write("flow.toml", MANIFEST);
    write("src/main.flow", FLOW);
    let out = folder.join("dist");
    flowc::cli::build_workspace(folder, &out).unwrap_or_else(|reason| panic!("{reason}"));
    let read = |path: &str| {
        fs::read_to_string(out.join(path)).unwrap_or_else(|error| panic!("{path} cannot be read: {error}"))
    };
    for name in ["by_header", "by_parameter", "by_text", "by_nothing"] {
        insta::assert_snapshot!(name, read(&format!("bundles/all/src/operations/ledger/{name}.rs")));
    }
    insta::assert_snapshot!("client", read("services/books/src/services/ledger.rs"));
    insta::assert_snapshot!("openapi", read("services/ledger/openapi.yaml"));
    insta::assert_snapshot!("manifest", read("services/ledger/Cargo.toml"));
}
