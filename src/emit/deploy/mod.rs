//! How the services are run: as containers, by compose, on Kubernetes.

mod compose;
mod kubernetes;
mod network;
mod operate;
#[cfg(test)]
mod tests;

use super::File;
use super::names::Names;
use super::unit::{TlsFile, Unit, host_of, keeps, scheme};
use crate::ir::Program;

/// Where a container listens.
const PORT: u16 = 8080;

/// Where it listens for operators.
const OPERATOR_PORT: u16 = 9090;

/// Where receivers of OpenTelemetry listen.
const TRACES_PORT: u16 = 4318;

/// Where a container keeps what has to survive it.
const STORE: &str = "/data";

/// Where a container finds its certificate and the key.
const TLS: &str = "/tls";

/// Where a service answers the others.
fn address(units: &[Unit<'_>], service: usize) -> String {
    let host = host_of(units, service);
    let (scheme, name) = host.map_or(("http", "localhost"), |host| (scheme(host), host.name.as_str()));
    format!("{scheme}://{name}:{PORT}")
}

fn tls_path(file: TlsFile) -> String {
    let name = match file {
        TlsFile::Certificate => TLS_CERTIFICATE,
        TlsFile::Key => TLS_KEY,
    };
    format!("{TLS}/{name}")
}

/// What they are called in a Secret of Kubernetes.
const TLS_CERTIFICATE: &str = "tls.crt";
const TLS_KEY: &str = "tls.key";

/// The user of the image, by number, so that Kubernetes can see that it is not root.
const USER: u32 = 65532;

pub fn files(program: &Program, names: &Names, units: &[Unit<'_>]) -> Vec<File> {
    let mut files = kubernetes::files(program, units);
    files.push(File::new("deploy/compose.yaml", compose::compose(program, units)));
    files.extend(operate::files(program, names, units));
    files
}

/// Built in one stage, run in another that has nothing but the executable, certificates and the C library.
pub fn dockerfile(unit: &Unit<'_>) -> String {
    let name = &unit.name; // of small letters, digits and `-`
    let (make, copy) = match keeps(unit) {
        // A volume begins with the owner of the folder that it stands in place of.
        true => (
            format!(" && mkdir {STORE}"),
            format!("COPY --from=build --chown={USER}:{USER} {STORE} {STORE}\n"),
        ),
        false => (String::new(), String::new()),
    };
    format!(
        "# Built with the workspace as context: docker build --file {folder}/Dockerfile .\n\
         FROM docker.io/library/rust:1-slim-bookworm AS build\n\
         WORKDIR /build\n\
         COPY . .\n\
         RUN --mount=type=cache,target=/usr/local/cargo/registry \\\n    \
             --mount=type=cache,target=/build/target \\\n    \
             cargo build --release --package {name} && cp target/release/{name} /service{make}\n\n\
         FROM gcr.io/distroless/cc-debian12:nonroot\n\
         COPY --from=build /service /service\n\
         {copy}USER {USER}:{USER}\n\
         ENV PORT={PORT}\n\
         EXPOSE {PORT}\n\
         ENTRYPOINT [\"/service\"]\n",
        folder = unit.folder,
    )
}
