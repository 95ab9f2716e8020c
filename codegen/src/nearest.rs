//! Suggestions for mistyped words.

/// The maximum number of suggestions.
const MOST: usize = 3;

/// Returns the end of a message about a mistyped word: the nearest candidates, best first. Returns an empty string if none
/// is near.
///
/// ```
/// use topsdk_codegen::did_you_mean;
///
/// assert_eq!(did_you_mean("card_di", ["biz_date", "card_id"]), "; did you mean `card_id`?");
/// assert_eq!(did_you_mean("item.ge", ["item.gets", "item.get"]), "; did you mean `item.get` or `item.gets`?");
/// assert_eq!(did_you_mean("colour", ["biz_date", "card_id"]), "");
/// ```
pub fn did_you_mean<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> String {
    let word = word.to_lowercase();
    let farthest = (word.chars().count() / 3).max(1);
    let mut near: Vec<(usize, &str)> = candidates
        .into_iter()
        // The distance costs the product of both lengths, and is at least their difference.
        .filter(|candidate| candidate.chars().count().abs_diff(word.chars().count()) <= farthest)
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= farthest)
        .collect();
    near.sort_unstable();
    near.dedup();
    let Some((best, _)) = near.first().copied() else { return String::new() };
    let near: Vec<String> = near
        .iter()
        .take_while(|(distance, _)| *distance <= best + 1)
        .take(MOST)
        .map(|(_, candidate)| format!("`{candidate}`"))
        .collect();
    format!("; did you mean {}?", near.join(" or "))
}
