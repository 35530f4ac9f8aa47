//! An alert, as the rules, the dashboard and the pages name it.

use serde_json::{Map, Value, json};

/// Whom it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Somebody is woken.
    Page,
    /// Somebody looks at it in the morning.
    Ticket,
}

impl Severity {
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Page => "page",
            Severity::Ticket => "ticket",
        }
    }
}

/// What there is an alert for; each has a heading in the page of its service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Availability,
    Latency,
    Deadline,
    Absent,
    Breaker,
    Undos,
    Token,
    Store,
    Panics,
    Overload,
    Alone,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Availability => "FlowAvailabilityBudget",
            Kind::Latency => "FlowLatencyBudget",
            Kind::Deadline => "FlowDeadlineExceeded",
            Kind::Absent => "FlowServiceAbsent",
            Kind::Breaker => "FlowBreakerOpen",
            Kind::Undos => "FlowUndosLeft",
            Kind::Token => "FlowTokenNotRenewed",
            Kind::Store => "FlowStoreUnreachable",
            Kind::Panics => "FlowPanics",
            Kind::Overload => "FlowOverload",
            Kind::Alone => "FlowLimitsAlone",
        }
    }
}

pub struct Alert {
    pub kind: Kind,
    pub severity: Severity,
    pub expr: String,
    /// How long it has to hold.
    pub lasts: Option<&'static str>,
    pub labels: Vec<(&'static str, String)>,
    pub summary: String,
    pub description: String,
    /// The file of its page, without its ending.
    pub page: String,
}

impl Alert {
    pub fn rule(&self) -> Value {
        let mut rule = json!({ "alert": self.kind.name(), "expr": self.expr });
        if let Some(lasts) = self.lasts {
            rule["for"] = lasts.into();
        }
        let mut labels: Map<String, Value> =
            self.labels.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())).collect();
        labels.insert("severity".to_owned(), self.severity.as_str().into());
        rule["labels"] = labels.into();
        rule["annotations"] = json!({
            "summary": self.summary,
            "description": self.description,
            "runbook": format!("deploy/runbooks/{}.md#{}", self.page, self.kind.name().to_lowercase()),
        });
        rule
    }
}
