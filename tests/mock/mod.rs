//! `flowc mock` from outside: the executable, real HTTP, and what is told about it. What it answers in each case is tested
//! beside its parts; here is that all of it hangs together.

mod process;
mod shop;

use crate::cli::{folder, run};
use process::Mock;

const PETS: &str = "\
openapi: 3.0.3
info: {title: Pets, version: '1'}
servers: [{url: 'https://pets.example.com/v1'}]
paths:
  /pets:
    post:
      operationId: createPet
      requestBody:
        required: true
        content: {application/json: {schema: {type: object, required: [name], properties: {name: {type: string}}}}}
      responses:
        '201': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
  /pets/{id}:
    get:
      operationId: getPet
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}, example: {id: 7, name: Tom}}}}
        '404': {description: d}
components:
  schemas: {Pet: {type: object, required: [id, name], properties: {id: {type: integer}, name: {type: string}}}}
";

#[test]
fn a_contract_is_served_without_any_project() {
    let folder = folder(&[("pets.yaml", PETS)]);
    let mock = Mock::start(folder.path(), &["pets.yaml", "--port", "0"]);
    let [(url, about)] = mock.served.as_slice() else { panic!("{:?}", mock.served) };
    assert!(url.starts_with("http://127.0.0.1:") && url.ends_with("/v1"), "{url}");
    assert_eq!(about, "pets.yaml  Pets 1, 2 operations");
    assert_eq!(mock.ask("GET", "/v1/pets/7", ""), (200, r#"{"id":7,"name":"Tom"}"#.to_owned()));
    assert_eq!(
        mock.ask("POST", "/v1/pets", r#"{"name":"Kit"}"#),
        (201, r#"{"id":8,"name":"Kit"}"#.to_owned())
    );
    assert_eq!(mock.ask("GET", "/v1/pets/8", ""), (200, r#"{"id":8,"name":"Kit"}"#.to_owned()));
    assert_eq!(mock.ask("GET", "/v1/pets/9", "").0, 404);
    let (status, body) = mock.ask("POST", "/v1/pets", r#"{"nam":"Kit"}"#);
    assert!(status == 400 && body.contains(r#"{"at":"body.name","message":"is missing"}"#), "{body}");
    let told = mock.end();
    insta::assert_snapshot!(told, @r"
            pets GET /v1/pets/7 200 getPet
            pets POST /v1/pets 201 createPet
            pets GET /v1/pets/8 200 getPet
            pets GET /v1/pets/9 404 getPet
            pets POST /v1/pets 400 createPet
    warning: createPet: body.name is missing
    ");
}

#[test]
fn headers_options_and_browsers() {
    let folder = folder(&[("pets.yaml", PETS)]);
    let more = ["pets.yaml", "--port", "0", "--fail", "createPet=503:100%", "--latency", "1ms", "--quiet"];
    let mock = Mock::start(folder.path(), &more);
    let wanted = mock.ask_with("GET", "/v1/pets/7", &[("Prefer", "code=404")], "");
    assert_eq!(wanted.status, 404);
    assert!(wanted.headers.contains(&("access-control-allow-origin".to_owned(), "*".to_owned())));
    assert_eq!(mock.ask("POST", "/v1/pets", r#"{"name":"Kit"}"#).0, 503);
    assert_eq!(mock.ask("HEAD", "/v1/pets/7", ""), (200, String::new()));
    assert_eq!(mock.ask("GET", "/elsewhere", "").0, 404);
    assert_eq!(mock.ask("POST", "/v1/pets", &format!("{{\"name\":\"{}\"}}", "x".repeat(5 << 20))).0, 413);
    let said = mock.end();
    assert_eq!(
        said, "warning: the contract declares no 503 for createPet\n",
        "quiet leaves only what went wrong"
    );
}

#[test]
fn several_contracts_have_a_port_each() {
    let other = PETS.replace("Pets", "Others").replace("/v1", "");
    let folder = folder(&[("pets.yaml", PETS), ("others.yaml", &other)]);
    let mock = Mock::start(folder.path(), &["pets.yaml", "others.yaml", "--port", "0"]);
    let [(one, _), (other, about)] = mock.served.as_slice() else { panic!("{:?}", mock.served) };
    assert!(one != other && about.contains("Others 1"), "{about}");
    assert_eq!(mock.ask("GET", "/v1/pets/7", "").0, 200);
}

/// A contract that cannot be read keeps nobody from the others; corners that are odd are said as a check says them.
#[test]
fn what_can_be_served_is_served() {
    let odd = PETS.replace("name: {type: string}}", "name: {type: string, default: [1]}}");
    let folder = folder(&[("pets.yaml", &odd), ("broken.yaml", "openapi: [")]);
    let named = ["broken.yaml", "pets.yaml", "not-there-broken.yaml", "--port", "0"];
    let mock = Mock::start(folder.path(), &named);
    assert_eq!(mock.served.len(), 1);
    assert_eq!(mock.ask("GET", "/v1/pets/7", "").0, 200);
    let (code, told) = mock.end_with_code();
    assert_eq!(code, 1);
    assert!(told.contains("error[F0001") && told.contains("name an OpenAPI document"), "{told}");
    assert!(told.contains("error[F0203") && told.contains("broken.yaml:1:"), "{told}");
    assert!(told.contains("warning[F0221") && told.contains("pets.yaml:"), "{told}");
}

#[test]
fn what_cannot_be_done_is_said_at_once() {
    let folder = folder(&[("pets.yaml", PETS), ("broken.yaml", "openapi: [")]);
    let refused = |arguments: &[&str]| {
        let ran = run(folder.path(), &[&["mock"], arguments].concat());
        (ran.code, ran.err)
    };
    assert_eq!(refused(&["broken.yaml"]).0, 1);
    let hooks = "openapi: 3.1.0\ninfo: {title: Hooks, version: '1'}\nwebhooks: {}\n";
    std::fs::write(folder.path().join("hooks.yaml"), hooks).expect("written");
    let (_, said) = refused(&["hooks.yaml", "--fail", "a=503:5%"]);
    assert!(
        said.contains("warning: `hooks.yaml` has no operations, so nothing of it can be asked for\n"),
        "{said}"
    );
    assert_eq!(refused(&["missing.yaml"]).0, 2);
    assert_eq!(refused(&[]).0, 2);
    let (code, said) = refused(&["pets.yaml", "--fail", "createPat=503:5%"]);
    assert_eq!(code, 2);
    assert_eq!(
        said,
        "error: `--fail`: no contract has an operation `createPat`; did you mean `createPet`?\n"
    );
    let (code, said) = refused(&["pets.yaml", "--latency", "soon"]);
    assert!(code == 2 && said.contains("it must be a time such as `20ms`"), "{said}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("it has one").port().to_string();
    let (code, said) = refused(&["pets.yaml", "--port", &port]);
    assert!(code == 2 && said.starts_with(&format!("error: cannot listen on 127.0.0.1:{port}: ")), "{said}");
}

/// Somebody who waits for an answer that is held back for long keeps nobody from ending it.
#[test]
fn a_slow_answer_does_not_hold_up_the_end() {
    use std::io::Write;

    let folder = folder(&[("pets.yaml", PETS)]);
    let mock = Mock::start(folder.path(), &["pets.yaml", "--port", "0", "--latency", "600s"]);
    let mut stream = std::net::TcpStream::connect(mock.address()).expect("it listens");
    stream.write_all(b"GET /v1/pets/7 HTTP/1.1\r\nHost: a\r\n\r\n").expect("sent");
    assert_eq!(mock.end(), "");
}

/// In the runtime of somebody else, who is told of each request.
#[test]
fn a_stand_in_can_be_started_by_a_program() {
    use std::sync::{Arc, Mutex};

    let read = &mut |_: &str| Ok(PETS.as_bytes().to_vec());
    let contract = flowc::contract::load(&mut flowc::source::Sources::default(), "pets.yaml", read);
    let contract = contract.expect("a contract");
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let lines = Arc::clone(&told);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
    let tell: flowc::mock::Tell = Arc::new(move |line| {
        lines.lock().expect("no panic").push(format!("{} {} {}", line.method, line.target, line.status));
    });
    let mock = flowc::mock::mock(contract, flowc::mock::Settings::default());
    let stand_in =
        runtime.block_on(flowc::mock::start(mock, "127.0.0.1:0".parse().expect("an address"), tell));
    let stand_in = stand_in.expect("a free port");
    assert_eq!(stand_in.url, format!("http://{}/v1", stand_in.address));
    let answer =
        crate::services::run::client::ask(stand_in.address, "GET", "/v1/pets/7", &[], "").expect("an answer");
    assert_eq!(answer.body, r#"{"id":7,"name":"Tom"}"#);
    runtime.block_on(stand_in.end());
    assert_eq!(*told.lock().expect("no panic"), ["GET /v1/pets/7 200"]);
}
