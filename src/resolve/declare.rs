//! Fills the tables of names, file by file in order, so that the first of two twins is the one that counts.

use smol_str::SmolStr;

use super::{Callable, Declared, Names, Scope, Unit, UnitId};
use crate::diagnostic::{Diagnostic, names};
use crate::syntax::ast;

/// Resolves all units at once. The first unit is std.
pub fn resolve<'a>(units: &[Unit<'a>]) -> (Names<'a>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let scopes =
        units.iter().enumerate().map(|(at, unit)| scope(UnitId(at), unit, &mut diagnostics)).collect();
    (Names { units: scopes, ..Names::default() }, diagnostics)
}

fn scope<'a>(id: UnitId, unit: &Unit<'a>, diagnostics: &mut Vec<Diagnostic>) -> Scope<'a> {
    let dependencies = unit.dependencies.iter().map(|(name, at)| (name.clone(), UnitId(*at))).collect();
    let mut scope = Scope { name: unit.name.clone(), dependencies, ..Scope::default() };
    for item in unit.files.iter().flat_map(|file| &file.items) {
        match item {
            ast::Item::Backend(decl) => capital(id, &mut scope, Declared::Backend(decl), diagnostics),
            ast::Item::Type(decl) => capital(id, &mut scope, Declared::Type(decl), diagnostics),
            ast::Item::Problem(decl) => capital(id, &mut scope, Declared::Problem(decl), diagnostics),
            ast::Item::Service(decl) => capital(id, &mut scope, Declared::Service(decl), diagnostics),
            ast::Item::Broker(decl) => capital(id, &mut scope, Declared::Broker(decl), diagnostics),
            ast::Item::Event(decl) => capital(id, &mut scope, Declared::Event(decl), diagnostics),
            ast::Item::Map(decl) => callable(id, &mut scope, Callable::Map(decl), diagnostics),
            ast::Item::Fn(decl) => callable(id, &mut scope, Callable::Fn(decl), diagnostics),
            ast::Item::Test(test) => scope.tests.push(test),
            ast::Item::Broken(broken) => match &broken.declares {
                ast::Declares::Name(name) => {
                    scope.unread.names.insert(name.text.clone());
                }
                ast::Declares::Nothing => {}
                ast::Declares::Unknown => scope.unread.nameless = true,
            },
        }
    }
    scope
}

fn capital<'a>(id: UnitId, scope: &mut Scope<'a>, declared: Declared<'a>, diagnostics: &mut Vec<Diagnostic>) {
    let name = declared.name();
    if id != UnitId::STD && !name.text.starts_with(|first: char| first.is_ascii_uppercase()) {
        diagnostics.push(names::wants_capital(declared.kind(), name, &with_capital(&name.text)));
    }
    // Two versions of a service stand side by side: they are told apart by the version.
    let key = match declared {
        Declared::Service(service) => service_key(scope, service),
        _ => name.text.clone(),
    };
    if let Some(first) = scope.capitals.get(&key) {
        diagnostics.push(names::declared_twice(name, declared.kind(), first.kind(), first.name().span));
        return;
    }
    scope.capitals.insert(key, declared);
}

/// The first version of a service takes the name; further ones are also reachable as `Orders.v2`.
fn service_key(scope: &Scope<'_>, service: &ast::Service) -> SmolStr {
    let name = &service.name.text;
    let Some(Declared::Service(first)) = scope.capitals.get(name) else { return name.clone() };
    match (&first.version, &service.version) {
        (Some(first), Some(version)) if first.text != version.text => {
            format!("{name}.{}", version.text).into()
        }
        _ => name.clone(),
    }
}

fn callable<'a>(
    id: UnitId,
    scope: &mut Scope<'a>,
    callable: Callable<'a>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let name = callable.name();
    if name.text.starts_with(|first: char| first.is_ascii_uppercase()) {
        diagnostics.push(names::wants_small_letter(name, &with_small_letter(&name.text)));
    }
    let twins = scope.callables.entry(name.text.clone()).or_default();
    match twins.first() {
        Some(first) if id != UnitId::STD => {
            diagnostics.push(names::declared_twice(name, kind(callable), kind(*first), first.name().span));
        }
        _ => twins.push(callable),
    }
}

fn kind(callable: Callable<'_>) -> &'static str {
    match callable {
        Callable::Map(_) => "map",
        Callable::Fn(_) => "function",
    }
}

fn with_capital(name: &str) -> String {
    let mut letters = name.trim_start_matches('_').chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

fn with_small_letter(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}
