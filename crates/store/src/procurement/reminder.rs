//! Reminders of frameworks' deadlines that went out, each once.

use domain::calendar::{Day, Instant};
use domain::consortium::reaward::Deadline;
use domain::ids::{FrameworkReminderId, OrganisationId};

use crate::{Fault, Reads};

record! {
    /// That people were told of a deadline.
    pub struct FrameworkReminder in "framework_reminder" owner org_id {
        id: FrameworkReminderId, version: i64,
        /// The council that leads the framework, whose people were told.
        org_id: OrganisationId, framework: String, deadline: Deadline, due_on: Day,
        /// So many months before the deadline.
        months: i64,
        sent_at: Instant,
    }
}

statements! {
    OF_FRAMEWORK = rows!(FrameworkReminder, "WHERE framework = $1 ORDER BY sent_at, id LIMIT 500");
}

/// The reminders of a framework's deadlines that went out, in order.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn of_framework(reads: &mut impl Reads, framework: &str) -> Result<Vec<FrameworkReminder>, Fault> {
    reads.records(OF_FRAMEWORK, &[framework.into()]).await
}
