//! Who may keep the answers to a GET, outside of the service.

use super::{CacheBy, InboundAuth, Operation, ParamPlace};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caching {
    /// Nobody: they depend on who asks, or hold what is labelled.
    Never,
    /// Everybody, and nobody uses them again without asking.
    Asked,
    /// The same, for the caller alone; they have a tag to ask with.
    Own,
    /// Everybody uses them for as long as the service itself does; they have a tag.
    All {
        /// The request headers that they depend on.
        vary: Vec<String>,
    },
}

impl Caching {
    fn has_tag(&self) -> bool {
        match self {
            Caching::Never | Caching::Asked => false,
            Caching::Own | Caching::All { .. } => true,
        }
    }
}

impl Operation {
    /// Whether its answers have a tag, so that the next one may be a 304.
    pub fn has_tag(&self) -> bool {
        self.method.eq_ignore_ascii_case("get") && self.caching().has_tag()
    }

    /// What holds for its answers, if it is a GET: nobody keeps those of others.
    pub fn caching(&self) -> Caching {
        let is_public = self.settings.auth.iter().all(|auth| matches!(auth, InboundAuth::Public));
        match &self.settings.cache {
            _ if self.labelled => Caching::Never,
            None if is_public => Caching::Asked,
            None => Caching::Never,
            Some(cache) if is_public && cache.by == CacheBy::All => {
                Caching::All { vary: self.headers_read() }
            }
            Some(_) => Caching::Own,
        }
    }

    /// The request headers that the parameters come from. A cache on the way tells answers apart by the URL and by these.
    fn headers_read(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for param in &self.params {
            let name = match param.place {
                ParamPlace::Header(_) => param.wire.to_ascii_lowercase(),
                ParamPlace::Cookie(_) => "cookie".to_owned(),
                ParamPlace::Path(_) | ParamPlace::Query(_) | ParamPlace::Body { .. } => continue,
            };
            if !all.contains(&name) {
                all.push(name);
            }
        }
        all
    }
}
