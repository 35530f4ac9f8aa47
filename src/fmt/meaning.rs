//! Whether two files mean the same: equal trees but for the places of things, and the same comments in the same
//! order. The formatter's own check of what it wrote. A place that this file forgets to forget makes equal
//! trees unequal, never the other way round.

mod expressions;
mod steps;

use crate::source::{SourceId, Span};
use crate::syntax::ast::{
    Backend, Bounds, Broken, Broker, Constraint, ConstraintKind, Declares, Doc, EventDecl, Field, File,
    FnDecl, Handler, Item, Label, MapDecl, Member, Name, Number, Operation, Outcome, Param, ParamPlace, Path,
    ProblemDecl, Segment, SegmentPart, Service, Setting, Signature, Test, Text, Trigger, TypeBody, TypeDecl,
    TypeExpr, TypeKind,
};

use expressions::{expression, forget_entry};
use steps::{forget_step, forget_test_step};

pub fn same_meaning(left: &File, right: &File) -> bool {
    let comments = |file: &File| {
        file.comments.iter().map(|comment| comment.text.trim_end().to_owned()).collect::<Vec<_>>()
    };
    comments(left) == comments(right) && without_places(left) == without_places(right)
}

/// The tree with all places set to the same one.
pub fn without_places(file: &File) -> Vec<Item> {
    let mut items = file.items.clone();
    items.iter_mut().for_each(item);
    items
}

fn forget(span: &mut Span) {
    *span = Span::new(SourceId(0), 0, 0);
}

fn item(item: &mut Item) {
    match item {
        Item::Backend(Backend { doc, name, settings, span })
        | Item::Broker(Broker { doc, name, settings, span }) => {
            documentation(doc);
            forget_name(name);
            settings.iter_mut().for_each(setting);
            forget(span);
        }
        Item::Type(declaration) => type_declaration(declaration),
        Item::Map(declaration) => map(declaration),
        Item::Fn(declaration) => function(declaration),
        Item::Problem(declaration) => problem(declaration),
        Item::Event(declaration) => event(declaration),
        Item::Service(declaration) => service(declaration),
        Item::Test(Test { name, steps, span }) => {
            text(name);
            steps.iter_mut().for_each(forget_test_step);
            forget(span);
        }
        Item::Broken(one) => forget_broken(one),
    }
}

fn forget_broken(Broken { span, declares }: &mut Broken) {
    match declares {
        Declares::Name(name) => forget_name(name),
        Declares::Nothing | Declares::Unknown => {}
    }
    forget(span);
}

fn type_declaration(TypeDecl { doc, name, labels, body, span }: &mut TypeDecl) {
    documentation(doc);
    forget_name(name);
    labels.iter_mut().for_each(label);
    match body {
        TypeBody::Record(fields) => fields.iter_mut().for_each(field),
        TypeBody::Alias(ty) => type_expression(ty),
        TypeBody::Builtin => {}
    }
    forget(span);
}

fn map(MapDecl { doc, name, params, result, entries, span }: &mut MapDecl) {
    documentation(doc);
    forget_name(name);
    params.iter_mut().for_each(param);
    type_expression(result);
    entries.iter_mut().for_each(forget_entry);
    forget(span);
}

fn function(FnDecl { doc, name, variables, params, result, fails, body, span }: &mut FnDecl) {
    documentation(doc);
    forget_name(name);
    variables.iter_mut().for_each(forget_name);
    params.iter_mut().for_each(param);
    type_expression(result);
    fails.iter_mut().for_each(forget);
    body.iter_mut().for_each(expression);
    forget(span);
}

fn problem(ProblemDecl { doc, name, status, title, members, span }: &mut ProblemDecl) {
    documentation(doc);
    forget_name(name);
    number(status);
    text(title);
    members.iter_mut().for_each(field);
    forget(span);
}

fn event(EventDecl { doc, name, version, broker, topic, key, fields, span }: &mut EventDecl) {
    documentation(doc);
    forget_name(name);
    version.iter_mut().for_each(forget_name);
    forget_path(broker);
    text(topic);
    key.iter_mut().for_each(forget_name);
    fields.iter_mut().for_each(field);
    forget(span);
}

fn service(Service { doc, layer: _, name, version, implements, settings, members, span }: &mut Service) {
    documentation(doc);
    forget_name(name);
    version.iter_mut().for_each(forget_name);
    implements.iter_mut().for_each(text);
    settings.iter_mut().for_each(setting);
    members.iter_mut().for_each(member);
    forget(span);
}

fn member(member: &mut Member) {
    match member {
        Member::Operation(Operation { doc, name, signature: header, settings, steps, span }) => {
            documentation(doc);
            forget_name(name);
            header.iter_mut().for_each(signature);
            settings.iter_mut().for_each(setting);
            steps.iter_mut().for_each(forget_step);
            forget(span);
        }
        Member::Handler(Handler { doc, trigger: cause, settings, steps, span }) => {
            documentation(doc);
            trigger(cause);
            settings.iter_mut().for_each(setting);
            steps.iter_mut().for_each(forget_step);
            forget(span);
        }
        Member::Broken(one) => forget_broken(one),
    }
}

fn signature(Signature { method, path, params, outcomes, verify, span }: &mut Signature) {
    forget_name(method);
    path.segments.iter_mut().for_each(segment);
    forget(&mut path.span);
    params.iter_mut().for_each(param);
    outcomes.iter_mut().for_each(outcome);
    verify.iter_mut().for_each(expression);
    forget(span);
}

fn segment(Segment { parts, span }: &mut Segment) {
    for part in parts {
        match part {
            SegmentPart::Text(_, span) => forget(span),
            SegmentPart::Param(one) => param(one),
        }
    }
    forget(span);
}

fn outcome(Outcome { status, ty, span }: &mut Outcome) {
    status.iter_mut().for_each(number);
    ty.iter_mut().for_each(type_expression);
    forget(span);
}

fn trigger(trigger: &mut Trigger) {
    match trigger {
        Trigger::On { event, binding, options } => {
            forget_path(event);
            binding.iter_mut().for_each(forget_name);
            options.iter_mut().for_each(setting);
        }
        Trigger::Every(period) => expression(period),
        Trigger::Cron(times) => text(times),
    }
}

fn setting(Setting { name, value, span }: &mut Setting) {
    forget_name(name);
    expression(value);
    forget(span);
}

fn field(Field { doc, name, ty, default, labels, span }: &mut Field) {
    documentation(doc);
    forget_name(name);
    type_expression(ty);
    default.iter_mut().for_each(expression);
    labels.iter_mut().for_each(label);
    forget(span);
}

fn param(Param { doc, place, name, ty, default, labels, span }: &mut Param) {
    documentation(doc);
    match place {
        ParamPlace::Plain => {}
        ParamPlace::Header(name) | ParamPlace::Cookie(name) => text(name),
    }
    forget_name(name);
    type_expression(ty);
    default.iter_mut().for_each(expression);
    labels.iter_mut().for_each(label);
    forget(span);
}

fn type_expression(TypeExpr { kind, span }: &mut TypeExpr) {
    match kind {
        TypeKind::Named(path) => forget_path(path),
        TypeKind::List(inner) | TypeKind::Dict(inner) | TypeKind::Optional(inner) => type_expression(inner),
        TypeKind::Constrained(inner, constraints) => {
            type_expression(inner);
            constraints.iter_mut().for_each(constraint);
        }
        TypeKind::Union { members, by } => {
            members.iter_mut().for_each(type_expression);
            by.iter_mut().for_each(forget_name);
        }
        TypeKind::Literal(literal) => text(literal),
        TypeKind::Variant { name, payload } => {
            forget_name(name);
            payload.iter_mut().for_each(|payload| type_expression(payload));
        }
        TypeKind::Record(fields) => fields.iter_mut().for_each(field),
        TypeKind::Function { params, result } => {
            params.iter_mut().for_each(type_expression);
            type_expression(result);
        }
        TypeKind::Broken => {}
    }
    forget(span);
}

fn constraint(Constraint { kind, span }: &mut Constraint) {
    match kind {
        ConstraintKind::Matching(value) | ConstraintKind::Unit(value) => text(value),
        ConstraintKind::Of(limits) | ConstraintKind::In(limits) => bounds(limits),
        ConstraintKind::Scale(places) => number(places),
    }
    forget(span);
}

fn bounds(Bounds { from, to, span }: &mut Bounds) {
    from.iter_mut().for_each(number);
    to.iter_mut().for_each(number);
    forget(span);
}

/// The text is compared without the white space at the ends of its lines.
fn documentation(doc: &mut Option<Doc>) {
    if let Some(Doc { text, span }) = doc {
        *text = text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        forget(span);
    }
}

fn label(Label { name, span }: &mut Label) {
    forget_name(name);
    forget(span);
}

fn forget_name(Name { text: _, quoted: _, span }: &mut Name) {
    forget(span);
}

fn forget_path(Path { names, span }: &mut Path) {
    names.iter_mut().for_each(forget_name);
    forget(span);
}

fn number(Number { text: _, span }: &mut Number) {
    forget(span);
}

fn text(Text { value: _, span }: &mut Text) {
    forget(span);
}
