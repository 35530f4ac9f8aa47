//! Values as XML, in the plain way that contracts mean where they say no more: an element for each field, and one for
//! each element of a list.

use flow_std::value::Json;

pub fn is_xml(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    essence.ends_with("/xml") || essence.ends_with("+xml")
}

/// With an element of this name around it.
pub fn document(name: Option<&str>, value: &Json) -> String {
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    match value {
        Json::List(items) => {
            text.push_str("<items>");
            items.iter().for_each(|item| element(&mut text, name.unwrap_or("item"), item));
            text.push_str("</items>");
        }
        _ => element(&mut text, name.unwrap_or("document"), value),
    }
    text
}

fn element(text: &mut String, name: &str, value: &Json) {
    let name = tag(name);
    if let Json::List(items) = value {
        return items.iter().for_each(|item| element(text, &name, item));
    }
    text.push_str(&format!("<{name}>"));
    match value {
        Json::Object(fields) => fields.iter().for_each(|(name, value)| element(text, name, value)),
        Json::Text(content) => text.push_str(&escaped(content)),
        Json::Number(content) => text.push_str(content),
        Json::Bool(content) => text.push_str(&content.to_string()),
        Json::Null | Json::List(_) => {}
    }
    text.push_str(&format!("</{name}>"));
}

/// What cannot be in the name of an element is `_` there.
fn tag(name: &str) -> String {
    let letter = |letter: char| if letter.is_alphanumeric() || "_-.".contains(letter) { letter } else { '_' };
    let tag: String = name.chars().map(letter).collect();
    if tag.starts_with(|first: char| first.is_alphabetic() || first == '_') { tag } else { format!("_{tag}") }
}

/// XML has no control characters, whatever their escapes.
fn escaped(text: &str) -> String {
    let is_there = |letter: &char| !letter.is_control() || matches!(letter, '\n' | '\t' | '\r');
    let text: String = text.chars().filter(is_there).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_elements() {
        let value = Json::parse(r#"{"id":7,"n m":"a<b & \u0001c","tags":["x","y"],"o":{"1":true,"z":null}}"#);
        let text = document(Some("Pet"), &value.expect("JSON"));
        assert_eq!(
            text.lines().last(),
            Some(
                "<Pet><id>7</id><n_m>a&lt;b &amp; c</n_m><tags>x</tags><tags>y</tags><o><_1>true</_1><z></z></o></Pet>"
            )
        );
        let list = document(Some("Pet"), &Json::parse("[1,2]").expect("JSON"));
        assert_eq!(list.lines().last(), Some("<items><Pet>1</Pet><Pet>2</Pet></items>"));
        assert!(is_xml("application/xml; charset=utf-8") && is_xml("image/svg+xml") && !is_xml("text/html"));
    }
}
