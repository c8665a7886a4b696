//! Whom a cluster lets in, and what is told where it does not: with servers of the test's own, without a real node.

use super::proxy::{Answer, Asked, Proxy, tls};
use crate::workbench::Workbench;
use std::{
    fs,
    io::{Read as _, Write as _},
    process::Output,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

const GREETING: &str = r#"{"version": {"distribution": "opensearch", "number": "2.19.6"}}"#;

type Answers = fn(&Asked) -> Answer;

/// Greets as a node, and denies everything else.
fn denies(asked: &Asked) -> Answer {
    match asked.path.as_str() {
        "/" => Answer::json(200, GREETING),
        _ => Answer::error(401, "security_exception", "no permissions for a reader"),
    }
}

/// A server that answers so, and what it is asked.
fn recording(answer: Answers) -> (Proxy, Arc<Mutex<Vec<Asked>>>) {
    let seen: Arc<Mutex<Vec<Asked>>> = Arc::default();
    let record = Arc::clone(&seen);
    let server = Proxy::start(move |asked| {
        record.lock().unwrap().push(asked.clone());
        answer(asked)
    });
    (server, seen)
}

/// The value of the header `Authorization`; `None` without one.
fn authorization(asked: &Asked) -> Option<String> {
    asked.head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("authorization").then(|| value.trim().to_owned())
    })
}

fn run(bench: &Workbench, args: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = bench.command(args);
    for (name, value) in variables {
        command.env(name, value);
    }
    command.output().unwrap()
}

/// All that a command prints, which must fail.
fn failure(bench: &Workbench, args: &[&str], variables: &[(&str, &str)]) -> String {
    let output = run(bench, args, variables);
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
    assert!(!said.contains("panicked"), "{args:?}: {said}");
    said
}

#[test]
fn credentials_reach_the_engine_and_are_not_printed() {
    let bench = Workbench::new();
    // As in RFC 7617, section 2.
    let basic = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
    let netrc = bench.path().join("login");
    fs::write(&netrc, "machine 127.0.0.1 login Aladdin password \"open sesame\"\n").unwrap();
    let user = [("NEWSDEX_USER", "Aladdin"), ("NEWSDEX_PASSWORD", "open sesame")];
    let (key, of_key) = (Some("ApiKey aWQ6b3BlbiBzZXNhbWU="), "those of NEWSDEX_API_KEY");
    for (variables, expected, told) in [
        (&[][..], None, "no credentials were sent"),
        (&user, Some(basic), "those of NEWSDEX_USER and NEWSDEX_PASSWORD"),
        (&[("NEWSDEX_API_KEY", "aWQ6b3BlbiBzZXNhbWU=")], key, of_key),
        (&[("NEWSDEX_API_KEY", "id:open sesame")], key, of_key),
        (&[("NETRC", netrc.to_str().unwrap())], Some(basic), "those of the netrc file"),
    ] {
        let (server, seen) = recording(denies);
        let url = server.url("news");
        for args in [
            &["query", "solar"][..],
            &["query", "solar", "--format", "json"],
            &["status"],
            &["status", "--format", "json"],
            &["ingest", "news"],
            &["ingest", "news", "--format", "jsonl"],
            &["serve", "--listen", "127.0.0.1:0"],
        ] {
            let said = failure(&bench, &[args, &["--index", &url]].concat(), variables);
            assert!(said.contains("access to the index") && said.contains(&url), "{args:?}: {said}");
            assert!(said.contains("no permissions for a reader"), "{args:?}: {said}");
            assert!(said.contains(told), "{args:?}: {said}");
            for secret in ["sesame", "QWxhZGRpbjpvcGVu", "b3BlbiBzZXNhbW"] {
                assert!(!said.contains(secret), "{args:?}: {said}");
            }
        }
        let seen = seen.lock().unwrap();
        assert!(seen.len() > 10, "all were sent");
        for asked in seen.iter() {
            assert_eq!(authorization(asked).as_deref(), expected, "{}", asked.path);
        }
    }
}

#[test]
fn credentials_that_cannot_be_used_are_told_by_their_variables() {
    let bench = Workbench::new();
    let (server, seen) = recording(denies);
    let url = server.url("news");
    for (variables, told) in [
        (&[("NEWSDEX_API_KEY", "aWQ6c2VzYW1l\n")][..], "NEWSDEX_API_KEY has a line break"),
        (&[("NEWSDEX_API_KEY", "id:sesame\r\n")], "NEWSDEX_API_KEY has a line break"),
        (&[("NEWSDEX_USER", "sesame")], "NEWSDEX_USER is set, but NEWSDEX_PASSWORD is not"),
        (&[("NEWSDEX_PASSWORD", "sesame")], "NEWSDEX_PASSWORD is set, but NEWSDEX_USER is not"),
        (&[("NEWSDEX_USER", ""), ("NEWSDEX_PASSWORD", "sesame")], "NEWSDEX_PASSWORD is set"),
    ] {
        for command in [&["query", "solar"], &["ingest", "news"]] {
            let said = failure(&bench, &[command, &["--index", &url][..]].concat(), variables);
            assert!(said.contains(told) && said.contains("hint: they are NEWSDEX_USER"), "{said}");
            assert!(!said.contains("sesame") && !said.contains("c2VzYW1l"), "{said}");
        }
    }
    assert_eq!(seen.lock().unwrap().len(), 0, "nothing is sent");
    // A key goes before a user.
    let said = failure(
        &bench,
        &["query", "solar", "--index", &url],
        &[("NEWSDEX_API_KEY", "aWQ6a2V5"), ("NEWSDEX_USER", "me")],
    );
    assert!(said.contains("those of NEWSDEX_API_KEY"), "{said}");
}

#[test]
fn a_redirection_is_not_followed() {
    let bench = Workbench::new();
    for status in [301, 302, 303, 307, 308] {
        for path in ["/", "/news/_mapping"] {
            let (stranger, seen) = recording(denies);
            let to = stranger.url("news");
            let server = Proxy::start(move |asked| match asked.path.as_str() {
                asked if asked == path => Answer::Moved(status, to.clone()),
                _ => denies(asked),
            });
            let user = [("NEWSDEX_USER", "me"), ("NEWSDEX_PASSWORD", "secret")];
            for command in [&["query", "solar"], &["ingest", "news"]] {
                let url = server.url("news");
                let said = failure(&bench, &[command, &["--index", &url][..]].concat(), &user);
                assert!(said.contains("redirection") && said.contains(&url), "{status} {path}: {said}");
            }
            assert_eq!(seen.lock().unwrap().len(), 0, "{status} {path}: another host was asked");
        }
    }
}

#[test]
fn a_login_goes_to_its_own_host_only() {
    let bench = Workbench::new();
    let netrc = bench.path().join("login");
    fs::write(&netrc, "machine 127.0.0.1 login me password secret\n").unwrap();
    let (first, of_first) = recording(|asked| match asked.path.as_str() {
        "/" => Answer::json(200, GREETING),
        _ => Answer::json(503, ""),
    });
    let (second, of_second) = recording(denies);
    let url = first.url("news").replace("/news", &format!(",localhost:{}/news", second.port()));
    let said = failure(&bench, &["query", "solar", "--index", &url], &[("NETRC", netrc.to_str().unwrap())]);
    assert!(said.contains("access to the index"), "{said}");
    let logins =
        |seen: &Mutex<Vec<Asked>>| seen.lock().unwrap().iter().map(authorization).collect::<Vec<_>>();
    let (first, second) = (logins(&of_first), logins(&of_second));
    assert!(!first.is_empty() && first.iter().all(Option::is_some), "{first:?}");
    assert!(!second.is_empty() && second.iter().all(Option::is_none), "{second:?}");
}

#[test]
fn what_is_no_cluster_is_told_at_once() {
    let bench = Workbench::new();
    let cases: [(&str, Answers, &str); 11] = [
        ("401", |_| Answer::json(401, "Unauthorized"), "access to the index at URL was denied: Unauthorized"),
        ("403", |_| Answer::json(403, ""), "access to the index at URL was denied: 403 Forbidden"),
        ("404", |_| Answer::json(404, "nothing here"), "404 Not Found: nothing here"),
        ("500", |_| Answer::json(500, ""), "cannot reach the index at URL: 500 Internal Server Error"),
        (
            "not JSON",
            |_| Answer::json(200, "<html>hello</html>"),
            "what answers there is not supported at URL",
        ),
        ("another product", |_| Answer::json(200, r#"{"version": "9"}"#), "what answers there"),
        (
            "another version",
            |_| Answer::json(200, r#"{"version": {"distribution": "opensearch", "number": "1.3.20"}}"#),
            "OpenSearch 1.3.20 is not supported at URL",
        ),
        (
            "Elasticsearch",
            |_| Answer::json(200, r#"{"version": {"number": "9.1.0"}}"#),
            "Elasticsearch 9.1.0 is not supported at URL",
        ),
        ("closed", |_| Answer::Nothing, "cannot reach the index at URL"),
        ("cut", |_| Answer::Cut(200, GREETING.into(), 9), "cannot reach the index at URL"),
        (
            "an index of somebody else",
            |asked| match asked.path.as_str() {
                "/" => Answer::json(200, GREETING),
                _ => Answer::json(200, r#"{"news": {"mappings": {}}}"#),
            },
            "URL is not a newsdex index",
        ),
    ];
    for (case, answer, message) in cases {
        let server = Proxy::start(answer);
        let url = server.url("news");
        for command in [&["query", "solar"], &["ingest", "news"]] {
            let started = Instant::now();
            let said = failure(&bench, &[command, &["--index", &url][..]].concat(), &[]);
            assert!(said.contains(&message.replace("URL", &url)), "{case}: {said}");
            assert!(started.elapsed() < Duration::from_secs(20), "{case}: {:?}", started.elapsed());
        }
    }
    let said = failure(&bench, &["query", "solar", "--index", "http://127.0.0.1:1/news"], &[]);
    assert!(said.contains("cannot reach the index at http://127.0.0.1:1/news"), "{said}");
}

#[test]
fn an_answer_without_an_end_is_an_error() {
    let bench = Workbench::new();
    let server = Proxy::start(|asked| match asked.path.as_str() {
        "/" => Answer::json(200, GREETING),
        _ => Answer::Endless,
    });
    let said = failure(&bench, &["query", "solar", "--index", &server.url("news")], &[]);
    assert!(said.contains("an answer of more than 512 MiB"), "{said}");
}

#[test]
fn an_error_of_the_engine_cannot_command_the_terminal() {
    let bench = Workbench::new();
    let server = Proxy::start(|asked| match asked.path.as_str() {
        "/" => Answer::json(200, GREETING),
        _ => Answer::json(500, "\u{1b}]0;title\u{7}<html>\n\u{202e}oops</html>"),
    });
    let said = failure(&bench, &["query", "solar", "--index", &server.url("news")], &[]);
    assert!(said.contains("oops") && !said.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{said:?}");
}

#[test]
fn a_node_is_trusted_by_the_given_certificates() {
    let bench = Workbench::new();
    let server = Proxy::encrypted(denies);
    let (url, user) =
        (server.url("news"), [("NEWSDEX_USER", "Aladdin"), ("NEWSDEX_PASSWORD", "open sesame")]);
    let authority = tls("authority.pem").display().to_string();
    let another = tls("another.pem").display().to_string();
    let args = ["query", "solar", "--index", &url];
    // The right one lets the request through, by the option or by the variable.
    let said = failure(&bench, &[&args[..], &["--cacert", &authority]].concat(), &user);
    assert!(said.contains("no permissions for a reader"), "{said}");
    let variables = [&user[..], &[("NEWSDEX_CACERT", &authority)]].concat();
    let said = failure(&bench, &args, &variables);
    assert!(said.contains("no permissions for a reader"), "{said}");
    // Another one, or those of the system, do not.
    for more in [&["--cacert", &another][..], &[]] {
        let said = failure(&bench, &[&args[..], more].concat(), &user);
        assert!(said.contains("cannot reach the index") && said.contains(&url), "{said}");
        assert!(said.contains("certificate") && said.contains("UnknownIssuer"), "{said}");
        assert!(
            said.contains("no trusted authority") && said.contains("hint: name the certificate"),
            "{said}"
        );
        assert!(!said.contains("sesame"), "{said}");
    }
    // The certificate is for this host, and not for another.
    let elsewhere = url.replace("127.0.0.1", "127.0.0.2");
    let said = failure(&bench, &["query", "solar", "--index", &elsewhere, "--cacert", &authority], &[]);
    assert!(said.contains("cannot reach the index"), "{said}");
    for (file, told) in [("missing.pem", "missing.pem"), ("../proxy.rs", "no certificates in PEM")] {
        let file = tls(file).display().to_string();
        let said = failure(&bench, &[&args[..], &["--cacert", &file]].concat(), &user);
        assert!(said.contains(told) && said.contains("hint: name a file of certificates"), "{said}");
    }
}

#[test]
fn the_other_scheme_is_hinted_at() {
    let bench = Workbench::new();
    let (plain, encrypted) = (Proxy::start(denies), Proxy::encrypted(denies));
    let url = plain.url("news").replace("http://", "https://");
    let said = failure(&bench, &["query", "solar", "--index", &url], &[]);
    assert!(said.contains("cannot reach") && said.contains("name it with http://"), "{said}");
    // A node answers in HTTP what it cannot read.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/news", listener.local_addr().unwrap());
    let answering = std::thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut hello = [0; 5];
        client.read_exact(&mut hello).unwrap();
        client.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").unwrap();
        let _ = client.read_to_end(&mut Vec::new());
    });
    let said = failure(&bench, &["query", "solar", "--index", &url], &[]);
    answering.join().unwrap();
    assert!(said.contains("the node does not speak TLS") && said.contains("with http://"), "{said}");
    let url = encrypted.url("news").replace("https://", "http://");
    let said = failure(&bench, &["query", "solar", "--index", &url], &[]);
    assert!(said.contains("cannot reach") && said.contains("name it with https://"), "{said}");
    // Nothing is known of the scheme where nothing listens.
    let said = failure(&bench, &["query", "solar", "--index", "http://127.0.0.1:1/news"], &[]);
    assert!(!said.contains("https://"), "{said}");
}

#[test]
fn a_certificate_that_is_an_authority_is_told_in_plain_words() {
    let bench = Workbench::new();
    let authority = tls("authority.pem").display().to_string();
    let make = |more: &[&str], name: &str| {
        let (certificate, key) =
            (bench.path().join(format!("{name}.pem")), bench.path().join(format!("{name}.key")));
        let output = std::process::Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=node"])
            .args(["-addext", "subjectAltName=IP:127.0.0.1"])
            .args(more)
            .arg("-keyout")
            .arg(&key)
            .arg("-out")
            .arg(&certificate)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        (certificate, key)
    };
    for (more, name, told) in [
        (&[][..], "authority", "is that of an authority (CA:TRUE)"),
        (&["-addext", "basicConstraints=critical,CA:FALSE"], "node", "no permissions for a reader"),
    ] {
        let (certificate, key) = make(more, name);
        let server = Proxy::encrypted_by(denies, &certificate, &key);
        let args =
            ["query", "solar", "--index", &server.url("news"), "--cacert", certificate.to_str().unwrap()];
        let said = failure(&bench, &args, &[]);
        assert!(said.contains(told), "{said}");
        let said = failure(&bench, &[&args[..4], &["--cacert", &authority]].concat(), &[]);
        assert!(said.contains("cannot reach the index"), "{said}");
    }
}

#[test]
fn the_path_of_a_url_is_told_as_it_was_read() {
    let bench = Workbench::new();
    let server = Proxy::start(|asked| match asked.path.as_str() {
        "/ne/" => Answer::error(404, "index_not_found_exception", "no such index [ne]"),
        _ => Answer::json(200, GREETING),
    });
    let said = failure(&bench, &["query", "solar", "--index", &server.url("ne/ws")], &[]);
    assert!(
        said.contains("no such index [ne] (read as the index `ws` of an engine at the path `/ne`)"),
        "{said}"
    );
}

#[test]
fn what_belongs_to_others_at_a_url_is_no_folder() {
    let bench = Workbench::new();
    let foreign: Answers = |asked| match asked.path.as_str() {
        "/" => Answer::json(200, GREETING),
        _ => Answer::json(200, r#"{"news": {"mappings": {}}}"#),
    };
    let newer: Answers = |asked| match asked.path.as_str() {
        "/" => Answer::json(200, GREETING),
        _ => Answer::json(
            200,
            r#"{"news": {"mappings": {"_meta": {"newsdex": {"format": 999, "analysis": 1, "version": "9.0.0", "schema": []}}}}}"#,
        ),
    };
    for (answer, told) in [
        (foreign, "hint: name another index at the end of the URL"),
        (newer, "hint: install the newer newsdex, or ingest into an index of another name"),
    ] {
        let server = Proxy::start(answer);
        let said = failure(&bench, &["query", "solar", "--index", &server.url("news")], &[]);
        assert!(said.contains(told) && !said.contains("folder"), "{said}");
    }
}

#[test]
fn what_is_named_for_the_credentials_is_never_left_out() {
    let bench = Workbench::new();
    let (server, seen) = recording(denies);
    let args = ["query", "solar", "--index", &server.url("news")];
    let missing = bench.path().join("missing.netrc");
    let missing = missing.to_str().unwrap();
    let said = failure(&bench, &args, &[("NETRC", missing)]);
    assert!(said.contains(missing) && said.contains("NETRC"), "{said}");
    let folder = bench.path().to_str().unwrap();
    let said = failure(&bench, &args, &[("NETRC", folder)]);
    assert!(said.contains(folder) && said.contains("NETRC"), "{said}");
    // Certificates are of no use without encryption.
    let authority = tls("authority.pem").display().to_string();
    let said = failure(&bench, &[&args[..], &["--cacert", &authority]].concat(), &[]);
    assert!(said.contains("--cacert") && said.contains("https://") && said.contains(&authority), "{said}");
    assert!(seen.lock().unwrap().is_empty(), "nothing is sent");
}
