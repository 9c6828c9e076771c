//! The cluster as boxes and lines, a trace as a timeline of cues.
