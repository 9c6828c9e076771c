//! The runner of the Markdown cases in `tests/suite`.
