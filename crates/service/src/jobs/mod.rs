//! What is done after a commit or on a timer.
