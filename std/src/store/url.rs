//! Which engine the URL of a store names.

use std::path::{MAIN_SEPARATOR, PathBuf};

/// Where the files of services stand that are told nothing else.
const FOLDER: &str = "flow-store";

#[cfg_attr(test, derive(Debug))]
#[derive(PartialEq, Eq)]
pub enum Engine {
    Memory,
    File(PathBuf),
    /// The URL, which holds a password.
    Postgres(String),
    Redis(String),
}

impl Engine {
    /// The error goes on behind `FLOW_STORE`.
    pub fn of(url: Option<&str>, service: &str) -> Result<Engine, String> {
        let name = format!("{}.db", service.to_lowercase());
        let Some(url) = url else { return Ok(Engine::File(PathBuf::from(FOLDER).join(name))) };
        match url.split_once(':') {
            Some(("memory", "")) => Ok(Engine::Memory),
            Some(("file", path)) => file(path, &name),
            Some(("postgres" | "postgresql", _)) => Ok(Engine::Postgres(url.to_owned())),
            Some(("redis" | "rediss", _)) => Ok(Engine::Redis(url.to_owned())),
            _ => Err(WANTED.to_owned()),
        }
    }
}

const WANTED: &str = "must be `file:PATH`, `postgres://HOST/DATABASE`, `redis://HOST` or `memory:`";

/// `file:orders.db`, `file:/var/lib/orders.db` and `file:///var/lib/orders.db`; a folder holds a file for each service.
fn file(path: &str, name: &str) -> Result<Engine, String> {
    let path = match path.strip_prefix("//") {
        Some(absolute) if absolute.starts_with('/') => absolute,
        Some(_) => return Err(WANTED.to_owned()),
        None => path,
    };
    let is_folder = path.ends_with(['/', MAIN_SEPARATOR]) || PathBuf::from(path).is_dir();
    match (path.is_empty(), is_folder) {
        (true, _) => Err(WANTED.to_owned()),
        (false, true) => Ok(Engine::File(PathBuf::from(path).join(name))),
        (false, false) => Ok(Engine::File(PathBuf::from(path))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(url: &str) -> Result<Engine, String> {
        Engine::of(Some(url), "Orders")
    }

    #[test]
    fn a_url_names_an_engine() {
        assert_eq!(Engine::of(None, "Orders"), Ok(Engine::File("flow-store/orders.db".into())));
        assert_eq!(of("memory:"), Ok(Engine::Memory));
        assert_eq!(of("file:a.db"), Ok(Engine::File("a.db".into())));
        assert_eq!(of("file:///a/b.db"), Ok(Engine::File("/a/b.db".into())));
        assert_eq!(of("file:/nowhere/data/"), Ok(Engine::File("/nowhere/data/orders.db".into())));
        for bad in ["", "orders.db", "file:", "file://host/a.db", "mysql://a", "memory:x"] {
            assert_eq!(of(bad), Err(WANTED.to_owned()), "{bad}");
        }
    }
}
