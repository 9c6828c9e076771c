//! The whole simulated cluster as one value.
