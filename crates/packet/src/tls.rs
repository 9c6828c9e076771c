//! TLS records as a learner meets them: the hello that names the host, the certificate, the sealed rest.

use serde::{Deserialize, Serialize};

use crate::Payload;

/// A TLS record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record {
    /// The client's offer; the server name in it travels in the clear.
    ClientHello {
        /// The server name indication.
        server_name: Option<String>,
    },
    /// The server's choice and its certificate.
    ServerHello {
        /// The certificate's subject common name.
        common_name: String,
        /// The names it is valid for.
        subject_names: Vec<String>,
        /// Who signed it.
        issuer: String,
    },
    /// The handshake's end.
    Finished,
    /// Sealed data; only the two ends can read what is inside.
    ApplicationData(Box<Payload>),
    /// A refusal.
    Alert {
        /// `handshake_failure`.
        description: String,
    },
}
