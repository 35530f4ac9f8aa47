//! That an operation is going away, and how its answers say so.

#[derive(Debug, Clone)]
pub struct Deprecation {
    pub since: String,
    pub sunset: Option<String>,
    pub link: Option<String>,
}

impl Deprecation {
    /// Since when, as the header says it.
    pub fn since_header(&self) -> String {
        deprecation_since(&self.since)
    }

    /// When it is to be gone, as the header says it.
    pub fn sunset_header(&self) -> Option<String> {
        self.sunset.as_deref().map(http_date)
    }
}

/// `@1735689600`, as RFC 9745 wants it.
fn deprecation_since(date: &str) -> String {
    format!("@{}", days(date).saturating_mul(86_400))
}

/// `Wed, 31 Dec 2025 00:00:00 GMT`
fn http_date(date: &str) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (year, month, day) = parts(date);
    let weekday = usize::try_from(days(date).rem_euclid(7)).unwrap_or(0);
    let month = MONTHS.get(usize::try_from(month - 1).unwrap_or(0)).copied().unwrap_or("Jan");
    format!("{}, {day:02} {month} {year:04} 00:00:00 GMT", DAYS.get(weekday).copied().unwrap_or("Thu"))
}

fn parts(date: &str) -> (i64, i64, i64) {
    let mut numbers = date.splitn(3, '-').map(|part| part.parse::<i64>().unwrap_or(1));
    (numbers.next().unwrap_or(1970), numbers.next().unwrap_or(1), numbers.next().unwrap_or(1))
}

/// Days since the start of 1970.
fn days(date: &str) -> i64 {
    let (year, month, day) = parts(date);
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_headers_want_them() {
        assert_eq!(deprecation_since("2025-01-01"), "@1735689600");
        assert_eq!(http_date("2025-12-31"), "Wed, 31 Dec 2025 00:00:00 GMT");
        assert_eq!(http_date("1970-01-01"), "Thu, 01 Jan 1970 00:00:00 GMT");
    }
}
