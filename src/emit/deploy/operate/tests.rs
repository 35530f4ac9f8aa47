//! What operators get, as its readers see it. tests/output/operate.rs shows it to Prometheus's own parser.

use std::collections::BTreeSet;

use flow_std::metrics::names::ALL;
use serde_json::Value;

use super::*;
use crate::emit::fixture::{program, written};
use crate::ir::{
    Breaker, Bundle, Cache, CacheBy, CredentialsPlace, Deprecation, InboundLimit, Known, Latency, LimitBy,
    OAuth2, Rate, Share, StepKind, Value as StepValue,
};

fn slo(percent: &str, latency: Option<u64>, days: u64) -> Slo {
    let share = |percent: &str| Share { percent: percent.to_owned() };
    Slo {
        availability: Some(share(percent)),
        latency: latency.map(|millis| Latency { millis, name: "p99".to_owned(), share: share("99") }),
        window_ms: days * 86_400_000,
    }
}

/// Two services in one process, with all that there can be to look at.
fn full() -> Program {
    let mut program = program();
    program.services[0].slo = Some(slo("99.9", Some(300), 30));
    program.services[0].operations[0].settings.slo = Some(slo("99", None, 7));
    program.services[1].slo = Some(slo("99.95", Some(1_500), 30));
    program.services[1].operations[0].settings.slo = program.services[1].slo.clone();
    program.backends[0].breaker =
        Some(Breaker { opens: Known::Written(0.5), of: Known::Written(20), rests_ms: Known::Written(1) });
    program.backends[0].cache = Some(Cache {
        keep_ms: Known::Written(1),
        stale_ms: None,
        by: CacheBy::All,
        key: None,
        entries: Known::Written(1),
    });
    let url = program.backends[0].url.clone();
    program.backends[0].auth = OutboundAuth::OAuth2(Box::new(OAuth2 {
        token: url.clone(),
        client: url.clone(),
        secret: url,
        scopes: Vec::new(),
        audience: None,
        credentials: CredentialsPlace::InHeader,
    }));
    let orders = &mut program.services[1].operations[0];
    orders.settings.deprecated =
        Some(Deprecation { since: "2026-01-01".to_owned(), sunset: None, link: None });
    let rate = Known::Written(Rate { count: 1, per_seconds: 1 });
    orders.settings.limit =
        Some(InboundLimit { rate: Some(rate), burst: None, by: LimitBy::All, at_once: None, own: true });
    if let StepKind::Let { value: StepValue::Call(call), .. } = &mut orders.steps[0].kind {
        call.undo = Some(call.clone());
    }
    program.bundles = vec![Bundle { name: "all".to_owned(), services: vec![0, 1] }];
    program
}

fn text(program: &Program, path: &str) -> String {
    let found = written(program).into_iter().find(|file| file.path == path);
    found.unwrap_or_else(|| panic!("no {path}")).text
}

fn dashboard(program: &Program) -> Value {
    serde_json::from_str(&text(program, "deploy/grafana/dashboard.json")).expect("JSON")
}

fn rules(program: &Program) -> Vec<Value> {
    let all: Value = serde_yaml_ng::from_str(&text(program, "deploy/prometheus/rules.yaml")).expect("YAML");
    let groups = all["groups"].as_array().expect("groups");
    groups.iter().flat_map(|group| group["rules"].as_array().expect("rules").clone()).collect()
}

/// The metrics that a query asks for, without the endings of histograms.
fn asked(query: &str) -> BTreeSet<String> {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
    let names = query.split(|letter: char| !is_part(letter)).filter(|word| word.starts_with("flow_"));
    let bare = |name: &str| {
        let ends = ["_bucket", "_count", "_sum"];
        ends.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name).to_owned()
    };
    names.map(bare).collect()
}

#[test]
fn every_query_asks_for_what_there_is() {
    let program = full();
    let known: BTreeSet<String> = ALL.iter().map(|metric| metric.name.to_owned()).collect();
    let rules = rules(&program);
    let recorded: BTreeSet<&str> = rules.iter().filter_map(|rule| rule["record"].as_str()).collect();
    let dashboard = dashboard(&program);
    let panels = dashboard["panels"].as_array().expect("panels");
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let queries: Vec<&str> = targets.chain(&rules).filter_map(|one| one["expr"].as_str()).collect();
    assert!(queries.len() > 40);
    for query in queries {
        assert!(asked(query).is_subset(&known), "{query}");
        let of_rules = query.split(['{', '(', ' ']).filter(|word| word.starts_with("flow:"));
        of_rules.for_each(|name| assert!(recorded.contains(name), "{name} is recorded by no rule"));
    }
}

/// What is counted can be looked at. A number for which there is no panel would need a reason here, and none has one.
#[test]
fn every_metric_has_a_panel() {
    let dashboard = dashboard(&full());
    let panels = dashboard["panels"].as_array().expect("panels");
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let queries = targets.filter_map(|one| one["expr"].as_str());
    let shown: BTreeSet<String> = queries.flat_map(asked).collect();
    let missing: Vec<&str> =
        ALL.iter().map(|metric| metric.name).filter(|name| !shown.contains(*name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn panels_have_numbers_and_places_of_their_own() {
    let dashboard = dashboard(&full());
    let panels = dashboard["panels"].as_array().expect("panels");
    let ids: BTreeSet<u64> = panels.iter().filter_map(|panel| panel["id"].as_u64()).collect();
    assert_eq!(ids.len(), panels.len());
    let mut taken = BTreeSet::new();
    for panel in panels {
        let at = |name: &str| panel["gridPos"][name].as_u64().expect("a number");
        assert!(at("x") + at("w") <= 24 && at("h") > 0, "{panel}");
        for x in at("x")..at("x") + at("w") {
            for y in at("y")..at("y") + at("h") {
                assert!(taken.insert((x, y)), "something is there already: {panel}");
            }
        }
        let targets = panel["targets"].as_array().into_iter().flatten();
        let names: Vec<&str> = targets.filter_map(|target| target["refId"].as_str()).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        assert!(panel["type"] == "row" || !names.is_empty(), "{panel}");
    }
    assert_eq!((&dashboard["uid"], &dashboard["schemaVersion"]), (&"flow-shop".into(), &38.into()));
    assert_eq!(dashboard["templating"]["list"][0]["name"], "datasource");
}

/// Of what nobody has there is nothing to look at.
#[test]
fn a_project_without_promises_has_the_other_alerts() {
    let names = |program: &Program| -> BTreeSet<String> {
        rules(program).iter().filter_map(|rule| Some(rule["alert"].as_str()?.to_owned())).collect()
    };
    let bare = ["FlowDeadlineExceeded", "FlowOverload", "FlowPanics", "FlowServiceAbsent"];
    assert_eq!(names(&program()), bare.map(str::to_owned).into());
    let full = names(&full());
    assert!(
        ["FlowAvailabilityBudget", "FlowLatencyBudget", "FlowBreakerOpen", "FlowLimitsAlone"]
            .iter()
            .all(|one| full.contains(*one))
    );
}

#[test]
fn an_operation_with_a_promise_of_its_own_does_not_count_for_its_service() {
    let mut program = full();
    let stock = objectives(&program.services[0]);
    let names: Vec<&str> = stock.iter().map(|of| of.name.as_str()).collect();
    assert_eq!(names, ["Stock.stock"], "none is left for the service");
    let other = crate::emit::fixture::operation("other", Vec::new(), Vec::new(), crate::ir::Type::Unit);
    program.services[0].operations.push(other);
    program.services[0].operations[1].settings.slo = program.services[0].slo.clone();
    let stock = objectives(&program.services[0]);
    let requests: Vec<&str> = stock.iter().map(|of| of.requests.as_str()).collect();
    let own = "service=\"Stock\",operation=\"Stock.stock\"";
    assert_eq!(requests, ["service=\"Stock\",operation!=\"Stock.stock\"", own]);
    program.services[0].operations[1].settings.slo = None;
    assert_eq!(objectives(&program.services[0]).len(), 1, "it promises nothing");
}

/// Thresholds are those of the SRE workbook; windows grow and shrink with the one of the promise.
#[test]
fn burn_rates_are_those_of_the_workbook() {
    let of = |days| {
        let slo = slo("99.9", None, days);
        let of =
            Objective { name: "Orders".to_owned(), service: "Orders", requests: String::new(), slo: &slo };
        let windows: Vec<String> = burn::windows(&of).into_iter().map(query::duration).collect();
        let promise = burn::promises(&of)[0];
        let alerts = [alert::Severity::Page, alert::Severity::Ticket];
        (windows.join(" "), alerts.map(|severity| burn::condition(&of, promise, severity)))
    };
    let (windows, [page, ticket]) = of(30);
    assert_eq!(windows, "5m 30m 1h 2h 6h 1d 3d");
    let labels = "{slo=\"Orders\",objective=\"availability\"}";
    let one =
        |window: &str, times: &str| format!("flow:slo_broken:ratio_rate{window}{labels} > ({times} * 0.001)");
    let both = |long, short, times| format!("({} and {})", one(long, times), one(short, times));
    assert_eq!(page, format!("{} or {}", both("1h", "5m", "14.4"), both("6h", "30m", "6")));
    assert_eq!(ticket, format!("{} or {}", both("1d", "2h", "3"), both("3d", "6h", "1")));
    assert_eq!(of(60).0, "10m 1h 2h 4h 12h 2d 6d");
    assert_eq!(of(7).0, "2m 7m 14m 28m 84m 336m 1008m");
    assert_eq!(of(1).0, "2m 4m 12m 48m 144m", "never shorter than what can be measured");
}

/// Whoever is woken finds the section, and from there the others.
#[test]
fn every_link_leads_somewhere() {
    let program = full();
    let files = written(&program);
    let page = |path: &str| files.iter().find(|file| file.path == path).map(|file| file.text.as_str());
    let anchors = |text: &str| -> BTreeSet<String> {
        let headings = text.lines().filter(|line| line.starts_with('#'));
        let anchor = |line: &str| line.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>();
        headings.map(|line| anchor(line).to_lowercase()).collect()
    };
    let leads = |path: &str, anchor: &str| {
        let text = page(path).unwrap_or_else(|| panic!("no {path}"));
        assert!(anchor.is_empty() || anchors(text).contains(anchor), "{path} has no {anchor}");
    };
    for rule in rules(&program).iter().filter(|rule| rule["alert"].is_string()) {
        let (path, anchor) =
            rule["annotations"]["runbook"].as_str().and_then(|link| link.split_once('#')).expect("a link");
        leads(path, anchor);
        assert!(
            ["page", "ticket"].contains(&rule["labels"]["severity"].as_str().unwrap_or_default()),
            "{rule}"
        );
        assert!(
            rule["annotations"]["summary"].is_string() && rule["labels"]["service"].is_string(),
            "{rule}"
        );
    }
    for file in files.iter().filter(|file| file.path.starts_with("deploy/runbooks/")) {
        for link in file.text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (name, anchor) = link.split_once('#').unwrap_or((link, ""));
            let path = if name.is_empty() { file.path.clone() } else { format!("deploy/runbooks/{name}") };
            leads(&path, anchor);
        }
    }
}

/// What is in the table of a page has a section, and no other alert has one.
#[test]
fn a_page_has_a_section_for_each_alert_and_for_no_other() {
    let mut latency = program();
    latency.services[0].slo = Some(Slo { availability: None, ..slo("99", Some(300), 30) });
    for program in [program(), latency, full()] {
        for file in written(&program).iter().filter(|file| file.path.starts_with("deploy/runbooks/")) {
            let lines = |sign| file.text.lines().filter_map(move |line| line.strip_prefix(sign));
            let listed: BTreeSet<&str> = lines("| [Flow").filter_map(|rest| rest.split(']').next()).collect();
            let sections: Vec<&str> = lines("## Flow").collect();
            let each: BTreeSet<&str> = sections.iter().copied().collect();
            assert_eq!((each, sections.len()), (listed.clone(), listed.len()), "{}", file.text);
            let has_steps = file.text.contains("What can end in a status of 500 and above:");
            assert!(has_steps || file.path == "deploy/runbooks/all.md", "{}", file.text);
        }
    }
}

#[test]
fn a_page_says_which_steps_can_fail_and_how_long_they_may_take() {
    let mut program = full();
    program.services[1].operations[0].longest.worst =
        crate::ir::Way { millis: 12_000, terms: vec!["Stock.stock 12s".to_owned()] };
    let orders = text(&program, "deploy/runbooks/orders.md");
    assert!(orders.contains("| [`Stock.stock`](stock.md#stockstock) |"), "{orders}");
    assert!(orders.contains("12s = `Stock.stock 12s`, **above the deadline**"), "{orders}");
    let stock = text(&program, "deploy/runbooks/stock.md");
    let line = "| `Erp.getOrder` | `:0` | 1s | no | a bad status → 502; timeout → 504; unreachable → 503; \
                rejected → 503; malformed → 502 |";
    assert!(stock.contains(line), "{stock}");
}
