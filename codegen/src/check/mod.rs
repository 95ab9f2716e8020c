//! Checks of a parsed page: lints (where it contradicts itself) and overrides (corrections to it).

pub mod lint;
pub mod overrides;
mod side_rows;
mod toml_file;

pub(crate) use lint::is_date_time;
pub use lint::{lint, types};
pub use toml_file::FileError;
