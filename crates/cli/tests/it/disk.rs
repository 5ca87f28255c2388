//! A disk that loses its power: what was synced stays, what was not is anybody's guess.
//!
//! Killing a process loses nothing that it wrote, because the operating system still has it. A power cut does. So the programs
//! run above `disk.c`, which notes every write and every sync, and after the kill the files are made again from the notes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use service::Randomness as _;
use testkit::Seeded;
use tokio::process::Command;

/// A disk writes this much whole or not at all.
const SECTOR: usize = 512;

/// The disk below one folder.
#[derive(Debug)]
pub struct Disk {
    folder: PathBuf,
    lies: bool,
    /// The files as they surely are, from when the power came.
    durable: BTreeMap<PathBuf, Vec<u8>>,
}

/// What was asked of a file and not synced yet.
enum Pending<'a> {
    Write(usize, &'a [u8]),
    Truncate(usize),
}

impl Disk {
    /// From now on the folder's files are what they are. One that lies answers every sync and keeps nothing.
    pub fn new(folder: &Path, lies: bool) -> Self {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/disk.c");
        let library = folder.join("disk.so");
        let built = std::process::Command::new("cc").args(["-shared", "-fPIC", "-O1", "-Wall", "-o"]).arg(&library).arg(source).status();
        assert!(built.unwrap().success(), "disk.c does not compile");
        let files =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.to_string_lossy().contains(".sqlite"));
        let durable = files.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect();
        Self { folder: folder.to_owned(), lies, durable }
    }

    /// Lets a program run above it.
    pub fn under(&self, command: &mut Command) {
        command.env("LD_PRELOAD", self.folder.join("disk.so")).env("NEARHOME_DISK_LOG", self.notes());
        if self.lies {
            command.env("NEARHOME_DISK_LIES", "1");
        }
    }

    fn notes(&self) -> PathBuf {
        self.folder.join("disk.notes")
    }

    /// Leaves the files as a power cut could: of what was not synced, each sector is there or not. Nothing runs any more.
    pub fn cut_power(&mut self, dice: &Seeded) {
        let notes = std::fs::read(self.notes()).unwrap_or_default();
        let mut pending: BTreeMap<PathBuf, Vec<Pending>> = BTreeMap::new();
        let mut rest = notes.as_slice();
        while let Some((kind, path, offset, bytes)) = take_note(&mut rest) {
            match kind {
                1 => pending.entry(path).or_default().push(Pending::Write(offset, bytes)),
                2 => {
                    for asked in pending.remove(&path).unwrap_or_default() {
                        asked.apply(self.durable.entry(path.clone()).or_default(), |_| true);
                    }
                }
                3 => pending.entry(path).or_default().push(Pending::Truncate(offset)),
                4 => {
                    pending.remove(&path);
                    self.durable.remove(&path);
                }
                other => panic!("disk.c notes nothing of kind {other}"),
            }
        }
        for (path, asked) in pending {
            let file = self.durable.entry(path).or_default();
            for asked in asked {
                asked.apply(file, |_| !self.lies && dice.random().is_multiple_of(2));
            }
        }
        for entry in std::fs::read_dir(&self.folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.to_string_lossy().contains(".sqlite") {
                std::fs::remove_file(entry).unwrap();
            }
        }
        for (path, content) in &self.durable {
            std::fs::write(path, content).unwrap();
        }
        std::fs::write(self.notes(), []).unwrap();
    }
}

impl Pending<'_> {
    /// Does what was asked, as far as the disk came with it.
    fn apply(&self, file: &mut Vec<u8>, mut is_done: impl FnMut(usize) -> bool) {
        match self {
            Self::Truncate(length) if is_done(*length) => file.resize(*length, 0),
            Self::Truncate(_) => {}
            Self::Write(offset, bytes) => {
                for (number, sector) in bytes.chunks(SECTOR).enumerate() {
                    let start = offset + number * SECTOR;
                    if is_done(start) {
                        file.resize(file.len().max(start + sector.len()), 0);
                        file[start..start + sector.len()].copy_from_slice(sector);
                    }
                }
            }
        }
    }
}

/// Kind, path, offset or length, and bytes of the next note; nothing at the end, and for one that the kill cut short.
fn take_note<'a>(rest: &mut &'a [u8]) -> Option<(u32, PathBuf, usize, &'a [u8])> {
    let (head, after) = rest.split_at_checked(24)?;
    let word = |at: usize| u32::from_ne_bytes(head[at..at + 4].try_into().unwrap());
    let long = |at: usize| usize::try_from(u64::from_ne_bytes(head[at..at + 8].try_into().unwrap())).unwrap();
    let (path, after) = after.split_at_checked(usize::try_from(word(4)).unwrap())?;
    let (bytes, after) = after.split_at_checked(long(16))?;
    *rest = after;
    Some((word(0), PathBuf::from(std::str::from_utf8(path).unwrap()), long(8), bytes))
}
