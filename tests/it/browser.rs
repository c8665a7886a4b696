//! The page in a real browser, driven by `WebDriver`. Skipped by name where there is no Chromium with its driver.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use crate::{serve::Server, workbench::Workbench};
use fantoccini::{Client, ClientBuilder, Locator, key::Key};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

/// A driver, which starts browsers.
struct Driver {
    child: Child,
    address: String,
}

impl Driver {
    /// A driver on a port of its own; none where this machine has no browser.
    fn start() -> Option<Self> {
        let has =
            |program| Command::new(program).arg("--version").output().is_ok_and(|out| out.status.success());
        if !has("chromedriver") || !has("chromium") {
            #[expect(clippy::print_stderr, reason = "a test that is left out says so")]
            {
                eprintln!("skipped: chromium and chromedriver are not installed");
            }
            return None;
        }
        let mut child = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines.find_map(|line| {
            let line = line.unwrap();
            let (_, port) = line.split_once("started successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        // Its output is read on, so that it never waits for that.
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self { child, address: format!("http://127.0.0.1:{}", port.unwrap()) })
    }

    async fn browser(&self, arguments: &[&str], preferences: Value) -> Client {
        let mut all = vec!["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];
        all.extend(arguments);
        let wanted =
            json!({"goog:chromeOptions": {"args": all, "binary": "/usr/bin/chromium", "prefs": preferences}});
        let Value::Object(wanted) = wanted else { unreachable!() };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(wanted).connect(&self.address).await.unwrap()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn text(client: &Client, selector: &str) -> String {
    client.wait().for_element(Locator::Css(selector)).await.unwrap().text().await.unwrap()
}

async fn follow(client: &Client, selector: &str) {
    client.wait().for_element(Locator::Css(selector)).await.unwrap().click().await.unwrap();
}

async fn address(client: &Client) -> String {
    let address = client.current_url().await.unwrap();
    address.as_str().split_once(&format!(":{}", address.port().unwrap())).unwrap().1.to_owned()
}

/// What the browser complains about: a script or a style that the policy forbids, a file that is not there.
async fn complaints(client: &Client) -> Vec<Value> {
    let script = "return performance.getEntriesByType('resource').map(entry => entry.name)";
    let loaded = client.execute(script, vec![]).await.unwrap();
    let own = client.current_url().await.unwrap().origin().ascii_serialization();
    loaded
        .as_array()
        .unwrap()
        .iter()
        .filter(|name| !name.as_str().unwrap().starts_with(&own))
        .cloned()
        .collect()
}

fn in_browser<F: Future<Output = ()>>(test: impl FnOnce(Server, Driver) -> F) {
    let Some(driver) = Driver::start() else { return };
    let bench = Workbench::with_corpus();
    bench.write(
        "attack.md",
        "---\ntitle: \"<script>window.bad=1</script><img src=x onerror=window.bad=1> tungsten\"\ntype: \"News\"\n\
         locale: \"en\"\nurl: \"javascript:window.bad=1\"\ndatetime: \"2025-03-07T08:00:00Z\"\n---\n\ntungsten\n",
    );
    bench.ingest();
    let server = Server::start(&bench, &[]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(test(server, driver));
}

#[test]
fn one_searches_narrows_pages_and_reads() {
    in_browser(async |server, driver| {
        let client = driver.browser(&["--window-size=1200,900"], json!({})).await;
        let start = format!("http://{}/", server.address);
        client.goto(&start).await.unwrap();
        assert!(text(&client, "h1").await.ends_with("articles"));
        // Paging, and back.
        follow(&client, "a[rel=next]").await;
        assert_eq!(address(&client).await, "/search?page=2");
        client.back().await.unwrap();
        assert_eq!(address(&client).await, "/");
        // Typing brings suggestions; the keyboard takes one, and sends it.
        let body = client.find(Locator::Css("body")).await.unwrap();
        client.execute("document.activeElement.blur()", vec![]).await.unwrap();
        body.send_keys("/").await.unwrap();
        let searched = client.active_element().await.unwrap();
        assert_eq!(searched.attr("id").await.unwrap().as_deref(), Some("q"));
        searched.send_keys("perov").await.unwrap();
        assert!(text(&client, "#suggestions li").await.starts_with("perovskite"));
        searched.send_keys(&format!("{}{}", char::from(Key::Down), char::from(Key::Enter))).await.unwrap();
        client.wait().for_element(Locator::Css(".hit mark")).await.unwrap();
        assert_eq!(address(&client).await, "/search?q=perovskite");
        assert_eq!(text(&client, "h1").await, "3 articles");
        // A security narrows; it can be taken away again.
        follow(&client, ".side a[href*='symbol=600586.SH']").await;
        assert!(address(&client).await.contains("symbol=600586.SH"));
        let narrowed = text(&client, "h1").await;
        follow(&client, ".chosen a").await;
        assert_ne!(text(&client, "h1").await, narrowed);
        // A bar selects its month.
        follow(&client, ".bars a").await;
        assert!(address(&client).await.contains("date=20"), "{}", address(&client).await);
        client.back().await.unwrap();
        // j goes to the first hit, Enter opens it, and back comes back.
        let body = client.find(Locator::Css("body")).await.unwrap();
        body.send_keys("j").await.unwrap();
        client.active_element().await.unwrap().send_keys(&char::from(Key::Enter).to_string()).await.unwrap();
        client.wait().for_element(Locator::Css("article.whole .body mark")).await.unwrap();
        assert!(address(&client).await.starts_with("/article/"));
        assert_eq!(complaints(&client).await, Vec::<Value>::new(), "nothing is loaded from elsewhere");
        client.back().await.unwrap();
        client.wait().for_element(Locator::Css(".hit")).await.unwrap();
        // A title that is an attack is a title.
        client.goto(&format!("{start}search?q=tungsten")).await.unwrap();
        assert!(text(&client, ".hit h2").await.starts_with("<script>"));
        follow(&client, ".hit h2 a").await;
        assert!(text(&client, "h1").await.contains("onerror"));
        assert_eq!(client.execute("return window.bad === undefined", vec![]).await.unwrap(), json!(true));
        assert_eq!(client.find_all(Locator::Css("a[href^='javascript:']")).await.unwrap().len(), 0);
        client.close().await.unwrap();
    });
}

#[test]
fn it_is_dark_where_that_is_wanted_and_fits_a_small_screen() {
    in_browser(async |server, driver| {
        let start = format!("http://{}/search?q=perovskite", server.address);
        let mut grounds = Vec::new();
        for scheme in ["--blink-settings=preferredColorScheme=1", "--blink-settings=preferredColorScheme=0"] {
            let client = driver.browser(&["--window-size=1200,900", scheme], json!({})).await;
            client.goto(&start).await.unwrap();
            let ground =
                client.find(Locator::Css("html")).await.unwrap().css_value("background-color").await.unwrap();
            grounds.push(ground);
            // No window of this browser is narrower. What stands at the side stands below then, and nothing sticks out.
            client.set_window_size(500, 900).await.unwrap();
            let width = "return [innerWidth, document.documentElement.scrollWidth, \
                         document.querySelector('.side').getBoundingClientRect().left]";
            let widths = client.execute(width, vec![]).await.unwrap();
            let widths: Vec<f64> =
                widths.as_array().unwrap().iter().map(|width| width.as_f64().unwrap()).collect();
            assert!(widths[0] < 600.0 && widths[1] <= widths[0] && widths[2] < 50.0, "{widths:?}");
            client.close().await.unwrap();
        }
        assert_ne!(grounds[0], grounds[1], "light and dark differ");
    });
}

#[test]
fn it_is_whole_without_scripts() {
    in_browser(async |server, driver| {
        let without = json!({"profile.managed_default_content_settings.javascript": 2});
        let client = driver.browser(&["--window-size=1200,900"], without).await;
        client.goto(&format!("http://{}/", server.address)).await.unwrap();
        let searched = client.find(Locator::Css("#q")).await.unwrap();
        searched.send_keys(&format!("perovskite{}", char::from(Key::Enter))).await.unwrap();
        client.wait().for_element(Locator::Css(".hit mark")).await.unwrap();
        assert_eq!(address(&client).await, "/search?q=perovskite");
        follow(&client, ".side a[href*='market=CN']").await;
        follow(&client, ".hit h2 a").await;
        assert!(!text(&client, "article.whole .body").await.is_empty());
        client.close().await.unwrap();
    });
}
