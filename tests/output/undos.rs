//! An operation whose undos have all forms: with a whole record of a backend, decimals that are texts, what may be absent,
//! a name that is taken, nothing at all; in a fan-out, in a branch, and behind a fallback.

use std::fs;

const CONTRACT: &str = r##"openapi: 3.1.0
info: { title: Shelf, version: "1" }
paths:
  /boxes:
    post:
      operationId: putBox
      requestBody: { required: true, content: { application/json: { schema: { $ref: "#/components/schemas/Box" } } } }
      responses: { "201": { description: made, content: { application/json: { schema: { $ref: "#/components/schemas/Box" } } } } }
  /boxes/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
    get:
      operationId: getBox
      responses: { "200": { description: it, content: { application/json: { schema: { $ref: "#/components/schemas/Box" } } } } }
    put:
      operationId: restoreBox
      requestBody: { required: true, content: { application/json: { schema: { $ref: "#/components/schemas/Box" } } } }
      responses: { "204": { description: done } }
    delete:
      operationId: removeBox
      parameters:
        - { name: weight, in: query, schema: { type: string, format: decimal } }
        - { name: undo, in: query, schema: { type: array, items: { type: integer } } }
      responses: { "204": { description: done } }
  /reset:
    post: { operationId: reset, responses: { "204": { description: done } } }
components:
  schemas:
    Box:
      type: object
      required: [id, weight]
      properties:
        id: { type: string, maxLength: 20 }
        weight: { type: string, format: decimal }
        made: { type: string, format: date-time, readOnly: true }
        note: { type: string }
        inner: { $ref: "#/components/schemas/Box" }
"##;

const FLOW: &str = r#"backend Shelf {
  contract: "contracts/shelf.yaml"
  url:      env.SHELF_URL
}

type Want {
  id:   string of 1..20
  note: string?
}

system Boxes v1 {
  auth: public

  fill: POST /fills (body: [Want] of 1..9, note: string?) -> 201 [string] {
    let old = Shelf.getBox("first")
    let first = Shelf.putBox(body: { id: "first", weight: 1.5 }) undo Shelf.restoreBox(old.id, body: old)
    let second = Shelf.putBox(body: { id: "second", weight: 2 })
      undo Shelf.removeBox(second.id, weight: second.weight, undo: [1, 2])
    let _more = for want in body (at most 2 at once)
      yield Shelf.putBox(body: { id: want.id, weight: 1, note: want.note }) undo Shelf.removeBox(want.id)
    let maybe = Shelf.putBox(body: { id: "maybe", weight: 3 }) else { timeout => none }
      undo Shelf.reset()
    when note != none {
      Shelf.putBox(body: { id: "third", weight: 3 }) undo Shelf.removeBox(first.id)
    }
    let last = Shelf.getBox("last")
    return 201 [first.id, last.id, maybe?.id ?? "none"]
  }
}
"#;

#[test]
fn undos_are_kept_and_read_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |path: &str, text: &str| fs::write(folder.path().join(path), text).expect("written");
    fs::create_dir(folder.path().join("src")).expect("made");
    fs::create_dir(folder.path().join("contracts")).expect("made");
    write("flow.toml", "[project]\nname = \"undos\"\n");
    write("contracts/shelf.yaml", CONTRACT);
    write("src/main.flow", FLOW);
    let out = folder.path().join("dist");
    flowc::cli::build_workspace(folder.path(), &out).expect("built");
    let read = |path: &str| fs::read_to_string(out.join(path)).expect("emitted");
    insta::assert_snapshot!(read("services/boxes/src/operations/fill.rs"));
    assert!(read("services/boxes/Cargo.toml").contains("\"store\""));
    assert!(read("services/boxes/src/lib.rs").contains("env.undoes("));
    // What an operator shows is offered, and need not be there.
    assert!(
        read(".env.example")
            .contains("`/version` and `/undos` are there; for boxes\n# FLOW_OPERATOR_TOKEN=\n")
    );
    assert!(read("deploy/compose.yaml").contains("${FLOW_OPERATOR_TOKEN:-}"));
    assert!(read("deploy/kubernetes/boxes.yaml").contains("optional: true"));
}
