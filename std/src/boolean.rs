//! Functions of `bool`.

pub fn to_string(truth: bool) -> String {
    truth.to_string()
}

#[cfg(test)]
mod tests {
    #[test]
    fn words() {
        assert_eq!(super::to_string(true), "true");
    }
}
