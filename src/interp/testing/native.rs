//! Runs what a test asks of emitted services, which are in a process of their own: it is told what is asked, asks how
//! each call of theirs ends, and says what came out. All else of a test is as it is in process: what is given, and whether
//! that which came is what was expected.

use std::io::{self, Read, Write};
use std::time::Duration;

use flow_std::client::{Client, ClientSettings};
use flow_std::failure::{Answer, CallFailure};
use flow_std::given::{Message, caller_text, kind};
use flow_std::http::{Context, Request, arrived};
use flow_std::value::{Caller, Json};

use super::caller::Seen;
use super::verdict::{Ended, Fault};
use super::wire;
use super::world::{GivenAnswer, Line, World, name};
use crate::interp::codec::{self, Inputs, Outgoing, Types};
use crate::interp::name::fixed;
use crate::interp::{App, Value, call, operation};
use crate::ir::{Access, Field, ProblemId, RequestKey, Target, Testable, Type, TypeDef, template};

/// The services as they are emitted.
pub struct Native {
    pub of: Testable,
    /// What the services are called where they run, by their numbers.
    pub hosts: Vec<String>,
    /// Types as the other side has them: what it is sent, which is without what only it may say, and what it answers.
    sent: Types,
    answered: Types,
}

/// A process with the services in it.
pub struct Link {
    to: Box<dyn Write + Send>,
    from: Box<dyn Read + Send>,
    /// The variables of the environment.
    environment: Vec<(String, String)>,
}

impl Link {
    /// # Errors
    /// The process is gone.
    pub fn new(
        to: impl Write + Send + 'static,
        from: impl Read + Send + 'static,
        environment: &[(String, String)],
    ) -> io::Result<Link> {
        let environment = environment.to_vec();
        let mut link = Link { to: Box::new(to), from: Box::new(from), environment };
        link.tell_environment()?;
        Ok(link)
    }

    fn tell_environment(&mut self) -> io::Result<()> {
        let message = Message::new(kind::ENVIRONMENT);
        let message =
            self.environment.iter().fold(message, |message, (name, value)| message.header(name, value));
        self.tell(&message)
    }

    /// Services that start from here on find this value in a variable that they know.
    fn set(&mut self, name: &str, value: String) -> io::Result<()> {
        let mut known = self.environment.iter_mut().filter(|(known, _)| known == name);
        match known.next() {
            Some((_, old)) if *old != value => {
                *old = value;
                self.tell_environment()
            }
            Some(_) | None => Ok(()),
        }
    }

    fn tell(&mut self, message: &Message) -> io::Result<()> {
        message.send(&mut self.to)
    }

    fn hear(&mut self) -> io::Result<Message> {
        Message::receive(&mut self.from)
    }
}

/// Why nothing came of a request.
pub enum Stopped {
    /// Something is wrong with what is emitted.
    Fault(Fault),
    /// The test needs what cannot be had there.
    Unable(String),
}

fn unable(why: impl Into<String>) -> Stopped {
    Stopped::Unable(why.into())
}

fn gone(error: &io::Error) -> Stopped {
    Stopped::Fault(Fault::new(format!("the process with the services has ended: {error}")))
}

impl Native {
    pub fn new(of: Testable, hosts: Vec<String>) -> Native {
        let types = |change: &dyn Fn(&mut Field)| {
            let mut program = of.program.clone();
            for def in &mut program.types {
                if let TypeDef::Record(record) = def {
                    record.fields.iter_mut().for_each(change);
                }
            }
            Types::whole(&program, &|_| Value::None)
        };
        let sent = types(&|field| {
            if field.access == Access::ReadOnly {
                field.ty = field.ty.clone().optional();
            }
            field.access = Access::Both;
        });
        let answered = types(&|field| field.access = Access::Both);
        Native { of, hosts, sent, answered }
    }

    /// What a condition of a test is, by the numbers of the test and of its step.
    pub fn holds(&self, app: &App, link: &mut Link, at: (usize, usize)) -> Result<bool, Stopped> {
        let expectations = self.of.expectations.zip(self.of.asked.get(&at));
        let Some((service, number)) = expectations else {
            return Err(unable("what is expected has not been emitted"));
        };
        let when = Message::new(kind::WHEN).word("GET").word(format!("/{number}")).word(self.host(service));
        let ended = self.run(app, link, &values(app.world(), when))?;
        match (ended.status, &*ended.body) {
            (200, b"true") => Ok(true),
            (200, b"false") => Ok(false),
            (status, _) => {
                let why = format!("it cannot be computed as it is emitted: {status}{}", detail(app, &ended));
                Err(Stopped::Fault(Fault::new(why)))
            }
        }
    }

    /// Calls an operation.
    pub fn when(
        &self,
        app: &App,
        link: &mut Link,
        id: operation::Id,
        (seen, input): (&Seen, &[Value]),
    ) -> Result<Ended, Stopped> {
        if let Some(variable) = &self.of.who_may {
            link.set(variable, (*seen == Seen::WhoMay).to_string()).map_err(|error| gone(&error))?;
        }
        let caller = match seen {
            Seen::WhoMay => String::new(),
            Seen::Caller(caller) => caller_text(caller),
        };
        let request = values(app.world(), self.request(app, id, input)?).word(caller);
        let answer = self.run(app, link, &request)?;
        ended(app, id, answer)
    }

    fn host(&self, service: usize) -> &str {
        self.hosts.get(service).map_or("", String::as_str)
    }

    fn request(&self, app: &App, id: operation::Id, input: &[Value]) -> Result<Message, Stopped> {
        let Some(of) = app.operation(id) else { return Err(unable("there is no such operation")) };
        let client = Client::new("test", ClientSettings::new("http://test".to_owned())).map_err(unable)?;
        let mut call = client.read(app.name(id), fixed(&of.method));
        let cx = Context::new(app.name(id), Caller::default(), arrived("test", ""), Duration::ZERO);
        Outgoing::to_service(&app.code.types, of).fill(&app.code.types, input, &mut call);
        let message = call.written(&cx).map_err(|why| unable(format!("it cannot be sent: {why}")))?;
        let message = message.word(self.host(id.0));
        // Who calls says which request it is.
        match of.settings.idempotent.as_ref().map(|of| &of.key) {
            Some(RequestKey::Header(name)) if !message.has_header(name) => Ok(message.header(name, "test")),
            Some(RequestKey::Header(_) | RequestKey::Text(_)) | None => Ok(message),
        }
    }
}

impl Native {
    /// Asks, and answers all calls that are made meanwhile.
    fn run(&self, app: &App, link: &mut Link, when: &Message) -> Result<Answer, Stopped> {
        link.tell(when).map_err(|error| gone(&error))?;
        let mut wrong = None;
        loop {
            let heard = link.hear().map_err(|error| gone(&error))?;
            match heard.kind() {
                kind::CALL => {
                    let reply = self.called(app, &heard).unwrap_or_else(|stopped| {
                        wrong.get_or_insert(stopped);
                        Message::new(kind::UNREACHABLE)
                    });
                    link.tell(&reply).map_err(|error| gone(&error))?;
                }
                kind::LOG => {
                    let line =
                        Line { level: heard.word_at(0).to_owned(), message: heard.word_at(1).to_owned() };
                    app.world().into_iter().for_each(|world| world.log(line.clone()));
                }
                kind::ENDED => {
                    let status = heard.word_at(0).parse().unwrap_or(500);
                    let answer = Answer::new(status, heard.word_at(1), heard.body_bytes().to_vec());
                    return wrong.map_or(Ok(answer), Err);
                }
                _ => return Err(unable(heard.word_at(0))),
            }
        }
    }

    /// How a call ends, by what is given.
    fn called(&self, app: &App, heard: &Message) -> Result<Message, Stopped> {
        let operation = heard.word_at(0);
        let Some(target) = app.code.target(operation) else {
            return Err(unable(format!("`{operation}` is called, which is not known")));
        };
        let args = self.arguments(app, target, heard)?;
        let (Some(world), program) = (app.world(), &app.code.program) else { return Err(unable("")) };
        match world.answer(program, target, &args) {
            None => Ok(Message::new(kind::RUNS)),
            Some(GivenAnswer::Good { status, value: Some(value) }) => {
                let (media_type, body) =
                    wire::good((program, &self.answered), target, status, &value).map_err(unable)?;
                Ok(given(&Answer::new(status, media_type, body)))
            }
            Some(GivenAnswer::Good { status, value: None }) => {
                Ok(given(&Answer::new(status, "", Vec::new())))
            }
            Some(answer) => Ok(match answer.ended(&app.code, target) {
                Err(CallFailure::Status(answer)) => given(&answer),
                Err(CallFailure::Timeout) => Message::new(kind::TIMEOUT),
                Err(CallFailure::Rejected { .. }) => Message::new(kind::REJECTED),
                Err(CallFailure::Malformed(_)) => Message::new(kind::MALFORMED),
                Err(CallFailure::Unreachable(_) | CallFailure::BrokenOff(_)) | Ok(_) => {
                    Message::new(kind::UNREACHABLE)
                }
            }),
        }
    }

    /// What a call hands over, read again from what it would have sent.
    fn arguments(&self, app: &App, target: Target, heard: &Message) -> Result<Vec<Value>, Stopped> {
        let (types, program) = (&self.sent, &app.code.program);
        let (path, inputs) = match target {
            Target::Backend { backend, operation } => {
                let Some(of) = call::operation_of(app, (backend, operation)) else { return Err(unable("")) };
                (template(&of.path), Inputs::of_backend(types, of))
            }
            Target::Service { service, operation } => {
                let Some(of) = app.operation((service, operation)) else { return Err(unable("")) };
                (template(&of.path), Ok(Inputs::new(types, of, &|_| Value::None)))
            }
        };
        let operation = name(program, target);
        let inputs = inputs.map_err(|why| unable(format!("`{operation}` is called, and {why}")))?;
        let wrong = |why: String| {
            let why = format!("the emitted call of `{operation}` does not fit its contract: {why}");
            Stopped::Fault(Fault::new(why))
        };
        let Some(mut seen) = Request::seen(fixed(&path), inputs.body(), heard) else {
            return Err(wrong(format!("`{}` does not lead there", heard.word_at(2))));
        };
        let read = inputs.read(types, &mut seen);
        let faults: Vec<String> =
            seen.faults().iter().map(|fault| format!("{} {}", fault.at, fault.message)).collect();
        let Some(args) = read.filter(|_| faults.is_empty()) else { return Err(wrong(faults.join(", "))) };
        match target {
            Target::Backend { .. } => Ok(args),
            Target::Service { service, operation } => match app.operation((service, operation)) {
                Some(of) => call::input(app, of, args).map_err(|stop| wrong(stop.message().to_owned())),
                None => Ok(args),
            },
        }
    }
}

/// With what is given of the clock and of new identifiers.
fn values(world: Option<&World>, message: Message) -> Message {
    let text = |function: &str| match world.and_then(|world| world.function(function, &[])) {
        Some(Value::DateTime(now)) => now.to_string(),
        Some(Value::Uuid(uuid)) => uuid.to_string(),
        _ => String::new(),
    };
    let today = world.and_then(World::today).map_or_else(String::new, |today| today.to_string());
    message.word(text("clock.now")).word(today).word(text("uuid.uuid"))
}

fn given(answer: &Answer) -> Message {
    Message::new(kind::GIVEN).word(answer.status.to_string()).word(&answer.media_type).body(&answer.body)
}

fn ended(app: &App, id: operation::Id, answer: Answer) -> Result<Ended, Stopped> {
    let Some(of) = app.operation(id) else { return Err(unable("there is no such operation")) };
    let (status, detail) = (answer.status, detail(app, &answer));
    let failure = match codec::of_service(&app.code.types, of, answer) {
        Ok(value) => return Ok(Ended::Returned { status, value }),
        Err(CallFailure::Malformed(faults)) => {
            let why: Vec<String> =
                faults.iter().map(|fault| format!("{} {}", fault.at, fault.message)).collect();
            let why = format!("it answered {status} with what it does not promise: {}", why.join(", "));
            return Err(Stopped::Fault(Fault::new(why)));
        }
        Err(failure) => failure,
    };
    let problems = &app.code.program.problems;
    let own = (0..problems.len()).map(ProblemId).find(|id| failure.is_problem(app.code.problem(*id)));
    let members = own.and_then(|id| {
        let ty = Type::Named(problems.get(id.0)?.members);
        let members = failure.body(|from| codec::decode(&app.code.types, &ty, from)).ok()?;
        Some(Ended::Problem { problem: id, members })
    });
    Ok(members.unwrap_or(Ended::Failed { status, detail }))
}

/// What a standard problem says.
fn detail(app: &App, answer: &Answer) -> String {
    let read = answer.clone().fail();
    let body = read.body(|from| codec::decode(&app.code.types, &Type::Json, from)).ok();
    let text = match body {
        Some(Value::Json(json)) => match &*json {
            Json::Object(fields) => fields.get("detail").cloned(),
            _ => None,
        },
        _ => None,
    };
    match text {
        Some(Json::Text(text)) => text,
        _ => String::new(),
    }
}
