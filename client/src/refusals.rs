//! What an error of the platform means for the call that it refused.

use topsdk_codec::PlatformError;

/// Whether the platform refused a call because there were too many, before anything was done.
pub(crate) fn is_flow_control(error: &PlatformError) -> bool {
    error.is_retryable() && !error.may_have_been_executed()
}

/// Whether the gateway refused a call for its time stamp.
pub(crate) fn is_wrong_time(error: &PlatformError) -> bool {
    error.code == "31" && !error.may_have_been_executed()
}
