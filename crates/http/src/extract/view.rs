//! The form in which checks see the value of a field.

/// A raw value of a field, which a check borrows in another form.
pub trait View {
    /// The borrowed form.
    type Seen: ?Sized;

    /// Borrows the value.
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
