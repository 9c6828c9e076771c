//! ReferenceGrant: the owner of a namespace lets objects of other namespaces refer into it.
//!
//! Models `sigs.k8s.io/gateway-api/apis/v1/referencegrant_types.go`.

use super::{fields, kind};

kind! {
    /// Lets kinds of other namespaces refer to kinds of this one.
    ReferenceGrant { spec: ReferenceGrantSpec }
}

fields! {
    /// Who may refer to what.
    ReferenceGrantSpec {
        /// Who may refer: any of these.
        from: Vec<ReferenceGrantFrom>,
        /// What may be referred to: any of these.
        to: Vec<ReferenceGrantTo>,
    }
}

fields! {
    /// A kind of a namespace that may refer into this one.
    ReferenceGrantFrom {
        /// API group of the kind that refers.
        group: String,
        /// Kind that refers, such as `HTTPRoute`.
        kind: String,
        /// Namespace of the object that refers.
        namespace: String,
    }
}

fields! {
    /// A kind of this namespace, or one object, that may be referred to.
    ReferenceGrantTo {
        /// API group of the kind referred to, empty for the core group.
        group: String,
        /// Kind referred to, such as `Service`.
        kind: String,
        /// Name of the one object; all objects of the kind if absent.
        name: Option<String>,
    }
}
