//! Typed packets and their bytes, five-tuples, virtual time, pcap.
