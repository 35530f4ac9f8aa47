//! Expressions as Rust. A value is written in one of three ways: [`owned`] where it is taken, [`place`] where it is
//! looked into, [`borrowed`] where a reference is wanted.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::body::BodyCx;
use super::convert::converted;
use super::krate::ident;
use super::{branch, std_call};
use crate::ir::{Comparison, Expr, ExprKind, ListItem, Literal as Value, Operator, TextPart, Type, TypeDef};

/// The value itself.
pub fn owned(cx: &BodyCx<'_, '_, '_>, expr: &Expr) -> TokenStream {
    match &expr.kind {
        ExprKind::Literal(value) => literal(cx, value, &expr.ty),
        ExprKind::None => none(&expr.ty),
        ExprKind::Text(parts) => text(cx, parts),
        ExprKind::Local(_) | ExprKind::Field { .. } => taken(cx, expr),
        ExprKind::Config(id) => config(cx, *id, &expr.ty),
        ExprKind::Common { of, name } => branch::common(cx, of, name, &expr.ty),
        ExprKind::Key { of, name } => key(cx, of, name),
        ExprKind::Call { function, args } => {
            let call = function_call(cx, *function, args);
            match cx.file.krate.program.functions.get(function.0).is_some_and(|function| function.fallible) {
                true => {
                    let question = cx.question(expr.from_answer);
                    quote! { #call #question }
                }
                false => call,
            }
        }
        ExprKind::Std { name, args } => std_call::call(cx, expr, name, args),
        // Only a function takes one; what is written there is written in `std_call`.
        ExprKind::Lambda { body, .. } => owned(cx, body),
        ExprKind::Not(inner) => negation(cx, inner),
        ExprKind::Negate(inner) => negated(cx, expr, inner),
        ExprKind::Arithmetic { operator, left, right } => arithmetic(cx, expr, *operator, left, right),
        ExprKind::All(parts) => logic(cx, parts, &quote! { && }),
        ExprKind::AnyOf(parts) => logic(cx, parts, &quote! { || }),
        ExprKind::Compare { operator, left, right } => compare(cx, *operator, left, right),
        ExprKind::Coalesce { value, fallback } => branch::coalesce(cx, value, fallback),
        ExprKind::IfPresent { value, local, body } => branch::if_present(cx, value, *local, body),
        ExprKind::If { condition, then, otherwise } => branch::if_then(cx, condition, then, otherwise),
        ExprKind::Match { subject, arms } => branch::matching(cx, subject, arms),
        ExprKind::For { binding, list, condition, body } => {
            branch::repeat(cx, *binding, list, condition.as_ref(), body)
        }
        ExprKind::List(items) => list(cx, items),
        ExprKind::Record { of, fields } => record(cx, *of, fields),
        ExprKind::Dict { entries, spreads } => dict(cx, entries, spreads),
        ExprKind::Bind { local, value, body } => {
            let value = owned(cx, value);
            let name = cx.bind(*local);
            let body = owned(cx, body);
            quote! { { let #name = #value; #body } }
        }
        ExprKind::Narrow(inner) => {
            let narrowed = super::convert::narrowed(cx, inner, &expr.ty);
            let question = cx.question(expr.from_answer);
            quote! { #narrowed #question }
        }
        ExprKind::Else { value, fallback } => branch::otherwise(cx, value, fallback),
        ExprKind::Convert(inner) => converted(cx, inner, &expr.ty),
        ExprKind::Present(inner) => {
            let fault = cx.file.std("Fault");
            let value = owned(cx, inner);
            let question = cx.question(expr.from_answer);
            quote! { #value.ok_or_else(|| #fault::new("a value is absent")) #question }
        }
    }
}

/// Where the value is, or the value itself where it is nowhere yet.
pub fn place(cx: &BodyCx<'_, '_, '_>, expr: &Expr) -> TokenStream {
    match &expr.kind {
        ExprKind::Local(local) => {
            let name = cx.bind(*local);
            quote! { #name }
        }
        ExprKind::Field { of, field } => {
            let Type::Named(id) = &of.ty else { return owned(cx, expr) };
            let (of, name) = (place(cx, of), cx.file.krate.member(*id, *field));
            quote! { #of.#name }
        }
        // What stands behind it belongs to the whole.
        ExprKind::Arithmetic { .. } if matches!(expr.ty, Type::Float(_)) => {
            let value = owned(cx, expr);
            quote! { (#value) }
        }
        _ => owned(cx, expr),
    }
}

pub fn is_place(expr: &Expr) -> bool {
    super::moves::path_of(expr).is_some()
}

/// A reference to the value; the value itself where copying costs nothing.
pub fn borrowed(cx: &BodyCx<'_, '_, '_>, expr: &Expr) -> TokenStream {
    match (&expr.kind, &expr.ty) {
        (ExprKind::Literal(Value::Text(text)), Type::Text(_) | Type::OpenEnum(_)) => quote! { #text },
        (ExprKind::Literal(Value::Of(text)), Type::Regex | Type::Pattern) => {
            std_call::compiled(cx, text, &expr.ty)
        }
        (ExprKind::None, Type::Optional(_) | Type::Unit) => quote! { None },
        (ExprKind::Convert(inner), Type::Optional(_)) if !inner.ty.is_optional() => {
            let Type::Optional(present) = &expr.ty else { return owned(cx, expr) };
            let inner = match inner.ty.looks_like(present) {
                true => borrowed(cx, inner),
                false => {
                    let value = converted(cx, inner, present);
                    if cx.is_copy(present) {
                        value
                    } else {
                        quote! { & #value }
                    }
                }
            };
            quote! { Some(#inner) }
        }
        (ExprKind::Convert(inner), Type::Text(_) | Type::OpenEnum(_))
            if matches!(cx.file.krate.def_of(&inner.ty), Some((_, TypeDef::Enum(_)))) =>
        {
            let value = place(cx, inner);
            quote! { #value.as_str() }
        }
        (kind, Type::Optional(inner)) if !cx.is_copy(inner) => {
            let value = match kind {
                ExprKind::IfPresent { value, local, body } => {
                    branch::if_present_as(cx, value, (*local, body), |made| {
                        super::convert::collected_as(cx.file, made, inner)
                    })
                }
                _ => place(cx, expr),
            };
            match &**inner {
                Type::Text(_) | Type::OpenEnum(_) | Type::List(_) => quote! { #value.as_deref() },
                _ => quote! { #value.as_ref() },
            }
        }
        (_, ty) if cx.is_copy(ty) => owned(cx, expr),
        (ExprKind::Local(local), _) if cx.is_reference(*local) => place(cx, expr),
        (ExprKind::List(items), _) => {
            let items = plain_items(cx, items);
            match items {
                Some(items) => quote! { &[#(#items),*] },
                None => {
                    let value = owned(cx, expr);
                    quote! { & #value }
                }
            }
        }
        _ => {
            let value = super::convert::collected_as(cx.file, place(cx, expr), &expr.ty);
            quote! { & #value }
        }
    }
}

/// What goes on into something else need not be collected first.
fn uncollected(tokens: TokenStream) -> TokenStream {
    let mut all: Vec<proc_macro2::TokenTree> = tokens.into_iter().collect();
    if ends_in_collect(&all) {
        // `.`, `collect`, `()`
        all.truncate(all.len().saturating_sub(3));
    }
    all.into_iter().collect()
}

fn ends_in_collect(all: &[proc_macro2::TokenTree]) -> bool {
    let [.., proc_macro2::TokenTree::Ident(word), proc_macro2::TokenTree::Group(_)] = all else {
        return false;
    };
    word == "collect"
}

/// Behind a `&`, nothing else tells what is collected.
pub fn collected(tokens: TokenStream, into: &TokenStream) -> TokenStream {
    let mut all: Vec<proc_macro2::TokenTree> = tokens.into_iter().collect();
    if ends_in_collect(&all) {
        let group = all.pop();
        all.extend(quote! { ::<#into> });
        all.extend(group);
    }
    all.into_iter().collect()
}

/// A name or field whose value is wanted: moved where it is the last use, else copied.
fn taken(cx: &BodyCx<'_, '_, '_>, expr: &Expr) -> TokenStream {
    let value = place(cx, expr);
    if let ExprKind::Local(local) = &expr.kind
        && cx.is_view(*local)
    {
        return match expr.ty {
            Type::List(_) => quote! { #value.to_vec() },
            _ => quote! { #value.to_owned() },
        };
    }
    let boxed = match &expr.kind {
        ExprKind::Field { of, field } => match &of.ty {
            Type::Named(id) => cx.file.krate.is_boxed(*id, *field),
            _ => false,
        },
        _ => false,
    };
    let is_temporary = !is_place(expr);
    let moves = is_temporary || cx.may_move(expr) || (cx.is_copy(&expr.ty) && !boxed);
    match (boxed, moves, expr.ty.is_optional()) {
        (true, true, true) => quote! { #value.map(|value| *value) },
        (true, true, false) => quote! { *#value },
        (true, false, true) => quote! { #value.as_deref().cloned() },
        (true, false, false) => quote! { (*#value).clone() },
        (false, true, _) => value,
        (false, false, _) => quote! { #value.clone() },
    }
}

// ---- literals -----------------------------------------------------------------------------------

pub fn none(ty: &Type) -> TokenStream {
    match ty {
        Type::Unit => quote! { () },
        _ => quote! { None },
    }
}

pub fn literal(cx: &BodyCx<'_, '_, '_>, value: &Value, ty: &Type) -> TokenStream {
    let of_std = |name: &str, text: &str| {
        let name = cx.file.std(name);
        quote! { #name::literal(#text) }
    };
    match value {
        Value::Bool(value) => quote! { #value },
        Value::Int(value) => int(*value),
        Value::Float(text) => float(text),
        Value::Decimal(text) => of_std("Decimal", text),
        Value::Text(text) if text.is_empty() => quote! { String::new() },
        Value::Text(text) => quote! { #text.to_owned() },
        Value::Duration(millis) => {
            let (duration, millis) = (cx.file.std("Duration"), int(*millis));
            quote! { #duration::millis(#millis) }
        }
        Value::Of(text) => match ty {
            Type::Date => of_std("Date", text),
            Type::Time => of_std("Time", text),
            Type::DateTime => of_std("DateTime", text),
            Type::Uuid => of_std("Uuid", text),
            Type::Email => of_std("Email", text),
            Type::Uri => of_std("Uri", text),
            Type::Zone => of_std("Zone", text),
            _ => std_call::compiled(cx, text, ty),
        },
        Value::Value(at) => match ty {
            Type::Named(id) => {
                let (name, variant) = (cx.file.named(*id), cx.file.krate.member(*id, *at));
                quote! { #name::#variant }
            }
            _ => quote! { () },
        },
    }
}

pub fn int(value: i64) -> TokenStream {
    let digits = Literal::u64_unsuffixed(value.unsigned_abs());
    match (value, value < 0) {
        (i64::MIN, _) => quote! { i64::MIN },
        (_, true) => quote! { -#digits },
        (_, false) => quote! { #digits },
    }
}

/// Digits as written; a whole number gets its point.
pub fn float(text: &str) -> TokenStream {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (quote! { - }, rest),
        None => (quote! {}, text),
    };
    let value: f64 = digits.parse().unwrap_or(0.0);
    let value = Literal::f64_unsuffixed(if value.is_finite() { value } else { 0.0 });
    quote! { #sign #value }
}

fn config(cx: &BodyCx<'_, '_, '_>, id: crate::ir::ConfigId, ty: &Type) -> TokenStream {
    let field = super::config::field(cx.file.krate, id);
    let config = &cx.config;
    match cx.is_copy(ty) {
        true => quote! { #config.#field },
        false => quote! { #config.#field.clone() },
    }
}

fn text(cx: &BodyCx<'_, '_, '_>, parts: &[TextPart]) -> TokenStream {
    if let [TextPart::Value(value)] = parts {
        let value = place(cx, value);
        return quote! { #value.to_string() };
    }
    let mut format = String::new();
    let mut args = Vec::new();
    for part in parts {
        match part {
            TextPart::Chars(chars) => format.push_str(&chars.replace('{', "{{").replace('}', "}}")),
            TextPart::Value(value) => match &value.kind {
                ExprKind::Local(local) => {
                    format.push_str(&format!("{{{}}}", cx.bind(*local)));
                }
                _ => {
                    format.push_str("{}");
                    args.push(if is_place(value) { place(cx, value) } else { shown(cx, value) });
                }
            },
        }
    }
    if args.is_empty() {
        quote! { format!(#format) }
    } else {
        quote! { format!(#format, #(#args),*) }
    }
}

/// A value as an argument of `format!`.
fn shown(cx: &BodyCx<'_, '_, '_>, value: &Expr) -> TokenStream {
    match &value.kind {
        ExprKind::Literal(Value::Text(text)) => quote! { #text },
        _ => owned(cx, value),
    }
}

// ---- parts --------------------------------------------------------------------------------------

fn key(cx: &BodyCx<'_, '_, '_>, of: &Expr, name: &str) -> TokenStream {
    let place = place(cx, of);
    match &of.ty {
        Type::Named(_) => quote! { #place.additional.get(#name).cloned() },
        Type::Json => {
            let json = cx.file.std("json");
            quote! { #json::get(&#place, #name) }
        }
        _ => quote! { #place.get(#name).cloned() },
    }
}

pub fn function_call(cx: &BodyCx<'_, '_, '_>, function: crate::ir::FunctionId, args: &[Expr]) -> TokenStream {
    let name = cx.file.krate.function(function);
    let maps = cx.file.from("crate", "maps");
    let args = args.iter().enumerate().map(|(at, arg)| match cx.file.krate.takes(function, at) {
        true => owned(cx, arg),
        false => borrowed(cx, arg),
    });
    quote! { #maps::#name(#(#args),*) }
}

fn list(cx: &BodyCx<'_, '_, '_>, items: &[ListItem]) -> TokenStream {
    if let Some(items) = plain_items(cx, items) {
        return if items.is_empty() {
            quote! { Vec::new() }
        } else {
            quote! { vec![#(#items),*] }
        };
    }
    let pushes = items.iter().map(|item| match item {
        ListItem::Value(value) => {
            let value = owned(cx, value);
            quote! { items.push(#value); }
        }
        ListItem::Spread(value) => {
            let value = uncollected(owned(cx, value));
            quote! { items.extend(#value); }
        }
    });
    quote! { { let mut items = Vec::new(); #(#pushes)* items } }
}

/// The items of a list without spreads.
fn plain_items(cx: &BodyCx<'_, '_, '_>, items: &[ListItem]) -> Option<Vec<TokenStream>> {
    let is_plain = items.iter().all(|item| matches!(item, ListItem::Value(_)));
    is_plain.then(|| {
        let values = items.iter().map(|item| match item {
            ListItem::Value(value) | ListItem::Spread(value) => owned(cx, value),
        });
        values.collect()
    })
}

fn record(cx: &BodyCx<'_, '_, '_>, of: crate::ir::TypeId, fields: &[Expr]) -> TokenStream {
    let name = cx.file.named(of);
    let krate = cx.file.krate;
    let mut written = Vec::new();
    for (at, value) in fields.iter().enumerate() {
        if !super::types::keeps(krate, of, at) {
            continue;
        }
        let field = krate.member(of, at);
        let tokens = owned(cx, value);
        let tokens = match (krate.is_boxed(of, at), value.ty.is_optional(), &value.kind) {
            (true, true, ExprKind::None) => tokens,
            (true, true, _) => quote! { #tokens.map(Box::new) },
            (true, false, _) => quote! { Box::new(#tokens) },
            (false, _, _) => tokens,
        };
        written.push(match field == tokens.to_string() {
            true => quote! { #field },
            false => quote! { #field: #tokens },
        });
    }
    quote! { #name { #(#written),* } }
}

fn dict(cx: &BodyCx<'_, '_, '_>, entries: &[(String, Expr)], spreads: &[Expr]) -> TokenStream {
    let dict = cx.file.std("Dict");
    if spreads.is_empty() {
        let pairs = entries.iter().map(|(name, value)| {
            let value = owned(cx, value);
            quote! { (#name.to_owned(), #value) }
        });
        let pairs: Vec<TokenStream> = pairs.collect();
        return if pairs.is_empty() {
            quote! { #dict::new() }
        } else {
            quote! { #dict::from_iter([#(#pairs),*]) }
        };
    }
    let spreads = spreads.iter().map(|spread| {
        let spread = uncollected(owned(cx, spread));
        quote! { entries.extend(#spread); }
    });
    let inserts = entries.iter().map(|(name, value)| {
        let value = owned(cx, value);
        quote! { entries.insert(#name.to_owned(), #value); }
    });
    quote! { { let mut entries = #dict::new(); #(#spreads)* #(#inserts)* entries } }
}

// ---- operators ----------------------------------------------------------------------------------

fn negation(cx: &BodyCx<'_, '_, '_>, inner: &Expr) -> TokenStream {
    match &inner.kind {
        ExprKind::Not(inner) => owned(cx, inner),
        ExprKind::Compare { operator, left, right } if !matches!(left.ty.present(), Type::Float(_)) => {
            compare(cx, opposite(*operator), left, right)
        }
        ExprKind::Literal(Value::Bool(value)) => {
            let value = !value;
            quote! { #value }
        }
        _ => {
            let tokens = owned(cx, inner);
            match inner.kind {
                ExprKind::All(_)
                | ExprKind::AnyOf(_)
                | ExprKind::Compare { .. }
                | ExprKind::If { .. }
                | ExprKind::Match { .. } => quote! { !(#tokens) },
                _ => quote! { !#tokens },
            }
        }
    }
}

fn opposite(operator: Comparison) -> Comparison {
    match operator {
        Comparison::Equal => Comparison::NotEqual,
        Comparison::NotEqual => Comparison::Equal,
        Comparison::Less => Comparison::GreaterOrEqual,
        Comparison::LessOrEqual => Comparison::Greater,
        Comparison::Greater => Comparison::LessOrEqual,
        Comparison::GreaterOrEqual => Comparison::Less,
    }
}

fn negated(cx: &BodyCx<'_, '_, '_>, whole: &Expr, inner: &Expr) -> TokenStream {
    let value = owned(cx, inner);
    let module = match &inner.ty {
        Type::Int(_) => "int",
        Type::Duration => "duration",
        Type::Decimal(_) => {
            let module = cx.file.std("decimal");
            return quote! { #module::neg(#value) };
        }
        _ => return quote! { -(#value) },
    };
    let (module, question) = (cx.file.std(module), cx.question(whole.from_answer));
    quote! { #module::neg(#value) #question }
}

fn arithmetic(
    cx: &BodyCx<'_, '_, '_>,
    whole: &Expr,
    operator: Operator,
    left: &Expr,
    right: &Expr,
) -> TokenStream {
    if matches!(whole.ty, Type::Float(_)) {
        let (a, b) = (place(cx, left), place(cx, right));
        let operator = match operator {
            Operator::Add => quote! { + },
            Operator::Subtract => quote! { - },
            Operator::Multiply => quote! { * },
            Operator::Divide => quote! { / },
            Operator::Remainder => quote! { % },
        };
        return quote! { #a #operator #b };
    }
    let (a, b) = (owned(cx, left), owned(cx, right));
    let (module, function) = match (&left.ty, &right.ty, operator) {
        (Type::DateTime, Type::DateTime, _) => ("datetime", "between"),
        (Type::DateTime, _, Operator::Subtract) => ("datetime", "minus"),
        (Type::DateTime, ..) => ("datetime", "plus"),
        (Type::Date, _, Operator::Subtract) => ("date", "minus"),
        (Type::Date, ..) => ("date", "plus"),
        (Type::Duration, ..) => ("duration", operator_name(operator)),
        (Type::Decimal(_), ..) => ("decimal", operator_name(operator)),
        _ => ("int", operator_name(operator)),
    };
    let (module, function) = (cx.file.std(module), ident(function));
    let question = cx.question(whole.from_answer);
    quote! { #module::#function(#a, #b) #question }
}

fn operator_name(operator: Operator) -> &'static str {
    match operator {
        Operator::Add => "add",
        Operator::Subtract => "sub",
        Operator::Multiply => "mul",
        Operator::Divide => "div",
        Operator::Remainder => "rem",
    }
}

fn logic(cx: &BodyCx<'_, '_, '_>, parts: &[Expr], operator: &TokenStream) -> TokenStream {
    let parts = parts.iter().map(|part| {
        let tokens = owned(cx, part);
        match part.kind {
            ExprKind::All(_) | ExprKind::AnyOf(_) | ExprKind::If { .. } | ExprKind::Match { .. } => {
                quote! { (#tokens) }
            }
            _ => tokens,
        }
    });
    let mut whole = TokenStream::new();
    for (at, part) in parts.enumerate() {
        if at > 0 {
            whole.extend(operator.clone());
        }
        whole.extend(part);
    }
    whole
}

fn compare(cx: &BodyCx<'_, '_, '_>, operator: Comparison, left: &Expr, right: &Expr) -> TokenStream {
    let equality = matches!(operator, Comparison::Equal | Comparison::NotEqual);
    let same = operator == Comparison::Equal;
    for (value, other) in [(left, right), (right, left)] {
        if matches!(other.kind, ExprKind::None) && equality {
            let value = place(cx, value);
            return if same {
                quote! { #value.is_none() }
            } else {
                quote! { #value.is_some() }
            };
        }
        if let (ExprKind::Literal(Value::Bool(wanted)), Type::Bool, true) = (&other.kind, &value.ty, equality)
        {
            let is_plain = *wanted == same;
            return if is_plain { owned(cx, value) } else { negation(cx, value) };
        }
    }
    let (a, b) = match (&left.ty, equality) {
        (Type::Optional(inner), true) if matches!(**inner, Type::Text(_) | Type::OpenEnum(_)) => {
            (borrowed(cx, left), borrowed(cx, right))
        }
        _ => (operand(cx, left, equality), operand(cx, right, equality)),
    };
    let operator = match operator {
        Comparison::Equal => quote! { == },
        Comparison::NotEqual => quote! { != },
        Comparison::Less => quote! { < },
        Comparison::LessOrEqual => quote! { <= },
        Comparison::Greater => quote! { > },
        Comparison::GreaterOrEqual => quote! { >= },
    };
    quote! { #a #operator #b }
}

fn operand(cx: &BodyCx<'_, '_, '_>, expr: &Expr, equality: bool) -> TokenStream {
    match (&expr.kind, &expr.ty) {
        (ExprKind::Literal(Value::Text(text)), Type::Text(_) | Type::OpenEnum(_)) => quote! { #text },
        (ExprKind::Local(local), ty) if cx.is_reference(*local) => {
            let name = place(cx, expr);
            match ty {
                _ if cx.is_view(*local) => name,
                Type::Text(_) | Type::OpenEnum(_) if !equality => quote! { #name.as_str() },
                _ => quote! { *#name },
            }
        }
        (_, Type::Text(_) | Type::OpenEnum(_)) if !equality => {
            let value = place(cx, expr);
            quote! { #value.as_str() }
        }
        _ => {
            let value = place(cx, expr);
            match expr.kind {
                ExprKind::If { .. } | ExprKind::Match { .. } => quote! { (#value) },
                _ => value,
            }
        }
    }
}

/// A reference to a value whatever its type, for the functions of the codec.
pub fn borrowed_any(cx: &BodyCx<'_, '_, '_>, expr: &Expr) -> TokenStream {
    match &expr.kind {
        // A trait object is made of a reference to something that has a size.
        ExprKind::Local(local) if cx.is_view(*local) => {
            let view = place(cx, expr);
            quote! { &#view }
        }
        ExprKind::Local(local) if cx.is_reference(*local) => place(cx, expr),
        ExprKind::Literal(Value::Text(text)) => quote! { &#text },
        ExprKind::List(items) if items.is_empty() => {
            let ty = list_item(cx, &expr.ty);
            quote! { &Vec::<#ty>::new() }
        }
        ExprKind::None => {
            let ty = cx.file.ty(expr.ty.present());
            quote! { &None::<#ty> }
        }
        _ => {
            let value = super::convert::collected_as(cx.file, place(cx, expr), &expr.ty);
            quote! { & #value }
        }
    }
}

fn list_item(cx: &BodyCx<'_, '_, '_>, ty: &Type) -> TokenStream {
    match ty {
        Type::List(list) => cx.file.ty(&list.item),
        _ => quote! { () },
    }
}
