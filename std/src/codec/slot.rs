//! The fields of a record while it is read: a field may be absent, and a fault in one does not end the reading of the others.

use super::Reader;

/// A field of a record that is being read.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Slot<T> {
    #[default]
    Absent,
    /// It was there, and a fault has been recorded.
    Faulty,
    Set(T),
}

impl<T> Slot<T> {
    pub fn is_absent(&self) -> bool {
        matches!(self, Slot::Absent)
    }

    /// The value of a field that must be there. To be asked for when the object has been read.
    pub fn required(self, from: &mut Reader<'_>, name: &str) -> Option<T> {
        match self {
            Slot::Set(value) => Some(value),
            Slot::Faulty => None,
            Slot::Absent => {
                from.fault_in(name, "is missing");
                None
            }
        }
    }

    /// The value of a field that has a default.
    pub fn or(self, default: impl FnOnce() -> T) -> Option<T> {
        match self {
            Slot::Set(value) => Some(value),
            Slot::Faulty => None,
            Slot::Absent => Some(default()),
        }
    }
}

impl<T> Slot<Option<T>> {
    /// The value of a field that may be absent, which is the same as null.
    pub fn optional(self) -> Option<Option<T>> {
        self.or(|| None)
    }
}
