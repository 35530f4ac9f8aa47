//! Who may call: what turns callers away is left out, so that a test has to have one who is turned away.

use super::find::Finder;
use super::{Becomes, Kind, Mutant, Says, SiteKind};
use crate::interp::testing::Part;
use crate::ir::{Expr, InboundAuth, Literal, Operation, Type};

impl<'p> Finder<'p, '_> {
    /// Everybody may call. Whoever is known is known as before: a test that has only such does not notice.
    pub fn auth(&mut self, id: (usize, usize), of: &Operation) {
        let is_public = of.settings.auth.iter().any(|way| matches!(way, InboundAuth::Public));
        let Some(span) = of.settings.auth_place.spot.span().filter(|_| !is_public) else { return };
        if let Some(site) = self.site(Part::auth(id, of), Some(span), SiteKind::Auth) {
            let (kind, says) = (Kind::Access, Says::plain("everybody may, as with `public`"));
            let becomes = Becomes::Nothing;
            self.found.all.push(Mutant { site, kind, span, says, is_whole: false, becomes });
        }
    }

    /// It is asked before the first step, and only of those of whom it is said who they are.
    pub fn allow(&mut self, allow: &'p Expr) {
        let span = allow.spot.span();
        self.around = span;
        self.part(Part::expr(allow), span, SiteKind::Allow, |inner| {
            let becomes = Becomes::Literal(Literal::Bool(true), &Type::Bool);
            inner.change(allow, Kind::Access, Says::plain("the whole `allow` left out"), becomes);
            inner.holds(allow);
        });
        self.around = None;
    }
}
