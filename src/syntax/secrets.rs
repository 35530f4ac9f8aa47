//! Texts that look like secrets: keys and tokens whose issuers give them a form of their own so that they can be found.
//! One that stands in a source is known to whoever reads the repository, wherever it stands.

/// What each begins with, how long it is at least behind that, and what it is.
const FORMS: [(&str, usize, &str); 14] = [
    ("sk_live_", 8, "a key of Stripe"),
    ("rk_live_", 8, "a key of Stripe"),
    ("sk_test_", 8, "a key of Stripe"),
    ("whsec_", 16, "a webhook secret of Stripe"),
    ("AKIA", 12, "a key of AWS"),
    ("ASIA", 12, "a key of AWS"),
    ("AIza", 30, "a key of Google"),
    ("ghp_", 20, "a token of GitHub"),
    ("gho_", 20, "a token of GitHub"),
    ("ghs_", 20, "a token of GitHub"),
    ("github_pat_", 20, "a token of GitHub"),
    ("glpat-", 16, "a token of GitLab"),
    ("xoxb-", 10, "a token of Slack"),
    ("xoxp-", 10, "a token of Slack"),
];

/// What the text gives away, if anything.
pub fn secret_in(text: &str) -> Option<&'static str> {
    if text.contains("-----BEGIN ") && text.contains("PRIVATE KEY") {
        return Some("a private key");
    }
    text.split(|letter: char| !is_of_token(letter)).find_map(|word| {
        let form = FORMS.iter().find(|(prefix, length, _)| {
            word.strip_prefix(prefix).is_some_and(|rest| rest.len() >= *length && !rest.contains('.'))
        });
        form.map(|(_, _, what)| *what).or_else(|| is_signed_token(word).then_some("a signed token"))
    })
}

/// Three parts of base64, of which the first is `{"…`.
fn is_signed_token(word: &str) -> bool {
    word.starts_with("eyJ") && word.len() >= 20 && word.contains('.')
}

fn is_of_token(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_forms_are_seen_and_words_are_not() {
        for secret in [
            "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
            "AKIAIOSFODNN7EXAMPLE",
            "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
            "-----BEGIN RSA PRIVATE KEY-----",
            "token=ghp_0123456789abcdefghij0123456789abcdef",
        ] {
            assert!(secret_in(secret).is_some(), "{secret}");
        }
        for word in [
            "sk_live_",
            "AKIA",
            "Bearer token",
            "eyJ",
            "task_live_4eC39HqLyjWDarjtT1",
            "-----BEGIN CERTIFICATE-----",
        ] {
            assert_eq!(secret_in(word), None, "{word}");
        }
    }
}
