//! Files that come in and go out, by the commands of the program.

use std::path::Path;

use crate::installation::install;
use crate::programs::nearhome;

const HOMES: &str = "Local authority,URN,Provider type,Sector,Provider name,Registration date,Registration status,Provider postcode,\
                     Owner name,Date of last full inspection,Overall effectiveness,Number of registered places\n\
                     Nottingham,SC900001,Children's Home,Private,Heron House,01/03/2021,Active,NG1 5FS,Heron Care,11/10/2025,Good,4\n";
const FRAMEWORK: &str = "provider,urn,lot,category,max_weekly,from\nHeron Care,SC900001,R1,R-STD,4000.00,2026-04-01\n";
const RELEASES: &str = r#"[{"ocid":"ocds-1","id":"1","date":"2026-01-30T15:27:00Z","tag":["tender"],"tender":{"id":"T","title":"Homes"}}]"#;

async fn run(database: &str, folder: &Path, line: &str) -> (bool, String) {
    let mut program = nearhome(database, folder);
    let output = program.args(line.split(' ')).stdout(std::process::Stdio::piped()).output().await.unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap())
}

#[tokio::test]
async fn files_are_taken_once_and_what_is_published_is_handed_over() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("nearhome.sqlite").display());
    install(&database, 1, 0).await;
    for (name, text) in [("homes.csv", HOMES), ("framework.csv", FRAMEWORK), ("bad.csv", "provider,urn\n"), ("releases.json", RELEASES)] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let said = async |line: &'static str, is_well: bool, words: &'static str| {
        let (success, text) = run(&database, folder.path(), line).await;
        assert!(success == is_well && text.contains(words), "{line}: {success}: {text}");
    };
    said("import framework framework.csv --framework CCS072", false, "line 2, urn: no home or agency SC900001").await;
    said("import ofsted homes.csv", true, "1 new").await;
    said("import framework framework.csv --framework CCS072", true, "1 would change; nothing is written, 0 as before").await;
    said("import framework framework.csv --framework CCS072 --apply", true, "1 changed, 0 as before").await;
    said("import framework framework.csv --framework CCS072 --apply", true, "0 changed, 1 as before").await;
    said("import framework bad.csv --framework CCS072 --apply", false, "line 1, lot: the column is missing").await;
    said("import framework framework.csv --framework CCS000", false, "").await;
    said("import ocds releases.json", false, "/releases/0 not taken").await;
    said("import ocds releases.json --publisher Derby", true, "MISSING /releases/0/initiationType must be there").await;
    said("import ocds releases.json --publisher Derby", true, "0 releases are new, 1 as before").await;
    said("export ocds --out published", true, "0 releases of 0 processes").await;
    let published = folder.path().join("published");
    let read = |name: &str| std::fs::read_to_string(published.join(name)).unwrap();
    assert!(read("releases.json").contains(r#""releases":[]"#) && read("records.json").contains(r#""records":[]"#));
    assert_eq!(read("versioned.jsonl"), "", "what others publish is not handed over as ours");
    said("export contracts-register --out contracts.csv", true, "0 contracts are in contracts.csv").await;
    said("export spend --out spend.csv", true, "No payments are on record").await;
    let columns = std::fs::read_to_string(folder.path().join("spend.csv")).unwrap();
    assert!(columns.starts_with("OrganisationLabel,") && columns.lines().count() == 1, "{columns}");
}
