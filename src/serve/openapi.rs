//! The `OpenAPI` description. Routes and parameters come from the code, responses from the schemas that the command
//! line's answers are tested against.

use super::{
    json_schema::{of_option, properties, schema_of},
    parameters::{AddressOptions, HitsParams, Nothing, Typed, bounds},
    problem_details::ProblemDetails,
};
use crate::query::MAX_QUERY;
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value, json};

/// One route of the API.
struct Route {
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    parameters: Vec<Value>,
    /// The media types of the response, each with the name of its schema, or of the schema of one line.
    answers: &'static [(&'static str, &'static str)],
    /// Whether it responds 404 if the path names nothing that exists.
    may_miss: bool,
}

const JSON: &str = "application/json";
const LINES: &str = "application/x-ndjson";

/// The query, the options of the route, and its own parameters.
fn parameters<P: JsonSchema>(takes: AddressOptions) -> Vec<Value> {
    let words = json!({
        "type": "string", "maxLength": MAX_QUERY, "default": "", "examples": ["perovskite"],
        "description": "Query in the query language; without it, all articles match",
    });
    let words = (takes != AddressOptions::Nothing).then(|| parameter("q", words));
    let options = takes.rows().map(|row| parameter(row.name, of_option(row, bounds)));
    let own = properties::<P>().into_iter().map(|(name, schema)| parameter(&name, schema));
    words.into_iter().chain(options).chain(own).collect()
}

/// A query parameter.
fn parameter(name: &str, mut schema: Value) -> Value {
    let mut parameter = json!({"name": name, "in": "query"});
    let Some(keys) = schema.as_object_mut() else { return parameter };
    // A URL has no null: an absent parameter means the default.
    keys.retain(|key, value| key != "default" || !value.is_null());
    for key in ["type", "anyOf"] {
        if let Some(Value::Array(either)) = keys.get_mut(key) {
            either.retain(|one| *one != "null" && one["type"] != "null");
        }
    }
    if let Some(description) = keys.remove("description") {
        parameter["description"] = description;
    }
    if let Some(Value::Array(examples)) = keys.remove("examples") {
        parameter["example"] = examples.into_iter().next().unwrap_or_default();
    }
    // A list with a minimum length is required.
    parameter["required"] = keys.contains_key("minItems").into();
    parameter["schema"] = schema;
    parameter
}

/// A parameter in the path.
fn in_path(name: &str, description: &str, example: &str) -> Value {
    json!({
        "name": name, "in": "path", "required": true, "description": description, "example": example,
        "schema": {"type": "string", "minLength": 1, "maxLength": 1024},
    })
}

fn routes() -> Vec<Route> {
    let key = || {
        vec![in_path(
            "key",
            "Key of the article: id and locale, or the id for its first locale.",
            "230905679/en",
        )]
    };
    vec![
        Route {
            path: "/api/search",
            id: "search",
            summary: "Search: ranked hits with snippets.",
            parameters: parameters::<HitsParams>(AddressOptions::Hits),
            answers: &[(JSON, "answer"), (LINES, "hit")],
            may_miss: false,
        },
        Route {
            path: "/api/export",
            id: "export",
            summary: "Export: every matching page, one per line, in index order.",
            parameters: parameters::<Nothing>(AddressOptions::Filters),
            answers: &[(LINES, "header")],
            may_miss: false,
        },
        Route {
            path: "/api/article/{key}",
            id: "article",
            summary: "One article with its text.",
            parameters: key(),
            answers: &[(JSON, "article")],
            may_miss: true,
        },
        Route {
            path: "/api/similar/{key}",
            id: "similar",
            summary: "Articles similar to a given one.",
            parameters: [key(), parameters::<HitsParams>(AddressOptions::Hits)].concat(),
            answers: &[(JSON, "answer"), (LINES, "hit")],
            may_miss: true,
        },
        Route {
            path: "/api/facets",
            id: "facets",
            summary: "Facets: counts of matching articles by symbol, market, month or another field.",
            parameters: parameters::<Nothing>(AddressOptions::Counts),
            answers: &[(JSON, "facets")],
            may_miss: false,
        },
        Route {
            path: "/api/suggest",
            id: "suggest",
            summary: "Autocomplete: completions of a query that is being typed.",
            parameters: parameters::<Typed>(AddressOptions::Nothing),
            answers: &[(JSON, "completions")],
            may_miss: false,
        },
        Route {
            path: "/api/symbol/{notation}",
            id: "symbol",
            summary: "How a security notation is read, and its spelling elsewhere.",
            parameters: vec![in_path("notation", "Security in any notation.", "600586.CN")],
            answers: &[(JSON, "symbol")],
            may_miss: true,
        },
        Route {
            path: "/api/status",
            id: "status",
            summary: "State of the index: articles, locales, dates, segments, sizes.",
            parameters: parameters::<Nothing>(AddressOptions::Nothing),
            answers: &[(JSON, "status")],
            may_miss: false,
        },
    ]
}

/// The whole description, as `OpenAPI` 3.1.
pub(super) fn document() -> Value {
    let mut paths = Map::new();
    for route in routes() {
        let of_schema = |(media, schema): &(&str, &str)| {
            let schema = json!({"$ref": format!("#/components/schemas/{schema}")});
            // For JSON Lines, the schema is that of a line; the body is a string.
            let schema = if *media == LINES { json!({"type": "string"}) } else { schema };
            ((*media).to_owned(), json!({"schema": schema}))
        };
        let content: Map<String, Value> = route.answers.iter().map(of_schema).collect();
        let mut responses = json!({
            "200": {
                "description": "The answer.",
                "headers": {"ETag": {
                    "description": "Changes with each commit to the index.", "schema": {"type": "string"},
                }},
                "content": content,
            },
            "304": {"description": "The index has not changed since the `ETag` in `If-None-Match`."},
            "400": problem_response("A parameter or the query is invalid."),
            "401": problem_response("The token is missing or wrong."),
            "403": problem_response("The `Origin` header names an origin that is not allowed."),
            "414": {"description": "The URL is too long."},
            "421": problem_response("The `Host` header names another server."),
            "431": {"description": "The request headers are too long."},
            "500": problem_response("The server cannot read its index."),
            "503": problem_response("The server is overloaded, or the query timed out."),
        });
        if takes_cursor(&route) {
            responses["410"] = problem_response(
                "The index has changed since it gave this cursor of an order by relevance or of stories.",
            );
        }
        if route.may_miss {
            responses["404"] =
                problem_response("There is no such article, or the text is not a security notation.");
        }
        if route.id == "export" {
            responses["200"]["headers"]["newsdex-note"] = json!({
                "description": "A note on how the query was read, percent-encoded; one header a note.",
                "schema": {"type": "string"},
            });
        }
        let operation = json!({
            "operationId": route.id, "summary": route.summary, "parameters": route.parameters,
            "responses": responses,
        });
        paths.insert(route.path.to_owned(), json!({"get": operation}));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "newsdex", "version": env!("CARGO_PKG_VERSION"),
            "description": "Full-text search over an archive of financial news articles.",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    })
}

fn takes_cursor(route: &Route) -> bool {
    route.parameters.iter().any(|parameter| parameter["name"] == "cursor")
}

fn problem_response(description: &str) -> Value {
    let schema = json!({"$ref": "#/components/schemas/ProblemDetails"});
    json!({"description": description, "content": {"application/problem+json": {"schema": schema}}})
}

/// The schemas of all responses, by name.
fn schemas() -> Value {
    let mut schemas = Map::new();
    for file in [include_str!("../../schema/answer.json"), include_str!("../../schema/api.json")] {
        let file = file.replace("#/$defs/", "#/components/schemas/");
        let Ok(Value::Object(mut file)) = serde_json::from_str(&file) else { continue };
        if let Some(Value::Object(parts)) = file.remove("$defs") {
            schemas.extend(parts);
        }
        if file.contains_key("properties") {
            file.remove("$schema");
            file.remove("$id");
            schemas.insert("answer".into(), Value::Object(file));
        }
    }
    let problem = schema_of::<ProblemDetails>(SchemaSettings::draft2020_12().for_serialize());
    schemas.insert("ProblemDetails".into(), Value::Object(problem));
    Value::Object(schemas)
}
