//! The enumerations of std that functions take or give.

/// How `round` decides when a number lies between two others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rounding {
    HalfUp,
    HalfEven,
    Up,
    Down,
}

impl Rounding {
    pub const ALL: [Rounding; 4] = [Rounding::HalfUp, Rounding::HalfEven, Rounding::Up, Rounding::Down];

    pub fn as_str(self) -> &'static str {
        match self {
            Rounding::HalfUp => "half_up",
            Rounding::HalfEven => "half_even",
            Rounding::Up => "up",
            Rounding::Down => "down",
        }
    }

    #[expect(
        clippy::should_implement_trait,
        reason = "there is nothing to say about a word that is not known"
    )]
    pub fn from_str(text: &str) -> Option<Rounding> {
        Rounding::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// A way to make a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HashAlgorithm {
    Sha256,
    Sha384,
    Sha512,
    Sha1,
    Md5,
}

impl HashAlgorithm {
    pub const ALL: [HashAlgorithm; 5] = [
        HashAlgorithm::Sha256,
        HashAlgorithm::Sha384,
        HashAlgorithm::Sha512,
        HashAlgorithm::Sha1,
        HashAlgorithm::Md5,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            HashAlgorithm::Sha256 => "sha256",
            HashAlgorithm::Sha384 => "sha384",
            HashAlgorithm::Sha512 => "sha512",
            HashAlgorithm::Sha1 => "sha1",
            HashAlgorithm::Md5 => "md5",
        }
    }

    #[expect(
        clippy::should_implement_trait,
        reason = "there is nothing to say about a word that is not known"
    )]
    pub fn from_str(text: &str) -> Option<HashAlgorithm> {
        HashAlgorithm::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// A day of the week; the first one is Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    pub const ALL: [Weekday; 7] = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Weekday::Monday => "monday",
            Weekday::Tuesday => "tuesday",
            Weekday::Wednesday => "wednesday",
            Weekday::Thursday => "thursday",
            Weekday::Friday => "friday",
            Weekday::Saturday => "saturday",
            Weekday::Sunday => "sunday",
        }
    }

    #[expect(
        clippy::should_implement_trait,
        reason = "there is nothing to say about a word that is not known"
    )]
    pub fn from_str(text: &str) -> Option<Weekday> {
        Weekday::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lead_back_to_what_they_stand_for() {
        assert!(Rounding::ALL.into_iter().all(|one| Rounding::from_str(one.as_str()) == Some(one)));
        assert!(HashAlgorithm::ALL.into_iter().all(|one| HashAlgorithm::from_str(one.as_str()) == Some(one)));
        assert!(Weekday::ALL.into_iter().all(|one| Weekday::from_str(one.as_str()) == Some(one)));
        assert_eq!(Rounding::from_str("HalfUp"), None);
    }
}
