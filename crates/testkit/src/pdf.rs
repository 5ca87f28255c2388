//! What somebody reads in a PDF.

use std::io::Write as _;
use std::process::{Command, Stdio};

/// The text as a reader would copy it, all white space made single; `None` where poppler is not installed, which is said.
///
/// # Panics
/// When the reader refuses the document.
#[must_use]
pub fn text_of(pdf: &[u8]) -> Option<String> {
    let reader = Command::new("pdftotext").args(["-q", "-raw", "-", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut reader) = reader else {
        eprintln!("SKIPPED: pdftotext (poppler-utils) is not installed, so the text of documents was not checked");
        return None;
    };
    let mut stdin = reader.stdin.take().unwrap();
    let bytes = pdf.to_vec();
    let feeding = std::thread::spawn(move || stdin.write_all(&bytes));
    let output = reader.wait_with_output().unwrap();
    feeding.join().unwrap().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}
