//! Derived types in serde's formats: thin calls into the same schemas (feature `serde`).
//!
//! An object is a map with its wire names as keys. Lists are sequences, numbers and booleans bare; dates, decimals and
//! [`Json`](crate::Json) are strings, as in a response with `simplify`. A [`File`] is the triple of its name, type and bytes.
//! Empty fields and empty lists are omitted.
//!
//! In a human-readable format (JSON, TOML, YAML) the reader accepts what [`Decoder`](crate::Decoder) accepts: numbers as text
//! and the reverse, `null`, `""`. A value that is not of its type is an error that names field and type. Use this for your own
//! files, queues and stores; use the decoder for responses of the platform.
//!
//! ```
//! use topsdk_codec::Object;
//!
//! #[derive(Debug, Default, PartialEq, Object)]
//! #[top(crate = topsdk_codec)]
//! struct Item {
//!     num_iid: Option<i64>,
//!     price: Option<topsdk_codec::Decimal>,
//! }
//!
//! let item = Item { num_iid: Some(7), price: Some("12.00".parse()?) };
//! let json = serde_json::to_string(&item)?;
//! assert_eq!(json, r#"{"num_iid":7,"price":"12.00"}"#);
//! assert_eq!(serde_json::from_str::<Item>(&json)?, item);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::{borrow::Cow, fmt};

use ::serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor},
    ser::{Error as _, SerializeMap},
};

use crate::{
    Content, File, ListSlot, ListView, Object, Record, Slot, View,
    read::{Found, Names, fill, push},
    write::{date_text, is_absent},
};

/// Serializes an object of any kind. [The module](self) has an example.
///
/// # Errors
///
/// The errors of the serializer, and one for a date before the year 0.
pub fn serialize<S: Serializer>(object: &dyn Object, serializer: S) -> Result<S::Ok, S::Error> {
    Shown(object).serialize(serializer)
}

/// Deserializes a struct. [The module](self) has an example.
///
/// # Errors
///
/// The errors of the deserializer; an error for a value that is not of its type, or for a member that is given twice.
pub fn deserialize<'de, T: Record, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let mut value = T::default();
    deserialize_into(&mut value, deserializer)?;
    Ok(value)
}

/// Deserializes into an object of any kind, which must be empty.
///
/// # Errors
///
/// Those of [`deserialize`].
pub fn deserialize_into<'de, D: Deserializer<'de>>(target: &mut dyn Object, deserializer: D) -> Result<(), D::Error> {
    deserializer.deserialize_map(Members(target))
}

/// Implements serde's traits for a derived struct. Called by derived code.
#[doc(hidden)]
#[macro_export]
macro_rules! __serde {
    ($type:ident) => {
        #[automatically_derived]
        impl $crate::serde::__private::Serialize for $type {
            fn serialize<S: $crate::serde::__private::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                $crate::serde::serialize(self, serializer)
            }
        }

        #[automatically_derived]
        impl<'de> $crate::serde::__private::Deserialize<'de> for $type {
            fn deserialize<D: $crate::serde::__private::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                $crate::serde::deserialize(deserializer)
            }
        }
    };
}

#[doc(hidden)]
pub mod __private {
    pub use ::serde::{Deserialize, Deserializer, Serialize, Serializer};
}

/// Serializes an object as a map.
struct Shown<'a>(&'a dyn Object);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let names = self.0.schema().names;
        let fields = || {
            names
                .iter()
                .enumerate()
                .map(|(index, name)| (*name, self.0.view(index)))
                .filter(|(_, view)| !is_absent(view))
        };
        let mut map = serializer.serialize_map(Some(fields().count()))?;
        for (name, view) in fields() {
            map.serialize_entry(name, &ShownValue(view))?;
        }
        map.end()
    }
}

struct ShownValue<'a>(View<'a>);

impl Serialize for ShownValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            View::Absent => serializer.serialize_none(),
            View::String(text) => serializer.serialize_str(text),
            View::Number(number) => serializer.serialize_i64(number),
            View::Boolean(boolean) => serializer.serialize_bool(boolean),
            View::Date(date) => serializer.serialize_str(&date_text(date).map_err(S::Error::custom)?),
            View::Decimal(decimal) => serializer.collect_str(&decimal),
            View::Json(json) => serializer.serialize_str(json.as_str()),
            View::File(file) => match file.content() {
                Content::Bytes(bytes) => (file.name(), file.content_type(), bytes).serialize(serializer),
                Content::OnDisk(_) => Err(S::Error::custom("a file on disk has no bytes here: give it with its bytes")),
            },
            View::Object(object) => Shown(object).serialize(serializer),
            View::List(list) => match list {
                ListView::String(items) => items.serialize(serializer),
                ListView::Number(items) => items.serialize(serializer),
                ListView::Boolean(items) => items.serialize(serializer),
                ListView::Date(items) => serializer.collect_seq(items.iter().map(|date| ShownValue(View::Date(*date)))),
                ListView::Decimal(items) => {
                    serializer.collect_seq(items.iter().map(|decimal| ShownValue(View::Decimal(*decimal))))
                }
                ListView::Json(items) => serializer.collect_seq(items.iter().map(|json| json.as_str())),
                ListView::File(items) => serializer.collect_seq(items.iter().map(|file| ShownValue(View::File(file)))),
                ListView::Object(items) => serializer.collect_seq(
                    (0..items.len()).map(|index| ShownValue(items.get(index).map_or(View::Absent, View::Object))),
                ),
            },
        }
    }
}

/// Reads the members of a map into an object.
struct Members<'a>(&'a mut dyn Object);

impl<'de> Visitor<'de> for Members<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of wire names")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut names = Names::default();
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            match names.find(self.0.schema().names, &name) {
                Found::Field(index) => map.next_value_seed(Value { slot: self.0.slot(index), name: &name })?,
                Found::Again => return Err(A::Error::custom(format_args!("`{name}` is given twice"))),
                Found::Unknown => map.next_value::<IgnoredAny>().map(drop)?,
            }
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Members<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

/// Reads a value into a field.
struct Value<'a> {
    slot: Slot<'a>,
    name: &'a str,
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if let Slot::File(place) = self.slot {
            *place = Some(file(deserializer)?);
            return Ok(());
        }
        if deserializer.is_human_readable() {
            return deserializer.deserialize_any(self);
        }
        match self.slot {
            Slot::Number(_) => deserializer.deserialize_i64(self),
            Slot::Boolean(_) => deserializer.deserialize_bool(self),
            Slot::Object(_) => deserializer.deserialize_map(self),
            Slot::List(_) => deserializer.deserialize_seq(self),
            Slot::String(_) | Slot::Date(_) | Slot::Decimal(_) | Slot::Json(_) | Slot::File(_) => {
                deserializer.deserialize_str(self)
            }
            Slot::Unknown => deserializer.deserialize_ignored_any(self),
        }
    }
}

impl Value<'_> {
    fn text<E: ::serde::de::Error>(self, text: &str) -> Result<(), E> {
        fill(self.slot, Cow::Borrowed(text)).map_err(|mismatch| {
            E::custom(format_args!("`{}`: expected {}, found {:?}", self.name, mismatch.expected, mismatch.text))
        })
    }
}

/// The values that are read as the texts that they are written as.
macro_rules! visit_texts {
    () => {
        fn visit_bool<E: ::serde::de::Error>(self, value: bool) -> Result<(), E> {
            self.text(if value { "true" } else { "false" })
        }

        fn visit_u64<E: ::serde::de::Error>(self, value: u64) -> Result<(), E> {
            self.text(&value.to_string())
        }

        fn visit_f64<E: ::serde::de::Error>(self, value: f64) -> Result<(), E> {
            self.text(&value.to_string())
        }

        fn visit_str<E: ::serde::de::Error>(self, value: &str) -> Result<(), E> {
            self.text(value)
        }
    };
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the value of `{}`", self.name)
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_none<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_i64<E: ::serde::de::Error>(self, value: i64) -> Result<(), E> {
        match self.slot {
            Slot::Number(place) => {
                *place = Some(value);
                Ok(())
            }
            _ => self.text(&value.to_string()),
        }
    }

    visit_texts!();

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        match self.slot {
            Slot::Object(object) => Members(object.insert()).visit_map(map),
            _ => Err(A::Error::custom(format_args!("`{}`: expected no map", self.name))),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Slot::List(mut list) = self.slot else {
            return Err(A::Error::custom(format_args!("`{}`: expected no list", self.name)));
        };
        while items.next_element_seed(Item { list: &mut list, name: self.name })?.is_some() {}
        Ok(())
    }
}

/// Reads an item into a list.
struct Item<'a, 'l> {
    list: &'a mut ListSlot<'l>,
    name: &'a str,
}

impl<'de> DeserializeSeed<'de> for Item<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.list {
            ListSlot::Object(objects) => deserializer.deserialize_map(Members(objects.push())),
            ListSlot::File(files) => {
                files.push(file(deserializer)?);
                Ok(())
            }
            _ if deserializer.is_human_readable() => deserializer.deserialize_any(self),
            ListSlot::Number(_) => deserializer.deserialize_i64(self),
            ListSlot::Boolean(_) => deserializer.deserialize_bool(self),
            ListSlot::String(_) | ListSlot::Date(_) | ListSlot::Decimal(_) | ListSlot::Json(_) => {
                deserializer.deserialize_str(self)
            }
        }
    }
}

impl Item<'_, '_> {
    fn text<E: ::serde::de::Error>(self, text: &str) -> Result<(), E> {
        push(self.list, Cow::Borrowed(text)).map_err(|mismatch| {
            E::custom(format_args!(
                "an item of `{}`: expected {}, found {:?}",
                self.name, mismatch.expected, mismatch.text
            ))
        })
    }
}

impl<'de> Visitor<'de> for Item<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an item of `{}`", self.name)
    }

    fn visit_i64<E: ::serde::de::Error>(self, value: i64) -> Result<(), E> {
        self.text(&value.to_string())
    }

    visit_texts!();
}

fn file<'de, D: Deserializer<'de>>(deserializer: D) -> Result<File, D::Error> {
    let (name, content_type, bytes) = <(String, String, Vec<u8>)>::deserialize(deserializer)?;
    Ok(File::new(name, bytes).with_content_type(content_type))
}
