//! The file of allowances.
