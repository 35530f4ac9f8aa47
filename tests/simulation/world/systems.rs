//! The systems of others. They do what their contracts say as far as an order needs it, and what the weather makes of
//! it. Each effect is written into the ledger at the moment at which it happens, whoever learns of it.

use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::time::{Instant, sleep_until, timeout_at};
use turmoil::net::{TcpListener, TcpStream};

use crate::ledger::{Call, Effect, Fault, Gone, Kind, NOBODY, Process, Shared, Undone, now};
use crate::scenario::Weather;
use crate::wire::{self, Message, field};
use crate::wishes::SHARED;

/// What one thing costs in an order, in cents.
const PRICE: u64 = 1_250;

/// Answers for one system, as long as the simulation lasts.
pub async fn serve(weather: Weather, ledger: Shared) -> turmoil::Result {
    let listener = TcpListener::bind("0.0.0.0:80").await?;
    loop {
        let (stream, from) = listener.accept().await?;
        let host = turmoil::reverse_lookup(from.ip()).unwrap_or_default();
        // A process that dies sends nothing more, and the next one has connections of its own.
        let from = ledger.borrow().process(host);
        tokio::task::spawn_local(converse(stream, from, weather.clone(), ledger.clone()));
    }
}

/// Whoever hangs up has had enough.
async fn converse(mut stream: TcpStream, from: Process, weather: Weather, ledger: Shared) {
    let mut rest = Vec::new();
    while let Ok(Some(message)) = wire::read(&mut stream, &mut rest).await {
        let asked = asked(&message, &ledger);
        let drawn = draw(&weather, &ledger);
        ledger.borrow_mut().call(Call {
            at: now(),
            from: from.clone(),
            system: weather.system,
            operation: asked.operation,
            subject: asked.subject,
            about: asked.about.clone(),
            fault: drawn.fault,
        });
        let done = match (drawn.does, drawn.fault) {
            (false, _) => None,
            (true, Fault::Slow(time)) if drawn.is_late => {
                let is_gone = goes(&mut stream, time, &asked, &ledger).await;
                let done = perform(&asked, drawn.fault, &ledger);
                if is_gone {
                    return;
                }
                Some(done)
            }
            (true, _) => Some(perform(&asked, drawn.fault, &ledger)),
        };
        if !reply(&mut stream, drawn, done, &asked, &ledger).await {
            return;
        }
    }
}

/// `false` when the connection is of no more use.
async fn reply(
    stream: &mut TcpStream,
    drawn: Draw,
    done: Option<(u16, String)>,
    asked: &Asked,
    ledger: &Shared,
) -> bool {
    let (status, body) = done.unwrap_or((500, "{}".to_owned()));
    let written = match drawn.fault {
        Fault::None => wire::answer(stream, status, "", &body).await,
        Fault::Slow(time) => {
            if !drawn.is_late && goes(stream, time, asked, ledger).await {
                return false;
            }
            wire::answer(stream, status, "", &body).await
        }
        Fault::Status(status) => wire::answer(stream, status, "", "{}").await,
        Fault::Garbage => wire::answer(stream, 200, "", "{\"nothing\":[").await,
        Fault::HangUp => return false,
        Fault::Never => {
            goes(stream, Duration::from_secs(60), asked, ledger).await;
            return false;
        }
    };
    written.is_ok()
}

/// Waits for so long. Whether the caller goes before, which is noted; what is to be done is done all the same.
async fn goes(stream: &mut TcpStream, time: Duration, asked: &Asked, ledger: &Shared) -> bool {
    let end = Instant::now() + time;
    // Nobody sends two requests at once.
    let is_gone = timeout_at(end, stream.read(&mut [0])).await.is_ok();
    if is_gone {
        ledger.borrow_mut().gone(Gone { at: now(), operation: asked.operation, subject: asked.subject });
        sleep_until(end).await;
    }
    is_gone
}

/// What becomes of a call.
#[derive(Clone, Copy)]
struct Draw {
    fault: Fault,
    /// Whether it is done, whatever the answer says.
    does: bool,
    /// Whether it is done only when the answer is.
    is_late: bool,
}

fn draw(weather: &Weather, ledger: &Shared) -> Draw {
    let random = &mut ledger.borrow_mut().random;
    let (chance, fault, does, is_late) = (
        random.below(100),
        match random.below(8) {
            0 => Fault::Status(500),
            1 => Fault::Status(503),
            2 => Fault::Status(429),
            3 => Fault::HangUp,
            4 => Fault::Never,
            5 => Fault::Garbage,
            _ => Fault::Slow(Duration::from_millis(random.within(50..2_500))),
        },
        random.percent(50),
        random.percent(50),
    );
    let fault = match weather.outage {
        Some((from, until, fault)) if (from..until).contains(&now()) && chance < 95 => fault,
        _ if now() < CALM && chance < weather.rough => fault,
        _ => Fault::None,
    };
    match fault {
        Fault::None | Fault::Slow(_) | Fault::Garbage => Draw { fault, does: true, is_late },
        // What refuses has done nothing.
        Fault::Status(429 | 503) => Draw { fault, does: false, is_late },
        Fault::Status(_) | Fault::HangUp | Fault::Never => Draw { fault, does, is_late },
    }
}

/// From then on the dust settles: nothing goes wrong any more.
pub const CALM: Duration = Duration::from_secs(15);

/// What a call is about.
struct Asked {
    at: Duration,
    operation: &'static str,
    subject: usize,
    about: String,
    key: Option<String>,
    cents: u64,
}

fn asked(message: &Message, ledger: &Shared) -> Asked {
    let (path, query) = message.word(1).split_once('?').unwrap_or((message.word(1), ""));
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let of = |name| text(&message.body, name);
    let (operation, about) = match (message.word(0), parts.as_slice()) {
        ("GET", ["b7", "CUST_MSTR", id]) => ("getCustomer", (*id).to_owned()),
        ("POST", ["b7", "CUST_MSTR"]) => ("createCustomer", of("first_nm")),
        ("POST", ["b7", "CUST_MSTR", id, "BLOCK"]) => ("blockCustomer", (*id).to_owned()),
        ("GET", ["b7", "MAT_MSTR", id]) => ("getMaterial", (*id).to_owned()),
        ("GET", ["b7", "SLS_ORD"]) => ("findOrders", pair(query, "cust_no")),
        ("POST", ["b7", "SLS_ORD"]) => ("createOrder", of("cust_no")),
        ("DELETE", ["b7", "SLS_ORD", id]) => ("cancelOrder", (*id).to_owned()),
        ("POST", ["v2", "availability"]) => ("searchAvailability", of("sku")),
        ("POST", ["v2", "holds"]) => ("createHold", of("reference")),
        ("DELETE", ["v2", "holds", id]) => ("releaseHold", (*id).to_owned()),
        ("POST", ["v1", "charges"]) => ("createCharge", pair(&message.body, "reference")),
        ("POST", ["v1", "charges", id, "refund"]) => ("refundCharge", (*id).to_owned()),
        ("POST", ["checks"]) => ("checkPerson", of("name")),
        ("POST", ["api", "contacts"]) => ("create-contact", of("external-id")),
        ("DELETE", ["api", "contacts", id]) => ("delete-contact", (*id).to_owned()),
        ("GET", ["api", "contacts", id, "activities"]) => ("list-activities", (*id).to_owned()),
        ("POST", ["messages"]) => ("postMessages", format!("{} {}", of("to"), of("template"))),
        _ => panic!("nobody knows {}", message.start),
    };
    let cents = match operation {
        "createOrder" => PRICE * sum(&message.body),
        "createCharge" => pair(&message.body, "amount").parse().unwrap_or(0),
        _ => 0,
    };
    let key = message.header("idempotency-key").map(str::to_owned);
    Asked { at: now(), operation, subject: subject(&about, ledger), about, key, cents }
}

/// The value of a name in a form.
fn pair(form: &str, wanted: &str) -> String {
    let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.to_owned()).unwrap_or_default()
}

fn text(body: &str, name: &str) -> String {
    field(body, name).unwrap_or_default().to_owned()
}

/// How many things there are in all lines of an order.
fn sum(body: &str) -> u64 {
    let quantities =
        body.match_indices("\"qty\"").filter_map(|(at, _)| field(&body[at..], "qty")?.parse::<u64>().ok());
    quantities.sum()
}

/// The number of the request: it stands in the names of its customer and of what is ordered, and what was made for it
/// is known by the id.
fn subject(about: &str, ledger: &Shared) -> usize {
    let made = ledger.borrow().effects.iter().find(|effect| effect.id == about).map(|effect| effect.subject);
    let digits = about.chars().skip_while(|letter| !letter.is_ascii_digit());
    let number: String = digits.take_while(char::is_ascii_digit).collect();
    made.or(number.parse().ok()).unwrap_or(NOBODY)
}

/// Does what was asked, once for each key, and gives the answer of a system that all is well with.
fn perform(asked: &Asked, fault: Fault, ledger: &Shared) -> (u16, String) {
    let about = &asked.about;
    match asked.operation {
        "getCustomer" => (200, customer(about, asked.subject)),
        "createCustomer" if asked.is_refused(ledger) => {
            (409, r#"{"msg_no":"D1","msg_tx":"IT IS THERE"}"#.to_owned())
        }
        "createCustomer" => {
            let (id, _) = make(Kind::Customer, asked, fault, ledger);
            (201, customer(&id, asked.subject))
        }
        "getMaterial" => {
            let (whole, rest) = (price(now()) / 100, price(now()) % 100);
            (
                200,
                format!(
                    r#"{{"mat_no":"{about}","mat_tx":"{about}","unit_prc":{whole}.{rest:02},"crncy":"EUR"}}"#
                ),
            )
        }
        "findOrders" => (
            200,
            format!(
                r#"[{{"ord_no":"SO-{}","cust_no":"{about}","stat_cd":"{}","net_amt":12.5,"crncy":"EUR","ord_dt":"02/01/2024"}}]"#,
                asked.subject,
                if asked.subject % 2 == 0 { "20" } else { "30" },
            ),
        ),
        "searchAvailability" => {
            let own = (0..4).map(|item| format!("P{}X{item}", asked.subject));
            let skus = own.chain(SHARED.iter().map(|sku| (*sku).to_owned()));
            let lines: Vec<String> =
                skus.map(|sku| format!(r#"{{"sku":"{sku}","available":999}}"#)).collect();
            (200, format!("[{}]", lines.join(",")))
        }
        "create-contact" if asked.is_refused(ledger) => {
            (422, r#"{"errors":[{"field":"email","reason":"there is nobody"}]}"#.to_owned())
        }
        "create-contact" => {
            let (id, _) = make(Kind::Contact, asked, fault, ledger);
            let made = r#""displayName":"N Doe","createdAt":"2024-02-01T09:00:00Z""#;
            (201, format!(r#"{{"id":"{id}","external-id":"{about}",{made}}}"#))
        }
        "list-activities" => (
            200,
            format!(
                r#"{{"data":[{{"kind":"call","at":"2024-02-01T08:30:00Z","subject":"A{}"}}]}}"#,
                asked.subject
            ),
        ),
        "postMessages" => {
            let (id, _) = make(Kind::Letter, asked, fault, ledger);
            (202, format!(r#"{{"ticket":"{id}"}}"#))
        }
        "checkPerson" => (200, r#"{"verdict":"clear"}"#.to_owned()),
        "createOrder" => {
            let (id, cents) = make(Kind::Order, asked, fault, ledger);
            let (whole, rest) = (cents / 100, cents % 100);
            (
                201,
                format!(
                    r#"{{"ord_no":"{id}","cust_no":"{about}","stat_cd":"10","net_amt":{whole}.{rest:02},"crncy":"EUR","ord_dt":"02/01/2024"}}"#
                ),
            )
        }
        "createHold" if asked.is_refused(ledger) => (409, r#"{"title":"Somebody was faster"}"#.to_owned()),
        "createHold" => {
            let (id, _) = make(Kind::Hold, asked, fault, ledger);
            (201, format!(r#"{{"id":"{id}","expires":"2024-02-01T10:15:00Z"}}"#))
        }
        "createCharge" if asked.is_refused(ledger) => {
            (402, r#"{"error":{"code":"card_declined"}}"#.to_owned())
        }
        "createCharge" => {
            let (id, cents) = make(Kind::Charge, asked, fault, ledger);
            (200, format!(r#"{{"id":"{id}","amount":{cents},"status":"succeeded"}}"#))
        }
        "refundCharge" => {
            unmake(Kind::Charge, asked, fault, ledger);
            (200, format!(r#"{{"id":"{about}","amount":1,"status":"refunded"}}"#))
        }
        "releaseHold" => unmake(Kind::Hold, asked, fault, ledger),
        "blockCustomer" => unmake(Kind::Customer, asked, fault, ledger),
        "delete-contact" => unmake(Kind::Contact, asked, fault, ledger),
        _ => unmake(Kind::Order, asked, fault, ledger),
    }
}

fn customer(id: &str, subject: usize) -> String {
    format!(
        r#"{{"cust_no":"{id}","first_nm":"N{subject}","last_nm":"Doe","segment":"A","created_dt":"01/31/2024","blk_flg":"N","addr":[]}}"#
    )
}

/// What one thing costs in the list, in cents: it rises all the time, so that a price says how old it is.
pub fn price(at: Duration) -> u64 {
    PRICE + at.as_millis() as u64 / 10
}

impl Asked {
    /// Some are refused, the same ones each time.
    fn is_refused(&self, ledger: &Shared) -> bool {
        let is_there =
            ledger.borrow().effects.iter().any(|effect| effect.key.is_some() && effect.key == self.key);
        let number = self.operation.len() + 7 * self.subject;
        !is_there && number % 6 == 0
    }
}

/// The id of what is made, and what it costs. What was made with the same key is not made again.
fn make(kind: Kind, asked: &Asked, fault: Fault, ledger: &Shared) -> (String, u64) {
    let ledger = &mut *ledger.borrow_mut();
    let same = |effect: &&Effect| effect.kind == kind && effect.key.is_some() && effect.key == asked.key;
    if let Some(before) = ledger.effects.iter().find(same) {
        return (before.id.clone(), before.cents);
    }
    let number = ledger.effects.len();
    let id = match kind {
        Kind::Customer => format!("C9{number:05}"),
        Kind::Contact => format!("00000000-0000-4000-8000-{number:012}"),
        Kind::Order | Kind::Hold | Kind::Charge | Kind::Letter => format!("{kind:?}-{number}").to_uppercase(),
    };
    ledger.effect(Effect {
        kind,
        id: id.clone(),
        subject: asked.subject,
        about: asked.about.clone(),
        key: asked.key.clone(),
        cents: asked.cents,
        at: now(),
        is_clean: fault == Fault::None,
        undone: Vec::new(),
    });
    (id, asked.cents)
}

fn unmake(kind: Kind, asked: &Asked, fault: Fault, ledger: &Shared) -> (u16, String) {
    let undone = Undone { asked: asked.at, is_clean: fault == Fault::None };
    match ledger.borrow_mut().undo(kind, &asked.about, undone) {
        true => (204, String::new()),
        false => (404, "{}".to_owned()),
    }
}
