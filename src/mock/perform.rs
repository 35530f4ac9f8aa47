//! What an operation does to a collection, and what it answers then. An id that is not there exists nevertheless as long
//! as nothing is known of the collection: neither an example nor anything that was written.

use std::sync::Arc;

use flow_std::codec::percent;
use flow_std::value::{Dict, Json};

use super::Mock;
use super::check::{Checked, fits};
use super::collections::{self, Role};
use super::draft::{Wish, accept, declared, draft, finish, opened, success};
use super::failure::{Problem, of_system};
use super::first::{id_of, open, things_of, with_id};
use super::item::{self, complete, fresh, id_place, is_id, view};
use super::kind::{Kind, inside, kind};
use super::list::{list_place, page, with_items};
use super::message::{Answer, Request};
use crate::contract::model::{Access, Operation, Response, Status};
use crate::standin::{Chance, Way};

/// A request that concerns a collection.
pub struct Visit<'a> {
    pub operation: &'a Operation,
    pub role: Role,
    /// Which collection.
    pub number: usize,
    pub request: &'a Request,
    /// Without the base of the server.
    pub path: &'a str,
    pub checked: &'a Checked,
}

/// None where the contract does not say enough: then the answer is the one of any other operation.
pub fn perform(mock: &mut Mock, visit: &Visit<'_>) -> Option<Answer> {
    let kind = kind(mock, visit.number)?;
    let is_writable = mock.collections.get(visit.number)?.is_writable();
    match visit.role {
        Role::List if is_writable || is_known_by_one(mock, visit) => {
            list(mock, visit, &kind, visit.path.trim_end_matches('/'))
        }
        Role::List => None,
        Role::Create => create(mock, visit, &kind, visit.path.trim_end_matches('/')),
        Role::Read | Role::Replace | Role::Merge | Role::Remove => {
            let (path, raw) = visit.path.rsplit_once('/')?;
            let id = percent::decode(raw).ok()?;
            open(mock, visit.number, path);
            match visit.role {
                Role::Read => read(mock, visit, &kind, path, &id, is_writable),
                Role::Replace => replace(mock, visit, &kind, path, &id),
                Role::Merge => merge(mock, visit, &kind, path, &id),
                Role::Remove | Role::List | Role::Create => remove(mock, visit, &kind, path, &id),
            }
        }
    }
}

/// Whether the contract has an example of a thing, and none of the list that is asked for.
fn is_known_by_one(mock: &mut Mock, visit: &Visit<'_>) -> bool {
    let read = mock.collections.get(visit.number).and_then(|collection| collection.read.clone());
    let read = read.and_then(|name| mock.contract.operation(&name));
    let is_given = |mock: &mut Mock, operation: &Operation| {
        let Some((status, response)) = success(operation) else { return false };
        draft(mock, operation, status, response, Wish::default()).is_example
    };
    read.is_some_and(|read| is_given(mock, &read)) && !is_given(mock, visit.operation)
}

/// Whether everything on the way to a path is there: `/customers/7` for `/customers/7/orders`.
pub fn is_way_there(mock: &mut Mock, template: &str, path: &str) -> bool {
    let ends: Vec<usize> = template.match_indices('/').skip(1).map(|(at, _)| at).collect();
    for end in ends {
        let Some((above, _)) = template.split_at_checked(end).filter(|(above, _)| above.ends_with('}'))
        else {
            continue;
        };
        let depth = above.split('/').count();
        let there: Vec<&str> = path.split('/').take(depth).collect();
        let there = there.join("/");
        let Some((collection, _)) = collections::item(above) else { continue };
        let known = mock.collections.iter().position(|one| one.template == collection && one.is_writable());
        let (Some(number), Some((path, raw))) = (known, there.rsplit_once('/')) else { continue };
        let Ok(id) = percent::decode(raw) else { continue };
        if kind(mock, number).is_none() {
            continue;
        }
        open(mock, number, path);
        if mock.store.get(path).is_some_and(|held| held.is_known && held.get(&id).is_none()) {
            return false;
        }
    }
    true
}

fn wish<'a>(visit: &Visit<'a>) -> Wish<'a> {
    Wish { accept: accept(visit.request), ..Wish::default() }
}

/// The answer that shows a thing.
fn show(mock: &mut Mock, visit: &Visit<'_>, status: u16, response: &Response, thing: &Json) -> Answer {
    let mut draft = draft(mock, visit.operation, status, response, wish(visit));
    if let Some(schema) = opened(mock, &mut draft)
        && let Some(collection) = mock.collections.get(visit.number)
        && let Some(Some(kind)) = mock.kinds.get(&visit.number).cloned()
    {
        let (template, parameter) = (collection.template.clone(), collection.parameter.clone());
        let contract = &mut mock.contract;
        let place = id_place(contract, schema, &template, &parameter);
        let envelope = place.as_ref().and_then(|place| place.envelope.clone());
        let is_thing = place.is_some() || schema == kind.schema;
        match (envelope, &mut draft.value) {
            (Some(name), Json::Object(fields)) => {
                let inner = inside(contract, schema, Some(&name));
                let seen = view(contract, inner, thing, fields.get(name.as_str()));
                fields.insert(name.to_string(), seen);
            }
            (None, value) if is_thing => *value = view(contract, schema, thing, Some(value)),
            _ => {}
        }
    }
    finish(draft)
}

/// The id is not there.
fn missing(mock: &mut Mock, visit: &Visit<'_>, id: &str) -> Answer {
    let shown: String = id.chars().take(100).collect();
    let what = Problem::new(404, format!("there is no `{shown}`"));
    of_system(mock, visit.operation, &what, wish(visit))
}

/// What the system says of a thing that nobody has written.
fn base(mock: &mut Mock, number: usize, operation: &Operation) -> Json {
    let Some((status, response)) = success(operation) else { return Json::Null };
    let draft = draft(mock, operation, status, response, Wish::default());
    things_of(mock, number, &draft).into_iter().next().unwrap_or(draft.value)
}

/// The same as the operation has it that reads things, where there is one.
fn base_of_reading(mock: &mut Mock, visit: &Visit<'_>) -> Json {
    let read = mock.collections.get(visit.number).and_then(|collection| collection.read.clone());
    let read = read.and_then(|name| mock.contract.operation(&name));
    base(mock, visit.number, read.as_deref().unwrap_or(visit.operation))
}

/// The thing with that id; one that nothing is known of is there, too.
fn look_up(mock: &mut Mock, visit: &Visit<'_>, kind: &Kind, path: &str, id: &str) -> Option<Json> {
    let held = mock.store.get(path)?;
    if let Some(thing) = held.get(id) {
        return Some(thing.clone());
    }
    let is_missing = held.is_known && declared(visit.operation, 404).is_some();
    if is_missing || held.is_gone(id) {
        return None;
    }
    let base = base_of_reading(mock, visit);
    Some(with_id(mock, base, kind, id))
}

fn keep(mock: &mut Mock, path: &str, id: &str, thing: &Json) {
    mock.store.put(path, id.to_owned(), thing.clone());
    if let Some(held) = mock.store.get_mut(path) {
        held.is_known = true;
    }
}

fn read(
    mock: &mut Mock,
    visit: &Visit<'_>,
    kind: &Kind,
    path: &str,
    id: &str,
    is_writable: bool,
) -> Option<Answer> {
    let (status, response) = success(visit.operation)?;
    let Some(thing) = look_up(mock, visit, kind, path, id) else { return Some(missing(mock, visit, id)) };
    if is_writable {
        // It is there from now on, whatever becomes known.
        mock.store.put(path, id.to_owned(), thing.clone());
    }
    Some(show(mock, visit, status, response, &thing))
}

/// What was sent, without what it may be wrapped in.
fn sent(visit: &Visit<'_>) -> Json {
    match &visit.checked.body {
        Some(Json::Object(fields)) => match fields.values().next() {
            Some(inner @ Json::Object(_)) if fields.len() == 1 => inner.clone(),
            _ => Json::Object(fields.clone()),
        },
        Some(other) => other.clone(),
        None => Json::Object(Dict::new()),
    }
}

/// What was sent as a thing. Only what is wrapped where the things are wrapped is unwrapped.
fn sent_thing(visit: &Visit<'_>, kind: &Kind) -> Json {
    let inner = sent(visit);
    let is_plain = match (&visit.checked.body, &inner) {
        (Some(Json::Object(outer)), Json::Object(_)) => {
            outer.keys().any(|name| kind.sayable.iter().any(|known| known == name))
        }
        _ => false,
    };
    match (&visit.checked.body, is_plain) {
        (Some(body), true) => body.clone(),
        _ => inner,
    }
}

/// 201 where it is declared, else any other success.
fn created(operation: &Operation) -> Option<(u16, &Response)> {
    let exact = operation.responses.iter().find(|response| response.status == Status::Exact(201));
    exact.map(|response| (201, response)).or_else(|| success(operation))
}

fn create(mock: &mut Mock, visit: &Visit<'_>, kind: &Arc<Kind>, path: &str) -> Option<Answer> {
    let (field, _) = kind.id.clone()?;
    let (status, response) = created(visit.operation)?;
    open(mock, visit.number, path);
    let draft = draft(mock, visit.operation, status, response, wish(visit));
    let answered = things_of(mock, visit.number, &draft).into_iter().next();
    let is_given = draft.is_example;
    // Examples say more than values that were made.
    let read = base_of_reading(mock, visit);
    let (base, proposed) = match answered {
        Some(answered) if is_given => (over(read, &answered), id_of(&answered, kind)),
        Some(answered) => (over(answered, &read), None),
        None => (read, None),
    };
    let sent = sent_thing(visit, kind);
    let thing = complete(&mut mock.contract, kind.schema, &sent, &base, &kind.sayable);
    let chosen = id_of(&sent, kind).filter(|id| id_of(&thing, kind).as_ref() == Some(id));
    if let Some(id) = &chosen
        && mock.store.get(path)?.get(id).is_some()
        && visit.operation.responses.iter().any(|response| response.status == Status::Exact(409))
    {
        let what = Problem::new(409, format!("there is `{id}` already"));
        return Some(of_system(mock, visit.operation, &what, wish(visit)));
    }
    let id = match chosen {
        Some(id) => id,
        None => free_id(mock, visit, path, kind, proposed, id_of(&base, kind))?,
    };
    let thing = with_id(mock, set(thing, &field), kind, &id);
    keep(mock, path, &id, &thing);
    let mut answer = show(mock, visit, status, response, &thing);
    if status == 201 && visit.checked.faults.is_empty() {
        let at = visit.request.path.trim_end_matches('/');
        answer.headers.push(("location", format!("{at}/{}", percent::encode(&id))));
    }
    Some(answer)
}

/// The field has a place, so that the id stands where the contract has it.
fn set(thing: Json, field: &str) -> Json {
    match thing {
        Json::Object(mut fields) => {
            fields.entry(field.to_owned()).or_insert(Json::Null);
            Json::Object(fields)
        }
        other => other,
    }
}

/// One object over another.
fn over(below: Json, above: &Json) -> Json {
    match (below, above) {
        (Json::Object(mut below), Json::Object(above)) => {
            below.extend(above.iter().map(|(name, value)| (name.clone(), value.clone())));
            Json::Object(below)
        }
        (_, above @ Json::Object(_)) => above.clone(),
        (below, _) => below,
    }
}

/// The id that the contract has for what is created (`proposed`), if it is free; else the one after the last, or where
/// there is none, one such as `first`.
fn free_id(
    mock: &mut Mock,
    visit: &Visit<'_>,
    path: &str,
    kind: &Kind,
    proposed: Option<String>,
    first: Option<String>,
) -> Option<String> {
    let Mock { store, contract, settings, .. } = mock;
    let held = store.get_mut(path)?;
    held.made += 1;
    let made = held.made.to_string();
    let held = store.get(path)?;
    let is_taken = |id: &str| held.get(id).is_some() || held.is_gone(id);
    let last = held.items().last().map(|(id, _)| id.to_owned());
    let first = first.filter(|_| last.is_none());
    let schemas = kind.id_schemas();
    let is_free = |id: &String| !is_taken(id) && is_id(contract, &schemas, id);
    if let Some(id) = proposed.or(first.clone()).filter(is_free) {
        return Some(id);
    }
    let mut chance = Chance::seeded(settings.seed.unwrap_or(0), &[&visit.operation.name, path, &made]);
    let last = last.or(first);
    fresh(contract, &schemas, last.as_deref(), &mut chance, &is_taken)
}

fn replace(mock: &mut Mock, visit: &Visit<'_>, kind: &Kind, path: &str, id: &str) -> Option<Answer> {
    let existing = mock.store.get(path)?.get(id).cloned();
    let is_known = mock.store.get(path)?.is_known;
    let says_created = visit.operation.responses.iter().any(|response| response.status == Status::Exact(201));
    let says_missing = declared(visit.operation, 404).is_some();
    if existing.is_none() && is_known && says_missing && !says_created {
        return Some(missing(mock, visit, id));
    }
    let (status, response) = match existing {
        Some(_) => success(visit.operation)?,
        None => created(visit.operation)?,
    };
    let base = match existing {
        Some(thing) => thing,
        None => base_of_reading(mock, visit),
    };
    let sent = sent_thing(visit, kind);
    let thing = complete(&mut mock.contract, kind.schema, &sent, &base, &kind.sayable);
    let thing = with_id(mock, thing, kind, id);
    keep(mock, path, id, &thing);
    Some(show(mock, visit, status, response, &thing))
}

fn merge(mock: &mut Mock, visit: &Visit<'_>, kind: &Kind, path: &str, id: &str) -> Option<Answer> {
    let (status, response) = success(visit.operation)?;
    let Some(thing) = look_up(mock, visit, kind, path, id) else { return Some(missing(mock, visit, id)) };
    if matches!(visit.checked.body, Some(Json::List(_))) {
        mock.remark(format!("{} was sent a list of changes, which is not carried out", visit.operation.name));
    }
    let thing = match sent_thing(visit, kind) {
        Json::Object(change) => {
            let thing = changed(mock, kind, thing, change);
            with_id(mock, thing, kind, id)
        }
        _ => thing,
    };
    keep(mock, path, id, &thing);
    Some(show(mock, visit, status, response, &thing))
}

/// The thing with all that a caller may change. A field that may be null is null where the change says so.
fn changed(mock: &mut Mock, kind: &Kind, thing: Json, mut change: Dict<Json>) -> Json {
    let known = item::fields(&mut mock.contract, kind.schema);
    let is_read_only =
        |name: &str| known.iter().any(|field| field.name == name && field.access == Access::ReadOnly);
    change.retain(|name, _| !is_read_only(name));
    let null: Vec<String> = known
        .iter()
        .filter(|field| matches!(change.get(field.name.as_str()), Some(Json::Null)))
        .filter(|field| mock.contract.schema(field.schema).nullable)
        .map(|field| field.name.to_string())
        .collect();
    let mut thing = merged(thing, &Json::Object(change));
    if let Json::Object(fields) = &mut thing {
        fields.extend(null.into_iter().map(|name| (name, Json::Null)));
    }
    thing
}

/// A merge patch (RFC 7396): null takes a field away.
fn merged(value: Json, change: &Json) -> Json {
    let Json::Object(changes) = change else { return change.clone() };
    let mut fields = if let Json::Object(fields) = value { fields } else { Dict::new() };
    for (name, change) in changes {
        if matches!(change, Json::Null) {
            fields.shift_remove(name);
        } else {
            let before = fields.get(name).cloned().unwrap_or_default();
            fields.insert(name.clone(), merged(before, change));
        }
    }
    Json::Object(fields)
}

fn remove(mock: &mut Mock, visit: &Visit<'_>, kind: &Kind, path: &str, id: &str) -> Option<Answer> {
    let (status, response) = success(visit.operation)?;
    let thing = look_up(mock, visit, kind, path, id);
    mock.store.remove(path, id);
    match thing {
        Some(thing) => Some(show(mock, visit, status, response, &thing)),
        None if declared(visit.operation, 404).is_some() => Some(missing(mock, visit, id)),
        None => None,
    }
}

fn list(mock: &mut Mock, visit: &Visit<'_>, kind: &Kind, path: &str) -> Option<Answer> {
    let (status, response) = success(visit.operation)?;
    open(mock, visit.number, path);
    let mut draft = draft(mock, visit.operation, status, response, wish(visit));
    let schema = opened(mock, &mut draft)?;
    let collection = mock.collections.get(visit.number)?;
    let (template, parameter) = (collection.template.clone(), collection.parameter.clone());
    let place = list_place(&mut mock.contract, schema, &template, &parameter)?;
    let fields = item::fields(&mut mock.contract, kind.schema).into_iter().map(|field| field.name);
    let fields: Vec<_> = fields.collect();
    let page = page(mock.store.get(path)?.items().map(|(_, thing)| thing), &fields, visit.checked);
    draft.value = with_items(&mut mock.contract, schema, &draft.value, &place, &page);
    // What nobody could have written more of is not shown where the contract says that there are more.
    let is_writable = mock.collections.get(visit.number)?.is_writable();
    let is_good = is_writable || fits(&mut mock.contract, schema, &draft.value, Way::Answer);
    is_good.then(|| finish(draft))
}
