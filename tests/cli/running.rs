//! `flowc run` and `flowc eval`, as somebody at a terminal has them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use super::{MANIFEST, Ran, flowc, folder, ran, run, write};

/// Far longer than it takes, for a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(120);

fn greeting(says: &str) -> String {
    format!(
        "system Greetings v1 {{\n  auth: public\n\n  greet: GET /greeting -> string {{\n    return {says}\n  }}\n}}\n"
    )
}

#[test]
fn an_edit_is_live_and_a_broken_one_leaves_what_was_good() {
    let project = folder(&[MANIFEST, ("main.flow", &greeting("\"one\""))]);
    let mut served = Served::start(project.path(), &["run", "--watch", "--listen", "127.0.0.1:0"]);
    assert_eq!(served.get("/v1/greeting"), (200, "\"one\"".to_owned()));
    write(project.path(), "main.flow", greeting("\"two\"").as_bytes());
    served.wait_for("Serving 1 service");
    assert_eq!(served.get("/v1/greeting").1, "\"two\"");
    write(project.path(), "main.flow", greeting("missing").as_bytes());
    served.wait_for("1 error");
    served.wait_for("Keeping what was good last: 1 service at http://127.0.0.1:");
    assert_eq!(served.get("/v1/greeting").1, "\"two\"");
    write(project.path(), "main.flow", greeting("\"three\"").as_bytes());
    served.wait_for("Serving 1 service");
    assert_eq!(served.get("/v1/greeting").1, "\"three\"");
    assert_eq!(served.get("/v1/nothing").0, 404);
}

/// Whoever asks while there is nothing to serve hears that at once, and nothing that he wanted is done later.
#[test]
fn until_there_is_something_to_serve_everybody_is_told_so() {
    let broken = greeting("missing");
    let project = folder(&[MANIFEST, ("main.flow", &broken)]);
    let mut command = flowc(project.path(), &["run", "--watch", "--listen", "127.0.0.1:0"]);
    let mut served = Served::waiting(command.env_remove("GREETING"));
    let problem = served.whole("POST /v1/greeting HTTP/1.1\r\nContent-Length: 0", "");
    assert!(problem.starts_with("HTTP/1.1 503 ") && problem.contains("the program has errors"), "{problem}");
    for header in ["content-type: application/problem+json", "retry-after: 1", "connection: close"] {
        assert!(problem.to_lowercase().contains(header), "{header}: {problem}");
    }
    let page = served.get("/_flow/");
    assert!(page.0 == 503 && page.1.contains("F0304") && page.1.contains("main.flow:5:12"), "{page:?}");
    let of_others = served.whole("GET /_flow/ HTTP/1.1\r\nHost: example.com", "");
    assert!(!of_others.contains("F0304"), "{of_others}");
    // What is good and cannot be run is another reason, and not the one of before.
    write(project.path(), "main.flow", greeting("env.GREETING").as_bytes());
    served.wait_for("Waiting for what can be served");
    let page = served.get("/_flow/").1;
    assert!(page.contains("GREETING is not set") && !page.contains("F0304"), "{page}");
    write(project.path(), "main.flow", greeting("\"one\"").as_bytes());
    served.wait_for("Serving 1 service");
    assert_eq!(served.get("/v1/greeting"), (200, "\"one\"".to_owned()));
    assert_eq!(served.get("/_flow/").0, 200);
}

/// The log is that of the service, which goes on when there is a new program.
#[test]
#[cfg(unix)]
fn the_log_ends_once() {
    let project = folder(&[MANIFEST, ("main.flow", &greeting("\"one\""))]);
    let mut served = Served::start(project.path(), &["run", "--watch", "--listen", "127.0.0.1:0"]);
    write(project.path(), "main.flow", greeting("\"two\"").as_bytes());
    served.wait_for("Serving 1 service");
    let sent = Command::new("kill").args(["-s", "INT", &served.child.id().to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()), "the signal is sent");
    assert_eq!(served.child.wait().expect("its end").code(), Some(0));
    let log: Vec<String> = served.log.iter().collect();
    let events: Vec<&str> = ["listening", "ending", "ended"]
        .into_iter()
        .flat_map(|event| {
            log.iter()
                .filter(move |line| line.contains(&format!("\"event\":\"{event}\"")))
                .map(move |_| event)
        })
        .collect();
    assert_eq!(events, ["listening", "ending", "ended"], "after the first one: {log:#?}");
    assert!(log.last().is_some_and(|line| line.contains("\"ended\"")), "{log:#?}");
}

/// What the first project answers is what was asked for.
#[test]
fn a_new_project_answers_with_the_customer_that_was_asked_for() {
    let place = folder(&[]);
    assert_eq!(run(place.path(), &["new", "hello"]).code, 0);
    let served = Served::start(place.path(), &["run", "hello", "--listen", "127.0.0.1:0"]);
    let get = |id: &str| {
        served.ask(&format!("GET /v1/customers/{id} HTTP/1.1\r\nAuthorization: Bearer development"))
    };
    for id in ["C000777", "C000001"] {
        let (status, body) = get(id);
        assert!(
            status == 200 && body.contains(&format!("\"id\":\"{id}\",\"name\":\"Ada Lovelace\"")),
            "{body}"
        );
    }
}

/// Nothing is wrong with services that have the same paths: what to do stands with it.
#[test]
fn services_with_the_same_path_are_served_one_at_a_time() {
    let other = greeting("\"two\"").replace("Greetings", "Others");
    let project = folder(&[MANIFEST, ("main.flow", &greeting("\"one\"")), ("other.flow", &other)]);
    assert_eq!(run(project.path(), &["check"]).code, 0);
    let both = run(project.path(), &["run", "--listen", "127.0.0.1:0"]);
    let told = "`Greetings.greet` and `Others.greet` both answer `GET /v1/greeting`";
    assert!(both.code == 2 && both.err.contains(told), "{both:?}");
    assert!(both.err.contains("`flowc run --only Others` serves that one"), "{both:?}");
    let served = Served::start(project.path(), &["run", "--only", "Others", "--listen", "127.0.0.1:0"]);
    assert_eq!(served.get("/v1/greeting").1, "\"two\"");
}

#[test]
fn what_only_other_services_need_is_not_told() {
    let web = "system Web v1 {\n  auth: [api_key { keys: secret.WEB_KEYS }, jwt { issuer: env.ISSUER, audience: \"web\" }]\n\n  \
               web: GET /web -> string {\n    return \"web\"\n  }\n}\n";
    let project = folder(&[MANIFEST, ("main.flow", &greeting("\"one\"")), ("web.flow", web)]);
    let told = |more: &[&str]| {
        let arguments = [&["run", "--listen", "127.0.0.1:0"], more].concat();
        let mut served =
            Served::begun(flowc(project.path(), &arguments).env_remove("WEB_KEYS").env_remove("ISSUER"));
        served.told_until("Serving")
    };
    let all = told(&[]);
    assert!(all.contains("WEB_KEYS is not set") && all.contains("ISSUER is not set"), "{all}");
    let some = told(&["--only", "Greetings"]);
    assert!(!some.contains("is not set") && some.contains("1 service at"), "{some}");
}

#[test]
#[cfg(unix)]
fn it_ends_when_it_is_told_to() {
    let project = folder(&[MANIFEST, ("main.flow", &greeting("\"one\""))]);
    for watch in [&["run", "--listen", "127.0.0.1:0"][..], &["run", "--watch", "--listen", "127.0.0.1:0"]] {
        let mut served = Served::start(project.path(), watch);
        let sent = Command::new("kill").args(["-s", "INT", &served.child.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "the signal is sent");
        let ended = served.child.wait().expect("its end");
        assert_eq!(ended.code(), Some(0), "{watch:?}");
    }
}

/// What an operation stores outlives the program that has stored it: an edit is no new start.
#[test]
fn what_is_stored_outlives_an_edit() {
    let flow = |says: &str| {
        format!(
            "system Orders v1 {{\n  auth: public\n\n  place: POST /orders -> 201 string {{\n    \
             idempotent: {{ key: header \"Idempotency-Key\", keep: 1h }}\n\n    return {says}\n  }}\n}}\n"
        )
    };
    let project = folder(&[MANIFEST, ("main.flow", &flow("\"first\""))]);
    let mut served = Served::start(project.path(), &["run", "--watch", "--listen", "127.0.0.1:0"]);
    let place = |served: &Served, key: &str| {
        served.ask(&format!("POST /v1/orders HTTP/1.1\r\nIdempotency-Key: {key}\r\nContent-Length: 0"))
    };
    assert_eq!(place(&served, "a").1, "\"first\"");
    write(project.path(), "main.flow", flow("\"second\"").as_bytes());
    served.wait_for("Serving 1 service");
    assert_eq!((place(&served, "a").1.as_str(), place(&served, "b").1.as_str()), ("\"first\"", "\"second\""));
}

const ITEMS: &str = r##"openapi: 3.0.3
info: { title: Items, version: "1" }
servers: [{ url: "https://items.example.com/b7" }]
paths:
  /items:
    post:
      operationId: create
      requestBody:
        required: true
        content: { application/json: { schema: { $ref: "#/components/schemas/Item" } } }
      responses:
        "201": { description: Made, content: { application/json: { schema: { $ref: "#/components/schemas/Item" } } } }
  /items/{id}:
    get:
      operationId: item
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses:
        "200": { description: There, content: { application/json: { schema: { $ref: "#/components/schemas/Item" } } } }
        "404": { description: Not there }
components:
  schemas:
    Item:
      type: object
      required: [id, name]
      properties: { id: { type: string, example: A-1 }, name: { type: string, example: Chair } }
"##;

const SHOP: &str = "backend Items {\n  contract: \"items.yaml\"\n  url:      env.ITEMS_URL\n  \
                    auth:     bearer { token: secret.ITEMS_TOKEN }\n}\n\nproblem NotFound 404 \"No such item\"\n\n\
                    type New {\n  id:   string\n  name: string\n}\n\nsystem Shop v1 {\n  auth: api_key { keys: secret.KEYS }\n\n  \
                    get: GET /items/{id: string} -> string | NotFound {\n    \
                    let item = Items.item(id) else { 404 => fail NotFound }\n    return item.name\n  }\n\n  \
                    put: POST /items (body: New) -> 201 string {\n    \
                    let item = Items.create({ id: body.id, name: body.name }) final\n    return 201 item.name\n  }\n}\n";

/// What a system is told is remembered by its stand-in, also when the flow is another one by then.
#[test]
fn systems_without_an_address_have_a_stand_in() {
    let project = folder(&[MANIFEST, ("items.yaml", ITEMS), ("main.flow", SHOP)]);
    let mut served = Served::start(project.path(), &["run", "--watch", "--listen", "127.0.0.1:0"]);
    let get = |served: &Served, id: &str| {
        served.ask(&format!("GET /v1/items/{id} HTTP/1.1\r\nX-Api-Key: development"))
    };
    assert_eq!(get(&served, "A-1"), (200, "\"Chair\"".to_owned()));
    let body = r#"{"id":"B-2","name":"Table"}"#;
    let post = format!(
        "POST /v1/items HTTP/1.1\r\nX-Api-Key: development\r\nContent-Type: application/json\r\nContent-Length: {}",
        body.len()
    );
    assert_eq!(served.ask_with(&post, body), (201, "\"Table\"".to_owned()));
    write(
        project.path(),
        "main.flow",
        SHOP.replace("return item.name", "return \"a {item.name}\"").as_bytes(),
    );
    served.wait_for("Serving 1 service");
    assert_eq!(get(&served, "B-2"), (200, "\"a Table\"".to_owned()));
    assert_eq!(get(&served, "C-3").0, 404);
    assert_eq!(served.ask("GET /v1/items/A-1 HTTP/1.1").0, 401);
}

#[test]
fn the_page_follows_an_edit_and_keeps_the_requests_of_before() {
    let project = folder(&[MANIFEST, ("main.flow", &greeting("\"one\""))]);
    let mut served = Served::start(project.path(), &["run", "--watch", "--listen", "127.0.0.1:0"]);
    let page = |served: &Served, file: &str| {
        let (status, body) = served.get(&format!("/_flow/{file}"));
        assert_eq!(status, 200, "{file}: {body}");
        serde_json::from_str::<serde_json::Value>(&body).expect("it is JSON")
    };
    assert_eq!(page(&served, "program.json")["services"][0]["operations"][0]["path"], "/v1/greeting");
    assert_eq!(served.get("/v1/greeting").0, 200);
    let renamed = greeting("\"two\"").replace("/greeting", "/welcome");
    write(project.path(), "main.flow", renamed.as_bytes());
    served.wait_for("Serving 1 service");
    let program = page(&served, "program.json");
    assert_eq!(program["services"][0]["operations"][0]["path"], "/v1/welcome");
    let list = page(&served, "requests.json");
    assert_eq!(
        (&list["program"], &list["requests"][0]["name"]),
        (&program["number"], &"GET /v1/greeting".into())
    );
    assert_eq!(page(&served, "requests/1.json")["steps"][1]["facts"]["gave"], "\"one\"");
}

#[test]
fn there_is_no_page_where_nobody_wants_one() {
    let project = folder(&[MANIFEST, ("main.flow", &greeting("\"one\""))]);
    let served = Served::start(project.path(), &["run", "--no-page", "--listen", "127.0.0.1:0"]);
    assert_eq!(served.get("/_flow/").0, 404);
    assert_eq!(served.get("/v1/greeting").0, 200);
}

#[test]
fn all_that_is_wrong_with_the_environment_is_told_by_the_names_of_the_variables() {
    let project = folder(&[MANIFEST, ("items.yaml", ITEMS), ("main.flow", SHOP)]);
    let mut command = flowc(project.path(), &["run", "--listen", "127.0.0.1:0"]);
    let wrong = [("ITEMS_URL", "nonsense"), ("KEYS", "x"), ("FLOW_STORE", "ftp://x"), ("FLOW_LOG", "loud")];
    let Ran { code, err, .. } = ran(command.envs(wrong).output().expect("flowc runs"));
    assert!(code == 2 && err.contains("F0032"), "{code} {err}");
    for told in ["ITEMS_URL backend Items: its address", "KEYS must", "FLOW_STORE ", "FLOW_LOG must"] {
        assert!(err.contains(told), "{told}: {err}");
    }
}

/// A backend that nothing calls needs no address; a variable that is empty is one that is not set.
#[test]
fn what_nobody_calls_need_not_be_there() {
    let uncalled = format!("{}{}", SHOP.split("problem").next().unwrap_or_default(), greeting("\"one\""));
    let project = folder(&[MANIFEST, ("items.yaml", ITEMS), ("main.flow", &uncalled)]);
    let served = Served::start(project.path(), &["run", "--listen", "127.0.0.1:0"]);
    assert_eq!(served.get("/v1/greeting"), (200, "\"one\"".to_owned()));
    let project = folder(&[MANIFEST, ("items.yaml", ITEMS), ("main.flow", SHOP)]);
    let served = Served::started(
        flowc(project.path(), &["run", "--listen", "127.0.0.1:0"]).env("ITEMS_URL", "").env("KEYS", ""),
    );
    let answer = served.ask("GET /v1/items/A-1 HTTP/1.1\r\nX-Api-Key: development");
    assert_eq!(answer, (200, "\"Chair\"".to_owned()));
}

/// Standard output is the log: a line of JSON each, and nothing that was found.
#[test]
fn what_is_found_stands_beside_the_log() {
    let warned =
        format!("// flowc: allow(W0622) because \"there is none\"\n{}", greeting("\"{env.GREETING_NAME}\""));
    let project = folder(&[MANIFEST, ("main.flow", &warned)]);
    let serve = |more: &[&str]| run(project.path(), &[&["run", "--listen", "127.0.0.1:0"], more].concat());
    let Ran { code, out, err } = serve(&[]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("warning[W0020") && err.contains("F0032"), "{err}");
    let Ran { code, out, err } = serve(&["--quiet"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(!err.contains("warning") && err.contains("F0032"), "{err}");
    write(project.path(), "main.flow", greeting("missing").as_bytes());
    let Ran { code, out, err } = serve(&["--quiet"]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.contains("F0304"), "{err}");
    let short = ran(flowc(project.path(), &["run"]).env("FLOWC_FORMAT", "short").output().expect("it runs"));
    assert_eq!((short.code, short.out.as_str()), (1, ""));
    assert!(short.err.contains("main.flow:5:12: error[F0304]"), "{}", short.err);
}

/// Nobody calls somebody's production without having been told.
#[test]
fn each_system_is_said_to_be_stood_in_for_or_called() {
    let written = SHOP.replace("env.ITEMS_URL", "\"http://127.0.0.1:9/b7\"");
    let project = folder(&[MANIFEST, ("items.yaml", ITEMS), ("main.flow", &written)]);
    let mut served = Served::begun(&mut flowc(project.path(), &["run", "--listen", "127.0.0.1:0"]));
    served.wait_for("Calling Items at http://127.0.0.1:9/b7");
    let stood_in = ["run", "--listen", "127.0.0.1:0", "--stand-in", "Items"];
    let mut served = Served::begun(&mut flowc(project.path(), &stood_in));
    served.wait_for("Standing in for Items at http://127.0.0.1:");
    let answer = served.ask("GET /v1/items/A-1 HTTP/1.1\r\nX-Api-Key: development");
    assert_eq!(answer, (200, "\"Chair\"".to_owned()));
    // Nor is the server of a contract: who says no address at all has its first one.
    let unsaid = SHOP.replace("  url:      env.ITEMS_URL\n", "");
    write(project.path(), "main.flow", unsaid.as_bytes());
    let mut served = Served::begun(&mut flowc(project.path(), &["run", "--listen", "127.0.0.1:0"]));
    served.wait_for("Calling Items at https://items.example.com/b7");
}

#[test]
fn a_stand_in_can_be_asked_for() {
    let flow = SHOP.replace("env.ITEMS_URL", "env.ITEMS_URL = \"http://127.0.0.1:9\"");
    let project = folder(&[MANIFEST, ("items.yaml", ITEMS), ("main.flow", &flow)]);
    let get = "GET /v1/items/A-1 HTTP/1.1\r\nX-Api-Key: development";
    let served = Served::start(project.path(), &["run", "--listen", "127.0.0.1:0"]);
    assert_eq!(served.ask(get).0, 503, "the address that is written is the one of nobody");
    for asked in ["Items", "all"] {
        let arguments = ["run", "--listen", "127.0.0.1:0", "--stand-in", asked];
        let served =
            Served::started(flowc(project.path(), &arguments).env("ITEMS_URL", "http://127.0.0.1:9"));
        assert_eq!(served.ask(get), (200, "\"Chair\"".to_owned()));
    }
    let Ran { code, err, .. } =
        run(project.path(), &["run", "--listen", "127.0.0.1:0", "--stand-in", "Item"]);
    assert!(code == 2 && err.contains("no backend `Item` to stand in for"), "{err}");
}

#[test]
fn who_asks_for_what_is_not_there_hears_what_is() {
    let project = folder(&[MANIFEST, ("main.flow", &greeting("\"one\""))]);
    let run = |more: &[&str]| run(project.path(), &[&["run", "--listen", "127.0.0.1:0"], more].concat());
    let unknown = run(&["--only", "Greeting"]);
    assert!(
        unknown.code == 2 && unknown.err.contains("no service `Greeting`; there are Greetings"),
        "{unknown:?}"
    );
    let no_address = super::run(project.path(), &["run", "--listen", "8080"]);
    assert!(no_address.code == 2 && no_address.err.contains("such as `127.0.0.1:8080`"), "{no_address:?}");
}

#[test]
fn all_that_is_missing_is_told_at_once() {
    let flow = greeting("\"{env.GREETING} {env.NAME}\"");
    let project = folder(&[MANIFEST, ("main.flow", &flow)]);
    let mut command = flowc(project.path(), &["run", "--listen", "127.0.0.1:0"]);
    command.env_remove("GREETING").env_remove("NAME");
    let Ran { code, err, .. } = ran(command.output().expect("flowc runs"));
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("F0032") && err.contains("GREETING is not set; NAME is not set"), "{err}");
}

#[test]
fn an_expression_has_a_value() {
    let none = tempfile::tempdir().expect("a folder");
    for (expression, value) in [
        ("1 + 2 * 3", "7\n"),
        ("0.1 + 0.2", "0.3\n"),
        ("\"2024-01-31\".date().plusMonths(1)", "\"2024-02-29\"\n"),
        ("[3, 1, 2].sort().map(x => x * 2.5)", "[2.5,5.0,7.5]\n"),
        ("{ a: none, b: \"x\" }.b", "\"x\"\n"),
        ("[1, 2].first()", "1\n"),
        ("[1].find(x => x > 2)", "null\n"),
        ("it.get(\"a\")", "null\n"),
        ("-5", "-5\n"),
    ] {
        let Ran { code, out, err } = run(none.path(), &["eval", expression]);
        assert_eq!((code, out.as_str(), err.as_str()), (0, value, ""), "{expression}");
    }
}

const ITEM: &str = "type Item {\n  sku: string\n  price: decimal\n}\n\ntype Shown {\n  label: string\n}\n\n\
                    map shown(item: Item) -> Shown {\n  label: \"{item.sku}: {item.price}\"\n}\n";

#[test]
fn a_map_is_tried_on_a_sample() {
    let project = folder(&[
        MANIFEST,
        ("main.flow", ITEM),
        ("item.json", r#"{"sku":"A-1","price":1.50}"#),
        ("bad.json", r#"{"sku":"A-1"}"#),
        ("items.json", r#"[{"sku":"A-1","price":1.50},{"sku":"A-2","price":0}]"#),
        ("no.json", "{"),
    ]);
    let eval = |arguments: &[&str]| run(project.path(), &[&["eval"], arguments].concat());
    assert_eq!(eval(&["shown", "--with", "item.json"]).out, "{\"label\":\"A-1: 1.50\"}\n");
    assert_eq!(eval(&["(it as Item).price * 2", "--with", "item.json"]).out, "3.00\n");
    let missing = eval(&["shown", "--with", "bad.json"]);
    assert!(missing.code == 1 && missing.err.contains("price is missing"), "{missing:?}");
    let misread = eval(&[
        "(it as [Item]).map(item => shown({ price: 1 / item.price, ..item }))",
        "--with",
        "items.json",
    ]);
    assert!(misread.code == 1 && misread.err.contains(" [1].price: a division by zero"), "{misread:?}");
    let broken = eval(&["shown", "--with", "no.json"]);
    assert!(broken.code == 2 && broken.err.contains("F0033"), "{broken:?}");
    assert!(broken.err.contains("it is not a text in JSON in line 1, column 1"), "{broken:?}");
    let unknown = eval(&["show(it as Item)"]);
    assert!(unknown.code == 1 && unknown.out.contains("<expression>:1:1"), "{unknown:?}");
    let syntax = eval(&["[1, 2.map(x => x)"]);
    assert!(syntax.code == 1 && syntax.out.contains("<expression>:1:"), "{syntax:?}");
    assert!(syntax.out.contains("1 | [1, 2.map(x => x)\n") && !syntax.out.contains("toJson"), "{syntax:?}");
    let none = eval(&["shown"]);
    assert!(none.code == 2 && none.err.contains("--with FILE"), "{none:?}");
    let nowhere = eval(&["1", "--project", "nowhere"]);
    assert_eq!(nowhere.code, 2, "{nowhere:?}");
}

/// A project that is served.
struct Served {
    child: Child,
    address: SocketAddr,
    progress: Receiver<String>,
    /// What comes after that it listens.
    log: Receiver<String>,
}

impl Served {
    fn start(project: &Path, arguments: &[&str]) -> Served {
        Served::started(&mut flowc(project, arguments))
    }

    fn started(command: &mut Command) -> Served {
        let mut served = Served::begun(command);
        served.wait_for("Serving");
        served
    }

    /// What it says at its start is still to be read.
    fn begun(command: &mut Command) -> Served {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("flowc runs");
        let progress = lines(child.stderr.take().expect("it is piped"));
        let log = lines(child.stdout.take().expect("it is piped"));
        let listening = loop {
            let line = log.recv_timeout(PATIENCE).expect("it listens");
            if line.contains("\"event\":\"listening\"") {
                break line;
            }
        };
        let line: serde_json::Value = serde_json::from_str(&listening).expect("a line of JSON");
        let address = line["address"].as_str().and_then(|address| address.parse().ok());
        Served { child, address: address.expect("an address"), progress, log }
    }

    /// One that has nothing to serve yet.
    fn waiting(command: &mut Command) -> Served {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("flowc runs");
        let progress = lines(child.stderr.take().expect("it is piped"));
        let log = lines(child.stdout.take().expect("it is piped"));
        let mut served = Served { child, address: SocketAddr::from(([127, 0, 0, 1], 0)), progress, log };
        let told = served.told_until("Waiting");
        let address = told.rsplit_once("http://").and_then(|(_, rest)| rest.split_once(' '));
        served.address = address.and_then(|(address, _)| address.parse().ok()).expect("an address");
        served
    }

    fn wait_for(&mut self, what: &str) {
        self.told_until(what);
    }

    /// All that is said, to the line with this in it.
    fn told_until(&mut self, what: &str) -> String {
        let mut told = String::new();
        loop {
            let line =
                self.progress.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("{what} is not said: {told}"));
            told.extend([&line, "\n"]);
            if line.contains(what) {
                return told;
            }
        }
    }

    fn get(&self, path: &str) -> (u16, String) {
        self.ask(&format!("GET {path} HTTP/1.1"))
    }

    /// The status and the body of the answer to a request with this head.
    fn ask(&self, head: &str) -> (u16, String) {
        self.ask_with(head, "")
    }

    fn ask_with(&self, head: &str, body: &str) -> (u16, String) {
        let answer = self.whole(head, body);
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        (status, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
    }

    /// The answer with its head.
    fn whole(&self, head: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(self.address).expect("it listens");
        let host = if head.contains("\r\nHost: ") { "" } else { "Host: localhost\r\n" };
        let request = format!("{head}\r\n{host}Connection: close\r\n\r\n{body}");
        stream.write_all(request.as_bytes()).expect("it is taken");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended by itself
        let _ = self.child.wait();
    }
}

fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let lines = BufReader::new(from).lines().map_while(Result::ok);
        lines.map_while(|line| sender.send(line).ok()).for_each(drop);
    });
    receiver
}
