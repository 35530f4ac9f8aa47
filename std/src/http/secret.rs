//! What gives access. A secret that stands in a file is that file's content as it is now: whoever changes the file, as
//! Kubernetes does with a secret that was changed, need not start the service anew. What is made of secrets, such as a
//! header, is made anew with them.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError, RwLock, Weak};
use std::thread;
use std::time::Duration;

use super::log::{self, Level};

/// How often files are looked at. A thread does it: files may be slow, and no request waits for them.
const BETWEEN: Duration = Duration::from_secs(5);
/// The largest file that is read.
const LARGEST: u64 = 1 << 20;

/// A text that gives access: it is never shown. A clone is the same secret.
#[derive(Clone)]
pub struct Secret {
    source: Arc<Source>,
}

enum Source {
    Fixed(String),
    File(RwLock<String>),
    /// Put together from other secrets.
    Made(Box<dyn Fn() -> String + Send + Sync>),
}

impl Secret {
    /// One that never changes.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret::of(Source::Fixed(text.into()))
    }

    /// One that is put together from others, which may change.
    pub fn made(make: impl Fn() -> String + Send + Sync + 'static) -> Secret {
        Secret::of(Source::Made(Box::new(make)))
    }

    /// The content of a file, now and whenever it has changed. `name`: what the log calls it. The error never holds any of
    /// the content.
    pub fn of_file(name: &str, path: impl Into<PathBuf>) -> Result<Secret, String> {
        let path = path.into();
        let secret = Secret::of(Source::File(RwLock::new(content(&path)?)));
        let mounted =
            Mounted { name: name.to_owned(), path, source: Arc::downgrade(&secret.source), is_faulty: false };
        MOUNTED.lock().unwrap_or_else(PoisonError::into_inner).push(mounted);
        keep_looking();
        Ok(secret)
    }

    fn of(source: Source) -> Secret {
        Secret { source: Arc::new(source) }
    }

    /// The text itself as it is now, for the one place that needs it.
    pub fn reveal(&self) -> String {
        match &*self.source {
            Source::Fixed(text) => text.clone(),
            Source::File(text) => text.read().unwrap_or_else(PoisonError::into_inner).clone(),
            Source::Made(make) => make(),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

// ---- files --------------------------------------------------------------------------------------

/// How often any of the files has changed.
static CHANGES: AtomicU64 = AtomicU64::new(0);
static MOUNTED: Mutex<Vec<Mounted>> = Mutex::new(Vec::new());

/// A secret that stands in a file.
struct Mounted {
    name: String,
    path: PathBuf,
    source: Weak<Source>,
    /// Whether the log knows that it cannot be used as it is now.
    is_faulty: bool,
}

fn keep_looking() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        let look = || {
            loop {
                thread::sleep(BETWEEN);
                look_at_secrets();
            }
        };
        if thread::Builder::new().name("secrets".to_owned()).spawn(look).is_err() {
            log::say(Level::Error, "secrets are not read again", &[("reason", "no thread can be had")]);
        }
    });
}

/// Looks at the files of all secrets at once, without waiting for the next time.
pub fn look_at_secrets() {
    let mut mounted = MOUNTED.lock().unwrap_or_else(PoisonError::into_inner);
    mounted.retain_mut(|one| {
        let Some(source) = one.source.upgrade() else { return false };
        one.look(&source);
        true
    });
}

/// Looks at once, and says whether any of them has changed.
pub(crate) async fn looked_again() -> bool {
    if MOUNTED.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
        return false;
    }
    let before = CHANGES.load(Ordering::Acquire);
    let _ = tokio::task::spawn_blocking(look_at_secrets).await;
    CHANGES.load(Ordering::Acquire) != before
}

impl Mounted {
    /// What cannot be used leaves the secret as it was.
    fn look(&mut self, source: &Source) {
        let Source::File(known) = source else { return };
        let text = match content(&self.path) {
            Ok(text) => text,
            Err(reason) => {
                if !self.is_faulty {
                    self.is_faulty = true;
                    log::say(
                        Level::Error,
                        "secret unusable",
                        &[("variable", &self.name), ("reason", &reason)],
                    );
                }
                return;
            }
        };
        self.is_faulty = false;
        let mut known = known.write().unwrap_or_else(PoisonError::into_inner);
        if *known != text {
            *known = text;
            CHANGES.fetch_add(1, Ordering::Release);
            log::say(Level::Info, "secret changed", &[("variable", &self.name)]);
        }
    }
}

/// The text of a file, without the line break at its end.
fn content(path: &Path) -> Result<String, String> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text));
    match read {
        Err(error) => Err(format!("names a file that cannot be read ({})", error.kind())),
        Ok(length) if length as u64 > LARGEST => Err("names a file that is too large".to_owned()),
        Ok(_) if text.trim().is_empty() => Err("names an empty file".to_owned()),
        Ok(_) => Ok(text.trim_end_matches(['\r', '\n']).to_owned()),
    }
}

// ---- what is made of them -----------------------------------------------------------------------

/// What is made of secrets, and made anew when one of them has changed.
pub struct Live<T> {
    /// What the log calls it.
    name: String,
    make: Box<dyn Fn() -> Result<T, String> + Send + Sync>,
    /// With the number of changes before it.
    made: RwLock<(u64, Arc<T>)>,
}

impl<T> Live<T> {
    /// # Errors
    /// It cannot be made of the secrets as they are now.
    pub fn new(
        name: impl Into<String>,
        make: impl Fn() -> Result<T, String> + Send + Sync + 'static,
    ) -> Result<Live<T>, String> {
        let changes = CHANGES.load(Ordering::Acquire);
        let made = RwLock::new((changes, Arc::new(make()?)));
        Ok(Live { name: name.into(), make: Box::new(make), made })
    }

    /// As it is now. Where it cannot be made of what the secrets are now, it stays as it was, and the log says so.
    pub fn get(&self) -> Arc<T> {
        let changes = CHANGES.load(Ordering::Acquire);
        let made = self.made.read().unwrap_or_else(PoisonError::into_inner);
        if made.0 == changes {
            return Arc::clone(&made.1);
        }
        drop(made);
        let mut made = self.made.write().unwrap_or_else(PoisonError::into_inner);
        if made.0 < changes {
            made.0 = changes;
            match (self.make)() {
                Ok(new) => made.1 = Arc::new(new),
                Err(reason) => {
                    log::say(Level::Error, "secret unusable", &[("of", &self.name), ("reason", &reason)]);
                }
            }
        }
        Arc::clone(&made.1)
    }
}

impl<T> fmt::Debug for Live<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Live")
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A file that is gone when the test is over.
    struct Written(PathBuf);

    impl Written {
        fn new(name: &str, text: &str) -> Written {
            let path = std::env::temp_dir().join(format!("flow-secret-{name}-{}", std::process::id()));
            fs::write(&path, text).expect("it can be written");
            Written(path)
        }

        fn write(&self, text: &str) {
            fs::write(&self.0, text).expect("it can be written");
            look_at_secrets();
        }
    }

    impl Drop for Written {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.0);
        }
    }

    #[test]
    fn a_file_that_changes_changes_all_that_is_made_of_it() {
        let file = Written::new("changes", "one\n");
        let secret = Secret::of_file("KEY_FILE", &file.0).expect("a secret");
        let both = Secret::made({
            let secret = secret.clone();
            move || format!("Key {}", secret.reveal())
        });
        let length = Live::new("length", move || Ok(both.reveal().len())).expect("a length");
        assert_eq!((secret.reveal().as_str(), *length.get()), ("one", 7));
        file.write("three\r\n");
        assert_eq!((secret.reveal().as_str(), *length.get()), ("three", 9));
    }

    #[test]
    fn what_cannot_be_used_leaves_the_secret_as_it_was() {
        let file = Written::new("faulty", "good");
        let secret = Secret::of_file("KEY_FILE", &file.0).expect("a secret");
        let word = {
            let secret = secret.clone();
            Live::new("word", move || match secret.reveal() {
                text if text.contains(' ') => Err("must be one word".to_owned()),
                text => Ok(text),
            })
        };
        let word = word.expect("it is one");
        for bad in ["", " \n", &"x".repeat(2 << 20)] {
            file.write(bad);
            assert_eq!(secret.reveal(), "good");
        }
        fs::write(&file.0, [0xff, 0xfe]).expect("it can be written");
        look_at_secrets();
        assert_eq!(secret.reveal(), "good");
        fs::remove_file(&file.0).expect("it is there");
        look_at_secrets();
        assert_eq!((secret.reveal().as_str(), word.get().as_str()), ("good", "good"));
        file.write("two words");
        assert_eq!((secret.reveal().as_str(), word.get().as_str()), ("two words", "good"));
        file.write("better");
        assert_eq!((secret.reveal().as_str(), word.get().as_str()), ("better", "better"));
    }

    #[test]
    fn nobody_sees_it() {
        assert_eq!(format!("{:?}", Secret::new("hush")), "Secret");
        assert_eq!(format!("{:?}", Live::new("x", || Ok("hush"))), "Ok(Live)");
    }
}
