//! `nearhome migrate`.

use serde_json::json;
use store::Db;
use store::db::Purpose;

use crate::Outcome;
use crate::settings::Common;

pub(crate) async fn migrate(common: &Common) -> Outcome {
    let db = Db::open(&common.database, Purpose::Maintain).await?;
    let applied = store::migrate::migrate(&db).await?;
    let keys = service::people::sealing::check(&db, common.secrets_keys()?.as_ref()).await;
    db.close().await;
    keys?;
    common.print(&json!({ "applied": applied }), || match applied.as_slice() {
        [] => "The schema is up to date.".to_owned(),
        applied => format!("Applied: {}.", applied.join(", ")),
    })
}
