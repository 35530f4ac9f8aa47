//! Projects as large as asked for, in three layers: domains with a contract and a backend each, in which there are types,
//! maps, functions, systems, processes that join two of them and take back what they did, experiences, and tests. The
//! same size gives the same text.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// How many things one file has. With each two of them there is a process, with each four an experience.
const THINGS_IN_FILE: usize = 4;

/// Schemas and operations of a contract, and the things of a domain.
const RECORDS: usize = 40;

/// Writes a project of at least `lines` lines, and says how many there are.
pub fn project(folder: &Path, lines: usize) -> usize {
    fs::create_dir_all(folder.join("contracts")).expect("a folder");
    write(&folder.join("flow.toml"), "[project]\nname = \"generated\"\n");
    write(&folder.join("problems.flow"), PROBLEMS);
    let (mut written, mut thing) = (PROBLEMS.lines().count(), 0);
    while written < lines {
        if thing % RECORDS == 0 {
            written += domain(folder, thing / RECORDS);
        }
        let mut text = String::new();
        for at in thing..thing + THINGS_IN_FILE {
            text.push_str(&named(SYSTEM, at));
        }
        for at in (thing..thing + THINGS_IN_FILE).step_by(2) {
            text.push_str(&named(PROCESS, at));
        }
        text.push_str(&named(EXPERIENCE, thing));
        written += text.lines().count();
        write(&folder.join(format!("domain{:02}/part{thing:04}.flow", thing / RECORDS)), &text);
        thing += THINGS_IN_FILE;
    }
    written
}

/// A file of such a project, with what can be edited in it: a body, and what others see.
pub const EDITED: &str = "domain00/part0004.flow";
pub const BODY: (&str, &str) = ("then \"-\" else", "then \"none\" else");
pub const SIGNATURE: (&str, &str) = ("  note:   string?\n", "  note:   string?\n  more:   string?\n");

fn domain(folder: &Path, number: usize) -> usize {
    fs::create_dir_all(folder.join(format!("domain{number:02}"))).expect("a folder");
    write(&folder.join(format!("contracts/erp{number}.json")), &contract());
    let text = BACKEND.replace('#', &number.to_string());
    write(&folder.join(format!("domain{number:02}/backend.flow")), &text);
    text.lines().count()
}

/// `Other` is the thing behind the one at hand.
fn named(text: &str, thing: usize) -> String {
    text.replace("Erp", &format!("Erp{}", thing / RECORDS))
        .replace("Thing", &format!("Thing{thing}"))
        .replace("Other", &format!("Thing{}", thing + 1))
        .replace("thing", &format!("thing{thing}"))
        .replace("Record", &format!("Record{}", thing % RECORDS))
}

/// A project with one operation over a contract that is somewhere else.
pub fn one_operation(folder: &Path, contract: &Path, operation: &str) {
    fs::create_dir_all(folder.join("contracts")).expect("a folder");
    write(&folder.join("flow.toml"), "[project]\nname = \"one\"\n");
    let file = contract.file_name().and_then(|name| name.to_str()).expect("a name");
    fs::copy(contract, folder.join("contracts").join(file)).expect("copied");
    let flow = ONE_OPERATION.replace("CONTRACT", file).replace("OPERATION", operation);
    write(&folder.join("main.flow"), &flow);
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).expect("written");
}

const ONE_OPERATION: &str = r#"backend Vendor {
  contract: "contracts/CONTRACT"
  url:      env.VENDOR_URL
  auth:     bearer { token: secret.VENDOR_TOKEN }
}

system One v1 {
  owner: "team"
  auth:  service

  one: GET /one -> 204 {
    Vendor."OPERATION"()
    return 204
  }
}
"#;

const BACKEND: &str = r#"/// The system of record of a domain.
backend Erp# {
  contract: "contracts/erp#.json"
  url:      env.ERP#_URL
  auth:     bearer { token: secret.ERP#_TOKEN }
  timeout:  800ms
  retry:    { times: 1, on: [timeout, unreachable, 502, 503, 504], backoff: 50ms..200ms }
}
"#;

const PROBLEMS: &str = r#"problem NotFound 404 "No such thing"
problem Refused  409 "It cannot be done" { reasons: [string] }
"#;

const SYSTEM: &str = r#"type ThingId = string matching "^[A-Z][0-9]{6}$"

type ThingTier = "gold" | "silver" | "basic"

/// What we know of one.
type Thing {
  id:     ThingId
  name:   string
  tier:   ThingTier
  lines:  [ThingLine]
  total:  decimal
  note:   string?
  since:  date?
}

type ThingLine {
  sku:      string of 1..40
  quantity: int in 1..10_000
  price:    decimal
}

type NewThing {
  name:  string of 1..80
  lines: [ThingLine] of 1..100
}

fn thingTier(segment: string) -> ThingTier =
  match segment { "A" => "gold", "B" => "silver", _ => "basic" }

fn thingTotal(lines: [ThingLine]) -> decimal =
  lines.map(l => l.price * l.quantity).sum()

map thingLine(l: Erp.RecordLine) -> ThingLine {
  sku:      l.sku
  quantity: l.quantity
  price:    l.price
}

/// Every required field is set here.
map thing(r: Erp.Record, id: ThingId) -> Thing {
  id:    id
  name:  "{r.first.trim()} {r.last.trim()}"
  tier:  thingTier(r.segment)
  lines: for l in r.lines where l.quantity > 0 yield thingLine(l)
  total: r.total
  ..r                                      // the rest, by equal name
}

map newThing(n: NewThing) -> Erp.NewRecord {
  first: n.name
  last:  if n.lines.isEmpty() then "-" else "{n.lines.first()?.sku ?? "none"}"
  lines: for l in n.lines yield { sku: l.sku, quantity: l.quantity, price: l.price }
}

/// Things, whatever the ERP keeps them in.
system Things v1 {
  owner: "team-things"
  auth:  service
  limit: { rate: 100/min, by: caller }

  getThing: GET /things/{id: ThingId} -> Thing | NotFound {
    cache: 30s
    let record = Erp.getRecord(id) else { 404 => fail NotFound { detail: "no thing {id}" } }
    return thing(record, id)
  }

  /// A page of them.
  listThings: GET /things (segment: string?, size: int in 1..100 = 20) -> [ThingLine] | NotFound {
    let page = Erp.listRecord(segment: segment, size: size)
    let first = page.items.first()
    require first != none else fail NotFound
    return for l in first.lines yield thingLine(l)
  }

  createThing: POST /things (body: NewThing) -> 201 string | Refused {
    idempotent: { key: header "Idempotency-Key", keep: 24h }
    when body.lines.any(l => l.quantity > 5_000) {
      fail Refused { reasons: body.lines.map(l => "too many of {l.sku}") }
    }
    let made = Erp.createRecord(body: newThing(body)) final else { 409 => fail Refused { reasons: ["it is there"] } }
    log info "a thing was made" { id: made.id, lines: body.lines.map(l => l.quantity).sum() }
    return 201 made.id
  }

  cancelThing: DELETE /things/{id: string} -> 204 | NotFound {
    Erp.cancelRecord(id) else { 404 => fail NotFound }
    return 204
  }
}

test "segment B is silver for things" {
  expect thingTier("B") == "silver"
  expect thingTier("X") == "basic"
}

test "a thing that the ERP does not know is not found" {
  given Erp.getRecord(id: "C000001") -> 404
  when  Things.getThing(id: "C000001")
  then  fails NotFound
  then  Erp.getRecord called once
}

"#;

/// Two systems, one after the other: what was done in the first is taken back when the second fails.
const PROCESS: &str = r#"type PairThing {
  left:  Thing
  right: Other?
  note:  string?
}

type NewPairThing {
  left:  NewThing
  right: NewOther
}

type MadePairThing {
  left:  string
  right: string
}

map pairThing(l: Thing, r: Other?) -> PairThing {
  left:  l
  right: r
  note:  l.note ?? r?.note
}

process PairThings v1 {
  owner: "team-things"
  auth:  service

  /// The second one may be missing.
  getPairThing: GET /pairs/{id: ThingId} (other: OtherId) -> PairThing | NotFound {
    let left = Things.getThing(id: id) else { NotFound => fail NotFound }
    let right = Others.getOther(id: other) else { NotFound => none }
    return pairThing(left, right)
  }

  createPairThing: POST /pairs (body: NewPairThing) -> 201 MadePairThing | Refused {
    idempotent: { key: header "Idempotency-Key", keep: 24h }
    let left = Things.createThing(body: body.left) undo Things.cancelThing(id: left) else { Refused => fail Refused { reasons: ["the other side refused"] } }
    let right = Others.createOther(body: body.right) final else { Refused => fail Refused { reasons: ["the other side refused"] } }
    return 201 { left: left, right: right }
  }
}

"#;

const EXPERIENCE: &str = r#"type ScreenThing {
  name:  string
  total: string
  lines: int
  other: string?
}

map screenThing(p: PairThing) -> ScreenThing {
  name:  p.left.name
  total: p.left.total.format()
  lines: p.left.lines.map(l => l.quantity).sum()
  other: p.right?.name
}

experience ScreenThings v1 {
  owner: "team-mobile"
  auth:  api_key { keys: secret.SCREEN_KEYS }

  showThing: GET /screens (first: ThingId, second: OtherId) -> ScreenThing | NotFound {
    let pair = PairThings.getPairThing(id: first, other: second) else { NotFound => fail NotFound }
    return screenThing(pair)
  }
}

"#;

fn contract() -> String {
    let mut paths = String::new();
    let mut schemas = String::new();
    for number in 0..RECORDS {
        let comma = if number == 0 { "" } else { "," };
        let with_number = |text: &str| text.replace("Record", &format!("Record{number}"));
        let _ = write!(paths, "{comma}{}", with_number(PATHS));
        let _ = write!(schemas, "{comma}{}", with_number(SCHEMAS));
    }
    format!(
        r#"{{"openapi":"3.0.3","info":{{"title":"ERP","version":"1"}},"security":[{{"token":[]}}],"paths":{{{paths}}},
"components":{{"securitySchemes":{{"token":{{"type":"http","scheme":"bearer"}}}},"schemas":{{{schemas}}}}}}}"#
    )
}

const PATHS: &str = r##"
"/Record": {
  "get": {"operationId": "listRecord", "parameters": [
    {"name": "segment", "in": "query", "schema": {"type": "string"}},
    {"name": "size", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100}}],
    "responses": {"200": {"description": "A page", "content": {"application/json": {"schema":
      {"type": "object", "required": ["items"], "properties": {"items": {"type": "array", "items": {"$ref": "#/components/schemas/Record"}}}}}}}}},
  "post": {"operationId": "createRecord",
    "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewRecord"}}}},
    "responses": {"201": {"description": "Made", "content": {"application/json": {"schema":
      {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}}}}, "409": {"description": "It is there"}}}
},
"/Record/{id}": {
  "get": {"operationId": "getRecord", "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
    "responses": {"200": {"description": "It", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Record"}}}},
      "404": {"description": "No such thing"}}},
  "delete": {"operationId": "cancelRecord", "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
    "responses": {"204": {"description": "It is gone"}, "404": {"description": "No such thing"}}}
}"##;

const SCHEMAS: &str = r##"
"Record": {"type": "object", "required": ["first", "last", "segment", "lines", "total"], "properties": {
  "first": {"type": "string"}, "last": {"type": "string"}, "segment": {"type": "string"},
  "total": {"type": "string", "format": "decimal"}, "note": {"type": "string"}, "since": {"type": "string", "format": "date"},
  "lines": {"type": "array", "items": {"$ref": "#/components/schemas/RecordLine"}}}},
"RecordLine": {"type": "object", "required": ["sku", "quantity", "price"], "properties": {
  "sku": {"type": "string", "minLength": 1, "maxLength": 40}, "quantity": {"type": "integer", "minimum": 1, "maximum": 10000},
  "price": {"type": "string", "format": "decimal"}}},
"NewRecord": {"type": "object", "required": ["first", "last", "lines"], "properties": {
  "first": {"type": "string"}, "last": {"type": "string"},
  "lines": {"type": "array", "items": {"$ref": "#/components/schemas/RecordLine"}}}}"##;
