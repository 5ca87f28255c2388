//! Every postcode of the United Kingdom with its point and council, in one compact read-only file.
//!
//! The file is built once from the ONS Postcode Directory as a Python package carries it (`scripts/fetch-postcodes`, then
//! [`build`]). It stays on the disk: in memory there is one key per block of 256 postcodes, some 85 kilobytes in all. A lookup
//! is a search among those keys and one read of one block at its place, which the operating system has at hand. Reading needs
//! no lock, so that one open file serves every request.
//!
//! Layout, numbers little-endian: magic (16 bytes, the last is the version), number of rows (4), number of councils (4),
//! SHA-256 of the two numbers and of all that follows (32), the councils' codes (9 each), then the rows in the order of
//! their keys: key (5), easting (3), northing (3), number of the council (2).
//!
//! The directory does not mark postcodes that are no longer in use, so they are found like the others.

mod build;

use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use domain::consortium::CouncilCode;
use domain::place::{Place, Point, Postcode};
use sha2::{Digest as _, Sha256};

pub use build::{Built, build};

const MAGIC: &[u8; 16] = b"nearhome places2";
const HEAD: usize = 56;
const COUNCIL: usize = 9;
const ROW: usize = 13;
/// Rows that are read at once: 3,328 bytes, within one page of the disk's cache.
const BLOCK: usize = 256;
const NO_COUNCIL: u16 = u16::MAX;
/// The most letters and digits of a postcode.
const KEY_CHARACTERS: usize = 7;
/// How many keys share a first half: three more characters in base 37.
const UNIT_KEYS: u64 = 37 * 37 * 37;
/// No point of the grid has these metres.
const NO_POINT: u32 = 0x00ff_ffff;

/// An open postcode file.
#[derive(Debug)]
pub struct PostcodeFile {
    file: File,
    rows: usize,
    councils: Vec<CouncilCode>,
    /// The first key of each block.
    firsts: Vec<u64>,
}

/// What the directory says of one postcode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Its point; absent for the Channel Islands and Man, for Northern Ireland, and for some that are no longer in use.
    pub point: Option<Point>,
    /// Its council, the district's code where there are two tiers; absent for some that are no longer in use.
    pub council: Option<CouncilCode>,
}

impl PostcodeFile {
    /// Opens a built file, and reads it once to see that it is whole.
    ///
    /// # Errors
    /// When it cannot be read, is of another kind or version, or is damaged.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let mut reader = BufReader::with_capacity(1 << 16, &file);
        let mut head = [0_u8; HEAD];
        reader.read_exact(&mut head).map_err(|_| broken("it is no postcode file"))?;
        let (magic, rest) = head.split_at(MAGIC.len());
        if magic != MAGIC {
            return Err(broken("it is no postcode file, or one of another version: build it again with `make postcodes`"));
        }
        let (counts, digest) = rest.split_at(8);
        let (rows, councils) = counts.split_at(4);
        let (rows, councils) = (size(number(rows))?, size(number(councils))?);
        let mut hasher = Sha256::new_with_prefix(counts);
        let damaged = |_| broken("it is damaged: build it again with `make postcodes`");

        let mut codes = Vec::new();
        for _ in 0..councils {
            let mut code = [0_u8; COUNCIL];
            reader.read_exact(&mut code).map_err(damaged)?;
            hasher.update(code);
            codes.push(CouncilCode(String::from_utf8_lossy(&code).into_owned()));
        }
        let mut firsts = Vec::new();
        let mut block = [0_u8; BLOCK * ROW];
        for first in (0..rows).step_by(BLOCK) {
            let bytes = part_of(&mut block, rows - first);
            reader.read_exact(bytes).map_err(damaged)?;
            hasher.update(&*bytes);
            firsts.extend(bytes.first_chunk().map(|row| Row::read(row).key));
        }
        if hasher.finalize().as_slice() != digest {
            return Err(broken("it is damaged: build it again with `make postcodes`"));
        }
        Ok(Self { file, rows, councils: codes, firsts })
    }

    /// How many postcodes it holds, past ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The place of a postcode; `None` when there is no such postcode, or its point or council is not known.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn lookup(&self, postcode: &Postcode) -> io::Result<Option<Place>> {
        let listing = self.find(postcode)?;
        Ok(listing.and_then(|listing| Some(Place { point: listing.point?, council: listing.council? })))
    }

    /// What is known of a postcode, little as it may be; `None` when there is no such postcode.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn find(&self, postcode: &Postcode) -> io::Result<Option<Listing>> {
        let key = key_of(postcode);
        let Some(block) = self.firsts.partition_point(|first| *first <= key).checked_sub(1) else { return Ok(None) };
        let mut bytes = [0_u8; BLOCK * ROW];
        let rows = self.read_block(block, &mut bytes)?;
        let row = rows.binary_search_by_key(&key, |row| Row::read(row).key).ok().and_then(|index| rows.get(index));
        Ok(row.map(|row| self.listing(&Row::read(row))))
    }

    /// The middle of all postcodes that begin with this first half (`NG7`): how near a child's home may be shown to those who
    /// need no address. `None` when there is no such first half, or none of its postcodes has a point.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn middle_of(&self, outward: &str) -> io::Result<Option<Point>> {
        let first = number_of(outward).saturating_mul(UNIT_KEYS);
        let within = first..first.saturating_add(UNIT_KEYS);
        let before = self.firsts.partition_point(|key| *key <= within.start).saturating_sub(1);
        let behind = self.firsts.partition_point(|key| *key < within.end);
        let (mut easting, mut northing, mut count) = (0_i64, 0_i64, 0_i64);
        let mut bytes = [0_u8; BLOCK * ROW];
        for block in before..behind {
            let rows = self.read_block(block, &mut bytes)?.iter().map(Row::read);
            for point in rows.filter(|row| within.contains(&row.key)).filter_map(|row| row.point) {
                (easting, northing, count) = (easting + i64::from(point.easting), northing + i64::from(point.northing), count + 1);
            }
        }
        let mean = |sum: i64| sum.checked_div(count).and_then(|metres| i32::try_from(metres).ok());
        Ok(mean(easting).zip(mean(northing)).map(|(easting, northing)| Point { easting, northing }))
    }

    /// All postcodes with a known point in the councils that are wanted, in order: for giving redacted homes a place in the
    /// right area.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn of_councils(&self, is_wanted: impl Fn(&CouncilCode) -> bool) -> io::Result<Vec<(Postcode, Place)>> {
        let wanted: Vec<bool> = self.councils.iter().map(is_wanted).collect();
        let mut found = Vec::new();
        self.each_row(|row| {
            if wanted.get(usize::from(row.council)).copied().unwrap_or(false)
                && let (Some(postcode), Listing { point: Some(point), council: Some(council) }) = (postcode_of(row.key), self.listing(row))
            {
                found.push((postcode, Place { point, council }));
            }
        })?;
        Ok(found)
    }

    /// Visits every row in order, one block in memory at a time.
    fn each_row(&self, mut visit: impl FnMut(&Row)) -> io::Result<()> {
        let mut bytes = [0_u8; BLOCK * ROW];
        for block in 0..self.firsts.len() {
            for row in self.read_block(block, &mut bytes)? {
                visit(&Row::read(row));
            }
        }
        Ok(())
    }

    fn read_block<'b>(&self, block: usize, into: &'b mut [u8; BLOCK * ROW]) -> io::Result<&'b [[u8; ROW]]> {
        let first = block * BLOCK;
        let bytes = part_of(into, self.rows.saturating_sub(first));
        let start = HEAD + self.councils.len() * COUNCIL + first * ROW;
        self.file.read_exact_at(bytes, u64::try_from(start).map_err(|_| broken("too long"))?)?;
        Ok(bytes.as_chunks().0)
    }

    fn listing(&self, row: &Row) -> Listing {
        Listing { point: row.point, council: self.councils.get(usize::from(row.council)).cloned() }
    }
}

/// So much of a block as the rows fill.
fn part_of(block: &mut [u8; BLOCK * ROW], rows: usize) -> &mut [u8] {
    let (part, _) = block.split_at_mut(rows.min(BLOCK) * ROW);
    part
}

/// One postcode of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    key: u64,
    point: Option<Point>,
    council: u16,
}

impl Row {
    fn read(bytes: &[u8; ROW]) -> Self {
        let [k0, k1, k2, k3, k4, e0, e1, e2, n0, n1, n2, c0, c1] = *bytes;
        let metres = |bytes: [u8; 4]| {
            let metres = u32::from_le_bytes(bytes);
            i32::try_from(metres).ok().filter(|_| metres != NO_POINT)
        };
        Self {
            key: u64::from_le_bytes([k0, k1, k2, k3, k4, 0, 0, 0]),
            point: metres([e0, e1, e2, 0]).zip(metres([n0, n1, n2, 0])).map(|(easting, northing)| Point { easting, northing }),
            council: u16::from_le_bytes([c0, c1]),
        }
    }

    fn write(&self) -> [u8; ROW] {
        let metres = |metres: Option<i32>| metres.and_then(|metres| u32::try_from(metres).ok()).unwrap_or(NO_POINT).to_le_bytes();
        let [k0, k1, k2, k3, k4, ..] = self.key.to_le_bytes();
        let [e0, e1, e2, _] = metres(self.point.map(|point| point.easting));
        let [n0, n1, n2, _] = metres(self.point.map(|point| point.northing));
        let [c0, c1] = self.council.to_le_bytes();
        [k0, k1, k2, k3, k4, e0, e1, e2, n0, n1, n2, c0, c1]
    }
}

/// A postcode as its number: letters and digits in base 37. Seven of them stay below 2 to the power of 37.
fn key_of(postcode: &Postcode) -> u64 {
    number_of(postcode.as_str())
}

/// Letters and digits in base 37; blanks do not count.
fn number_of(text: &str) -> u64 {
    text.bytes().filter(|byte| *byte != b' ').take(KEY_CHARACTERS).fold(0, |key, byte| {
        let digit = match byte {
            b'0'..=b'9' => u64::from(byte - b'0') + 1,
            b'A'..=b'Z' => u64::from(byte - b'A') + 11,
            _ => 0,
        };
        key * 37 + digit
    })
}

/// The postcode of a key.
fn postcode_of(mut key: u64) -> Option<Postcode> {
    let mut letters = Vec::new();
    while key > 0 {
        let digit = u8::try_from(key % 37).ok()?;
        letters.push(match digit {
            1..=10 => b'0' + digit - 1,
            11..=36 => b'A' + digit - 11,
            _ => return None,
        });
        key /= 37;
    }
    letters.reverse();
    Postcode::parse(&String::from_utf8(letters).ok()?).ok()
}

/// Reads a little-endian number of up to eight bytes.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

fn size(number: u64) -> io::Result<usize> {
    usize::try_from(number).map_err(|_| broken("too long"))
}

fn broken(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}

#[cfg(test)]
mod tests;
