//! Calls: what they are given, what is made of their failures, and what takes them back.

use super::find::Finder;
use super::{Kind, SiteKind};
use crate::interp::testing::Part;
use crate::ir::{Arm, ArmBody, Call, Fail, Fan, Type, Value};

impl<'p> Finder<'p, '_> {
    pub fn value(&mut self, value: &'p Value) {
        match value {
            Value::Plain(expr) => self.expr(expr),
            Value::Call(call) => self.call(call),
            Value::Fan(fan) => self.fan(fan),
        }
    }

    fn fan(&mut self, fan: &'p Fan) {
        self.expr(&fan.list);
        fan.condition.iter().for_each(|condition| self.condition(condition));
        self.call(&fan.call);
    }

    /// What stands around a call is not changed: how often it is tried, and how long it may take, is nothing that a test
    /// sees, since its answers are given.
    fn call(&mut self, call: &'p Call) {
        call.args.iter().for_each(|argument| self.given(&argument.value));
        call.arms.iter().for_each(|arm| self.arm(arm, &call.ty));
        if let Some(undo) = call.undo.as_deref() {
            let part = Part::undo(undo);
            self.part(part, undo.place.spot.span(), SiteKind::Part, |inner| {
                inner.left_out(part, Kind::Undo);
                undo.args.iter().for_each(|argument| inner.given(&argument.value));
            });
        }
    }

    fn arm(&mut self, arm: &'p Arm, gives: &Type) {
        let part = Part::arm(arm);
        self.part(part, arm.spot.span(), SiteKind::Part, |inner| {
            inner.left_out(part, Kind::Failure);
            match &arm.body {
                // Nobody looks at what stands for nothing.
                ArmBody::Value(_) if *gives == Type::Unit => {}
                ArmBody::Value(value) => inner.given(value),
                ArmBody::Fail(fail) => inner.fail(fail, SiteKind::Told),
            }
        });
    }

    /// `detail` and `instance` are for people.
    pub fn fail(&mut self, fail: &'p Fail, kind: SiteKind) {
        let spans = fail.members.iter().filter_map(|(_, value)| value.spot.span());
        let span = spans.min_by_key(|span| span.start);
        self.part(Part::fail(fail), span, kind, |inner| {
            fail.members.iter().for_each(|(_, value)| inner.given(value));
        });
    }
}
