//! The leaves of a conjunction made one: types and values intersected, bounds tightened, fields gathered. What
//! stands outermost wins where only one can.

use std::sync::Arc;

use indexmap::IndexMap;
use smol_str::SmolStr;

use super::super::documents::{Documents, Place};
use super::super::model::{Access, Bound, Literal, NumberBounds, StringRule};
use super::super::{Contract, examples, patterns};
use super::flatten::View;
use super::keywords::{Type, type_names};
use super::{Parts, literals};
use crate::source::Span;

#[derive(Debug, Default)]
pub(super) struct Merged {
    pub span: Option<Span>,
    /// The types that all leaves allow, null aside; None where no leaf speaks of types.
    pub types: Option<Vec<Type>>,
    /// Whether null is named as a type or value by all who speak of it.
    pub nullable: bool,
    pub fields: IndexMap<SmolStr, Field>,
    pub required: Vec<SmolStr>,
    pub additional: Additional,
    pub patterns: Vec<Place>,
    pub items: Vec<Place>,
    /// A list whose items have a type each.
    pub tuple: Option<Place>,
    pub min_items: Option<u64>,
    pub max_items: Option<u64>,
    pub values: Option<Vec<(Literal, Span)>>,
    pub format: Option<SmolStr>,
    pub rule: StringRule,
    pub bounds: NumberBounds,
    pub is_file: bool,
    pub is_base64: bool,
    pub remarks: Remarks,
    /// Why no value fits, or what could not be found.
    pub broken: Option<String>,
    /// Where two parts exclude each other.
    pub conflict: Option<Conflict>,
}

#[derive(Debug)]
pub(super) struct Conflict {
    pub leaf: Place,
    pub key: &'static str,
    pub why: &'static str,
}

#[derive(Debug)]
pub(super) struct Field {
    /// A field that is declared in several maps must fit each declaration.
    pub places: Vec<Place>,
    /// The map that declared it last; of two declarations in one map the first counts.
    declared_in: Place,
    pub span: Span,
}

/// What may stand under keys that are not spelled out.
#[derive(Debug, Default)]
pub(super) enum Additional {
    #[default]
    Unsaid,
    None,
    Anything,
    Like(Vec<Place>),
}

/// What a schema says besides which values fit.
#[derive(Debug)]
pub(super) struct Remarks {
    pub nullable: bool,
    pub doc: Option<String>,
    pub default: Option<Place>,
    pub example: Option<Place>,
    pub access: Access,
    pub deprecated: bool,
    pub labels: Vec<SmolStr>,
}

impl Default for Remarks {
    fn default() -> Remarks {
        let access = Access::Both;
        Remarks {
            nullable: false,
            doc: None,
            default: None,
            example: None,
            access,
            deprecated: false,
            labels: Vec::new(),
        }
    }
}

pub(super) fn merge(contract: &mut Contract, parts: &Parts, view: &View, span: Span) -> Merged {
    let documents = Arc::clone(&contract.documents);
    let mut merged = Merged { span: Some(span), broken: view.broken.clone(), ..Merged::default() };
    let mut null_allowed = true;
    let mut null_named = false;
    for leaf in &view.leaves {
        let null = merge_leaf(contract, &documents, &mut merged, *leaf);
        match null {
            Null::Unsaid => {}
            Null::Allowed => null_named = true,
            Null::Refused => null_allowed = false,
        }
        let remarks = remarks(contract, *leaf);
        let is_outermost = parts.places.contains(leaf);
        // Where null is said to be allowed beside `allOf`, that is what is meant, whatever the parts say.
        merged.nullable |= remarks.nullable && is_outermost;
        take_remarks(&mut merged.remarks, remarks, is_outermost || view.leaves.len() == 1);
    }
    merged.nullable |= null_named && null_allowed;
    if let Some(only) = parts.only {
        merged.types = Some(vec![only]);
        merged.nullable = false;
    }
    merged
}

/// What a leaf says about null.
enum Null {
    Unsaid,
    Allowed,
    Refused,
}

fn merge_leaf(contract: &mut Contract, documents: &Documents, merged: &mut Merged, leaf: Place) -> Null {
    let null = merge_types(documents, merged, leaf);
    let null_value = merge_values(documents, merged, leaf);
    merge_object(contract, documents, merged, leaf);
    merge_list(documents, merged, leaf);
    merge_scalar(documents, merged, leaf);
    if null_value { Null::Allowed } else { null }
}

fn merge_types(documents: &Documents, merged: &mut Merged, leaf: Place) -> Null {
    let nullable = documents.flag_at(leaf, "nullable") || documents.flag_at(leaf, "x-nullable");
    let names = type_names(documents, leaf);
    let mut types: Vec<Type> = names.iter().filter_map(|(_, name)| Type::named(name)).collect();
    merged.is_file |= names.iter().any(|(_, name)| name == "file");
    if let [(_, name)] = names.as_slice()
        && matches!(
            name.as_str(),
            "date" | "datetime" | "date-time" | "uuid" | "float" | "double" | "int32" | "int64"
        )
    {
        merged.format = Some(SmolStr::new(name.replace("datetime", "date-time")));
    }
    if types.is_empty() {
        return if nullable { Null::Allowed } else { Null::Unsaid };
    }
    let null = types.contains(&Type::Null) || nullable;
    let only_null = types == [Type::Null];
    if !only_null {
        types.retain(|one| *one != Type::Null);
    }
    types.dedup();
    merged.types = Some(match merged.types.take() {
        None => types,
        Some(before) => {
            let both = intersect(&before, &types);
            if both.is_empty() {
                let why = "`allOf` asks for several types at once";
                merged.conflict = Some(Conflict { leaf, key: "type", why });
            }
            both
        }
    });
    if null { Null::Allowed } else { Null::Refused }
}

/// An integer is a number, too.
pub(super) fn intersect(one: &[Type], other: &[Type]) -> Vec<Type> {
    let mut both: Vec<Type> = one.iter().copied().filter(|kind| other.contains(kind)).collect();
    let narrowed = |from: &[Type], to: &[Type]| from.contains(&Type::Number) && to.contains(&Type::Int);
    if (narrowed(one, other) || narrowed(other, one)) && !both.contains(&Type::Int) {
        both.push(Type::Int);
    }
    both
}

/// `enum` and `const`; says whether null is among them.
fn merge_values(documents: &Documents, merged: &mut Merged, leaf: Place) -> bool {
    let listed = documents.get(leaf, "enum").or_else(|| documents.get(leaf, "x-enum"));
    let mut places: Vec<Place> = listed.map(|list| documents.items(list).collect()).unwrap_or_default();
    if let Some(only) = documents.get(leaf, "const") {
        places = vec![only];
    } else if places.is_empty() {
        if listed.is_some() && documents.get(leaf, "allOf").is_none() {
            merged.broken = Some("the list of values is empty".to_owned());
        }
        return false;
    }
    let all: Vec<(Literal, Span)> =
        places.iter().map(|place| (literals::literal(documents, *place), documents.span(*place))).collect();
    let has_null = all.iter().any(|(value, _)| *value == Literal::Null);
    let distinct = distinct(all.into_iter().filter(|(value, _)| *value != Literal::Null));
    merged.values = Some(match merged.values.take() {
        None => distinct,
        Some(before) => {
            let wanted: Vec<String> = distinct.iter().map(|(value, _)| format!("{value:?}")).collect();
            let both: Vec<_> =
                before.into_iter().filter(|(value, _)| wanted.contains(&format!("{value:?}"))).collect();
            if both.is_empty() && !distinct.is_empty() {
                let why = "`allOf` lists values that exclude each other";
                merged.conflict = Some(Conflict { leaf, key: "enum", why });
                distinct
            } else {
                both
            }
        }
    });
    has_null
}

fn distinct(values: impl Iterator<Item = (Literal, Span)>) -> Vec<(Literal, Span)> {
    let mut seen = rustc_hash::FxHashSet::default();
    values.filter(|(value, _)| seen.insert(format!("{value:?}"))).collect()
}

fn merge_object(contract: &mut Contract, documents: &Documents, merged: &mut Merged, leaf: Place) {
    if let Some(properties) = documents.get(leaf, "properties").and_then(|map| contract.through(map)) {
        contract.touch(properties);
        for entry in documents.entries(properties) {
            let new = Field { places: Vec::new(), declared_in: leaf, span: documents.span(entry.key) };
            let field = merged.fields.entry(SmolStr::new(&entry.name)).or_insert(new);
            let again = field.declared_in == properties || field.places.contains(&entry.value);
            if !again {
                field.places.push(entry.value);
            }
            field.declared_in = properties;
        }
    }
    if let Some(required) = documents.get(leaf, "required") {
        merged
            .required
            .extend(documents.items(required).filter_map(|name| documents.scalar(name)).map(SmolStr::new));
    }
    if let Some(additional) = documents.get(leaf, "additionalProperties") {
        let said = match documents.boolean(additional) {
            Some(false) => Additional::None,
            Some(true) => Additional::Anything,
            None if !documents.is_map(additional) => Additional::Anything,
            None if documents.entries(additional).next().is_none() => Additional::Anything,
            None => Additional::Like(vec![additional]),
        };
        merged.additional = match (std::mem::take(&mut merged.additional), said) {
            (Additional::Like(mut one), Additional::Like(other)) => {
                one.extend(other);
                Additional::Like(one)
            }
            // `false` in one of several parts would forbid the fields of the others; nobody means that.
            (Additional::Like(one), _) => Additional::Like(one),
            (_, said) => said,
        };
    }
    if let Some(patterns) = documents.get(leaf, "patternProperties") {
        merged.patterns.extend(documents.entries(patterns).map(|entry| entry.value));
    }
}

fn merge_list(documents: &Documents, merged: &mut Merged, leaf: Place) {
    if let Some(items) = documents.get(leaf, "items") {
        if documents.is_list(items) {
            merged.tuple = Some(leaf);
        } else if documents.boolean(items).is_none() {
            merged.items.push(items);
        }
    }
    if documents.get(leaf, "prefixItems").is_some() {
        merged.tuple = Some(leaf);
    }
    let count = |key| documents.scalar_at(leaf, key).and_then(|text| literals::whole(&text));
    merged.min_items = tighter(merged.min_items, count("minItems"), u64::max);
    merged.max_items = tighter(merged.max_items, count("maxItems"), u64::min);
}

fn tighter(one: Option<u64>, other: Option<u64>, pick: fn(u64, u64) -> u64) -> Option<u64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(pick(one, other)),
        (one, other) => one.or(other),
    }
}

fn merge_scalar(documents: &Documents, merged: &mut Merged, leaf: Place) {
    let text = |key| documents.text_at(leaf, key).map(SmolStr::new);
    let count = |key| documents.scalar_at(leaf, key).and_then(|text| literals::whole(&text));
    merged.format = text("format").or(merged.format.take());
    // One that has no form here is not enforced, which the check of the pattern tells.
    let pattern = text("pattern").and_then(|pattern| patterns::translate(&pattern).ok());
    merged.rule.pattern = pattern.map(SmolStr::from).or(merged.rule.pattern.take());
    merged.rule.min = tighter(merged.rule.min, count("minLength"), u64::max);
    merged.rule.max = tighter(merged.rule.max, count("maxLength"), u64::min);
    merged.is_base64 |=
        text("contentEncoding").is_some_and(|encoding| encoding.eq_ignore_ascii_case("base64"));
    let media = text("contentMediaType");
    merged.is_file |= media.is_some_and(|media| media == "application/octet-stream") && !merged.is_base64;
    if let Some(min) = bound(documents, leaf, "minimum", "exclusiveMinimum") {
        merged.bounds.min = Some(tighter_bound(merged.bounds.min.take(), min, std::cmp::Ordering::Greater));
    }
    if let Some(max) = bound(documents, leaf, "maximum", "exclusiveMaximum") {
        merged.bounds.max = Some(tighter_bound(merged.bounds.max.take(), max, std::cmp::Ordering::Less));
    }
    let multiple = documents.scalar_at(leaf, "multipleOf").filter(|text| literals::is_number(text));
    merged.bounds.multiple_of = coarser(multiple.map(SmolStr::new), merged.bounds.multiple_of.take());
}

/// Of two steps the longer one: among those that are enforced it contains the other.
fn coarser(one: Option<SmolStr>, other: Option<SmolStr>) -> Option<SmolStr> {
    match (one, other) {
        (Some(one), Some(other)) => Some(match literals::compare(&one, &other) {
            Some(std::cmp::Ordering::Less) => other,
            _ => one,
        }),
        (one, other) => one.or(other),
    }
}

/// `exclusiveMinimum` is a flag in 3.0 and a number from 3.1 on; both are understood everywhere.
fn bound(documents: &Documents, leaf: Place, key: &str, exclusive_key: &str) -> Option<Bound> {
    let number =
        |key: &str| documents.scalar_at(leaf, key).filter(|text| literals::is_number(text)).map(SmolStr::new);
    let inclusive =
        number(key).map(|value| Bound { value, exclusive: documents.flag_at(leaf, exclusive_key) });
    let exclusive = number(exclusive_key).map(|value| Bound { value, exclusive: true });
    exclusive.or(inclusive)
}

fn tighter_bound(before: Option<Bound>, bound: Bound, tighter: std::cmp::Ordering) -> Bound {
    match before {
        Some(before) if literals::compare(&bound.value, &before.value) != Some(tighter) => before,
        _ => bound,
    }
}

/// What one leaf says besides which values fit.
pub(super) fn remarks(contract: &Contract, leaf: Place) -> Remarks {
    let documents = &contract.documents;
    let access = match (documents.flag_at(leaf, "readOnly"), documents.flag_at(leaf, "writeOnly")) {
        (true, false) => Access::ReadOnly,
        (false, true) => Access::WriteOnly,
        (true, true) | (false, false) => Access::Both,
    };
    let in_list = documents.get(leaf, "type").is_some_and(|value| {
        documents.items(value).any(|item| documents.text(item).as_deref() == Some("null"))
    });
    Remarks {
        nullable: documents.flag_at(leaf, "nullable") || documents.flag_at(leaf, "x-nullable") || in_list,
        doc: documents.doc(leaf),
        default: documents.get(leaf, "default"),
        example: examples::of_schema(documents, leaf),
        access,
        deprecated: documents.flag_at(leaf, "deprecated"),
        labels: labels(documents, leaf),
    }
}

/// `x-sensitive: personal`, a list of labels, or `true`, which means personal.
fn labels(documents: &Documents, leaf: Place) -> Vec<SmolStr> {
    let Some(value) = documents.get(leaf, "x-sensitive") else { return Vec::new() };
    if documents.boolean(value) == Some(true) {
        return vec![SmolStr::new_static("personal")];
    }
    let listed: Vec<SmolStr> =
        documents.items(value).filter_map(|item| documents.text(item)).map(SmolStr::new).collect();
    if listed.is_empty() { documents.text(value).map(SmolStr::new).into_iter().collect() } else { listed }
}

/// The outermost wins; a base's own access, deprecation and example are not those of what extends it.
fn take_remarks(merged: &mut Remarks, leaf: Remarks, is_outermost: bool) {
    merged.doc = leaf.doc.or(merged.doc.take());
    merged.default = leaf.default.or(merged.default);
    merged.labels.extend(leaf.labels);
    if is_outermost {
        merged.example = leaf.example.or(merged.example);
        merged.deprecated |= leaf.deprecated;
        if leaf.access != Access::Both {
            merged.access = leaf.access;
        }
    }
}
