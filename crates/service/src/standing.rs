//! Answers that stand as long as the database does not change.
//!
//! Whoever asks has just been looked up in the database, and that look brought the mark of what the database holds
//! ([`DatabaseState`]). If the same organisation asked the same under the same mark before, computing the answer again would give
//! the same, so it is not computed. There is no time to live and nothing to invalidate, on any number of servers: another mark,
//! another answer. Access is decided anew for each caller. Where the engine gives no mark, every answer is computed.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::access::{Relation, authorise};
use domain::ids::OrganisationId;
use domain::people::{Caller, OrganisationKind, Role};
use store::state::{self, DatabaseState};

use crate::command::refuse;
use crate::{Failure, Nearhome, Query, ask};

/// So many answers are kept, of some ten thousand bytes each; then all are let go, since most of them are of marks gone by.
const MOST_KEPT: usize = 256;

/// A question whose answer depends on its parameters and on what the caller's organisation may see, and on nothing else: not on
/// the person, not on the time. Its answers hold no personal data, since they stay in memory for a while.
pub trait StandingQuery: Query<Answer: Sync + 'static> + 'static {
    /// The parameters as text: equal texts, equal questions.
    fn parameters(&self) -> String;
}

/// Everything but the state of the database on which an answer depends.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Asked {
    question: TypeId,
    parameters: String,
    organisation: OrganisationId,
    kind: OrganisationKind,
    role: Role,
}

struct Kept {
    state: DatabaseState,
    relation: Option<Relation>,
    answer: Arc<dyn Any + Send + Sync>,
}

/// The answers that one server keeps.
#[derive(Default)]
pub(crate) struct Standing(Mutex<HashMap<Asked, Kept>>);

impl Standing {
    fn find<A: Send + Sync + 'static>(&self, asked: &Asked, state: &DatabaseState) -> Option<(Option<Relation>, Arc<A>)> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.get(asked).filter(|kept| kept.state == *state)?;
        Some((kept.relation, Arc::clone(&kept.answer).downcast().ok()?))
    }

    fn keep(&self, asked: Asked, kept: Kept) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST_KEPT {
            all.clear();
        }
        all.insert(asked, kept);
    }
}

/// Answers a question as [`ask`] does, for a caller of whom the database said `as_of` what it holds during this request.
///
/// # Errors
/// [`Failure`] of access or the database.
pub async fn ask_standing<Q: StandingQuery>(
    nearhome: &Nearhome,
    caller: &Caller,
    as_of: Option<&DatabaseState>,
    query: &Q,
) -> Result<Arc<Q::Answer>, Failure> {
    let Some(as_of) = as_of.filter(|_| query.sensitive().is_none()) else { return ask(nearhome, caller, query).await.map(Arc::new) };
    let asked = Asked {
        question: TypeId::of::<Q>(),
        parameters: query.parameters(),
        organisation: caller.organisation,
        kind: caller.kind,
        role: caller.role,
    };
    if let Some((relation, answer)) = nearhome.standing.find(&asked, as_of) {
        return match authorise(caller, Q::ACTION, relation) {
            Ok(_) => Ok(answer),
            Err(denied) => Err(refuse(nearhome, caller, Q::ACTION, denied).await),
        };
    }
    let mut reads = nearhome.db.begin_read(caller).await?;
    let relation = query.relation(&mut reads, caller).await?;
    if let Err(denied) = authorise(caller, Q::ACTION, relation) {
        drop(reads);
        return Err(refuse(nearhome, caller, Q::ACTION, denied).await);
    }
    let answer = Arc::new(query.run(&mut reads, caller).await?);
    // Of this transaction, which may have begun after the caller was looked up.
    if let Some(state) = state::of(&mut reads).await? {
        nearhome.standing.keep(asked, Kept { state, relation, answer: answer.clone() });
    }
    Ok(answer)
}
