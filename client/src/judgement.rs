//! What an error of the platform means for the call that it refused.

use topsdk_codec::{PlatformError, Remedy};

/// Whether the platform refused a call because there were too many, before anything was done.
pub(crate) fn is_flow_control(error: &PlatformError) -> bool {
    error.sub_code.as_deref().is_some_and(|code| code.starts_with("accesscontrol.limited-by-"))
        || (error.meaning().is_some_and(|meaning| meaning.remedy == Remedy::Wait)
            && !error.sub_code.as_deref().is_some_and(|code| code.starts_with("isp.") || code.starts_with("isv.")))
}

/// Whether the gateway refused a call for its time stamp.
pub(crate) fn is_wrong_time(error: &PlatformError) -> bool {
    error.code == "31"
}
