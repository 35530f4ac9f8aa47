//! Panels of a dashboard, and where they stand: from left to right, and then below.

use serde_json::{Value, json};

/// Of the 24 columns of Grafana.
const WIDTH: u64 = 8;
const HEIGHT: u64 = 8;

/// Curves over time.
pub struct Panel {
    pub title: String,
    pub description: &'static str,
    /// As Grafana calls it.
    pub unit: &'static str,
    /// A line that should not be crossed.
    pub limit: Option<f64>,
    /// Queries, and what their curves are called.
    pub queries: Vec<(String, String)>,
}

impl Panel {
    pub fn new(title: &str, unit: &'static str, queries: &[(&str, String)]) -> Panel {
        let queries = queries.iter().map(|(legend, query)| (query.clone(), (*legend).to_owned())).collect();
        Panel { title: title.to_owned(), description: "", unit, limit: None, queries }
    }

    pub fn about(self, description: &'static str) -> Panel {
        Panel { description, ..self }
    }

    fn json(&self, id: u64, place: (u64, u64)) -> Value {
        let targets = self.queries.iter().zip("ABCDEFGHIJ".chars()).map(|((query, legend), name)| {
            json!({
                "refId": name.to_string(),
                "datasource": data_source(),
                "expr": query,
                "legendFormat": legend,
                "range": true,
            })
        });
        let mut steps = vec![json!({ "color": "green", "value": null })];
        steps.extend(self.limit.map(|limit| json!({ "color": "red", "value": limit })));
        let shown = if self.limit.is_some() { "line" } else { "off" };
        json!({
            "id": id,
            "type": "timeseries",
            "title": self.title,
            "description": self.description,
            "datasource": data_source(),
            "gridPos": { "h": HEIGHT, "w": WIDTH, "x": place.0, "y": place.1 },
            "fieldConfig": {
                "defaults": {
                    "unit": self.unit,
                    "min": 0,
                    "color": { "mode": "palette-classic" },
                    "custom": {
                        "drawStyle": "line",
                        "lineWidth": 1,
                        "fillOpacity": 10,
                        "showPoints": "never",
                        "spanNulls": false,
                        "thresholdsStyle": { "mode": shown },
                    },
                    "thresholds": { "mode": "absolute", "steps": steps },
                },
                "overrides": [],
            },
            "options": {
                "legend": { "displayMode": "list", "placement": "bottom", "showLegend": true, "calcs": [] },
                "tooltip": { "mode": "multi", "sort": "desc" },
            },
            "targets": targets.collect::<Vec<_>>(),
        })
    }
}

/// The one that is chosen at the top of the dashboard.
fn data_source() -> Value {
    json!({ "type": "prometheus", "uid": "${datasource}" })
}

/// Panels that belong together, below a title.
pub struct Row {
    pub title: String,
    pub panels: Vec<Panel>,
}

/// All rows below each other, each panel with a number and a place of its own.
pub fn placed(rows: &[Row]) -> Vec<Value> {
    let (mut all, mut id, mut y) = (Vec::new(), 0, 0);
    for row in rows {
        id += 1;
        all.push(json!({
            "id": id,
            "type": "row",
            "title": row.title,
            "collapsed": false,
            "gridPos": { "h": 1, "w": 24, "x": 0, "y": y },
            "panels": [],
        }));
        y += 1;
        for line in row.panels.chunks(3) {
            for (panel, x) in line.iter().zip([0, WIDTH, 2 * WIDTH]) {
                id += 1;
                all.push(panel.json(id, (x, y)));
            }
            y += HEIGHT;
        }
    }
    all
}
