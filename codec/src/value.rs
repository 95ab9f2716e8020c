//! The types of fields.

use std::{fmt, path::PathBuf};

use crate::{ListSlot, ListView, ObjectSlot, Record, Slot, View};

/// A documented `Date`: a wall clock time of China (GMT+8).
///
/// ```
/// let date: topsdk_codec::Date = "2016-01-01 12:00:00".parse()?;
/// assert_eq!(date.year(), 2016);
/// # Ok::<(), topsdk_codec::jiff::Error>(())
/// ```
pub type Date = jiff::civil::DateTime;

/// A documented `Price` or `BigDecimal`: exact, with the digits as sent.
///
/// ```
/// let price: topsdk_codec::Decimal = "9.10".parse()?;
/// assert_eq!(price.to_string(), "9.10");
/// # Ok::<(), topsdk_codec::rust_decimal::Error>(())
/// ```
pub type Decimal = rust_decimal::Decimal;

/// A documented `Json` or `Map`: JSON text, byte for byte as on the wire.
///
/// ```
/// let json = topsdk_codec::Json::new(r#"{"payModeId":"WX"}"#);
/// assert_eq!(json.as_str(), r#"{"payModeId":"WX"}"#);
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Json(String);

impl Json {
    /// Takes JSON text as it is. It is not checked: the platform does that.
    pub fn new(text: impl Into<String>) -> Json {
        Json(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, owned.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// A documented `byte[]`: a file for upload. It is sent as a part of its own and is not signed (docs/protocol.md section 3).
///
/// ```
/// use topsdk_codec::File;
///
/// let picture = File::new("a.png", *b"\x89PNG").with_content_type("image/png");
/// assert_eq!((picture.name(), picture.content_type()), ("a.png", "image/png"));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct File {
    name: String,
    content_type: Option<String>,
    content: Content,
}

/// The bytes of a [`File`]. [`File::content`] returns it.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// Bytes in memory.
    Bytes(Vec<u8>),
    /// A file on disk, which is read while it is sent.
    OnDisk(PathBuf),
}

impl File {
    /// Returns a file of these bytes. It needs a name: the platform takes a part without one for text.
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> File {
        File { name: name.into(), content_type: None, content: Content::Bytes(bytes.into()) }
    }

    /// Returns a file on disk, under its own name. It is opened when it is sent and never held in memory, which needs
    /// [`Call::encode_with_files`](crate::Call::encode_with_files); topsdk's clients use that.
    pub fn on_disk(path: impl Into<PathBuf>) -> File {
        let path = path.into();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        File { name, content_type: None, content: Content::OnDisk(path) }
    }

    /// Sets the content type, such as `image/jpeg`. The default is `application/octet-stream`.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<String>) -> File {
        self.content_type = Some(content_type.into());
        self
    }

    /// Sets another file name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> File {
        self.name = name.into();
        self
    }

    /// The file name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The content type.
    pub fn content_type(&self) -> &str {
        self.content_type.as_deref().unwrap_or("application/octet-stream")
    }

    /// The bytes, or the path of the file on disk.
    pub fn content(&self) -> &Content {
        &self.content
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File")
            .field("name", &self.name)
            .field("content_type", &self.content_type())
            .field("content", &self.content)
            .finish()
    }
}

impl Default for Content {
    fn default() -> Content {
        Content::Bytes(Vec::new())
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Content::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Content::OnDisk(path) => path.fmt(f),
        }
    }
}

/// A type that a field can hold, alone or in a list. [`Object`](crate::Object) has an example.
///
/// The derive macros resolve a field through this trait rather than by the name of its type: an API may have a struct
/// called `String`.
pub trait Value: Sized {
    /// Returns a field of this type for filling.
    fn slot(field: &mut Option<Self>) -> Slot<'_>;
    /// Returns this value for reading.
    fn view(&self) -> View<'_>;
    /// Returns a list of this type for filling.
    fn list_slot(list: &mut Vec<Self>) -> ListSlot<'_>;
    /// Returns a list of this type for reading.
    #[expect(clippy::ptr_arg, reason = "a slice has no size, so that it cannot become `&dyn ObjectListView`")]
    fn list_view(list: &Vec<Self>) -> ListView<'_>;
}

/// A field of a struct: `Option` of a [`Value`], or a `Vec` of them. [`Object`](crate::Object) has an example.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of a field",
    label = "neither an `Option` of a value nor a `Vec` of values",
    note = "anything may be missing on the wire: write `Option<{Self}>`, or `Vec<…>` for a list"
)]
pub trait Field {
    /// Returns the field for filling.
    fn slot(&mut self) -> Slot<'_>;
    /// Returns the field for reading.
    fn view(&self) -> View<'_>;
}

impl<V: Value> Field for Option<V> {
    fn slot(&mut self) -> Slot<'_> {
        V::slot(self)
    }

    fn view(&self) -> View<'_> {
        self.as_ref().map_or(View::Absent, V::view)
    }
}

impl<V: Value> Field for Vec<V> {
    fn slot(&mut self) -> Slot<'_> {
        Slot::List(V::list_slot(self))
    }

    fn view(&self) -> View<'_> {
        View::List(V::list_view(self))
    }
}

macro_rules! basic {
    ($($variant:ident: $type:ty, $view:expr;)*) => {$(
        impl Value for $type {
            fn slot(field: &mut Option<Self>) -> Slot<'_> {
                Slot::$variant(field)
            }

            fn view(&self) -> View<'_> {
                let view: fn(&$type) -> View<'_> = $view;
                view(self)
            }

            fn list_slot(list: &mut Vec<Self>) -> ListSlot<'_> {
                ListSlot::$variant(list)
            }

            fn list_view(list: &Vec<Self>) -> ListView<'_> {
                ListView::$variant(list)
            }
        }
    )*};
}

basic! {
    String: String, |value| View::String(value);
    Number: i64, |value| View::Number(*value);
    Boolean: bool, |value| View::Boolean(*value);
    Date: Date, |value| View::Date(*value);
    Decimal: Decimal, |value| View::Decimal(*value);
    Json: Json, |value| View::Json(value);
    File: File, |value| View::File(value);
}

impl<T: Record> Value for T {
    fn slot(field: &mut Option<Self>) -> Slot<'_> {
        Slot::Object(ObjectSlot::new(field))
    }

    fn view(&self) -> View<'_> {
        View::Object(self)
    }

    fn list_slot(list: &mut Vec<Self>) -> ListSlot<'_> {
        ListSlot::Object(list)
    }

    fn list_view(list: &Vec<Self>) -> ListView<'_> {
        ListView::Object(list)
    }
}
