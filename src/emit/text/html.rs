//! HTML: elements that are put into each other, and texts that are never markup.

/// A piece of a page. What is in it has been encoded.
#[derive(Debug, Clone, Default)]
pub struct Html(String);

/// A text as it is read, whatever stands in it.
pub fn text(text: &str) -> Html {
    Html(escaped(text))
}

/// An element. `name` and the names of attributes are ours.
pub fn element(name: &'static str, attributes: &[(&'static str, &str)], inner: Html) -> Html {
    let mut out = format!("<{name}");
    for (attribute, value) in attributes {
        out.push_str(&format!(" {attribute}=\"{}\"", escaped(value)));
    }
    Html(format!("{out}>{}</{name}>", inner.0))
}

impl Html {
    pub fn push(&mut self, more: Html) {
        self.0.push_str(&more.0);
    }

    pub fn line(&mut self, more: Html) {
        self.push(more);
        self.0.push('\n');
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is a page by itself.
    pub fn document(self) -> String {
        format!("<!doctype html>\n{}\n", self.0)
    }

    /// The style of a page, which is ours, and holds nothing that would end it.
    pub fn style(css: &'static str) -> Html {
        Html(format!("<style>{css}</style>"))
    }

    /// An element that has nothing in it.
    pub fn void(name: &'static str, attributes: &[(&'static str, &str)]) -> Html {
        let closed = element(name, attributes, Html::default()).0;
        Html(closed.strip_suffix(&format!("</{name}>")).unwrap_or(&closed).to_owned())
    }
}

impl FromIterator<Html> for Html {
    fn from_iter<I: IntoIterator<Item = Html>>(pieces: I) -> Html {
        pieces.into_iter().fold(Html::default(), |mut all, piece| {
            all.push(piece);
            all
        })
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push(letter),
            _ if super::is_visible(letter) => out.push(letter),
            _ => out.push(' '),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_never_markup() {
        let hostile = "</p><script>alert('1')</script>\" onload=\"x\u{202e}";
        let page = element("p", &[("title", hostile)], text(hostile)).document();
        assert!(!page.contains("<script") && !page.contains("\" onload"), "{page}");
        assert_eq!(page.matches('<').count(), 3, "{page}");
        assert_eq!(Html::void("br", &[]).0, "<br>");
    }
}
