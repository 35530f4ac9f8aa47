//! For people: the flow's line, the contract's line, the way out and the fix, in one message as rustc shows it.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet, renderer::DecorStyle};

use super::excerpt::{Excerpt, excerpts};
use super::{Place, View, visible, visible_lines};
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::source::{SourceId, Span};

/// Whether the text carries the terminal's colours. Whoever writes to a stream decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    Plain,
    Coloured,
}

/// One finding, ending in a line feed.
pub fn human(diagnostic: &Diagnostic, view: View<'_>, paint: Paint) -> String {
    let spans: Vec<Span> = diagnostic.labels.iter().map(|label| label.span).collect();
    let parts = parts(&spans, view);
    let corrections: Vec<_> = parts.iter().filter_map(correction).collect();
    let mut report = vec![finding(diagnostic, parts)];
    if let Some(fix) = &diagnostic.fix {
        report.push(patch(fix, view));
    }
    let renderer = match paint {
        Paint::Plain => Renderer::plain(),
        Paint::Coloured => Renderer::styled(),
    };
    let mut text = renderer.decor_style(DecorStyle::Ascii).render(&report);
    for (shown, real) in corrections {
        text = text.replacen(&shown, &real, 1);
    }
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}

/// The renderer counts columns in what it was given; of a line that was cut or spelled out, that is not the
/// column in the file.
fn correction(part: &Part) -> Option<(String, String)> {
    let (_, mark) = part.excerpt.marks.iter().min_by_key(|(index, _)| *index)?;
    let before = part.excerpt.text.get(..mark.start)?;
    let shown = before.rsplit('\n').next()?.chars().count() + 1;
    let Place { path, start, .. } = &part.place;
    let place = |column: usize| format!("{path}:{}:{column}", start.line);
    (shown != start.column).then(|| (place(shown) + "\n", place(start.column) + "\n"))
}

fn finding(diagnostic: &Diagnostic, parts: Vec<Part>) -> Group<'_> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let code = diagnostic.code;
    let title = level.primary_title(visible(&diagnostic.message)).id(format!("{} {}", code.id, code.name));
    let mut group = Group::with_title(title);
    for part in parts {
        let annotations = part.excerpt.marks.into_iter().map(|(index, mark)| {
            let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            let text = diagnostic.labels.get(index).map_or("", |label| label.text.as_str());
            let annotation = kind.span(mark);
            if text.is_empty() { annotation } else { annotation.label(visible(text).into_owned()) }
        });
        let snippet = Snippet::source(part.excerpt.text).line_start(part.excerpt.first_line);
        group = group.element(snippet.path(part.place.path).annotations(annotations));
    }
    match &diagnostic.help {
        Some(help) => group.element(Level::HELP.message(visible_lines(help))),
        None => group,
    }
}

/// One excerpt with the place that is named above it.
struct Part {
    place: Place,
    excerpt: Excerpt,
}

/// The excerpt with the first span comes first, then the others of its text, then the other texts.
fn parts(spans: &[Span], view: View<'_>) -> Vec<Part> {
    let mut order: Vec<SourceId> = Vec::new();
    for span in spans {
        if !order.contains(&span.source) {
            order.push(span.source);
        }
    }
    let mut parts = Vec::new();
    for source in order {
        let here: Vec<usize> = (0..spans.len()).filter(|index| spans[*index].source == source).collect();
        let ranges: Vec<Range<usize>> = here.iter().map(|index| spans[*index].range()).collect();
        for mut excerpt in excerpts(view.sources.get(source), &ranges) {
            for (index, _) in &mut excerpt.marks {
                *index = here[*index];
            }
            let first = excerpt.marks.iter().map(|(index, _)| *index).min().unwrap_or(0);
            parts.push((first != 0, Part { place: view.place(spans[first]), excerpt }));
        }
    }
    parts.sort_by_key(|(later, _)| *later);
    parts.into_iter().map(|(_, part)| part).collect()
}

fn patch<'a>(fix: &Fix, view: View<'_>) -> Group<'a> {
    let spans: Vec<Span> = fix.edits.iter().map(|edit| edit.span).collect();
    let mut group = Group::with_title(Level::HELP.secondary_title(visible(&fix.title).into_owned()));
    if !can_be_shown(&spans, view) {
        return group;
    }
    let own = spans.first().map(|span| view.path(span.source));
    for part in parts(&spans, view) {
        let patches = part.excerpt.marks.into_iter().map(|(index, mark)| {
            let text = fix.edits.get(index).map_or("", |edit| edit.text.as_str());
            Patch::new(mark, visible_lines(text).into_owned())
        });
        let mut snippet = Snippet::source(part.excerpt.text).line_start(part.excerpt.first_line);
        if own.as_ref() != Some(&part.place.path) {
            snippet = snippet.path(part.place.path);
        }
        group = group.element(snippet.patches(patches));
    }
    group
}

/// The renderer wants edits that do not touch each other, and a large one would hide the rest.
fn can_be_shown(spans: &[Span], view: View<'_>) -> bool {
    let mut spans = spans.to_vec();
    spans.sort_unstable();
    let apart = spans.windows(2).all(|pair| match pair {
        [first, second] => first.source != second.source || first.end < second.start,
        _ => true,
    });
    apart
        && spans.iter().all(|span| {
            span.range().len() <= LARGEST_EDIT && !view.sources.text(*span).contains(['\n', '\r'])
        })
}

/// In bytes.
const LARGEST_EDIT: usize = 200;
