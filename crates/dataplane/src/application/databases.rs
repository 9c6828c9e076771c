//! Databases and queues: they take connections, and speak a protocol that is not HTTP.

use super::{App, Image, Invocation, Listener, Started};
use crate::dns::Flavour;

pub(super) const IMAGES: &[Image] = &[
    Image {
        names: &["redis", "valkey/valkey", "bitnami/redis"],
        libc: Flavour::Glibc,
        starts: |invocation| database(invocation, "redis", 6379),
        takes_options: false,
    },
    Image { names: &["postgres"], libc: Flavour::Glibc, starts: postgres, takes_options: false },
    Image {
        names: &["mysql", "mariadb"],
        libc: Flavour::Glibc,
        starts: mysql,
        takes_options: false,
    },
    Image {
        names: &["mongo"],
        libc: Flavour::Glibc,
        starts: |invocation| database(invocation, "mongodb", 27017),
        takes_options: false,
    },
    Image {
        names: &["memcached"],
        libc: Flavour::Glibc,
        starts: |invocation| database(invocation, "memcached", 11211),
        takes_options: false,
    },
    Image {
        names: &["rabbitmq"],
        libc: Flavour::Glibc,
        starts: |invocation| {
            let mut listeners = vec![other("rabbitmq", 5672)];
            if invocation.image.tag.is_some_and(|tag| tag.contains("management")) {
                listeners.push(Listener::tcp(15672, App::Ok));
            }
            Started::Listens(listeners)
        },
        takes_options: false,
    },
    Image {
        names: &["elasticsearch", "opensearchproject/opensearch"],
        libc: Flavour::Glibc,
        starts: |_| Started::listens(9200, App::Json),
        takes_options: false,
    },
    Image {
        names: &["cassandra"],
        libc: Flavour::Glibc,
        starts: |invocation| database(invocation, "cassandra", 9042),
        takes_options: false,
    },
];

fn other(name: &str, port: u16) -> Listener {
    Listener::tcp(port, App::Other { name: name.to_owned() })
}

fn database(invocation: &Invocation<'_>, name: &str, own: u16) -> Started {
    let port = invocation.option("port").and_then(|port| port.parse().ok()).unwrap_or(own);
    Started::Listens(vec![other(name, port)])
}

/// PostgreSQL refuses to start without a password, as `docker-entrypoint.sh` says.
fn postgres(invocation: &Invocation<'_>) -> Started {
    let set = ["POSTGRES_PASSWORD", "POSTGRES_PASSWORD_FILE", "POSTGRES_HOST_AUTH_METHOD"];
    if !set.iter().any(|name| invocation.has_env(name)) {
        return Started::exits(1);
    }
    let port = invocation.option("p").and_then(|port| port.parse().ok()).unwrap_or(5432);
    Started::Listens(vec![other("postgresql", port)])
}

/// MySQL and MariaDB refuse to start without being told about root's password.
fn mysql(invocation: &Invocation<'_>) -> Started {
    let is_set = |what: &str| {
        ["MYSQL", "MARIADB"].iter().any(|name| invocation.has_env(&format!("{name}_{what}")))
    };
    let set = [
        "ROOT_PASSWORD",
        "ROOT_PASSWORD_FILE",
        "ALLOW_EMPTY_PASSWORD",
        "ALLOW_EMPTY_ROOT_PASSWORD",
        "RANDOM_ROOT_PASSWORD",
    ];
    if !set.into_iter().any(is_set) {
        return Started::exits(1);
    }
    database(invocation, "mysql", 3306)
}
