//! The fields that every index has.

/// A field whose values an article itself has, whatever a user's schema adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BuiltIn {
    /// The title.
    Title,
    /// The description.
    Description,
    /// The plain text.
    Body,
    /// The id, which all locales of an article share.
    Id,
    /// The locale.
    Locale,
    /// The kind of page.
    Kind,
    /// Where it was published.
    Url,
    /// When it was published.
    Published,
    /// The securities that it names.
    Symbol,
    /// How many securities it names.
    Nsymbols,
    /// The ids of the articles that it links to.
    Related,
}

impl BuiltIn {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Title,
        Self::Description,
        Self::Body,
        Self::Id,
        Self::Locale,
        Self::Kind,
        Self::Url,
        Self::Published,
        Self::Symbol,
        Self::Nsymbols,
        Self::Related,
    ];

    /// The name by which schemas, queries and answers call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Description => "description",
            Self::Body => "body",
            Self::Id => "id",
            Self::Locale => "locale",
            Self::Kind => "kind",
            Self::Url => "url",
            Self::Published => "published",
            Self::Symbol => "symbol",
            Self::Nsymbols => "nsymbols",
            Self::Related => "related",
        }
    }

    /// The field of a name; none for a field of a user's schema.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }
}
