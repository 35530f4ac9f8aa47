//! Why an expression gives no value.

use flow_std::Fault;
use flow_std::failure::{Failure, InPlace};

#[derive(Debug, Clone)]
pub enum Stop {
    /// It could not be computed. Whose fault it is says the place: something that was answered to us, or our caller.
    Fault { fault: Fault, from_answer: bool },
    /// The flow says so: `x else fail Problem`.
    Failure(Box<Failure>),
}

impl Stop {
    /// As what the operation ends, when nothing stands in for it.
    pub fn failure(self) -> Failure {
        let (fault, from_answer) = match self {
            Stop::Fault { fault, from_answer } => (Err::<(), _>(fault), from_answer),
            Stop::Failure(failure) => return *failure,
        };
        let failed = if from_answer { fault.or_bad_gateway() } else { fault.or_bad_request() };
        failed.err().unwrap_or_else(|| Failure::internal("a fault that is none"))
    }

    /// The same, where a larger expression that holds the one which failed says whose fault it is.
    #[must_use]
    pub fn within(self, from_answer: bool) -> Stop {
        match self {
            Stop::Fault { fault, .. } => Stop::Fault { fault, from_answer },
            Stop::Failure(_) => self,
        }
    }

    /// The same, as that of a part of something.
    #[must_use]
    pub fn part(self, name: &str) -> Stop {
        self.placed(|fault| fault.within(name))
    }

    /// The same, as that of an element of a list.
    #[must_use]
    pub fn item(self, at: usize) -> Stop {
        self.placed(|fault| fault.within_item(at))
    }

    fn placed(self, place: impl FnOnce(Fault) -> Fault) -> Stop {
        match self {
            Stop::Fault { fault, from_answer } => Stop::Fault { fault: place(fault), from_answer },
            Stop::Failure(_) => self,
        }
    }

    /// What is wrong, for a lambda, whose caller says whose fault it is.
    pub fn fault(self) -> Fault {
        match self {
            Stop::Fault { fault, .. } => fault,
            Stop::Failure(failure) => Fault::new(failure.kind().title),
        }
    }

    /// What is wrong, for those who look at an expression by itself.
    pub fn message(&self) -> String {
        match self {
            Stop::Fault { fault, .. } => fault.message.clone(),
            Stop::Failure(failure) => failure.kind().title.to_owned(),
        }
    }
}
