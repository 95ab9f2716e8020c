//! Which errors of the platform mean that a call was refused before anything was executed.

use topsdk_codec::PlatformError;

/// Returns whether flow control refused the call.
pub(crate) fn is_flow_control(error: &PlatformError) -> bool {
    error.is_retryable() && !error.may_have_been_executed()
}

/// Returns whether the gateway refused the call because of its time stamp.
pub(crate) fn is_wrong_time(error: &PlatformError) -> bool {
    error.code == "31" && !error.may_have_been_executed()
}
