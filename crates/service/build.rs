//! Refuses to build without the fonts that documents embed, with the command that fetches them.

use std::path::Path;
use std::process::ExitCode;

const FACES: [&str; 4] = ["400Regular", "400Regular_Italic", "700Bold", "700Bold_Italic"];

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=built/fonts");
    let is_there = |face: &&str| Path::new(&format!("built/fonts/AtkinsonHyperlegible_{face}.ttf")).is_file();
    let Some(missing) = FACES.iter().find(|face| !is_there(face)) else {
        return ExitCode::SUCCESS;
    };
    println!(
        "cargo::error=crates/service/built/fonts has no Atkinson Hyperlegible {missing}: run `make assets` (or scripts/assets) once, then build again"
    );
    ExitCode::FAILURE
}
