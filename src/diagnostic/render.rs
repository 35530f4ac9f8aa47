//! How diagnostics look: for people, scripts, code scanning and pull requests.
