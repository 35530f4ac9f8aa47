//! The time of an answer, as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`.

use std::cell::RefCell;
use std::time::{Duration, UNIX_EPOCH};

use crate::outside;

thread_local! {
    /// The second that was written last, which is that of most answers.
    static LAST: RefCell<(u64, String)> = const { RefCell::new((u64::MAX, String::new())) };
}

/// Has the text of this moment read.
pub fn with_now<T>(read: impl FnOnce(&str) -> T) -> T {
    let second = outside::wall().as_secs();
    LAST.with_borrow_mut(|(of, text)| {
        if *of != second {
            *of = second;
            *text = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(second));
        }
        read(text)
    })
}
