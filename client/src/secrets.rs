//! Secrets taken out of what others wrote: a gateway, or something on the way to it, may echo the call.

use topsdk_codec::PlatformError;

use crate::Error;

/// What stands in place of a secret.
const HIDDEN: &str = "…";
/// Shorter ones are no secrets, and would be found in any text.
const SHORTEST: usize = 4;

/// What must appear in no error and no log.
pub(crate) struct Secrets {
    all: Vec<String>,
}

impl Secrets {
    /// These texts, and how they look in a form or a URL.
    pub(crate) fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Secrets {
        let mut all = Vec::new();
        for text in texts.into_iter().filter(|text| text.len() >= SHORTEST) {
            let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
            all.extend([text.to_owned(), encoded]);
        }
        // One that another begins with would leave that one's rest.
        all.sort_by_key(|text| std::cmp::Reverse(text.len()));
        all.dedup();
        Secrets { all }
    }

    /// Hides them in a text.
    pub(crate) fn hide(&self, text: &mut String) {
        for secret in &self.all {
            if text.contains(secret.as_str()) {
                *text = text.replace(secret.as_str(), HIDDEN);
            }
        }
    }

    /// Hides them in what an error has from outside.
    pub(crate) fn hide_in(&self, error: &mut Error) {
        match error {
            Error::Platform(error) => self.hide_in_platform(error),
            Error::Status { source, .. } => self.hide(&mut source.beginning),
            Error::Answer(error) => self.hide_in_answer(error),
            Error::OAuth { error, description } => {
                self.hide(error);
                description.iter_mut().for_each(|text| self.hide(text));
            }
            _ => {}
        }
    }

    fn hide_in_platform(&self, error: &mut PlatformError) {
        self.hide(&mut error.code);
        self.hide(&mut error.msg);
        for text in [&mut error.sub_code, &mut error.sub_msg, &mut error.request_id].into_iter().flatten() {
            self.hide(text);
        }
    }

    fn hide_in_answer(&self, error: &mut topsdk_codec::Error) {
        match error {
            topsdk_codec::Error::NotAnAnswer(error) => self.hide(&mut error.found),
            topsdk_codec::Error::Syntax(error) => {
                self.hide(&mut error.found);
                self.hide(&mut error.position.excerpt);
            }
            topsdk_codec::Error::Anomaly(error) => {
                self.hide(&mut error.anomaly.found);
                self.hide(&mut error.position.excerpt);
            }
            topsdk_codec::Error::Platform(error) => self.hide_in_platform(error),
            topsdk_codec::Error::Status(error) => self.hide(&mut error.beginning),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_as_they_are_and_as_a_form_has_them() {
        let secrets = Secrets::new(["a+b/c", "a+b/cd", "abc"]);
        let mut text = "session=a%2Bb%2Fc&x=a+b/cd y=a%2Bb%2Fcd abc".to_owned();
        secrets.hide(&mut text);
        assert_eq!(text, "session=…&x=… y=… abc");
    }
}
