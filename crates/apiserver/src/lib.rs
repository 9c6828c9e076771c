//! Admission, allocation, the store and its immutable snapshots.
