//! K053 to K063 and K068 to K070: names, headers, media types, servers, routes, statuses, methods.

use super::*;

#[test]
fn names_that_are_paths() {
    for name in ["../../../TRAV", "/abs", "a/b", "C:\\x", "con", ".", "..", &"n".repeat(300)] {
        let quoted = serde_json::to_string(name).expect("a string is JSON");
        let text = format!(
            r#"{{"openapi":"3.0.3","info":{{"title":{quoted},"version":"1"}},"tags":[{{"name":{quoted}}}],"paths":{{"/a":{{"get":{{"operationId":"op","tags":[{quoted}],"responses":{{"200":{{"description":"ok","content":{{"application/json":{{"schema":{{"type":"array","items":{{"type":"string"}}}}}}}}}}}}}}}},"/b":{{"get":{{"operationId":{quoted},"responses":{{"200":{{"description":"ok"}}}}}}}}}},"components":{{"schemas":{{{quoted}:{{"type":"string"}}}}}}}}"#
        );
        let folder = project("contracts/api.json", text.as_bytes(), Uses::Answer);
        let found = check_folder(folder.path(), MEMORY, "K053");
        assert_eq!((found.code, found.contract.len()), (0, 0), "{name}: {}", found.out);
        let beside: Vec<_> = std::fs::read_dir(folder.path()).expect("readable").collect();
        assert_eq!(beside.len(), 1, "{name}: only the project is there");
    }
}

#[test]
fn names_that_collide_or_are_words() {
    let odd = [
        "fooBar", "foo_bar", "FooBar", "self", "crate", "super", "type", "async", "gen", "r#fn", "_", "é",
        "🦀",
    ];
    let fields: Vec<String> = odd.iter().map(|name| format!("'{name}': {{type: string}}")).collect();
    let schemas = format!(
        "    A: {{properties: {{{}, e: {{type: string, enum: ['', ' ', '-', '1', é, '🦀', a-b, a_b, 'A B', a.b]}}}}}}\n    \
         Option: {{type: string}}\n    Result: {{type: string}}\n    String: {{type: string}}\n    Vec: {{type: string}}\n    \
         Box: {{type: string}}\n    Self: {{type: string}}\n",
        fields.join(", ")
    );
    expect("K054 to K057", answering("3.0.3", &schemas).as_bytes(), Uses::Answer, &[]);
    let many: String = (0..10_000).map(|at| format!("        f{at}: {{type: string}}\n")).collect();
    let long = "n".repeat(100_000);
    let schemas =
        format!("    A:\n      properties:\n{many}        ? \"{long}\"\n        : {{type: string}}\n");
    expect("K058", answering("3.0.3", &schemas).as_bytes(), Uses::Answer, &[]);
}

#[test]
fn operation_ids() {
    let text = format!(
        "{}  /b:\n    get:\n      operationId: op\n{OK}  /c:\n    get:\n      operationId: OP\n{OK}  /d:\n    get:\n{OK}",
        operation("/a", "get", OK)
    );
    expect("K059", text.as_bytes(), Uses::Call(""), &["error contract/operation-id"]);
    expect("K059", text.as_bytes(), Uses::Nothing, &["warning contract/operation-id"]);
    let missing = operation("/op", "get", OK).replace("      operationId: op\n", "");
    let folder = project("contracts/api.yaml", missing.as_bytes(), Uses::Nothing);
    let flow = flow("contracts/api.yaml", Uses::Nothing).replace("Api.other", "Api.getOp");
    write(folder.path(), "project/src/main.flow", flow.as_bytes());
    let found = check_folder(folder.path(), MEMORY, "K059");
    assert_eq!((found.code, found.contract.len()), (0, 0), "{}", found.out);
}

#[test]
fn headers() {
    for name in ["X-A\\r\\nSet-Cookie: x", "", "a b", ":path", "Host", "Content-Length", "Transfer-Encoding"]
    {
        let content =
            format!("      parameters: [{{name: \"{name}\", in: header, schema: {{type: string}}}}]\n{OK}");
        let text = operation("/a", "get", &content);
        expect("K060", text.as_bytes(), Uses::Call(""), &["error contract/forbidden-header"]);
        expect("K060", text.as_bytes(), Uses::Nothing, &["warning contract/forbidden-header"]);
    }
}

#[test]
fn media_types() {
    // The documented way on: what is no media type is read as bytes, `*/*` as JSON.
    for (name, wanted) in [
        ("application/json; charset=\\\"x", &["warning contract/media-type"][..]),
        ("*/*", &[]),
        ("text/plain\\n", &["warning contract/media-type"]),
    ] {
        let content = format!(
            "      responses: {{'200': {{description: ok, content: {{\"{name}\": {{schema: {{type: string}}}}}}}}}}\n"
        );
        expect("K061", operation("/a", "get", &content).as_bytes(), Uses::Call(""), wanted);
    }
    expect("K061", operation("/a", "get", OK).as_bytes(), Uses::Call(""), &[]);
}

#[test]
fn servers() {
    for (url, wanted) in [
        ("file:///x", &["warning contract/server"][..]),
        ("javascript:alert(1)", &["warning contract/server"]),
        ("http://169.254.169.254/", &["warning contract/server"]),
        ("https://user:pass-word@h/", &["error contract/server"]),
        ("{scheme}://{host}", &[]),
    ] {
        // The backend has a `url:` of its own, so that what a contract suggests is never called.
        let text = format!("servers: [{{url: '{url}'}}]\n{}", operation("/a", "get", OK));
        let found = expect("K062", text.as_bytes(), Uses::Call(""), wanted);
        assert!(!found.first.contains("pass-word"), "{}", found.first);
    }
}

#[test]
fn weak_security() {
    let text = format!(
        "{}security: [{{key: []}}, {{basic: []}}, {{oauth: []}}]\ncomponents:\n  securitySchemes:\n    \
         key: {{type: apiKey, in: query, name: k}}\n    basic: {{type: http, scheme: basic}}\n    \
         oauth: {{type: oauth2, flows: {{clientCredentials: {{tokenUrl: 'http://x/t', scopes: {{}}}}}}}}\n",
        operation("/a", "get", OK)
    );
    let found = check("K063", text.as_bytes(), Uses::Call(""));
    assert_eq!(found.contract, ["warning contract/weak-security"; 3], "{}", found.out);
    assert_eq!(found.out.matches("OWASP API").count(), 3);
    let folder = project("contracts/api.yaml", text.as_bytes(), Uses::Call(""));
    assert_eq!(flowc(folder.path(), MEMORY, &["check", "--deny", "warnings"]).status.code(), Some(1));
}

#[test]
fn routes() {
    let declared = |name: &str| {
        format!(
            "      parameters: [{{name: {name}, in: path, required: true, schema: {{type: string}}}}]\n{OK}"
        )
    };
    let repaired = &["warning contract/repaired"][..];
    for (path, content, arguments, wanted) in [
        // A parameter that is missing or one too many has one good reading, so it is repaired.
        ("/a/{id}", OK.to_owned(), "\"x\"", repaired),
        ("/a", declared("id"), "", repaired),
        ("/a/{x}/{x}", declared("x"), "\"x\"", &["warning contract/path"]),
        ("/a/{x}.json", declared("x"), "\"x\"", &[]),
        ("/a//b", OK.to_owned(), "", &["error contract/path"]),
        ("", OK.to_owned(), "", &["error contract/path"]),
    ] {
        let found =
            expect("K068", operation(path, "get", &content).as_bytes(), Uses::Call(arguments), wanted);
        assert_eq!(found.code, i32::from(wanted == ["error contract/path"]), "{path}");
    }
    let two = format!(
        "{}  /a/{{c}}:\n    get:\n      operationId: twin\n{}",
        operation("/a/{b}", "get", &declared("b")),
        declared("c")
    );
    expect("K068", two.as_bytes(), Uses::Call("\"x\""), &["warning contract/ambiguous"]);
}

#[test]
fn statuses() {
    for (status, wanted) in [
        ("99", &["error contract/status"][..]),
        ("600", &["error contract/status"]),
        ("abc", &["error contract/status"]),
        ("2XX", &[]),
        ("default", &[]),
    ] {
        let content = format!("      responses: {{'{status}': {{description: ok}}}}\n");
        expect("K069", operation("/a", "get", &content).as_bytes(), Uses::Call(""), wanted);
    }
    let none = operation("/a", "get", "      summary: s\n");
    expect("K069", none.as_bytes(), Uses::Call(""), &["warning contract/repaired"]);
    let body = "      responses: {'204': {description: ok, content: {application/json: {schema: {type: string}}}}}\n";
    let text = operation("/a", "get", body);
    expect("K069", text.as_bytes(), Uses::Call(""), &["warning contract/repaired"]);
}

#[test]
fn methods() {
    let body =
        format!("      requestBody: {{content: {{application/json: {{schema: {{type: string}}}}}}}}\n{OK}");
    for method in ["get", "head"] {
        let text = operation("/a", method, &body);
        expect("K070", text.as_bytes(), Uses::Call(""), &["warning contract/repaired"]);
    }
    let found = check("K070", operation("/a", "trace", OK).as_bytes(), Uses::Call(""));
    assert_eq!((found.code, found.others.len()), (1, 1), "{}", found.out);
    assert!(found.out.contains("TRACE is not offered"), "{}", found.out);
    let unused = operation("/a", "trace", OK);
    expect("K070", unused.as_bytes(), Uses::Nothing, &["warning contract/method"]);
}
