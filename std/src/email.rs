//! Functions of `email`.

use crate::value::Email;

pub fn to_string(email: &Email) -> String {
    email.as_str().to_string()
}

#[cfg(test)]
mod tests {
    #[test]
    fn as_text() {
        assert_eq!(super::to_string(&super::Email::literal("ada@example.com")), "ada@example.com");
    }
}
