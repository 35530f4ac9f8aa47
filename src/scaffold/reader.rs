//! A flow that reads every field of every answer.
