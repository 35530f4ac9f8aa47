//! The services against the documents that are emitted with them, by schemathesis: no undocumented status, no answer outside
//! its schema, no 500. `.ci/conformance` installs it and runs this.

use std::net::SocketAddr;
use std::process::Command;

use super::backend::{Asked, Reply, empty, json};
use super::semantics;
use super::shop;

const SETTINGS: &str = "\
[auth.openapi.apiKey]
api_key = \"key-of-the-shop\"
# No text may contain it; no document has to say so.
[generation]
allow-x00 = false

# A key of idempotency that was used for another request is refused, and which those are no document can say.
[checks.positive_data_acceptance]
expected-statuses = [\"2xx\", \"3xx\", \"401\", \"403\", \"404\", \"409\", \"422\", \"429\", \"5xx\"]
";

/// Asks everything that the document of a service describes, and much that it does not.
fn conform(name: &str, at: SocketAddr, more: &[&str]) {
    let program = std::env::var("SCHEMATHESIS").expect("SCHEMATHESIS is the executable: see .ci/conformance");
    let examples = std::env::var("EXAMPLES").unwrap_or_else(|_| "10".to_owned());
    let document = format!("http://{at}/openapi.yaml");
    let folder = tempfile::tempdir().expect("a folder");
    let settings = folder.path().join("settings.toml");
    std::fs::write(&settings, SETTINGS).expect("settings");
    let ended = Command::new(program)
        .arg("--no-color")
        .arg("--config-file")
        .arg(&settings)
        .args(["run", &document, "--url", &format!("http://{at}"), "--checks", "all"])
        .args(["--max-examples", &examples, "--seed", "1", "--continue-on-failure", "--warnings", "off"])
        .args(["--generation-database", "none"])
        .args(more)
        .current_dir(folder.path())
        .output()
        .expect("schemathesis can be started");
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success(), "{name}:\n{said}{}", String::from_utf8_lossy(&ended.stderr));
}

#[test]
#[ignore = "needs schemathesis: .ci/conformance"]
fn the_laboratory_is_what_its_document_says() {
    let lab = semantics::lab(answers);
    // What cannot be computed of numbers and texts is refused, which no document can say.
    let beyond = ["/v1/product", "/v1/quotient", "/v1/sheets"];
    let more: Vec<&str> = beyond.iter().flat_map(|path| ["--exclude-path", path]).collect();
    conform("lab", lab.lab.address, &more);
}

fn answers(asked: &Asked) -> Reply {
    let path = asked.line.split_once(' ').map_or("", |(_, path)| path);
    match path.split('/').nth(1).unwrap_or_default() {
        "things" if path == "/things" && asked.line.starts_with("GET ") => {
            json(200, format!("[{}]", semantics::thing("1")))
        }
        "things" if asked.line.starts_with("GET ") => json(200, semantics::thing("a")),
        "things" if asked.line.starts_with("POST ") => json(201, r#"{"id":"a"}"#),
        "shorts" | "styles" => json(200, r#"{"id":"a"}"#),
        _ => empty(204),
    }
}

#[test]
#[ignore = "needs schemathesis: .ci/conformance"]
fn the_shop_is_what_its_documents_say() {
    let shop = shop::split(&[]);
    for name in ["Customers", "Orders", "WebShop"] {
        conform(name, shop.address(name), &[]);
    }
}
