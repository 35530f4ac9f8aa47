//! Random functions: each a typed expression over its parameters, of every form that the language has.

use super::literal::literal;
use super::print::{name, word};
use super::table::{self, ROWS, Row};
use super::types::{Def, Field, Ty, World, pick, ty};
use crate::order::world::Dice;

/// What stands in a project: the functions one after the other, with those that they stand on in front.
pub struct Generator {
    pub world: World,
    pub dice: Dice,
    /// What is in scope, by name and type; the last one of a name counts.
    scope: Vec<(String, Ty)>,
    names: u32,
    /// Types that have a function which gives back what it is given, so that it is clear what a value is.
    pub identities: Vec<Ty>,
    /// Functions that others may call: all that came before.
    pub known: Vec<Signature>,
}

#[derive(Clone, Debug)]
pub struct Signature {
    pub name: String,
    pub params: Vec<Ty>,
    pub gives: Ty,
}

/// A function whose values are compared.
#[derive(Clone, Debug)]
pub struct Case {
    pub number: usize,
    pub params: Vec<(String, Ty)>,
    pub gives: Ty,
    pub text: String,
    /// What it is given comes from a backend.
    pub is_answered: bool,
}

impl Generator {
    pub fn new(seed: u64) -> Generator {
        Generator {
            world: super::types::world(seed),
            dice: Dice::new(seed ^ 0x5EED),
            scope: Vec::new(),
            names: 0,
            identities: Vec::new(),
            known: Vec::new(),
        }
    }

    pub fn case(&mut self, number: usize, is_answered: bool) -> Case {
        let params = if is_answered { self.foreign_params() } else { self.params() };
        let gives = self.own();
        self.begin(params.clone());
        let depth = 3 + u32::try_from(self.dice.below(2)).unwrap_or(0);
        let said: Vec<String> =
            params.iter().map(|(param, ty)| format!("{param}: {}", name(&self.world, ty))).collect();
        let said = said.join(", ");
        let text = match self.world.fields(&gives).map(<[Field]>::to_vec) {
            Some(fields) if self.dice.once_in(2) => {
                let entries = self.entries(&fields, depth).join("\n  ");
                format!("map case{number}({said}) -> {} {{\n  {entries}\n}}\n", name(&self.world, &gives))
            }
            _ => {
                let body = self.expr(&gives, depth);
                format!("fn case{number}({said}) -> {} = {body}\n", name(&self.world, &gives))
            }
        };
        if !is_answered {
            let types = params.iter().map(|(_, ty)| ty.clone()).collect();
            self.known.push(Signature { name: format!("case{number}"), params: types, gives: gives.clone() });
        }
        Case { number, params, gives, text, is_answered }
    }

    /// A type that has nothing of the backend's in it, which nobody else could read.
    pub fn own(&mut self) -> Ty {
        loop {
            let ty = self.ours();
            if !mentions(&ty, self.world.foreign) {
                return ty;
            }
        }
    }

    /// Something new, with these names in scope.
    pub fn begin(&mut self, names: Vec<(String, Ty)>) {
        self.names = 0;
        self.scope = names;
    }

    pub fn bind(&mut self, name: String, ty: Ty) {
        self.scope.push((name, ty));
    }

    /// How many names are in scope.
    pub fn bound(&self) -> usize {
        self.scope.len()
    }

    /// Forgets those that came later.
    pub fn unbind(&mut self, before: usize) {
        self.scope.truncate(before);
    }

    /// Some of everything.
    pub fn params(&mut self) -> Vec<(String, Ty)> {
        let records: Vec<usize> =
            (0..self.world.foreign).filter(|at| !matches!(self.world.defs[*at], Def::Enum(_))).collect();
        let simple = pick(&mut self.dice, &super::types::SIMPLE).clone();
        let record = Ty::Named(*pick(&mut self.dice, &records));
        let types = [self.ours(), self.ours(), simple, Ty::List(Box::new(self.ours())), record];
        named(types)
    }

    pub fn foreign_params(&mut self) -> Vec<(String, Ty)> {
        let simple = super::types::foreign_ty(&mut self.dice);
        named([self.foreign(), self.foreign(), simple.clone(), Ty::List(Box::new(simple)), self.foreign()])
    }

    pub fn ours(&mut self) -> Ty {
        let world = World { defs: self.world.defs[..self.world.foreign].to_vec(), ..self.world.clone() };
        ty(&mut self.dice, &world, 2)
    }

    fn foreign(&mut self) -> Ty {
        let from = self.world.foreign as u64;
        let count = self.world.defs.len() as u64 - from;
        let named = Ty::Named(usize::try_from(from + self.dice.below(count)).unwrap_or(0));
        match self.dice.below(6) {
            0 => Ty::List(Box::new(named)),
            1 => Ty::Dict(Box::new(named)),
            2 if self.world.fields(&named).is_some() => named.optional(),
            _ => named,
        }
    }

    pub fn fresh(&mut self) -> String {
        self.names += 1;
        format!("v{}", self.names)
    }

    /// With some names more in scope.
    pub fn with<T>(&mut self, names: &[(&str, &Ty)], make: impl FnOnce(&mut Generator) -> T) -> T {
        let before = self.scope.len();
        self.scope.extend(names.iter().map(|(name, ty)| ((*name).to_owned(), (*ty).clone())));
        let made = make(self);
        self.scope.truncate(before);
        made
    }

    /// The names in scope with their types, as they are seen from here.
    fn visible(&self) -> Vec<(String, Ty)> {
        let mut seen: Vec<(String, Ty)> = Vec::new();
        for (name, ty) in self.scope.iter().rev() {
            if seen.iter().all(|(other, _)| other != name) {
                seen.push((name.clone(), ty.clone()));
            }
        }
        seen
    }

    /// Names, and fields of them, with their types.
    fn paths(&self) -> Vec<(String, Ty)> {
        let mut paths = self.visible();
        for (path, ty) in paths.clone() {
            for field in self.world.fields(&ty).unwrap_or_default() {
                let inner = format!("{path}.{}", word(&field.name));
                for deeper in self.world.fields(&field.ty).unwrap_or_default() {
                    paths.push((format!("{inner}.{}", word(&deeper.name)), deeper.ty.clone()));
                }
                paths.push((inner, field.ty.clone()));
            }
            if let Ty::Opt(inner) = &ty {
                for field in self.world.fields(inner).unwrap_or_default() {
                    let path = format!("{path}?.{}", word(&field.name));
                    paths.push((path, field.ty.clone().optional()));
                }
            }
            if let Ty::Named(at) = &ty
                && let Def::Union { is_tagged: true, .. } = self.world.defs[*at]
            {
                paths.push((format!("{path}.all"), Ty::Int));
            }
        }
        // What is known of a path in scope comes first.
        let mut seen = std::collections::BTreeSet::new();
        paths.retain(|(path, _)| seen.insert(path.clone()));
        paths
    }

    pub fn path_that(&mut self, fits: impl Fn(&World, &Ty) -> bool) -> Option<(String, Ty)> {
        let paths: Vec<(String, Ty)> =
            self.paths().into_iter().filter(|(_, ty)| fits(&self.world, ty)).collect();
        (!paths.is_empty()).then(|| pick(&mut self.dice, &paths).clone())
    }

    /// An expression that may stand where a type is wanted.
    pub fn expr(&mut self, want: &Ty, depth: u32) -> String {
        if depth == 0 || self.dice.once_in(6) {
            return self.leaf(want);
        }
        let depth = depth - 1;
        match self.dice.below(16) {
            0 => self.choice(want, depth),
            1 => self.matching(want, depth).unwrap_or_else(|| self.choice(want, depth)),
            2 => self.coalesce(want, depth).unwrap_or_else(|| self.choice(want, depth)),
            3 => self.call(want, depth).unwrap_or_else(|| self.leaf(want)),
            4 => self.handled(want, depth).unwrap_or_else(|| self.leaf(want)),
            5 => self.of_collection(want, depth),
            6 => self.refined(want, depth).unwrap_or_else(|| self.leaf(want)),
            7 => self.misc(want, depth),
            _ => self.of_type(want, depth),
        }
    }

    /// The same where nothing around it says what it should be.
    pub fn clear(&mut self, ty: &Ty, depth: u32) -> String {
        if (depth == 0 || self.dice.once_in(2))
            && let Some((path, _)) = self.path_that(|_, have| have == ty)
        {
            return path;
        }
        let inner = self.expr(ty, depth);
        self.identity(ty, &inner)
    }

    fn identity(&mut self, ty: &Ty, inner: &str) -> String {
        let at = self.identities.iter().position(|known| known == ty).unwrap_or_else(|| {
            self.identities.push(ty.clone());
            self.identities.len() - 1
        });
        format!("same{at}({inner})")
    }

    fn leaf(&mut self, want: &Ty) -> String {
        if !self.dice.once_in(4)
            && let Some((path, ty)) = self.path_that(|world, have| world.fits(have, want))
        {
            // Nothing else has a type in common with everything.
            return if *want == Ty::Json && ty != Ty::Json { self.identity(want, &path) } else { path };
        }
        self.made(want, 0)
    }

    /// Written out.
    fn made(&mut self, want: &Ty, depth: u32) -> String {
        match want {
            Ty::Opt(_) if depth == 0 || self.dice.once_in(2) => "none".to_owned(),
            Ty::Opt(inner) => self.made(inner, depth),
            Ty::List(item) if depth == 0 => {
                let count = if matches!(**item, Ty::Named(_) | Ty::List(_)) { 0 } else { self.dice.below(3) };
                let items: Vec<String> = (0..count).map(|_| self.made(item, 0)).collect();
                format!("[{}]", items.join(", "))
            }
            Ty::List(item) => self.list(item, depth),
            Ty::Dict(item) => self.dict(item, depth),
            Ty::Json => self.json(depth),
            Ty::Named(at) => match self.world.defs[*at].clone() {
                Def::Enum(words) => format!("{:?}", pick(&mut self.dice, &words)),
                Def::Union { members, .. } => {
                    let member = *pick(&mut self.dice, &members);
                    self.made(&Ty::Named(member), depth)
                }
                Def::Record { fields } => format!("{{ {} }}", self.entries(&fields, depth).join(", ")),
            },
            // A literal by itself would be something wider.
            Ty::Float | Ty::Money | Ty::Small => {
                let literal = literal(&mut self.dice, want);
                self.identity(want, &literal)
            }
            simple => literal(&mut self.dice, simple),
        }
    }

    fn json(&mut self, depth: u32) -> String {
        if depth == 0 {
            let text = *pick(&mut self.dice, &["1", "\"a\"", "true", "1.50"]);
            return format!("{text}.toJson()");
        }
        let of = self.ours().present().clone();
        format!("{}.toJson()", self.clear(&of, depth - 1))
    }

    pub fn list(&mut self, item: &Ty, depth: u32) -> String {
        let mut items = Vec::new();
        for _ in 0..self.dice.below(4) {
            items.push(match depth > 0 && self.dice.once_in(3) {
                true => format!("..{}", self.clear(&Ty::List(Box::new(item.clone())), depth - 1)),
                false => self.expr(item, depth.saturating_sub(1)),
            });
        }
        format!("[{}]", items.join(", "))
    }

    pub fn dict(&mut self, item: &Ty, depth: u32) -> String {
        let mut items = Vec::new();
        let is_simple = !matches!(item, Ty::Named(_) | Ty::List(_) | Ty::Dict(_));
        for key in ["a", "b", "łódź", "first name"] {
            if (depth > 0 || is_simple) && self.dice.once_in(3) {
                items.push(format!("{key:?}: {}", self.expr(item, depth.saturating_sub(1))));
            }
        }
        if depth > 0 && self.dice.once_in(3) {
            let spread = self.clear(&Ty::Dict(Box::new(item.clone())), depth - 1);
            items.push(format!("..{spread}"));
        }
        format!("{{ {} }}", items.join(", "))
    }

    /// The entries of a record, some of them by a spread.
    fn entries(&mut self, fields: &[Field], depth: u32) -> Vec<String> {
        let inner = depth.saturating_sub(1);
        let spread = if depth > 0 && self.dice.once_in(2) { self.spread(fields) } else { None };
        let mut entries = Vec::new();
        for field in fields {
            let taken = spread.as_ref().is_some_and(|(_, names)| names.contains(&field.name));
            let is_required = field.default.is_none() && !matches!(field.ty, Ty::Opt(_));
            if (is_required && !taken) || self.dice.once_in(2) {
                entries.push(format!("{}: {}", word(&field.name), self.expr(&field.ty, inner)));
            }
        }
        entries.extend(spread.map(|(path, _)| format!("..{path}")));
        entries
    }

    /// A record in scope, and the names of those of its fields that are taken from it.
    fn spread(&mut self, wanted: &[Field]) -> Option<(String, Vec<String>)> {
        let takes = |world: &World, ty: &Ty| -> Vec<String> {
            let fields = world.fields(ty).unwrap_or_default().iter();
            let taken = fields.filter(|have| {
                let fits = |want: &Field| want.name == have.name && world.fits(&have.ty, &want.ty);
                wanted.iter().any(fits)
            });
            taken.map(|field| field.name.clone()).collect()
        };
        let (path, ty) = self.path_that(|world, ty| !takes(world, ty).is_empty())?;
        let names = takes(&self.world, &ty);
        Some((path, names))
    }

    // ---- forms of every type ----------------------------------------------------------------

    fn call(&mut self, want: &Ty, depth: u32) -> Option<String> {
        let known: Vec<Signature> =
            self.known.iter().filter(|known| self.world.fits(&known.gives, want)).cloned().collect();
        if known.is_empty() {
            return None;
        }
        let of = pick(&mut self.dice, &known).clone();
        let args: Vec<String> = of.params.iter().map(|param| self.expr(param, depth.min(1))).collect();
        Some(format!("{}({})", of.name, args.join(", ")))
    }

    /// Something that can fail, and what stands in for it.
    fn handled(&mut self, want: &Ty, depth: u32) -> Option<String> {
        let value = match (want, self.dice.below(2)) {
            (Ty::Named(_) | Ty::List(_) | Ty::Dict(_), _) if !matches!(want, Ty::Opt(_)) => {
                let json = self.clear(&Ty::Json, depth);
                format!("({json} as {})", name(&self.world, want))
            }
            _ => {
                let row = self.row(want, |row| row.fails)?;
                self.filled(row, depth)
            }
        };
        Some(format!("({value} else {})", self.expr(want, depth)))
    }

    pub fn row(&mut self, want: &Ty, fits: impl Fn(&Row) -> bool) -> Option<&'static Row> {
        let rows: Vec<&'static Row> =
            ROWS.iter().filter(|row| self.world.fits(&row.gives, want) && fits(row)).collect();
        (!rows.is_empty()).then(|| *pick(&mut self.dice, &rows))
    }

    /// A function of the table with something for each of its parts.
    pub fn filled(&mut self, row: &Row, depth: u32) -> String {
        let mut out = String::new();
        let mut rest = row.text;
        while let Some((before, after)) = rest.split_once('{') {
            out += before;
            let (part, after) = after.split_once('}').unwrap_or((after, ""));
            out += &match part.strip_suffix('!') {
                _ if part.starts_with('#') => (*pick(&mut self.dice, table::written(part))).to_owned(),
                Some(part) => self.clear(&table::of(part).unwrap_or(Ty::Text), depth),
                None => self.expr(&table::of(part).unwrap_or(Ty::Text), depth),
            };
            rest = after;
        }
        out + rest
    }

    fn misc(&mut self, want: &Ty, depth: u32) -> String {
        match self.dice.below(4) {
            0 => format!("reveal({}, \"for a test\")", self.expr(want, depth)),
            1 if want.has_order() && !matches!(want, Ty::Small | Ty::Money | Ty::Code | Ty::Short) => {
                let value = self.clear(want, depth);
                format!("{value}.clamp({}, {})", self.clear(want, depth), self.clear(want, depth))
            }
            2 => {
                let inner = self.expr(want, depth);
                self.identity(want, &inner)
            }
            _ => {
                let other = self.ours();
                let list = self.clear(&Ty::List(Box::new(other.clone())), depth);
                let (all, one) = (self.fresh(), self.fresh());
                let start = self.clear(want, depth);
                let body = self.with(&[(&all, want), (&one, &other)], |inner| match want {
                    Ty::Small | Ty::Money => inner.clear(want, depth),
                    _ => inner.expr(want, depth),
                });
                format!("{list}.fold({start}, ({all}, {one}) => {body})")
            }
        }
    }

    /// `(a, b) => …`
    pub fn lambda(&mut self, takes: &[&Ty], gives: &Ty, depth: u32) -> String {
        let names: Vec<String> = takes.iter().map(|_| self.fresh()).collect();
        let bound: Vec<(&str, &Ty)> = names.iter().map(String::as_str).zip(takes.iter().copied()).collect();
        let body = self.with(&bound, |inner| inner.clear(gives, depth));
        match names.as_slice() {
            [one] => format!("{one} => {body}"),
            all => format!("({}) => {body}", all.join(", ")),
        }
    }

    // ---- forms of one type ------------------------------------------------------------------

    fn of_collection(&mut self, want: &Ty, depth: u32) -> String {
        let value = self.optional(want.present(), depth);
        match want {
            Ty::Opt(_) => value,
            _ => format!("({value} ?? {})", self.expr(want, depth)),
        }
    }

    fn of_type(&mut self, want: &Ty, depth: u32) -> String {
        match want {
            Ty::Opt(inner) => match self.dice.below(4) {
                0 => "none".to_owned(),
                1 => self.optional(inner, depth),
                _ => self.expr(inner, depth),
            },
            Ty::List(item) => self.of_list(item, depth),
            Ty::Dict(item) => self.of_dict(item, depth),
            Ty::Named(_) => self.made(want, depth),
            Ty::Bool => self.truth(depth),
            Ty::Text if self.dice.once_in(4) => self.text(depth),
            Ty::Json if self.dice.once_in(2) => self.json(depth),
            Ty::Json => {
                let other = self.ours();
                let inner = self.clear(&other, depth);
                self.identity(want, &inner)
            }
            simple => match self.row(simple, |_| true) {
                Some(row) => self.filled(row, depth),
                None => self.leaf(simple),
            },
        }
    }

    fn text(&mut self, depth: u32) -> String {
        let mut text = "\"".to_owned();
        for _ in 0..=self.dice.below(3) {
            let shown = match self.dice.below(3) {
                0 => Ty::Named(usize::try_from(self.dice.below(4)).unwrap_or(0)),
                _ => pick(&mut self.dice, &super::types::SIMPLE).clone(),
            };
            if shown.is_shown(&self.world) {
                text += &format!("{{{}}} ", self.clear(&shown, depth));
            } else {
                text += "ż\\n ";
            }
        }
        text + "\""
    }

    fn truth(&mut self, depth: u32) -> String {
        let of = self.ours();
        match self.dice.below(9) {
            0 => format!("({} and {})", self.expr(&Ty::Bool, depth), self.expr(&Ty::Bool, depth)),
            1 => format!("({} or {})", self.expr(&Ty::Bool, depth), self.expr(&Ty::Bool, depth)),
            2 => format!("(not {})", self.expr(&Ty::Bool, depth)),
            3 => {
                let sign = *pick(&mut self.dice, &["==", "!="]);
                format!("({} {sign} {})", self.clear(&of, depth), self.clear(&of, depth))
            }
            4 => {
                let (of, sign) = (self.ordered(), *pick(&mut self.dice, &["<", "<=", ">", ">=", "==", "!="]));
                format!("({} {sign} {})", self.clear(&of, depth), self.clear(&of, depth))
            }
            5 => {
                let list = self.clear(&Ty::List(Box::new(of.clone())), depth);
                format!("{list}.has({})", self.clear(&of, depth))
            }
            6 => {
                let list = self.clear(&Ty::List(Box::new(of.clone())), depth);
                let which = *pick(&mut self.dice, &["any", "all"]);
                format!("{list}.{which}({})", self.lambda(&[&of], &Ty::Bool, depth))
            }
            7 => {
                let of = of.optional();
                format!("({} {} none)", self.clear(&of, depth), pick(&mut self.dice, &["==", "!="]))
            }
            _ => match self.row(&Ty::Bool, |_| true) {
                Some(row) => self.filled(row, depth),
                None => self.leaf(&Ty::Bool),
            },
        }
    }
}

fn named<const N: usize>(types: [Ty; N]) -> Vec<(String, Ty)> {
    ["a", "b", "c", "d", "e"].map(str::to_owned).into_iter().zip(types).collect()
}

fn mentions(ty: &Ty, foreign: usize) -> bool {
    match ty {
        Ty::List(inner) | Ty::Dict(inner) | Ty::Opt(inner) => mentions(inner, foreign),
        Ty::Named(at) => *at >= foreign,
        _ => false,
    }
}
