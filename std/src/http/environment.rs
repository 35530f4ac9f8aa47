//! What a service is told from outside: variables of the environment, and files for secrets. All that is missing or
//! malformed is found before the service starts and told in one line. The values themselves are never shown.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::str::FromStr;

use super::secret::Secret;
use crate::codec::{Reader, Side, from_texts, to_json};
#[cfg(feature = "store")]
use crate::runs::Runs;
#[cfg(feature = "store")]
use crate::store::Store;
#[cfg(feature = "store")]
use crate::undo::Undoing;

/// The variables that a service reads at start, and the faults that were found in them. Whatever reads gives `None`
/// when it has noted a fault, so that all of them are found in one go.
pub struct Environment {
    look_up: LookUp,
    faults: Vec<String>,
    #[cfg(feature = "store")]
    undone_by: Option<(Runs, Vec<Undoing>)>,
    #[cfg(feature = "store")]
    store: Option<Store>,
}

type LookUp = Box<dyn Fn(&str) -> Option<String> + Send>;

impl Environment {
    /// The environment of this process. An empty variable is one that is not set.
    pub fn of_process() -> Environment {
        Environment::new(|name| std::env::var(name).ok())
    }

    /// An environment of its own, for tests.
    pub fn new(look_up: impl Fn(&str) -> Option<String> + Send + 'static) -> Environment {
        Environment {
            look_up: Box::new(look_up),
            faults: Vec::new(),
            #[cfg(feature = "store")]
            undone_by: None,
            #[cfg(feature = "store")]
            store: None,
        }
    }

    /// The same environment with a store that is already open, for tests: whatever `FLOW_STORE` says.
    #[cfg(feature = "store")]
    #[must_use]
    pub fn with_store(mut self, store: Store) -> Environment {
        self.store = Some(store);
        self
    }

    /// A text that has to be there.
    pub fn text(&mut self, name: &str) -> Option<String> {
        self.required(name, Environment::get)
    }

    pub fn text_or(&mut self, name: &str, usual: &str) -> Option<String> {
        Some(self.get(name).unwrap_or_else(|| usual.to_owned()))
    }

    /// The address of a system: `http` or `https`, a host, and no user and password, which would end in logs.
    pub fn url(&mut self, name: &str) -> Option<String> {
        let text = self.text(name)?;
        if is_url(&text) {
            Some(text)
        } else {
            self.fault(name, "must be a URL with http or https and a host")
        }
    }

    /// A whole number that has to be there.
    pub fn int(&mut self, name: &str) -> Option<i64> {
        let text = self.text(name)?;
        self.parsed(name, &text, "must be a whole number")
    }

    pub fn int_or(&mut self, name: &str, usual: i64) -> Option<i64> {
        self.int_within(name, usual, i64::MIN..=i64::MAX)
    }

    pub fn int_within(&mut self, name: &str, usual: i64, range: RangeInclusive<i64>) -> Option<i64> {
        let Some(text) = self.get(name) else { return Some(usual) };
        let value = self.parsed(name, &text, "must be a whole number")?;
        if range.contains(&value) {
            return Some(value);
        }
        self.fault(name, &format!("must be from {} to {}", range.start(), range.end()))
    }

    pub fn bool_or(&mut self, name: &str, usual: bool) -> Option<bool> {
        let Some(text) = self.get(name) else { return Some(usual) };
        self.parsed(name, &text, "must be `true` or `false`")
    }

    /// A value of any type, which has to be there.
    pub fn value<T>(&mut self, name: &str, decode: impl FnOnce(&mut Reader<'_>) -> Option<T>) -> Option<T> {
        let text = self.text(name)?;
        self.decoded(name, &text, decode)
    }

    pub fn value_or<T>(
        &mut self,
        name: &str,
        usual: &str,
        decode: impl FnOnce(&mut Reader<'_>) -> Option<T>,
    ) -> Option<T> {
        let text = self.text_or(name, usual)?;
        self.decoded(name, &text, decode)
    }

    /// A duration, size, rate or the like that stands in a setting, read by a function of `quantity`.
    pub fn quantity<T>(&mut self, name: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let text = self.text(name)?;
        self.take(name, read(text.trim()))
    }

    pub fn quantity_or<T>(
        &mut self,
        name: &str,
        usual: &str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.text_or(name, usual)?;
        self.take(name, read(text.trim()))
    }

    /// The text is read by the same function as the type is anywhere else.
    fn decoded<T>(
        &mut self,
        name: &str,
        text: &str,
        decode: impl FnOnce(&mut Reader<'_>) -> Option<T>,
    ) -> Option<T> {
        let document = to_json(&text, Side::Caller);
        match from_texts(&document, "", decode) {
            Ok(value) => Some(value),
            Err(faults) => {
                let first = faults.into_iter().next().map(|fault| fault.message);
                self.fault(name, &first.unwrap_or_else(|| "is not what it should be".to_owned()))
            }
        }
    }

    /// A secret that has to be there: the variable, or the file that the variable with `_FILE` behind its name names. That is
    /// read again when it changes.
    pub fn secret(&mut self, name: &str) -> Option<Secret> {
        let file_name = format!("{name}_FILE");
        let Some(path) = self.get(&file_name) else {
            return self.required(name, Environment::get).map(Secret::new);
        };
        let secret = Secret::of_file(&file_name, path);
        self.take(&file_name, secret)
    }

    /// What was made of variables; what is wrong with it is noted. The message must not hold a value of a secret.
    pub fn take<T>(&mut self, name: &str, made: Result<T, String>) -> Option<T> {
        made.map_err(|message| self.fault::<T>(name, &message)).ok()
    }

    /// Where to listen: `LISTEN` (host:port), or `PORT` on all addresses, or port 8080.
    pub fn listen(&mut self) -> Option<SocketAddr> {
        if let Some(text) = self.get("LISTEN") {
            return self.parsed("LISTEN", &text, "must be an address and a port, such as `127.0.0.1:8080`");
        }
        let port = self.int_within("PORT", 8080, 0..=65_535)?;
        Some(SocketAddr::from(([0, 0, 0, 0], u16::try_from(port).unwrap_or(8080))))
    }

    /// The store of the service of this name: the one at the URL in `FLOW_STORE`.
    #[cfg(feature = "store")]
    pub fn store(&mut self, service: &str) -> Option<Store> {
        if let Some(store) = &self.store {
            return Some(store.clone());
        }
        let url = self.get("FLOW_STORE");
        let opened = Store::open(url.as_deref(), service);
        self.take("FLOW_STORE", opened)
    }

    /// Says how the operations of the service are undone, for what earlier processes have left.
    #[cfg(feature = "store")]
    pub fn undoes(&mut self, runs: &Runs, undoings: Vec<Undoing>) {
        self.undone_by = Some((runs.clone(), undoings));
    }

    #[cfg(feature = "store")]
    pub(super) fn undone_by(&mut self) -> Option<(Runs, Vec<Undoing>)> {
        self.undone_by.take()
    }

    /// Whether a variable is there at all.
    pub fn is_set(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Everything that is wrong, in one line; `Ok` when nothing is.
    pub fn finish(self) -> Result<(), String> {
        if self.faults.is_empty() { Ok(()) } else { Err(self.faults.join("; ")) }
    }

    fn get(&self, name: &str) -> Option<String> {
        (self.look_up)(name).filter(|text| !text.is_empty())
    }

    fn required<T>(&mut self, name: &str, read: impl FnOnce(&Environment, &str) -> Option<T>) -> Option<T> {
        read(self, name).or_else(|| self.fault(name, "is not set"))
    }

    fn parsed<T: FromStr>(&mut self, name: &str, text: &str, wanted: &str) -> Option<T> {
        text.trim().parse().ok().or_else(|| self.fault(name, wanted))
    }

    fn fault<T>(&mut self, name: &str, message: &str) -> Option<T> {
        self.faults.push(format!("{name} {message}"));
        None
    }
}

fn is_url(text: &str) -> bool {
    let Ok(uri) = text.parse::<http::Uri>() else { return false };
    let is_known = matches!(uri.scheme_str(), Some("http" | "https"));
    is_known
        && uri.query().is_none()
        && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &'static [(&'static str, &'static str)]) -> Environment {
        Environment::new(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn all_faults_are_told_at_once_and_no_value_is() {
        let mut env = environment(&[
            ("ERP_URL", "ftp://user:hush@erp"),
            ("COUNT", "hush"),
            ("KEY_FILE", "/nowhere/hush"),
            ("PORT", "70000"),
            ("EMPTY", ""),
        ]);
        assert_eq!((env.url("ERP_URL"), env.int("COUNT")), (None, None));
        assert_eq!((env.text("EMPTY"), env.listen()), (None, None));
        assert!(env.secret("KEY").is_none() && env.secret("TOKEN").is_none());
        let told = env.finish().err().unwrap_or_default();
        assert_eq!(
            told,
            "ERP_URL must be a URL with http or https and a host; COUNT must be a whole number; EMPTY is not set; \
             PORT must be from 0 to 65535; KEY_FILE names a file that cannot be read (entity not found); \
             TOKEN is not set"
        );
    }

    #[test]
    fn what_is_there_is_read() {
        let mut env = environment(&[("A", "x"), ("N", "5"), ("LISTEN", "127.0.0.1:0"), ("B", "true")]);
        assert_eq!(env.text("A").as_deref(), Some("x"));
        assert_eq!(
            (env.int("N"), env.int_or("M", 7), env.bool_or("B", false)),
            (Some(5), Some(7), Some(true))
        );
        assert_eq!(env.listen(), "127.0.0.1:0".parse().ok());
        assert_eq!(
            env.secret("A").map(|secret| format!("{secret:?} {}", secret.reveal())),
            Some("Secret x".into())
        );
        assert_eq!(env.finish(), Ok(()));
    }

    #[test]
    fn a_url_has_a_scheme_and_a_host_and_no_password() {
        assert!(is_url("http://localhost:8080/base"));
        assert!(is_url("https://erp.example.com"));
        for bad in
            ["erp.example.com", "/base", "https://", "https://u:p@erp", "https://erp/?a=b", "http://a b"]
        {
            assert!(!is_url(bad), "{bad}");
        }
    }
}
