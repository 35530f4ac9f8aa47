//! Lists of certificates of callers that are revoked (CRLs, RFC 5280), from a file that is read again when it changes. A
//! file that is bad when the service starts keeps it from starting; one that comes later leaves the old lists in place.

use rustls::pki_types::CertificateRevocationListDer;

use super::environment::Environment;
use crate::tls::revocation_lists;

pub const FILE: &str = "FLOW_TLS_CLIENT_CRL_FILE";

/// The file, and what stood in it when it was read.
pub struct Revoked {
    path: String,
    read: Vec<u8>,
    lists: Vec<CertificateRevocationListDer<'static>>,
}

impl Revoked {
    /// The lists that the environment names; `Some(None)` when it names none, and `None` when a fault was noted there.
    pub fn read(env: &mut Environment) -> Option<Option<Revoked>> {
        if !env.is_set(FILE) {
            return Some(None);
        }
        let path = env.text(FILE)?;
        let read = std::fs::read(&path).map_err(|error| format!("cannot be read ({})", error.kind()));
        let lists = read.and_then(|read| Ok((revocation_lists(&read)?, read)));
        let revoked = lists.map(|(lists, read)| Revoked { path, read, lists });
        env.take(FILE, revoked.map_err(|fault| format!("names a file that {fault}"))).map(Some)
    }

    pub fn lists(&self) -> &[CertificateRevocationListDer<'static>] {
        &self.lists
    }

    /// Other lists, if there are some now, or what is wrong with them; both once.
    pub fn news(&mut self) -> Option<Result<Vec<CertificateRevocationListDer<'static>>, String>> {
        // While the file is swapped, it may not be there.
        let read = std::fs::read(&self.path).ok().filter(|read| *read != self.read)?;
        let lists = revocation_lists(&read).map_err(|fault| format!("{FILE} names a file that {fault}"));
        self.read = read;
        Some(lists)
    }
}
