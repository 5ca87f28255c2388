//! The program and a database that may forget.

use testkit::Cluster;

use crate::installation::install;
use crate::programs::{Program, nearhome};

#[tokio::test]
async fn no_real_record_is_kept_in_a_database_that_may_lose_it() {
    let Some(cluster) = Cluster::start(&["synchronous_commit=off"]).await else { return };
    let folder = tempfile::tempdir().unwrap();
    for name in ["real", "sample"] {
        store::db::create_database(&cluster.address("postgres"), name).await.unwrap();
    }
    let (real, sample) = (cluster.address("real"), cluster.address("sample"));
    assert!(nearhome(&real, folder.path()).arg("migrate").status().await.unwrap().success());
    install(&sample, 1, 0).await;

    for verb in [&["serve", "--listen", "127.0.0.1:0"][..], &["work", "--once"]] {
        let refused = nearhome(&real, folder.path()).args(verb).stderr(std::process::Stdio::piped()).output().await.unwrap();
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success() && said.contains("(synchronous_commit=off)"), "{verb:?}: {said}");
    }
    let (served, _) = Program::serve(nearhome(&sample, folder.path())).await;
    served.kill().await;
    let warned = std::fs::read_to_string(folder.path().join("errors")).unwrap();
    assert!(warned.contains("Warning: this sample database may lose"), "{warned}");
    // What counts is what our own connections do, not what the server does for others.
    let kept = format!("{real}?options=-c%20synchronous_commit%3Don");
    let (served, _) = Program::serve(nearhome(&kept, folder.path())).await;
    served.kill().await;
}
