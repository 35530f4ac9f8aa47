//! The few lines of a text that a rendering shows. The renderer takes time in proportion to what it is given
//! and trusts it, so it is given only the lines near the labels, cut to a width, with hidden characters spelled out.

use std::ops::Range;

use super::escape::{is_hidden, push_escaped};
use crate::source::{Source, border_before};

/// Lines that belong together, ready to be shown.
#[derive(Debug, PartialEq)]
pub(super) struct Excerpt {
    pub text: String,
    pub first_line: usize,
    /// Which of the ranges asked for lie in here, and where they are in `text`.
    pub marks: Vec<(usize, Range<usize>)>,
}

/// Ranges further apart than this many lines are shown on their own.
const NEAR: usize = 40;
/// A range over more lines than this is shown by its first line.
const TALL: usize = 8;
/// Bytes kept of a line that holds marks, and of one that holds none.
const WIDE: usize = 600;
const NARROW: usize = 160;
/// Bytes kept before the first mark of a line that is cut.
const LEAD: usize = 60;

/// The excerpts that show all the ranges, in the order of the text.
pub(super) fn excerpts(source: &Source, ranges: &[Range<usize>]) -> Vec<Excerpt> {
    let mut spots: Vec<Spot> =
        ranges.iter().enumerate().map(|(index, range)| spot(source, index, range)).collect();
    spots.sort_by_key(|spot| (spot.first_line, spot.last_line));
    let mut groups: Vec<Vec<Spot>> = Vec::new();
    let mut reach = 0;
    for spot in spots {
        let last_line = spot.last_line;
        match groups.last_mut() {
            Some(group) if spot.first_line <= reach + NEAR => group.push(spot),
            _ => groups.push(vec![spot]),
        }
        reach = reach.max(last_line);
    }
    groups.into_iter().map(|group| excerpt(source, &group)).collect()
}

/// The line around an offset, cut to a bounded length.
pub(super) fn line_near(source: &Source, offset: usize) -> &str {
    let line = line_range(source, source.position(offset).line);
    let window = window(source, &line, &[offset.clamp(line.start, line.end)]);
    source.text.get(window).unwrap_or("")
}

struct Spot {
    index: usize,
    range: Range<usize>,
    first_line: usize,
    last_line: usize,
}

fn spot(source: &Source, index: usize, range: &Range<usize>) -> Spot {
    let start = border_before(&source.text, range.start);
    let first_line = source.position(start).line;
    let covered = source.text.get(start..border_before(&source.text, range.end)).unwrap_or("");
    let mut end = start + covered.trim_end_matches(['\n', '\r']).len();
    let mut last_line = source.position(end).line;
    if last_line > first_line + TALL {
        end = line_range(source, first_line).end;
        last_line = first_line;
    }
    Spot { index, range: start..end.max(start), first_line, last_line }
}

fn excerpt(source: &Source, spots: &[Spot]) -> Excerpt {
    let mut edges: Vec<usize> = spots.iter().flat_map(|spot| [spot.range.start, spot.range.end]).collect();
    edges.sort_unstable();
    edges.dedup();
    let first_line = spots.iter().map(|spot| spot.first_line).min().unwrap_or(1);
    let last_line = spots.iter().map(|spot| spot.last_line).max().unwrap_or(first_line);
    let mut copy = Copy { text: String::new(), edges: &edges, moved: Vec::with_capacity(edges.len()) };
    for line in first_line..=last_line {
        copy.line(source, line_range(source, line));
        copy.text.push('\n');
    }
    let Copy { mut text, moved, .. } = copy;
    text.pop();
    if text.is_empty() || text.ends_with('\n') {
        text.push(' '); // a last line without a character would not be shown
    }
    let end = text.len();
    let at =
        |offset| edges.binary_search(&offset).ok().and_then(|index| moved.get(index)).copied().unwrap_or(end);
    let marks = spots.iter().map(|spot| (spot.index, at(spot.range.start)..at(spot.range.end))).collect();
    Excerpt { text, first_line, marks }
}

/// Text being copied, and where the edges of ranges went. Both grow in the order of the original.
struct Copy<'a> {
    text: String,
    edges: &'a [usize],
    moved: Vec<usize>,
}

impl Copy<'_> {
    fn line(&mut self, source: &Source, line: Range<usize>) {
        let waiting = self.edges.get(self.moved.len()..).unwrap_or(&[]);
        let here = waiting.partition_point(|edge| *edge <= line.end);
        let window = window(source, &line, waiting.get(..here).unwrap_or(&[]));
        if window.start > line.start {
            self.text.push('…');
        }
        for (offset, letter) in source.text.get(window.clone()).unwrap_or("").char_indices() {
            self.reach(window.start + offset);
            if source.is_masked(window.start + offset) {
                self.text.push('•');
            } else if letter != '\t' && is_hidden(letter) {
                push_escaped(&mut self.text, letter);
            } else {
                self.text.push(letter);
            }
        }
        self.reach(line.end);
        if window.end < line.end {
            self.text.push('…');
        }
    }

    /// Edges up to this offset of the original are where the copy ends now.
    fn reach(&mut self, offset: usize) {
        while self.edges.get(self.moved.len()).is_some_and(|edge| *edge <= offset) {
            self.moved.push(self.text.len());
        }
    }
}

/// The part of a line that is shown: all of it, or a bounded part that starts shortly before the first edge.
fn window(source: &Source, line: &Range<usize>, edges: &[usize]) -> Range<usize> {
    let (lead, width) = match edges.first() {
        Some(first) => (first.saturating_sub(LEAD).max(line.start), WIDE),
        None => (line.start, NARROW),
    };
    if line.len() <= width {
        return line.clone();
    }
    border_before(&source.text, lead)..border_before(&source.text, (lead + width).min(line.end))
}

/// A line without its end.
fn line_range(source: &Source, line: usize) -> Range<usize> {
    let start = source.line_start(line).unwrap_or(source.text.len());
    let end = source.line_start(line + 1).unwrap_or(source.text.len());
    let text = source.text.get(start..end).unwrap_or("");
    start..start + text.trim_end_matches(['\n', '\r']).len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    fn show(text: &str, ranges: &[(usize, usize)]) -> Vec<(usize, String, Vec<String>)> {
        let mut sources = Sources::default();
        let id = sources.add("a.flow", text);
        let show = |excerpt: Excerpt| {
            let marked =
                excerpt.marks.iter().map(|(_, mark)| excerpt.text[mark.clone()].to_string()).collect();
            (excerpt.first_line, excerpt.text, marked)
        };
        let ranges: Vec<_> = ranges.iter().map(|(start, end)| *start..*end).collect();
        excerpts(sources.get(id), &ranges).into_iter().map(show).collect()
    }

    #[test]
    fn only_the_lines_with_marks_are_copied() {
        let text = "one\r\ntwo\rthree\nfour";
        let two = text.find("two").expect("is there");
        assert_eq!(show(text, &[(two, two + 3)]), [(2, "two".into(), vec!["two".into()])]);
        assert_eq!(
            show(text, &[(two, two + 4)]),
            [(2, "two".into(), vec!["two".into()])],
            "without the line end"
        );
        assert_eq!(
            show(text, &[(two, two + 3), (0, 1)]),
            [(1, "one\ntwo".into(), vec!["o".into(), "two".into()])]
        );
    }

    #[test]
    fn hidden_characters_are_spelled_out_and_marks_move_along() {
        let shown = show("\u{202e}a\u{1b}b\t", &[(4, 6)]);
        assert_eq!(shown, [(1, "\\u{202e}a\\u{1b}b\t".into(), vec!["\\u{1b}b".into()])]);
    }

    #[test]
    fn long_lines_are_cut_around_the_mark() {
        let text =
            format!("{}HERE{}\n{}\nEND", "é".repeat(500_000), "x".repeat(500_000), "y".repeat(1_000_000));
        let end = text.len();
        let shown = show(&text, &[(1_000_000, 1_000_004), (end - 3, end)]);
        let [(1, excerpt, marked)] = shown.as_slice() else { panic!("one excerpt: {}", shown.len()) };
        assert_eq!(marked, &["HERE", "END"]);
        assert!(excerpt.len() < 2 * WIDE, "{}", excerpt.len());
        assert!(excerpt.starts_with("…é"));
    }

    #[test]
    fn far_marks_have_excerpts_of_their_own_and_tall_ones_are_shown_by_their_first_line() {
        let text = "line\n".repeat(1000);
        let shown = show(&text, &[(0, 4), (4000, 4004), (2000, 2900)]);
        let lines: Vec<_> = shown.iter().map(|(line, text, _)| (*line, text.as_str())).collect();
        assert_eq!(lines, [(1, "line"), (401, "line"), (801, "line")]);
    }

    #[test]
    fn the_end_of_a_text_can_be_marked() {
        assert_eq!(show("a\n", &[(2, 2)]), [(2, " ".into(), vec![String::new()])]);
        assert_eq!(show("", &[(0, 9)]), [(1, " ".into(), vec![String::new()])]);
        assert_eq!(show("é", &[(1, 9)]), [(1, "é".into(), vec!["é".into()])], "borders are mended");
    }
}
