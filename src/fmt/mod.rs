//! From the tree back to text, in the one style that there is.
