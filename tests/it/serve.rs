//! The server: what it answers, whom it lets in, and that it stays up.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::workbench::{Workbench, article};
use serde_json::Value;
use std::{
    fmt::Write as _,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// A server over the index of a workbench, on a port of its own.
pub(crate) struct Server {
    child: Child,
    address: String,
    /// The rest of the address that it prints.
    path: String,
}

impl Server {
    pub(crate) fn start(bench: &Workbench, args: &[&str]) -> Self {
        let mut all = vec!["serve", "--listen", "127.0.0.1:0"];
        all.extend(args);
        Self::start_command(bench.command(&all))
    }

    fn start_command(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let (address, path) = line.trim().strip_prefix("http://").unwrap().split_once('/').unwrap();
        Self { child, address: address.to_owned(), path: format!("/{path}") }
    }

    /// Sends the lines of a request, and gives all that comes back until the server closes.
    fn raw(&self, request: &str) -> Response {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        // A server that refuses early may close before all was sent.
        let _ = stream.write_all(request.as_bytes());
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        Response::of(&bytes)
    }

    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if !headers.iter().any(|(name, _)| *name == "Host") {
            let _ = write!(request, "Host: {}\r\n", self.address);
        }
        for (name, value) in headers {
            let _ = write!(request, "{name}: {value}\r\n");
        }
        self.raw(&(request + "\r\n"))
    }

    pub(crate) fn get(&self, path: &str) -> Response {
        self.send("GET", path, &[])
    }

    /// What an address answers, which must be JSON and no refusal.
    pub(crate) fn json(&self, path: &str) -> Value {
        let response = self.get(path);
        assert_eq!(response.status, 200, "{path}: {}", response.body);
        assert_eq!(response.header("content-type"), "application/json");
        serde_json::from_str(&response.body).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) struct Response {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Response {
    fn of(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(bytes.len());
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        let mut body = bytes.get(end + 4..).unwrap_or_default().to_vec();
        if head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
            body = unchunked(&body);
        }
        Self { status, head, body: String::from_utf8_lossy(&body).into_owned() }
    }

    fn header(&self, name: &str) -> &str {
        let line = self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then_some(value.trim())
        });
        line.unwrap_or_default()
    }
}

fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        body.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 4 + size..];
    }
    body
}

#[test]
fn the_api_answers_as_the_command_line() {
    let bench = Workbench::with_corpus();
    let server = Server::start(&bench, &[]);
    let same = |path: &str, args: &[&str]| {
        let (mut by_http, mut by_hand) = (server.json(path), bench.json(args));
        // Only a client that asks again has a use for a cursor.
        by_http.as_object_mut().unwrap().remove("next_cursor");
        for answer in [&mut by_http, &mut by_hand] {
            answer.as_object_mut().unwrap().remove("took_ms");
        }
        assert_eq!(by_http, by_hand, "{path}");
    };
    let json = ["--format", "json"];
    let with = |args: &[&'static str]| [args, &json].concat();
    same("/api/search?q=perovskite", &with(&["query", "perovskite"]));
    same(
        "/api/search?q=solar+glass&symbol=601865&facets=true&sort=newest&limit=3&explain=true",
        &with(&[
            "query",
            "solar glass",
            "--symbol",
            "601865",
            "--facets",
            "--sort",
            "newest",
            "-n3",
            "--explain",
        ]),
    );
    same(
        "/api/search?stories=true&since=2025-01&locale=en&locale=zh-CN&prefer=zh-CN",
        &with(&[
            "query",
            "--stories",
            "--since",
            "2025-01",
            "--locale",
            "en",
            "--locale",
            "zh-CN",
            "--prefer",
            "zh-CN",
        ]),
    );
    same(
        "/api/search?symbol=600586,601865&locale=en,ZH_hans&prefer=zh-Hans",
        &with(&[
            "query", "--symbol", "600586", "--symbol", "601865", "--locale", "en", "--locale", "zh-CN",
            "--prefer", "zh-CN",
        ]),
    );
    same("/api/search?q=perovskite&symbol=&since=&locale=", &with(&["query", "perovskite"]));
    same("/api/search?q=perovskyte", &with(&["query", "perovskyte"]));
    same("/api/article/230905679/en", &with(&["show", "230905679/en"]));
    same("/api/article/230905679/zh-Hans", &with(&["show", "230905679/zh-CN"]));
    same("/api/article/230905679%2Fen", &with(&["show", "230905679/en"]));
    same("/api/similar/230905679/en", &with(&["similar", "230905679/en"]));
    same("/api/facets?by=symbol,month", &with(&["facets", "--by", "symbol,month"]));
    same("/api/facets?by=symbol&by=month", &with(&["facets", "--by", "symbol,month"]));
    same("/api/symbol/600586.CN", &with(&["symbol", "600586.CN"]));
    same("/api/symbol/600586%20CH%20Equity", &with(&["symbol", "600586 CH Equity"]));
    same("/api/status", &with(&["status"]));
    let lines = server.get("/api/search?q=perovskite&format=jsonl");
    assert_eq!(lines.header("content-type"), "application/x-ndjson");
    assert_eq!(lines.body, bench.ok(&["query", "perovskite", "--format", "jsonl"]));
}

#[test]
fn what_fills_a_page_is_marked_and_not_counted() {
    let bench = Workbench::new();
    bench.article("a.md", 200_000_001, "03-07", "tesla layoffs");
    bench.article("b.md", 200_000_002, "03-07", "tesla");
    bench.ingest();
    let server = Server::start(&bench, &[]);
    let found = server.json("/api/search?q=tesla+layoffs");
    assert_eq!((&found["total"], found["hits"].as_array().unwrap().len()), (&1.into(), 2));
    assert_eq!((&found["hits"][0]["relaxed"], &found["hits"][1]["relaxed"]), (&Value::Null, &true.into()));
    assert_eq!(server.json("/api/search?q=tesla+layoffs&match=all")["hits"].as_array().unwrap().len(), 1);
    assert_eq!(server.json("/api/facets?q=tesla+layoffs&by=locale")["total"], 1);
    assert_eq!(server.json("/api/facets?q=tesla+layoffs&by=locale&match=any")["total"], 2);
    let page = server.get("/search?q=tesla+layoffs").body;
    let mark = page.find("Articles with only some of the words").expect("a mark");
    assert!(page.find("200000001").unwrap() < mark && mark < page.find("200000002").unwrap());
    assert!(page.contains("1 article"), "{page}");
}

#[test]
fn an_export_has_every_page() {
    let bench = Workbench::with_corpus();
    let server = Server::start(&bench, &[]);
    let export = server.get("/api/export");
    assert_eq!((export.status, export.header("content-type")), (200, "application/x-ndjson"));
    let mut keys: Vec<String> = Vec::new();
    for line in export.body.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        keys.push(line["key"].as_str().unwrap().to_owned());
    }
    let listed = bench.ok(&["list"]);
    let mut listed: Vec<&str> = listed.lines().map(|line| line.split('\t').next().unwrap()).collect();
    keys.sort();
    listed.sort_unstable();
    assert_eq!(keys, listed);
    // What the command line tells beside a list stands in a header; the note has no character but spaces to encode.
    let noted = server.get("/api/export?q=perovskite%20%22solar");
    let told = bench.command(&["list", "perovskite \"solar"]).output().unwrap().stderr;
    let told = String::from_utf8(told).unwrap();
    let note = noted.header("newsdex-note").replace("%20", " ");
    assert!(!note.is_empty() && told.trim() == format!("note: {note}"), "{told} {note}");
    let some = server.get("/api/export?q=perovskite&locale=en");
    assert_eq!(some.body.lines().count(), 3, "{}", some.body);
}

#[test]
fn what_is_typed_is_completed() {
    let bench = Workbench::with_corpus();
    let server = Server::start(&bench, &[]);
    let shown = |typed: &str| -> Vec<String> {
        let answer = server.json(&format!("/api/suggest?q={typed}"));
        let completions = answer["completions"].as_array().unwrap();
        completions.iter().map(|one| one["query"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(shown("solar+perov"), ["solar perovskite"]);
    assert!(shown("6005").contains(&"600586.SH".to_owned()));
    assert!(shown("symbol:6005").contains(&"symbol:600586.SH".to_owned()));
    assert!(shown("symbol:aap").contains(&"symbol:AAPL.US".to_owned()));
    assert!(shown("loc").contains(&"locale:".to_owned()));
    assert!(shown("").is_empty());
    assert!(shown("solar+").is_empty());
}

#[test]
fn refusals_are_problem_details() {
    let bench = Workbench::with_corpus();
    let server = Server::start(&bench, &[]);
    let refused = |path: &str, status: u16| -> Value {
        let response = server.get(path);
        assert_eq!(response.status, status, "{path}: {}", response.body);
        assert_eq!(response.header("content-type"), "application/problem+json", "{path}");
        let problem: Value = serde_json::from_str(&response.body).unwrap();
        assert_eq!(problem["status"], status);
        assert!(problem["title"].is_string() && problem["detail"].is_string() && problem["type"].is_string());
        problem
    };
    let problem = refused("/api/search?q=%E9%92%99+titel:x", 400);
    assert_eq!(problem["problems"][0]["span"], serde_json::json!([2, 7]), "in characters, not bytes");
    assert!(problem["problems"][0]["hint"].as_str().unwrap().contains("title:"));
    for (path, parameter) in [
        ("/api/search?limit=abc", "limit"),
        ("/api/search?limit=101", "limit"),
        ("/api/search?limit=-1", "limit"),
        ("/api/search?offset=99999999999", "offset"),
        ("/api/search?sort=nosuch", "sort"),
        ("/api/search?nosuch=1", "nosuch"),
        ("/api/search?since=yesteryear", "since"),
        ("/api/search?symbol=%20", "symbol"),
        ("/api/search?recency=soon&q=a", "recency"),
        ("/api/search?stories=true&each_locale=true", "stories"),
        ("/api/search?snippets=21", "snippets"),
        ("/api/search?q=a&q=b", "q"),
        ("/api/facets", "by"),
        ("/api/facets?by=nosuch", "by"),
        ("/api/suggest?q=a&limit=0", "limit"),
        ("/api/suggest?limit=", "limit"),
        ("/api/search?sort=", "sort"),
        ("/api/facets?by=symbol&limit=", "limit"),
        ("/api/status?x=1", "x"),
    ] {
        assert_eq!(refused(path, 400)["parameter"], parameter, "{path}");
    }
    refused("/api/article/nosuch", 404);
    refused("/api/article/%00", 404);
    refused("/api/similar/nosuch", 404);
    refused("/api/symbol/%E9%92%99", 404);
    refused("/nosuch", 404);
    let wrong = server.send("POST", "/api/search", &[("Content-Length", "0")]);
    assert_eq!((wrong.status, wrong.header("allow")), (405, "GET,HEAD"));
    assert_eq!(server.get(&format!("/api/search?q={}", "a".repeat(100_000))).status, 414);
    assert_eq!(server.get(&format!("/api/search?q={}", "a".repeat(400_000))).status, 431);
}

#[test]
fn only_who_may_ask_is_answered() {
    let bench = Workbench::with_corpus();
    let server =
        Server::start(&bench, &["--allow-origin", "https://desk.example", "--allow-host", "Search.Example"]);
    let port = server.address.rsplit(':').next().unwrap();
    let with_host = |host: &str| server.send("GET", "/api/search?q=a", &[("Host", host)]).status;
    for host in
        ["evil.example", "127.0.0.1.nip.example", "", "10.0.0.1", "[::ffff:7f00:1].evil", "localhost:x"]
    {
        assert_eq!(with_host(host), 421, "{host}");
    }
    for host in ["localhost", "LOCALHOST:80", "127.0.0.1", "[::1]:7700", "search.example"] {
        assert_eq!(with_host(host), 200, "{host}");
    }
    let two_hosts = "GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    assert!(server.raw(two_hosts).status >= 400);
    let with_origin =
        |method: &str, origin: &str| server.send(method, "/api/search?q=a", &[("Origin", origin)]);
    for origin in ["http://evil.example", "null", "", &format!("http://evil.example:{port}")] {
        let response = with_origin("GET", origin);
        assert_eq!((response.status, response.header("access-control-allow-origin")), (403, ""), "{origin}");
    }
    let own = format!("http://{}", server.address);
    assert_eq!(with_origin("GET", &own).status, 200);
    let allowed = with_origin("GET", "https://desk.example");
    assert_eq!(
        (allowed.status, allowed.header("access-control-allow-origin")),
        (200, "https://desk.example")
    );
    assert_eq!(with_origin("OPTIONS", "https://desk.example").status, 204);
    assert_eq!(with_origin("OPTIONS", "http://evil.example").status, 403);
}

#[test]
fn a_token_is_asked_for() {
    let bench = Workbench::with_corpus();
    let said = bench.fails(&["serve", "--listen", "0.0.0.0:0"], 2);
    assert!(said.contains("--token"), "{said}");
    assert!(bench.fails(&["serve", "--token", "short"], 2).contains("16 characters"));
    let token = "correct-horse-battery";
    let server = Server::start(&bench, &["--token", token]);
    let wrong = server.get("/api/status");
    assert_eq!((wrong.status, wrong.header("www-authenticate")), (401, "Bearer realm=\"newsdex\""));
    let with = |value: &str| server.send("GET", "/api/status", &[("Authorization", value)]).status;
    assert_eq!(with(&format!("Bearer {token}")), 200);
    assert_eq!(with("Bearer correct-horse-batter"), 401);
    assert_eq!(with(token), 401);
    let entered = server.get(&format!("/search?q=solar&token={token}"));
    assert_eq!((entered.status, entered.header("location")), (303, "/search?q=solar"));
    let cookie = entered.header("set-cookie").to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    assert_eq!(server.send("GET", "/api/status", &[("Cookie", cookie)]).status, 200);
    assert_eq!(server.get("/search?q=solar&token=wrong-wrong-wrong-wrong").status, 401);
    // The address that was printed is opened again, or kept.
    let again = server.send("GET", &format!("/?token={token}"), &[("Cookie", cookie)]);
    assert_eq!((again.status, again.header("location")), (303, "/"));
    assert_eq!(server.get(&format!("//evil.example/?token={token}")).header("location"), "/evil.example/");
    assert_eq!(server.get("/healthz").status, 200);
    assert_eq!(server.get("/metrics").status, 401);
    // A browser is shown a page with a box for it, and keeps a cookie for each server of a host.
    let browser = server.send("GET", "/search?q=solar", &[("Accept", "text/html,*/*;q=0.8")]);
    assert_eq!((browser.status, browser.header("content-type")), (401, "text/html; charset=utf-8"));
    assert_eq!(browser.header("www-authenticate"), "Bearer realm=\"newsdex\"");
    assert!(browser.body.contains("type=\"password\" name=\"token\""), "{}", browser.body);
    let port = server.address.rsplit(':').next().unwrap();
    assert!(cookie.starts_with(&format!("newsdex_token_{port}=")), "{cookie}");
}

#[test]
fn the_printed_address_lets_in() {
    let bench = Workbench::with_corpus();
    let server = Server::start(&bench, &["--token", "abcd+efgh/ijkl=mnop"]);
    assert_eq!(server.get(&server.path).status, 303);
}

#[test]
fn an_asset_that_the_client_has_is_not_sent_again() {
    let bench = Workbench::with_corpus();
    let server = Server::start(&bench, &[]);
    let page = server.get("/").body;
    let script = page.split('"').find(|part| part.starts_with("/script-")).unwrap();
    for path in [script, "/icon.svg", "/favicon.ico"] {
        let whole = server.get(path);
        let tag = whole.header("etag");
        assert!(whole.status == 200 && !whole.body.is_empty(), "{path}");
        for known in [tag, tag.trim_start_matches("W/"), "*"] {
            let answer = server.send("GET", path, &[("If-None-Match", known)]);
            assert_eq!((answer.status, answer.body.as_str()), (304, ""), "{path} {known}");
            // RFC 9110, section 15.4.5.
            for name in ["etag", "cache-control"] {
                assert_eq!(answer.header(name), whole.header(name), "{path} {known}");
            }
        }
        assert_eq!(server.send("GET", path, &[("If-None-Match", "\"other\"")]).status, 200, "{path}");
    }
}

#[test]
fn what_is_refused_is_refused_whatever_the_client_has() {
    let bench = Workbench::with_corpus();
    let server = Server::start(&bench, &[]);
    let tag = server.get("/api/search?q=solar").header("etag").to_owned();
    for known in [tag.as_str(), "*"] {
        let with = |path: &str| server.send("GET", path, &[("If-None-Match", known)]).status;
        assert_eq!((with("/api/article/nosuch"), with("/api/search?nosuch=1")), (404, 400), "{known}");
    }
    assert_eq!(server.get("/api/article/%FF").header("content-type"), "application/problem+json");
}

#[test]
fn a_client_that_goes_away_is_not_counted_for_ever() {
    let bench = Workbench::with_corpus();
    let server = Server::start(&bench, &[]);
    for _ in 0..20 {
        let mut stream = TcpStream::connect(&server.address).unwrap();
        let request = format!("GET /search?stories=true&q=a* HTTP/1.1\r\nHost: {}\r\n\r\n", server.address);
        stream.write_all(request.as_bytes()).unwrap();
    }
    let started = Instant::now();
    while !server.get("/metrics").body.contains("newsdex_requests_running 1\n") {
        assert!(started.elapsed() < Duration::from_secs(20), "{}", server.get("/metrics").body);
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_body_that_is_too_long_is_refused() {
    let bench = Workbench::with_corpus();
    let server = Server::start(&bench, &[]);
    let head = format!(
        "POST /mcp HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n",
        server.address
    );
    // The client is still sending when it is answered.
    assert_eq!(server.raw(&(head + &"x".repeat(3_000_000))).status, 413);
}

/// A request to `/mcp` with a body.
fn post(server: &Server, headers: &[(&str, &str)], body: &str) -> Response {
    let mut head = format!("POST /mcp HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", server.address);
    for (name, value) in [("Content-Type", "application/json")].iter().chain(headers) {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    server.raw(&format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()))
}

#[test]
fn agents_are_answered_whatever_they_accept_by_wildcards() {
    let bench = Workbench::with_corpus();
    let server = Server::start(&bench, &[]);
    let list = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
    // RFC 9110, section 12.5.1.
    for accept in
        ["application/json, text/event-stream", "*/*", "application/*, text/*", "text/html, */*;q=0.1"]
    {
        let answer = post(&server, &[("Accept", accept)], list);
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"), "{accept}");
    }
    assert_eq!(post(&server, &[], list).status, 200);
    for accept in ["text/html", "application/json", "*/*, text/event-stream;q=0"] {
        assert_eq!(post(&server, &[("Accept", accept)], list).status, 406, "{accept}");
    }
}

#[test]
fn bodies_that_are_no_messages_are_answered_by_the_book() {
    let bench = Workbench::with_corpus();
    let server = Server::start(&bench, &[]);
    for (body, code, id) in [
        ("", -32700, Value::Null),
        ("{bad", -32700, Value::Null),
        ("[]", -32600, Value::Null),
        ("7", -32600, Value::Null),
        (r#"{"jsonrpc":"2.0","id":5,"method":"tools/call"}"#, -32602, 5.into()),
    ] {
        let answer = post(&server, &[], body);
        assert_eq!((answer.status, answer.header("content-type")), (400, "application/json"), "{body}");
        let answer: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!((&answer["error"]["code"], &answer["id"]), (&code.into(), &id), "{body}");
    }
    let note = r#"{"jsonrpc":"2.0","method":"notifications/cancelled"}"#;
    assert_eq!(post(&server, &[], note).status, 202);
    // A client without the header is one of 2025-03-26, which has batches.
    let ping = |id: u8| format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#);
    let batch = format!("[{},{note},{},1]", ping(2), ping(3));
    let answer = post(&server, &[], &batch);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let answers: Value = serde_json::from_str(&answer.body).unwrap();
    let ids: Vec<_> = answers.as_array().unwrap().iter().map(|answer| answer["id"].clone()).collect();
    assert_eq!(ids, [Value::from(2), 3.into(), Value::Null]);
    assert_eq!(post(&server, &[], &format!("[{note}]")).status, 202);
    assert_eq!(post(&server, &[("MCP-Protocol-Version", "2025-03-26")], &batch).status, 200);
    assert_eq!(post(&server, &[("MCP-Protocol-Version", "2025-06-18")], &batch).status, 400);
    let text = [("Content-Type", "text/plain"), ("Content-Length", "0")];
    assert_eq!(server.send("POST", "/mcp", &text).status, 415);
}

#[test]
fn a_body_of_malformed_chunks_is_refused() {
    let bench = Workbench::with_corpus();
    let server = Server::start(&bench, &[]);
    let head = format!(
        "POST /mcp HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
        server.address
    );
    let ping = r#"{"jsonrpc":"2.0","id":2,"method":"ping"}"#;
    // The connection is closed, as what follows cannot be told apart from a request (RFC 9112, section 6.3).
    for chunks in ["zz\r\n{}\r\n0\r\n\r\n", "-1\r\n", "2\r\n{}xx0\r\n\r\n", "FFFFFFFFFFFFFFFFF\r\n{}"] {
        let refused = server.raw(&format!("{head}{chunks}GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        assert_eq!((refused.status, refused.body.contains("HTTP/1.1")), (400, false), "{chunks:?}");
    }
    let whole =
        format!("{:x}\r\n{}\r\n{:x};a=b\r\n{}\r\n0\r\n\r\n", 9, &ping[..9], ping.len() - 9, &ping[9..]);
    let head = head.replace("Host", "Connection: close\r\nHost");
    assert_eq!(server.raw(&format!("{head}{whole}")).status, 200);
}

#[test]
fn connections_that_wait_for_their_clients_give_way() {
    let bench = Workbench::with_corpus();
    // As a server whose connections are all in use: it has file descriptors for about fifty of them.
    let newsdex = bench.command(&["serve", "--listen", "127.0.0.1:0"]);
    let mut limited = Command::new("sh");
    limited
        .args(["-c", "ulimit -n 80 && exec \"$0\" \"$@\""])
        .arg(newsdex.get_program())
        .args(newsdex.get_args());
    limited.env_clear().envs(newsdex.get_envs().filter_map(|(name, value)| Some((name, value?))));
    limited.current_dir(bench.path()).stdin(Stdio::null());
    let server = Server::start_command(limited);
    let mut held = Vec::new();
    for begun in [
        "",
        "GET /search?q=a HTTP/1.1\r\nHost: l",
        "POST /mcp HTTP/1.1\r\nHost: localhost\r\n\
         Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ] {
        for _ in 0..100 {
            let mut stream = TcpStream::connect(&server.address).unwrap();
            // One that has given way already may be closed.
            let _ = stream.write_all(begun.as_bytes());
            held.push(stream);
        }
        assert_eq!(server.get("/api/search?q=perovskite").status, 200, "{begun}");
    }
}

#[test]
fn a_body_that_never_ends_is_refused_and_a_token_is_asked_for_before() {
    let bench = Workbench::with_corpus();
    let server = Server::start(&bench, &["--token", "correct-horse-battery"]);
    let head = format!(
        "POST /mcp HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n",
        server.address
    );
    // Nothing of the body is sent.
    assert_eq!(server.raw(&format!("{head}\r\n")).status, 401);
    let mut stream = TcpStream::connect(&server.address).unwrap();
    let token = "Authorization: Bearer correct-horse-battery";
    stream.write_all(format!("{head}{token}\r\n\r\n{{").as_bytes()).unwrap();
    let mut slow = stream.try_clone().unwrap();
    // The pauses are short, the whole is not. It ends when the server closes.
    let sender = thread::spawn(move || {
        while slow.write_all(b" ").is_ok() {
            thread::sleep(Duration::from_millis(200));
        }
    });
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert_eq!(Response::of(&answer).status, 408);
    let _ = stream.shutdown(std::net::Shutdown::Both);
    sender.join().unwrap();
}

#[test]
fn an_index_that_is_destroyed_or_gone_is_told() {
    let bench = Workbench::with_corpus();
    let mut command = bench.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.stderr(Stdio::piped());
    let mut server = Server::start_command(command);
    let until_health = |status: u16| {
        let started = Instant::now();
        loop {
            let health = server.get("/healthz");
            if health.status == status {
                return health.body;
            }
            assert!(started.elapsed() < Duration::from_secs(30), "{}: {}", health.status, health.body);
            thread::sleep(Duration::from_millis(50));
        }
    };
    let is_told = |count: u8| server.get("/metrics").body.contains(&format!("newsdex_complaints {count}\n"));
    assert!(until_health(200) == "ok\n" && is_told(0));
    let list = bench.index().join("meta.json");
    let sound = std::fs::read(&list).unwrap();
    let away = bench.path().join("away");
    for gone in [false, true] {
        if gone {
            std::fs::rename(bench.index(), &away).unwrap();
        } else {
            std::fs::write(&list, "garbage").unwrap();
        }
        let said = until_health(503);
        assert!(said.contains("the index cannot be read"), "{said}");
        assert!(!said.contains(bench.path().to_str().unwrap()), "who has no token learns no paths: {said}");
        assert!(is_told(1));
        // It answers with what it has.
        assert_eq!(server.json("/api/search?q=perovskite")["total"], 3);
        if gone {
            std::fs::rename(&away, bench.index()).unwrap();
        } else {
            std::fs::write(&list, &sound).unwrap();
        }
        assert!(until_health(200) == "ok\n" && is_told(0));
    }
    server.child.kill().unwrap();
    let mut said = String::new();
    server.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    // Two beginnings and two ends.
    assert_eq!(said.lines().count(), 4, "{said}");
    assert!(said.contains(bench.index().to_str().unwrap()), "{said}");
}

/// Overwrites the beginning of the texts of an index, as a failing disk would.
fn spoil_texts(bench: &Workbench) {
    let files = std::fs::read_dir(bench.index()).unwrap().map(|file| file.unwrap().path());
    for file in files.filter(|file| file.extension().is_some_and(|kind| kind == "store")) {
        // In place: the server has mapped it. It keeps blocks that it has read.
        std::fs::OpenOptions::new().write(true).open(file).unwrap().write_all(&[0; 64]).unwrap();
    }
}

#[test]
fn damage_that_a_request_meets_is_told_until_another_commit() {
    let bench = Workbench::with_corpus();
    let mut command = bench.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.stderr(Stdio::piped());
    let mut server = Server::start_command(command);
    let call = |tool: &str, arguments: &str| {
        let params = format!(r#"{{"name":"{tool}","arguments":{arguments}}}"#);
        post(&server, &[], &format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{params}}}"#))
    };
    let fails: [&dyn Fn(); 4] = [
        &|| assert_eq!(server.get("/api/search?q=perovskite").status, 500),
        &|| assert_eq!(server.get("/?q=perovskite").status, 500),
        &|| assert!(call("search", r#"{"query":"perovskite"}"#).body.contains(r#""isError":true"#)),
        // Its response has begun.
        &|| drop(server.get("/api/export?q=perovskite")),
    ];
    for fail in fails {
        spoil_texts(&bench);
        assert_eq!(server.get("/healthz").body, "ok\n", "it is not noticed before a request meets it");
        fail();
        // Neither a request that meets no damage ends it, nor a look for a new commit, which a call begins with.
        assert_eq!(server.json("/api/search?q=zzyzx")["total"], 0);
        assert!(call("search", r#"{"query":"zzyzx"}"#).body.contains(r#""isError":false"#));
        let health = server.get("/healthz");
        assert_eq!(health.status, 503);
        assert_eq!(health.body, "degraded\nanswers: requests fail because the index is damaged\n");
        assert!(server.get("/metrics").body.contains("newsdex_complaints 1\n"));
        // A repair commits more than once; a call looks for the last commit.
        bench.ok(&["repair"]);
        call("search", r#"{"query":"zzyzx"}"#);
        assert_eq!(server.get("/healthz").body, "ok\n");
    }
    assert_eq!(server.json("/api/search?q=perovskite")["total"], 3);
    server.child.kill().unwrap();
    let mut said = String::new();
    server.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    // A beginning and an end each. The operator learns where the index is.
    assert_eq!(said.lines().count(), 2 * 4, "{said}");
    assert!(said.lines().step_by(2).all(|line| line.contains(bench.index().to_str().unwrap())), "{said}");
}

#[test]
fn a_health_check_may_be_of_http_1_0() {
    let bench = Workbench::with_corpus();
    let server = Server::start(&bench, &[]);
    assert_eq!(server.raw("GET /healthz HTTP/1.0\r\n\r\n").body, "ok\n");
    assert_eq!(server.raw("HEAD /healthz HTTP/1.0\r\n\r\n").status, 200);
    // A browser that is led here by a foreign name says so; nothing else is answered without a name.
    assert_eq!(server.raw("GET /healthz HTTP/1.0\r\nHost: evil.example\r\n\r\n").status, 421);
    assert_eq!(server.raw("GET /api/status HTTP/1.0\r\n\r\n").status, 421);
}

#[test]
fn any_response_may_be_one_that_the_client_has() {
    let bench = Workbench::with_corpus();
    let server = Server::start(&bench, &[]);
    // RFC 9110, section 13.1.2.
    for path in ["/api/search?q=solar", "/search?q=solar", "/api/status"] {
        let response = server.send("GET", path, &[("If-None-Match", "*")]);
        assert_eq!((response.status, response.body.as_str()), (304, ""), "{path}");
        assert!(response.header("etag").starts_with("W/\""), "{path}");
    }
}

#[test]
fn an_article_of_many_locales_names_some_and_counts_the_rest() {
    let bench = Workbench::new();
    // 64 pages of one article.
    for (a, b) in ('A'..='H').flat_map(|a| ('A'..='H').map(move |b| (a, b))) {
        let page = article(200_000_001, "03-07", "Quinoa rose.").replace("\"en\"", &format!("\"en-{a}{b}\""));
        bench.write(&format!("{a}{b}.md"), &page.replace("/en/", &format!("/en-{a}{b}/")));
    }
    bench.ingest();
    let server = Server::start(&bench, &[]);
    let found = server.json("/api/search?q=quinoa");
    let hit = &found["hits"][0];
    assert_eq!((&found["total"], &found["pages"]), (&1.into(), &64.into()));
    assert_eq!((hit["also"].as_array().unwrap().len(), &hit["more_locales"]), (20, &43.into()));
    assert!(bench.ok(&["query", "quinoa"]).contains(" and 43 more"));
    assert!(bench.ok(&["status"]).contains(" and 44 more"));
    // A page of the browser names eight.
    let key = hit["key"].as_str().unwrap();
    for path in ["/search?q=quinoa".to_owned(), format!("/article/{key}")] {
        let page = server.get(&path).body;
        assert!(page.contains("+55<"), "{path}: {page}");
        assert_eq!(
            page.matches("/article/200000001/en-").count(),
            if path.starts_with("/s") { 9 } else { 8 }
        );
    }
}

#[test]
fn a_query_that_would_take_minutes_is_refused() {
    let bench = Workbench::with_corpus();
    let server = Server::start(&bench, &[]);
    let phrase = "%22the+and+of+to+a+in+for+is+on+that%22~200+";
    assert_eq!(server.get(&format!("/api/search?q={}", phrase.repeat(6))).status, 200);
    let refused = server.get(&format!("/api/search?q={}", phrase.repeat(7)));
    assert!(refused.status == 400 && refused.body.contains("too-much"), "{}", refused.body);
}

#[test]
fn an_answer_is_given_again_until_a_commit() {
    let bench = Workbench::new();
    bench.article("1.md", 200_000_001, "03-07", "A solar farm.");
    bench.ingest();
    let server = Server::start(&bench, &[]);
    let first = server.get("/api/search?q=solar");
    let tag = first.header("etag").to_owned();
    // The minute may turn in between, and is part of the tag.
    let again = || server.send("GET", "/api/search?q=solar", &[("If-None-Match", &tag)]);
    let same = again();
    assert!(same.status == 304 && same.body.is_empty() || same.header("etag") != tag, "{}", same.head);
    bench.article("2.md", 200_000_002, "03-08", "Another solar farm.");
    bench.ingest();
    let started = Instant::now();
    loop {
        let total = server.json("/api/search?q=solar")["total"].clone();
        if total == 2 {
            break;
        }
        assert_eq!(total, 1);
        assert!(started.elapsed() < Duration::from_secs(20), "the commit was not taken up");
        thread::sleep(Duration::from_millis(50));
    }
    let anew = again();
    assert_eq!(anew.status, 200);
    assert_ne!(anew.header("etag"), tag);
}

#[test]
fn watched_folders_are_searched_as_they_are() {
    let bench = Workbench::new();
    bench.article("1.md", 200_000_001, "03-07", "A solar farm.");
    let server = Server::start(&bench, &["--watch", "news"]);
    let until = |query: &str, total: u64| {
        let started = Instant::now();
        while server.json(&format!("/api/search?q={query}"))["total"] != total {
            assert!(started.elapsed() < Duration::from_secs(30), "`{query}` was not found {total} times");
            thread::sleep(Duration::from_millis(50));
        }
    };
    until("solar", 1);
    bench.write("deep/2.md", &article(200_000_002, "03-08", "A wind farm."));
    until("wind", 1);
    bench.write("deep/2.md", &article(200_000_002, "03-08", "A tidal farm."));
    until("tidal", 1);
    until("wind", 0);
    std::fs::remove_file(bench.news().join("1.md")).unwrap();
    until("solar", 0);
}

/// Asks until an answer is as expected.
pub(crate) fn until(what: &str, is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(30), "{what}");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn the_articles_of_a_watched_folder_that_goes_away_stay_until_it_is_back() {
    let bench = Workbench::new();
    bench.article("1.md", 200_000_001, "03-07", "A solar farm.");
    bench.write("other/2.md", &article(200_000_002, "03-07", "A solar field."));
    let other = bench.path().join("other");
    std::fs::rename(bench.news().join("other"), &other).unwrap();
    let server = Server::start(&bench, &["--watch", "news", "--watch", "other"]);
    let total = |query: &str| server.json(&format!("/api/search?q={query}"))["total"].clone();
    let health = || server.get("/healthz").body;
    until("both are found", || total("solar") == 2);
    assert_eq!(health(), "ok\n");

    let away = bench.path().join("away");
    std::fs::rename(bench.news(), &away).unwrap();
    until("it is told", || health().contains("degraded\nwatch: a watched folder cannot be read"));
    assert!(server.get("/metrics").body.contains("newsdex_complaints 1\n"));
    // The other folder is still watched, and shows that there was an ingest.
    std::fs::write(other.join("3.md"), article(200_000_003, "03-08", "A wind farm.")).unwrap();
    until("the other folder is ingested", || total("wind") == 1);
    assert_eq!(total("solar"), 2);

    // An empty folder in its place may be where its disk is mounted.
    std::fs::create_dir(bench.news()).unwrap();
    until("it is told", || health().contains("degraded\nwatch: a watched folder holds no files"));
    std::fs::write(other.join("3.md"), article(200_000_003, "03-08", "A tidal farm.")).unwrap();
    until("the other folder is ingested", || total("tidal") == 1);
    assert_eq!(total("solar"), 2);

    std::fs::remove_dir(bench.news()).unwrap();
    std::fs::rename(&away, bench.news()).unwrap();
    until("it is back", || health() == "ok\n");
    bench.article("1.md", 200_000_001, "03-07", "A nuclear plant.");
    until("its changes are seen", || total("nuclear") == 1);
    assert_eq!(total("solar"), 1);
}

#[test]
fn a_watched_folder_that_is_replaced_is_watched_on() {
    let bench = Workbench::new();
    bench.article("1.md", 200_000_001, "03-07", "A solar farm.");
    let server = Server::start(&bench, &["--watch", "news"]);
    let total = |query: &str| server.json(&format!("/api/search?q={query}"))["total"].clone();
    until("it is found", || total("solar") == 1);
    for n in 2..4 {
        // By a rename, then by a new folder that may get the same inode.
        if n == 2 {
            std::fs::rename(bench.news(), bench.path().join("old")).unwrap();
        } else {
            std::fs::remove_dir_all(bench.news()).unwrap();
        }
        bench.article("1.md", 200_000_001, "03-07", &format!("A replaced{n} farm."));
        until("the new folder is ingested", || total(&format!("replaced{n}")) == 1);
        bench.article("2.md", 200_000_002, "03-07", &format!("A later{n} farm."));
        until("its changes are seen", || total(&format!("later{n}")) == 1);
    }
    assert_eq!(total("farm"), 2);
}

#[test]
fn pages_hold_no_markup_of_strangers() {
    let bench = Workbench::new();
    let attack = "<script>alert(1)</script><img src=x onerror=alert(1)>";
    let page = format!(
        "---\ntitle: \"{attack} \u{202e}perovskite\"\ntype: \"News\"\nlocale: \"en\"\nurl: \"javascript:alert(1)\"\n\
         datetime: \"2025-03-07T08:00:00Z\"\n---\n\nperovskite `{attack}` and [a](javascript:alert(2)).\n"
    );
    bench.write("attack.md", &page);
    bench.ingest();
    let server = Server::start(&bench, &[]);
    let key = bench.keys(&["perovskite"])[0].clone();
    let typed = "%3Cscript%3Ealert(3)%3C/script%3E%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E+perovskite";
    for path in [
        "/".to_owned(),
        "/search?q=perovskite".to_owned(),
        format!("/search?q={typed}"),
        format!("/search?q=perovskite&symbol={typed}"),
        format!("/search?q=perovskite&since={typed}"),
        format!("/search?q=titel:{typed}"),
        format!("/article/{key}?q=perovskite"),
        format!("/article/{typed}"),
        format!("/symbol/{typed}"),
    ] {
        let response = server.get(&path);
        assert!(response.header("content-type").starts_with("text/html"), "{path}: {}", response.head);
        let body = response.body.to_lowercase();
        for bad in ["<script>", "<img", "href=\"javascript:", "\u{202e}", " style=", " onerror=\""] {
            assert!(!body.contains(bad), "{path} has {bad}:\n{body}");
        }
        let loaded = body.matches("<script").count();
        assert!(loaded == 1 && body.contains("<script src=\"/script-"), "{path}");
        assert!(body.len() < 60_000);
    }
}

#[test]
fn a_page_joins_the_lines_of_a_chinese_paragraph() {
    let bench = Workbench::new();
    let page = "---\ntitle: 股权激励\nlocale: zh-CN\nurl: https://news.example/zh-CN/news/200000001.md\n\
                datetime: 2025-03-07T08:00:00Z\ndescription: |\n  公司拟实施员工持\n  股计划\n---\n\n董事会已审\n议通过\n";
    bench.write("a.md", page);
    bench.ingest();
    let server = Server::start(&bench, &[]);
    let key = bench.keys(&["持股计划"])[0].clone();
    let shown = server.get(&format!("/article/{key}")).body;
    assert!(shown.contains("公司拟实施员工持股计划") && shown.contains("董事会已审议通过"), "{shown}");
}

#[test]
fn every_answer_says_what_a_browser_may_do() {
    let bench = Workbench::with_corpus();
    let server = Server::start(&bench, &[]);
    for path in
        ["/", "/search?q=solar", "/api/status", "/nosuch", "/metrics", "/search?q=titel:x", "/icon.svg"]
    {
        let response = server.get(path);
        assert!(response.header("content-security-policy").starts_with("default-src 'none'"), "{path}");
        assert!(!response.header("content-security-policy").contains("unsafe"), "{path}");
        assert_eq!(response.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(response.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(response.header("server"), "", "{path}");
    }
    // Nothing is waited for before a page is shown.
    let page = server.get("/");
    assert!(page.header("content-security-policy").contains("style-src 'sha256-"), "{}", page.head);
    assert!(page.body.contains("<style>") && !page.body.contains("rel=\"stylesheet\""), "{}", page.body);
    let script = page.body.split("src=\"/script-").nth(1).unwrap().split('"').next().unwrap();
    let script = server.get(&format!("/script-{script}"));
    assert_eq!((script.status, script.header("content-type")), (200, "text/javascript; charset=utf-8"));
    assert!(script.header("cache-control").contains("immutable"));
    let small = server.send("GET", "/search?q=solar", &[("Accept-Encoding", "gzip")]);
    assert_eq!(small.header("content-encoding"), "gzip");
}

#[test]
fn pages_speak_the_language_of_the_browser() {
    let bench = Workbench::with_corpus();
    let server = Server::start(&bench, &[]);
    let page =
        |languages: &str| server.send("GET", "/search?q=perovskite", &[("Accept-Language", languages)]).body;
    assert!(page("de, en;q=0.5").contains(">Search</button>"));
    assert!(page("zh-CN,zh;q=0.9,en;q=0.8").contains("3 篇文章"));
    assert!(page("zh-HK").contains(">搜尋</button>"));
    assert!(page("zh-Hant-TW;q=0.3, en;q=0.2").contains("lang=\"zh-Hant\""));
    assert!(page("en;q=0.1, zh;q=0.2").contains(">搜索</button>"));
    assert!(page(";;;q=,=").contains(">Search</button>"));
}

/// Articles about two securities, one of them by a learned name.
fn bench_of_readings() -> Workbench {
    let bench = Workbench::new();
    bench.listing(200_000_001, "AAPL layoffs", "AAPL.US", "AAPL announced layoffs.");
    bench.listing(200_000_002, "Tesla in Berlin", "TSLA.US", "Tesla opened a plant in March 2025.");
    bench.ingest();
    bench
}

#[test]
fn notes_and_problems_are_told_in_the_language_of_the_page() {
    let bench = bench_of_readings();
    let server = Server::start(&bench, &[]);
    let page = |path: &str, language: &str| server.send("GET", path, &[("Accept-Language", language)]).body;
    let cases = [
        // A note, and what is beside it.
        ("/search?q=AAPL+layoffs", "zh-CN", "`AAPL` 同时理解为证券 AAPL.US；`=AAPL` 只搜索该词"),
        ("/search?q=AAPL+layoffs", "zh-HK", "`AAPL` 同時理解為證券 AAPL.US；`=AAPL` 只搜尋該詞"),
        ("/search?q=AAPL+layoffs", "zh-CN", ">按词语搜索<"),
        ("/search?q=AAPL+layoffs", "zh-HK", ">按詞語搜尋<"),
        ("/search?q=AAPL+layoffs", "en", ">Search for the words<"),
        // A problem with a hint.
        ("/search?q=titel:x", "zh-CN", "没有字段 `titel`"),
        ("/search?q=titel:x", "zh-CN", "您是不是要用 `title:`？如要搜索词语本身，请加引号"),
        ("/search?q=titel:x", "zh-HK", "沒有欄位 `titel`"),
        ("/search?q=titel:x", "zh-HK", "您是不是要用 `title:`？如要搜尋詞語本身，請加引號"),
        ("/search?q=titel:x", "en", "did you mean `title:`? To search for the words themselves, quote them"),
        // Hits with some of the words, and a word that no article has.
        ("/search?q=tesla+layoffs", "zh-CN", "没有文章含有全部词语；以下文章只含部分词语"),
        ("/search?q=tesla+layoffs", "zh-HK", "沒有文章含有全部詞語；以下文章只含部分詞語"),
        ("/search?q=tesle+layofs", "zh-HK", "沒有文章含有 `tesle` 或 `layofs`"),
        // A filter, its chip, and a parameter.
        ("/search?market=china", "zh-CN", "`china` 不是市场；市场有 CN、HK、US、SG 等"),
        ("/search?q=tesla&match=any", "zh-CN", "词语：任一匹配"),
        ("/search?q=tesla&match=any", "zh-HK", "詞語：任一符合"),
        ("/search?q=tesla&match=any", "en", "Words: any"),
        ("/search?nosuch=1", "zh-HK", "沒有參數 `nosuch`"),
        ("/search?q=tesla&page=x", "zh-CN", "`x` 不是整数"),
        ("/article/nosuch", "zh-CN", "没有文章 `nosuch`"),
    ];
    for (path, language, told) in cases {
        let body = page(path, language);
        assert!(body.contains(told), "{path} in {language}: {told}\n{body}");
    }
    // Scripts read English, whatever they accept.
    let json = server.send("GET", "/api/search?q=titel:x", &[("Accept-Language", "zh-CN")]).body;
    assert!(json.contains("there is no field `titel`"), "{json}");
}

#[test]
fn a_reading_is_turned_off_by_a_link() {
    let bench = bench_of_readings();
    let server = Server::start(&bench, &[]);
    let link = |path: &str| {
        let page = server.get(path).body;
        let link = page.split("class=\"undo\" href=\"").nth(1)?.split('"').next()?;
        Some(link.replace("&amp;", "&"))
    };
    let cases = [
        ("/search?q=AAPL+layoffs", "/search?q=%3DAAPL+layoffs"),
        ("/search?q=AAPL+layoffs&market=US", "/search?q=%3DAAPL+layoffs&market=US"),
        ("/search?q=layoffs+%24AAPL", "/search?q=layoffs+%3D%24AAPL"),
        ("/search?q=tesla+in+March+2025", "/search?q=tesla+%22in+March+2025%22"),
        ("/search?q=600586%E6%80%8E%E4%B9%88%E4%BA%86", "/search?q=%3D600586+%E6%80%8E%E4%B9%88%E4%BA%86"),
        (
            "/search?q=2025%E5%B9%B43%E6%9C%88%E5%87%8F%E6%81%AF",
            "/search?q=%222025%E5%B9%B43%E6%9C%88%22+%E5%87%8F%E6%81%AF",
        ),
        ("/search?q=about%3A%22no+such+firm%22", "/search?q=%22no+such+firm%22"),
        ("/search?q=symbol%3Anosuchfirm+plant", "/search?q=%22nosuchfirm%22+plant"),
    ];
    for (path, expected) in cases {
        assert_eq!(link(path).as_deref(), Some(expected), "{path}");
        assert_eq!(link(expected), None, "{expected} is read as words");
        let answer = server.json(&format!("/api{expected}"));
        let notes = answer["notes"].to_string();
        assert!(!notes.contains("read as") && !notes.contains("neither"), "{expected}: {notes}");
    }
    // The span of a filter is no part of the words.
    assert_eq!(link("/search?q=plant&symbol=nosuchfirm"), None);
}

#[test]
fn a_page_of_hits_is_all_in_its_address() {
    let bench = Workbench::with_corpus();
    let server = Server::start(&bench, &[]);
    let start = server.get("/").body;
    assert!(
        start.contains("26 articles") && start.contains("rel=\"next\" href=\"/search?page=2\""),
        "{start}"
    );
    assert!(start.contains("<svg"), "there are bars");
    let second = server.get("/search?page=2").body;
    assert!(second.contains("start=\"11\"") && second.contains("rel=\"prev\" href=\"/\""), "{second}");
    let narrowed = server.get("/search?q=perovskite&symbol=600586.SH&date=2025").body;
    assert!(narrowed.contains("aria-label=\"Remove Security: 600586.SH\""), "{narrowed}");
    assert!(
        narrowed.contains("href=\"/search?q=perovskite&amp;symbol=600586.SH\""),
        "the date can be taken away"
    );
    let nothing = server.get("/search?q=perovskyte").body;
    assert!(nothing.contains("href=\"/search?q=perovskite\""), "what may be meant is a link: {nothing}");
    let in_word = server.get("/search?q=perovskytes+perovskyte").body;
    assert!(!in_word.contains("q=perovskites+perovskyte"), "only a word of its own is changed: {in_word}");
    // A filter in another notation is the one at the side.
    let small = server.get("/search?symbol=SH600586&market=cn").body;
    assert_eq!(small.matches("aria-current=\"true\"><span>CN</span>").count(), 1, "{small}");
    assert!(
        small.contains("aria-current=\"true\"><span>600586.SH</span>") && !small.contains("<span>cn</span>")
    );
    let beyond = server.get("/search?page=999").body;
    assert!(beyond.contains("rel=\"prev\" href=\"/search?page=3\""), "{beyond}");
    assert!(!server.get("/search?date=9000d").body.contains("date=9000\""));
    let whole = server.get("/article/230905679/en?q=perovskite").body;
    assert!(
        whole.contains("<mark>perovskite</mark>") && whole.contains("/article/230905679/zh-CN?q=perovskite")
    );
    assert!(whole.contains("href=\"/symbol/600586.SH\""));
    let security = server.get("/symbol/SH600586").body;
    assert!(security.contains("<h1>600586.SH") && security.contains("<code>SH600586</code>"), "{security}");
    assert!(security.contains("230905679"));
    assert_eq!(server.get("/article/nosuch").status, 404);
    assert_eq!(server.get("/symbol/%E9%92%99").status, 404);
}

#[test]
fn the_description_of_the_api_is_whole() {
    let bench = Workbench::with_corpus();
    let server = Server::start(&bench, &[]);
    let document = server.json("/api/openapi.json");
    assert_eq!(document["openapi"], "3.1.0");
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 8);
    for path in paths.keys() {
        let path = path.replace("{key}", "230905679/en").replace("{notation}", "600586.CN");
        let path = if path == "/api/facets" { "/api/facets?by=symbol".to_owned() } else { path };
        assert_eq!(server.get(&path).status, 200, "{path}");
    }
    // Whatever is referred to is there.
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(document["components"]["schemas"][name].is_object(), "{name}");
    }
}

#[test]
fn it_counts_what_it_does() {
    let bench = Workbench::with_corpus();
    let server = Server::start(&bench, &[]);
    assert_eq!(server.get("/healthz").body, "ok\n");
    server.get("/search?q=solar");
    server.get("/nosuch");
    let metrics = server.get("/metrics").body;
    assert!(metrics.contains("newsdex_requests_total{route=\"/search\",status=\"200\"} 1"), "{metrics}");
    assert!(metrics.contains("newsdex_requests_total{route=\"none\",status=\"404\"} 1"), "{metrics}");
}

#[test]
fn it_finishes_what_runs_when_it_is_stopped() {
    let bench = Workbench::with_corpus();
    let mut server = Server::start(&bench, &[]);
    // A connection that has asked nothing does not keep it.
    let _idle = TcpStream::connect(&server.address).unwrap();
    server.get("/healthz");
    let id = server.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let started = Instant::now();
    let status = loop {
        if let Some(status) = server.child.try_wait().unwrap() {
            break status;
        }
        assert!(started.elapsed() < Duration::from_secs(30), "it goes on");
        thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(status.code(), Some(0));
}

#[test]
fn slow_and_broken_clients_are_no_trouble() {
    let bench = Workbench::with_corpus();
    let server = Server::start(&bench, &[]);
    let slow: Vec<TcpStream> = (0..300)
        .map(|_| {
            let mut stream = TcpStream::connect(&server.address).unwrap();
            stream.write_all(b"GET /search?q=x HTTP/1.1\r\nHost: l").unwrap();
            stream
        })
        .collect();
    for broken in [
        "\0\0\0\0",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\u{16}\u{3}\u{1}",
    ] {
        assert_ne!(server.raw(&format!("{broken}\r\n\r\n")).status, 200);
    }
    let nested = format!("/api/search?q={}a{}", "(a%20OR%20".repeat(60), ")".repeat(60));
    assert_eq!(server.get(&nested).status, 200);
    assert_eq!(server.get("/healthz").status, 200);
    drop(slow);
}

#[test]
fn pages_of_one_date_have_every_article_once_while_some_are_written_again() {
    let bench = Workbench::new();
    for id in 1..=24 {
        bench.article(&format!("{id}.md"), 200_000_000 + id, "03-07", "solar");
    }
    bench.ingest();
    let server = Server::start(&bench, &[]);
    let mut seen = Vec::new();
    for page in 0..4 {
        let found = server.json(&format!("/api/search?q=solar&sort=newest&limit=6&offset={}", 6 * page));
        let keys =
            found["hits"].as_array().unwrap().iter().map(|hit| hit["key"].as_str().unwrap().to_owned());
        seen.extend(keys);
        for id in (1 + page..=24).step_by(4) {
            bench.article(&format!("{id}.md"), 200_000_000 + id, "03-07", &format!("solar round{page}"));
        }
        bench.ingest();
        let started = Instant::now();
        while server.json(&format!("/api/search?q=round{page}"))["total"] != 6 {
            assert!(started.elapsed() < Duration::from_secs(20), "the commit was not taken up");
            thread::sleep(Duration::from_millis(50));
        }
    }
    let expected: Vec<String> = (1..=24).map(|id| format!("{}/en", 200_000_000 + id)).collect();
    assert_eq!(seen, expected);
}
