//! Shapes and texts of a picture. Every text goes through one door that escapes it; what is too long for its room is cut,
//! and stands in full in a tooltip.

use std::fmt::Write;

use crate::diagnostic::render::visible;

pub struct Canvas {
    out: String,
}

/// The width of a letter of the one font, whose letters are all as wide.
const LETTER: f64 = 7.25;

impl Canvas {
    pub fn new(width: u64, height: u64, title: &str) -> Canvas {
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\">\n"
        );
        let _ = writeln!(out, "<title>{}</title>", escaped(title));
        let _ = writeln!(out, "<style>{STYLE}</style>");
        let _ = writeln!(
            out,
            "<rect class=\"paper\" x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"8\"/>",
            width - 1,
            height - 1
        );
        Canvas { out }
    }

    pub fn finish(mut self) -> String {
        self.out.push_str("</svg>\n");
        self.out
    }

    pub fn text(&mut self, class: &str, x: u64, y: u64, text: &str) {
        let _ = writeln!(self.out, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>", escaped(text));
    }

    pub fn middle(&mut self, class: &str, x: u64, y: u64, text: &str) {
        let text = escaped(text);
        let _ = writeln!(self.out, "<text class=\"{class} middle\" x=\"{x}\" y=\"{y}\">{text}</text>");
    }

    /// Cut to its room.
    pub fn short(&mut self, class: &str, (x, y): (u64, u64), room: u64, text: &str) {
        let text = cut(text, room);
        let _ = writeln!(self.out, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{text}</text>");
    }

    /// Ends at `x`.
    pub fn short_before(&mut self, class: &str, (x, y): (u64, u64), room: u64, text: &str) {
        let text = cut(text, room);
        let _ = writeln!(self.out, "<text class=\"{class} before\" x=\"{x}\" y=\"{y}\">{text}</text>");
    }

    pub fn line(&mut self, class: &str, (x, y): (u64, u64), (to_x, to_y): (u64, u64)) {
        let _ =
            writeln!(self.out, "<line class=\"{class}\" x1=\"{x}\" y1=\"{y}\" x2=\"{to_x}\" y2=\"{to_y}\"/>");
    }

    pub fn bar(&mut self, class: &str, (x, y): (u64, u64), (width, height): (u64, u64)) {
        let _ = writeln!(
            self.out,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"3\"/>"
        );
    }

    pub fn diamond(&mut self, class: &str, x: u64, y: u64) {
        let _ = writeln!(
            self.out,
            "<path class=\"{class}\" d=\"M{} {y}L{x} {}L{} {y}L{x} {}Z\"/>",
            x - 5,
            y - 5,
            x + 5,
            y + 5
        );
    }

    pub fn dot(&mut self, class: &str, x: u64, y: u64) {
        let _ = writeln!(self.out, "<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"4.5\"/>");
    }
}

/// How wide a text is, in pixels.
pub fn width(text: &str) -> u64 {
    (visible(text).chars().count() as f64 * LETTER).ceil() as u64
}

fn cut(text: &str, room: u64) -> String {
    let shown = visible(text);
    let letters = (room as f64 / LETTER) as usize;
    if shown.chars().count() <= letters {
        return escape(&shown);
    }
    let kept: String = shown.chars().take(letters.saturating_sub(1)).collect();
    format!("{}…<title>{}</title>", escape(kept.trim_end()), escape(&shown))
}

/// A text as one line of an SVG document.
fn escaped(text: &str) -> String {
    escape(&visible(text))
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Half a pair, and what XML does not take.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(letter),
        }
    }
    out
}

/// Light, and dark where the reader wants that. The paper is drawn, so that the picture needs no page of a colour.
const STYLE: &str = "
text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#1f2430}
.title{font:600 20px system-ui,'Segoe UI',Helvetica,Arial,'DejaVu Sans',sans-serif}
.head,.quiet,.tick,.late,.time{fill:#667085}.tick,.late,.small{font-size:11px}
.group{fill:#667085;font-style:italic}.gate{fill:#6b4fbb}.late{fill:#c4320a}
.middle{text-anchor:middle}.before{text-anchor:end}
.paper{fill:#fff;stroke:#d5d9e2}.grid{stroke:#eceef3}.rule{stroke:#d5d9e2}
.deadline{stroke:#c4320a;stroke-dasharray:4 3}.wait{stroke:#6b4fbb;stroke-dasharray:2 2}
rect.read{fill:#8fb8f5}rect.write{fill:#f3b06b}rect.read.longest{fill:#2f6fde}rect.write.longest{fill:#d9730d}
rect.more{opacity:.35}.end{fill:#1f2430}.inside.read.longest{fill:#fff}
@media (prefers-color-scheme:dark){
text{fill:#e6e8ee}.head,.quiet,.tick,.late,.time,.group{fill:#98a2b3}text.gate{fill:#b9a5f0}path.gate{fill:#b9a5f0}.late{fill:#f97066}
.paper{fill:#181b22;stroke:#343a46}.grid{stroke:#262b35}.rule{stroke:#343a46}
.deadline{stroke:#f97066}.wait{stroke:#b9a5f0}
rect.read{fill:#35558a}rect.write{fill:#8a5a26}rect.read.longest{fill:#5b95f5}rect.write.longest{fill:#f09a45}.end{fill:#e6e8ee}
.inside.longest{fill:#10131a}
}
";
