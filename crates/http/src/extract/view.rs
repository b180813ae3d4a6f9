//! How the value of a field is looked at while it is checked.

/// A raw value of a body field, and the form in which checks take it.
pub trait View {
    /// What a check sees.
    type Seen: ?Sized;

    /// The value as checks see it.
    fn view(&self) -> &Self::Seen;
}

impl View for String {
    type Seen = str;

    fn view(&self) -> &str {
        self
    }
}

impl<T> View for Vec<T> {
    type Seen = [T];

    fn view(&self) -> &[T] {
        self
    }
}

impl View for i64 {
    type Seen = Self;

    fn view(&self) -> &Self {
        self
    }
}
