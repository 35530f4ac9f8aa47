//! The examples of a contract: only where they stand. What they say is read when somebody asks, with
//! [`super::Contract::example`].

use smol_str::SmolStr;

use super::documents::{Documents, Place};
use super::model::{Example, ExampleId};
use super::refs;

/// `example` of a schema, or the first of its `examples`.
pub(super) fn of_schema(documents: &Documents, schema: Place) -> Option<Place> {
    let one = documents.get(schema, "example").or_else(|| documents.get(schema, "x-example"));
    one.or_else(|| documents.items(documents.get(schema, "examples")?).next())
}

/// `example` and `examples` of a media type.
pub(super) fn of_media(documents: &Documents, media: Place) -> Vec<Example> {
    let one = documents.get(media, "example").map(|value| Example { name: None, value: ExampleId(value) });
    let Some(map) = documents.get(media, "examples") else { return one.into_iter().collect() };
    let map = refs::follow(documents, map).unwrap_or(map);
    let named = documents.entries(map).filter_map(|entry| {
        let example = refs::follow(documents, entry.value).ok()?;
        // One that stands in another document (`externalValue`) is not fetched.
        let value = documents.get(example, "value").or_else(|| documents.get(example, "dataValue"))?;
        Some(Example { name: Some(SmolStr::new(&entry.name)), value: ExampleId(value) })
    });
    one.into_iter().chain(named).collect()
}

/// Swagger 2.0 has one example for each media type of a response, and no names for them.
pub(super) fn of_response(documents: &Documents, response: Place, media_type: &str) -> Vec<Example> {
    let Some(value) = documents.at(response, &["examples", media_type]) else { return Vec::new() };
    let example = |name| Example { name, value: ExampleId(value) };
    let words = documents.get(response, "x-example-for").map(|list| documents.items(list));
    let named: Vec<Example> = words
        .into_iter()
        .flatten()
        .filter_map(|word| Some(example(Some(SmolStr::new(documents.scalar(word)?)))))
        .collect();
    if named.is_empty() { vec![example(None)] } else { named }
}

#[cfg(test)]
mod tests {
    use super::super::model::{Literal, Media};
    use super::super::testing::{contract, field, schema, with_schemas};
    use super::super::{Contract, Operation};
    use super::*;

    fn read(contract: &Contract, id: Option<ExampleId>) -> Option<Literal> {
        id.map(|id| contract.example(id))
    }

    fn text(text: &str) -> Option<Literal> {
        Some(Literal::String(text.into()))
    }

    /// `name: value` of each example of the first media type of the first answer.
    fn of_first_answer(document: &str) -> Vec<String> {
        let mut contract = contract(document);
        let name = contract.operation_names().next().expect("an operation").to_owned();
        let operation: std::sync::Arc<Operation> = contract.operation(&name).expect("it is there");
        let media: &Media = &operation.responses[0].content[0];
        let shown = |example: &Example| {
            let name = example.name.as_deref().unwrap_or("-");
            format!("{name}: {:?}", contract.example(example.value))
        };
        media.examples.iter().map(shown).collect()
    }

    #[test]
    fn schemas_have_theirs() {
        let mut contract = with_schemas(
            "3.1.0",
            "    Name: {type: string, example: Ada}\n    \
             Base: {type: object, example: {a: 1}, properties: {a: {type: integer}}}\n    \
             Both:\n      allOf: [{$ref: '#/components/schemas/Base'}, {properties: {b: {examples: [1.50, 2]}}}]\n    \
             Person:\n      properties:\n        name: {$ref: '#/components/schemas/Name'}\n        \
             other: {allOf: [{$ref: '#/components/schemas/Name'}], example: Bob}\n",
        );
        let person = schema(&mut contract, "Person");
        let (name, other) = (field(&mut contract, &person, "name"), field(&mut contract, &person, "other"));
        assert_eq!(read(&contract, name.example), text("Ada"));
        assert_eq!(read(&contract, other.example), text("Bob"));
        let both = schema(&mut contract, "Both");
        assert_eq!(both.example, None, "that of a part is none of the whole");
        let b = field(&mut contract, &both, "b");
        assert_eq!(read(&contract, b.example), Some(Literal::Number("1.50".into())));
    }

    #[test]
    fn bodies_have_named_ones() {
        let shown = of_first_answer(
            "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get:\n      responses:\n        \
             '200':\n          description: d\n          content:\n            text/plain:\n              \
             examples:\n                one: {value: a}\n                two: {$ref: '#/components/examples/B'}\n                \
             far: {externalValue: 'https://example.com/c'}\n\
             components: {examples: {B: {value: b}}}\n",
        );
        assert_eq!(shown, ["one: String(\"a\")", "two: String(\"b\")"]);
    }

    #[test]
    fn swagger_has_one_for_each_media_type() {
        let document = |words: &str| {
            format!(
                "swagger: '2.0'\ninfo: {{title: t, version: '1'}}\npaths:\n  /a:\n    get:\n      produces: [application/json]\n      \
                 responses:\n        '200':\n          description: d\n          schema: {{type: string}}\n          \
                 examples: {{application/json: a, text/plain: b}}\n{words}"
            )
        };
        assert_eq!(of_first_answer(&document("")), ["-: String(\"a\")"]);
        let named = of_first_answer(&document("          x-example-for: [C1, 2]\n"));
        assert_eq!(named, ["C1: String(\"a\")", "2: String(\"a\")"]);
    }

    #[test]
    fn numbers_that_json_has_not_are_strings() {
        let json = |text: &str| Literal::Number(text.into()).to_json();
        for text in ["0", "-0", "12.50", "1e5", "-0.5", "1E-3"] {
            assert_eq!(json(text), text);
        }
        for text in ["007", "+1", ".5", "1.", "1.e5", "-.5", "0x1F"] {
            assert_eq!(json(text), format!("\"{text}\""));
        }
    }
}
