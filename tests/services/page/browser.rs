//! The page in a real browser that reaches nothing but this machine: Chromium without a window, driven over WebDriver. What
//! it looks like is left as pictures in `target/page`.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use flow_std::text::from_base64;
use serde_json::{Value, json};

use super::super::ask;
use super::super::process::PATIENCE;
use super::{ORDER, read, send, shop};

/// How WebDriver names the keys.
const ENTER: &str = "\u{e007}";

struct Browser {
    driver: Child,
    at: SocketAddr,
    session: String,
    page: String,
}

impl Browser {
    fn start(page: SocketAddr) -> Browser {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|fault| panic!("there is no chromedriver (Debian: chromium-driver): {fault}"));
        let output = BufReader::new(driver.stdout.take().expect("it is piped"));
        let said = output.lines().map_while(Result::ok).find(|line| line.contains("started successfully"));
        let port =
            said.as_deref().and_then(|line| line.rsplit(' ').next()?.trim_end_matches('.').parse().ok());
        let at = SocketAddr::from(([127, 0, 0, 1], port.expect("chromedriver says where it listens")));
        let mut browser =
            Browser { driver, at, session: String::new(), page: format!("http://{page}/_flow/") };
        let options = json!({ "args": [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--hide-scrollbars", "--window-size=1400,1000",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        ] });
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": { "browser": "ALL" },
        } } });
        let made = browser.command("POST", "/session", &wanted);
        browser.session = format!("/session/{}", made["sessionId"].as_str().unwrap_or_default());
        browser
    }

    fn command(&self, method: &str, target: &str, body: &Value) -> Value {
        let text = if method == "POST" { body.to_string() } else { String::new() };
        let answer = ask(self.at, method, target, &[("Content-Type", "application/json")], text);
        assert_eq!(answer.status, 200, "{target} {body}: {}", answer.body);
        answer.json()["value"].clone()
    }

    fn tell(&self, what: &str, body: &Value) -> Value {
        self.command("POST", &format!("{}/{what}", self.session), body)
    }

    fn go(&self, view: &str) {
        self.tell("url", &json!({ "url": format!("{}#{view}", self.page) }));
    }

    fn js(&self, script: &str) -> Value {
        self.tell("execute/sync", &json!({ "script": format!("return {script}"), "args": [] }))
    }

    /// Until the page shows it.
    fn wait(&self, script: &str) {
        let begun = Instant::now();
        while self.js(script) != Value::Bool(true) {
            assert!(begun.elapsed() < PATIENCE, "never: {script}\n{}", self.js("document.body.innerText"));
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn keys(&self, selector: &str, keys: &str) {
        let found = self.tell("element", &json!({ "using": "css selector", "value": selector }));
        let id = found.as_object().and_then(|of| of.values().next()?.as_str()).expect("an element");
        self.tell(&format!("element/{id}/value"), &json!({ "text": keys }));
    }

    fn click(&self, selector: &str) {
        let found = self.tell("element", &json!({ "using": "css selector", "value": selector }));
        let id = found.as_object().and_then(|of| of.values().next()?.as_str()).expect("an element");
        self.tell(&format!("element/{id}/click"), &json!({}));
    }

    fn picture(&self, name: &str) {
        let text = self.command("GET", &format!("{}/screenshot", self.session), &Value::Null);
        let bytes = from_base64(text.as_str().unwrap_or_default()).expect("it is in Base64");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/page");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join(format!("{name}.png")), bytes.as_slice()).expect("written");
    }

    fn emulate(&self, command: &str, params: &Value) {
        self.tell("goog/cdp/execute", &json!({ "cmd": format!("Emulation.{command}"), "params": params }));
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ending the session ends the browser; the driver alone would leave it behind.
        if !self.session.is_empty() {
            let _ = super::super::client::ask(self.at, "DELETE", &self.session, &[], "");
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

#[test]
#[ignore = "needs chromium and chromedriver, which `.ci/run` installs"]
fn the_page_shows_the_shop_to_a_browser() {
    let shop = shop();
    let at = shop.process.address;
    let browser = Browser::start(at);
    browser.go("/requests");
    browser.wait("document.body.innerText.includes('No requests yet')");
    requests_come_in(&browser, at);
    the_graph_is_there_for_keys(&browser);
    a_form_calls_an_operation(&browser);
    it_is_dark_where_that_is_wanted_and_fits_a_small_screen(&browser);
    let foreign = browser.js("performance.getEntriesByType('resource').filter((one) => !one.name.startsWith(location.origin)).map((one) => one.name)");
    assert_eq!(foreign, json!([]), "nothing is loaded from elsewhere");
    let said = browser.tell("se/log", &json!({ "type": "browser" }));
    // That a request was answered with 402 is no fault of the page.
    let faults: Vec<&Value> =
        said.as_array().into_iter().flatten().filter(|line| line["source"] != "network").collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

/// Without loading the page again.
fn requests_come_in(browser: &Browser, at: SocketAddr) {
    assert_eq!(read(at, "/v1/home/C000001"), 200);
    browser.wait("document.querySelectorAll('#list li').length === 1");
    let place = ORDER.replace("tok_declined", "tok_1");
    assert_eq!([send(at, "/v1/orders?", &place), send(at, "/v1/orders", ORDER)], [201, 402]);
    browser.wait("document.querySelectorAll('#list li').length === 3");
    browser.wait("document.querySelectorAll('.bar.undo').length === 2");
    browser.picture("declined");
    browser.keys(".timeline button.line", ENTER);
    browser.wait("document.querySelector('.more .masked')?.textContent === '•••'");
    browser.wait("document.querySelector('.timeline button.line').getAttribute('aria-expanded') === 'true'");
    browser.wait("document.activeElement === document.querySelector('.timeline button.line')");
    browser.picture("declined-open");
    browser.keys("#list li:nth-child(2) a", ENTER);
    browser.wait("document.querySelector('#one .badge.good')?.textContent === '201'");
    let overlap = "(([a, b]) => a.left < b.right && b.left < a.right)(['Stock.reserve', 'Payments.charge'].map((name) => \
                   [...document.querySelectorAll('.line')].find((line) => line.textContent.includes(name)).querySelector('.bar').getBoundingClientRect()))";
    browser.wait(overlap);
    browser.picture("placed");
    browser.go("/requests/1");
    browser.wait("document.querySelector('#one h2')?.textContent === '/v1/home/C000001'");
    browser.picture("screen");
}

fn the_graph_is_there_for_keys(browser: &Browser) {
    browser.go("/");
    browser.wait("document.querySelectorAll('.graph .node').length === 18");
    browser.wait("document.querySelectorAll('.graph .edge').length === 22");
    browser.picture("services");
    browser.js("document.querySelector('[data-name=Orders]').focus()");
    browser.wait("document.querySelector('.graph svg').classList.contains('lit')");
    browser.wait("!document.querySelector('[data-name=Mail]').classList.contains('on')");
    browser.keys("[data-name=Orders]", ENTER);
    browser.wait("location.hash === '#/services/Orders' && document.querySelectorAll('details.operation').length === 3");
    browser.keys("details.operation:nth-of-type(2) summary", ENTER);
    browser.wait("document.querySelector('.plan img')?.naturalWidth > 300");
    browser.picture("plan");
}

/// With the key of a developer, at the address of the page.
fn a_form_calls_an_operation(browser: &Browser) {
    browser.go("/try/Customers/getCustomer");
    browser
        .wait("['input', '.btn.execute'].every((one) => document.querySelector(`.opblock.is-open ${one}`))");
    browser.keys(".opblock.is-open input", "C000001");
    browser.click(".opblock.is-open .btn.execute");
    browser.wait(
        "[...document.querySelectorAll('.live-responses-table .response-col_status')].some((one) => one.textContent.includes('200'))",
    );
    browser.wait("!document.getElementById('toast').hidden");
    browser.picture("form");
    browser.click("#toast");
    browser.wait("location.hash === '#/requests/4' && document.querySelector('#one h2')?.textContent === '/v1/customers/C000001'");
}

fn it_is_dark_where_that_is_wanted_and_fits_a_small_screen(browser: &Browser) {
    let dark = json!({ "features": [{ "name": "prefers-color-scheme", "value": "dark" }] });
    browser.emulate("setEmulatedMedia", &dark);
    browser.wait("getComputedStyle(document.body).backgroundColor === 'rgb(16, 19, 25)'");
    browser.wait("document.documentElement.classList.contains('dark-mode')");
    browser.go("/requests/3");
    browser.wait("document.querySelectorAll('.bar.undo').length === 2");
    browser.picture("dark");
    let small = json!({ "width": 420, "height": 900, "deviceScaleFactor": 1, "mobile": false });
    browser.emulate("setDeviceMetricsOverride", &small);
    for view in ["/", "/requests/3", "/try/Orders"] {
        browser.go(view);
        browser.wait("document.querySelector('.graph svg, .timeline, .opblock') !== null");
        browser.wait("document.documentElement.scrollWidth <= 420");
        browser.picture(&format!("small{}", view.replace('/', "-")));
    }
}
