//! Simulated faults, and the choice of the calls that they affect.

use std::{fmt, num::NonZeroU16, str::FromStr};

use topsdk_codec::Meaning;

/// A simulated fault of the network or of the platform.
///
/// Written as `reset`, `stall`, `half`, `status:502`, `error:7` or `error:15:isp.remote-service-timeout`.
///
/// ```
/// use topsdk_client::mock::Fault;
///
/// let fault: Fault = "error:15:isp.remote-service-timeout".parse()?;
/// assert_eq!(fault.to_string(), "error:15:isp.remote-service-timeout");
/// # Ok::<(), topsdk_client::mock::ParseFaultError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The call is executed, then the connection is reset before the first byte of the response.
    Reset,
    /// The call is executed, but no response arrives: after five minutes the connection is reset.
    Stall,
    /// The call is executed, and the connection ends after the first half of the response.
    Half,
    /// The call is not executed: a proxy responds with this HTTP status and an HTML page.
    Status(NonZeroU16),
    /// The call is not executed: the platform returns this error.
    Error {
        /// The code.
        code: u16,
        /// The `sub_code`.
        sub_code: Option<String>,
    },
}

impl FromStr for Fault {
    type Err = ParseFaultError;

    fn from_str(text: &str) -> Result<Fault, ParseFaultError> {
        let wrong = || ParseFaultError { text: text.to_owned() };
        Ok(match text.split_once(':') {
            None => match text {
                "reset" => Fault::Reset,
                "stall" => Fault::Stall,
                "half" => Fault::Half,
                _ => return Err(wrong()),
            },
            Some(("status", status)) => {
                let status = status.parse().ok().filter(|status: &NonZeroU16| (200..600).contains(&status.get()));
                Fault::Status(status.ok_or_else(wrong)?)
            }
            Some(("error", error)) => {
                let (code, sub_code) = match error.split_once(':') {
                    Some((code, sub_code)) => (code, Some(sub_code.to_owned())),
                    None => (error, None),
                };
                Fault::Error { code: code.parse().map_err(|_| wrong())?, sub_code }
            }
            Some(_) => return Err(wrong()),
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Reset => f.write_str("reset"),
            Fault::Stall => f.write_str("stall"),
            Fault::Half => f.write_str("half"),
            Fault::Status(status) => write!(f, "status:{status}"),
            Fault::Error { code, sub_code: None } => write!(f, "error:{code}"),
            Fault::Error { code, sub_code: Some(sub_code) } => write!(f, "error:{code}:{sub_code}"),
        }
    }
}

/// A text does not name a [`Fault`]. [`Fault`] has an example.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a fault; expected `reset`, `stall`, `half`, `status:502` (200 to 599), `error:7` or \
     `error:15:isp.remote-service-timeout`"
)]
pub struct ParseFaultError {
    text: String,
}

/// Returns the platform's message for an error code.
pub(super) fn name_of(code: u16) -> &'static str {
    match Meaning::all().iter().find(|meaning| meaning.code == code) {
        // The only message that differs between the documented samples and the list of codes (docs/protocol.md section
        // 5.5).
        Some(meaning) if meaning.name != "Remote Service Error" => meaning.name,
        _ => "Remote service error",
    }
}

/// Chooses the fault of each call. The same seed gives the same choice.
#[derive(Clone, Debug, Default)]
pub(super) struct Dice {
    pub(super) seed: u64,
    pub(super) faults: Vec<(Fault, f64)>,
}

impl Dice {
    /// Returns whether the rates add up to at most 1.
    pub(super) fn is_fair(&self) -> bool {
        self.faults.iter().all(|(_, rate)| (0.0..=1.0).contains(rate))
            && self.faults.iter().map(|(_, rate)| rate).sum::<f64>() <= 1.0 + f64::EPSILON
    }

    /// Returns the fault of the call with this number.
    pub(super) fn roll(&self, number: u64) -> Option<&Fault> {
        // An `f64` represents 53 bits exactly.
        let mut left = (mix(self.seed ^ mix(number)) >> 11) as f64 / (1_u64 << 53) as f64;
        self.faults
            .iter()
            .find(|(_, rate)| {
                left -= rate;
                left < 0.0
            })
            .map(|(fault, _)| fault)
    }
}

/// Mixes a number with the finalizer of SplitMix64, so that consecutive numbers give unrelated results.
pub(super) fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_its_text() {
        for text in ["reset", "stall", "half", "status:502", "error:7", "error:15:isp.a:b"] {
            assert_eq!(text.parse::<Fault>().unwrap().to_string(), text);
        }
        for text in
            ["", "reset:1", "status", "status:0", "status:99", "status:600", "status:x", "error", "error:", "error:x"]
        {
            assert!(text.parse::<Fault>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_rates_hold_and_the_seed_decides() {
        let dice = |seed| Dice { seed, faults: vec![(Fault::Reset, 0.25), (Fault::Half, 0.05)] };
        let count = |seed, fault: &Fault| (0..10_000).filter(|number| dice(seed).roll(*number) == Some(fault)).count();
        assert!((2_350..2_650).contains(&count(1, &Fault::Reset)), "{}", count(1, &Fault::Reset));
        assert!((420..580).contains(&count(1, &Fault::Half)), "{}", count(1, &Fault::Half));
        let all = |seed| (0..100).map(|number| dice(seed).roll(number).cloned()).collect::<Vec<_>>();
        assert_eq!(all(1), all(1));
        assert_ne!(all(1), all(2));
        assert_eq!(Dice::default().roll(1), None);
    }

    #[test]
    fn rates_are_shares_of_one_whole() {
        for (rates, is_fair) in
            [(vec![0.5, 0.5], true), (vec![0.6, 0.5], false), (vec![-0.1], false), (vec![f64::NAN], false)]
        {
            let faults = rates.into_iter().map(|rate| (Fault::Half, rate)).collect();
            assert_eq!(Dice { seed: 0, faults }.is_fair(), is_fair);
        }
    }
}
