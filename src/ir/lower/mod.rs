//! From the typed program to the intermediate form.
