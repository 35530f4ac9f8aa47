//! The README of the workspace: what there is, how it is run, what it has to be told.

use super::purpose::purposes;
use super::settings;
use super::text::markdown;
use super::unit::Unit;
use crate::ir::Program;

pub fn readme(program: &Program, units: &[Unit<'_>]) -> String {
    let mut text = format!("# {}\n\n", markdown::text(&program.project));
    if let Some(description) = &program.description {
        text.push_str(&format!("{}\n\n", markdown::text(description)));
    }
    text.push_str(INTRODUCTION);
    text.push_str("\n| executable | what it is | document |\n| --- | --- | --- |\n");
    for unit in units {
        let services = unit.slice.services.iter().filter_map(|at| program.services.get(*at));
        let services: Vec<String> = services.map(|service| markdown::text(&service.name)).collect();
        let name = markdown::code(&unit.name);
        text.push_str(&format!(
            "| {name} | {} | [openapi.yaml]({}/openapi.yaml) |\n",
            services.join(", "),
            unit.folder
        ));
    }
    text.push_str(&running(units));
    text.push_str("\n## What it has to be told\n\n| variable | what it is | for |\n| --- | --- | --- |\n");
    let purposes = purposes(program);
    for (variable, users) in settings::by_name(units) {
        let what = settings::what(program, &variable, &purposes).said(markdown::text);
        let users: Vec<String> = users.iter().map(|user| markdown::code(user)).collect();
        text.push_str(&format!("| {} | {what} | {} |\n", markdown::code(&variable.name), users.join(", ")));
    }
    text.push_str(REST);
    text
}

const INTRODUCTION: &str = "\
Written by flowc from `.flow` sources. It is an ordinary Cargo workspace, and needs flowc no more: change the sources and
build again, or delete flowc and go on by hand. `runtime` is the library that all services stand on.
";

fn running(units: &[Unit<'_>]) -> String {
    let Some(first) = units.iter().find(|unit| unit.is_deployed) else { return String::new() };
    format!(
        "\n## Running it\n\n```sh\ncp .env.example .env       # and fill it in\ncargo build --release\n\
         set -a; . ./.env; set +a\nPORT={} target/release/{}\n```\n\n\
         Or with containers: `docker compose --file deploy/compose.yaml --env-file .env up --build`.\n",
        first.port, first.name
    )
}

const REST: &str = "
`LISTEN` (`127.0.0.1:8080`) or `PORT` says where a service listens; without them it is port 8080. A secret can stand in a file
that the variable with `_FILE` behind its name names; it is read again when it changes. What is missing or malformed is told in one line at start.
A service that is told `FLOW_TLS_CERTIFICATE_FILE` and `FLOW_TLS_KEY_FILE` (PEM, read again
when they change) speaks TLS; one that asks callers for certificates has to be, and takes lists of those that are revoked from `FLOW_TLS_CLIENT_CRL_FILE`.
All speak HTTP/2, too.

## Looking after it

| path | what it says |
| --- | --- |
| `/livez` | that requests are taken up |
| `/readyz` | 503 while the service ends, or its store cannot be reached; that a backend is down is no reason |
| `/metrics` | numbers for Prometheus; all of them begin with `flow_` |
| `/version` | what runs |
| `/undos` | what could not be undone, where there are undos |

With `FLOW_OPERATOR_LISTEN`, `/metrics` and `/undos` are at that address only, where nobody but operators should get to; without it,
they are beside the operations, for who shows `FLOW_OPERATOR_TOKEN` as a bearer token. To change anything at `/undos`, the token has
to be shown in any case.

Each request leaves a line of JSON on stdout, with its `outcome`, and how long each of its `steps` took. `FLOW_LOG` (`error`, `warn`, `info`,
`debug`, `off`) says how much is written. `traceparent` is taken over and handed on; with `OTEL_EXPORTER_OTLP_ENDPOINT`, spans are sent there
(OTLP over HTTP), of the requests that `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG` pick.

| file | what it is |
| --- | --- |
| `deploy/grafana/dashboard.json` | a dashboard for Grafana 10 and later, to be imported |
| `deploy/prometheus/rules.yaml` | recording and alert rules, for `rule_files` of Prometheus |
| `deploy/runbooks/` | a page for each service: what its alerts mean, which steps can cause them, what to do |

## Kubernetes

`deploy/kubernetes` is for kustomize. Before `kubectl apply --kustomize deploy/kubernetes`:

1. Build and push the images (each `Dockerfile` is built with this folder as context), and set their names under `images` in an
   overlay of your own.
2. Create the secrets that `deploy/kubernetes/secrets.example.yaml` lists.
3. Patch the ConfigMaps with the addresses of your systems.
4. Label the namespace in which Prometheus and the receiver of traces run: `kubectl label namespace monitoring flow/operators=true`.
   Nobody else reaches port 9090, where `/metrics`, `/version`, `/undos`, `/livez` and `/readyz` are.
5. Patch the NetworkPolicies named `…-to-…` with the addresses that these systems have: until then nothing gets there.
";
