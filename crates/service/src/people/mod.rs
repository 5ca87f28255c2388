//! Organisations, people, signing in.
