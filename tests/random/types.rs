//! Random types: records over one pool of names, so that they fit each other often; enumerations, unions, and lists,
//! dictionaries and optional values of everything.

use crate::order::world::Dice;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ty {
    Bool,
    Int,
    /// `int in -5..50`
    Small,
    Float,
    Decimal,
    /// `decimal in 0..1000 scale 2`
    Money,
    Text,
    /// `string matching "[A-Z]{2}[0-9]{2}"`
    Code,
    /// `string of 1..4`
    Short,
    Date,
    Time,
    DateTime,
    Duration,
    Uuid,
    Email,
    Uri,
    Bytes,
    Json,
    List(Box<Ty>),
    Dict(Box<Ty>),
    Opt(Box<Ty>),
    Named(usize),
}

pub const SIMPLE: [Ty; 18] = [
    Ty::Bool,
    Ty::Int,
    Ty::Small,
    Ty::Float,
    Ty::Decimal,
    Ty::Money,
    Ty::Text,
    Ty::Code,
    Ty::Short,
    Ty::Date,
    Ty::Time,
    Ty::DateTime,
    Ty::Duration,
    Ty::Uuid,
    Ty::Email,
    Ty::Uri,
    Ty::Bytes,
    Ty::Json,
];

#[derive(Clone, Debug)]
pub enum Def {
    Record { fields: Vec<Field> },
    Enum(Vec<&'static str>),
    Union { members: Vec<usize>, is_tagged: bool },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    pub name: String,
    pub ty: Ty,
    /// As it is written.
    pub default: Option<&'static str>,
}

/// The named types of a project.
#[derive(Clone, Debug, Default)]
pub struct World {
    pub defs: Vec<Def>,
    /// Where the records and enumerations of the backend's contract begin; all behind them are the backend's.
    pub foreign: usize,
}

const WORDS: [&str; 7] = ["gold", "silver", "basic", "bronze", "", "x y", "łódź"];

pub fn world(seed: u64) -> World {
    let mut dice = Dice::new(seed);
    let mut world = World::default();
    for _ in 0..4 {
        world.defs.push(words(&mut dice));
    }
    let pool = pool(&mut dice, &world, 16);
    for at in 4..14 {
        let fields = fields(&mut dice, &pool, at);
        world.defs.push(Def::Record { fields });
    }
    for _ in 0..2 {
        tagged(&mut world, &mut dice, &pool);
    }
    apart(&mut world, &mut dice, &pool);
    // Records of unions.
    let unions: Vec<usize> =
        (0..world.defs.len()).filter(|at| matches!(world.defs[*at], Def::Union { .. })).collect();
    for at in unions {
        let mut fields = fields(&mut dice, &pool, at);
        fields.truncate(2);
        fields.push(field("u", Ty::Named(at)));
        fields.push(field("us", Ty::List(Box::new(Ty::Named(at)))));
        fields.push(field("maybe", Ty::Opt(Box::new(Ty::Named(at)))));
        world.defs.push(Def::Record { fields });
    }
    world.foreign = world.defs.len();
    foreign(&mut world, &mut dice);
    world
}

fn words(dice: &mut Dice) -> Def {
    let mut words: Vec<&str> = WORDS.into_iter().filter(|_| !dice.once_in(2)).collect();
    if words.len() < 2 {
        words = vec!["gold", "silver"];
    }
    Def::Enum(words)
}

fn field(name: &str, ty: Ty) -> Field {
    Field { name: name.to_owned(), ty, default: None }
}

fn pool(dice: &mut Dice, world: &World, count: usize) -> Vec<Field> {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "first name"];
    names.into_iter().take(count).map(|name| field(name, ty(dice, world, 2))).collect()
}

/// Some of the pool, each perhaps a little other than there.
fn fields(dice: &mut Dice, pool: &[Field], own: usize) -> Vec<Field> {
    let mut fields: Vec<Field> = pool.iter().filter(|_| dice.once_in(3)).cloned().collect();
    if fields.is_empty() {
        fields.push(pool[0].clone());
    }
    for one in &mut fields {
        match dice.below(8) {
            0 => one.ty = one.ty.clone().optional(),
            1 => (one.ty, one.default) = defaulted(dice),
            2 => one.ty = wider(&one.ty),
            _ => {}
        }
    }
    if dice.once_in(3) {
        let kids = Ty::Named(own);
        fields.push(match dice.below(3) {
            0 => field("kids", Ty::List(Box::new(kids))),
            1 => field("next", Ty::Opt(Box::new(kids))),
            _ => field("by", Ty::Dict(Box::new(kids))),
        });
    }
    fields
}

fn defaulted(dice: &mut Dice) -> (Ty, Option<&'static str>) {
    let known = [
        (Ty::Int, "7"),
        (Ty::Text, "\"usual\""),
        (Ty::Decimal, "1.50"),
        (Ty::Bool, "true"),
        (Ty::Date, "\"2024-02-29\""),
        (Ty::List(Box::new(Ty::Int)), "[]"),
        (Ty::Duration, "90m"),
    ];
    let at = usize::try_from(dice.below(known.len() as u64)).unwrap_or(0);
    let (ty, default) = known[at].clone();
    (ty, Some(default))
}

fn wider(ty: &Ty) -> Ty {
    match ty {
        Ty::Small => Ty::Int,
        Ty::Int => Ty::Decimal,
        Ty::Code | Ty::Short | Ty::Uuid | Ty::Email => Ty::Text,
        Ty::List(item) => Ty::List(Box::new(wider(item))),
        Ty::Dict(item) => Ty::Dict(Box::new(wider(item))),
        other => other.clone(),
    }
}

const KINDS: [&str; 3] = ["card", "invoice", "other"];

/// A union that is told apart by a field.
fn tagged(world: &mut World, dice: &mut Dice, pool: &[Field]) {
    let mut members = Vec::new();
    for word in KINDS.iter().take(2 + usize::try_from(dice.below(2)).unwrap_or(0)) {
        let at = world.defs.len();
        world.defs.push(Def::Enum(vec![word]));
        let mut fields = fields(dice, pool, at + 1);
        fields.insert(0, field("kind", Ty::Named(at)));
        fields.push(field("all", Ty::Int));
        members.push(at + 1);
        world.defs.push(Def::Record { fields });
    }
    world.defs.push(Def::Union { members, is_tagged: true });
}

/// A union of records of different shapes.
fn apart(world: &mut World, dice: &mut Dice, pool: &[Field]) {
    let mut members = Vec::new();
    for name in ["p", "q"] {
        let at = world.defs.len();
        let mut fields = fields(dice, pool, at);
        fields.insert(0, field(name, Ty::Int));
        members.push(at);
        world.defs.push(Def::Record { fields });
    }
    world.defs.push(Def::Union { members, is_tagged: false });
}

/// What the contract of the backend has.
fn foreign(world: &mut World, dice: &mut Dice) {
    world.defs.push(words(dice));
    world.defs.push(Def::Enum(vec!["open", "closed", "łódź"]));
    let start = world.foreign;
    let own = World { defs: world.defs.clone(), foreign: start };
    for _ in 0..6 {
        let at = world.defs.len();
        let names = ["a", "b", "c", "d", "e", "f", "first name"];
        let simple = |dice: &mut Dice| match dice.below(4) {
            0 => Ty::Named(start + usize::try_from(dice.below(2)).unwrap_or(0)),
            _ => foreign_ty(dice),
        };
        let mut fields: Vec<Field> = names
            .into_iter()
            .map(|name| {
                let ty = simple(dice);
                let ty = match dice.below(8) {
                    0 => Ty::List(Box::new(ty)),
                    1 => Ty::Dict(Box::new(ty)),
                    2 | 3 => ty.optional(),
                    _ => ty,
                };
                field(name, ty)
            })
            .collect();
        if at > start + 3 && dice.once_in(2) {
            fields.push(field("inner", Ty::Named(at - 1)));
            fields.push(field("more", Ty::List(Box::new(Ty::Named(at - 1)))));
        }
        if dice.once_in(3) {
            fields.push(field("next", Ty::Named(at).optional()));
        }
        world.defs.push(Def::Record { fields });
    }
    drop(own);
}

/// What a contract can say.
pub fn foreign_ty(dice: &mut Dice) -> Ty {
    let simple = [
        Ty::Bool,
        Ty::Int,
        Ty::Small,
        Ty::Float,
        Ty::Text,
        Ty::Code,
        Ty::Short,
        Ty::Date,
        Ty::DateTime,
        Ty::Uuid,
        Ty::Email,
        Ty::Uri,
        Ty::Json,
    ];
    pick(dice, &simple).clone()
}

pub fn pick<'p, T>(dice: &mut Dice, of: &'p [T]) -> &'p T {
    let at = usize::try_from(dice.below(of.len() as u64)).unwrap_or(0);
    &of[at]
}

/// Any type of our own.
pub fn ty(dice: &mut Dice, world: &World, depth: u32) -> Ty {
    let simple = pick(dice, &SIMPLE).clone();
    if depth == 0 {
        return simple;
    }
    match dice.below(12) {
        0..=4 => simple,
        5 | 6 => Ty::List(Box::new(ty(dice, world, depth - 1))),
        7 => Ty::Dict(Box::new(ty(dice, world, depth - 1))),
        8 => ty(dice, world, depth - 1).optional(),
        _ => Ty::Named(usize::try_from(dice.below(world.defs.len() as u64)).unwrap_or(0)),
    }
}

impl Ty {
    #[must_use]
    pub fn optional(self) -> Ty {
        match self {
            Ty::Opt(_) => self,
            other => Ty::Opt(Box::new(other)),
        }
    }

    pub fn present(&self) -> &Ty {
        match self {
            Ty::Opt(inner) => inner,
            other => other,
        }
    }

    pub fn has_order(&self) -> bool {
        matches!(
            self,
            Ty::Int
                | Ty::Small
                | Ty::Float
                | Ty::Decimal
                | Ty::Money
                | Ty::Text
                | Ty::Code
                | Ty::Short
                | Ty::Date
                | Ty::Time
                | Ty::DateTime
                | Ty::Duration
                | Ty::Uuid
        )
    }

    /// Whether it can stand in a text.
    pub fn is_shown(&self, world: &World) -> bool {
        match self {
            Ty::Json | Ty::Bytes | Ty::List(_) | Ty::Dict(_) | Ty::Opt(_) => false,
            Ty::Named(at) => matches!(world.defs[*at], Def::Enum(_)),
            _ => true,
        }
    }
}

impl World {
    pub fn fields(&self, ty: &Ty) -> Option<&[Field]> {
        match ty {
            Ty::Named(at) => match &self.defs[*at] {
                Def::Record { fields } => Some(fields),
                _ => None,
            },
            _ => None,
        }
    }

    pub fn is_open(&self, at: usize) -> bool {
        at >= self.foreign
    }

    /// Whether a value of the one may stand where the other is wanted. It need not know all that fits.
    pub fn fits(&self, have: &Ty, want: &Ty) -> bool {
        match (have, want) {
            _ if have == want => true,
            (_, Ty::Json) => true,
            (Ty::Opt(have), Ty::Opt(want)) => self.fits(have, want),
            (Ty::Opt(_), _) => false,
            (_, Ty::Opt(want)) => self.fits(have, want),
            (Ty::Small, Ty::Int | Ty::Decimal | Ty::Float) | (Ty::Int, Ty::Decimal | Ty::Float) => true,
            (Ty::Money, Ty::Decimal) => true,
            (Ty::Code | Ty::Short | Ty::Uuid | Ty::Email | Ty::Uri, Ty::Text) => true,
            (Ty::List(have), Ty::List(want)) | (Ty::Dict(have), Ty::Dict(want)) => self.fits(have, want),
            (Ty::Named(have), Ty::Text) => matches!(self.defs[*have], Def::Enum(_)),
            (Ty::Named(have), Ty::Named(want)) => self.named_fits(*have, *want),
            _ => false,
        }
    }

    fn named_fits(&self, have: usize, want: usize) -> bool {
        match (&self.defs[have], &self.defs[want]) {
            (Def::Enum(mine), Def::Enum(theirs)) => {
                mine.iter().all(|word| theirs.contains(word)) && (!self.is_open(have) || self.is_open(want))
            }
            (Def::Record { fields: mine }, Def::Record { fields: theirs }) => theirs.iter().all(|want| {
                let is_required = want.default.is_none() && !matches!(want.ty, Ty::Opt(_));
                match mine.iter().find(|have| have.name == want.name) {
                    Some(have) if want.default.is_some() => have.ty.present() == &want.ty,
                    Some(have) => have.ty == want.ty,
                    None => !is_required,
                }
            }),
            (Def::Record { .. }, Def::Union { members, .. }) => members.contains(&have),
            _ => false,
        }
    }
}
