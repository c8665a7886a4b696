//! The credentials for a cluster: from the environment, or from the netrc file, as curl reads it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::{env, fmt, fs, io, path::Path};

/// Maximum size of a netrc file, in bytes.
const MAX_NETRC: u64 = 1 << 20;

/// The variables of the environment.
const USER: &str = "NEWSDEX_USER";
const PASSWORD: &str = "NEWSDEX_PASSWORD";
const API_KEY: &str = "NEWSDEX_API_KEY";
/// Where a login is from.
const NETRC: &str = "the netrc file";

/// The value of the header `Authorization`, which is never printed, and where it is from.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Credentials {
    header: String,
    origin: &'static str,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

impl Credentials {
    /// The value of the header.
    pub(super) fn header(&self) -> &str {
        &self.header
    }

    /// Where they are from, in words that follow "those of".
    pub(super) fn origin(&self) -> &'static str {
        self.origin
    }

    fn basic(user: &str, password: &str, origin: &'static str) -> Self {
        Self { header: format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))), origin }
    }

    /// An API key: as the engine gives it encoded, or `id:key`.
    fn api_key(key: &str) -> Self {
        let encoded = if key.contains(':') { STANDARD.encode(key) } else { key.to_owned() };
        Self { header: format!("ApiKey {encoded}"), origin: API_KEY }
    }

    /// The credentials for a host: of `NEWSDEX_API_KEY`, of `NEWSDEX_USER` and `NEWSDEX_PASSWORD`, or of the netrc file,
    /// whichever is there first. `None` without any.
    ///
    /// # Errors
    ///
    /// The words of an error if a variable cannot be used, or the file that `NETRC` names cannot be read.
    pub(super) fn find(host: &str) -> Result<Option<Self>, String> {
        let variable = |name| env::var(name).ok().filter(|value| !value.is_empty());
        if let Some(key) = variable(API_KEY) {
            // A line break comes with the file that it was read from.
            if key.chars().any(|c| !c.is_ascii() || c.is_control()) {
                return Err(format!("{API_KEY} has a line break or another character that no key has"));
            }
            return Ok(Some(Self::api_key(&key)));
        }
        match (variable(USER), variable(PASSWORD)) {
            (Some(user), Some(password)) => {
                return Ok(Some(Self::basic(&user, &password, "NEWSDEX_USER and NEWSDEX_PASSWORD")));
            }
            (Some(_), None) => return Err(format!("{USER} is set, but {PASSWORD} is not")),
            (None, Some(_)) => return Err(format!("{PASSWORD} is set, but {USER} is not")),
            (None, None) => {}
        }
        if let Some(file) = variable("NETRC") {
            let text = read(Path::new(&file)).map_err(|why| format!("{file}, which NETRC names: {why}"))?;
            return Ok(of_netrc(&text, host));
        }
        // The file that nobody names need not be there.
        let text = env::home_dir().and_then(|home| read(&home.join(".netrc")).ok());
        Ok(text.and_then(|text| of_netrc(&text, host)))
    }
}

/// The text of a netrc file.
fn read(file: &Path) -> io::Result<String> {
    let known = fs::metadata(file)?;
    if !known.is_file() || known.len() > MAX_NETRC {
        return Err(io::Error::other(format!("it is no file of at most {} MiB", MAX_NETRC >> 20)));
    }
    fs::read_to_string(file)
}

/// The login of a host in the text of a netrc file, else that of `default`.
fn of_netrc(text: &str, host: &str) -> Option<Credentials> {
    let mut words = words(text).into_iter();
    let (mut is_it, mut user, mut password) = (false, None, None);
    while let Some(word) = words.next() {
        match word.as_str() {
            "machine" | "default" => {
                if is_it {
                    break;
                }
                is_it = word == "default" || words.next().is_some_and(|name| name.eq_ignore_ascii_case(host));
            }
            "login" => user = words.next().filter(|_| is_it).or(user),
            "password" => password = words.next().filter(|_| is_it).or(password),
            "account" => drop(words.next()),
            _ => {}
        }
    }
    user.filter(|_| is_it).map(|user| Credentials::basic(&user, &password.unwrap_or_default(), NETRC))
}

/// The words of a netrc file, without comments and macros. A word may be in quotes.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim_start().starts_with("macdef") {
            // A macro ends with an empty line.
            lines.by_ref().find(|line| line.trim().is_empty());
            continue;
        }
        let mut rest = line.trim_start();
        while !rest.is_empty() && !rest.starts_with('#') {
            let mut word = String::new();
            let mut characters = rest.chars();
            if rest.starts_with('"') {
                characters.next();
                while let Some(c) = characters.next() {
                    match c {
                        '"' => break,
                        '\\' => word.extend(characters.next()),
                        c => word.push(c),
                    }
                }
                rest = characters.as_str().trim_start();
            } else {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                word.push_str(&rest[..end]);
                rest = rest[end..].trim_start();
            }
            words.push(word);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{Credentials, NETRC, of_netrc};

    /// The example of RFC 7617, section 2.
    #[test]
    fn a_user_and_a_password_are_basic_credentials() {
        let credentials = Credentials::basic("Aladdin", "open sesame", "a test");
        assert_eq!(credentials.header(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(format!("{credentials:?}"), "Credentials(…)");
    }

    #[test]
    fn an_api_key_may_be_encoded_already() {
        assert_eq!(Credentials::api_key("id:key").header(), "ApiKey aWQ6a2V5");
        assert_eq!(Credentials::api_key("aWQ6a2V5").header(), "ApiKey aWQ6a2V5");
    }

    #[test]
    fn the_login_of_a_host_is_read_from_a_netrc_file() {
        let text = "# of the cluster\nmachine a.example login me password \"two \\\"words\" account x\n\
                    macdef init\nmachine b.example login macro password macro\n\n\
                    machine b.example\n  login you\n  password secret\ndefault login any password one\n";
        let basic = |user, password| Some(Credentials::basic(user, password, NETRC));
        assert_eq!(of_netrc(text, "a.example"), basic("me", "two \"words"));
        assert_eq!(of_netrc(text, "B.example"), basic("you", "secret"));
        assert_eq!(of_netrc(text, "c.example"), basic("any", "one"));
        assert_eq!(of_netrc("machine a login me password x", "b"), None);
        assert_eq!(of_netrc("", "a"), None);
    }
}
