//! What happens to the process: no files left, the end at work, a start that fails.

use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::child::Process;
use crate::client::{Connection, get};
use crate::frames::{self, Frames};
use crate::tls;

/// S026
#[test]
fn callers_who_dribble_their_headers_are_closed() {
    let mut service = Process::start(&[("FLOW_HEADER_TIMEOUT_MS", "700")], 2_000);
    let address = service.address();
    let mut dribbling: Vec<_> = (0..500).map(|_| Connection::open(address)).collect();
    let began = Instant::now();
    for byte in "GET /".chars() {
        for connection in &mut dribbling {
            connection.send(byte.to_string());
        }
        assert_eq!(get(address, "/brief").status, 200, "others are served meanwhile");
    }
    for mut connection in dribbling {
        let reply = connection.reply();
        assert!(reply.is_none_or(|reply| reply.status == 408 && reply.is_problem()));
        assert!(connection.is_closed());
    }
    assert!(began.elapsed() < Duration::from_millis(700 + 1_000 + 5_000));
    assert_eq!(get(address, "/brief").status, 200);
}

/// S026, of handshakes
#[test]
fn callers_who_dribble_their_handshakes_are_closed() {
    let files = tls::files();
    let settings = [files[0].clone(), files[1].clone(), ("FLOW_HEADER_TIMEOUT_MS", "700".to_owned())];
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut service = Process::start(&settings, 2_000);
    let address = service.address();
    let mut dribbling: Vec<_> = (0..500).map(|_| Connection::open(address)).collect();
    for byte in tls::hello().into_iter().take(5) {
        for connection in &mut dribbling {
            connection.send([byte]);
        }
        assert_eq!(tls::get(address, "/brief"), Some(200), "others are served meanwhile");
    }
    assert!(dribbling.iter_mut().all(Connection::is_closed));
    assert_eq!(tls::get(address, "/brief"), Some(200));
}

/// S026, of requests in HTTP/2
#[test]
fn callers_who_dribble_their_requests_in_http_2_are_closed() {
    let mut service = Process::start(&[("FLOW_HEADER_TIMEOUT_MS", "700")], 2_000);
    let address = service.address();
    let mut dribbling: Vec<_> = (0..500).map(|_| Frames::open(address)).collect();
    for byte in frames::get(1, "/brief").into_iter().take(5) {
        for frames in &mut dribbling {
            frames.send([byte]);
        }
        assert_eq!(get(address, "/brief").status, 200, "others are served meanwhile");
    }
    assert!(dribbling.iter_mut().all(|frames| frames.until_closed().answers.is_empty()));
    assert_eq!(get(address, "/brief").status, 200);
}

/// S043
#[test]
fn the_loop_lives_when_no_files_are_left() {
    let mut service = Process::start(&[("FLOW_OPERATOR_TOKEN", "0123456789abcdef")], 256);
    let address = service.address();
    let idle: Vec<_> = (0..400).map(|_| Connection::open(address)).collect();
    let line = service.line_with("connection not accepted");
    assert!(line.contains("\"level\":\"error\""), "{line}");
    drop(idle);
    let operator = "Authorization: Bearer 0123456789abcdef\r\n";
    let numbers = Connection::open(address).ask("GET", "/metrics", operator, "").expect("there is an answer");
    assert!(!numbers.body.contains("\nflow_accept_errors_total 0\n"), "{}", numbers.body);
    assert_eq!(get(address, "/brief").status, 200);
}

/// S045
#[test]
fn what_has_begun_is_finished_before_the_end() {
    for _ in 0..20 {
        let mut service = Process::start(&[], 1_024);
        let address = service.address();
        let served = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let mut connection = Connection::open(address);
                    loop {
                        let reply = connection.get("/brief").expect("what has begun is finished");
                        assert_eq!(reply.status, 200);
                        served.fetch_add(1, Ordering::SeqCst);
                        if reply.header("connection") == Some("close") {
                            break;
                        }
                    }
                });
            }
            while served.load(Ordering::SeqCst) < 8 {
                std::thread::yield_now();
            }
            service.terminate();
            service.line_with("\"event\":\"ending\"");
            if let Some(ready) = Connection::try_open(address).ok().and_then(|mut probe| probe.get("/readyz"))
            {
                assert_eq!(ready.status, 503, "it is not ready any more before it ends");
            }
        });
        let (is_good, took, told) = service.ended();
        assert!(is_good && took < Duration::from_secs(25), "{told}");
    }
}

/// S046
#[test]
fn what_keeps_it_from_starting_is_told_in_one_line_without_secrets() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let taken = taken.local_addr().map(|address| (taken, address.to_string())).expect("it is bound");
    let (certificate, key) = (tls::file("server.pem"), tls::file("renewed.key.pem"));
    let cases: [(&[(&str, &str)], &str); 10] = [
        (&[("ERP_TOKEN", "")], "shop: ERP_TOKEN is not set"),
        (&[("ERP_TOKEN", ""), ("ERP_TOKEN_FILE", "/nowhere")], "shop: ERP_TOKEN_FILE names a file"),
        (&[("ERP_URL", "erp:hush")], "shop: ERP_URL must be a URL"),
        (
            &[("ERP_URL", ""), ("FLOW_GRACE_MS", "x")],
            "shop: FLOW_GRACE_MS must be a whole number; ERP_URL is not set",
        ),
        (&[("LISTEN", "hush")], "shop: LISTEN must be an address"),
        (&[("FLOW_AUDIT_FILE", "/nowhere/hush")], "shop: FLOW_AUDIT_FILE names a file that cannot be opened"),
        (&[("LISTEN", &taken.1)], "shop: cannot listen on 127.0.0.1:"),
        (
            &[("FLOW_TLS_CERTIFICATE_FILE", &certificate), ("FLOW_TLS_KEY_FILE", "/nowhere/hush")],
            "shop: FLOW_TLS_KEY_FILE names a file that cannot be read",
        ),
        (
            &[("FLOW_TLS_CERTIFICATE_FILE", &certificate), ("FLOW_TLS_KEY_FILE", &key)],
            "shop: FLOW_TLS_KEY_FILE names a key that is not the one of the certificate",
        ),
        (
            &[("PARTNERS", "yes")],
            "shop: FLOW_TLS_CERTIFICATE_FILE and FLOW_TLS_KEY_FILE are not set, and `auth: mtls` needs them",
        ),
    ];
    for (settings, wanted) in cases {
        let (is_good, took, told) = Process::start(settings, 1_024).ended();
        assert!(!is_good && told.starts_with(wanted), "{told}");
        assert!(told.lines().count() == 1 && !told.contains("hush"), "{told}");
        assert!(took < Duration::from_secs(1), "{took:?}");
    }
}

#[test]
fn each_request_leaves_a_line_without_its_path() {
    let mut service = Process::start(&[("FLOW_LOG", "debug")], 1_024);
    let address = service.address();
    let mut connection = Connection::open(address);
    connection.ask("GET", "/v1/orders/4111", "X-Request-Id: r-1\r\n", "");
    let line = service.line_with("\"event\":\"request\",\"request\":\"r-1\"");
    let line = line.trim_end();
    assert!(line.starts_with("{\"at\":\"2") && line.ends_with("\"degraded\":[\"rates\"]}"), "{line}");
    for part in ["\"method\":\"GET\"", "\"route\":\"/v1/orders/{id}\"", "\"status\":200", "\"micros\":"] {
        assert!(line.contains(part), "{line}");
    }
    assert!(!line.contains("4111"));
    connection.get("/broken");
    assert!(!service.line_with("\"event\":\"panic\"").contains("4111"), "the message of a panic is not told");
    assert!(service.line_with("\"status\":500").contains("\"level\":\"error\""));
}
