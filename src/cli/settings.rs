//! Settings from the environment: locations of indexes, synonyms and saved queries, the time zone, and what the
//! terminal can show.

use super::hinted;
use crate::{
    index::{Index, Location, RemoteLocation, Snapshot},
    query::{Clock, Language, Names, Synonyms, read_saved},
    render::{self, Look},
    schema::Schema,
    source::user_text,
};
use anyhow::{Context as _, anyhow};
use clap::{
    ValueEnum,
    builder::{PathBufValueParser, TypedValueParser},
    error::ErrorKind,
    parser::ValueSource,
};
use jiff::tz::TimeZone;
use std::{
    collections::BTreeMap,
    env,
    ffi::OsStr,
    fs,
    io::{self, IsTerminal as _},
    path::{Path, PathBuf},
    sync::Arc,
};

/// When to use colors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The forms of a command that has but two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum TextOrJson {
    /// Plain text
    Text,
    /// One JSON object
    Json,
}

/// Settings from the environment and the global options.
#[derive(Debug)]
pub(super) struct Settings {
    color: Color,
    /// The current time, in the zone in which days begin.
    pub clock: Clock,
}

/// Where the index is.
#[derive(Debug, clap::Args)]
pub(super) struct IndexArgs {
    /// Folder of the index, or its URL in a cluster
    ///
    /// A URL names a node or several, and the index: `https://search.example:9200/news`. The user and the password are taken
    /// from `NEWSDEX_USER` and `NEWSDEX_PASSWORD`, an API key from `NEWSDEX_API_KEY`, or a login from the netrc file.
    #[arg(
        long, value_name = "DIR", value_hint = clap::ValueHint::DirPath, value_parser = IndexParser,
        env = "NEWSDEX_INDEX", hide_env_values = true, default_value = "~/.local/share/newsdex/index"
    )]
    pub index: GivenLocation,
    /// Certificates to trust for a URL, as PEM, instead of the system's
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, env = "NEWSDEX_CACERT", hide_env_values = true)]
    pub cacert: Option<PathBuf>,
}

/// The location of the index, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum GivenLocation {
    /// The option `--index`.
    Typed(Location),
    /// The environment variable `NEWSDEX_INDEX`.
    Environment(Location),
    /// Neither: the location by the XDG specification. Help shows its usual value.
    Default,
}

/// Parses the location. An empty environment variable counts as unset.
#[derive(Clone, Debug)]
struct IndexParser;

impl TypedValueParser for IndexParser {
    type Value = GivenLocation;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<GivenLocation, clap::Error> {
        let value = PathBufValueParser::new().parse_ref(command, arg, value)?;
        Ok(GivenLocation::Typed(parsed("--index", value.as_os_str())?))
    }

    fn parse_ref_(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
        source: ValueSource,
    ) -> Result<GivenLocation, clap::Error> {
        match source {
            ValueSource::DefaultValue => Ok(GivenLocation::Default),
            ValueSource::EnvVariable if value.is_empty() => Ok(GivenLocation::Default),
            ValueSource::EnvVariable => Ok(GivenLocation::Environment(parsed("NEWSDEX_INDEX", value)?)),
            _ => self.parse_ref(command, arg, value),
        }
    }
}

/// Parses the location that a place of the command line gives.
fn parsed(place: &str, value: &OsStr) -> Result<Location, clap::Error> {
    let refused = |error| render::safe(&format!("{place}: {error}")).into_owned();
    Location::parse(value)
        .map_err(|error| clap::Error::raw(ErrorKind::ValueValidation, format!("{}\n", refused(error))))
}

/// How articles are kept.
#[derive(Debug, clap::Args)]
pub(super) struct SchemaArgs {
    /// Schema file that adds fields to the built-in ones
    #[arg(long, value_name = "FILE")]
    pub schema: Option<PathBuf>,
}

/// Which words have the same meaning.
#[derive(Debug, clap::Args)]
pub(super) struct SynonymArgs {
    /// Synonyms file [default: synonyms.yaml of the schema or the settings]
    ///
    /// Its groups come before those that are built in. By default newsdex reads synonyms.yaml beside the schema file of the
    /// index, else in the settings folder.
    #[arg(long, value_name = "FILE", help_heading = "Synonyms")]
    synonyms: Option<PathBuf>,
    /// Search for words without their synonyms
    #[arg(long, conflicts_with = "synonyms", help_heading = "Synonyms")]
    no_synonyms: bool,
}

impl SynonymArgs {
    /// The synonyms: of the given file, else of `synonyms.yaml` beside the schema file, else of the one in the settings
    /// folder, and those that are built in.
    fn read(&self, schema: &Schema) -> anyhow::Result<Synonyms> {
        if self.no_synonyms {
            return Ok(Synonyms::default());
        }
        let beside = schema.file().map(|file| file.with_file_name("synonyms.yaml"));
        let of_settings = || Some(folder().ok()?.join("synonyms.yaml"));
        let found = beside.filter(|path| path.is_file()).or_else(of_settings);
        let needed = self.synonyms.is_some();
        let Some(path) = self.synonyms.clone().or(found) else { return Ok(Synonyms::built_in()) };
        let Some(text) = read_settings(&path, needed)? else { return Ok(Synonyms::built_in()) };
        let own = Synonyms::read(&text).map_err(|error| anyhow!("{}: {error}", path.display()))?;
        Ok(own.over_built_in())
    }
}

impl Settings {
    pub(super) fn new(color: Color, zone: Option<&str>) -> anyhow::Result<Self> {
        let clock = match zone {
            Some(name) => Clock::in_zone_named(name).map_err(|message| anyhow!("--tz: {message}"))?,
            None => Clock::in_zone(zone_of_machine()),
        };
        Ok(Self { color, clock })
    }

    /// The query language of an index, with synonyms and saved queries.
    pub(super) fn language(&self, schema: &Schema, synonyms: &SynonymArgs) -> anyhow::Result<Language> {
        let mut language = Language::new(schema.query_fields(), self.clock.clone());
        language.synonyms = synonyms.read(schema)?;
        language.names = Self::names(schema)?;
        language.saved = Self::saved()?;
        Ok(language)
    }

    /// The user's names of securities: of `names.yaml` beside the schema file, else of the one in the settings folder.
    pub(super) fn names(schema: &Schema) -> anyhow::Result<Names> {
        let beside = schema.file().map(|file| file.with_file_name("names.yaml"));
        let of_settings = || Some(folder().ok()?.join("names.yaml"));
        let Some(path) = beside.filter(|path| path.is_file()).or_else(of_settings) else {
            return Ok(Names::default());
        };
        let Some(text) = read_settings(&path, false)? else { return Ok(Names::default()) };
        Names::read(&text).map_err(|error| anyhow!("{}: {error}", path.display()))
    }

    /// The saved queries, by name.
    pub(super) fn saved() -> anyhow::Result<BTreeMap<String, String>> {
        let Ok(path) = Self::saved_path() else { return Ok(BTreeMap::new()) };
        let Some(text) = read_settings(&path, false)? else { return Ok(BTreeMap::new()) };
        read_saved(&text).map_err(|error| anyhow!("{}: {error}", path.display()))
    }

    /// The file of the saved queries.
    pub(super) fn saved_path() -> anyhow::Result<PathBuf> {
        Ok(folder()?.join("queries.yaml"))
    }

    /// Whether to color a stream that is a terminal or is not.
    pub(super) fn color_for(&self, terminal: bool) -> bool {
        let wanted = || env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && wanted() && env::var_os("TERM").is_none_or(|term| term != "dumb"),
        }
    }

    /// How to render text on standard output.
    pub(super) fn look(&self) -> Look {
        let terminal = io::stdout().is_terminal();
        Look {
            color: self.color_for(terminal),
            hyperlinks: self.color_for(terminal)
                && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout),
            width: terminal_size::terminal_size().filter(|_| terminal).map(|(width, _)| width.0.into()),
            here: env::current_dir().and_then(fs::canonicalize).ok(),
            zone: self.clock.zone().clone(),
        }
    }
}

impl IndexArgs {
    /// The location of the index.
    pub(super) fn location(&self) -> anyhow::Result<Location> {
        match &self.index {
            GivenLocation::Typed(location) | GivenLocation::Environment(location) => {
                Ok(location.clone().with_ca_certificates(self.cacert.clone()))
            }
            GivenLocation::Default => {
                let folder = base("XDG_DATA_HOME", ".local/share")?.join("newsdex").join("index");
                Ok(Location::Folder(folder))
            }
        }
    }

    /// The location of the index, if it is in a cluster.
    pub(super) fn remote(&self) -> Option<RemoteLocation> {
        match &self.index {
            GivenLocation::Typed(location) | GivenLocation::Environment(location) => {
                match location.clone().with_ca_certificates(self.cacert.clone()) {
                    Location::Remote(remote) => Some(remote),
                    Location::Folder(_) => None,
                }
            }
            GivenLocation::Default => None,
        }
    }

    /// The location for the folder of `--in`: `--index` if given, else an index of its own, so that the folder is
    /// not mixed into the archive.
    pub(super) fn location_for(&self, folder: &Path) -> anyhow::Result<Location> {
        if let GivenLocation::Typed(location) = &self.index {
            return Ok(location.clone().with_ca_certificates(self.cacert.clone()));
        }
        let folder = fs::canonicalize(folder).with_context(|| format!("cannot read {}", folder.display()))?;
        let hash = xxhash_rust::xxh3::xxh3_64(folder.as_os_str().as_encoded_bytes());
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let plain: String =
            name.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).take(40).collect();
        let cache = base("XDG_CACHE_HOME", ".cache")?.join("newsdex");
        Ok(Location::Folder(cache.join(format!("{plain}-{hash:016x}"))))
    }

    /// Opens the index for searching.
    pub(super) fn open(&self) -> anyhow::Result<Arc<dyn Index>> {
        Ok(self.location()?.open()?)
    }

    /// The snapshot of the newest commit.
    pub(super) fn snapshot(&self) -> anyhow::Result<Arc<dyn Snapshot>> {
        snapshot(&self.location()?)
    }
}

/// The snapshot of an index's newest commit. It is never closed: unmapping its files takes a good part of the time
/// of a query, and the end of the process does it at once.
pub(super) fn snapshot(location: &Location) -> anyhow::Result<Arc<dyn Snapshot>> {
    let index = location.open()?;
    let snapshot = index.snapshot()?;
    std::mem::forget((index, Arc::clone(&snapshot)));
    Ok(snapshot)
}

impl SchemaArgs {
    /// The schema of the file, if one is given.
    pub(super) fn read(&self) -> anyhow::Result<Option<Schema>> {
        let Some(path) = &self.schema else { return Ok(None) };
        let text = read_text(path).with_context(|| format!("cannot read {}", path.display()))?;
        let schema = Schema::extended_by(&text).map_err(|error| anyhow!("{}: {error}", path.display()))?;
        Ok(Some(schema.read_from(fs::canonicalize(path).ok())))
    }
}

/// The system's time zone, or UTC if unknown. If only `/etc/localtime` names it, reads that file: looking up its
/// name would first read all names in the time zone database, which takes longer than most queries.
fn zone_of_machine() -> TimeZone {
    let local = || {
        let target = fs::read_link("/etc/localtime").ok()?;
        let (_, name) = target.to_str()?.split_once("zoneinfo/")?;
        TimeZone::tzif(name, &fs::read("/etc/localtime").ok()?).ok()
    };
    let local = if env::var_os("TZ").is_some() { None } else { local() };
    local.or_else(|| TimeZone::try_system().ok()).unwrap_or(TimeZone::UTC)
}

/// Reads a settings file. A missing one is an error only if `needed`.
fn read_settings(path: &Path, needed: bool) -> anyhow::Result<Option<String>> {
    match read_text(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !needed => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Reads a text file that the user wrote.
pub(super) fn read_text(path: &Path) -> io::Result<String> {
    user_text(fs::read(path)?)
}

/// The folder of the user's settings.
fn folder() -> anyhow::Result<PathBuf> {
    Ok(base("XDG_CONFIG_HOME", ".config")?.join("newsdex"))
}

/// An XDG base folder. The specification says to ignore relative paths.
fn base(variable: &str, below_home: &str) -> anyhow::Result<PathBuf> {
    let given = env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || env::home_dir().filter(|home| home.is_absolute()).map(|home| home.join(below_home));
    given
        .or_else(home)
        .ok_or_else(|| hinted("there is no home folder", "set HOME, or name the index with --index DIR"))
}
