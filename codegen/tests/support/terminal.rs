//! A terminal of its own for a command under test.

use std::fs::{File, OpenOptions};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// The end that a person watches, and the one that a command writes to. What reads from the first one gets an error once
/// nobody holds the second one any more.
pub(crate) fn terminal() -> (File, File) {
    let watched = File::from(openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap());
    grantpt(&watched).unwrap();
    unlockpt(&watched).unwrap();
    let name = ptsname(&watched, Vec::new()).unwrap();
    let written = OpenOptions::new().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    (watched, written)
}
