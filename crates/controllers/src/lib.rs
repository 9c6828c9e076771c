//! The control loops, from deployment to kubelet.
