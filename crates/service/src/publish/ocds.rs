//! Files of OCDS releases of any size become records, on all cores and in memory that does not grow with the file.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _, Write};
use std::num::NonZeroUsize;
use std::os::unix::fs::FileExt as _;
use std::sync::mpsc::{channel, sync_channel};

use domain::procurement::ocds::json::{Json, Syntax};
use domain::procurement::ocds::merge::{Form, MergeFault, merge};
use domain::procurement::ocds::rules::MergeRules;
use domain::procurement::ocds::spans::{Span, SpanFault, Spans};
use domain::procurement::ocds::tape::{Spot, Tape};
use thiserror::Error;

/// The file is looked through in pieces of so many bytes for each core.
const PIECE: usize = 1 << 20;

/// The beginning of a line is looked for in so many bytes.
const LINE: usize = 1 << 16;

/// So many bytes of releases go to a core at a time.
const PORTION: u64 = 1 << 19;

/// So many portions wait to be written for each core, so that none waits for the slowest.
const AHEAD: usize = 2;

/// Why a file of releases became no records.
#[derive(Debug, Error)]
pub enum OcdsFault {
    /// The file cannot be read, or the records cannot be written.
    #[error("the file cannot be read or written")]
    File(#[from] io::Error),
    /// The releases cannot be found in it.
    #[error(transparent)]
    Spans(#[from] SpanFault),
    /// A release is no JSON.
    #[error("the release at byte {at} is {fault}")]
    Json {
        /// Where it begins.
        at: u64,
        /// What is wrong with it.
        fault: Syntax,
    },
    /// A release is no text.
    #[error("the release at byte {0} is not UTF-8")]
    Text(u64),
    /// The releases of a process do not go together.
    #[error("{ocid}: {fault}")]
    Merge {
        /// Of which process.
        ocid: String,
        /// What is wrong.
        fault: MergeFault,
    },
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compiled {
    /// How many releases were read.
    pub releases: u64,
    /// How many records were written.
    pub records: usize,
}

/// Where a release stands in the file.
#[derive(Debug, Clone, Copy)]
struct At {
    at: u64,
    length: usize,
}

/// The releases of one process, in the order of the file.
type Process = Vec<At>;

/// Writes one record per line for each process in the file, in the order in which the processes first come. `form` says what each
/// record holds. `progress` hears how many bytes are done, of twice the length of the file: it is read once to see which releases
/// belong together, and once to merge them.
///
/// # Errors
/// [`OcdsFault`]; what was written before the fault stays written.
pub fn compile(
    file: &File,
    rules: &MergeRules,
    form: Form,
    out: &mut impl Write,
    mut progress: impl FnMut(u64),
) -> Result<Compiled, OcdsFault> {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let (processes, releases) = look_through(file, cores, &mut progress)?;
    let portions = portions(&processes);
    std::thread::scope(|scope| {
        // Each core takes its turn among the portions, and its records wait for their turn to be written.
        let turns: Vec<_> = (0..cores)
            .map(|core| {
                let ((done, turn), (back, spare)) = (sync_channel(AHEAD), channel::<Vec<u8>>());
                let mine = portions.iter().skip(core).step_by(cores);
                scope.spawn(move || {
                    let mut text = Vec::new();
                    // Memory that was written once is warm: lines that are written out come back to be filled again.
                    let mut made = mine.map(|portion| records(file, portion, rules, form, &mut text, spare.try_recv().unwrap_or_default()));
                    // Nobody listens any more once another core had a fault.
                    made.try_for_each(|lines| done.send(lines))
                });
                (turn, back)
            })
            .collect();
        for (portion, (turn, back)) in portions.iter().zip(turns.iter().cycle()) {
            let lines = turn.recv().unwrap_or_else(|_| Err(io::Error::other("a core gave up").into()))?;
            out.write_all(&lines)?;
            // A core that has done its part takes none back.
            drop(back.send(lines));
            progress(size(portion));
        }
        out.flush()?;
        Ok(Compiled { releases, records: processes.len() })
    })
}

fn bytes(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// Which releases belong to which process. What is kept of a release is where it stands.
fn look_through(file: &File, cores: usize, progress: &mut impl FnMut(u64)) -> Result<(Vec<Process>, u64), OcdsFault> {
    let (mut spans, mut numbers, mut processes) = (Spans::default(), HashMap::<Vec<u8>, usize>::new(), Vec::<Process>::new());
    let mut releases = 0;
    let mut stretch = Vec::new();
    loop {
        stretch.clear();
        let read = file.take(bytes(cores * PIECE)).read_to_end(&mut stretch)?;
        if read == 0 {
            break;
        }
        for span in spans_of(&mut spans, &stretch, cores)? {
            releases += 1;
            let number = *numbers.entry(span.ocid).or_insert_with(|| {
                processes.push(Process::new());
                processes.len() - 1
            });
            if let Some(process) = processes.get_mut(number) {
                process.push(At { at: span.at, length: usize::try_from(span.length).unwrap_or(usize::MAX) });
            }
        }
        progress(bytes(read));
    }
    spans.end()?;
    Ok((processes, releases))
}

/// The releases that end in a stretch of the file, found on all cores. The first core goes on from what came before; each other
/// takes it that a release begins at a line break, as in most files. Where that proves wrong its part is gone through again.
fn spans_of(spans: &mut Spans, stretch: &[u8], cores: usize) -> Result<Vec<Span>, SpanFault> {
    let scan = |mut spans: Spans, part: &[u8]| {
        let mut found = Vec::new();
        spans.take(part, |span| found.push(span)).map(|()| (spans, found))
    };
    std::thread::scope(|scope| {
        let mut begin = 0;
        let parts: Vec<_> = parts(stretch, cores)
            .into_iter()
            .map(|part| {
                let guess = spans.as_if_a_release_began(begin);
                let ahead = (begin > 0).then(|| (guess.clone(), scope.spawn(move || scan(guess, part))));
                begin += part.len();
                (part, ahead)
            })
            .collect();
        let mut all = Vec::new();
        for (part, ahead) in parts {
            let right = ahead.filter(|(guess, _)| spans.goes_on_like(guess)).and_then(|(_, ahead)| ahead.join().ok()?.ok());
            let (after, found) = right.map_or_else(|| scan(std::mem::take(spans), part), Ok)?;
            *spans = after;
            all.extend(found);
        }
        Ok(all)
    })
}

/// Parts of about the same length, each but the first from a line that may begin a release.
fn parts(stretch: &[u8], count: usize) -> Vec<&[u8]> {
    let (mut parts, mut rest) = (Vec::with_capacity(count), stretch);
    for left in (2..=count).rev() {
        let after = rest.get(rest.len() / left..).unwrap_or_default();
        let Some(line) = after.windows(2).take(LINE).position(|pair| pair == b"\n{") else { continue };
        let (part, next) = rest.split_at(rest.len() - after.len() + line + 1);
        parts.push(part);
        rest = next;
    }
    parts.push(rest);
    parts
}

fn size(processes: &[Process]) -> u64 {
    processes.iter().flatten().map(|release| bytes(release.length)).sum()
}

/// The processes in portions, in their order.
fn portions(processes: &[Process]) -> Vec<&[Process]> {
    let (mut portions, mut rest, mut filled, mut count) = (Vec::new(), processes, 0, 0);
    for process in processes {
        filled += size(std::slice::from_ref(process));
        count += 1;
        if filled >= PORTION {
            let (portion, after) = rest.split_at(count);
            portions.push(portion);
            (rest, filled, count) = (after, 0, 0);
        }
    }
    if !rest.is_empty() {
        portions.push(rest);
    }
    portions
}

/// The records of some processes, one per line, in `lines`; what they are read into is `text`.
fn records(
    file: &File,
    processes: &[Process],
    rules: &MergeRules,
    form: Form,
    text: &mut Vec<u8>,
    mut lines: Vec<u8>,
) -> Result<Vec<u8>, OcdsFault> {
    lines.clear();
    for process in processes {
        text.resize(process.iter().map(|release| release.length).sum(), 0);
        let mut rest = text.as_mut_slice();
        let mut parts: Vec<(u64, &[u8])> = Vec::with_capacity(process.len());
        for release in process {
            let (part, after) = rest.split_at_mut(release.length);
            file.read_exact_at(part, release.at)?;
            parts.push((release.at, part));
            rest = after;
        }
        let mut tape = Tape::default();
        for (at, part) in parts {
            let text = std::str::from_utf8(part).map_err(|_| OcdsFault::Text(at))?;
            tape.read(text).map_err(|fault| OcdsFault::Json { at, fault })?;
        }
        record(&tape, rules, form, &mut lines)?;
    }
    Ok(lines)
}

/// All releases of a text, in whatever form it is: a list, packages, releases one after the other.
///
/// # Errors
/// When the text is no JSON.
pub fn releases(text: &str) -> Result<Vec<Json<'_>>, Syntax> {
    let (mut tape, mut releases) = (Tape::default(), Vec::new());
    tape.read_all(text)?;
    tape.spots().for_each(|value| collect(value.tree(), &mut releases));
    Ok(releases)
}

pub(super) fn collect<'a>(value: Json<'a>, releases: &mut Vec<Json<'a>>) {
    match value {
        Json::List(items) => items.into_iter().for_each(|item| collect(item, releases)),
        Json::Object(members) if members.iter().any(|(name, _)| holds_releases(name)) => {
            let lists = members.into_iter().filter(|(name, _)| holds_releases(name));
            lists.for_each(|(_, list)| collect(list, releases));
        }
        // What is no object is no release either, and the checker says so.
        release @ (Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::Object(_)) => releases.push(release),
    }
}

fn holds_releases(name: &str) -> bool {
    matches!(name, "releases" | "records")
}

fn record(releases: &Tape<'_>, rules: &MergeRules, form: Form, lines: &mut Vec<u8>) -> Result<(), OcdsFault> {
    let ocid = releases.spots().next().and_then(|release| release.member("ocid"));
    let named = |fault| OcdsFault::Merge { ocid: ocid.and_then(Spot::text).map_or_else(String::new, |ocid| ocid.to_string()), fault };
    let merged = merge(releases.spots(), rules, form).map_err(named)?;
    let name = match form {
        Form::Compiled => "compiledRelease",
        Form::Versioned => "versionedRelease",
    };
    write!(lines, "{{\"ocid\":{},\"{name}\":", ocid.map_or("null", Spot::as_written))?;
    merged.write(lines);
    lines.extend_from_slice(b"}\n");
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn release(process: usize, turn: usize) -> String {
        json!({ "ocid": format!("ocds-{process}"), "id": turn.to_string(), "date": format!("2026-01-{:02}T00:00:00Z", turn + 1), "tag": ["tender"],
                "tender": { "id": "1", "title": format!("{process} {turn}"), "description": "x".repeat(900) } })
        .to_string()
    }

    fn file(text: &str) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        io::Seek::rewind(&mut file).unwrap();
        file
    }

    fn compiled(text: &str, form: Form) -> Result<(Compiled, Vec<Value>, u64), OcdsFault> {
        let (mut out, mut heard) = (Vec::new(), 0);
        let rules = MergeRules::of_profile(&domain::procurement::ocds::profile::FIND_A_TENDER);
        let done = compile(&file(text), &rules, form, &mut out, |bytes| heard += bytes)?;
        let lines = out.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        Ok((done, lines.map(|line| serde_json::from_slice(line).unwrap()).collect(), heard))
    }

    /// Far more than one portion, so that several cores take several turns.
    #[test]
    fn releases_that_lie_mixed_become_one_record_per_process_in_the_order_of_the_file() {
        const PROCESSES: usize = 1_500;
        let mixed = |turn: usize| (0..PROCESSES).map(move |at| release((at * 7) % PROCESSES, turn));
        let text = (0..4).flat_map(mixed).collect::<Vec<_>>().join("\n");
        let (done, records, heard) = compiled(&text, Form::Compiled).unwrap();
        assert_eq!(done, Compiled { releases: 6_000, records: PROCESSES });
        for (at, record) in records.iter().enumerate() {
            let process = (at * 7) % PROCESSES;
            assert_eq!(record["ocid"], format!("ocds-{process}"));
            assert_eq!(record["compiledRelease"]["tender"]["title"], format!("{process} 3"), "the last release stands");
        }
        let read = bytes(text.len()) + (0..PROCESSES).map(|at| 4 * bytes(release(at, 0).len())).sum::<u64>();
        assert_eq!(heard, read, "once to look through, once to merge");
        let (_, records, _) = compiled(&format!("[{}]", text.replace('\n', ",")), Form::Versioned).unwrap();
        assert_eq!(records[0]["versionedRelease"]["tender"]["title"].as_array().unwrap().len(), 4);
    }

    #[test]
    fn a_file_that_is_not_right_is_refused_with_what_and_where() {
        let fault = |text: &str| compiled(text, Form::Compiled).unwrap_err().to_string();
        assert_eq!(
            fault(r#"[{"ocid": "a", "id": 1 2}]"#),
            "the release at byte 1 is no JSON at byte 22: a comma or a closing brace is expected"
        );
        assert_eq!(fault("[{}]"), "the object at byte 1 has no `ocid` and no `releases`, so it is neither a release nor a package");
        assert_eq!(fault(r#"{"ocid":"a"}{"ocid":"a"}"#), "a: a release has no `date`, so the releases have no order");
    }

    #[test]
    fn every_form_of_file_gives_its_releases_to_the_checker() {
        let one = release(1, 0);
        let of = |text: &str| releases(text).unwrap().len();
        assert_eq!(of(&format!("[{one},{one}]")), 2);
        assert_eq!(of(&format!("{one}\n{one}\n")), 2);
        assert_eq!(of(&format!(r#"{{"uri":"u","releases":[{one}]}}"#)), 1);
        assert_eq!(of(&format!(r#"{{"records":[{{"ocid":"x","releases":[{one},{one}],"compiledRelease":{one}}}]}}"#)), 2);
        assert_eq!(of(r#"[1, "x"]"#), 2, "what is no release is checked as one");
    }
}
