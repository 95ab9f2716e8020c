//! Transports for topsdk.
