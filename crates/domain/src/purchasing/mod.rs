//! purchasing
