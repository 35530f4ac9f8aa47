//! Pages of documents, as browsers see them.

use serde_json::json;

use super::page;
use crate::emit::fixture::program;
use crate::emit::openapi;

#[test]
fn a_service_is_documented() {
    insta::assert_snapshot!(page(&openapi::value(&program(), "Stock", &[0])));
}

/// A text of a flow or a contract is read, and nothing else becomes of it.
#[test]
fn no_text_is_markup() {
    let evil = "</style><script>alert(1)</script><img src=x onerror=alert(1)>\"'";
    let document = json!({
        "info": { "title": evil, "version": evil, "description": evil, "x-owner": evil },
        "paths": { evil: { "get": {
            "operationId": evil,
            "tags": [evil],
            "description": evil,
            "deprecated": true,
            "x-sunset": evil,
            "externalDocs": { "url": "javascript:alert(1)" },
            "security": [{ evil: [evil] }],
            "parameters": [{ "name": evil, "in": evil, "description": evil, "schema": { "enum": [evil] } }],
            "requestBody": { "content": { "application/json": { "schema": { "const": evil } } } },
            "responses": { "200": { "description": evil, "headers": { evil: { "description": evil } } } },
        } } },
        "components": { "schemas": { evil: { "type": "object", "properties": { evil: { "pattern": evil } } } } },
    });
    let page = page(&document);
    let tags: Vec<&str> = page.split('<').skip(1).filter_map(|tag| tag.split(['>', ' ']).next()).collect();
    for tag in &tags {
        let name = tag.trim_start_matches('/');
        assert!(!["script", "img"].contains(&name), "{tag}");
    }
    assert_eq!(tags.iter().filter(|tag| **tag == "/style").count(), 1);
    assert!(!page.contains("href=\"javascript:"), "{page}");
    assert!(page.contains("&lt;script&gt;"));
}

/// What is wanted of one way is wanted of the other, and nobody has to guess whose tokens these are.
#[test]
fn services_of_the_project_are_told_from_other_callers() {
    let document = json!({
        "info": {},
        "paths": { "/a": { "get": {
            "operationId": "a",
            "security": [{ "token": ["a:write"] }, { "serviceToken": ["a:write"] }],
        } } },
        "components": { "securitySchemes": {
            "token": { "type": "http", "scheme": "bearer" },
            "serviceToken": { "type": "http", "scheme": "bearer" },
        } },
    });
    let page = page(&document);
    let said = "Who may call: whoever has a token, in the header Authorization, that allows a:write, or another \
                service of this project, on behalf of somebody with a:write.";
    assert!(page.contains(said), "{page}");
}

/// A schema that holds itself has an end.
#[test]
fn what_goes_round_in_circles_is_cut_off() {
    let own = json!({ "$ref": "#/components/schemas/Node" });
    let document = json!({
        "info": {},
        "paths": { "/nodes": { "post": {
            "operationId": "add",
            "requestBody": { "content": { "application/json": { "schema": own } } },
        } } },
        "components": { "schemas": {
            "Node": { "type": "object", "properties": { "next": own, "name": { "type": "string", "minLength": 6 } } },
        } },
    });
    assert!(page(&document).contains("texttex"), "an example has as many letters as it needs");
}
