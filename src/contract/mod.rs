//! From OpenAPI documents (3.x, Swagger 2.0; JSON, YAML) to our own [`model`]. Total: what is odd is repaired
//! or set aside with a finding; nothing outside this folder sees the form of a document.

pub mod model;
