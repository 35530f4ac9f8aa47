//! Canaries in every place that data comes in by: none of them is ever found where the service writes (S053).

use crate::lab::{Lab, Listener, TOKEN, answer};

/// What a backend answers, by what is asked for: always with a canary.
fn backend(request: &str) -> String {
    match request.split(['/', ' ', '?']).find(|part| part.starts_with("canary")).unwrap_or_default() {
        "canary-good" => answer(200, "\"canary-back-body\""),
        "canary-wrong" => answer(200, "{\"canary-back-field\":\"canary-back-value\"}"),
        "canary-broken" => answer(200, "\"canary-back-cut"),
        "canary-page" => {
            answer(200, "<canary-back-page>").replace("application/json", "text/canary-back-type")
        }
        "canary-garbage" => "canary-back-garbage\r\n\r\n".to_owned(),
        "canary-busy" => answer(503, "{\"title\":\"canary-back-title\"}"),
        _ => answer(404, "{\"detail\":\"canary-back-detail\"}"),
    }
}

#[test]
fn what_nobody_may_read_is_found_nowhere() {
    let back = Listener::start(backend);
    let receiver = Listener::start(|_| answer(200, ""));
    let lab = Lab::start(
        &back.url,
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url.as_str()),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=canary-otlp-key"),
        ],
    );
    let headers = "X-Api-Key: canary-header\r\nAuthorization: Bearer canary-token\r\nCookie: a=canary-cookie\r\n\
                   X-Canary-Name: canary-value\r\nUser-Agent: canary-agent\r\n\
                   traceparent: canary-parent\r\ntracestate: canary=canary-state\r\n";
    let mut answers = Vec::new();
    for kind in ["good", "wrong", "broken", "page", "garbage", "busy", "missing"] {
        for path in ["things", "around"] {
            let path = format!("/{path}/canary-{kind}");
            answers.push((path.clone(), lab.ask("GET", &path, headers, "")));
        }
    }
    let json = format!("{headers}Content-Type: application/json\r\n");
    let keyed = json.replace("canary-header", "canary-key");
    for (method, path, headers, body) in [
        ("GET", "/broken/canary-panic", headers, ""),
        ("GET", "/canary-path/x?canary-name=canary-query", headers, ""),
        ("PUT", "/things/canary-id", &json, "[1]"),
        ("PUT", "/things/canary-id", &keyed, "[1]"),
        ("PUT", "/things/canary-id", &keyed, "[\"canary-element\"]"),
        ("PUT", "/things/canary-id", &keyed, "[1, canary-json"),
        ("CANARY", "/things/canary-id", &json, "canary-text"),
        ("GET", "/metrics", headers, ""),
    ] {
        answers.push((format!("{method} {path} {body}"), lab.ask(method, path, headers, body)));
    }
    let metrics = lab.metrics();
    assert!(metrics.contains("operation=\"Back.get\""), "it is the page with the numbers");
    let written = lab.end();
    assert!(
        written.contains("\"call\":\"Back.get\"") && written.contains("\"event\":\"panic\""),
        "{written}"
    );
    let spans = String::from_utf8_lossy(&receiver.seen()).into_owned();
    assert!(spans.contains("Lab.around") && spans.contains("x-key: canary-otlp-key"), "{spans}");
    let spans = spans.replace("x-key: canary-otlp-key", "");
    for (place, text) in [("the log", &written), ("/metrics", &metrics), ("the spans", &spans)] {
        let found = text.to_ascii_lowercase();
        assert!(!found.contains("canary"), "in {place}: {}", around(&found, "canary"));
        assert!(!found.contains(TOKEN), "in {place}");
    }
    // A caller gets what he has asked for, and of what the backend said nothing beyond it; of secrets he sees none.
    for (asked, text) in answers {
        let is_good = asked.ends_with("canary-good");
        let text = if is_good { text.replace("\"canary-back-body\"", "") } else { text };
        for hidden in ["canary-back", "canary-key", "canary-otlp", TOKEN, "canary-token", "canary-header"] {
            assert!(!text.contains(hidden), "{hidden} in the answer to {asked}: {text}");
        }
    }
}

fn around<'t>(text: &'t str, wanted: &str) -> &'t str {
    let at = text.find(wanted).unwrap_or_default();
    let begin = text[..at].rfind('\n').map_or(0, |line| line + 1);
    text[begin..].lines().next().unwrap_or_default()
}
