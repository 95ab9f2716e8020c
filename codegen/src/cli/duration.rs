//! Parses and prints durations on the command line.

use std::time::Duration;

use jiff::SignedDuration;

/// Parses a duration in seconds or with a unit: `0.5`, `500ms`, `2s`, `5m`, `12h`, `1d`.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let expected = || "expected seconds, or a number with ms, s, m, h or d".to_owned();
    let unit = text.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(unit);
    let seconds = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => return Err(expected()),
    };
    let number: f64 = number.parse().map_err(|_| expected())?;
    Duration::try_from_secs_f64(number * seconds)
        .map_err(|_| "expected a time of 0 or more, and of less than 2^64 seconds".to_owned())
}

/// Formats a duration for people, such as `1h 38m`: in whole minutes, or in whole seconds below one minute.
pub(crate) fn for_people(time: Duration) -> String {
    let unit = if time < Duration::from_secs(60) { 1 } else { 60 };
    let rounded = SignedDuration::from_secs(i64::try_from(time.as_secs() / unit * unit).unwrap_or(i64::MAX));
    format!("{rounded:#}")
}
