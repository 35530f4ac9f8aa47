//! A finding with its texts, in the protocol of the miette crate, which other Rust tools read.

use std::fmt::{self, Display};

use miette::{LabeledSpan, MietteError, SourceCode, SourceSpan, SpanContents};

use super::View;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::source::SourceId;

/// miette shows one text in a report, so labels in other texts become related reports.
#[derive(Debug)]
pub struct Report<'a> {
    diagnostic: &'a Diagnostic,
    text: Option<Text<'a>>,
    related: Vec<Elsewhere<'a>>,
}

impl<'a> Report<'a> {
    pub fn new(diagnostic: &'a Diagnostic, view: View<'a>) -> Report<'a> {
        let main = diagnostic.span().map(|span| span.source);
        let elsewhere = diagnostic.labels.iter().filter(|label| Some(label.span.source) != main);
        let related =
            elsewhere.map(|label| Elsewhere { label, text: text(label.span.source, view) }).collect();
        Report { diagnostic, text: main.map(|source| text(source, view)), related }
    }
}

impl Display for Report<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.diagnostic.message)
    }
}

impl std::error::Error for Report<'_> {}

impl miette::Diagnostic for Report<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        Some(Box::new(self.diagnostic.code.id))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        self.diagnostic.help.as_ref().map(|help| Box::new(help) as Box<dyn Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.text.as_ref().map(|text| text as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let main = self.diagnostic.span()?.source;
        let here = self.diagnostic.labels.iter().filter(move |label| label.span.source == main);
        Some(Box::new(here.enumerate().map(|(at, label)| match at {
            0 => LabeledSpan::new_primary_with_span(says(label), label.span.range()),
            _ => LabeledSpan::new_with_span(says(label), label.span.range()),
        })))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        Some(Box::new(self.related.iter().map(|elsewhere| elsewhere as &dyn miette::Diagnostic)))
    }
}

fn says(label: &Label) -> Option<String> {
    (!label.text.is_empty()).then(|| label.text.clone())
}

/// A label in another text than the finding's own.
#[derive(Debug)]
struct Elsewhere<'a> {
    label: &'a Label,
    text: Text<'a>,
}

impl Display for Elsewhere<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.label.text)
    }
}

impl std::error::Error for Elsewhere<'_> {}

impl miette::Diagnostic for Elsewhere<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(miette::Severity::Advice)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.text)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = LabeledSpan::new_primary_with_span(says(self.label), self.label.span.range());
        Some(Box::new(std::iter::once(label)))
    }
}

/// A text that knows its name.
#[derive(Debug)]
struct Text<'a> {
    name: String,
    text: &'a str,
}

fn text(source: SourceId, view: View<'_>) -> Text<'_> {
    Text { name: view.path(source), text: &view.sources.get(source).text }
}

impl SourceCode for Text<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let contents = self.text.read_span(span, before, after)?;
        let (span, line, column, lines) =
            (*contents.span(), contents.line(), contents.column(), contents.line_count());
        let named = miette::MietteSpanContents::new_named(
            self.name.clone(),
            contents.data(),
            span,
            line,
            column,
            lines,
        );
        Ok(Box::new(named))
    }
}
