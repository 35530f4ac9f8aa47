//! The README of the workspace: what there is, how it is run, what it has to be told.

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
    for (variable, users) in settings::by_name(units) {
        let kind = settings::kind(program, &variable);
        let users: Vec<String> = users.iter().map(|user| markdown::code(user)).collect();
        text.push_str(&format!("| {} | {kind} | {} |\n", markdown::code(&variable.name), users.join(", ")));
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
`/livez` and `/readyz` say how a service is. One that is told `FLOW_TLS_CERTIFICATE_FILE` and `FLOW_TLS_KEY_FILE` (PEM, read again
when they change) speaks TLS; one that asks callers for certificates has to be. All speak HTTP/2, too.

## Kubernetes

`deploy/kubernetes` is for kustomize. Before `kubectl apply --kustomize deploy/kubernetes`:

1. Build and push the images (each `Dockerfile` is built with this folder as context), and set their names under `images` in an
   overlay of your own.
2. Create the secrets that `deploy/kubernetes/secrets.example.yaml` lists.
3. Patch the ConfigMaps with the addresses of your systems.
4. Patch the NetworkPolicies named `…-to-…` with the addresses that these systems have: until then nothing gets there.
";
