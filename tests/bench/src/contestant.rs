//! The services that are measured: what they are, and how each is started.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use clap::ValueEnum;

use crate::builds::{self, Places};
use crate::process::Part;
use crate::workload::Workload;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Contestant {
    Flowc,
    FlowcSplit,
    FlowcSingle,
    FlowcBare,
    FlowcNoIdentifiers,
    FlowcNoTraces,
    FlowcNoNumbers,
    FlowcNoSteps,
    FlowcSilent,
    FlowcSampled,
    FlowcTraced,
    /// The interpreter.
    Run,
    AFull,
    B,
    C,
    Go,
    Fastify,
    Nginx,
    Spring,
}

/// The bundle of the layers of W6, and the service that does the same by itself.
const LAYERS: &str = "layers";
const SINGLE: &str = "direct";

/// The services of the layers, the lowest ones first, and where the ones above them ask for their addresses.
const SPLIT: &[(&str, Option<&str>)] = &[
    ("customers", Some("CUSTOMERS_URL")),
    ("sales", Some("SALES_URL")),
    ("overviews", Some("OVERVIEWS_URL")),
    ("screens", None),
];

impl Contestant {
    pub fn name(self) -> &'static str {
        match self {
            Contestant::Flowc => "flowc",
            Contestant::FlowcSplit => "flowc-split",
            Contestant::FlowcSingle => "flowc-single",
            Contestant::FlowcBare => "flowc-bare",
            Contestant::FlowcNoIdentifiers => "flowc-no-identifiers",
            Contestant::FlowcNoTraces => "flowc-no-traces",
            Contestant::FlowcNoNumbers => "flowc-no-numbers",
            Contestant::FlowcNoSteps => "flowc-no-steps",
            Contestant::FlowcSilent => "flowc-silent",
            Contestant::FlowcSampled => "flowc-sampled",
            Contestant::FlowcTraced => "flowc-traced",
            Contestant::Run => "run",
            Contestant::AFull => "a-full",
            Contestant::B => "b",
            Contestant::C => "c",
            Contestant::Go => "go",
            Contestant::Fastify => "fastify",
            Contestant::Nginx => "nginx",
            Contestant::Spring => "spring",
        }
    }

    /// What it is, for those who read the table.
    pub fn about(self) -> &'static str {
        match self {
            Contestant::Flowc => {
                "the emitted service with all that it always has: identifiers, log, limits, checks, deadlines"
            }
            Contestant::FlowcSplit => {
                "in W6: the four services of the three layers, each a process of its own"
            }
            Contestant::FlowcSingle => "in W6: one emitted service that does by itself what the layers do",
            Contestant::FlowcBare => {
                "the emitted service without what is always on and could be off: no identifier, no trace that goes \
                 along, no numbers, no times of steps, no line"
            }
            Contestant::FlowcNoIdentifiers => "the emitted service without a name for each request",
            Contestant::FlowcNoTraces => "the emitted service without a trace that goes along",
            Contestant::FlowcNoNumbers => "the emitted service that counts nothing",
            Contestant::FlowcNoSteps => "the emitted service without the times of calls in its log",
            Contestant::FlowcSilent => "the emitted service with `FLOW_LOG=off`",
            Contestant::FlowcSampled => {
                "the emitted service that exports the trace of one request in a hundred"
            }
            Contestant::FlowcTraced => "the emitted service that makes the spans of every request",
            Contestant::Run => "`flowc run`: the same flows, interpreted",
            Contestant::AFull => {
                "what a team usually ships: axum, reqwest, serde, tower-http (trace with a JSON log, request \
                 identifier, time-out, limit, CORS), Prometheus"
            }
            Contestant::B => {
                "what a good engineer tunes by hand: axum without middleware, hyper-util's client, mimalloc, \
                 borrowed structs, one buffer for the answer, optimised across crates"
            }
            Contestant::C => "hyper's own connections, without axum, one runtime a core, sonic-rs",
            Contestant::Go => "net/http and encoding/json, no middleware",
            Contestant::Nginx => "nginx with Lua and cjson, calls as subrequests, no log",
            Contestant::Fastify => "Fastify with undici on Node, answers by schema, no log",
            Contestant::Spring => {
                "Spring Boot with WebFlux on Netty, WebClient and Jackson, on Java 17, no log of requests"
            }
        }
    }

    pub fn build(self, places: &Places, workloads: &[&Workload]) -> Result<(), String> {
        match self {
            Contestant::Flowc | Contestant::FlowcSplit | Contestant::FlowcSingle => {
                builds::emitted(places, &self.packages(workloads))
            }
            Contestant::FlowcSilent | Contestant::FlowcSampled | Contestant::FlowcTraced => {
                builds::emitted(places, &self.packages(workloads))
            }
            Contestant::FlowcBare
            | Contestant::FlowcNoIdentifiers
            | Contestant::FlowcNoTraces
            | Contestant::FlowcNoNumbers
            | Contestant::FlowcNoSteps => {
                builds::without(places, self.name(), self.lacks(), &self.packages(workloads))
            }
            Contestant::Run => builds::compiler(places),
            Contestant::AFull => builds::reference(places, "a-full", "release"),
            Contestant::B => builds::reference(places, "b", "tuned"),
            Contestant::C => builds::reference(places, "c", "tuned"),
            Contestant::Go => builds::go(places),
            Contestant::Fastify => builds::fastify(places),
            Contestant::Nginx => builds::nginx(places),
            Contestant::Spring => builds::spring(places),
        }
    }

    /// The layers are there in one workload only, and nginx does not come to the end of fifty megabytes.
    pub fn takes_part_in(self, workload: &Workload) -> bool {
        match self {
            Contestant::FlowcSplit | Contestant::FlowcSingle => workload.service == LAYERS,
            Contestant::Nginx => workload.name != "W7",
            _ => true,
        }
    }

    /// The emitted packages that it needs.
    fn packages(self, workloads: &[&Workload]) -> Vec<&'static str> {
        let own = workloads.iter().filter(|workload| self.takes_part_in(workload));
        match self {
            Contestant::FlowcSplit => own.flat_map(|_| SPLIT.iter().map(|(service, _)| *service)).collect(),
            Contestant::FlowcSingle => own.map(|_| SINGLE).collect(),
            _ => own.map(|workload| workload.service).collect(),
        }
    }

    /// The file, where it is one and machine code.
    pub fn executable(self, places: &Places, workload: &Workload) -> Option<PathBuf> {
        let target = &places.target;
        match self {
            Contestant::Flowc => Some(places.emitted(workload.service)),
            Contestant::FlowcSilent | Contestant::FlowcSampled | Contestant::FlowcTraced => {
                Some(places.emitted(workload.service))
            }
            Contestant::FlowcBare
            | Contestant::FlowcNoIdentifiers
            | Contestant::FlowcNoTraces
            | Contestant::FlowcNoNumbers
            | Contestant::FlowcNoSteps => Some(places.without(self.name(), workload.service)),
            Contestant::FlowcSingle => Some(places.emitted(SINGLE)),
            Contestant::Run => Some(places.compiler()),
            Contestant::AFull => Some(target.join("release/a-full")),
            Contestant::B => Some(target.join("tuned/b")),
            Contestant::C => Some(target.join("tuned/c")),
            Contestant::Go => Some(target.join("go")),
            Contestant::FlowcSplit | Contestant::Fastify | Contestant::Nginx | Contestant::Spring => None,
        }
    }

    /// What is started, in this order.
    pub fn parts(self, places: &Places, workload: &Workload) -> Vec<Part> {
        let alone = |command| vec![Part { command, told_as: None }];
        match self {
            Contestant::FlowcSplit => {
                let command = |service: &str| Command::new(places.emitted(service));
                SPLIT
                    .iter()
                    .map(|(service, told_as)| Part { command: command(service), told_as: *told_as })
                    .collect()
            }
            Contestant::Run => {
                let mut command = Command::new(places.compiler());
                command.args(["run", "--quiet", "--no-page", "--only", workload.services]).arg(places.flow());
                alone(command)
            }
            Contestant::Fastify => alone(with("node".into(), places.target.join("fastify/main.js"))),
            Contestant::Nginx => alone(with(places.nginx("start.sh"), places.target.join("nginx"))),
            Contestant::Spring => {
                let mut command = Command::new("java");
                command.args(["-Dreactor.netty.ioWorkerCount=1", "-jar"]).arg(places.spring());
                alone(command)
            }
            Contestant::FlowcSilent | Contestant::FlowcSampled | Contestant::FlowcTraced => {
                let mut command = Command::new(places.emitted(workload.service));
                command.envs(self.settings().iter().copied());
                alone(command)
            }
            Contestant::Flowc
            | Contestant::FlowcSingle
            | Contestant::FlowcBare
            | Contestant::FlowcNoIdentifiers
            | Contestant::FlowcNoTraces
            | Contestant::FlowcNoNumbers
            | Contestant::FlowcNoSteps
            | Contestant::AFull
            | Contestant::B
            | Contestant::C
            | Contestant::Go => {
                self.executable(places, workload).map(Command::new).map(alone).unwrap_or_default()
            }
        }
    }

    /// What it does without, of what is always on.
    fn lacks(self) -> &'static [&'static str] {
        match self {
            Contestant::FlowcBare => &["identifiers", "traces", "numbers", "steps", "lines"],
            Contestant::FlowcNoIdentifiers => &["identifiers"],
            Contestant::FlowcNoTraces => &["traces"],
            Contestant::FlowcNoNumbers => &["numbers"],
            Contestant::FlowcNoSteps => &["steps"],
            _ => &[],
        }
    }

    /// What is set for it beside what all are told. Nobody takes the spans: they are made, gathered, and dropped when they
    /// cannot be sent.
    fn settings(self) -> &'static [(&'static str, &'static str)] {
        const RECEIVER: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1");
        const SOME: (&str, &str) = ("OTEL_TRACES_SAMPLER", "traceidratio");
        match self {
            Contestant::FlowcSilent => &[("FLOW_LOG", "off")],
            Contestant::FlowcSampled => &[RECEIVER, SOME, ("OTEL_TRACES_SAMPLER_ARG", "0.01")],
            Contestant::FlowcTraced => &[RECEIVER],
            _ => &[],
        }
    }

    /// How long it is asked before it is measured, at least. A virtual machine interprets at first, and compiles what
    /// thousands of requests went through.
    pub fn warming(self) -> Duration {
        match self {
            Contestant::Spring => Duration::from_secs(20),
            _ => Duration::ZERO,
        }
    }

    /// Whether it is one process, of machine code that callgrind understands.
    pub fn is_countable(self) -> bool {
        match self {
            Contestant::Flowc
            | Contestant::FlowcSingle
            | Contestant::FlowcBare
            | Contestant::FlowcNoIdentifiers
            | Contestant::FlowcNoTraces
            | Contestant::FlowcNoNumbers
            | Contestant::FlowcNoSteps
            | Contestant::FlowcSilent
            | Contestant::FlowcSampled
            | Contestant::FlowcTraced
            | Contestant::Run
            | Contestant::AFull
            | Contestant::B
            | Contestant::C => true,
            Contestant::FlowcSplit
            | Contestant::Go
            | Contestant::Fastify
            | Contestant::Nginx
            | Contestant::Spring => false,
        }
    }
}

fn with(program: PathBuf, argument: PathBuf) -> Command {
    let mut command = Command::new(program);
    command.arg(argument);
    command
}
