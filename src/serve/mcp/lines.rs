//! The protocol over standard input and output: one message or batch a line.

use super::{
    MAX_REQUEST,
    jsonrpc::{self, Fault, Sent},
};
use rmcp::{
    RoleServer,
    model::{ClientJsonRpcMessage, ClientNotification, ClientRequest, RequestId, ServerJsonRpcMessage},
    transport::Transport,
};
use serde::Serialize;
use serde_json::Value;
use std::{io, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader},
    sync::{Mutex, Notify, mpsc},
    time,
};

/// The longest wait for the response to `initialize`, before what follows it is read.
const HELLO_TIME: Duration = Duration::from_secs(5);

/// A transport that answers by itself what is no message.
pub(super) struct Lines<W> {
    messages: mpsc::Receiver<ClientJsonRpcMessage>,
    output: Arc<Mutex<Output<W>>>,
}

/// Where responses are written.
struct Output<W> {
    writer: W,
    /// The batches that wait for responses.
    batches: Vec<Batch>,
    /// Whether the client may send batches, by the protocol version that it has asked for. That version is taken if
    /// batches are part of it, so a client need not wait for the answer.
    may_batch: bool,
    /// The id of an `initialize` that has no response yet. What follows it is read later, so that no error comes before.
    hello: Option<RequestId>,
    greeted: Arc<Notify>,
}

/// A batch of requests, and the responses that there are.
struct Batch {
    waiting: Vec<RequestId>,
    responses: Vec<Value>,
}

impl<W: AsyncWrite + Send + Unpin + 'static> Lines<W> {
    /// Starts to read.
    pub(super) fn new(input: impl AsyncRead + Send + Unpin + 'static, writer: W) -> Self {
        let output = Arc::new(Mutex::new(Output {
            writer,
            batches: Vec::new(),
            may_batch: false,
            hello: None,
            greeted: Arc::default(),
        }));
        // The reading must not be cancelled in the middle of a line, as `receive` may be.
        let (sender, messages) = mpsc::channel(1);
        tokio::spawn(read_all(BufReader::new(input), Arc::clone(&output), sender));
        Self { messages, output }
    }
}

/// Reads lines until the input or the transport ends.
async fn read_all<W: AsyncWrite + Unpin>(
    mut input: BufReader<impl AsyncRead + Unpin>,
    output: Arc<Mutex<Output<W>>>,
    sender: mpsc::Sender<ClientJsonRpcMessage>,
) {
    let mut line = Vec::new();
    while let Ok(read) = read_line(&mut input, &mut line).await {
        let sent = match read {
            LineRead::End => return,
            LineRead::Line if line.trim_ascii().is_empty() => continue,
            LineRead::Line => jsonrpc::read(&line, output.lock().await.may_batch),
            LineRead::TooLong => Err(Fault::too_long()),
        };
        let taken = match sent {
            Ok(Sent::One(value)) => output.lock().await.take(&value).await,
            Ok(Sent::Batch(values)) => output.lock().await.take_batch(&values).await,
            Err(fault) => output.lock().await.write(&fault.response()).await.map(|()| Vec::new()),
        };
        let Ok(taken) = taken else { return };
        for message in taken {
            if sender.send(message).await.is_err() {
                return;
            }
        }
        // If no response comes, the client is read all the same.
        let _ = time::timeout(HELLO_TIME, greeted(&output)).await;
    }
}

/// Waits until no `initialize` waits for its response.
async fn greeted<W>(output: &Mutex<Output<W>>) {
    loop {
        let greeted = {
            let output = output.lock().await;
            if output.hello.is_none() {
                return;
            }
            Arc::clone(&output.greeted)
        };
        greeted.notified().await;
    }
}

/// What was read as a line.
enum LineRead {
    Line,
    TooLong,
    End,
}

/// Reads a line into `line`; the last one may lack its end. Of a line that is too long nothing is kept.
async fn read_line(
    input: &mut BufReader<impl AsyncRead + Unpin>,
    line: &mut Vec<u8>,
) -> io::Result<LineRead> {
    line.clear();
    let mut length = 0;
    loop {
        let piece = input.fill_buf().await?;
        let end = piece.iter().position(|byte| *byte == b'\n');
        let taken = end.unwrap_or(piece.len());
        length += taken;
        if length <= MAX_REQUEST {
            line.extend_from_slice(&piece[..taken]);
        }
        let is_last = piece.is_empty();
        input.consume(taken + usize::from(end.is_some()));
        if end.is_some() || is_last {
            return Ok(match length {
                0 if is_last => LineRead::End,
                0..=MAX_REQUEST => LineRead::Line,
                _ => LineRead::TooLong,
            });
        }
    }
}

impl<W: AsyncWrite + Unpin> Output<W> {
    /// The message, if it is one; else its error is written.
    async fn take(&mut self, value: &Value) -> io::Result<Vec<ClientJsonRpcMessage>> {
        let message = match jsonrpc::message(value) {
            Ok(message) => message,
            Err(fault) => {
                self.write(&fault.response()).await?;
                None
            }
        };
        let message: Vec<_> = message.into_iter().collect();
        self.note(&message).await?;
        Ok(message)
    }

    /// Notes what messages mean for the responses.
    async fn note(&mut self, messages: &[ClientJsonRpcMessage]) -> io::Result<()> {
        for message in messages {
            match message {
                ClientJsonRpcMessage::Request(request) => {
                    if let ClientRequest::InitializeRequest(hello) = &request.request {
                        self.may_batch = jsonrpc::has_batches(hello.params.protocol_version.as_str());
                        self.hello = Some(request.id.clone());
                    }
                }
                ClientJsonRpcMessage::Notification(notification) => {
                    // A cancelled request has no response.
                    if let ClientNotification::CancelledNotification(cancelled) = &notification.notification
                        && let Some(id) = &cancelled.params.request_id
                    {
                        self.answered(id, None).await?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The messages of a batch; their errors and responses are written when there are all.
    async fn take_batch(&mut self, values: &[Value]) -> io::Result<Vec<ClientJsonRpcMessage>> {
        let mut batch = Batch { waiting: Vec::new(), responses: Vec::new() };
        let mut messages = Vec::new();
        for value in values {
            match jsonrpc::message_of_batch(value) {
                Ok(message) => messages.extend(message),
                Err(fault) => batch.responses.push(fault.response()),
            }
        }
        batch.waiting.extend(messages.iter().filter_map(|message| match message {
            ClientJsonRpcMessage::Request(request) => Some(request.id.clone()),
            _ => None,
        }));
        self.batches.push(batch);
        self.note(&messages).await?;
        self.write_finished().await?;
        Ok(messages)
    }

    /// Records the response to a request of a batch, or that there is none. Returns whether a batch waits for it.
    async fn answered(&mut self, id: &RequestId, response: Option<Value>) -> io::Result<bool> {
        let Some(batch) = self.batches.iter_mut().find(|batch| batch.waiting.contains(id)) else {
            return Ok(false);
        };
        if let Some(at) = batch.waiting.iter().position(|waiting| waiting == id) {
            batch.waiting.swap_remove(at);
        }
        batch.responses.extend(response);
        self.write_finished().await?;
        Ok(true)
    }

    /// Writes the responses of all batches that wait for no more.
    async fn write_finished(&mut self) -> io::Result<()> {
        while let Some(at) = self.batches.iter().position(|batch| batch.waiting.is_empty()) {
            let Batch { responses, .. } = self.batches.swap_remove(at);
            if !responses.is_empty() {
                self.write(&responses).await?;
            }
        }
        Ok(())
    }

    async fn write(&mut self, message: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(message)?;
        line.push(b'\n');
        self.writer.write_all(&line).await?;
        self.writer.flush().await
    }

    async fn send(&mut self, message: ServerJsonRpcMessage) -> io::Result<()> {
        let id = match &message {
            ServerJsonRpcMessage::Response(response) => Some(&response.id),
            ServerJsonRpcMessage::Error(error) => error.id.as_ref(),
            _ => None,
        };
        if let Some(id) = id
            && !self.batches.is_empty()
            && self.answered(id, Some(serde_json::to_value(&message)?)).await?
        {
            return Ok(());
        }
        let is_greeting = self.hello.is_some() && id == self.hello.as_ref();
        self.write(&message).await?;
        if is_greeting {
            self.hello = None;
            self.greeted.notify_one();
        }
        Ok(())
    }
}

impl<W: AsyncWrite + Send + Unpin + 'static> Transport<RoleServer> for Lines<W> {
    type Error = io::Error;

    fn send(&mut self, item: ServerJsonRpcMessage) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let output = Arc::clone(&self.output);
        async move { output.lock().await.send(item).await }
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        self.messages.recv().await
    }

    async fn close(&mut self) -> io::Result<()> {
        self.messages.close();
        self.output.lock().await.writer.shutdown().await
    }
}
