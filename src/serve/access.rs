//! Checks host, origin and token of each request.
//!
//! A page of a malicious site runs in the user's browser too. It can reach a server on loopback by a name of its
//! own that resolves there (DNS rebinding): `Host` reveals that. Or it sends a cross-origin request: `Origin`
//! reveals that.

use super::{Options, page, problem_details::ProblemDetails};
use crate::problem::message;
use axum::{
    body::Body,
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue, Method, StatusCode, Version,
        header::{
            ACCEPT, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
            ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, COOKIE, HOST, HeaderName, LOCATION,
            ORIGIN, REFERRER_POLICY, SET_COOKIE, VARY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
            X_FRAME_OPTIONS,
        },
    },
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use std::{
    net::IpAddr,
    sync::{Arc, LazyLock},
};
use subtle::ConstantTimeEq as _;

/// Allows only what this server serves: its script file and its inline style; no inline scripts, no frame around a
/// page.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src {}; img-src 'self'; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        page::style_source()
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
});
/// The other headers of every response.
const ALWAYS: [(HeaderName, &str); 6] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];
/// Longer request URLs, in bytes, are rejected.
const MAX_ADDRESS: usize = 64 << 10;

/// The rules for admitting requests.
pub(super) struct Access {
    loopback: bool,
    token: Option<String>,
    origins: Vec<String>,
    hosts: Vec<String>,
}

impl Access {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            loopback: options.listen.ip().is_loopback(),
            token: options.token.clone(),
            origins: options
                .allow_origin
                .iter()
                .map(|origin| origin.trim_end_matches('/').to_owned())
                .collect(),
            hosts: options
                .allow_host
                .iter()
                .map(|host| host_of(host).unwrap_or(host).to_ascii_lowercase())
                .collect(),
        }
    }

    /// Whether the `Host` header names this server. An attacker can rebind a name, but not a literal address.
    fn knows_host(&self, host: &str) -> bool {
        let Some(name) = host_of(host) else { return false };
        if name.eq_ignore_ascii_case("localhost") {
            return true;
        }
        match name.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(address) => !self.loopback || address.is_loopback(),
            Err(_) => self.hosts.contains(&name.to_ascii_lowercase()),
        }
    }

    /// Whether pages of this origin may send requests: this server's own, or an allowed one.
    fn knows_origin(&self, origin: &str, host: &str) -> bool {
        let own = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        own.is_some_and(|own| own.eq_ignore_ascii_case(host)) || self.allows(origin)
    }

    fn allows(&self, origin: &str) -> bool {
        self.origins.iter().any(|allowed| allowed == origin)
    }

    fn is_token(&self, given: &str) -> bool {
        self.token.as_ref().is_none_or(|token| token.as_bytes().ct_eq(given.as_bytes()).into())
    }

    /// Whether the request has the token, in the `Authorization` header or in the cookie.
    fn is_admitted(&self, headers: &HeaderMap, host: &str) -> bool {
        if self.token.is_none() {
            return true;
        }
        let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
        let header = headers.get(AUTHORIZATION).and_then(text);
        let bearer = header.as_deref().and_then(|header| header.split_once(' '));
        if let Some((scheme, given)) = bearer
            && scheme.eq_ignore_ascii_case("bearer")
        {
            return self.is_token(given.trim());
        }
        let cookie = token_cookie(host);
        let cookies = headers.get_all(COOKIE).iter().filter_map(text);
        cookies.flat_map(|line| line.split(';').map(|pair| pair.trim().to_owned()).collect::<Vec<_>>()).any(
            |pair| pair.split_once('=').is_some_and(|(name, given)| name == cookie && self.is_token(given)),
        )
    }

    /// The verdict on a request that is not passed on; `None` if it is.
    fn verdict(&self, request: &Request, host: &str, origin: Option<&str>) -> Option<Verdict> {
        let problem = |status, detail| Some(Verdict::Refused(ProblemDetails::access(status, detail)));
        let is_health = request.uri().path() == "/healthz";
        // Load balancers ask so. No browser does, and HTTP/1.0 knows no Host.
        if is_health && request.version() == Version::HTTP_10 && !request.headers().contains_key(HOST) {
            return None;
        }
        if !self.knows_host(host) {
            let detail = message!(
                "the Host header names another server; start newsdex with --allow-host to accept it"
            );
            return problem(StatusCode::MISDIRECTED_REQUEST, detail);
        }
        if origin.is_some_and(|origin| !self.knows_origin(origin, host)) {
            let detail =
                message!("this origin is not allowed; start newsdex with --allow-origin to accept it");
            return problem(StatusCode::FORBIDDEN, detail);
        }
        if request.uri().to_string().len() > MAX_ADDRESS {
            return problem(StatusCode::URI_TOO_LONG, message!("the URL is too long"));
        }
        // The URL that the server prints has the token; the browser then keeps it in a cookie.
        let query = request.uri().query().unwrap_or_default();
        let given = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "token");
        if let Some((_, given)) = given
            && self.token.is_some()
            && request.method() == Method::GET
            && self.is_token(&given)
        {
            return Some(Verdict::Answered(self.with_cookie(request, host)));
        }
        if is_health || self.is_admitted(request.headers(), host) {
            return None;
        }
        let detail = message!(
            "send the token of the server: `Authorization: Bearer TOKEN`, or `?token=TOKEN` once in a browser"
        );
        problem(StatusCode::UNAUTHORIZED, detail)
    }

    /// Redirects a browser to the same URL without the token, and sets the cookie.
    fn with_cookie(&self, request: &Request, host: &str) -> Response {
        let query = request.uri().query().unwrap_or_default();
        let rest = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "token");
        let rest = form_urlencoded::Serializer::new(String::new()).extend_pairs(rest).finish();
        // Exactly one leading slash: `//host` would redirect to another server.
        let path = format!("/{}", request.uri().path().trim_start_matches(['/', '\\']));
        let target = if rest.is_empty() { path } else { format!("{path}?{rest}") };
        let token = self.token.as_deref().unwrap_or_default();
        let cookie = format!("{}={token}; HttpOnly; SameSite=Lax; Path=/", token_cookie(host));
        let mut response = StatusCode::SEE_OTHER.into_response();
        for (name, value) in [(LOCATION, target), (SET_COOKIE, cookie)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// The response to a request that is not passed on.
enum Verdict {
    Answered(Response),
    Refused(ProblemDetails),
}

/// The name of the token cookie. It includes the port: browsers send cookies to all ports of a host, where other
/// servers may listen.
fn token_cookie(host: &str) -> String {
    let port = host_of(host).and_then(|name| host.strip_prefix(name)).unwrap_or_default();
    format!("newsdex_token_{}", port.trim_start_matches(':'))
}

/// Whether the client prefers an HTML page to problem details.
fn wants_page(request: &Request) -> bool {
    let accepts = |value: &HeaderValue| value.to_str().is_ok_and(|value| value.contains("text/html"));
    let is_for_programs =
        ["/api/", "/mcp", "/metrics"].iter().any(|path| request.uri().path().starts_with(path));
    !is_for_programs && request.headers().get(ACCEPT).is_some_and(accepts)
}

/// The name or address in a `Host` header, without the port. `None` if it is malformed.
fn host_of(host: &str) -> Option<&str> {
    let name = match host.rfind(']') {
        Some(end) if host.starts_with('[') => {
            let (name, port) = host.split_at(end + 1);
            (port.is_empty() || port.strip_prefix(':').is_some_and(is_port)).then_some(name)?
        }
        _ => match host.split_once(':') {
            Some((name, port)) => is_port(port).then_some(name)?,
            None => host,
        },
    };
    (!name.is_empty()).then_some(name)
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok()
}

/// Admits or rejects a request, and adds the security headers to every response.
pub(super) async fn check(State(access): State<Arc<Access>>, request: Request, next: Next) -> Response {
    let host = only(request.headers(), &HOST).unwrap_or_default();
    let has_origin = request.headers().contains_key(ORIGIN);
    let origin = has_origin.then(|| only(request.headers(), &ORIGIN).unwrap_or_default());
    let allowed = origin.clone().filter(|origin| access.allows(origin));
    let is_preflight = request.method() == Method::OPTIONS && allowed.is_some() && access.knows_host(&host);
    let verdict = access.verdict(&request, &host, origin.as_deref());
    let mut response = match verdict {
        // Preflight requests carry no token.
        _ if is_preflight => preflight(),
        Some(Verdict::Answered(response)) => response,
        Some(Verdict::Refused(problem)) if wants_page(&request) => page::problem(request.headers(), &problem),
        Some(Verdict::Refused(problem)) => problem.into_response(),
        None => next.run(request).await,
    };
    let status = response.status();
    let headers = response.headers_mut();
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"newsdex\""));
    }
    headers.insert(CONTENT_SECURITY_POLICY, POLICY.clone());
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
    headers.append(VARY, HeaderValue::from_static("Origin"));
    if let Some(value) = allowed.and_then(|origin| HeaderValue::from_str(&origin).ok()) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, value);
        headers.insert(
            HeaderName::from_static("cross-origin-resource-policy"),
            HeaderValue::from_static("cross-origin"),
        );
    }
    response
}

/// The value of a header that occurs once. Two values are an attempt to make two parsers disagree.
fn only(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    if values.next().is_some() { None } else { first.to_str().ok().map(str::to_owned) }
}

/// The response to a CORS preflight request of an allowed origin.
fn preflight() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    for (name, value) in [
        (ALLOW, "GET, HEAD, POST, DELETE"),
        (ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST, DELETE"),
        (ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type, mcp-session-id, mcp-protocol-version"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
