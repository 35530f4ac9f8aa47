//! Failures, in two steps. A call that gave no value is a `CallFailure`, which the flow may handle; what is not handled becomes
//! a `Failure`, which is answered as a problem (RFC 9457). Nothing that a backend said gets through to our caller by itself.

mod answer;
mod call;
mod problem;

pub(crate) use call::Sharing;
pub use call::{Answer, CallFailure};
#[cfg(feature = "server")]
pub(crate) use problem::Origin;
pub use problem::{Failure, MEDIA_TYPE, ProblemType, standard};

use crate::fault::Fault;

/// The standard failure of the place where something could not be computed.
pub trait InPlace<T> {
    /// # Errors
    /// What came from our caller does not fit: 400.
    fn or_bad_request(self) -> Result<T, Failure>;

    /// # Errors
    /// What came from a backend does not fit: 502.
    fn or_bad_gateway(self) -> Result<T, Failure>;

    /// # Errors
    /// It is nobody's fault but ours: 500.
    fn or_internal(self) -> Result<T, Failure>;
}

impl<T> InPlace<T> for Result<T, Fault> {
    fn or_bad_request(self) -> Result<T, Failure> {
        self.map_err(|fault| Failure::standard(400).detail(fault.message))
    }

    fn or_bad_gateway(self) -> Result<T, Failure> {
        self.map_err(|fault| Failure::bad_gateway(fault.message))
    }

    fn or_internal(self) -> Result<T, Failure> {
        self.map_err(|fault| Failure::internal(fault.message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_fails_as_its_place_says() {
        let fault = || Err::<(), Fault>(Fault::new("a number divided by zero"));
        let bad = fault().or_bad_request().expect_err("it is a fault");
        assert_eq!((bad.status(), bad.detail_text()), (400, Some("a number divided by zero")));
        let gateway = fault().or_bad_gateway().expect_err("it is a fault");
        assert_eq!((gateway.status(), gateway.detail_text()), (502, None));
        assert_eq!(gateway.log_text(), "a number divided by zero");
        assert_eq!(fault().or_internal().map_err(|failure| failure.status()), Err(500));
        assert_eq!(Ok::<i64, Fault>(1).or_internal().ok(), Some(1));
    }
}
