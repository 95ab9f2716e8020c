//! Times on the command line.

use std::time::Duration;

/// Seconds, or a number with a unit: `0.5`, `500ms`, `2s`, `5m`, `12h`, `1d`.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let expected = || "expected seconds, or a number with ms, s, m, h or d".to_owned();
    let (number, unit) = match text.find(|letter: char| letter.is_ascii_alphabetic()) {
        Some(at) => text.split_at(at),
        None => (text, "s"),
    };
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => return Err(expected()),
    };
    let number: f64 = number.parse().map_err(|_| expected())?;
    Duration::try_from_secs_f64(number * seconds).map_err(|_| "expected no less than 0, and no eternity".to_owned())
}
