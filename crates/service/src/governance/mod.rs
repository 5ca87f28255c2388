//! Decisions and approvals.
