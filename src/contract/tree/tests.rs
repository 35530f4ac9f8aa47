//! Tests of both readers.
