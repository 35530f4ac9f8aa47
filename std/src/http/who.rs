//! Who calls, as the steps of one operation see it. Within a process a request goes from service to service with what is known
//! of one caller, and each service sees another one that calls in his place. What is known can be large (all claims of a
//! token), so that all of them share it; it is copied only for steps that read the caller as a whole.

use std::sync::{Arc, OnceLock};

use crate::value::Caller;

/// Who calls, and the service of this process that does it for him.
#[derive(Debug)]
pub struct Who {
    known: Arc<Caller>,
    by: Option<&'static str>,
    whole: OnceLock<Caller>,
}

impl Who {
    /// Somebody who calls from outside of this process.
    pub fn outside(known: Arc<Caller>) -> Who {
        Who { known, by: None, whole: OnceLock::new() }
    }

    /// The same for what a service of this process calls.
    pub fn by(&self, service: &'static str) -> Who {
        Who { known: Arc::clone(&self.known), by: Some(service), whole: OnceLock::new() }
    }

    /// As the flow has it.
    pub fn caller(&self) -> &Caller {
        let Some(service) = self.by else { return &self.known };
        let copied = || Caller { service: Some(service.to_owned()), ..Caller::clone(&self.known) };
        self.whole.get_or_init(copied)
    }

    /// For whom, whichever service it is that calls.
    pub fn acted_for(&self) -> &Arc<Caller> {
        &self.known
    }

    pub fn subject(&self) -> &str {
        &self.known.subject
    }

    pub fn service(&self) -> Option<&str> {
        self.by.or(self.known.service.as_deref())
    }

    /// For people who read a log: the subject, or the service where it acts for nobody.
    pub fn shown(&self) -> &str {
        match self.service() {
            Some(service) if self.subject().is_empty() => service,
            _ => self.subject(),
        }
    }

    /// What tells callers apart whose requests are counted or kept: the subject, or the service where it acts for nobody. Empty
    /// where nobody is known.
    pub fn identity(&self) -> String {
        match (self.service(), self.subject()) {
            // No subject begins so.
            (Some(service), "") => format!("\0{service}"),
            (_, subject) => subject.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Json;

    fn ada() -> Arc<Caller> {
        let claims = [("tenant".to_owned(), Json::Number("7".into()))].into_iter().collect();
        let service = Some("Web".to_owned());
        Arc::new(Caller { subject: "ada".to_owned(), scopes: vec!["a".to_owned()], claims, service })
    }

    #[test]
    fn each_service_sees_who_is_acted_for_and_the_one_that_calls() {
        let front = Who::outside(ada());
        assert_eq!(front.caller(), &*ada());
        let behind = front.by("Orders").by("Stock");
        assert_eq!(behind.caller(), &Caller { service: Some("Stock".to_owned()), ..Caller::clone(&ada()) });
        assert_eq!((behind.subject(), behind.service(), behind.shown()), ("ada", Some("Stock"), "ada"));
        assert_eq!(behind.identity(), "ada");
        let nobody = Who::outside(Arc::default());
        assert_eq!((nobody.identity(), nobody.shown()), (String::new(), ""));
        let own = nobody.by("Orders");
        assert_eq!((own.identity().as_str(), own.shown(), own.subject()), ("\0Orders", "Orders", ""));
    }

    #[test]
    fn what_is_known_is_not_copied_to_be_handed_on() {
        let known = ada();
        let behind = Who::outside(Arc::clone(&known)).by("Orders").by("Stock").by("Sales");
        assert!(Arc::ptr_eq(&behind.known, &known) && behind.whole.get().is_none());
        assert!(std::ptr::eq(behind.caller(), behind.caller()), "it is copied once");
    }
}
