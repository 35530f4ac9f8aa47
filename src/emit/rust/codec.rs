//! How types are read from JSON and written to it: small functions over the runtime's reader and writer.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::quote;

use super::file::FileCx;
use super::krate::Rule;
use super::types::keeps;
use crate::ir::{Access, Field, Record, Type, TypeDef, TypeId, Union};

/// A function that reads a value: a path or a closure over the reader.
pub fn decoder(file: &FileCx<'_, '_>, ty: &Type) -> TokenStream {
    let reader = |name: &str| {
        let reader = file.codec("Reader");
        let name = super::krate::ident(name);
        quote! { #reader::#name }
    };
    let ruled = |name: &str, rule: Rule| {
        let (name, rule) = (super::krate::ident(name), file.rule(rule));
        quote! { |from| from.#name(&#rule) }
    };
    match ty {
        Type::Unit | Type::Never => reader("skip"),
        Type::Bool => reader("bool"),
        Type::Int(rule) if rule.is_free() => reader("int"),
        Type::Int(rule) => ruled("int_of", Rule::Int(rule.clone())),
        Type::Float(rule) if rule.is_free() => reader("float"),
        Type::Float(rule) => ruled("float_of", Rule::Float(rule.clone())),
        Type::Decimal(rule) => match (rule.is_free(), rule.as_text) {
            (true, false) => reader("decimal"),
            (true, true) => reader("decimal_text"),
            (false, false) => ruled("decimal_of", Rule::Decimal(rule.clone())),
            (false, true) => ruled("decimal_text_of", Rule::Decimal(rule.clone())),
        },
        Type::Text(rule) if rule.is_free() => reader("string"),
        Type::Text(rule) => ruled("string_of", Rule::Text(rule.clone())),
        Type::OpenEnum(values) => {
            let values = values.iter();
            quote! { |from| from.open_enum(&[#(#values),*]) }
        }
        Type::Date => reader("date"),
        Type::Time => reader("time"),
        Type::DateTime => reader("datetime"),
        Type::Duration => reader("duration"),
        Type::Uuid => reader("uuid"),
        Type::Email => reader("email"),
        Type::Uri => reader("uri"),
        Type::Bytes => reader("bytes"),
        Type::Zone => {
            let reader = file.codec("Reader");
            quote! { #reader::from_text }
        }
        Type::Json | Type::Regex | Type::Pattern | Type::Function(_) => reader("json"),
        Type::List(list) => {
            let item = decoder(file, &list.item);
            match (list.min, list.max) {
                (None, None) => quote! { |from| from.list(#item) },
                (min, max) => {
                    let min = proc_macro2::Literal::u64_unsuffixed(min.unwrap_or(0));
                    let max = match max {
                        Some(max) => {
                            let max = proc_macro2::Literal::u64_unsuffixed(max);
                            quote! { #max }
                        }
                        None => quote! { u64::MAX },
                    };
                    quote! { |from| from.list_of(#min, #max, #item) }
                }
            }
        }
        Type::Dict(values) => {
            let value = decoder(file, values);
            quote! { |from| from.dict(#value) }
        }
        Type::Optional(inner) => {
            let inner = decoder(file, inner);
            quote! { |from| from.optional(#inner) }
        }
        Type::Named(id) => match file.krate.def(*id) {
            Some(TypeDef::Enum(of)) if of.origin == crate::ir::Origin::Std => {
                let reader = file.codec("Reader");
                quote! { #reader::from_text }
            }
            _ => {
                file.codec("Decode");
                let name = file.named(*id);
                quote! { #name::decode }
            }
        },
    }
}

/// A decoder for a reader of any lifetime: methods of the reader are tied to one.
pub fn any_decoder(file: &FileCx<'_, '_>, ty: &Type) -> TokenStream {
    let decoder = decoder(file, ty);
    match decoder.to_string().strip_prefix("Reader :: ") {
        Some(method) => {
            let method = super::krate::ident(method.trim());
            quote! { |from| from.#method() }
        }
        None => decoder,
    }
}

pub fn decode_record(file: &FileCx<'_, '_>, id: TypeId, of: &Record) -> TokenStream {
    let (decode, reader, slot) = (file.codec("Decode"), file.codec("Reader"), file.codec("Slot"));
    let name = file.named(id);
    let kept: Vec<(usize, &Field)> =
        of.fields.iter().enumerate().filter(|(at, _)| keeps(file.krate, id, *at)).collect();
    let slots = kept.iter().map(|(at, _)| {
        let field = slot_name(file, id, *at);
        quote! { let mut #field = #slot::Absent; }
    });
    let slots: Vec<TokenStream> = slots.collect();
    let arms = kept.iter().map(|(at, field)| arm(file, id, *at, field));
    let arms: Vec<TokenStream> = arms.collect();
    let additional = of.additional.as_ref().filter(|_| keeps(file.krate, id, of.fields.len()));
    let (before, rest, last) = match (additional, &of.additional) {
        (Some(values), _) => {
            let (dict, value) = (file.std("Dict"), decoder(file, values));
            let entry = quote! { from.entry(name, &mut additional, #value) };
            let entry = match file.krate.varying(id, of.fields.len()) {
                Some(varying) => quote! { { if from.reads(#varying) { #entry } else { from.skip(); } } },
                None => entry,
            };
            (quote! { let mut additional = #dict::new(); }, entry, quote! { additional })
        }
        (None, Some(_)) => (quote! {}, quote! { { from.skip(); } }, quote! {}),
        (None, None) => (quote! {}, quote! { from.unknown(name) }, quote! {}),
    };
    // Fields that do not travel this way, or that nobody keeps, are not among those that the contract does not name.
    let is_passed_over = |at: usize, field: &Field| {
        field.access != Access::Both || !keeps(file.krate, id, at) || file.krate.varying(id, at).is_some()
    };
    let passed = of.fields.iter().enumerate().filter(|(at, field)| is_passed_over(*at, field));
    let passed: Vec<&String> = passed.map(|(_, field)| &field.name).collect();
    let passed =
        (additional.is_some() && !passed.is_empty()).then(|| quote! { #(#passed)|* => { from.skip(); } });
    let ends = kept.iter().map(|(at, field)| end(file, id, *at, field));
    let ends: Vec<TokenStream> = ends.collect();
    let fields = kept.iter().map(|(at, field)| {
        let (member, slot) = (file.krate.member(id, *at), slot_name(file, id, *at));
        let value = match (file.krate.is_boxed(id, *at), field.ty.is_optional()) {
            (true, true) => quote! { #slot?.map(Box::new) },
            (true, false) => quote! { Box::new(#slot?) },
            (false, _) => quote! { #slot? },
        };
        quote! { #member: #value }
    });
    let fields: Vec<TokenStream> = fields.collect();
    let reading = match arms.is_empty() && passed.is_none() {
        true => rest,
        false => quote! { match name { #(#arms)* #passed _ => #rest, } },
    };
    let last = (!last.is_empty()).then_some(last);
    let all = fields.into_iter().chain(last);
    quote! {
        impl #decode for #name {
            fn decode(from: &mut #reader<'_>) -> Option<#name> {
                #(#slots)*
                #before
                from.object(&mut |from, name| #reading)?;
                #(#ends)*
                Some(#name { #(#all),* })
            }
        }
    }
}

/// Fields called `from` or `name` would hide what is around them.
fn slot_name(file: &FileCx<'_, '_>, id: TypeId, at: usize) -> proc_macro2::Ident {
    let name = file.krate.member(id, at).to_string();
    match name.as_str() {
        // No field has such a name, as words of Rust only end so.
        "from" | "name" | "additional" => super::krate::ident(&format!("{name}_")),
        _ => super::krate::ident(&name),
    }
}

fn arm(file: &FileCx<'_, '_>, id: TypeId, at: usize, field: &Field) -> TokenStream {
    let (slot, wire) = (slot_name(file, id, at), &field.name);
    let ty = match &field.default {
        // A default stands for null, too.
        Some(_) => field.ty.clone().optional(),
        None => field.ty.clone(),
    };
    let value = decoder(file, &ty);
    let guard = guard(file, id, at, field.access);
    quote! { #wire #guard => from.set(name, &mut #slot, #value), }
}

/// `readOnly` fields travel in answers only, `writeOnly` ones in requests.
/// What only some operations read is passed over for the others.
fn guard(file: &FileCx<'_, '_>, id: TypeId, at: usize, access: Access) -> TokenStream {
    match (access, file.krate.varying(id, at)) {
        (Access::Both, None) => quote! {},
        (Access::Both, Some(field)) => quote! { if from.reads(#field) },
        (access, None) => {
            let access = access_name(file, access);
            quote! { if from.takes(#access) }
        }
        (access, Some(field)) => {
            let access = access_name(file, access);
            quote! { if from.takes(#access) && from.reads(#field) }
        }
    }
}

fn access_name(file: &FileCx<'_, '_>, access: Access) -> TokenStream {
    let name = file.codec("Access");
    match access {
        Access::Both => quote! { #name::Both },
        Access::ReadOnly => quote! { #name::ReadOnly },
        Access::WriteOnly => quote! { #name::WriteOnly },
    }
}

/// Whether a value is there that has to be.
fn end(file: &FileCx<'_, '_>, id: TypeId, at: usize, field: &Field) -> TokenStream {
    let (slot, wire) = (slot_name(file, id, at), &field.name);
    if let Some(default) = &field.default {
        let default = super::constant(file, default);
        let parsed = syn::parse2::<syn::Expr>(default.clone());
        let is_cheap = matches!(parsed, Ok(syn::Expr::Path(_) | syn::Expr::Lit(_)));
        return match is_cheap {
            true => quote! { let #slot = #slot.optional().map(|value| value.unwrap_or(#default)); },
            false => {
                let default = super::body::closure(&[], &default);
                quote! { let #slot = #slot.optional().map(|value| value.unwrap_or_else(#default)); }
            }
        };
    }
    if field.ty == Type::Unit {
        return quote! { let #slot = #slot.or(|| ()); };
    }
    if field.ty.is_optional() {
        return quote! { let #slot = #slot.optional(); };
    }
    let due = due(file, id, at, field);
    if due.is_empty() {
        return quote! { let #slot = #slot.required(from, #wire); };
    }
    let blank = thunk(&blank(file, &field.ty, 0));
    quote! {
        let #slot = if #(#due)&&* { #slot.required(from, #wire) } else { #slot.or(#blank) };
    }
}

/// What has to hold so that a field without a value is missing.
fn due(file: &FileCx<'_, '_>, id: TypeId, at: usize, field: &Field) -> Vec<TokenStream> {
    let is_read = file.krate.slice.types.get(&id).is_none_or(|of| of.read.contains(&at));
    let is_backends = matches!(file.krate.def(id).map(TypeDef::origin), Some(crate::ir::Origin::Backend(_)));
    let mut due = Vec::new();
    if field.access != Access::Both {
        let access = access_name(file, field.access);
        due.push(quote! { from.takes(#access) });
    }
    if let Some(name) = file.krate.varying(id, at) {
        due.push(quote! { from.reads(#name) });
    }
    if is_backends && !is_read {
        // Nobody reads it in an answer; it is kept because it is sent.
        let side = file.codec("Side");
        due.push(quote! { from.side() == #side::Caller });
    }
    due
}

/// A function that makes a value: `|| f()` is `f`.
pub fn thunk(value: &TokenStream) -> TokenStream {
    let tokens: Vec<TokenTree> = value.clone().into_iter().collect();
    if let [path @ .., TokenTree::Group(group)] = tokens.as_slice()
        && group.delimiter() == Delimiter::Parenthesis
        && group.stream().is_empty()
    {
        let path: TokenStream = path.iter().cloned().collect();
        if syn::parse2::<syn::Path>(path.clone()).is_ok() {
            return path;
        }
    }
    quote! { || #value }
}

/// A value that stands where nobody looks.
fn blank(file: &FileCx<'_, '_>, ty: &Type, depth: usize) -> TokenStream {
    let literal = |name: &str, text: &str| {
        let name = file.std(name);
        quote! { #name::literal(#text) }
    };
    match ty {
        Type::Unit | Type::Never => quote! { () },
        Type::Bool => quote! { false },
        Type::Int(_) => quote! { 0 },
        Type::Float(_) => quote! { 0.0 },
        Type::Decimal(_) => literal("Decimal", "0"),
        Type::Text(_) | Type::OpenEnum(_) => quote! { String::new() },
        Type::Date => literal("Date", "1970-01-01"),
        Type::Time => literal("Time", "00:00:00"),
        Type::DateTime => literal("DateTime", "1970-01-01T00:00:00Z"),
        Type::Duration => {
            let duration = file.std("Duration");
            quote! { #duration::millis(0) }
        }
        Type::Uuid => literal("Uuid", "00000000-0000-0000-0000-000000000000"),
        Type::Email => literal("Email", "nobody@example.com"),
        Type::Uri => literal("Uri", "about:blank"),
        Type::Zone => literal("Zone", "UTC"),
        Type::Bytes => {
            let bytes = file.std("Bytes");
            quote! { #bytes::default() }
        }
        Type::Json | Type::Regex | Type::Pattern | Type::Function(_) => {
            let json = file.std("Json");
            quote! { #json::Null }
        }
        Type::List(_) => quote! { Vec::new() },
        Type::Dict(_) => {
            let dict = file.std("Dict");
            quote! { #dict::new() }
        }
        Type::Optional(_) => quote! { None },
        Type::Named(id) => blank_named(file, *id, depth),
    }
}

fn blank_named(file: &FileCx<'_, '_>, id: TypeId, depth: usize) -> TokenStream {
    let name = file.named(id);
    match file.krate.def(id) {
        Some(TypeDef::Enum(_)) => {
            let first = file.krate.member(id, 0);
            quote! { #name::#first }
        }
        Some(TypeDef::Union(union)) => {
            let first = file.krate.member(id, 0);
            let inner = union.members.first().map(|member| blank(file, &member.ty, depth + 1));
            quote! { #name::#first(#inner) }
        }
        Some(TypeDef::Record(record)) => {
            let fields = record.fields.iter().enumerate().filter(|(at, _)| keeps(file.krate, id, *at));
            let fields = fields.map(|(at, field)| {
                let member = file.krate.member(id, at);
                let value = blank(file, &field.ty, depth + 1);
                let value = match file.krate.is_boxed(id, at) && !field.ty.is_optional() {
                    true => quote! { Box::new(#value) },
                    false => value,
                };
                quote! { #member: #value }
            });
            let fields: Vec<TokenStream> = fields.collect();
            let additional = keeps(file.krate, id, record.fields.len()) && record.additional.is_some();
            let additional = additional.then(|| {
                let dict = file.std("Dict");
                quote! { additional: #dict::new() }
            });
            let all = fields.into_iter().chain(additional);
            quote! { #name { #(#all),* } }
        }
        None => quote! { () },
    }
}

// ---- writing ------------------------------------------------------------------------------------

/// The name of a field as it stands between quotes in JSON.
fn escaped(name: &str) -> String {
    let quoted = serde_json::Value::from(name).to_string();
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or(name).to_owned()
}

pub fn encode_record(file: &FileCx<'_, '_>, id: TypeId, of: &Record) -> TokenStream {
    let (encode, writer) = (file.codec("Encode"), file.codec("Writer"));
    let name = file.named(id);
    let fields =
        of.fields.iter().enumerate().filter(|(at, _)| keeps(file.krate, id, *at)).map(|(at, field)| {
            let member = file.krate.member(id, at);
            let wire = escaped(&field.name);
            let method = match (field.ty.is_optional(), field.nullable) {
                // Nothing is left out where it may be, and else it is null.
                (true, false) if field.ty == Type::Unit => return quote! {},
                (true, true) if field.ty == Type::Unit => quote! { field },
                (false, _) => quote! { field },
                (true, false) => quote! { optional },
                (true, true) => quote! { nullable },
            };
            let value = match texts(file, quote! { self.#member }, &field.ty) {
                Some(value) => quote! { & #value },
                None => quote! { &self.#member },
            };
            let line = quote! { object.#method(#wire, #value); };
            match field.access {
                Access::Both => line,
                access => {
                    let access = access_name(file, access);
                    quote! { if object.takes(#access) { #line } }
                }
            }
        });
    let fields: Vec<TokenStream> = fields.filter(|line| !line.is_empty()).collect();
    let additional = (of.additional.is_some() && keeps(file.krate, id, of.fields.len())).then(|| {
        quote! { for (name, value) in &self.additional { object.entry(name, value); } }
    });
    let binding = match fields.is_empty() && additional.is_none() {
        true => quote! { to.object().end(); },
        false => quote! { let mut object = to.object(); #(#fields)* #additional object.end(); },
    };
    quote! {
        impl #encode for #name {
            fn encode(&self, to: &mut #writer) { #binding }
        }
    }
}

/// Decimals that a contract keeps in strings, wherever they are in a value.
pub fn texts(file: &FileCx<'_, '_>, value: TokenStream, ty: &Type) -> Option<TokenStream> {
    match ty {
        Type::Decimal(rule) if rule.as_text => {
            let text = file.codec("DecimalText");
            Some(quote! { #text(#value) })
        }
        Type::Optional(inner) => {
            let inner = texts(file, quote! { value }, inner)?;
            Some(match inner.to_string() == "DecimalText (value)" {
                true => {
                    let text = file.codec("DecimalText");
                    quote! { #value.map(#text) }
                }
                false => quote! { #value.as_ref().map(|value| #inner) },
            })
        }
        Type::List(list) => {
            let inner = texts(file, looked_at(&list.item), &list.item)?;
            Some(quote! { #value.iter().map(|value| #inner).collect::<Vec<_>>() })
        }
        Type::Dict(values) => {
            let dict = file.std("Dict");
            let inner = texts(file, looked_at(values), values)?;
            Some(quote! { #value.iter().map(|(key, value)| (key.clone(), #inner)).collect::<#dict<_>>() })
        }
        _ => None,
    }
}

/// A value at which there is a look, as `texts` wants it: methods follow the look by themselves.
fn looked_at(ty: &Type) -> TokenStream {
    match ty {
        Type::Decimal(_) => quote! { *value },
        _ => quote! { value },
    }
}

pub fn decode_enum(file: &FileCx<'_, '_>, id: TypeId) -> TokenStream {
    let (decode, reader) = (file.codec("Decode"), file.codec("Reader"));
    let name = file.named(id);
    quote! {
        impl #decode for #name {
            fn decode(from: &mut #reader<'_>) -> Option<#name> {
                let at = from.one_of(&#name::NAMES)?;
                #name::ALL.get(at).copied()
            }
        }
    }
}

pub fn encode_text(file: &FileCx<'_, '_>, id: TypeId) -> TokenStream {
    let (encode, writer) = (file.codec("Encode"), file.codec("Writer"));
    let name = file.named(id);
    quote! {
        impl #encode for #name {
            fn encode(&self, to: &mut #writer) {
                to.string(self.as_str());
            }
        }
    }
}

pub fn decode_union(file: &FileCx<'_, '_>, id: TypeId, of: &Union) -> TokenStream {
    let (decode, reader) = (file.codec("Decode"), file.codec("Reader"));
    let name = file.named(id);
    let body = match &of.by {
        Some(by) if of.members.iter().all(|member| !member.tags.is_empty()) => by_tag(file, id, of, by),
        _ => by_shape(file, id, of),
    };
    quote! {
        impl #decode for #name {
            fn decode(from: &mut #reader<'_>) -> Option<#name> { #body }
        }
    }
}

fn by_tag(file: &FileCx<'_, '_>, id: TypeId, of: &Union, by: &str) -> TokenStream {
    let name = file.named(id);
    let tags: Vec<&String> = of.members.iter().flat_map(|member| &member.tags).collect();
    let mut next = 0;
    let mut arms = Vec::new();
    for (at, member) in of.members.iter().enumerate() {
        let numbers = numbers(next, member.tags.len());
        next += member.tags.len();
        let (variant, value) = (file.krate.member(id, at), decoder(file, &member.ty));
        let read = super::called(&value, &quote! { from });
        // The last one needs no number: there is none behind it.
        arms.push(match at + 1 == of.members.len() {
            true => quote! { _ => #read.map(#name::#variant) },
            false => quote! { #numbers => #read.map(#name::#variant) },
        });
    }
    quote! { match from.tag_of(#by, &[#(#tags),*])? { #(#arms),* } }
}

/// `1`, `1 | 2`, `1..=3`
fn numbers(first: usize, count: usize) -> TokenStream {
    let number = proc_macro2::Literal::usize_unsuffixed;
    let (from, to) = (number(first), number((first + count).saturating_sub(1)));
    match count {
        0 | 1 => quote! { #from },
        2 => quote! { #from | #to },
        _ => quote! { #from..=#to },
    }
}

fn by_shape(file: &FileCx<'_, '_>, id: TypeId, of: &Union) -> TokenStream {
    let name = file.named(id);
    let tries = of.members.iter().enumerate().map(|(at, member)| {
        let (variant, value) = (file.krate.member(id, at), decoder(file, &member.ty));
        quote! {
            if let Some(value) = from.attempt(#value) {
                return Some(#name::#variant(value));
            }
        }
    });
    let tries: Vec<TokenStream> = tries.collect();
    let message = format!(
        "must be one of {}",
        of.members.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", ")
    );
    quote! { #(#tries)* from.fault(#message); from.skip(); None }
}

pub fn encode_union(file: &FileCx<'_, '_>, id: TypeId, of: &Union) -> TokenStream {
    let (encode, writer) = (file.codec("Encode"), file.codec("Writer"));
    let name = file.named(id);
    let arms = of.members.iter().enumerate().map(|(at, member)| {
        let variant = file.krate.member(id, at);
        match texts(file, quote! { value }, &member.ty) {
            Some(value) => quote! { #name::#variant(value) => #value.encode(to) },
            None => quote! { #name::#variant(value) => value.encode(to) },
        }
    });
    let arms: Vec<TokenStream> = arms.collect();
    quote! {
        impl #encode for #name {
            fn encode(&self, to: &mut #writer) {
                match self { #(#arms),* }
            }
        }
    }
}

#[cfg(test)]
mod tests;
