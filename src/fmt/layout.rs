//! The layout algebra: a [`Doc`] says what may be broken into lines and where, [`render`] decides. The idea is
//! Wadler's and Prettier's: a group stands on one line if it fits, else each of its lines breaks. A table adds
//! the columns of `key:   value`. Comments are in the algebra, because nothing may ever follow one on its line.
//!
//! Time is linear: whether something breaks by force is known when it is built, and whether it fits is decided
//! by looking at no more than one line's width of it.

/// How long a line may be, in characters.
pub const WIDTH: usize = 100;

/// Keys longer than this do not move the column of the values beside them.
const KEY_WIDTH: usize = 20;

const INDENT: usize = 2;

#[derive(Debug)]
pub enum Doc<'a> {
    /// Text without a line end.
    Text(&'a str),
    /// Text that may have line ends of its own; written as it is.
    Verbatim(&'a str),
    /// What stands behind the slashes. What follows goes to the next line.
    Comment {
        text: &'a str,
        place: CommentPlace,
    },
    /// A space, or a new line in a group that breaks.
    Line,
    /// Nothing, or a new line in a group that breaks.
    SoftLine,
    /// A new line; the groups around it break.
    HardLine,
    /// A new line with an empty one in front of it.
    EmptyLine,
    Concat(Vec<Doc<'a>>, Breaks),
    Group(Box<Doc<'a>>, Breaks),
    Indent(Box<Doc<'a>>, Breaks),
    /// On one line with commas, or one row a line with the values in a column.
    Table(Vec<Row<'a>>, Breaks),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommentPlace {
    OwnLine,
    Trailing,
}

/// Whether there is something inside that cannot stand on one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breaks {
    Always,
    IfTooLong,
}

#[derive(Debug)]
pub struct Row<'a> {
    /// Whether an empty line stands in front.
    pub blank: bool,
    /// Comments and documentation above.
    pub lead: Doc<'a>,
    /// With its colon; nothing for a row that is all value.
    pub key: Doc<'a>,
    pub value: Doc<'a>,
    /// The comment behind.
    pub trail: Doc<'a>,
}

impl<'a> Doc<'a> {
    pub const NOTHING: Doc<'static> = Doc::Text("");

    fn breaks(&self) -> Breaks {
        match self {
            Doc::Text(_) | Doc::Line | Doc::SoftLine => Breaks::IfTooLong,
            Doc::Comment { .. } | Doc::HardLine | Doc::EmptyLine => Breaks::Always,
            Doc::Verbatim(text) if text.contains('\n') => Breaks::Always,
            Doc::Verbatim(_) => Breaks::IfTooLong,
            Doc::Concat(_, breaks)
            | Doc::Group(_, breaks)
            | Doc::Indent(_, breaks)
            | Doc::Table(_, breaks) => *breaks,
        }
    }

    pub fn is_nothing(&self) -> bool {
        matches!(self, Doc::Text(""))
    }
}

pub fn concat<'a>(parts: impl IntoIterator<Item = Doc<'a>>) -> Doc<'a> {
    let parts: Vec<Doc<'a>> = parts.into_iter().filter(|part| !part.is_nothing()).collect();
    if parts.is_empty() {
        return Doc::NOTHING;
    }
    let breaks = any_breaks(parts.iter());
    Doc::Concat(parts, breaks)
}

pub fn group<'a>(parts: impl IntoIterator<Item = Doc<'a>>) -> Doc<'a> {
    let inner = concat(parts);
    let breaks = inner.breaks();
    Doc::Group(Box::new(inner), breaks)
}

pub fn indent<'a>(parts: impl IntoIterator<Item = Doc<'a>>) -> Doc<'a> {
    let inner = concat(parts);
    let breaks = inner.breaks();
    Doc::Indent(Box::new(inner), breaks)
}

pub fn table(rows: Vec<Row<'_>>) -> Doc<'_> {
    let breaks = any_breaks(rows.iter().flat_map(|row| [&row.lead, &row.value, &row.trail]));
    Doc::Table(rows, breaks)
}

fn any_breaks<'d, 'a: 'd>(mut parts: impl Iterator<Item = &'d Doc<'a>>) -> Breaks {
    if parts.any(|part| part.breaks() == Breaks::Always) { Breaks::Always } else { Breaks::IfTooLong }
}

/// The text of a document. It ends with one line end, if there is anything in it at all.
pub fn render(doc: &Doc) -> String {
    let mut page = Page { out: String::new(), column: 0, after_comment: false };
    let mut tasks = vec![Task::Show { doc, indent: 0, mode: Mode::Broken }];
    while let Some(task) = tasks.pop() {
        match task {
            Task::Pad(count) => page.pad(count),
            Task::Show { doc, indent, mode } => show(&mut page, &mut tasks, doc, indent, mode),
        }
    }
    page.new_line();
    let end = page.out.trim_end_matches('\n').len();
    page.out.truncate(end);
    if !page.out.is_empty() {
        page.out.push('\n');
    }
    page.out
}

#[derive(Clone, Copy)]
enum Task<'d, 'a> {
    Show { doc: &'d Doc<'a>, indent: usize, mode: Mode },
    Pad(usize),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Flat,
    Broken,
}

fn show<'d, 'a>(page: &mut Page, tasks: &mut Vec<Task<'d, 'a>>, doc: &'d Doc<'a>, indent: usize, mode: Mode) {
    match doc {
        Doc::Text(text) => page.write(text, indent),
        Doc::Verbatim(text) => page.write_lines(text, indent),
        Doc::Comment { text, place } => page.comment(text, *place, indent),
        Doc::Line if mode == Mode::Flat => page.write(" ", indent),
        Doc::SoftLine if mode == Mode::Flat => {}
        Doc::Line | Doc::SoftLine | Doc::HardLine => page.new_line(),
        Doc::EmptyLine => page.empty_line(),
        Doc::Concat(parts, _) => {
            tasks.extend(parts.iter().rev().map(|doc| Task::Show { doc, indent, mode }));
        }
        Doc::Indent(inner, _) => tasks.push(Task::Show { doc: inner, indent: indent + INDENT, mode }),
        Doc::Group(inner, breaks) => {
            let room = WIDTH.saturating_sub(page.column_for(indent));
            let flat = mode == Mode::Flat || (*breaks == Breaks::IfTooLong && fits(inner, tasks, room));
            let mode = if flat { Mode::Flat } else { Mode::Broken };
            tasks.push(Task::Show { doc: inner, indent, mode });
        }
        Doc::Table(rows, _) if mode == Mode::Flat => show_flat_rows(tasks, rows, indent),
        Doc::Table(rows, _) => show_rows(tasks, rows, indent),
    }
}

fn show_flat_rows<'d, 'a>(tasks: &mut Vec<Task<'d, 'a>>, rows: &'d [Row<'a>], indent: usize) {
    for (number, row) in rows.iter().enumerate().rev() {
        let mut parts = vec![];
        if number > 0 {
            parts.extend([&Doc::Text(","), &Doc::Line]);
        }
        parts.push(&row.key);
        if !row.key.is_nothing() {
            parts.push(&Doc::Line);
        }
        parts.push(&row.value);
        tasks.extend(parts.into_iter().rev().map(|doc| Task::Show { doc, indent, mode: Mode::Flat }));
    }
}

/// One row a line. The values of neighbours, up to the next empty line, stand in one column.
fn show_rows<'d, 'a>(tasks: &mut Vec<Task<'d, 'a>>, rows: &'d [Row<'a>], indent: usize) {
    let pads = value_columns(rows);
    for (number, (row, pad)) in rows.iter().zip(pads).enumerate().rev() {
        let mut show = |doc| tasks.push(Task::Show { doc, indent, mode: Mode::Broken });
        show(&row.trail);
        show(&row.value);
        tasks.push(Task::Pad(pad));
        let mut show = |doc| tasks.push(Task::Show { doc, indent, mode: Mode::Broken });
        show(&row.key);
        show(&row.lead);
        match (number, row.blank) {
            (0, _) => {}
            (_, true) => show(&Doc::EmptyLine),
            (_, false) => show(&Doc::HardLine),
        }
    }
}

/// How many spaces stand between each key and its value.
fn value_columns(rows: &[Row]) -> Vec<usize> {
    let mut pads = Vec::with_capacity(rows.len());
    for neighbours in rows.chunk_by(|_, next| !next.blank) {
        let width = |row: &Row| flat_width(&row.key, WIDTH).unwrap_or(WIDTH);
        let keys: Vec<usize> = neighbours.iter().map(width).collect();
        let widest = keys.iter().filter(|key| **key <= KEY_WIDTH).max().copied().unwrap_or(0);
        pads.extend(keys.iter().map(|key| match key {
            0 => 0,
            key => widest.saturating_sub(*key) + 1,
        }));
    }
    pads
}

/// The width of a document on one line, if that is possible and not above the limit.
fn flat_width(doc: &Doc, limit: usize) -> Option<usize> {
    let mut width = 0;
    let mut levels = vec![std::slice::from_ref(doc).iter()];
    while let Some(level) = levels.last_mut() {
        let Some(doc) = level.next() else {
            levels.pop();
            continue;
        };
        match doc {
            Doc::Text(text) | Doc::Verbatim(text) => width += columns(text, limit)?,
            Doc::Line => width += 1,
            Doc::SoftLine => {}
            Doc::Comment { .. } | Doc::HardLine | Doc::EmptyLine => return None,
            Doc::Concat(_, Breaks::Always)
            | Doc::Group(_, Breaks::Always)
            | Doc::Indent(_, Breaks::Always)
            | Doc::Table(_, Breaks::Always) => return None,
            Doc::Concat(parts, _) => levels.push(parts.iter()),
            Doc::Group(inner, _) | Doc::Indent(inner, _) => {
                levels.push(std::slice::from_ref(&**inner).iter())
            }
            Doc::Table(rows, _) if rows.len() > limit => return None,
            Doc::Table(rows, _) => {
                let keys = rows.iter().filter(|row| !row.key.is_nothing()).count();
                width += keys + rows.len().saturating_sub(1) * 2;
                levels.extend(
                    rows.iter()
                        .flat_map(|row| [&row.key, &row.value].map(|doc| std::slice::from_ref(doc).iter())),
                );
            }
        }
        if width > limit {
            return None;
        }
    }
    Some(width)
}

/// The width of a text, unless it has several lines or is wider than the limit for sure.
fn columns(text: &str, limit: usize) -> Option<usize> {
    const LONGEST_CHARACTER: usize = 4;
    if text.len() > limit * LONGEST_CHARACTER || text.contains('\n') {
        return None;
    }
    Some(text.chars().count())
}

/// Whether a document fits on the rest of this line, together with what follows it up to the next line end.
fn fits(doc: &Doc, following: &[Task], room: usize) -> bool {
    let Some(mut width) = flat_width(doc, room) else { return false };
    for task in following.iter().rev() {
        let (doc, mode) = match task {
            Task::Pad(count) => {
                width += count;
                continue;
            }
            Task::Show { doc, mode, .. } => (*doc, *mode),
        };
        match head_width(doc, mode, room.saturating_sub(width)) {
            Head::TooWide => return false,
            Head::LineEnd => return true,
            Head::All(head) => width += head,
        }
        if width > room {
            return false;
        }
    }
    true
}

enum Head {
    /// There is no line end in it.
    All(usize),
    LineEnd,
    TooWide,
}

/// How wide a document is up to where its first line can end.
fn head_width(doc: &Doc, mode: Mode, limit: usize) -> Head {
    let mut width = 0;
    let mut levels = vec![std::slice::from_ref(doc).iter()];
    while let Some(level) = levels.last_mut() {
        let Some(doc) = level.next() else {
            levels.pop();
            continue;
        };
        match doc {
            Doc::Text(text) => width += columns(text, limit).unwrap_or(limit + 1),
            Doc::Verbatim(text) => {
                let line = text.lines().next().unwrap_or("");
                width += columns(line, limit).unwrap_or(limit + 1);
                if line.len() < text.len() {
                    return if width > limit { Head::TooWide } else { Head::LineEnd };
                }
            }
            Doc::Line if mode == Mode::Flat => width += 1,
            Doc::SoftLine if mode == Mode::Flat => {}
            Doc::Line
            | Doc::SoftLine
            | Doc::HardLine
            | Doc::EmptyLine
            | Doc::Comment { .. }
            | Doc::Table(..) => {
                return Head::LineEnd;
            }
            Doc::Concat(parts, _) => levels.push(parts.iter()),
            Doc::Group(inner, _) | Doc::Indent(inner, _) => {
                levels.push(std::slice::from_ref(&**inner).iter())
            }
        }
        if width > limit {
            return Head::TooWide;
        }
    }
    Head::All(width)
}

/// What is written so far.
struct Page {
    out: String,
    column: usize,
    /// A comment stands at the end: nothing may follow it on its line.
    after_comment: bool,
}

impl Page {
    fn write(&mut self, text: &str, indent: usize) {
        if text.is_empty() {
            return;
        }
        if self.after_comment {
            self.new_line();
        }
        if self.at_line_start() {
            if text == " " {
                return;
            }
            self.pad(indent);
        }
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    fn write_lines(&mut self, text: &str, indent: usize) {
        self.write(text, indent);
        if let Some(end) = text.rfind('\n') {
            self.column = text[end + 1..].chars().count();
        }
    }

    fn comment(&mut self, text: &str, place: CommentPlace, indent: usize) {
        if place == CommentPlace::OwnLine && !self.at_line_start() {
            self.new_line();
        }
        if !self.at_line_start() && !self.after_comment && !self.out.ends_with(' ') {
            self.write(" ", indent);
        }
        self.write("//", indent);
        let text = text.trim_end();
        if !text.is_empty() && !text.starts_with([' ', '\t', '/']) {
            self.write(" ", indent);
        }
        self.write(text, indent);
        self.after_comment = true;
    }

    fn pad(&mut self, count: usize) {
        if self.after_comment {
            return;
        }
        self.out.extend(std::iter::repeat_n(' ', count));
        self.column += count;
    }

    fn new_line(&mut self) {
        let line = self.out.trim_end_matches(' ').len();
        self.out.truncate(line);
        if !self.at_line_start() {
            self.out.push('\n');
        }
        self.column = 0;
        self.after_comment = false;
    }

    fn empty_line(&mut self) {
        self.new_line();
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn at_line_start(&self) -> bool {
        self.out.is_empty() || self.out.ends_with('\n')
    }

    /// Where text written now would begin.
    fn column_for(&self, indent: usize) -> usize {
        if self.after_comment || self.at_line_start() { indent } else { self.column }
    }
}
