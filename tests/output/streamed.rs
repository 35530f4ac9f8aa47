//! Lists that go through element by element: what is emitted for them, and which operations have none.

use std::fs;
use std::path::{Path, PathBuf};

const CONTRACT: &str = r##"openapi: 3.0.3
info: { title: Stock, version: "1" }
paths:
  /things:
    get:
      operationId: things
      parameters:
        - { name: site, in: query, schema: { type: string } }
      responses:
        "200":
          description: All of them
          content:
            application/json:
              schema: { type: array, items: { $ref: "#/components/schemas/Thing" } }
        "404": { description: There is no such site }
  /few:
    get:
      operationId: few
      responses:
        "200":
          description: Some of them
          content:
            application/json:
              schema: { type: array, maxItems: 10, items: { $ref: "#/components/schemas/Thing" } }
  /names:
    get:
      operationId: names
      responses:
        "200":
          description: Their names
          content:
            application/json:
              schema: { type: array, items: { type: string } }
        "204": { description: There are none }
  /page:
    get:
      operationId: page
      responses:
        "200":
          description: One page
          content:
            application/json:
              schema:
                type: object
                required: [items]
                properties:
                  items: { type: array, items: { $ref: "#/components/schemas/Thing" } }
components:
  schemas:
    Thing:
      type: object
      required: [id, name, count, since]
      properties:
        id: { type: string }
        name: { type: string }
        count: { type: integer }
        since: { type: string }
"##;

const AROUND: &str = r#"backend Stock {
  contract: "contracts/stock.yaml"
  url:      env.STOCK_URL
}

backend Kept {
  contract: "contracts/stock.yaml"
  url:      env.STOCK_URL
  cache:    { keep: 1m }
}

backend Limited {
  contract: "contracts/stock.yaml"
  url:      env.STOCK_URL
  limit:    { at_once: 3 }
}

type Item {
  id:    string
  name:  string
  count: int
}

type Dated {
  id:    string
  since: date
}

type Sited {
  id:   string
  site: string
}

problem Missing 404 "There is no such site"

map item(t: Stock.Thing) -> Item {
  ..t
}

map keptItem(t: Kept.Thing) -> Item {
  ..t
}

map limitedItem(t: Limited.Thing) -> Item {
  ..t
}

map dated(t: Stock.Thing) -> Dated {
  since: t.since.date("dd.MM.yyyy")
  ..t
}

map sited(t: Stock.Thing, site: string) -> Sited {
  id:   t.id
  site: site
}
"#;

/// One service with one operation.
fn service(operation: &str) -> String {
    format!("{AROUND}\nsystem Items v1 {{\n  auth: public\n\n  {operation}\n}}\n")
}

fn emitted(flow: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let out = build(folder.path(), "[project]\nname = \"streamed\"\n", flow);
    let operation = steps(&out.join("services/items/src/operations/list.rs"));
    format!("{operation}\n{}", methods(&out.join("services/items/src/backends")))
}

fn build(folder: &Path, project: &str, flow: &str) -> PathBuf {
    for (name, text) in [("flow.toml", project), ("contracts/stock.yaml", CONTRACT), ("src/main.flow", flow)]
    {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }
    let out = folder.join("dist");
    flowc::cli::build_workspace(folder, &out).expect("built");
    out
}

/// From the answer on, without what is the same for every operation.
fn steps(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("emitted");
    let (_, answer) = text.split_once("/// Takes a request").expect("it has an answer");
    let (answer, rest) = answer.split_once("}\n").expect("it ends");
    let steps = rest.split_once("/// The steps of").map_or("", |(_, steps)| steps);
    format!("/// Takes a request{answer}}}\n\n/// The steps of{steps}")
}

/// The methods of the clients.
fn methods(folder: &Path) -> String {
    let mut text = String::new();
    for module in ["stock", "kept", "limited"] {
        let path = folder.join(format!("{module}.rs"));
        let all = fs::read_to_string(path).unwrap_or_default();
        let methods = all.split("\n    }\n").filter(|method| method.contains("pub async fn"));
        text.extend(methods.map(|method| format!("{}\n    }}\n", method.trim_start_matches('\n'))));
    }
    text
}

const STREAMED: &[(&str, &str)] = &[
    ("as it is", "list: GET /items -> [Item] {\n    return Stock.things()\n  }"),
    (
        "mapped, behind other steps",
        "list: GET /items (site: string) -> [Item] | Missing {\n    require site != \"x\" else fail Missing\n    \
         let things = Stock.things(site: site) else { 404 | rejected => fail Missing }\n    \
         return for t in things yield item(t)\n  }",
    ),
    (
        "some of them, with a parameter",
        "list: GET /items (site: string, least: int) -> [Sited] {\n    let things = Stock.things()\n    \
         return for t in things where t.count >= least and t.name != \"\" yield sited(t, site)\n  }",
    ),
    (
        "by a function, twice",
        "list: GET /items -> [Item] {\n    let things = Stock.things()\n    \
         return for i in things.map(t => item(t)) where i.count > 0 yield { name: \"{i.name}!\", ..i }\n  }",
    ),
    (
        "of which nothing may be made",
        "list: GET /items -> [Dated] {\n    let things = Stock.things()\n    \
         return for t in things yield dated(t)\n  }",
    ),
];

#[test]
fn lists_go_through_element_by_element() {
    let all =
        STREAMED.iter().map(|(what, operation)| format!("// ==== {what}\n{}", emitted(&service(operation))));
    insta::assert_snapshot!(all.collect::<Vec<_>>().join("\n"));
}

/// What needs the list in whole gets it in whole.
#[test]
fn others_do_not() {
    let list = |steps: &str| format!("list: GET /items -> [Item] {{\n    {steps}\n  }}");
    let of = "return for t in things yield item(t)";
    let things = |behind: &str| list(&format!("let things = Stock.things() {behind}\n    {of}"));
    for operation in [
        things("else []"),
        things("else { timeout => fail Missing }").replace("[Item]", "[Item] | Missing"),
        things("else { 404 => fail Missing, _ => fail Missing }").replace("[Item]", "[Item] | Missing"),
        things("else { 404 => [] }"),
        things("with { cache: { keep: 1m } }"),
        list("let things = Kept.things()\n    return for t in things yield keptItem(t)"),
        list("let things = Limited.things()\n    return for t in things yield limitedItem(t)"),
        list("let things = Stock.few()\n    return for t in things yield item(t)"),
        list("let page = Stock.page()\n    return for t in page.items yield item(t)"),
        list("let things = Stock.things()\n    return for t in things.sortBy(t => t.id) yield item(t)"),
        list("let things = Stock.things()\n    return for t in things.take(3) yield item(t)"),
        list(
            "let things = Stock.things()\n    \
             return for t in things yield { count: things.length(), id: t.id, name: t.name }",
        ),
        list("let things = Stock.things()\n    log info \"{things.length()}\"\n    return for t in things yield item(t)"),
        list("let a = Stock.things()\n    let b = Stock.few()\n    return for t in a yield { ..item(t), count: b.length() }"),
        list("let things = Stock.things()\n    return for t in things yield { ..item(t), name: request.id }"),
        list("let things = Stock.things()\n    return for t in things where t.name == site yield { ..item(t), name: site }")
            .replace("GET /items", "GET /items (site: string)"),
        list("when site == \"\" {\n      return []\n    } else {\n      log info \"all\"\n    }\n    let things = Stock.things()\n    return for t in things yield item(t)")
            .replace("GET /items", "GET /items (site: string)"),
        things("").replace("{\n    let", "{\n    cache: { keep: 1m }\n    let"),
        things("").replace("GET /items", "POST /items"),
    ] {
        let text = emitted(&service(&operation));
        assert!(!text.contains("lements"), "{operation}\n{text}");
    }
}

/// Where another service of the same executable calls it, it gives a value.
#[test]
fn an_operation_that_is_called_within_an_executable_gives_the_list_in_whole() {
    let (_, operation) = STREAMED[0];
    let screens = "experience Screens v1 {\n  auth: public\n\n  get: GET /screen -> int {\n    let items = Items.list()\n    \
                   return items.length()\n  }\n}\n";
    let folder = tempfile::tempdir().expect("a folder");
    let project = "[project]\nname = \"streamed\"\n\n[bundle.all]\nservices = [\"Items\", \"Screens\"]\n";
    let out = build(folder.path(), project, &format!("{}\n{screens}", service(operation)));
    assert!(steps(&out.join("services/items/src/operations/list.rs")).contains("Elements"));
    let bundled = steps(&out.join("bundles/all/src/operations/items/list.rs"));
    assert!(!bundled.contains("lements"), "{bundled}");
}
