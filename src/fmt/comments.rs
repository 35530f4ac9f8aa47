//! Comments on their way from the old text to the new one. They are taken in order, each exactly once, by
//! whatever is laid out next to them: nothing can be lost, and nothing can change places.

use crate::source::Span;
use crate::syntax::ast::{Comment, File};

use super::layout::{CommentPlace, Doc, concat};

/// What the functions of this folder hand on to each other: the old text, the comments that are still to be
/// placed, and whether the part at hand holds something that could not be read.
pub struct Context<'a> {
    pub text: &'a str,
    /// Set by whoever comes upon a broken part; the nearest part that can be copied as it is takes it back.
    pub broken: bool,
    comments: &'a [Comment],
    line_starts: Vec<usize>,
    next: usize,
}

impl<'a> Context<'a> {
    pub fn new(file: &'a File, text: &'a str) -> Context<'a> {
        let line_starts = line_starts(text, &file.comments);
        Context { text, broken: false, comments: &file.comments, line_starts, next: 0 }
    }

    pub fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.range()).unwrap_or("")
    }

    /// Comments that stand before a position somewhere inside a construct.
    pub fn stray(&mut self, position: u32) -> Doc<'a> {
        let mut parts = Vec::new();
        while let Some(comment) = self.take(position) {
            parts.push(comment);
        }
        concat(parts)
    }

    /// Comments above an element that begins at a position, each on its own line, with one empty line where
    /// there were some.
    pub fn leading(&mut self, position: u32) -> Doc<'a> {
        let mut parts = Vec::new();
        while let Some(start) = self.next_before(position) {
            if !parts.is_empty() {
                parts.push(self.separator(start));
            }
            parts.push(self.take_own_line());
        }
        if !parts.is_empty() {
            parts.push(self.separator(position));
        }
        concat(parts)
    }

    /// Comments between the last element and the closing bracket, each behind a line end.
    pub fn dangling(&mut self, close: u32) -> Vec<Doc<'a>> {
        let mut parts = Vec::new();
        while let Some(start) = self.next_before(close) {
            parts.push(self.separator(start));
            parts.push(self.take_own_line());
        }
        parts
    }

    /// The comment on the line on which an element ends, or else the first one that found no place inside of
    /// it. All others are left to what comes next.
    pub fn trailing(&mut self, end: u32, limit: u32) -> Doc<'a> {
        let same_line = self.line_starts.get(self.next).is_some_and(|start| *start <= end as usize);
        match self.next_before(limit) {
            Some(_) if same_line => self.take_at(CommentPlace::Trailing),
            _ => Doc::NOTHING,
        }
    }

    /// Whether the next comment stands before this position.
    pub fn has_comment_before(&self, position: u32) -> bool {
        self.next_before(position).is_some()
    }

    /// Where the lines above an element begin: its comments, or itself.
    pub fn start_with_comments(&self, position: u32) -> u32 {
        self.next_before(position).unwrap_or(position)
    }

    /// A text literal, with the comments in front of it. There may be some within it as well.
    pub fn literal(&mut self, span: Span) -> Doc<'a> {
        let lead = self.stray(span.start);
        concat([lead, self.verbatim(span)])
    }

    /// A part of the old text as it is. The comments in it are done with it.
    pub fn verbatim(&mut self, span: Span) -> Doc<'a> {
        self.next = self.comments.partition_point(|comment| comment.span.start < span.end).max(self.next);
        Doc::Verbatim(self.slice(span).trim_end())
    }

    /// Whether an empty line stands in front of a position.
    pub fn blank_before(&self, position: u32) -> bool {
        self.lines_before(position) > 1
    }

    /// How many lines end in the white space in front of a position.
    pub fn lines_before(&self, position: u32) -> usize {
        let before = self.text.get(..position as usize).unwrap_or("");
        let code = before.trim_end_matches([' ', '\t', '\r', '\n']).len();
        let space = before.get(code..).unwrap_or("");
        space.matches('\n').count() + space.matches('\r').count() - space.matches("\r\n").count()
    }

    /// Where the code ends that a place belongs to: places may reach over the space and comments behind it.
    pub fn end_of_code(&self, end: u32) -> u32 {
        let mut end = end as usize;
        loop {
            end = self.text.get(..end).map_or(end, |before| before.trim_end().len());
            let next = self.comments.partition_point(|comment| (comment.span.end as usize) < end);
            let comment = self.comments.get(next).map(|comment| comment.span.range());
            match comment.filter(|comment| comment.start < end && comment.end <= end) {
                Some(comment) => end = comment.start,
                None => return clamp(end),
            }
        }
    }

    /// Where the brace stands that closes a block of which nothing is left behind this position but comments.
    pub fn closing_brace(&self, position: u32) -> u32 {
        self.find_outside_comments('}', position)
    }

    /// The same for parentheses.
    pub fn closing_parenthesis(&self, position: u32) -> u32 {
        self.find_outside_comments(')', position)
    }

    fn find_outside_comments(&self, wanted: char, position: u32) -> u32 {
        let mut at = position as usize;
        while let Some(rest) = self.text.get(at..) {
            match rest.find([wanted, '/']) {
                Some(found) if rest[found..].starts_with("//") => {
                    let comment = &rest[found..];
                    at += found + comment.find(['\n', '\r']).unwrap_or(comment.len());
                }
                Some(found) if rest[found..].starts_with(wanted) => return clamp(at + found),
                Some(found) => at += found + 1,
                None => break,
            }
        }
        clamp(self.text.len())
    }

    fn separator(&self, position: u32) -> Doc<'a> {
        if self.blank_before(position) { Doc::EmptyLine } else { Doc::HardLine }
    }

    fn next_before(&self, position: u32) -> Option<u32> {
        self.comments.get(self.next).map(|comment| comment.span.start).filter(|start| *start < position)
    }

    fn take(&mut self, limit: u32) -> Option<Doc<'a>> {
        let start = self.next_before(limit)?;
        let line_start = self.line_starts.get(self.next).copied().unwrap_or(0);
        let before = self.text.get(line_start..start as usize).unwrap_or("");
        let place = if before.trim().is_empty() { CommentPlace::OwnLine } else { CommentPlace::Trailing };
        Some(self.take_at(place))
    }

    fn take_own_line(&mut self) -> Doc<'a> {
        self.take_at(CommentPlace::OwnLine)
    }

    fn take_at(&mut self, place: CommentPlace) -> Doc<'a> {
        let span = self.comments.get(self.next).map(|comment| comment.span);
        self.next += 1;
        let text = span.map_or("", |span| self.slice(span));
        Doc::Comment { text: text.strip_prefix("//").unwrap_or(text).trim_end(), place }
    }
}

/// Texts are bounded far below 4 GiB where they are read.
fn clamp(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// Where the line of each comment starts.
fn line_starts(text: &str, comments: &[Comment]) -> Vec<usize> {
    let mut starts = Vec::with_capacity(comments.len());
    let (mut line, mut done) = (0, 0);
    for comment in comments {
        let start = comment.span.start as usize;
        if let Some(end) = text.get(done..start).and_then(|between| between.rfind(['\n', '\r'])) {
            line = done + end + 1;
        }
        done = done.max(start);
        starts.push(line);
    }
    starts
}
