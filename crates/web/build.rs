//! Refuses to build without the assets, with the command that makes them.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=built/stamp");
    println!("cargo::rerun-if-changed=templates");
    if Path::new("built/stamp").is_file() {
        return ExitCode::SUCCESS;
    }
    println!("cargo::error=crates/web/built is missing: run `make assets` (or scripts/assets) once, then build again");
    ExitCode::FAILURE
}
