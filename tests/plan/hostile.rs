//! Names of contracts and texts of flows are the words of others: in a picture and in a chart they stay words.

use flowc::plan::{
    Call, Effect, Failure, Place, Plan, Step, StepKind, Total, Undone, When, mermaid, svg, text,
};

const EVIL: &str = "\"]; click s1 \"javascript:x\"\n</text><script>&'`#%%{init}%% --> \u{202e}\u{7}x";

#[test]
fn no_text_breaks_out_of_a_picture() {
    let picture = svg(&plan(EVIL));
    let tags = ["svg", "title", "style", "rect", "text", "line", "path", "circle"];
    for (at, _) in picture.match_indices('<') {
        let rest = picture[at + 1..].trim_start_matches('/');
        let name: String = rest.chars().take_while(|letter| letter.is_alphanumeric()).collect();
        assert!(tags.contains(&name.as_str()), "<{name}");
    }
    for (at, _) in picture.match_indices('&') {
        let rest = &picture[at..];
        assert!(
            ["&lt;", "&gt;", "&amp;", "&quot;", "&#39;"].iter().any(|known| rest.starts_with(known)),
            "{rest:.9}"
        );
    }
    assert!(picture.contains("&lt;script&gt;"), "the words are there");
    assert!(picture.contains("\\u{202e}") && !picture.contains('\u{202e}') && !picture.contains('\u{7}'));
}

#[test]
fn no_text_breaks_out_of_a_chart() {
    let chart = mermaid(&plan(EVIL));
    let quiet = mermaid(&plan("quiet"));
    assert_eq!(chart.lines().count(), quiet.lines().count(), "{chart}");
    for (line, other) in chart.lines().zip(quiet.lines()) {
        let quotes = |line: &str| line.matches('"').count();
        assert_eq!(quotes(line), quotes(other), "{line}");
        for sign in ["<script", "`", "%%", "javascript:x\"", "'"] {
            assert!(!line.contains(sign), "{line}");
        }
        let outside = |line: &str| line.split('"').step_by(2).map(str::to_owned).collect::<String>();
        assert_eq!(outside(line), outside(other), "{line}");
    }
}

#[test]
fn no_text_commands_a_terminal() {
    let shown = text(&plan(EVIL));
    assert_eq!(shown.lines().count(), text(&plan("quiet")).lines().count(), "{shown}");
    assert!(shown.chars().all(|letter| letter == '\n' || !letter.is_control()), "{shown}");
}

/// Every text of it is this one.
fn plan(word: &str) -> Plan {
    let word = || word.to_owned();
    let call = |effect| Call {
        name: word(),
        binds: Some(word()),
        effect,
        each: None,
        after: vec![word()],
        terms: word(),
        first: 10,
        critical: true,
        handled: vec![word()],
        undo: Some(word()),
        is_final: false,
    };
    let step = |kind| Step { line: 1, start: 0, end: 20, kind };
    let read = || step(StepKind::Call(Box::new(call(Effect::Read))));
    let total = || Total { time: 20, terms: vec![word(), word()] };
    Plan {
        operation: word(),
        request: word(),
        place: Place { file: word(), line: 1 },
        deadline: 30,
        first: total(),
        worst: total(),
        steps: vec![
            step(StepKind::Overlap(vec![read(), read()])),
            step(StepKind::Require { condition: word(), problem: word() }),
            step(StepKind::When {
                condition: word(),
                then: vec![step(StepKind::Emit { event: word() }), step(StepKind::Fail { problem: word() })],
                otherwise: vec![step(StepKind::Call(Box::new(call(Effect::Write))))],
            }),
            step(StepKind::Return { status: 200 }),
        ],
        failures: vec![Failure {
            step: word(),
            line: 1,
            undone: vec![Undone { call: word(), when: When::IfDone }],
            stays: vec![word()],
        }],
    }
}
