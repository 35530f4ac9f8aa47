//! A service of many operations as a flow, over a contract with as many: every other one reads, the others write.

use std::fmt::Write;

/// What a record of the backend has, and what it is called in the answer.
pub const FIELDS: [(&str, &str, &str); 8] = [
    ("rec_no", "id", "string"),
    ("first_nm", "first", "string"),
    ("last_nm", "last", "string"),
    ("mail", "email", "string?"),
    ("qty", "quantity", "int"),
    ("active", "active", "bool"),
    ("tags", "tags", "[string]"),
    ("note", "note", "string?"),
];

pub fn files(count: usize) -> Vec<(&'static str, String)> {
    vec![
        ("flow.toml", "[project]\nname = \"large\"\n".to_owned()),
        ("contracts/back.json", contract(count)),
        ("large.flow", flow(count)),
    ]
}

fn flow(count: usize) -> String {
    let mut text = String::from(
        "backend Back {\n  contract: \"contracts/back.json\"\n  url:      env.BACK_URL\n}\n\nproblem NotFound 404 \"No such thing\"\n\n",
    );
    let mut operations = String::new();
    for at in 0..count {
        let _ = writeln!(text, "type Thing{at} {{");
        FIELDS.iter().for_each(|(_, name, ty)| {
            let _ = writeln!(text, "  {name}: {ty}");
        });
        let _ = writeln!(text, "}}\n\nmap thing{at}(r: Back.Record{at}) -> Thing{at} {{");
        FIELDS.iter().for_each(|(wire, name, ty)| {
            let trimmed = if *ty == "string" { ".trim()" } else { "" };
            let _ = writeln!(text, "  {name}: r.{wire}{trimmed}");
        });
        text.push_str("}\n\n");
        let _ = match at % 2 {
            0 => writeln!(
                operations,
                "  get{at}: GET /things{at}/{{id: string of 1..40}} (limit: int in 1..100 = 20) -> Thing{at} | NotFound {{\n    let record = \
                 Back.get{at}(id, limit: limit) else {{ 404 => fail NotFound {{ detail: \"no {{id}}\" }} }}\n    return \
                 thing{at}(record)\n  }}\n"
            ),
            _ => writeln!(
                operations,
                "  add{at}: POST /things{at} (body: New{at}) -> 201 Thing{at} {{\n    let record = Back.add{at}(body: {{ first_nm: \
                 body.first, qty: body.quantity }})\n    return 201 thing{at}(record)\n  }}\n"
            ),
        };
        if at % 2 == 1 {
            let _ =
                writeln!(text, "type New{at} {{\n  first: string of 1..80\n  quantity: int in 1..1000\n}}\n");
        }
    }
    let _ = write!(text, "system Large v1 {{\n  auth: public\n\n{operations}}}\n");
    text
}

fn contract(count: usize) -> String {
    let (mut paths, mut schemas) = (Vec::new(), Vec::new());
    for at in 0..count {
        let answer = |status: u16| {
            format!(
                "\"{status}\": {{ \"description\": \"It.\", \"content\": {{ \"application/json\": {{ \"schema\": {{ \"$ref\": \
                 \"#/components/schemas/Record{at}\" }} }} }} }}"
            )
        };
        paths.push(match at % 2 {
            0 => format!(
                "\"/r{at}/{{id}}\": {{ \"get\": {{ \"operationId\": \"get{at}\", \"parameters\": [{{ \"name\": \"id\", \"in\": \"path\", \
                 \"required\": true, \"schema\": {{ \"type\": \"string\" }} }}, {{ \"name\": \"limit\", \"in\": \"query\", \"schema\": {{ \
                 \"type\": \"integer\" }} }}], \"responses\": {{ {}, \"404\": {{ \"description\": \"No.\" }} }} }} }}",
                answer(200)
            ),
            _ => format!(
                "\"/r{at}\": {{ \"post\": {{ \"operationId\": \"add{at}\", \"requestBody\": {{ \"required\": true, \"content\": {{ \
                 \"application/json\": {{ \"schema\": {{ \"type\": \"object\", \"required\": [\"first_nm\", \"qty\"], \"properties\": {{ \
                 \"first_nm\": {{ \"type\": \"string\" }}, \"qty\": {{ \"type\": \"integer\" }} }} }} }} }} }}, \"responses\": {{ {} }} }} }}",
                answer(201)
            ),
        });
        schemas.push(format!(
            "\"Record{at}\": {{ \"type\": \"object\", \"required\": [\"rec_no\", \"first_nm\", \"last_nm\", \"qty\", \"active\", \"tags\"], \
             \"properties\": {{ \"rec_no\": {{ \"type\": \"string\" }}, \"first_nm\": {{ \"type\": \"string\" }}, \"last_nm\": {{ \"type\": \
             \"string\" }}, \"mail\": {{ \"type\": \"string\" }}, \"qty\": {{ \"type\": \"integer\" }}, \"active\": {{ \"type\": \"boolean\" }}, \
             \"tags\": {{ \"type\": \"array\", \"items\": {{ \"type\": \"string\" }} }}, \"note\": {{ \"type\": \"string\" }} }} }}"
        ));
    }
    format!(
        "{{ \"openapi\": \"3.0.3\", \"info\": {{ \"title\": \"Back\", \"version\": \"1\" }}, \"paths\": {{ {} }}, \"components\": {{ \
         \"schemas\": {{ {} }} }} }}",
        paths.join(", "),
        schemas.join(", ")
    )
}
