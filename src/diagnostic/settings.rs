//! Family 08: settings, policies, budgets.

use super::names::suggest;
use super::{At, Code, Diagnostic};
use crate::source::Span;

const UNKNOWN_SETTING: Code = Code::error("F0801", "setting/unknown");
const SETTING_TWICE: Code = Code::error("F0802", "setting/twice");
const MISSING_SETTING: Code = Code::error("F0803", "setting/missing");
const VARIANT: Code = Code::error("F0804", "setting/variant");
const DEFAULT: Code = Code::error("F0805", "setting/default");
const SECRET: Code = Code::error("F0806", "setting/secret");
const CONTRACT: Code = Code::error("F0807", "setting/contract");
const REPEATS_WRITE: Code = Code::error("F0808", "policy/repeats-write");
const DEADLINE: Code = Code::error("F0809", "budget/deadline");
const WORST_CASE: Code = Code::warning("W0810", "budget/worst-case");
const FAN_OUT: Code = Code::error("F0811", "budget/fan-out");
const NO_URL: Code = Code::error("F0812", "setting/no-url");
const AMPLIFICATION: Code = Code::warning("W0813", "budget/amplification");
const OVERRUN: Code = Code::warning("W0814", "budget/overrun");
const AT_ONCE: Code = Code::warning("W0815", "budget/at-once");
const ORIGIN: Code = Code::error("F0820", "setting/origin");
const LIMIT: Code = Code::error("F0821", "setting/limit");
const ADDRESS: Code = Code::error("F0822", "setting/address");
const SUNSET: Code = Code::error("F0823", "setting/sunset");
const PROMISE: Code = Code::error("F0830", "promise/no-room");
const PROMISE_TIME: Code = Code::warning("W0831", "promise/beyond-deadline");
const NEVER_SHOWN: Code = Code::warning("W0832", "allow/never-shown");
const BESIDE_PUBLIC: Code = Code::warning("W0833", "auth/beside-public");
const UNKNOWN_SERVICE: Code = Code::warning("W0834", "allow/unknown-service");
const PAGES: Code = Code::error("F0840", "pages/form");
const ANOTHER_WAY: Code = Code::warning("W0841", "pages/another-way");

/// All codes of this family, by number.
pub(super) const CODES: &[Code] = &[
    UNKNOWN_SETTING,
    SETTING_TWICE,
    MISSING_SETTING,
    VARIANT,
    DEFAULT,
    SECRET,
    CONTRACT,
    REPEATS_WRITE,
    DEADLINE,
    WORST_CASE,
    FAN_OUT,
    NO_URL,
    AMPLIFICATION,
    OVERRUN,
    AT_ONCE,
    ORIGIN,
    LIMIT,
    ADDRESS,
    SUNSET,
    PROMISE,
    PROMISE_TIME,
    NEVER_SHOWN,
    BESIDE_PUBLIC,
    UNKNOWN_SERVICE,
    PAGES,
    ANOTHER_WAY,
];

pub fn unknown_setting<'n>(
    name: impl Into<At<'n>>,
    block: &str,
    near: Option<&str>,
    known: &[&str],
) -> Diagnostic {
    let name = name.into();
    let diagnostic =
        Diagnostic::new(UNKNOWN_SETTING, name.span, format!("{block} has no setting `{}`", name.text));
    suggest(diagnostic, name.span, near, &format!("its settings are {}", known.join(", ")))
}

pub fn setting_twice<'n>(name: impl Into<At<'n>>, first: Span) -> Diagnostic {
    let name = name.into();
    Diagnostic::new(SETTING_TWICE, name.span, format!("the setting `{}` is there twice", name.text))
        .label(first, "first here")
        .help("leave one of the two out")
}

pub fn missing_setting(span: Span, block: &str, name: &str, doc: Option<&str>) -> Diagnostic {
    let doc = doc.and_then(|doc| doc.lines().next()).unwrap_or_default();
    let advice = match (block, name) {
        (_, "auth") => "say who may call: `auth: jwt { issuer: env.OIDC_ISSUER, audience: \"…\" }`, or `auth: public` for everybody".to_owned(),
        (_, "contract") => "name the OpenAPI document: `contract: \"contracts/erp.yaml\"`".to_owned(),
        (_, "url") => "say where it is: `url: env.ERP_URL`".to_owned(),
        _ => format!("add `{name}: …`: {doc}"),
    };
    Diagnostic::new(MISSING_SETTING, span, format!("{block} needs the setting `{name}`")).help(advice)
}

pub fn unknown_variant<'n>(
    name: impl Into<At<'n>>,
    ty: &str,
    near: Option<&str>,
    known: &[&str],
) -> Diagnostic {
    let name = name.into();
    let diagnostic = Diagnostic::new(VARIANT, name.span, format!("`{}` is none of `{ty}`", name.text));
    suggest(diagnostic, name.span, near, &format!("it can be {}", known.join(", ")))
}

pub fn variant_needs_payload<'n>(name: impl Into<At<'n>>, payload: &str) -> Diagnostic {
    let name = name.into();
    Diagnostic::new(VARIANT, name.span, format!("`{}` wants something behind it", name.text))
        .help(format!("write `{} …` with a `{payload}`; a record is `{} {{ … }}`", name.text, name.text))
}

pub fn variant_without_payload<'n>(name: impl Into<At<'n>>) -> Diagnostic {
    let name = name.into();
    Diagnostic::new(VARIANT, name.span, format!("`{}` stands alone", name.text))
        .help("leave out what stands behind it")
}

pub fn no_variants_here<'n>(name: impl Into<At<'n>>, wanted: &str) -> Diagnostic {
    let name = name.into();
    Diagnostic::new(VARIANT, name.span, format!("`{} …` stands where {wanted} is wanted", name.text))
        .help("write the value by itself")
}

pub fn default_without_env(span: Span) -> Diagnostic {
    Diagnostic::new(DEFAULT, span, "only `env.NAME` takes a default with `=`")
        .help("write `env.NAME = \"value\"`, `env.NAME as int = 8080`, or the value alone")
}

pub fn secret_setting(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(SECRET, span, format!("the setting `{name}` is no place for a secret"))
        .help("it may be written to logs or documents: use `env.NAME`")
}

pub fn contract_not_literal(span: Span) -> Diagnostic {
    Diagnostic::new(CONTRACT, span, "the contract has to be known when the program is compiled")
        .help("write the path of the file in quotes: `contract: \"contracts/erp.yaml\"`")
}

/// `key`: one that the call carries, unless it is absent.
pub fn repeats_write(
    span: Span,
    (setting, operation, method): (&str, &str, &str),
    declared: Span,
    key: Option<Span>,
) -> Diagnostic {
    let message = format!("`{setting}` could do what `{operation}` does more than once");
    let help = match setting {
        "retry" => {
            "give the call an idempotency key where the contract takes one (a header such as `Idempotency-Key`), list the operation in `reads:` of the backend if it changes nothing, or leave `retry` out"
        }
        _ => {
            "it is for reads: list the operation in `reads:` of the backend if it changes nothing, or leave the setting out"
        }
    };
    let found = Diagnostic::new(REPEATS_WRITE, span, message).label(declared, format!("a {method} writes"));
    absent_key(found, key).help(help)
}

/// Says of a key that it does not help where it is absent.
pub(super) fn absent_key(found: Diagnostic, key: Option<Span>) -> Diagnostic {
    match key {
        Some(key) => found.label(key, "this key may be absent, and without it a repeat is not known"),
        None => found,
    }
}

/// `writes`: the first step of the operation that does.
pub fn kept_write(span: Span, operation: &str, writes: Span) -> Diagnostic {
    let message = format!("`cache` would answer for `{operation}` without doing what it does");
    Diagnostic::new(REPEATS_WRITE, span, message)
        .label(writes, "this writes")
        .help("it is for operations that read: leave it out, or keep the answers of single calls, `with { cache: 30s }`")
}

/// `sum` is the arithmetic: `Erp.getCustomer 500ms + Stock.check 800ms = 1300ms`.
pub fn deadline(span: Span, deadline: &str, sum: &str, declared: Option<Span>) -> Diagnostic {
    let message = format!("not even the first tries fit the deadline of {deadline}");
    let diagnostic = Diagnostic::new(DEADLINE, span, message).here(sum.to_owned());
    let diagnostic = match declared {
        Some(declared) => diagnostic.label(declared, "the deadline is set here"),
        None => diagnostic,
    };
    diagnostic.help("shorten the timeouts of the calls, let reads overlap, or give the operation more time")
}

pub fn worst_case(span: Span, deadline: &str, sum: &str, declared: Option<Span>) -> Diagnostic {
    let message = format!("the worst case does not fit the deadline of {deadline}");
    let diagnostic = Diagnostic::new(WORST_CASE, span, message).here(sum.to_owned());
    let diagnostic = match declared {
        Some(declared) => diagnostic.label(declared, "the deadline is set here"),
        None => diagnostic,
    };
    diagnostic.help("try less often, shorten timeouts or pauses, or give the operation more time: tries beyond the deadline are never made")
}

pub fn promise_without_room(span: Span) -> Diagnostic {
    Diagnostic::new(PROMISE, span, "a promise of 100% is broken by the first fault of all".to_owned())
        .here("nothing may fail".to_owned())
        .help("say how much may fail, such as `99.9%`: alerts tell how fast that is used up")
}

pub fn promise_beyond_deadline(
    span: Span,
    operation: &str,
    (time, deadline): (&str, &str),
    declared: Option<Span>,
) -> Diagnostic {
    let message = format!("`{operation}` always keeps this promise: its deadline is {deadline}");
    let diagnostic = Diagnostic::new(PROMISE_TIME, span, message)
        .here(format!("at {deadline} there is an answer, if only a 504, and {time} is not before that"));
    let diagnostic = match declared {
        Some(declared) => diagnostic.label(declared, "the deadline is set here"),
        None => diagnostic,
    };
    diagnostic.help("promise a time that is shorter than the deadline, or leave `latency` out")
}

pub fn unbounded_fan_out(span: Span, operation: &str, at_once: u64, limit: Span) -> Diagnostic {
    Diagnostic::new(
        FAN_OUT,
        span,
        format!("any number of calls of `{operation}`, {at_once} at once, and its backend has a limit"),
    )
    .label(limit, "the limit is set here")
    .help("bound the list, `[T] of 1..50`, or say how many at once, `for … (at most 8 at once) yield …`")
}

pub fn too_many_at_once(
    span: Span,
    operation: &str,
    (at_once, takes): (u64, u64),
    limit: Span,
) -> Diagnostic {
    Diagnostic::new(
        AT_ONCE,
        span,
        format!("{at_once} calls of `{operation}` at once, and its backend takes {takes}"),
    )
    .label(limit, "beyond this, a call is rejected at once")
    .help(format!(
        "say `(at most {takes} at once)`, or let calls wait for their turn: `limit: {{ …, wait: 1s }}`"
    ))
}

/// `product` is the arithmetic: `2 tries of `Sales.get` × 3 tries of `Erp.getOrder` = 6 tries`. The inner layers follow with
/// what they add.
pub fn amplification(
    span: Span,
    backend: &str,
    tries: u64,
    product: &str,
    inner: &[(Span, u64)],
) -> Diagnostic {
    let message = format!("one request may call `{backend}` {tries} times until it fails");
    let diagnostic = Diagnostic::new(AMPLIFICATION, span, message).here(product.to_owned());
    let add = |diagnostic: Diagnostic, (span, tries): &(Span, u64)| {
        diagnostic.label(*span, format!("{tries} tries for each of those"))
    };
    inner.iter().fold(diagnostic, add).help(
        "retry in one layer: the one next to the backend knows best what is worth it; leave `retry` out in the others, or say `retry: none`",
    )
}

/// `sum` is the arithmetic: `100/s × 3 calls = 300/s of `Erp`, which takes 200/s`.
pub fn overrun(
    span: Span,
    operation: &str,
    backend: &str,
    sum: &str,
    (inbound, outbound): (Span, Span),
) -> Diagnostic {
    let message = format!("callers of `{operation}` who keep to their limit ask too much of `{backend}`");
    Diagnostic::new(OVERRUN, span, message)
        .here(sum.to_owned())
        .label(inbound, "so much is let in")
        .label(outbound, "so much goes out")
        .help("let less in, call less for one request, keep answers (`cache`), or raise the limit of the backend if it can take it")
}

/// `why` says what is wrong with the address in the contract.
pub fn no_url(span: Span, backend: &str, why: &str, server: Option<Span>) -> Diagnostic {
    let diagnostic = Diagnostic::new(NO_URL, span, format!("it is not known where `{backend}` answers"))
        .here(why.to_owned());
    let diagnostic = match server {
        Some(server) => diagnostic.label(server, "the contract says this"),
        None => diagnostic,
    };
    diagnostic.help("say it: `url: env.NAME`, or `url: \"https://…\"`")
}

pub fn no_origin(span: Span, origin: &str) -> Diagnostic {
    Diagnostic::new(ORIGIN, span, format!("`{}` is not the origin of a page", origin.escape_debug()))
        .help("an origin is a scheme and a host, perhaps with a port, and nothing behind them: `https://shop.example.com`")
}

pub fn every_origin_with_credentials(span: Span) -> Diagnostic {
    Diagnostic::new(ORIGIN, span, "cookies do not go to pages of every origin")
        .help("name the origins, or leave `credentials` out")
}

pub fn limits_nothing(span: Span) -> Diagnostic {
    Diagnostic::new(LIMIT, span, "this `limit` limits nothing")
        .here("neither `rate` nor `at_once`")
        .help("say how much: `rate: 100/min`, or `at_once: 8`; or leave `limit` out")
}

/// `name` is a field that only says more about a rate.
pub fn without_rate(span: Span, name: &str, limit: Span) -> Diagnostic {
    Diagnostic::new(LIMIT, span, format!("`{name}` is about a `rate`, and there is none"))
        .label(limit, "this holds for all requests together")
        .help(format!("say which rate, such as `rate: 100/min`, or leave `{name}` out"))
}

/// `fault` is how the sentence goes on that begins with the address.
pub fn bad_address(span: Span, fault: &str) -> Diagnostic {
    Diagnostic::new(ADDRESS, span, format!("this address {fault}"))
        .help("write another one, or `env.NAME` where it differs from place to place")
}

/// `field` is one of `caller`, `from` are the ways that bring it along.
pub fn never_shown(span: Span, field: &str, from: &[&str], auth: Span) -> Diagnostic {
    let (none, ways) = (if field == "service" { "none" } else { "empty" }, from.join("` and `"));
    Diagnostic::new(NEVER_SHOWN, span, format!("`caller.{field}` is {none} for everybody who may call"))
        .here("nobody has what this asks for")
        .label(auth, "no caller brings it along")
        .help(format!("it comes with `{ways}`: ask for something else here, such as `caller.subject`, or let such callers in"))
}

pub fn beside_public(span: Span, way: &str, public: Span) -> Diagnostic {
    Diagnostic::new(BESIDE_PUBLIC, span, format!("nobody has to show what `{way}` asks for"))
        .label(public, "everybody may call")
        .help(
            "leave one of the two out; operations that everybody may call can say `auth: public` themselves",
        )
}

pub fn unknown_service(span: Span, name: &str, near: Option<&str>) -> Diagnostic {
    let message = format!("no service of the project is called `{}`", name.escape_debug());
    super::labels::with_service(Diagnostic::new(UNKNOWN_SERVICE, span, message), near)
        .here("the caller is that only if another project has it")
}

pub fn sunset_before_since(span: Span, since: Span) -> Diagnostic {
    Diagnostic::new(SUNSET, span, "it would be gone before anybody is told that it is going away")
        .label(since, "it is going away since then")
        .help("`sunset` is a later day than `since`")
}

/// `item` is what is in the list that it answers with now. Each fault is said at its place.
pub fn pages_form(
    span: Span,
    operation: &str,
    item: Option<&str>,
    faults: Vec<(Span, String)>,
) -> Diagnostic {
    let message = format!("`{operation}` cannot give its list in pages");
    let diagnostic = Diagnostic::new(PAGES, span, message).here("this has one form in all services");
    let diagnostic =
        faults.into_iter().fold(diagnostic, |diagnostic, (span, fault)| diagnostic.label(span, fault));
    let item = item.unwrap_or("Item");
    diagnostic.help(format!(
        "take `(limit: int in 1..100 = 20, cursor: string?)`, and answer with a record such as `type {item}Page {{ items: [{item}], next: string? }}`"
    ))
}

pub fn pages_of_contract(span: Span, operation: &str, contract: Span) -> Diagnostic {
    let message = format!("a contract says what `{operation}` takes and answers");
    Diagnostic::new(PAGES, span, message)
        .label(contract, "this one, and its callers expect no other answers than those in it")
        .help("leave `pages` out: it is for services that have no contract before they are written")
}

/// `param` is what it pages by, `known` an operation that does it in the one way. Whether it lacks the word alone.
pub fn pages_another_way(
    param: Span,
    (operation, is_form): (&str, bool),
    (known, of): (Span, &str),
) -> Diagnostic {
    let help = match is_form {
        true => "say `pages: true` in it",
        false => {
            "take `limit` and `cursor`, answer with `items` and `next`, and say `pages: true`; give the parameter another name if it is about something else"
        }
    };
    Diagnostic::new(ANOTHER_WAY, param, format!("`{operation}` gives its list in pages in a way of its own"))
        .here("this seems to say where the list goes on")
        .label(known, format!("`{of}` does it as all of the project can"))
        .help(help)
}
