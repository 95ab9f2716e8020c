//! Forms, read by other means than the library's.

/// A form's fields, in their order.
pub(crate) fn decode(form: &str) -> Vec<(String, String)> {
    let text = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            bytes.push(match byte {
                b'+' => b' ',
                b'%' => {
                    let hex = [rest.next().unwrap(), rest.next().unwrap()];
                    u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap()
                }
                other => other,
            });
        }
        String::from_utf8(bytes).unwrap()
    };
    form.split('&').map(|field| field.split_once('=').unwrap()).map(|(name, value)| (text(name), text(value))).collect()
}
