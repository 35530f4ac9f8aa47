//! The command line as clap reads it. Each command shows one example.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand, ValueEnum};

use super::manifest::Deny;
use crate::mock::{Fail, Latency};

/// The compiler of .flow: typed API integrations, checked against the contracts of the systems involved
#[derive(Debug, Parser)]
#[command(name = "flowc", version, max_term_width = 100)]
#[command(
    after_help = "flowc sends nothing to anybody. Exit codes: 0 clean, 1 findings, 2 usage or files, 3 `--check` \
                        would change files, 4 a flow test failed, 101 a fault of flowc."
)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
    /// When to use colours [env: FLOWC_COLOR] [default: auto]
    #[arg(long, global = true, value_enum, value_name = "WHEN")]
    pub color: Option<ColorChoice>,
    /// Say nothing on standard error but what went wrong
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check a project: its flows, its contracts and how they fit
    #[command(after_help = "Example:\n  flowc check services/shop --format sarif > flowc.sarif")]
    Check(CheckArguments),
    /// Run the tests of a project
    #[command(after_help = "Example:\n  flowc test services/shop --filter \"gives its stock back\"")]
    Test(TestArguments),
    /// Write a Cargo workspace with a service for each service of a project
    #[command(after_help = "Example:\n  flowc build services/shop -o target/shop --bin")]
    Build(BuildArguments),
    /// Change maps, arms, conditions and calls one at a time, and say which changes no test notices
    #[command(after_help = "Example:\n  flowc mutate services/shop --filter Orders.place")]
    Mutate(MutateArguments),
    /// Serve all services of a project in this process, straight from the sources
    #[command(after_help = "Example:\n  flowc run services/shop --listen 127.0.0.1:8080")]
    Run(RunArguments),
    /// Print the value of an expression, or what a map makes of a sample
    #[command(
        after_help = "Examples:\n  flowc eval '\"2024-01-31\".date().plusMonths(1)'\n  flowc eval customer --with record.json"
    )]
    Eval(EvalArguments),
    /// Bring `.flow` files into the one style that there is
    #[command(after_help = "Example:\n  flowc fmt --check services/shop")]
    Fmt(FormatArguments),
    /// Print the page of a code, the plan of a flow, what a map does field by field, or where labels are taken off
    #[command(
        after_help = "Examples:\n  flowc explain F0401\n  flowc explain flow Orders.place --format svg > place.svg\n  \
                      flowc explain map customer\n  flowc explain reveals"
    )]
    Explain {
        /// A code such as `F0401` or `type/mismatch`, `flow SERVICE.OPERATION`, `map NAME`, or `reveals`; nothing
        /// lists all codes
        #[arg(num_args = 0..=2)]
        what: Vec<String>,
        /// The project of the flow or the map
        #[arg(long, default_value = ".", value_name = "PATH")]
        project: PathBuf,
        /// How to show the plan of a flow
        #[arg(long, value_enum, default_value = "text")]
        format: PlanFormat,
    },
    /// List what a contract offers, and everything that is odd about it
    #[command(after_help = "Example:\n  flowc contract contracts/erp.yaml")]
    Contract(ContractArguments),
    /// Serve contracts: answers from their examples or schemas, which remember what was written
    #[command(
        after_help = "Examples:\n  flowc mock petstore.yaml\n  flowc mock erp.json crm.yaml --port 8080\n  \
                      flowc mock erp.json --latency 20ms-80ms --fail 503:5% --fail getOrder=404:50%\n  \
                      curl -H 'Prefer: code=404' http://127.0.0.1:4010/pets/1"
    )]
    Mock(MockArguments),
    /// Write a small project that checks, or one that starts from a contract
    #[command(
        after_help = "Example:\n  flowc new shop && flowc check shop\n  flowc new shop --contract erp.yaml --operation getOrder createOrder"
    )]
    New(NewArguments),
    /// Report of contracts whether flows about all of them check, and what stands in the way
    #[command(
        hide = true,
        after_help = "Example:\n  flowc contracts contracts/ --write docs/contracts-report.md"
    )]
    Contracts(ReportArguments),
    /// Print what is in force, and where it came from
    #[command(after_help = "Example:\n  flowc config services/shop")]
    Config {
        /// A folder in a project, or a `.flow` file
        #[arg(default_value = ".")]
        path: PathBuf,
    },
    /// Print the schema of a machine-readable form
    #[command(after_help = "Example:\n  flowc schema diagnostics > diagnostics.schema.json")]
    Schema {
        #[arg(value_enum)]
        of: SchemaName,
    },
    /// Print a completion script for a shell
    #[command(
        after_help = "Example:\n  flowc completions bash > ~/.local/share/bash-completion/completions/flowc"
    )]
    Completions {
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, clap::Args)]
pub struct CheckArguments {
    /// A folder in a project, or a `.flow` file
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// How to show findings [env: FLOWC_FORMAT] [default: human]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// `warnings`, or the code of a warning: end with exit code 1 when there are any
    #[arg(long, value_name = "WHAT", value_parser = deny, value_delimiter = ',')]
    pub deny: Vec<Deny>,
    /// Stay, and check again whenever a file changes
    #[arg(long)]
    pub watch: bool,
}

fn listen_address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "it must be an address and a port, such as `127.0.0.1:8080`".to_owned())
}

fn listed_name(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("names, with commas between them".to_owned()),
        name => Ok(name.to_owned()),
    }
}

#[derive(Debug, clap::Args)]
pub struct EvalArguments {
    /// An expression over `it`, the sample, which is of type `json`; or the name of a map or function that takes it
    #[arg(allow_hyphen_values = true)]
    pub expression: String,
    /// The sample, as a file of JSON; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub with: Option<PathBuf>,
    /// The project whose types, maps and functions the expression may use
    #[arg(long, value_name = "PATH", default_value = ".")]
    pub project: PathBuf,
}

impl EvalArguments {
    /// A project that was asked for has to be there.
    pub fn is_project_named(&self) -> bool {
        self.project != Path::new(".")
    }
}

#[derive(Debug, clap::Args)]
pub struct RunArguments {
    /// A folder in a project, or a `.flow` file
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// Where to answer, such as `127.0.0.1:8080` [env: LISTEN, PORT] [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS", value_parser = listen_address)]
    pub listen: Option<SocketAddr>,
    /// Serve no page at `/_flow/`, and watch no requests for it
    #[arg(long)]
    pub no_page: bool,
    /// Serve these services; others are called where `SERVICE_URL` says that they are, or within this process
    #[arg(long, value_name = "SERVICES", value_delimiter = ',', value_parser = listed_name)]
    pub only: Vec<String>,
    /// Stand in for these backends although their address is known; `all` is every one of them
    #[arg(long, value_name = "BACKENDS", value_delimiter = ',', value_parser = listed_name)]
    pub stand_in: Vec<String>,
    /// Stay, and serve what the sources say whenever a file changes
    #[arg(long)]
    pub watch: bool,
}

#[derive(Debug, clap::Args)]
pub struct TestArguments {
    /// A folder in a project, or a `.flow` file
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// Only tests with this in their name, in this case
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
    /// Also write a report for build servers
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// How to show findings and failures [env: FLOWC_FORMAT] [default: human]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// List the fields of maps, arms of matches and failure arms of calls that no test has seen
    #[arg(long)]
    pub coverage: bool,
    /// Run the tests against the services as they are emitted, which cargo builds
    #[arg(long, conflicts_with = "coverage")]
    pub native: bool,
    /// Stay, and run the tests again whenever a file changes
    #[arg(long)]
    pub watch: bool,
}

#[derive(Debug, clap::Args)]
pub struct MutateArguments {
    /// A folder in a project, or a `.flow` file
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// Only changes of what has this in the name of its file, map, function or operation
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
    /// How to show findings [env: FLOWC_FORMAT] [default: human]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
}

#[derive(Debug, clap::Args)]
pub struct BuildArguments {
    /// A folder in a project, or a `.flow` file
    #[arg(default_value = ".")]
    pub path: PathBuf,
    /// The folder to write to [default: `dist` in the project]
    #[arg(long, short, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Change nothing: list what differs, and end with exit code 3 if anything does
    #[arg(long, conflicts_with_all = ["bin", "force"])]
    pub check: bool,
    /// Also build the executables, and say where they are
    #[arg(long)]
    pub bin: bool,
    /// Write over emitted files that were changed by hand
    #[arg(long)]
    pub force: bool,
    /// How to show findings [env: FLOWC_FORMAT] [default: human]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// `warnings`, or the code of a warning: end with exit code 1 when there are any
    #[arg(long, value_name = "WHAT", value_parser = deny, value_delimiter = ',')]
    pub deny: Vec<Deny>,
}

#[derive(Debug, clap::Args)]
pub struct ContractArguments {
    /// An OpenAPI document: 3.x or Swagger 2.0, JSON or YAML
    pub file: PathBuf,
    /// How to show findings; machine-readable formats leave out the operations [env: FLOWC_FORMAT] [default: human]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
}

#[derive(Debug, clap::Args)]
pub struct MockArguments {
    /// OpenAPI documents: 3.x or Swagger 2.0, JSON or YAML
    #[arg(required = true, value_name = "CONTRACT")]
    pub contracts: Vec<PathBuf>,
    /// The port of the first contract; each further one gets the next. 0: any free ones
    #[arg(long, short, default_value_t = 4010)]
    pub port: u16,
    /// The address to listen on; 0.0.0.0 lets other machines in
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
    pub host: IpAddr,
    /// Other values than the plainest where the contract has no example; the same ones for the same number
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// How long each answer is held back: `20ms`, `1.5s`, or a range such as `20ms-80ms`
    #[arg(long, value_name = "TIME", value_parser = Latency::parse)]
    pub latency: Option<Latency>,
    /// Which part of the requests fails: `503:5%`, or `getOrder=503:5%` for one operation; may be repeated
    #[arg(long, value_name = "STATUS:PART", value_parser = Fail::parse)]
    pub fail: Vec<Fail>,
}

#[derive(Debug, clap::Args)]
pub struct NewArguments {
    /// The folder; its last part is the name of the project
    pub path: PathBuf,
    /// An OpenAPI document to start from: it is copied, with the local files that it refers to
    #[arg(long, value_name = "FILE")]
    pub contract: Option<PathBuf>,
    /// Operations of the contract to start with, instead of all
    #[arg(long, value_name = "NAME", num_args = 1.., requires = "contract")]
    pub operation: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub struct ReportArguments {
    /// OpenAPI documents; or a folder of them, or one with an `index.tsv` (a name, a tab and a path on each line)
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// Where to write the report, instead of standard output
    #[arg(long, value_name = "FILE")]
    pub write: Option<PathBuf>,
    /// Change nothing: end with exit code 3 if the report would change
    #[arg(long, requires = "write")]
    pub check: bool,
}

#[derive(Debug, clap::Args)]
pub struct FormatArguments {
    /// Folders in projects, or `.flow` files; `-` formats standard input to standard output
    #[arg(default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Change nothing: list the files that would change, and end with exit code 3 if there are any
    #[arg(long)]
    pub check: bool,
    /// Change nothing: print what would change; exit code as with `--check`
    #[arg(long)]
    pub diff: bool,
}

fn deny(text: &str) -> Result<Deny, String> {
    Deny::parse(text)
        .ok_or_else(|| "it is neither `warnings` nor the code of a warning, such as `W0020`".to_string())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Human,
    /// One line for each finding
    Short,
    /// For scripts: see `flowc schema diagnostics`
    Json,
    /// For code scanning: SARIF 2.1.0
    Sarif,
    /// Annotations of a GitHub workflow
    Github,
    /// GitLab code quality
    Gitlab,
    /// Test reports of build servers
    Junit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// For people
    Text,
    /// A Mermaid flowchart
    Mermaid,
    /// A picture
    Svg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaName {
    /// What `flowc check --format json` prints
    Diagnostics,
}
