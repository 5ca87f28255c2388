//! What a bidder uploads: judged by its content alone, and named at once where an evaluator could not read it.

use thiserror::Error;

/// The largest file, in bytes.
pub const FILE_BYTES_AT_MOST: usize = 10 * 1024 * 1024;

codes! {
    /// The kinds of file that a bid may hold.
    pub enum MediaType("kind of file") {
        /// A document with fixed pages.
        Pdf = "application/pdf", "PDF";
        /// A text.
        Docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "Word document (DOCX)";
        /// A workbook.
        Xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel workbook (XLSX)";
        /// A picture without loss.
        Png = "image/png", "PNG picture";
        /// A photograph.
        Jpeg = "image/jpeg", "JPEG picture";
    }
}

/// Why a file is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FileRefusal {
    /// It has no content.
    #[error("The selected file is empty")]
    Empty,
    /// It is too large.
    #[error("The selected file must be smaller than 10 MB")]
    TooLarge,
    /// The same content is there already.
    #[error("This file was uploaded already, as {0}")]
    Duplicate(String),
    /// It is none of the kinds of [`MediaType`].
    #[error("The selected file must be a PDF, DOCX, XLSX, PNG or JPEG; its name does not decide that, its content does")]
    WrongType,
    /// Nobody could open it without a password.
    #[error("The selected file is protected by a password: remove the password and upload it again")]
    PasswordProtected,
    /// It begins like one of the kinds, but is damaged or cut off.
    #[error("The selected file cannot be read as a {0}: it is damaged or incomplete")]
    Unreadable(MediaType),
}

/// What a file is, if it can be read.
///
/// # Errors
/// [`FileRefusal`]; never [`FileRefusal::Duplicate`], which takes the other files.
pub fn inspect(bytes: &[u8]) -> Result<MediaType, FileRefusal> {
    if bytes.is_empty() {
        return Err(FileRefusal::Empty);
    }
    if bytes.len() > FILE_BYTES_AT_MOST {
        return Err(FileRefusal::TooLarge);
    }
    // The mark of a PDF may stand behind a few bytes of something else.
    if last_in(bytes.get(..1024).unwrap_or(bytes), b"%PDF-").is_some() {
        return pdf(bytes);
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return office(bytes);
    }
    if bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        // Office keeps a protected document in its older container, under this name in two bytes a letter.
        let name: Vec<u8> = "EncryptedPackage".bytes().flat_map(|letter| [letter, 0]).collect();
        return Err(if last_in(bytes, &name).is_some() { FileRefusal::PasswordProtected } else { FileRefusal::WrongType });
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return png(bytes).map(|()| MediaType::Png).ok_or(FileRefusal::Unreadable(MediaType::Png));
    }
    if bytes.starts_with(b"\xff\xd8\xff") {
        return jpeg(bytes).map(|()| MediaType::Jpeg).ok_or(FileRefusal::Unreadable(MediaType::Jpeg));
    }
    Err(FileRefusal::WrongType)
}

/// Where a text stands for the last time.
fn last_in(bytes: &[u8], text: &[u8]) -> Option<usize> {
    bytes.windows(text.len()).rposition(|part| part == text)
}

fn little(bytes: &[u8], at: usize, length: usize) -> Option<usize> {
    let part = bytes.get(at..at.checked_add(length)?)?;
    part.iter().rev().try_fold(0_usize, |sum, byte| sum.checked_mul(256)?.checked_add(usize::from(*byte)))
}

fn big(bytes: &[u8], at: usize, length: usize) -> Option<usize> {
    let part = bytes.get(at..at.checked_add(length)?)?;
    part.iter().try_fold(0_usize, |sum, byte| sum.checked_mul(256)?.checked_add(usize::from(*byte)))
}

/// A PDF names at its end where its last dictionary stands; that dictionary says whether the rest is encrypted.
fn pdf(bytes: &[u8]) -> Result<MediaType, FileRefusal> {
    let unreadable = FileRefusal::Unreadable(MediaType::Pdf);
    let tail = bytes.len().saturating_sub(2048);
    let end = bytes.get(tail..).unwrap_or_default();
    let named = last_in(end, b"startxref").and_then(|at| end.get(at + b"startxref".len()..));
    let (Some(named), Some(_)) = (named, last_in(end, b"%%EOF")) else { return Err(unreadable) };
    let digits = named.trim_ascii_start().split(|byte| !byte.is_ascii_digit()).next().unwrap_or_default();
    let offset = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse::<usize>().ok());
    let dictionary = offset.and_then(|offset| dictionary_at(bytes, offset));
    // A writer that counted wrongly is forgiven, as readers forgive it: the last dictionary is found by its name.
    let dictionary = dictionary.or_else(|| last_in(bytes, b"trailer").and_then(|at| dictionary_at(bytes, at)));
    let dictionary = dictionary.ok_or(unreadable)?;
    if last_in(dictionary, b"/Encrypt").is_some() { Err(FileRefusal::PasswordProtected) } else { Ok(MediaType::Pdf) }
}

/// The dictionary behind a table of references, or the one of the stream that is such a table.
fn dictionary_at(bytes: &[u8], offset: usize) -> Option<&[u8]> {
    let rest = bytes.get(offset..)?;
    let start = rest.trim_ascii_start();
    if start.starts_with(b"xref") || start.starts_with(b"trailer") {
        let at = rest.windows(7).position(|part| part == b"trailer")?;
        let behind = rest.get(at..)?;
        let end = behind.windows(9).position(|part| part == b"startxref")?;
        return behind.get(..end).filter(|dictionary| last_in(dictionary, b"/Root").is_some());
    }
    if !start.first()?.is_ascii_digit() {
        return None;
    }
    let end = start.windows(6).position(|part| part == b"stream")?;
    start.get(..end).filter(|dictionary| last_in(dictionary, b"/XRef").is_some())
}

/// Word and Excel keep their parts in a ZIP archive: each part is in the list at its end, and where the list says.
fn office(bytes: &[u8]) -> Result<MediaType, FileRefusal> {
    let parts = zip(bytes);
    let kind = |names: &[&[u8]]| {
        let holds = |name: &[u8]| names.contains(&name);
        match (holds(b"[Content_Types].xml"), holds(b"word/document.xml"), holds(b"xl/workbook.xml")) {
            (true, true, false) => Some(MediaType::Docx),
            (true, false, true) => Some(MediaType::Xlsx),
            _ => None,
        }
    };
    match parts {
        Some(parts) if parts.iter().any(|(_, is_encrypted)| *is_encrypted) => Err(FileRefusal::PasswordProtected),
        Some(parts) => kind(&parts.iter().map(|(name, _)| *name).collect::<Vec<_>>()).ok_or(FileRefusal::WrongType),
        None if last_in(bytes, b"xl/").is_some() => Err(FileRefusal::Unreadable(MediaType::Xlsx)),
        None if last_in(bytes, b"word/").is_some() => Err(FileRefusal::Unreadable(MediaType::Docx)),
        None => Err(FileRefusal::WrongType),
    }
}

/// The names of the parts of an archive, each with whether it is encrypted; nothing when the archive is damaged.
fn zip(bytes: &[u8]) -> Option<Vec<(&[u8], bool)>> {
    let end = last_in(bytes, b"PK\x05\x06")?;
    let count = little(bytes, end + 10, 2)?;
    let mut at = little(bytes, end + 16, 4)?;
    let mut parts = Vec::new();
    for _ in 0..count {
        let entry = bytes.get(at..).filter(|entry| entry.starts_with(b"PK\x01\x02"))?;
        let (name, extra, comment) = (little(entry, 28, 2)?, little(entry, 30, 2)?, little(entry, 32, 2)?);
        let (packed, start) = (little(entry, 20, 4)?, little(entry, 42, 4)?);
        let part = bytes.get(start..).filter(|part| part.starts_with(b"PK\x03\x04"))?;
        let content = 30 + little(part, 26, 2)? + little(part, 28, 2)?;
        part.get(content..content.checked_add(packed)?)?;
        parts.push((entry.get(46..46 + name)?, little(entry, 8, 2)? & 1 == 1));
        at += 46 + name + extra + comment;
    }
    Some(parts)
}

/// A PNG is a row of chunks, from its header to its end.
fn png(bytes: &[u8]) -> Option<()> {
    let mut at = 8;
    (bytes.get(12..16)? == b"IHDR").then_some(())?;
    loop {
        let length = big(bytes, at, 4)?;
        let name = bytes.get(at + 4..at + 8)?;
        bytes.get(at + 8..at.checked_add(length)?.checked_add(12)?)?;
        if name == b"IEND" {
            return Some(());
        }
        at += length + 12;
    }
}

/// A JPEG is a row of segments up to the picture itself, which an end mark closes.
fn jpeg(bytes: &[u8]) -> Option<()> {
    const PICTURE: usize = 0xda;
    let mut at = 2;
    let mut has_frame = false;
    loop {
        if bytes.get(at)? != &0xff {
            return None;
        }
        let mark = little(bytes, at + 1, 1)?;
        if mark == 0xff {
            at += 1;
            continue;
        }
        // Start of a frame, of whichever method, but for three marks of other use.
        has_frame |= (0xc0..=0xcf).contains(&mark) && ![0xc4, 0xc8, 0xcc].contains(&mark);
        let length = big(bytes, at + 2, 2)?;
        bytes.get(at..at + 2 + length)?;
        at += 2 + length;
        if mark == PICTURE {
            let is_closed = last_in(bytes, b"\xff\xd9").is_some_and(|end| end >= at);
            return (has_frame && is_closed).then_some(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The smallest PDF that says what it has to, with these entries in its last dictionary.
    fn pdf_file(entries: &str) -> Vec<u8> {
        let body = "%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n";
        let table = "xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \n";
        format!("{body}{table}trailer\n<< /Size 2 /Root 1 0 R {entries} >>\nstartxref\n{}\n%%EOF\n", body.len()).into_bytes()
    }

    /// The same with a stream of references, as newer writers have it.
    fn newer_pdf_file(entries: &str) -> Vec<u8> {
        let body = "%PDF-1.7\n1 0 obj\n<< /Note (/Encrypt) >>\nendobj\n";
        let table = format!("2 0 obj\n<< /Type /XRef /Root 1 0 R {entries} /Length 4 >>\nstream\n....\nendstream\nendobj\n");
        format!("{body}{table}startxref\n{}\n%%EOF", body.len()).into_bytes()
    }

    fn zip_file(names: &[&str], flags: u8) -> Vec<u8> {
        let (mut bytes, mut list) = (Vec::new(), Vec::new());
        for name in names {
            let start = u32::try_from(bytes.len()).unwrap();
            let length = u8::try_from(name.len()).unwrap();
            bytes.extend([b"PK\x03\x04".as_slice(), &[20, 0, flags, 0], &[0; 10], &[2, 0, 0, 0, 2, 0, 0, 0, length, 0, 0, 0]].concat());
            bytes.extend([name.as_bytes(), b"ok"].concat());
            list.extend(
                [b"PK\x01\x02".as_slice(), &[20, 0, 20, 0, flags, 0], &[0; 10], &[2, 0, 0, 0, 2, 0, 0, 0, length, 0], &[0; 12]].concat(),
            );
            list.extend([start.to_le_bytes().as_slice(), name.as_bytes()].concat());
        }
        let (count, start) = (u8::try_from(names.len()).unwrap(), u32::try_from(bytes.len()).unwrap());
        bytes.extend(&list);
        bytes.extend([b"PK\x05\x06\0\0\0\0".as_slice(), &[count, 0, count, 0]].concat());
        bytes.extend([u32::try_from(list.len()).unwrap().to_le_bytes(), start.to_le_bytes()].concat());
        bytes.extend([0, 0]);
        bytes
    }

    fn png_file() -> Vec<u8> {
        let chunk = |name: &[u8], content: &[u8]| [&[0, 0, 0, u8::try_from(content.len()).unwrap()], name, content, b"crc."].concat();
        [b"\x89PNG\r\n\x1a\n".as_slice(), &chunk(b"IHDR", &[0; 13]), &chunk(b"IDAT", b"picture"), &chunk(b"IEND", b"")].concat()
    }

    fn jpeg_file() -> Vec<u8> {
        [b"\xff\xd8".as_slice(), b"\xff\xe0\x00\x04ab", b"\xff\xc0\x00\x05abc", b"\xff\xda\x00\x03a", b"picture", b"\xff\xd9"].concat()
    }

    const DOCX: &[&str] = &["[Content_Types].xml", "word/document.xml"];
    const XLSX: &[&str] = &["[Content_Types].xml", "xl/workbook.xml"];

    #[test]
    fn each_kind_is_known_by_its_content() {
        assert_eq!(inspect(&pdf_file("")), Ok(MediaType::Pdf));
        assert_eq!(inspect(&newer_pdf_file("")), Ok(MediaType::Pdf), "a word in its text is no encryption");
        assert_eq!(inspect(&zip_file(DOCX, 0)), Ok(MediaType::Docx));
        assert_eq!(inspect(&zip_file(XLSX, 0)), Ok(MediaType::Xlsx));
        assert_eq!(inspect(&png_file()), Ok(MediaType::Png));
        assert_eq!(inspect(&jpeg_file()), Ok(MediaType::Jpeg));
        let shifted = [b"junk\n".as_slice(), &pdf_file("")].concat();
        assert_eq!(inspect(&shifted), Ok(MediaType::Pdf), "counted from another start");
    }

    #[test]
    fn what_nobody_could_read_is_named() {
        assert_eq!(inspect(b""), Err(FileRefusal::Empty));
        assert_eq!(inspect(&vec![0; FILE_BYTES_AT_MOST + 1]), Err(FileRefusal::TooLarge));
        for other in [b"MZ\x90 a program".as_slice(), b"plain text", b"<html>", &zip_file(&["notes.txt"], 0)] {
            assert_eq!(inspect(other), Err(FileRefusal::WrongType));
        }
        let locked = "/Encrypt 5 0 R";
        for file in [pdf_file(locked), newer_pdf_file(locked), zip_file(DOCX, 1)] {
            assert_eq!(inspect(&file), Err(FileRefusal::PasswordProtected));
        }
        let older =
            |name: &str| [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(), name.bytes().flat_map(|letter| [letter, 0]).collect()].concat();
        assert_eq!(inspect(&older("EncryptedPackage")), Err(FileRefusal::PasswordProtected));
        assert_eq!(inspect(&older("WordDocument")), Err(FileRefusal::WrongType), "a DOC of before 2007");
    }

    #[test]
    fn a_file_cut_anywhere_is_unreadable_and_never_taken() {
        for (whole, kind) in [
            (pdf_file(""), MediaType::Pdf),
            (newer_pdf_file(""), MediaType::Pdf),
            (zip_file(DOCX, 0), MediaType::Docx),
            (zip_file(XLSX, 0), MediaType::Xlsx),
            (png_file(), MediaType::Png),
            (jpeg_file(), MediaType::Jpeg),
        ] {
            // A line feed at the end may be missing, as may the length of an archive's comment.
            for length in 0..whole.len() - 6 {
                let cut = inspect(whole.get(..length).unwrap());
                assert!(cut.is_err(), "{kind} cut to {length} of {}", whole.len());
            }
            let half = inspect(whole.get(..whole.len() * 2 / 3).unwrap());
            assert_eq!(half, Err(FileRefusal::Unreadable(kind)));
        }
    }
}
