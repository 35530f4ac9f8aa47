//! The list of a collection: where in an answer it stands, which of the things are in it, and what else the answer says
//! about it (how many there are, whether there is more).

use flow_std::value::{Dict, Json};
use smol_str::SmolStr;

use super::check::Checked;
use super::item::{self, id_place, view};
use crate::contract::Contract;
use crate::contract::model::{SchemaId, Shape};

/// Where the list stands: the document itself, or one of its fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPlace {
    pub field: Option<SmolStr>,
    pub items: SchemaId,
    pub most: Option<u64>,
}

pub fn list_place(
    contract: &mut Contract,
    schema: SchemaId,
    collection: &str,
    parameter: &str,
) -> Option<ListPlace> {
    if let Shape::List { items, max, .. } = contract.schema(schema).shape {
        let has_fields = !item::fields(contract, items).is_empty();
        return has_fields.then_some(ListPlace { field: None, items, most: max });
    }
    let mut lists = Vec::new();
    for field in item::fields(contract, schema) {
        if let Shape::List { items, max, .. } = contract.schema(field.schema).shape
            && !item::fields(contract, items).is_empty()
        {
            lists.push(ListPlace { field: Some(field.name), items, most: max });
        }
    }
    let has_id = |list: &&ListPlace| id_place(contract, list.items, collection, parameter).is_some();
    lists.iter().find(has_id).or(lists.first()).cloned()
}

/// The list of an answer that is no matter of a collection: its things may be anything.
pub fn any_list(contract: &mut Contract, schema: SchemaId, path: &str) -> Option<ListPlace> {
    match contract.schema(schema).shape {
        Shape::List { items, max, .. } => Some(ListPlace { field: None, items, most: max }),
        _ => list_place(contract, schema, path, ""),
    }
}

/// The list out of a document.
pub fn items_of(document: &Json, place: &ListPlace) -> Vec<Json> {
    let list = match (&place.field, document) {
        (Some(field), Json::Object(fields)) => fields.get(field.as_str()),
        (Some(_), _) => None,
        (None, document) => Some(document),
    };
    match list {
        Some(Json::List(items)) => items.clone(),
        _ => Vec::new(),
    }
}

/// The document with this list in it.
pub fn with_items(
    contract: &mut Contract,
    schema: SchemaId,
    document: &Json,
    place: &ListPlace,
    page: &Page,
) -> Json {
    let sample = items_of(document, place).into_iter().next();
    let most = usize::try_from(place.most.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
    let shown = page.things.iter().take(most);
    let list = Json::List(shown.map(|thing| view(contract, place.items, thing, sample.as_ref())).collect());
    let (Some(field), Json::Object(entries)) = (&place.field, document) else { return list };
    let mut entries = entries.clone();
    entries.insert(field.to_string(), list);
    tell(contract, schema, &mut entries, page);
    Json::Object(entries)
}

/// What a list says about itself.
fn tell(contract: &mut Contract, schema: SchemaId, entries: &mut Dict<Json>, page: &Page) {
    for field in item::fields(contract, schema) {
        let Some(value) = entries.get_mut(field.name.as_str()) else { continue };
        let name: String = field
            .name
            .chars()
            .filter(|letter| letter.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect();
        let is_nullable = contract.schema(field.schema).nullable;
        match (name.as_str(), &*value) {
            (
                "total" | "count" | "odatacount" | "totalcount" | "totalitems" | "totalresults",
                Json::Number(_),
            ) => {
                *value = Json::Number(page.total.to_string());
            }
            ("hasmore" | "hasnext" | "hasnextpage", Json::Bool(_)) => *value = Json::Bool(page.has_more),
            // Where it would lead to is not known here, so there is nothing behind what is shown.
            (name, _) if name.contains("next") && is_nullable => *value = Json::Null,
            (name, _) if name.contains("next") && !field.required => {
                entries.shift_remove(field.name.as_str());
            }
            _ => {}
        }
    }
}

/// What is shown of a collection.
#[derive(Debug, Default, PartialEq)]
pub struct Page {
    pub things: Vec<Json>,
    pub total: usize,
    pub has_more: bool,
}

const LIMITS: [&str; 7] = ["limit", "size", "per_page", "perPage", "page_size", "pageSize", "$top"];
const OFFSETS: [&str; 3] = ["offset", "skip", "$skip"];

/// Whether a request wants only a part of a list.
pub fn wants_page(checked: &Checked) -> bool {
    let mut names = LIMITS.iter().chain(&OFFSETS).chain(&["page"]);
    names.any(|name| checked.parameter(&format!("query.{name}")).is_some())
}

/// The things that the parameters ask for: those with the same value in a field of the same name, from an offset or a
/// page on, as many as are wanted. `fields` are those that things can have.
pub fn page<'a>(things: impl Iterator<Item = &'a Json>, fields: &[SmolStr], checked: &Checked) -> Page {
    let filters: Vec<(&str, &Json)> = checked
        .parameters
        .iter()
        .filter_map(|(at, value)| Some((at.strip_prefix("query.")?, value)))
        .filter(|(name, _)| fields.iter().any(|field| field == name))
        .filter(|(_, value)| !matches!(value, Json::List(_) | Json::Object(_)))
        .collect();
    let is_wanted = |thing: &&Json| {
        let Json::Object(fields) = thing else { return true };
        filters.iter().all(|(name, wanted)| fields.get(*name).is_some_and(|value| same(value, wanted)))
    };
    let fitting: Vec<&Json> = things.filter(is_wanted).collect();
    let number = |names: &[&str]| {
        let value = names.iter().find_map(|name| checked.parameter(&format!("query.{name}")))?;
        if let Json::Number(text) = value { text.parse::<usize>().ok() } else { None }
    };
    let limit = number(&LIMITS);
    let limit = limit.unwrap_or(usize::MAX).max(1);
    let offset = number(&OFFSETS);
    let before =
        number(&["page"]).unwrap_or(1).saturating_sub(1).saturating_mul(limit.min(fitting.len().max(1)));
    let rest = fitting.get(offset.unwrap_or(before)..).unwrap_or_default();
    Page {
        things: rest.iter().take(limit).map(|thing| (*thing).clone()).collect(),
        total: fitting.len(),
        has_more: rest.len() > limit,
    }
}

fn same(value: &Json, wanted: &Json) -> bool {
    match (value, wanted) {
        (Json::List(items), _) => items.iter().any(|item| same(item, wanted)),
        (Json::Object(_), _) => true,
        (Json::Number(one) | Json::Text(one), Json::Number(other) | Json::Text(other)) => {
            one == other || value == wanted
        }
        _ => value == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(query: &[(&str, &str)]) -> (String, usize, bool) {
        let things: Vec<Json> = ["a", "b", "a", "b", "a"]
            .iter()
            .enumerate()
            .map(|(at, state)| Json::parse(&format!("{{\"no\":{at},\"state\":\"{state}\"}}")).expect("JSON"))
            .collect();
        let value = |text: &str| Json::parse(text).unwrap_or_else(|_| Json::Text(text.to_owned()));
        let parameters = query.iter().map(|(name, text)| (format!("query.{name}"), value(text))).collect();
        let page = page(
            things.iter(),
            &["no".into(), "state".into()],
            &Checked { parameters, ..Checked::default() },
        );
        let number = |thing: &Json| match thing {
            Json::Object(fields) => fields["no"].to_string(),
            other => other.to_string(),
        };
        (page.things.iter().map(number).collect(), page.total, page.has_more)
    }

    #[test]
    fn parameters_choose_and_page() {
        assert_eq!(shown(&[]), ("01234".to_owned(), 5, false));
        assert_eq!(shown(&[("state", "a")]), ("024".to_owned(), 3, false));
        assert_eq!(shown(&[("limit", "2")]), ("01".to_owned(), 5, true));
        assert_eq!(shown(&[("limit", "2"), ("page", "3")]), ("4".to_owned(), 5, false));
        assert_eq!(shown(&[("offset", "4")]), ("4".to_owned(), 5, false));
        assert_eq!(shown(&[("page", "2")]), (String::new(), 5, false));
        assert_eq!(shown(&[("offset", "9"), ("sort", "no")]), (String::new(), 5, false));
    }
}
