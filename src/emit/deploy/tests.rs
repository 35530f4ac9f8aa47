//! Manifests as their readers see them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::emit::fixture::*;
use crate::ir::*;

fn texts(program: &Program) -> BTreeMap<String, String> {
    written(program).into_iter().map(|file| (file.path, file.text)).collect()
}

fn documents(text: &str) -> Vec<Value> {
    let one = |part: &str| serde_yaml_ng::from_str(part).expect("YAML");
    text.split("---\n").map(one).collect()
}

fn named<'v>(documents: &'v [Value], kind: &str, name: &str) -> &'v Value {
    documents
        .iter()
        .find(|one| one["kind"] == kind && one["metadata"]["name"] == name)
        .unwrap_or_else(|| panic!("no {kind} {name}"))
}

#[test]
fn a_service_reaches_what_its_flows_call_and_nothing_else() {
    let texts = texts(&program());
    let stock = documents(&texts["deploy/kubernetes/stock.yaml"]);
    let orders = documents(&texts["deploy/kubernetes/orders.yaml"]);
    let own = &named(&stock, "NetworkPolicy", "stock")["spec"];
    let operators = json!([{ "namespaceSelector": { "matchLabels": { "flow/operators": "true" } } }]);
    let traces = json!({ "to": operators, "ports": [{ "protocol": "TCP", "port": 4318 }] });
    assert_eq!(own["egress"].as_array().map(Vec::len), Some(2), "names of hosts, and where traces go");
    assert_eq!(own["egress"][1], traces);
    let scraped = json!({ "from": operators, "ports": [{ "protocol": "TCP", "port": 9090 }] });
    assert_eq!(own["ingress"][1], scraped);
    let from = json!([{ "podSelector": { "matchLabels": { "app.kubernetes.io/name": "orders" } } }]);
    assert_eq!(own["ingress"][0]["from"], from);
    let erp = &named(&stock, "NetworkPolicy", "stock-to-erp");
    assert_eq!(erp["metadata"]["annotations"], json!({ "flow/backend": "Erp", "flow/variable": "ERP_URL" }));
    assert_eq!(erp["spec"]["egress"][0]["ports"], json!([{ "protocol": "TCP", "port": 443 }]));
    let calls = &named(&orders, "NetworkPolicy", "orders")["spec"]["egress"];
    let to = json!([{ "podSelector": { "matchLabels": { "app.kubernetes.io/name": "stock" } } }]);
    assert_eq!((calls.as_array().map(Vec::len), &calls[1]["to"]), (Some(3), &to));
    assert!(orders.iter().filter(|one| one["kind"] == "NetworkPolicy").count() == 1);
}

#[test]
fn a_service_reaches_whoever_gives_out_the_keys_of_its_tokens() {
    let mut program = program();
    const ISSUER: &str = "https://192.0.2.7:8443/a";
    for operation in &mut program.services[0].operations {
        operation.settings.auth = vec![jwt(ISSUER), jwt(ISSUER)];
    }
    let texts = texts(&program);
    let stock = documents(&texts["deploy/kubernetes/stock.yaml"]);
    let issuer = named(&stock, "NetworkPolicy", "stock-to-issuer");
    let about = json!({ "flow/issuer-for": "Stock", "flow/url": ISSUER });
    assert_eq!(issuer["metadata"]["annotations"], about);
    let to = json!([{ "to": [{ "ipBlock": { "cidr": "192.0.2.7/32" } }], "ports": [{ "protocol": "TCP", "port": 8443 }] }]);
    assert_eq!(issuer["spec"]["egress"], to);
    assert!(stock.iter().all(|one| one["metadata"]["name"] != "stock-to-issuer-2"), "each once");
}

#[test]
fn a_service_that_calls_nobody_sends_its_traces_all_the_same() {
    let mut program = program();
    program.services.truncate(1);
    program.services[0].operations.clear();
    let texts = texts(&program);
    let stock = documents(&texts["deploy/kubernetes/stock.yaml"]);
    let egress = &named(&stock, "NetworkPolicy", "stock")["spec"]["egress"];
    assert_eq!((egress.as_array().map(Vec::len), &egress[1]["ports"][0]["port"]), (Some(2), &json!(4318)));
    assert_eq!(named(&stock, "ConfigMap", "stock-config")["data"]["OTEL_EXPORTER_OTLP_ENDPOINT"], "");
    let example = &texts[".env.example"];
    assert!(example.contains("\n# OTEL_EXPORTER_OTLP_ENDPOINT="), "{example}");
}

#[test]
fn a_container_is_closed_and_told_what_it_needs() {
    let texts = texts(&program());
    let stock = documents(&texts["deploy/kubernetes/stock.yaml"]);
    let pod = &named(&stock, "Deployment", "stock")["spec"]["template"]["spec"];
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    let container = &pod["containers"][0];
    assert_eq!(container["readinessProbe"]["httpGet"]["path"], "/readyz");
    let token = json!({ "name": "stock-secrets", "key": "ERP_TOKEN" });
    assert_eq!(container["env"][1], json!({ "name": "ERP_TOKEN", "valueFrom": { "secretKeyRef": token } }));
    let data =
        json!({ "ERP_URL": "", "FLOW_OPERATOR_LISTEN": "0.0.0.0:9090", "OTEL_EXPORTER_OTLP_ENDPOINT": "" });
    assert_eq!(named(&stock, "ConfigMap", "stock-config")["data"], data);
    let secrets = documents(&texts["deploy/kubernetes/secrets.example.yaml"]);
    assert!(named(&secrets, "Secret", "stock-secrets")["stringData"]["FLOW_SERVICE_KEY"].is_string());
    let kustomization = documents(&texts["deploy/kubernetes/kustomization.yaml"]);
    assert_eq!(kustomization[0]["resources"], json!(["stock.yaml", "orders.yaml"]));
}

#[test]
fn compose_starts_what_is_deployed() {
    let mut program = program();
    let compose = |program: &Program| documents(&texts(program)["deploy/compose.yaml"]).remove(0);
    let split = compose(&program);
    assert_eq!(split["services"]["orders"]["environment"]["STOCK_URL"], "http://stock:8080");
    assert_eq!(split["services"]["stock"]["environment"]["ERP_URL"], "${ERP_URL:?}");
    program.bundles = vec![Bundle { name: "all".to_owned(), services: vec![0, 1] }];
    let bundled = compose(&program);
    let names: Vec<&String> = bundled["services"].as_object().expect("services").keys().collect();
    assert_eq!(names, ["all"]);
    assert!(bundled["services"]["all"]["environment"]["STOCK_URL"].is_null());
}

#[test]
fn who_asks_for_certificates_has_one() {
    let mut program = program();
    let ca = program.backends[0].url.clone();
    program.services[0].operations[0].settings.auth.push(InboundAuth::Mtls { ca });
    let texts = texts(&program);
    let stock = documents(&texts["deploy/kubernetes/stock.yaml"]);
    let pod = &named(&stock, "Deployment", "stock")["spec"]["template"]["spec"];
    assert_eq!(pod["volumes"], json!([{ "name": "tls", "secret": { "secretName": "stock-tls" } }]));
    let container = &pod["containers"][0];
    assert_eq!(container["volumeMounts"][0]["mountPath"], "/tls");
    assert_eq!(container["readinessProbe"]["httpGet"]["scheme"], "HTTPS");
    let told = &named(&stock, "ConfigMap", "stock-config")["data"];
    assert_eq!(told["FLOW_TLS_KEY_FILE"], "/tls/tls.key");
    let orders = documents(&texts["deploy/kubernetes/orders.yaml"]);
    assert_eq!(named(&orders, "ConfigMap", "orders-config")["data"]["STOCK_URL"], "https://stock:8080");
    assert!(named(&orders, "ConfigMap", "orders-config")["data"]["FLOW_TLS_KEY_FILE"].is_null());
    let secrets = documents(&texts["deploy/kubernetes/secrets.example.yaml"]);
    assert_eq!(named(&secrets, "Secret", "stock-tls")["type"], "kubernetes.io/tls");
    let compose = documents(&texts["deploy/compose.yaml"]).remove(0);
    assert_eq!(compose["services"]["stock"]["volumes"], json!(["./tls/stock:/tls:ro"]));
    let example = &texts[".env.example"];
    assert!(example.contains("\n# file with its key, PEM; for stock\nFLOW_TLS_KEY_FILE=\n"));
    assert!(example.contains("; for stock\n# FLOW_TLS_CLIENT_CRL_FILE=\n"), "{example}");
}

#[test]
fn variables_are_listed_for_people() {
    let texts = texts(&program());
    let example = &texts[".env.example"];
    assert!(example.contains("\n# secret: token for Erp; for stock\nERP_TOKEN=\n"), "{example}");
    assert!(example.contains("\n# address of Erp; for stock\n"), "{example}");
    assert!(example.contains("\n# address of Stock; for orders\nSTOCK_URL="), "{example}");
    assert!(example.contains("\nSTOCK_URL=http://127.0.0.1:8080\n"), "{example}");
    assert!(
        texts["README.md"].contains("| `ERP_URL` | address of Erp | `stock` |"),
        "{}",
        texts["README.md"]
    );
}
