//! TLS for what comes in: with a certificate and its key from two files, which are read again when they change. A pair
//! that is bad when the service starts keeps it from starting; one that comes later leaves the old one in its place. So it
//! is with the lists of certificates that callers may not show any more.

use std::io;
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::endpoint::Endpoint;
use super::environment::Environment;
use super::line::{Line, Stream};
use super::log::{self, Level};
use super::patient::Patient;
use super::revoked::{self, Revoked};
use crate::auth::{Auth, Authority, Certificate, Verifiers};
use crate::outside::TcpStream;
use crate::tls::{certificates, key, provider};

const CERTIFICATE: &str = "FLOW_TLS_CERTIFICATE_FILE";
const KEY: &str = "FLOW_TLS_KEY_FILE";

/// How often the files are read: whoever puts new ones there does so long before the old ones run out.
const BEAT: Duration = Duration::from_secs(5);

/// The two files, and what stood in them when they were read.
pub struct Pair {
    paths: [String; 2],
    read: [Vec<u8>; 2],
    certified: Arc<CertifiedKey>,
    revoked: Option<Revoked>,
}

/// What takes TLS connections.
#[derive(Clone)]
pub struct Tls {
    inner: Arc<Inner>,
}

struct Inner {
    /// Another one when there are other lists of what is revoked.
    trust: watch::Sender<Arc<Trust>>,
    current: Arc<Current>,
    /// Those that operations accept the certificates of callers from.
    authorities: Vec<Authority>,
}

/// Whom connections are taken from.
struct Trust {
    acceptor: TlsAcceptor,
    /// Where callers are asked for certificates.
    verifiers: Option<Verifiers>,
}

impl Pair {
    /// The pair that the environment names; `Some(None)` when it names none, and `None` when a fault was noted there.
    pub fn read(env: &mut Environment) -> Option<Option<Pair>> {
        if !env.is_set(CERTIFICATE) && !env.is_set(KEY) {
            return Some(None);
        }
        let (certificate, key, revoked) = (env.text(CERTIFICATE), env.text(KEY), Revoked::read(env));
        let paths = [certificate?, key?];
        let pair = read(&paths).and_then(|read| Ok((certified(&read)?, read)));
        match pair {
            Ok((certified, read)) => Some(Some(Pair { paths, read, certified, revoked: revoked? })),
            Err((name, fault)) => env.take(name, Err(fault)),
        }
    }
}

/// What a service with these endpoints speaks. Where callers are to show certificates, it has to be TLS.
pub fn spoken(pair: Option<Pair>, endpoints: &[Endpoint]) -> Result<Option<Tls>, String> {
    match pair {
        Some(pair) => Tls::new(pair, endpoints).map(Some),
        None if authorities(endpoints).is_empty() => Ok(None),
        None => Err(format!("{CERTIFICATE} and {KEY} are not set, and `auth: mtls` needs them")),
    }
}

/// Each once, of those that endpoints accept certificates from.
fn authorities(endpoints: &[Endpoint]) -> Vec<Authority> {
    let mut all: Vec<Authority> = Vec::new();
    for way in endpoints.iter().flat_map(|endpoint| &endpoint.auth) {
        if let Auth::Mtls(authority) = way
            && !all.iter().any(|known| known.is(authority))
        {
            all.push(authority.clone());
        }
    }
    all
}

type Fault = (&'static str, String);

fn read([certificate, key]: &[String; 2]) -> Result<[Vec<u8>; 2], Fault> {
    let read = |name, path: &String| {
        std::fs::read(path)
            .map_err(|error| (name, format!("names a file that cannot be read ({})", error.kind())))
    };
    Ok([read(CERTIFICATE, certificate)?, read(KEY, key)?])
}

fn certified([certificate, own]: &[Vec<u8>; 2]) -> Result<Arc<CertifiedKey>, Fault> {
    let chain =
        certificates(certificate).map_err(|fault| (CERTIFICATE, format!("names a file that {fault}")))?;
    let own = key(own).map_err(|fault| (KEY, format!("names a file that {fault}")))?;
    CertifiedKey::from_der(chain, own, &provider()).map(Arc::new).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => {
            (KEY, "names a key that is not the one of the certificate".to_owned())
        }
        rustls::Error::InvalidCertificate(_) => {
            (CERTIFICATE, "names a file with a certificate that cannot be read".to_owned())
        }
        _ => (KEY, "names a key of a kind that is not known".to_owned()),
    })
}

/// The certificate that is shown to callers.
#[derive(Debug)]
struct Current {
    certified: RwLock<Arc<CertifiedKey>>,
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.certified.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Tls {
    /// For these endpoints. The files are read for as long as there is somebody who takes connections with them.
    pub fn new(pair: Pair, endpoints: &[Endpoint]) -> Result<Tls, String> {
        Tls::trusting(pair, authorities(endpoints))
    }

    fn trusting(mut pair: Pair, authorities: Vec<Authority>) -> Result<Tls, String> {
        let current = Arc::new(Current { certified: RwLock::new(Arc::clone(&pair.certified)) });
        let revoked = pair.revoked.take().filter(|_| !authorities.is_empty());
        let lists = revoked.as_ref().map_or(&[][..], Revoked::lists);
        let trust = Trust::new(&authorities, lists, &current)?;
        tokio::spawn(keep_reading(pair, Arc::downgrade(&current)));
        let inner = Arc::new(Inner { trust: watch::Sender::new(Arc::new(trust)), current, authorities });
        if let Some(revoked) = revoked {
            tokio::spawn(keep_looking(revoked, Arc::downgrade(&inner)));
        }
        Ok(Tls { inner })
    }

    fn trust(&self) -> Arc<Trust> {
        Arc::clone(&self.inner.trust.borrow())
    }

    /// What the caller at the other end has shown, and who accepts it.
    pub fn certificate(&self, line: &Line) -> Option<Certificate> {
        self.trust().verifiers.as_ref()?.shown(line.certificates())
    }

    /// Shakes hands.
    pub async fn accept(&self, stream: Patient<TcpStream>) -> io::Result<Stream> {
        let acceptor = self.trust().acceptor.clone();
        Ok(Stream::Tls(Box::new(acceptor.accept(stream).await?)))
    }

    /// Is ready when the certificate that was shown is not good any more: it has run out, or was revoked.
    pub async fn outlives(&self, chain: &[CertificateDer<'_>]) {
        let mut trust = self.inner.trust.subscribe();
        loop {
            let pause = trust.borrow_and_update().verifiers.as_ref().and_then(|one| one.good_for(chain));
            let Some(pause) = pause else { return };
            let _ = timeout(pause, trust.changed()).await; // either is a reason to look again
        }
    }
}

impl Trust {
    fn new(
        authorities: &[Authority],
        revoked: &[CertificateRevocationListDer<'static>],
        current: &Arc<Current>,
    ) -> Result<Trust, String> {
        let verifiers = match authorities {
            [] => None,
            all => Some(
                Verifiers::new(all, revoked)
                    .map_err(|why| format!("{} names a file that {why}", revoked::FILE))?,
            ),
        };
        let config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("TLS cannot be set up: {error}"))?;
        let config = match &verifiers {
            None => config.with_no_client_auth(),
            Some(verifiers) => config.with_client_cert_verifier(verifiers.of_handshake()),
        };
        let mut config = config.with_cert_resolver(Arc::<Current>::clone(current));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Trust { acceptor: TlsAcceptor::from(Arc::new(config)), verifiers })
    }
}

/// No session of before is gone on with when there are other lists: whoever comes back shows his certificate anew.
async fn keep_looking(mut revoked: Revoked, inner: Weak<Inner>) {
    loop {
        sleep(BEAT).await;
        let looked = tokio::task::spawn_blocking(move || {
            let news = revoked.news();
            (revoked, news)
        });
        let Ok((back, news)) = looked.await else { return };
        revoked = back;
        let Some(inner) = inner.upgrade() else { return };
        let news = news.map(|lists| Trust::new(&inner.authorities, &lists?, &inner.current));
        match news {
            None => {}
            Some(Ok(trust)) => {
                inner.trust.send_replace(Arc::new(trust));
                log::say(Level::Info, "revoked certificates changed", &[]);
            }
            Some(Err(why)) => log::say(Level::Error, "revoked certificates not changed", &[("error", &why)]),
        }
    }
}

async fn keep_reading(mut pair: Pair, current: Weak<Current>) {
    loop {
        sleep(BEAT).await;
        let looked = tokio::task::spawn_blocking(move || {
            let news = pair.news();
            (pair, news)
        });
        let Ok((back, news)) = looked.await else { return };
        pair = back;
        let Some(current) = current.upgrade() else { return };
        if let Some(certified) = news {
            *current.certified.write().unwrap_or_else(PoisonError::into_inner) = certified;
        }
    }
}

impl Pair {
    /// Another certificate, if there is one now. What is wrong with it is told once.
    fn news(&mut self) -> Option<Arc<CertifiedKey>> {
        // While files are swapped, one of them may not be there.
        let read = read(&self.paths).ok().filter(|read| *read != self.read)?;
        let news = certified(&read);
        self.read = read;
        match news {
            Ok(certified) => {
                log::say(Level::Info, "certificate changed", &[]);
                Some(certified)
            }
            Err((name, fault)) => {
                let why = format!("{name} {fault}");
                log::say(Level::Error, "certificate not changed", &[("error", &why)]);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;

    const CERTIFICATES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/shell/certificates");

    fn file(name: &str) -> String {
        format!("{CERTIFICATES}/{name}")
    }

    fn pair(certificate: String, key: String) -> Result<Option<Pair>, String> {
        let mut env = Environment::new(move |name| match name {
            CERTIFICATE => Some(certificate.clone()),
            KEY => Some(key.clone()),
            _ => None,
        });
        let pair = Pair::read(&mut env);
        env.finish()?;
        Ok(pair.flatten())
    }

    #[test]
    fn a_pair_has_to_be_whole_and_to_fit() {
        assert!(pair(file("server.pem"), file("server.key.pem")).is_ok_and(|pair| pair.is_some()));
        assert!(pair(String::new(), String::new()).is_ok_and(|pair| pair.is_none()));
        for (certificate, key, told) in [
            (file("server.pem"), String::new(), "FLOW_TLS_KEY_FILE is not set"),
            (String::new(), file("server.key.pem"), "FLOW_TLS_CERTIFICATE_FILE is not set"),
            (
                file("server.pem"),
                file("renewed.key.pem"),
                "FLOW_TLS_KEY_FILE names a key that is not the one of the certificate",
            ),
            (
                file("nowhere"),
                file("server.key.pem"),
                "FLOW_TLS_CERTIFICATE_FILE names a file that cannot be read (entity not found)",
            ),
            (
                file("server.key.pem"),
                file("server.key.pem"),
                "FLOW_TLS_CERTIFICATE_FILE names a file that has no certificate in it",
            ),
            (
                file("server.pem"),
                file("server.pem"),
                "FLOW_TLS_KEY_FILE names a file that has no private key in it that is not encrypted",
            ),
        ] {
            assert_eq!(pair(certificate, key).err().as_deref(), Some(told));
        }
    }

    /// A folder that is reached by a link, as those are that Kubernetes mounts.
    struct Mounted {
        folder: PathBuf,
    }

    impl Mounted {
        fn new(name: &str) -> Mounted {
            let folder = std::env::temp_dir().join(format!("flow-tls-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&folder).expect("a folder can be made");
            Mounted { folder }
        }

        fn path(&self, name: &str) -> String {
            self.folder.join("now").join(name).display().to_string()
        }

        /// Puts these files in the place of those that are there.
        fn swap(&self, at: &str, certificate: &str, key: &str) {
            let into = self.folder.join(at);
            std::fs::create_dir_all(&into).expect("a folder can be made");
            for (from, to) in [(certificate, "tls.crt"), (key, "tls.key")] {
                std::fs::copy(Path::new(CERTIFICATES).join(from), into.join(to)).expect("it is there");
            }
            let (new, now) = (self.folder.join("new"), self.folder.join("now"));
            std::os::unix::fs::symlink(&into, &new).expect("a link can be made");
            std::fs::rename(&new, &now).expect("a link can be replaced");
        }
    }

    impl Drop for Mounted {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn files_that_change_are_read_again_and_bad_ones_change_nothing() {
        let mounted = Mounted::new("swapped");
        mounted.swap("1", "server.pem", "server.key.pem");
        let pair = pair(mounted.path("tls.crt"), mounted.path("tls.key")).expect("the pair is good");
        let pair = pair.expect("there is one");
        let current = Arc::new(Current { certified: RwLock::new(Arc::clone(&pair.certified)) });
        tokio::spawn(keep_reading(pair, Arc::downgrade(&current)));
        let shown = async || {
            tokio::time::sleep(BEAT * 2).await;
            let certified = current.certified.read().unwrap_or_else(PoisonError::into_inner);
            certified.cert.first().map(|certificate| certificate.to_vec())
        };
        let known = |name: &str| {
            let text = std::fs::read(file(name)).expect("it is there");
            certificates(&text).ok().and_then(|all| Some(all.first()?.to_vec()))
        };
        assert_eq!(shown().await, known("server.pem"));
        mounted.swap("2", "renewed.pem", "server.key.pem");
        assert_eq!(shown().await, known("server.pem"), "the key does not fit");
        std::fs::remove_file(mounted.path("tls.key")).expect("it is there");
        assert_eq!(shown().await, known("server.pem"), "the key is not there");
        mounted.swap("3", "renewed.pem", "renewed.key.pem");
        assert_eq!(shown().await, known("renewed.pem"));
    }

    /// That of `expired` was good on the first day of 2020.
    #[cfg(feature = "simulation")]
    #[tokio::test(start_paused = true)]
    async fn a_certificate_that_runs_out_is_noticed() {
        use crate::outside::{set_wall, wall};
        let roots = std::fs::read_to_string(file("partners.pem")).expect("it is there");
        let roots = Authority::new(&roots).expect("they are roots");
        let pair = pair(file("server.pem"), file("server.key.pem")).expect("the pair is good");
        let tls = Tls::trusting(pair.expect("there is one"), vec![roots]).expect("it can be spoken");
        let text = std::fs::read(file("expired.pem")).expect("it is there");
        let chain = certificates(&text).expect("it has one");
        let now = i64::try_from(wall().as_secs()).expect("it is not that late");
        let (noon, next_day) = (1_577_880_000, 1_577_923_201);
        set_wall(noon - now);
        let long = Duration::from_secs(86_400);
        assert!(timeout(long, tls.outlives(&chain)).await.is_err(), "it is good by the clock of that day");
        set_wall(next_day - now);
        assert!(timeout(BEAT, tls.outlives(&chain)).await.is_ok());
        set_wall(0);
    }
}
