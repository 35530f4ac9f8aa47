//! Manifests for kustomize: a file for each executable that runs, with everything that is its own.

use serde_json::{Map, Value, json};

use super::{OPERATOR_PORT, PORT, STORE, TLS, TLS_CERTIFICATE, TLS_KEY, USER, address, network, tls_path};
use crate::emit::File;
use crate::emit::settings;
use crate::emit::text::yaml;
use crate::emit::unit::{Source, Unit, Variable, keeps, scheme};
use crate::ir::Program;

pub fn files(program: &Program, units: &[Unit<'_>]) -> Vec<File> {
    let deployed: Vec<&Unit<'_>> = units.iter().filter(|unit| unit.is_deployed).collect();
    let mut files: Vec<File> = deployed
        .iter()
        .map(|unit| File::new(path(&unit.name), yaml::documents(&manifests(program, units, unit))))
        .collect();
    let resources: Vec<String> = deployed.iter().map(|unit| format!("{}.yaml", unit.name)).collect();
    let kustomization = json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": resources,
    });
    files.push(File::new(path("kustomization"), yaml::document(&kustomization)));
    let secrets = deployed.iter().flat_map(|unit| secret(unit).into_iter().chain(tls_secret(unit)));
    let secrets: Vec<Value> = secrets.collect();
    if !secrets.is_empty() {
        files.push(File::new("deploy/kubernetes/secrets.example.yaml", yaml::documents(&secrets)));
    }
    files
}

/// No executable is called `kustomization`, and none has a point in its name.
fn path(name: &str) -> String {
    format!("deploy/kubernetes/{name}.yaml")
}

fn manifests(program: &Program, units: &[Unit<'_>], unit: &Unit<'_>) -> Vec<Value> {
    let mut all = vec![deployment(unit), service(unit)];
    all.extend(claim(unit));
    all.extend(config(program, units, unit));
    all.extend(network::policies(program, units, unit));
    all
}

pub fn metadata(name: &str, unit: &Unit<'_>) -> Value {
    json!({ "name": name, "labels": labels(unit) })
}

pub fn labels(unit: &Unit<'_>) -> Value {
    json!({ "app.kubernetes.io/name": unit.name })
}

fn deployment(unit: &Unit<'_>) -> Value {
    let mut deployment = bare_deployment(unit);
    if keeps(unit) {
        keep(&mut deployment["spec"], unit);
    }
    if scheme(unit) == "https" {
        let pod = &mut deployment["spec"]["template"]["spec"];
        let volume = json!({ "name": "tls", "secret": { "secretName": tls_name(unit) } });
        mount(pod, volume, json!({ "name": "tls", "mountPath": TLS, "readOnly": true }));
    }
    deployment
}

/// Puts one more volume into a pod with one container.
fn mount(pod: &mut Value, volume: Value, mounted: Value) {
    push(&mut pod["volumes"], volume);
    push(&mut pod["containers"][0]["volumeMounts"], mounted);
}

fn push(list: &mut Value, item: Value) {
    match list.as_array_mut() {
        Some(list) => list.push(item),
        None => *list = json!([item]),
    }
}

/// Only one can have a file open, so there is one, and the next one begins when it has ended. Several need a server.
fn keep(spec: &mut Value, unit: &Unit<'_>) {
    spec["replicas"] = json!(1);
    spec["strategy"] = json!({ "type": "Recreate" });
    let pod = &mut spec["template"]["spec"];
    pod["securityContext"]["fsGroup"] = json!(USER);
    let volume = json!({ "name": "store", "persistentVolumeClaim": { "claimName": claim_name(unit) } });
    mount(pod, volume, json!({ "name": "store", "mountPath": STORE }));
}

fn claim_name(unit: &Unit<'_>) -> String {
    format!("{}-store", unit.name)
}

fn claim(unit: &Unit<'_>) -> Option<Value> {
    keeps(unit).then(|| {
        json!({
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": metadata(&claim_name(unit), unit),
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": { "requests": { "storage": "1Gi" } },
            },
        })
    })
}

fn bare_deployment(unit: &Unit<'_>) -> Value {
    let container = json!({
        "name": "service",
        "image": format!("{}:latest", unit.name),
        "ports": [
            { "name": "http", "containerPort": PORT },
            { "name": "operator", "containerPort": OPERATOR_PORT },
        ],
        "env": environment(unit),
        "startupProbe": probe(unit, "/livez", 1, 30),
        "livenessProbe": probe(unit, "/livez", 10, 3),
        "readinessProbe": probe(unit, "/readyz", 5, 2),
        "resources": {
            "requests": { "cpu": "50m", "memory": "32Mi" },
            "limits": { "memory": "256Mi" },
        },
        "securityContext": {
            "allowPrivilegeEscalation": false,
            "readOnlyRootFilesystem": true,
            "capabilities": { "drop": ["ALL"] },
        },
    });
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(&unit.name, unit),
        "spec": {
            "replicas": 2,
            "selector": { "matchLabels": labels(unit) },
            "template": {
                "metadata": { "labels": labels(unit), "annotations": scraped() },
                "spec": {
                    "automountServiceAccountToken": false,
                    "enableServiceLinks": false,
                    "securityContext": {
                        "runAsNonRoot": true,
                        "runAsUser": USER,
                        "runAsGroup": USER,
                        "seccompProfile": { "type": "RuntimeDefault" },
                    },
                    "terminationGracePeriodSeconds": 60,
                    "containers": [container],
                },
            },
        },
    })
}

/// Where Prometheus finds the numbers, as it is usually told.
fn scraped() -> Value {
    json!({
        "prometheus.io/scrape": "true",
        "prometheus.io/port": OPERATOR_PORT.to_string(),
        "prometheus.io/path": "/metrics",
    })
}

fn probe(unit: &Unit<'_>, path: &str, period: u32, failures: u32) -> Value {
    let mut get = json!({ "path": path, "port": "http" });
    if scheme(unit) == "https" {
        get["scheme"] = json!("HTTPS");
    }
    json!({
        "httpGet": get,
        "periodSeconds": period,
        "failureThreshold": failures,
    })
}

fn environment(unit: &Unit<'_>) -> Value {
    let one = |variable: &Variable| {
        let (kind, name) = if variable.is_secret {
            ("secretKeyRef", secret_name(unit))
        } else {
            ("configMapKeyRef", config_name(unit))
        };
        let mut from = json!({ "name": name, "key": variable.name });
        if variable.source.is_for_operators() {
            from["optional"] = true.into();
        }
        json!({ "name": variable.name, "valueFrom": { kind: from } })
    };
    let listen = json!({ "name": "PORT", "value": PORT.to_string() });
    [listen].into_iter().chain(unit.variables.iter().map(one)).collect()
}

fn secret_name(unit: &Unit<'_>) -> String {
    format!("{}-secrets", unit.name)
}

fn tls_name(unit: &Unit<'_>) -> String {
    format!("{}-tls", unit.name)
}

fn config_name(unit: &Unit<'_>) -> String {
    format!("{}-config", unit.name)
}

fn service(unit: &Unit<'_>) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(&unit.name, unit),
        "spec": {
            "selector": labels(unit),
            "ports": [{ "name": "http", "port": PORT, "targetPort": "http" }],
        },
    })
}

/// What has no default is empty, and told at start: an overlay says what it is.
fn config(program: &Program, units: &[Unit<'_>], unit: &Unit<'_>) -> Option<Value> {
    let value = |variable: &Variable| match variable.source {
        Source::Config(at) => settings::default(program, at).unwrap_or_default(),
        Source::Address(service) => address(units, service),
        Source::Store => format!("file:{STORE}/"),
        Source::OperatorListen => format!("0.0.0.0:{OPERATOR_PORT}"),
        Source::Tls(file) => tls_path(file),
        Source::ServiceKey | Source::Wish(_) => String::new(),
    };
    let open = unit.variables.iter().filter(|variable| !variable.is_secret);
    let data: Map<String, Value> =
        open.map(|variable| (variable.name.clone(), Value::from(value(variable)))).collect();
    let map = |data| {
        json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": metadata(&config_name(unit), unit),
            "data": Value::Object(data),
        })
    };
    (!data.is_empty()).then(|| map(data))
}

/// What has to be there before the service is; it is not among the resources, so that nothing real is overwritten.
fn secret(unit: &Unit<'_>) -> Option<Value> {
    let secrets = unit.variables.iter().filter(|variable| variable.is_secret);
    let data: Map<String, Value> =
        secrets.map(|variable| (variable.name.clone(), Value::from("to be filled in"))).collect();
    let of = |data| {
        json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": metadata(&secret_name(unit), unit),
            "type": "Opaque",
            "stringData": Value::Object(data),
        })
    };
    (!data.is_empty()).then(|| of(data))
}

/// One such as cert-manager makes, and makes anew.
fn tls_secret(unit: &Unit<'_>) -> Option<Value> {
    (scheme(unit) == "https").then(|| {
        json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": metadata(&tls_name(unit), unit),
            "type": "kubernetes.io/tls",
            "stringData": { TLS_CERTIFICATE: "to be filled in", TLS_KEY: "to be filled in" },
        })
    })
}
