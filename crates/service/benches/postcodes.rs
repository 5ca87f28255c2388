//! How long one postcode takes to find, and how much memory the open file holds: `postcodes FILE LIST`.
//!
//! Writes every postcode with its place to LIST, for `bench/postcodes.py` to look up the same in the same order, and prints one
//! line that both must agree on.
#![expect(clippy::print_stdout, reason = "a benchmark speaks to whoever runs it")]

use std::error::Error;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::time::Instant;

use service::market::postcodes::PostcodeFile;

/// How many are looked up. The step between two is prime to the number of postcodes, so that each comes at most once, and far,
/// so that no two share a block.
const LOOKUPS: usize = 200_000;
const STEP: usize = 1_000_003;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from).filter(|argument| !argument.starts_with("--bench"));
    let (file, list) = arguments.next().zip(arguments.next()).ok_or("usage: postcodes FILE LIST")?;
    let before = resident_kib()?;
    let places = PostcodeFile::open(&file)?;
    let held = resident_kib()?.saturating_sub(before);

    let all = places.of_councils(|_| true)?;
    let mut out = BufWriter::new(std::fs::File::create(list)?);
    for (postcode, place) in &all {
        writeln!(out, "{postcode},{},{},{}", place.point.easting, place.point.northing, place.council)?;
    }
    out.flush()?;

    let wanted: Vec<_> = (0..LOOKUPS).filter_map(|turn| all.get(turn * STEP % all.len())).map(|(postcode, _)| postcode).collect();
    let (mut found, mut sum) = (0, 0_i64);
    let started = Instant::now();
    for postcode in &wanted {
        if let Some(place) = places.lookup(postcode)? {
            found += 1;
            sum += i64::from(place.point.easting) + i64::from(place.point.northing);
        }
    }
    let nanoseconds = started.elapsed().as_nanos() / u128::try_from(wanted.len())?;
    println!("equal {found} found, sum of coordinates {sum}");
    println!("nearhome {nanoseconds} ns a lookup, {held} KiB resident, {} postcodes", places.len());
    Ok(())
}

/// What the process holds in memory, as Linux tells it.
fn resident_kib() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
