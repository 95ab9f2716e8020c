//! What somebody may have meant.

/// Returns the candidate that a mistyped word is nearest to, if one is near enough.
///
/// ```
/// use topsdk_codegen::nearest;
///
/// assert_eq!(nearest("card_di", ["biz_date", "card_id"]), Some("card_id"));
/// assert_eq!(nearest("colour", ["biz_date", "card_id"]), None);
/// ```
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let distances = candidates.into_iter().map(|candidate| {
        let distance = strsim::damerau_levenshtein(&word.to_lowercase(), &candidate.to_lowercase());
        (distance, candidate)
    });
    let most = (word.chars().count() / 3).max(1);
    distances.filter(|(distance, _)| *distance <= most).min().map(|(_, candidate)| candidate)
}
