//! A page for each service, for who is woken at night: what an alert means, which steps can cause it, where to look, and
//! what can be done. Short, and in tables.

mod steps;

use super::alert::{Alert, Kind, Severity};
use super::burn;
use super::rules::{of_executable, of_service};
use super::{Executable, objectives, query, renews};
use crate::emit::File;
use crate::emit::names::Names;
use crate::emit::text::markdown::{code, text};
use crate::emit::unit::Unit;
use crate::ir::{Known, Operation, Program, Service, Way};

/// One for each service, and one for each executable that is none.
pub fn pages(program: &Program, names: &Names, executables: &[Executable<'_>]) -> Vec<File> {
    let mut files = Vec::new();
    for (at, (service, name)) in program.services.iter().zip(&names.services).enumerate() {
        let host = executables.iter().find(|one| one.services().any(|(number, _)| number == at));
        let of = Of { program, names, service, name, host };
        files.push(File::new(path(name), of.page()));
    }
    let bundles = executables.iter().filter(|one| one.is_bundle());
    files.extend(bundles.map(|bundle| File::new(path(bundle.name()), of_bundle(program, names, bundle))));
    files
}

fn path(name: &str) -> String {
    format!("deploy/runbooks/{name}.md")
}

/// `300ms`, `3s`
pub fn time(millis: u64) -> String {
    if millis >= 1_000 && millis.is_multiple_of(1_000) {
        format!("{}s", millis / 1_000)
    } else {
        format!("{millis}ms")
    }
}

/// A service, and the process that it runs in.
struct Of<'p> {
    program: &'p Program,
    names: &'p Names,
    service: &'p Service,
    name: &'p str,
    host: Option<&'p Executable<'p>>,
}

fn of_bundle(program: &Program, names: &Names, bundle: &Executable<'_>) -> String {
    let mut out = format!("# {}\n\nOne process with these services:\n\n", text(bundle.unit.title));
    for (at, service) in bundle.services() {
        if let Some(page) = names.services.get(at) {
            out.push_str(&format!("- [{}]({page}.md)\n", text(&service.name)));
        }
    }
    let alerts = of_executable(bundle);
    out.push_str(&index(&alerts));
    out.push_str(&process(program, bundle, &alerts));
    out
}

impl Of<'_> {
    fn page(&self) -> String {
        let mut out = format!("# {}\n\n", text(&self.service.name));
        if let Some(owner) = &self.service.owner {
            out.push_str(&format!("Owner: {}. ", text(owner)));
        }
        out.push_str(&format!("Flow: {}.", code(&place(&self.service.place))));
        let own = of_service(self.service, self.name);
        let alone = self.host.filter(|host| !host.is_bundle());
        let of_process = alone.map(of_executable).unwrap_or_default();
        if let Some(bundle) = self.host.filter(|host| host.is_bundle()) {
            let name = bundle.name();
            out.push_str(&format!(" It runs in [{}]({name}.md).", text(bundle.unit.title)));
        }
        out.push('\n');
        out.push_str(&index(own.iter().chain(&of_process)));
        out.extend(firsts(&own).into_iter().map(|alert| self.section(alert.kind)));
        if own.iter().all(|alert| alert.kind != Kind::Availability) {
            out.push_str("\n## Failures\n\nNo share of them is promised, so no alert counts them.\n");
            out.push_str(&self.failures());
        }
        if let Some(host) = alone {
            out.push_str(&process(self.program, host, &of_process));
        }
        out
    }

    fn promised(&self, wanted: &str) -> Vec<String> {
        let mut all = Vec::new();
        for of in objectives(self.service) {
            let window = query::duration(of.slo.window_ms / 1_000);
            let promises = burn::promises(&of).into_iter().filter(|promise| promise.word() == wanted);
            all.extend(
                promises.map(|promise| {
                    format!("{} promises {} over {window}.", code(&of.name), promise.written())
                }),
            );
        }
        all
    }

    fn section(&self, of: Kind) -> String {
        match of {
            Kind::Availability => {
                format!("{}{}", heading(of, &self.promised("availability")), self.failures())
            }
            Kind::Latency => self.latency(),
            Kind::Deadline => self.deadline(),
            Kind::Absent
            | Kind::Breaker
            | Kind::Undos
            | Kind::Token
            | Kind::Store
            | Kind::Panics
            | Kind::Overload
            | Kind::Alone => String::new(),
        }
    }

    fn failures(&self) -> String {
        let labels = query::of_service(&self.service.name, &[]);
        let failures = format!(
            "sum by (operation, step, kind) (rate({}{{{labels}}}[5m]))",
            flow_std::metrics::names::OPERATION_FAILURES.name
        );
        let mut out = look(&[
            ("which step fails, and how", failures),
            (
                "the log",
                "\"event\":\"request\" with a `status` of 500 and above: `cause` says what failed".to_owned(),
            ),
            ("the log", "\"event\":\"call failed\": `call`, and `reason`".to_owned()),
        ]);
        out.push_str("\nWhat can end in a status of 500 and above:\n");
        for operation in &self.service.operations {
            out.push_str(&steps::failures((self.program, self.names), self.service, operation));
        }
        out.push_str(STATUSES);
        out
    }

    fn latency(&self) -> String {
        let labels = query::of_service(&self.service.name, &[]);
        let slow = format!(
            "histogram_quantile(0.99, sum by (operation, le) (rate({}_bucket{{{labels}}}[5m])))",
            flow_std::metrics::names::REQUEST_SECONDS.name
        );
        let mut out = heading(Kind::Latency, &self.promised("latency"));
        out.push_str(&look(&[
            ("which operation is slow", slow),
            ("which call is slow", calls()),
            ("the log", "\"event\":\"request\": `micros`".to_owned()),
        ]));
        out.push_str(
            "\n[Below](#flowdeadlineexceeded) is the longest way through the calls of each operation.\n",
        );
        out
    }

    fn deadline(&self) -> String {
        let labels = query::of_service(&self.service.name, &[]);
        let late = format!(
            "sum by (operation) (rate({}{{{labels},status=\"504\"}}[5m]))",
            flow_std::metrics::names::REQUESTS.name
        );
        let mut out = heading(Kind::Deadline, &[]);
        out.push_str(&look(&[("which operation is late", late), ("which call is slow", calls())]));
        out.push_str(
            "\n| operation | deadline | when all goes well | at worst |\n| --- | --- | --- | --- |\n",
        );
        for operation in &self.service.operations {
            out.push_str(&format!(
                "| {} | {} | {} | {} |\n",
                code(&operation.name),
                known(self.program, operation.settings.deadline_ms),
                way(&operation.longest.first, operation),
                way(&operation.longest.worst, operation)
            ));
        }
        out.push_str(
            "\nA deadline goes along with each call: a service that is called has what is left. What is \
             above the deadline ends in a 504.\n",
        );
        out
    }
}

fn calls() -> String {
    format!(
        "histogram_quantile(0.99, sum by (backend, operation, le) (rate({}_bucket[5m])))",
        flow_std::metrics::names::CALL_SECONDS.name
    )
}

fn place(of: &crate::ir::Place) -> String {
    format!("{}:{}", of.file, of.line)
}

/// `1300ms = Erp.getCustomer 500ms + Stock.check 800ms`
fn way(of: &Way, operation: &Operation) -> String {
    let is_beyond =
        matches!(operation.settings.deadline_ms, Known::Written(deadline) if of.millis > deadline);
    let beyond = if is_beyond { ", **above the deadline**" } else { "" };
    match of.terms.is_empty() {
        true => "nothing is called".to_owned(),
        false => format!("{} = {}{beyond}", time(of.millis), code(&of.terms.join(" + "))),
    }
}

/// What is written, or the variable that says it.
fn known(program: &Program, of: Known<u64>) -> String {
    match of {
        Known::Written(millis) => time(millis),
        Known::Config(id) => {
            let Some(item) = program.config.get(id.0) else { return String::new() };
            let default = item.default_text().map(|text| format!(" ({})", code(&text))).unwrap_or_default();
            format!("{}{default}", code(&crate::emit::names::variable(&item.name)))
        }
    }
}

/// The first of each kind: a service has one alert for each thing that it promises.
fn firsts<'a>(alerts: impl IntoIterator<Item = &'a Alert>) -> Vec<&'a Alert> {
    let mut firsts: Vec<&Alert> = Vec::new();
    for alert in alerts {
        if firsts.iter().all(|first| first.kind != alert.kind) {
            firsts.push(alert);
        }
    }
    firsts
}

fn index<'a>(alerts: impl IntoIterator<Item = &'a Alert>) -> String {
    let mut out = String::from("\n| alert | what it means |\n| --- | --- |\n");
    for alert in firsts(alerts) {
        let name = alert.kind.name();
        let urgent = if alert.severity == Severity::Page { "now: " } else { "" };
        out.push_str(&format!("| [{name}](#{}) | {urgent}{} |\n", name.to_lowercase(), alert.kind.meaning()));
    }
    out
}

fn heading(of: Kind, promised: &[String]) -> String {
    let mut out = format!("\n## {}\n\n{}.\n", of.name(), capital(of.meaning()));
    if !promised.is_empty() {
        out.push_str(&format!("{}\n", promised.join(" ")));
    }
    out
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn look(at: &[(&str, String)]) -> String {
    let rows = at.iter().map(|(what, query)| match query.starts_with('"') {
        true => format!("| {what} | {query} |\n"),
        false => format!("| {what} | {} |\n", code(query)),
    });
    format!("\n| look at | |\n| --- | --- |\n{}", rows.collect::<String>())
}

/// The sections of what runs as one process.
fn process(program: &Program, of: &Executable<'_>, alerts: &[Alert]) -> String {
    let sections = alerts.iter().map(|alert| {
        let body = match alert.kind {
            Kind::Availability | Kind::Latency | Kind::Deadline => String::new(),
            Kind::Absent => variables(of.unit),
            Kind::Breaker => breakers(program, of),
            Kind::Undos => undos(of),
            Kind::Token => tokens(of),
            Kind::Store => store(of),
            Kind::Panics => PANIC.to_owned(),
            Kind::Overload => OVERLOAD.to_owned(),
            Kind::Alone => ALONE.to_owned(),
        };
        format!("{}{body}", heading(alert.kind, &[]))
    });
    sections.collect()
}

fn variables(of: &Unit<'_>) -> String {
    let all: Vec<String> = of.variables.iter().map(|variable| code(&variable.name)).collect();
    format!(
        "\nA process that cannot start says why in one line on standard error: a variable that is missing or malformed.\n\
         It reads {}.\n\nOne that was ended has a line with `\"event\":\"ended\"`; one that was killed has none.\n",
        if all.is_empty() { "none of its own".to_owned() } else { all.join(", ") }
    )
}

fn breakers(program: &Program, of: &Executable<'_>) -> String {
    let mut out = String::from("\n| system | one try | who calls it |\n| --- | --- | --- |\n");
    for backend in of.backends().into_iter().filter(|backend| backend.breaker.is_some()) {
        let callers = of.services().flat_map(|(_, service)| {
            let calls = move |operation: &&Operation| {
                let mut found = false;
                crate::ir::visit::calls(&operation.steps, &mut |call| {
                    found |= call.name.starts_with(&format!("{}.", backend.name));
                });
                found
            };
            service.operations.iter().filter(calls).map(|one| code(&format!("{}.{}", service.name, one.name)))
        });
        let callers: Vec<String> = callers.collect();
        let timeout = known(program, backend.timeout_ms);
        out.push_str(&format!("| {} | {timeout} | {} |\n", code(&backend.name), callers.join(", ")));
    }
    out.push_str(&look(&[("how its calls end", tries())]));
    out.push_str(
        "\nThe breaker is not the fault: the system has failed often enough that it is left alone. It is asked again by \
         itself. Until then its calls are `rejected` at once.\n",
    );
    out
}

fn tries() -> String {
    let name = flow_std::metrics::names::CALL_TRIES.name;
    format!("sum by (backend, operation, outcome) (rate({name}[5m]))")
}

fn undos(of: &Executable<'_>) -> String {
    let operations = of.services().flat_map(|(_, service)| {
        let undone = service.operations.iter().filter(|operation| operation.has_undos());
        undone.map(move |operation| (service, operation))
    });
    let mut out = String::from("\n| operation | write | is undone by |\n| --- | --- | --- |\n");
    for (service, operation) in operations {
        let name = code(&format!("{}.{}", service.name, operation.name));
        crate::ir::visit::calls(&operation.steps, &mut |call| {
            if let Some(undo) = &call.undo {
                out.push_str(&format!("| {name} | {} | {} |\n", code(&call.name), code(&undo.name)));
            }
        });
    }
    out.push_str(&UNDOS.replace("NAME", of.name()));
    out
}

fn tokens(of: &Executable<'_>) -> String {
    let renewed = of.backends().into_iter().filter(|backend| renews(backend));
    let names: Vec<String> = renewed.map(|backend| code(&backend.name)).collect();
    format!(
        "\nOf {}. Is the server that gives tokens out reachable from here, and are the client's name and secret still good? \
         The log says why a token could not be had.\n",
        names.join(", ")
    )
}

fn store(of: &Executable<'_>) -> String {
    let kept = of.services().flat_map(|(_, service)| {
        let keeps = |operation: &&Operation| operation.has_undos() || operation.settings.idempotent.is_some();
        let operations = service.operations.iter().filter(keeps);
        operations.map(|operation| code(&format!("{}.{}", service.name, operation.name)))
    });
    format!(
        "\nThe store is at `FLOW_STORE`. Without it these answer with a 503, and nothing of them is begun: {}.\n\
         The log has `\"event\":\"store failed\"` with a `reason`.\n",
        kept.collect::<Vec<_>>().join(", ")
    )
}

impl Kind {
    /// The end of a sentence, for people.
    fn meaning(self) -> &'static str {
        match self {
            Kind::Availability => "more requests fail with 500 and above than is promised",
            Kind::Latency => "more requests take longer than is promised",
            Kind::Deadline => "more than 5% of the requests to an operation end with a 504",
            Kind::Absent => "no process of it has been seen for 5 minutes",
            Kind::Breaker => "a system fails so often that it is left alone",
            Kind::Undos => "something that was written could not be undone, and waits for an operator",
            Kind::Token => "a token is not renewed, and calls need it",
            Kind::Store => "what has to outlive the process cannot be kept",
            Kind::Panics => "there is a mistake in the program",
            Kind::Overload => "requests are turned away because there is too much to do",
            Kind::Alone => {
                "each replica counts its limits for itself, so that together they let through more"
            }
        }
    }
}

const STATUSES: &str = "
Besides, any operation can end with a 503 when too much is going on, and with a 504 at its deadline. A 503 says that nothing was
done: where a write may have been, it is a 502.
";

const UNDOS: &str = "
```sh
curl -H \"Authorization: Bearer $FLOW_OPERATOR_TOKEN\" http://NAME/undos                      # what is left, and why
curl -H \"Authorization: Bearer $FLOW_OPERATOR_TOKEN\" -X POST http://NAME/undos/RUN          # try once more
curl -H \"Authorization: Bearer $FLOW_OPERATOR_TOKEN\" -X DELETE \"http://NAME/undos/RUN?because=released+by+hand\"
```

`waiting` is tried again by itself. `refused` and `uncertain` wait: look into the system that was written to, put it right, and
then drop the run. The log has `\"event\":\"undo stuck\"` with the `request` that it belongs to, and later
`\"event\":\"undo done\"` or `\"event\":\"undo dropped\"` with the same `run` and `write`.
";

const PANIC: &str = "
The log has `\"event\":\"panic\"` with the place in the code (`at`), and one with the `request` and the `operation`. Requests
beside it are not affected. It is a fault of flowc or of the runtime: a restart does not help.
";

const OVERLOAD: &str = "
More processes, or fewer requests: see `flow_requests_in_flight`, and which operation grows in `flow_requests_total`. The bounds are
`FLOW_IN_FLIGHT` and `FLOW_SHED_MS`.
";

const ALONE: &str = "
`FLOW_LIMITS` says where the Redis is; the log has `\"event\":\"limits not shared\"` with a `reason`. No request fails because of it:
each replica lets through what all may together, until the Redis answers again.
";
