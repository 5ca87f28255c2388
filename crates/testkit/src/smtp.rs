//! A mail server that keeps what it is handed: the real protocol on a real socket.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A message as it was handed in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Received {
    /// The sender of the envelope.
    pub from: String,
    /// The recipients of the envelope.
    pub to: Vec<String>,
    /// Headers and text, as sent.
    pub content: String,
}

#[derive(Debug, Default)]
struct Kept {
    messages: Vec<Received>,
    refusals: Vec<&'static str>,
}

/// The server; it listens until the test ends.
#[derive(Debug)]
pub struct SmtpServer {
    /// On 127.0.0.1.
    pub port: u16,
    kept: Arc<Mutex<Kept>>,
}

impl SmtpServer {
    /// Starts one on a free port.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let kept = Arc::new(Mutex::new(Kept::default()));
        let into = Arc::clone(&kept);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A client that goes away in the middle is no fault of the server.
                tokio::spawn(converse(stream, Arc::clone(&into)));
            }
        });
        Self { port, kept }
    }

    /// Answers the next message with this line instead of taking it, such as `451 try later`.
    ///
    /// # Panics
    /// When a conversation panicked.
    pub fn refuse_next(&self, line: &'static str) {
        self.kept.lock().unwrap().refusals.push(line);
    }

    /// What was handed in so far, in order.
    ///
    /// # Panics
    /// When a conversation panicked.
    #[must_use]
    pub fn messages(&self) -> Vec<Received> {
        self.kept.lock().unwrap().messages.clone()
    }
}

/// One connection, any number of messages, until `QUIT`.
async fn converse(stream: TcpStream, kept: Arc<Mutex<Kept>>) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 testkit ESMTP\r\n").await?;
    let mut message = Received::default();
    while let Some(line) = lines.next_line().await? {
        let (verb, rest) = line.split_once([' ', ':']).unwrap_or((&line, ""));
        let answer = match verb.to_ascii_uppercase().as_str() {
            "EHLO" => "250-testkit\r\n250 8BITMIME",
            "HELO" | "NOOP" | "RSET" => "250 OK",
            "MAIL" => {
                let refusal = kept.lock().unwrap().refusals.pop();
                message = Received { from: address(rest), ..Received::default() };
                refusal.unwrap_or("250 OK")
            }
            "RCPT" => {
                message.to.push(address(rest));
                "250 OK"
            }
            "DATA" => {
                write.write_all(b"354 end with a dot\r\n").await?;
                message.content = content(&mut lines).await?;
                kept.lock().unwrap().messages.push(std::mem::take(&mut message));
                "250 kept"
            }
            "QUIT" => {
                return write.write_all(b"221 bye\r\n").await;
            }
            _ => "502 not known here",
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(())
}

/// The lines until the lone dot; a dot that the client put before a line that began with one is taken away.
async fn content(lines: &mut tokio::io::Lines<BufReader<tokio::net::tcp::OwnedReadHalf>>) -> std::io::Result<String> {
    let mut content = String::new();
    while let Some(line) = lines.next_line().await? {
        if line == "." {
            break;
        }
        content.push_str(line.strip_prefix('.').unwrap_or(&line));
        content.push('\n');
    }
    Ok(content)
}

/// `FROM:<a@b.example> SIZE=1` gives `a@b.example`.
fn address(text: &str) -> String {
    text.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or_else(String::new, |(address, _)| address.to_owned())
}
