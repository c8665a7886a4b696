//! The description of the API: addresses and parameters from the code, answers from the schemas that the answers of the
//! command line are held to.

use super::{
    parameters::{Counted, Nothing, Shown, Typed, Which},
    refused::{Fault, Refused},
};
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, PartialSchema as _, ToSchema as _, openapi::path::ParameterIn};

/// One address of the API.
struct Route {
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    parameters: Vec<Value>,
    /// The media types of the answer, each with the schema of it or of a line of it.
    answers: &'static [(&'static str, &'static str)],
    /// Whether what the path names may not be there.
    may_miss: bool,
}

const JSON: &str = "application/json";
const LINES: &str = "application/x-ndjson";

fn parameters<P: IntoParams>() -> Vec<Value> {
    let parameters = P::into_params(|| Some(ParameterIn::Query));
    parameters.into_iter().filter_map(|parameter| serde_json::to_value(parameter).ok()).collect()
}

/// A parameter in the path.
fn in_path(name: &str, description: &str, example: &str) -> Value {
    json!({
        "name": name, "in": "path", "required": true, "description": description, "example": example,
        "schema": {"type": "string", "minLength": 1, "maxLength": 1024},
    })
}

fn routes() -> Vec<Route> {
    let with = |first: Vec<Value>, second: Vec<Value>| [first, second].concat();
    let key = || vec![in_path("key", "Id and locale, or an id alone for its first locale.", "230905679/en")];
    vec![
        Route {
            path: "/api/search",
            id: "search",
            summary: "The best articles for a query, with snippets.",
            parameters: with(parameters::<Which>(), parameters::<Shown>()),
            answers: &[(JSON, "answer"), (LINES, "hit")],
            may_miss: false,
        },
        Route {
            path: "/api/export",
            id: "export",
            summary: "Every page that matches, a line each, in the order of the index.",
            parameters: parameters::<Which>(),
            answers: &[(LINES, "header")],
            may_miss: false,
        },
        Route {
            path: "/api/article/{key}",
            id: "article",
            summary: "One article.",
            parameters: key(),
            answers: &[(JSON, "article")],
            may_miss: true,
        },
        Route {
            path: "/api/similar/{key}",
            id: "similar",
            summary: "Articles like another.",
            parameters: [key(), parameters::<Which>(), parameters::<Shown>()].concat(),
            answers: &[(JSON, "answer"), (LINES, "hit")],
            may_miss: true,
        },
        Route {
            path: "/api/facets",
            id: "facets",
            summary: "Counts of articles by symbol, market, month and so on.",
            parameters: with(parameters::<Which>(), parameters::<Counted>()),
            answers: &[(JSON, "facets")],
            may_miss: false,
        },
        Route {
            path: "/api/suggest",
            id: "suggest",
            summary: "What may be meant by a query that is being typed.",
            parameters: parameters::<Typed>(),
            answers: &[(JSON, "completions")],
            may_miss: false,
        },
        Route {
            path: "/api/symbol/{notation}",
            id: "symbol",
            summary: "How a notation of a security is read, and how others write it.",
            parameters: vec![in_path("notation", "Any notation of a security.", "600586.CN")],
            answers: &[(JSON, "symbol")],
            may_miss: true,
        },
        Route {
            path: "/api/status",
            id: "status",
            summary: "What is in the index.",
            parameters: parameters::<Nothing>(),
            answers: &[(JSON, "status")],
            may_miss: false,
        },
    ]
}

/// The description as `OpenAPI` 3.1.
pub(super) fn document() -> Value {
    let mut paths = Map::new();
    for route in routes() {
        let of_schema = |(media, schema): &(&str, &str)| {
            let schema = json!({"$ref": format!("#/components/schemas/{schema}")});
            // A line is an object; the whole is text.
            let schema = if *media == LINES { json!({"type": "string"}) } else { schema };
            ((*media).to_owned(), json!({"schema": schema}))
        };
        let content: Map<String, Value> = route.answers.iter().map(of_schema).collect();
        let mut responses = json!({
            "200": {
                "description": "The answer.",
                "headers": {"ETag": {
                    "description": "Another one after each commit.", "schema": {"type": "string"},
                }},
                "content": content,
            },
            "304": {"description": "Nothing has changed since the `If-None-Match` of the request."},
            "400": refusal("A parameter, or the query, cannot be read."),
            "401": refusal("The server wants its token."),
            "403": refusal("A page of another site asks."),
            "414": {"description": "The address is too long."},
            "421": refusal("`Host` names another server."),
            "431": {"description": "The head of the request is too long."},
            "500": refusal("The index cannot be read."),
            "503": refusal("Too many requests wait, or the answer took too long."),
        });
        if route.may_miss {
            responses["404"] = refusal("There is no such article, or this is no notation of a security.");
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

fn refusal(description: &str) -> Value {
    let schema = json!({"$ref": "#/components/schemas/Refused"});
    json!({"description": description, "content": {"application/problem+json": {"schema": schema}}})
}

/// The schemas of all answers, under the names by which they are meant.
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
    for (name, schema) in [(Refused::name(), Refused::schema()), (Fault::name(), Fault::schema())] {
        schemas.insert(name.into_owned(), serde_json::to_value(schema).unwrap_or_default());
    }
    Value::Object(schemas)
}
