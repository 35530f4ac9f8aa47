//! What the variables of a program are for: where its settings read them. Whoever fills in `.env.example` knows addresses,
//! keys and issuers, and not the flows.

use std::collections::BTreeMap;

use crate::ir::{
    Backend, ConfigId, Expr, ExprKind, InboundAuth, Jwt, Known, OAuth2, OutboundAuth, Program, Service,
    settings, visit,
};

/// By the number of the variable, all that it is for, in the order of the program. What a flow makes of a variable besides
/// is not said.
pub fn purposes(program: &Program) -> BTreeMap<ConfigId, Vec<String>> {
    let mut all = Purposes(BTreeMap::new());
    program.backends.iter().for_each(|backend| all.backend(backend));
    program.services.iter().for_each(|service| all.service(service));
    all.0
}

struct Purposes(BTreeMap<ConfigId, Vec<String>>);

impl Purposes {
    fn add(&mut self, id: ConfigId, what: &str) {
        let said = self.0.entry(id).or_default();
        if said.iter().all(|one| one != what) {
            said.push(what.to_owned());
        }
    }

    /// A variable that is only a part of the value is said to be one.
    fn of(&mut self, expr: &Expr, what: &str) {
        let is_whole = matches!(expr.kind, ExprKind::Config(_));
        let part = format!("part of the {what}");
        visit::every(expr, &mut |inner| {
            if let ExprKind::Config(id) = inner.kind {
                self.add(id, if is_whole { what } else { &part });
            }
        });
    }

    fn known<T>(&mut self, value: Known<T>, what: &str) {
        if let Some(id) = value.config() {
            self.add(id, what);
        }
    }

    fn backend(&mut self, backend: &Backend) {
        let name = &backend.name;
        self.of(&backend.url, &format!("address of {name}"));
        match &backend.auth {
            OutboundAuth::None | OutboundAuth::Forward => {}
            OutboundAuth::Bearer { token } => self.of(token, &format!("token for {name}")),
            OutboundAuth::Basic { user, password } => {
                self.of(user, &format!("name of the user at {name}"));
                self.of(password, &format!("password of the user at {name}"));
            }
            OutboundAuth::ApiKey { key, .. } => self.of(key, &format!("key for {name}")),
            OutboundAuth::OAuth2(of) => self.token_server(of, name),
            OutboundAuth::Mtls { certificate, key } => {
                self.of(certificate, &format!("certificate that {name} is shown"));
                self.of(key, &format!("key of the certificate that {name} is shown"));
            }
        }
        for (header, value) in &backend.headers {
            self.of(value, &format!("header {header} of calls of {name}"));
        }
        backend
            .tls
            .ca
            .iter()
            .for_each(|ca| self.of(ca, &format!("roots that the certificate of {name} comes from")));
        let server = backend.tls.server_name.iter();
        server.for_each(|server| self.of(server, &format!("name in the certificate of {name}")));
        self.known(backend.timeout_ms, &format!("timeout of calls of {name}"));
        self.known(backend.connect_timeout_ms, &format!("time to connect to {name}"));
        self.known(backend.max_body, &format!("largest answer of {name}"));
        let rest = settings::of_backend(backend);
        self.rest(rest, &format!("retries, limits and the like of calls of {name}"));
    }

    fn token_server(&mut self, of: &OAuth2, name: &str) {
        self.of(&of.token, &format!("address of the token server of {name}"));
        self.of(&of.client, &format!("name of the client at the token server of {name}"));
        self.of(&of.secret, &format!("password of the client at the token server of {name}"));
        of.scopes.iter().for_each(|scope| self.of(scope, &format!("scope of tokens for {name}")));
        of.audience.iter().for_each(|audience| self.of(audience, &format!("audience of tokens for {name}")));
    }

    fn service(&mut self, service: &Service) {
        let name = &service.name;
        for operation in &service.operations {
            operation.settings.auth.iter().for_each(|auth| self.caller(auth));
            let shown = format!("{name}.{}", operation.name);
            self.known(operation.settings.deadline_ms, &format!("deadline of {shown}"));
            self.known(operation.settings.max_body, &format!("largest body of requests of {shown}"));
            let rest = settings::of_operation(&operation.settings);
            self.rest(rest, &format!("limits and the like of {shown}"));
        }
        let pages = service.cors.iter().flat_map(|cors| &cors.origins);
        pages.for_each(|page| self.of(page, &format!("web pages that may call {name}")));
    }

    /// Beside it stands which services read it.
    fn caller(&mut self, auth: &InboundAuth) {
        match auth {
            InboundAuth::Public | InboundAuth::Service => {}
            InboundAuth::ApiKey { keys, .. } => self.of(keys, "keys of callers"),
            InboundAuth::Mtls { ca } => self.of(ca, "roots that certificates of callers come from"),
            InboundAuth::Jwt(jwt) => self.issuer(jwt),
        }
    }

    fn issuer(&mut self, jwt: &Jwt) {
        self.of(&jwt.issuer, "address of the issuer of tokens of callers");
        jwt.audiences.iter().for_each(|audience| self.of(audience, "audience of tokens of callers"));
        jwt.keys
            .iter()
            .for_each(|keys| self.of(keys, "address of the keys that tokens of callers are signed with"));
        self.known(jwt.leeway_ms, "leeway of clocks for tokens of callers");
    }

    /// Those of which nothing more has been said.
    fn rest(&mut self, ids: Vec<ConfigId>, what: &str) {
        for id in ids {
            if !self.0.contains_key(&id) {
                self.add(id, what);
            }
        }
    }
}
