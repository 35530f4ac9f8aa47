//! The audit log of operations that are called in the same process, and of callers who do not wait.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::{Mutex, mpsc};

use crate::lab::{Lab, Listener, answer};

/// A backend that answers when it is told to, and says that it was asked.
fn held() -> (Listener, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let ((asked, is_asked), (free, is_free)) = (mpsc::channel(), mpsc::channel::<()>());
    let (asked, is_free) = (Mutex::new(asked), Mutex::new(is_free));
    let back = Listener::start(move |_| {
        let _ = asked.lock().expect("nobody panics with it").send(());
        let _ = is_free.lock().expect("nobody panics with it").recv();
        answer(200, "\"x\"")
    });
    (back, is_asked, free)
}

/// What the line of an operation says of this word, without what is different each time.
fn line(lab: &Lab, operation: &str, how: &str, more: &str) -> String {
    let operation = format!("\"operation\":\"{operation}\"");
    let parameters = format!("\"parameters\":{{\"how\":\"{how}\"}},");
    let line = lab.line_with(&["\"event\":\"audit\"", &operation, &parameters, more]);
    let (_, rest) = line.split_once(&parameters).expect("it is there");
    rest.rsplit_once(",\"micros\":").expect("it ends so").0.to_owned()
}

#[test]
fn a_call_in_the_same_process_leaves_a_line_however_it_ends() {
    let back = Listener::start(|_| answer(200, "\"x\""));
    let lab = Lab::start(&back.url, &[]);
    for how in ["good", "good", "bad"] {
        lab.ask("PUT", &format!("/desk/{how}"), "", "");
    }
    let till = |how, more| line(&lab, "Till.pay", how, more);
    assert_eq!(till("good", "\"ok\""), r#""outcome":"ok""#);
    assert_eq!(till("good", "TooMany"), r#""outcome":"TooManyRequests","status":429,"changed":"nothing""#);
    assert_eq!(till("bad", ""), r#""outcome":"Forbidden","status":403,"changed":"nothing""#);
    assert!(lab.line_with(&["\"operation\":\"Till.pay\""]).contains("\"service\":\"Lab\""));
}

#[test]
fn who_is_told_of_the_deadline_is_told_of_with_the_end() {
    let (back, is_asked, free) = held();
    let lab = Lab::start(&back.url, &[]);
    lab.ask("PUT", "/desk/late", "", "");
    is_asked.recv().expect("it is asked");
    free.send(()).expect("it waits");
    assert_eq!(line(&lab, "Till.pay", "late", ""), r#""outcome":"ok","told":504"#);
}

#[test]
fn a_write_whose_caller_hangs_up_leaves_its_line_when_it_ends() {
    let (back, is_asked, free) = held();
    let lab = Lab::start(&back.url, &[]);
    let mut caller = TcpStream::connect(lab.address).expect("it listens");
    let request = "PUT /desk/held HTTP/1.1\r\nHost: lab\r\nContent-Length: 0\r\n\r\n";
    caller.write_all(request.as_bytes()).expect("it takes it");
    is_asked.recv().expect("it is asked");
    drop(caller);
    lab.line_with(&["\"event\":\"request\"", "\"status\":499"]);
    free.send(()).expect("it waits");
    assert_eq!(line(&lab, "Lab.desk", "held", ""), r#""outcome":"ok","status":200,"hung_up":true"#);
    assert_eq!(lab.number("flow_requests_hung_up_total"), Some(1.0));
}

/// Also what is called in the same process by an operation that asks for no line.
#[test]
fn nothing_is_done_inside_that_cannot_be_audited() {
    let back = Listener::start(|_| answer(200, "\"x\""));
    let lab = Lab::start(&back.url, &[("FLOW_AUDIT_FILE", "/dev/full")]);
    assert!(lab.ask("PUT", "/quiet/a", "", "").starts_with("HTTP/1.1 200"), "nobody knew");
    assert!(lab.ask("PUT", "/quiet/b", "", "").starts_with("HTTP/1.1 50"));
    assert!(!String::from_utf8_lossy(&back.seen()).contains("/things/b"), "nothing was done");
}

/// The log goes to somebody who stops reading, and begins again: what was refused meanwhile says so.
#[cfg(unix)]
#[test]
fn a_call_that_was_refused_because_of_the_audit_log_is_told_of_when_it_can_be_written_again() {
    let path = std::env::temp_dir().join(format!("flow-observe-audit-{}", std::process::id()));
    let path = path.to_str().expect("it is plain");
    assert!(Command::new("mkfifo").arg(path).status().is_ok_and(|status| status.success()));
    let back = Listener::start(|_| answer(200, "\"x\""));
    let reader = std::thread::spawn({
        let path = path.to_owned();
        move || File::open(path)
    });
    let lab = Lab::start(&back.url, &[("FLOW_AUDIT_FILE", path)]);
    drop(reader.join());
    assert!(lab.ask("PUT", "/quiet/a", "", "").starts_with("HTTP/1.1 200"), "nobody knew");
    assert!(lab.ask("PUT", "/quiet/b", "", "").starts_with("HTTP/1.1 50"));
    let reader = BufReader::new(File::open(path).expect("it is there"));
    assert!(lab.ask("PUT", "/quiet/c", "", "").starts_with("HTTP/1.1 200"));
    let lines: Vec<String> = reader.lines().take(3).map(|line| line.expect("it is text")).collect();
    let _ = std::fs::remove_file(path);
    for (line, how, outcome) in [
        (&lines[0], "a", r#""outcome":"ok","micros""#),
        (&lines[1], "b", r#""outcome":"ServiceUnavailable","status":503,"changed":"nothing","micros""#),
        (&lines[2], "c", r#""outcome":"ok","micros""#),
    ] {
        assert!(line.contains(&format!("{{\"how\":\"{how}\"}}")) && line.contains(outcome), "{line}");
    }
}
