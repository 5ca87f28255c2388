//! consortium
