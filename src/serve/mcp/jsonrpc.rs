//! What a client sent, as messages, or the error that JSON-RPC 2.0 has for it. Both transports read with this before
//! `rmcp` does, which would drop some of it without an answer.

use rmcp::model::{ClientJsonRpcMessage, ClientRequest, ErrorCode, ProtocolVersion, RequestId};
use serde::Deserialize as _;
use serde_json::{Value, json};

/// A batch has at most this many messages.
const MAX_BATCH: usize = 50;
/// The methods of this server. A request of one that `rmcp` does not know by its params has other params than it should.
const METHODS: [&str; 10] = [
    "initialize",
    "ping",
    "prompts/get",
    "prompts/list",
    "resources/list",
    "resources/read",
    "resources/templates/list",
    "server/discover",
    "tools/call",
    "tools/list",
];

/// Those of them whose list is one page, so that it has no cursor.
const OF_ONE_PAGE: [&str; 3] = ["prompts/list", "resources/templates/list", "tools/list"];

/// What was sent at once.
#[derive(Debug)]
pub(super) enum Sent {
    /// One message.
    One(Value),
    /// Several messages, whose responses are sent at once too.
    Batch(Vec<Value>),
}

/// Why a message is not taken.
#[derive(Debug, PartialEq)]
pub(super) struct Fault {
    id: Option<RequestId>,
    code: ErrorCode,
    message: &'static str,
}

impl Fault {
    fn new(code: ErrorCode, id: Option<RequestId>, message: &'static str) -> Self {
        Self { id, code, message }
    }

    fn invalid(message: &'static str) -> Self {
        Self::new(ErrorCode::INVALID_REQUEST, None, message)
    }

    /// A message that is too long to be read.
    pub(super) fn too_long() -> Self {
        Self::invalid("the message is longer than 1 MiB")
    }

    /// The error as a response. If the id of the request is not known, it is null.
    pub(super) fn response(self) -> Value {
        let id = self.id.map_or(Value::Null, RequestId::into_json_value);
        json!({"jsonrpc": "2.0", "id": id, "error": {"code": self.code.0, "message": self.message}})
    }
}

/// Whether a client that asks for this protocol version may send batches. The version 2025-06-18 has abolished them; to a
/// client of an unknown version the server offers a later one.
pub(super) fn has_batches(version: &str) -> bool {
    [ProtocolVersion::V_2024_11_05, ProtocolVersion::V_2025_03_26].iter().any(|old| old.as_str() == version)
}

/// Reads what was sent.
///
/// # Errors
///
/// If it is no JSON; if it is a batch that is empty, too long, or not allowed.
pub(super) fn read(bytes: &[u8], may_batch: bool) -> Result<Sent, Fault> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let value = serde_json::from_slice(bytes)
        .map_err(|_| Fault::new(ErrorCode::PARSE_ERROR, None, "the message is no valid JSON"))?;
    let Value::Array(messages) = value else { return Ok(Sent::One(value)) };
    match messages.len() {
        0 => Err(Fault::invalid("the batch is empty")),
        _ if !may_batch => Err(Fault::invalid("this protocol version has no batches; send one message")),
        1..=MAX_BATCH => Ok(Sent::Batch(messages)),
        _ => Err(Fault::invalid("a batch has at most 50 messages")),
    }
}

/// A message as `rmcp` reads it. `None` if it cannot be read and wants no answer: a notification or a response.
///
/// # Errors
///
/// If it is no request, notification or response, or if the params are not those of the method.
pub(super) fn message(value: &Value) -> Result<Option<ClientJsonRpcMessage>, Fault> {
    let Value::Object(parts) = value else { return Err(Fault::invalid("a message is an object")) };
    let id = parts.get("id").map(RequestId::deserialize).transpose();
    let id = id.map_err(|_| Fault::invalid("an id is a string or a whole number"))?;
    let wrong = |code, message| Err(Fault::new(code, id.clone(), message));
    if parts.get("jsonrpc").is_none_or(|version| version != "2.0") {
        return wrong(ErrorCode::INVALID_REQUEST, "`jsonrpc` must be \"2.0\"");
    }
    let answers = parts.contains_key("result") || parts.contains_key("error");
    let method = match parts.get("method") {
        None if answers => return Ok(ClientJsonRpcMessage::deserialize(value).ok()),
        Some(Value::String(method)) if !answers => method,
        _ => return wrong(ErrorCode::INVALID_REQUEST, "a message has a method, a result or an error"),
    };
    if parts.get("params").is_some_and(|params| !params.is_object() && !params.is_null()) && id.is_some() {
        return wrong(ErrorCode::INVALID_PARAMS, "the params must be an object");
    }
    let read = ClientJsonRpcMessage::deserialize(value);
    let is_of_no_method = match &read {
        Ok(ClientJsonRpcMessage::Request(request)) => {
            matches!(request.request, ClientRequest::CustomRequest(_))
        }
        Ok(_) => false,
        Err(_) => true,
    };
    // `rmcp` takes a cursor that is no string for none, and would give the first page for ever.
    let cursor = parts.get("params").and_then(|params| params.get("cursor"));
    let cursor = cursor.filter(|cursor| !cursor.is_null() && *cursor != "");
    let is_malformed = is_of_no_method || cursor.is_some_and(|cursor| !cursor.is_string());
    if id.is_some() && is_malformed && METHODS.contains(&method.as_str()) {
        return wrong(ErrorCode::INVALID_PARAMS, "the params of the method are missing or malformed");
    }
    if id.is_some() && cursor.is_some() && OF_ONE_PAGE.contains(&method.as_str()) {
        return wrong(ErrorCode::INVALID_PARAMS, "the list is one page and has no cursor; send none");
    }
    match read {
        Ok(message) => Ok(Some(message)),
        Err(_) if id.is_some() => wrong(ErrorCode::INVALID_REQUEST, "the request cannot be read"),
        Err(_) => Ok(None),
    }
}

/// A message of a batch, as [`message`].
///
/// # Errors
///
/// As [`message`]; if it is `initialize`, which is sent alone.
pub(super) fn message_of_batch(value: &Value) -> Result<Option<ClientJsonRpcMessage>, Fault> {
    let message = message(value)?;
    match message {
        Some(ClientJsonRpcMessage::Request(request))
            if matches!(request.request, ClientRequest::InitializeRequest(_)) =>
        {
            let error = "`initialize` cannot be part of a batch";
            Err(Fault::new(ErrorCode::INVALID_REQUEST, Some(request.id), error))
        }
        other => Ok(other),
    }
}

#[cfg(test)]
mod tests {
    use super::{Sent, message, message_of_batch, read};
    use serde_json::{Value, json};

    /// The code and id of the error for one message; `None` if it is taken.
    fn refused(text: &str) -> Option<(i64, Value)> {
        let fault = match read(text.as_bytes(), false) {
            Ok(Sent::One(value)) => message(&value).err()?,
            Ok(Sent::Batch(_)) => return None,
            Err(fault) => fault,
        };
        let response = fault.response();
        assert_eq!(response["jsonrpc"], "2.0");
        Some((response["error"]["code"].as_i64()?, response["id"].clone()))
    }

    /// The errors of section 5.1 of JSON-RPC 2.0, and the examples of its section 7.
    #[test]
    fn each_fault_has_the_code_of_the_specification() {
        let cases = [
            (r#"{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]"#, -32700, Value::Null),
            ("", -32700, Value::Null),
            ("{} {}", -32700, Value::Null),
            (r#"{"jsonrpc": "2.0", "method": 1, "params": "bar"}"#, -32600, Value::Null),
            ("[]", -32600, Value::Null),
            ("1", -32600, Value::Null),
            (r#"{"id": 1, "method": "ping"}"#, -32600, json!(1)),
            (r#"{"jsonrpc": "1.0", "id": "a", "method": "ping"}"#, -32600, json!("a")),
            (r#"{"jsonrpc": "2.0", "id": 1}"#, -32600, json!(1)),
            (r#"{"jsonrpc": "2.0", "id": null, "method": "ping"}"#, -32600, Value::Null),
            (r#"{"jsonrpc": "2.0", "id": 1.5, "method": "ping"}"#, -32600, Value::Null),
            (r#"{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": [1]}"#, -32602, json!(1)),
            (r#"{"jsonrpc": "2.0", "id": 2, "method": "tools/call"}"#, -32602, json!(2)),
            (r#"{"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": null}"#, -32602, json!(2)),
            (
                r#"{"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": 7}}"#,
                -32602,
                json!(2),
            ),
            (r#"{"jsonrpc": "2.0", "id": 2, "method": "initialize", "params": {}}"#, -32602, json!(2)),
            (r#"{"jsonrpc": "2.0", "id": 2, "method": "resources/read", "params": {}}"#, -32602, json!(2)),
            (
                r#"{"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {"cursor": 1}}"#,
                -32602,
                json!(2),
            ),
        ];
        for (text, code, id) in cases {
            assert_eq!(refused(text), Some((code, id)), "{text}");
        }
    }

    /// "Invalid cursors SHOULD result in an error with code -32602": MCP 2025-06-18, Pagination. A list that is one page has
    /// given none.
    #[test]
    fn a_list_of_one_page_has_no_cursor() {
        let list = |method: &str, params: &Value| {
            refused(&json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string())
        };
        for method in ["tools/list", "prompts/list", "resources/templates/list"] {
            for cursor in ["nonsense", "1.2.3"] {
                assert_eq!(list(method, &json!({"cursor": cursor})), Some((-32602, json!(1))), "{method}");
            }
            assert_eq!(list(method, &json!({"cursor": null})), None, "{method}");
            // As an option that was left empty.
            assert_eq!(list(method, &json!({"cursor": ""})), None, "{method}");
            assert_eq!(list(method, &json!({})), None, "{method}");
        }
        // Its own cursors are read where it is answered.
        assert_eq!(list("resources/list", &json!({"cursor": "nonsense"})), None);
    }

    #[test]
    fn what_is_no_fault_is_taken() {
        for text in [
            r#"{"jsonrpc": "2.0", "id": 1, "method": "ping"}"#,
            "\u{feff}{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"tools/list\", \"params\": null}\r",
            r#"{"jsonrpc": "2.0", "id": 1.0, "method": "tools/list", "params": {}}"#,
            r#"{"jsonrpc": "2.0", "id": 1, "method": "made/up"}"#,
            // No answer to a notification or a response, whatever it is.
            r#"{"jsonrpc": "2.0", "method": "notifications/cancelled"}"#,
            r#"{"jsonrpc": "2.0", "method": "tools/call", "params": [1]}"#,
            r#"{"jsonrpc": "2.0", "id": 1, "result": 7}"#,
            r#"{"jsonrpc": "2.0", "id": 1, "error": 7}"#,
        ] {
            assert_eq!(refused(text), None, "{text}");
        }
    }

    #[test]
    fn batches_are_read_where_the_protocol_has_them() {
        let ping = r#"{"jsonrpc": "2.0", "id": 1, "method": "ping"}"#;
        let batch = |count: usize| format!("[{}]", vec![ping; count].join(","));
        assert!(
            matches!(read(batch(50).as_bytes(), true), Ok(Sent::Batch(messages)) if messages.len() == 50)
        );
        for (text, may_batch) in [(batch(51), true), (batch(1), false), ("[]".into(), true)] {
            assert_eq!(
                read(text.as_bytes(), may_batch).expect_err("a fault").response()["error"]["code"],
                -32600
            );
        }
        let hello = json!({"jsonrpc": "2.0", "id": 3, "method": "initialize", "params":
            {"protocolVersion": "2025-03-26", "capabilities": {}, "clientInfo": {"name": "a", "version": "1"}}});
        assert!(message(&hello).is_ok());
        assert_eq!(message_of_batch(&hello).expect_err("a fault").response()["id"], 3);
    }
}
