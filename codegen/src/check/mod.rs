//! Checks of a parsed page: lints (where it contradicts itself) and overrides (corrections to it).

mod file;
pub mod lint;
pub mod overrides;
mod side_rows;

pub use file::FileError;
pub(crate) use lint::is_date_time;
pub use lint::{lint, types};
