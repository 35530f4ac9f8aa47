//! The engine that needs no server: one file. A thread of its own writes, and puts all changes that wait for it into one
//! transaction, because what takes time is to have the disk keep it, and that takes as long for a hundred as for one.
//! Only one process may have the file open.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;

use redb::{Database, DatabaseError, StorageError};
use tokio::sync::{mpsc, oneshot};

use super::pages::{self, FAILED};
use super::{Change, Entry, Key, StoreError};

/// How much of the file is kept in memory.
const CACHE: usize = 32 * 1024 * 1024;
/// How many changes may wait, and how many go into one transaction.
const WAITING: usize = 1_024;
const TOGETHER: usize = 256;

#[derive(Clone, Debug)]
pub struct FileStore {
    shared: Arc<Shared>,
    writer: Arc<Writer>,
}

/// The database. After an error it is closed, and opened again by the next change: the disk may have room by then.
#[derive(Debug)]
struct Shared {
    path: PathBuf,
    open: RwLock<Option<Arc<Database>>>,
}

#[derive(Debug)]
struct Writer {
    changes: Option<mpsc::Sender<Waiting>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

type Waiting = (Change, oneshot::Sender<Result<bool, StoreError>>);

impl FileStore {
    /// The error is for the operator, and says what is wrong with the file.
    pub fn open(path: &Path) -> Result<FileStore, String> {
        let told = |what: String| format!("stands for the file `{}`, which {what}", path.display());
        let database = open(path).map_err(told)?;
        // No other process has the file, so no other instance lives that would have a lease in it.
        pages::forget(&database, "instances/").map_err(|error| told(format!("cannot be used ({error})")))?;
        let shared = Arc::new(Shared { path: path.to_owned(), open: RwLock::new(Some(Arc::new(database))) });
        let (changes, waiting) = mpsc::channel(WAITING);
        let for_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("flow-store".to_owned())
            .spawn(move || write(&for_thread, waiting))
            .map_err(|error| format!("needs a thread that cannot be had ({})", error.kind()))?;
        let writer = Writer { changes: Some(changes), thread: Mutex::new(Some(thread)) };
        Ok(FileStore { shared, writer: Arc::new(writer) })
    }

    pub async fn get(&self, key: &str) -> Result<Option<Entry>, StoreError> {
        let key = key.to_owned();
        self.read(move |database| pages::get(database, &key)).await
    }

    pub async fn scan(
        &self,
        prefix: &str,
        after: Option<&str>,
        at_most: usize,
    ) -> Result<Vec<(Key, Entry)>, StoreError> {
        let (prefix, after) = (prefix.to_owned(), after.map(str::to_owned));
        self.read(move |database| pages::scan(database, &prefix, after.as_deref(), at_most)).await
    }

    pub async fn commit(&self, change: Change) -> Result<bool, StoreError> {
        let (done, is_done) = oneshot::channel();
        let ended = || StoreError::new(FAILED);
        let Some(changes) = &self.writer.changes else { return Err(ended()) };
        changes.send((change, done)).await.map_err(|_| ended())?;
        is_done.await.map_err(|_| ended())?
    }

    /// Reading waits for the disk, so it is done where that holds nobody up.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Database) -> Result<T, redb::Error> + Send + 'static,
    ) -> Result<T, StoreError> {
        let shared = Arc::clone(&self.shared);
        let reading = tokio::task::spawn_blocking(move || {
            let database = shared.database()?;
            read(&database).map_err(|error| told(&error))
        });
        reading.await.map_err(|_| StoreError::new(FAILED))?
    }
}

impl Shared {
    fn database(&self) -> Result<Arc<Database>, StoreError> {
        if let Some(database) = &*self.open.read().unwrap_or_else(PoisonError::into_inner) {
            return Ok(Arc::clone(database));
        }
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(database) = &*open {
            return Ok(Arc::clone(database));
        }
        let database = self::open(&self.path).map_err(|what| StoreError::new(format!("the file {what}")))?;
        let database = Arc::new(database);
        *open = Some(Arc::clone(&database));
        Ok(database)
    }

    fn close(&self) {
        *self.open.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// The file is free for others when the store is gone.
impl Drop for Writer {
    fn drop(&mut self) {
        self.changes = None;
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

fn write(shared: &Shared, mut waiting: mpsc::Receiver<Waiting>) {
    while let Some(first) = waiting.blocking_recv() {
        let (changes, done): (Vec<Change>, Vec<_>) = together(first, &mut waiting).into_iter().unzip();
        let ended = shared.database().and_then(|database| {
            pages::commit(&database, changes).map_err(|error| {
                shared.close();
                told(&error)
            })
        });
        // Whoever does not wait any more does not need to know.
        match ended {
            Ok(held) => done.into_iter().zip(held).for_each(|(done, held)| drop(done.send(Ok(held)))),
            Err(error) => done.into_iter().for_each(|done| drop(done.send(Err(error.clone())))),
        }
    }
}

/// All that wait, up to a number that a transaction can hold.
fn together(first: Waiting, waiting: &mut mpsc::Receiver<Waiting>) -> Vec<Waiting> {
    let others = std::iter::from_fn(|| waiting.try_recv().ok());
    std::iter::once(first).chain(others).take(TOGETHER).collect()
}

/// The error ends the sentence "which …".
fn open(path: &Path) -> Result<Database, String> {
    let file = create(path).map_err(|error| format!("cannot be opened ({error})"))?;
    let opened = std::panic::catch_unwind(|| Database::builder().set_cache_size(CACHE).create_file(file));
    match opened {
        Ok(Ok(database)) => Ok(database),
        Ok(Err(DatabaseError::DatabaseAlreadyOpen)) => Err("another process has open".to_owned()),
        Ok(Err(DatabaseError::UpgradeRequired(_))) => Err("is of an older version".to_owned()),
        Ok(Err(DatabaseError::Storage(StorageError::Io(error))))
            if error.kind() != io::ErrorKind::InvalidData =>
        {
            Err(format!("cannot be used ({error})"))
        }
        Ok(Err(DatabaseError::Storage(_) | DatabaseError::RepairAborted)) | Ok(Err(_)) | Err(_) => {
            Err("is damaged, or no store of ours".to_owned())
        }
    }
}

/// What is kept is nobody else's business: only the user of the process can read it.
fn create(path: &Path) -> io::Result<File> {
    let (mut folder, mut file) = (DirBuilder::new(), OpenOptions::new());
    file.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        folder.mode(0o700);
        file.mode(0o600);
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        folder.recursive(true).create(parent)?;
    }
    file.open(path)
}

fn told(error: &redb::Error) -> StoreError {
    StoreError::new(format!("the file of the store cannot be used ({error})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_wait_are_written_together() {
        let (changes, mut waiting) = mpsc::channel(WAITING);
        let mut told = Vec::new();
        for number in 0..300 {
            let (done, is_done) = oneshot::channel();
            changes.try_send((Change::new().delete(number.to_string()), done)).expect("there is room");
            told.push(is_done);
        }
        let mut batches = Vec::new();
        while let Ok(first) = waiting.try_recv() {
            batches.push(together(first, &mut waiting).len());
        }
        assert_eq!(batches, [256, 44], "none is lost between two batches");
    }
}
