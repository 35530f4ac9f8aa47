//! How the emitted services, and the interpreter, show systems of others who we are.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::super::backend::{Asked, Backend, Reply, empty, json as reply};
use super::super::get;
use super::super::identity::{Identity, SECRET};
use super::super::process::{PATIENCE, Process};
use super::super::run::client::Answer;
use super::super::{ask, folder::Folder};
use super::{id, start};

/// A token server that gives out `token-1` and so on, and how often it was asked.
fn giving() -> Backend {
    let count = AtomicUsize::new(0);
    Backend::start(move |_| {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        reply(200, format!(r#"{{"access_token":"token-{number}","token_type":"Bearer","expires_in":3600}}"#))
    })
}

fn good(asked: &Asked) -> Reply {
    reply(200, format!(r#"{{"id":"{}"}}"#, id(asked)))
}

fn doors(back: &Backend, tokens: &str, more: &[(&str, &str)]) -> Process {
    let own = [("SHUT_TOKEN_URL", tokens), ("SHUT_SECRET", SECRET), ("SHUT_KEY", "hush-key")];
    start("doors", back, &[&own[..], more].concat())
}

/// A service that is turned away has nothing to tell of what it was to keep to itself.
fn is_silent_of(answer: &Answer, process: &Process, words: &[&str]) {
    for word in words {
        assert!(!answer.body.contains(word) && !process.has_logged(&[word]), "{word}");
    }
}

#[test]
fn every_call_carries_a_token_that_was_fetched_once() {
    let (tokens, back) = (giving(), Backend::start(good));
    let doors = doors(&back, &format!("{}/token", tokens.url), &[]);
    for number in 0..5 {
        assert_eq!(get(doors.address, &format!("/v1/doors/{number}")).status, 200);
    }
    let asked = tokens.take();
    assert_eq!(asked.len(), 1);
    assert_eq!(
        asked[0].text(),
        "grant_type=client_credentials&scope=erp%20orders%3Aread&audience=urn%3Ashut"
    );
    assert_eq!(asked[0].header("authorization"), Some("Basic c2hvcDpodXNo"));
    assert_eq!(asked[0].header("x-key"), None, "the backend's headers are not for the token server");
    for asked in back.take() {
        assert_eq!(asked.header("authorization"), Some("Bearer token-1"));
        assert_eq!(
            (asked.header("x-plain"), asked.header("x-key")),
            (Some("plain"), Some("key hush-key of shop"))
        );
    }
    assert_eq!(get(doors.address, "/v1/posted/a").status, 200);
    let form = "grant_type=client_credentials&client_id=poster&client_secret=hush";
    assert_eq!(tokens.take().iter().map(Asked::text).collect::<Vec<_>>(), [form]);
}

/// The operator reads how long each is still good.
#[test]
fn a_token_says_how_long_it_is_good() {
    let (tokens, back) = (giving(), Backend::start(good));
    let url = format!("{}/token", tokens.url);
    let doors = doors(&back, &url, &[("FLOW_OPERATOR_TOKEN", "token-of-the-operator")]);
    let left = |backend: &str| {
        let shown = [("Authorization", "Bearer token-of-the-operator")];
        let metrics = ask(doors.address, "GET", "/metrics", &shown, "").body;
        let series = format!("flow_token_seconds{{backend=\"{backend}\"}} ");
        metrics.lines().find_map(|line| line.strip_prefix(&series)?.parse::<u64>().ok())
    };
    assert_eq!((left("Shut"), left("Posted")), (None, None), "nobody wants one");
    assert_eq!(get(doors.address, "/v1/doors/a").status, 200);
    assert!(left("Shut").is_some_and(|left| (3_000..3_600).contains(&left)), "{:?}", left("Shut"));
    assert_eq!(left("Posted"), None);
}

#[test]
fn a_token_that_is_not_taken_is_replaced_once_also_for_a_write() {
    let tokens = giving();
    let back = Backend::start(|asked| match asked.header("authorization") {
        Some("Bearer token-1") => empty(401),
        _ => good(asked),
    });
    let doors = doors(&back, &format!("{}/token", tokens.url), &[]);
    assert_eq!(ask(doors.address, "POST", "/v1/doors/a", &[], "").status, 200);
    assert_eq!(back.take().len(), 2);
    let never = Backend::start(|_| empty(401));
    let doors = self::doors(&never, &format!("{}/token", tokens.url), &[]);
    let answer = get(doors.address, "/v1/doors/a");
    assert_eq!((answer.status, never.take().len()), (502, 2), "no loop");
    is_silent_of(&answer, &doors, &["token-", "hush"]);
}

#[test]
fn without_a_token_the_answer_is_a_503() {
    for script in
        [(|_: &Asked| empty(503)) as fn(&Asked) -> Reply, |_| reply(200, "hush hush"), |_| Reply::HangUp]
    {
        let (tokens, back) = (Backend::start(script), Backend::start(good));
        let doors = doors(&back, &format!("{}/token", tokens.url), &[]);
        for _ in 0..3 {
            let answer = get(doors.address, "/v1/doors/a");
            assert_eq!(answer.status, 503);
            is_silent_of(&answer, &doors, &["hush"]);
        }
        doors.logged(&["\"event\":\"no token\"", "\"backend\":\"Shut\""]);
        assert!(back.take().is_empty(), "nothing was sent without one");
    }
}

#[test]
fn a_real_server_gives_the_tokens() {
    let Some(identity) = Identity::start() else { return };
    let back = Backend::start(good);
    let doors = doors(&back, &identity.token_url(), &[]);
    assert_eq!(get(doors.address, "/v1/doors/a").status, 200);
    assert_eq!(get(doors.address, "/v1/posted/a").status, 200);
    for asked in back.take() {
        let shown = asked.header("authorization").expect("a token");
        assert!(shown.starts_with("Bearer ") && shown.len() > 40, "{shown}");
    }
    assert_eq!(identity.count("token"), 2);
}

/// A folder as Kubernetes mounts a secret: the file is a link to a link that is changed.
struct Mounted {
    folder: Folder,
    versions: AtomicUsize,
}

impl Mounted {
    fn new(text: &str) -> Mounted {
        let mounted = Mounted { folder: Folder::new(), versions: AtomicUsize::new(0) };
        mounted.write(text);
        std::os::unix::fs::symlink("..data/secret", mounted.file()).expect("a link");
        mounted
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("secret")
    }

    fn write(&self, text: &str) {
        let version = format!("..version-{}", self.versions.fetch_add(1, Ordering::SeqCst));
        let folder = self.folder.path();
        std::fs::create_dir(folder.join(&version)).expect("a folder");
        std::fs::write(folder.join(&version).join("secret"), text).expect("a file");
        std::os::unix::fs::symlink(&version, folder.join("..new")).expect("a link");
        std::fs::rename(folder.join("..new"), folder.join("..data"))
            .expect("it takes the place of the other");
    }
}

#[test]
fn a_secret_whose_file_changes_is_another_one_everywhere() {
    let (tokens, back) = (giving(), Backend::start(good));
    let key = Mounted::new("first\n");
    let file = key.file().to_string_lossy().into_owned();
    let doors = doors(&back, &format!("{}/token", tokens.url), &[("SHUT_KEY_FILE", &file)]);
    let shown = || {
        assert_eq!(get(doors.address, "/v1/doors/a").status, 200);
        back.take().last().and_then(|asked| asked.header("x-key").map(str::to_owned)).expect("it is shown")
    };
    let signed = || get(doors.address, "/v1/signed/a").body;
    assert_eq!(shown(), "key first of shop");
    let before = signed();
    key.write("\n");
    doors.logged(&["\"event\":\"secret unusable\"", "SHUT_KEY_FILE"]);
    assert_eq!(shown(), "key first of shop", "an empty one is none");
    key.write("second");
    doors.logged(&["\"event\":\"secret changed\"", "SHUT_KEY_FILE"]);
    assert_eq!(shown(), "key second of shop");
    assert_ne!(signed(), before);
    key.write("no\nheader");
    let begun = Instant::now();
    while !doors.has_logged(&["\"event\":\"secret unusable\"", "backend Shut"]) {
        assert!(begun.elapsed() < PATIENCE, "nobody has looked");
        assert_eq!(shown(), "key second of shop", "what cannot be sent is not sent");
    }
    assert!(!doors.has_logged(&["no\\n"]) && !doors.has_logged(&["second"]));
}

#[test]
fn the_token_of_a_caller_goes_to_who_is_to_see_it_from_one_process_or_two() {
    let back = Backend::start(good);
    let apart = start("passage", &back, &[]);
    let porch = start("porch", &back, &[("PASSAGE_URL", &apart.url())]);
    let together = start("semantics", &back, &[]);
    for at in [&porch, &together] {
        for (headers, wanted) in
            [(&[("Authorization", "Bearer theirs")][..], Some("Bearer theirs")), (&[], None)]
        {
            assert_eq!(ask(at.address, "GET", "/v1/entered/a", headers, "").status, 200);
            let asked = back.take();
            assert_eq!(asked.last().map(|asked| asked.header("authorization")), Some(wanted));
        }
        assert!(!at.has_logged(&["theirs"]));
    }
}

#[test]
fn no_service_starts_that_would_ask_where_the_machine_keeps_its_secrets() {
    for (name, value, why) in [
        ("BACK_URL", "http://169.254.169.254/latest", "metadata"),
        ("SHUT_TOKEN_URL", "http://metadata.google.internal/token", "metadata"),
        ("SHUT_TOKEN_URL", "http://idp.example.com/token", "must begin with `https://`"),
    ] {
        let mut command = super::super::workspace::semantics().command("doors");
        let usual = [
            ("BACK_URL", "http://127.0.0.1:1"),
            ("SHUT_TOKEN_URL", "http://127.0.0.1:1/token"),
            ("SHUT_CLIENT", "shop"),
            ("SHUT_RIGHT", "read"),
            ("SHUT_SECRET", SECRET),
            ("SHUT_KEY", "k"),
            ("LISTEN", "127.0.0.1:0"),
            ("FLOW_STORE", "memory:"),
            ("FLOW_SERVICE_KEY", "a-token-of-at-least-32-characters"),
        ];
        let ended = command.envs(usual).env(name, value).output().expect("it can be started");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(!ended.status.success() && said.contains(why) && !said.contains("hush"), "{name}: {said}");
    }
}
