//! Contracts whose names and answers once gave code that did not compile: what is emitted for them now.

use super::workbench::workbench;

const CONTRACT: &str = r##"{
 "openapi": "3.0.3", "info": {"title": "Odd", "version": "1"}, "servers": [{"url": "https://odd.example.com"}],
 "paths": {
 "/read/{request}": {
   "post": {
    "operationId": "read",
    "parameters": [
     {
      "name": "request",
      "in": "path",
      "required": true,
      "schema": {
       "type": "string"
      }
     },
     {
      "name": "cx",
      "in": "query",
      "schema": {
       "type": "string"
      }
     },
     {
      "name": "app",
      "in": "query",
      "schema": {
       "type": "array",
       "items": {
        "type": "string",
        "enum": [
         "a",
         "b"
        ]
       }
      }
     },
     {
      "name": "input",
      "in": "query",
      "schema": {
       "type": "integer"
      }
     }
    ],
    "requestBody": {
     "required": true,
     "content": {
      "application/json": {
       "schema": {
        "$ref": "#/components/schemas/ReadRequest"
       }
      }
     }
    },
    "responses": {
     "default": {
      "description": "d",
      "content": {
       "application/json": {
        "schema": {
         "$ref": "#/components/schemas/ApiClient"
        }
       }
      }
     },
     "2XX": {
      "description": "d",
      "content": {
       "application/json": {
        "schema": {
         "$ref": "#/components/schemas/ApiClient"
        }
       }
      }
     },
     "202": {
      "description": "d"
     }
    }
   }
  },
 "/silent": {
   "get": {
    "operationId": "silent"
   }
  },
 "/plain": {
   "get": {
    "operationId": "plain",
    "responses": {
     "200": {
      "description": "d",
      "content": {
       "application/json": {
        "schema": {
         "$ref": "#/components/schemas/ApiClient"
        }
       }
      }
     }
    }
   }
  }
 },
 "components": {
  "schemas": {
   "ReadRequest": {
    "type": "object",
    "required": [
     "lines", "nothing"
    ],
    "properties": {
     "lines": {
      "type": "array",
      "items": {
       "type": "string"
      }
     },
     "nothing": {
      "type": "object",
      "enum": [
       null
      ],
      "nullable": true
     }
    }
   },
   "ApiClient": {
    "type": "object",
    "description": "One of:\n- a list\nthat goes on\n\nand ends.",
    "properties": {
     "next": {
      "$ref": "#/components/schemas/ApiClient"
     },
     "nothing": {
      "enum": [
       null
      ],
      "nullable": true
     }
    }
   }
  }
 }
}"##;

#[test]
fn names_and_answers_that_are_odd() {
    let emitted = workbench().emit(CONTRACT).expect("emitted");
    let shown = emitted.files.iter().filter(|file| {
        file.path.contains("/src/backends/")
            || file.path.ends_with("operations/read.rs")
            || file.path.ends_with("read_2.rs")
    });
    let text: String = shown.map(|file| format!("==== {}\n{}\n", file.path, file.text)).collect();
    insta::assert_snapshot!(text);
}
