//! The kinds of fenced blocks, and the words after the fence.

/// What a fenced block is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A manifest.
    Yaml {
        /// The file it stands in.
        file: String,
        /// Whether it is applied.
        applied: bool,
    },
    /// Findings about the last manifest.
    Diagnostics,
    /// Commands and what they print.
    Console,
    /// A journey.
    Trace {
        /// Who asks, as `Cluster::place` reads it.
        from: String,
        /// What for, as `Request::to` reads it.
        to: String,
    },
    /// Who reaches whom.
    Table {
        /// The port that is tried.
        port: u16,
        /// Whether by UDP.
        udp: bool,
    },
}

impl Block {
    /// Reads the words after a fence.
    ///
    /// # Errors
    /// A sentence about the word that is wrong.
    pub fn parse(info: &str) -> Result<Block, String> {
        let mut words = info.split_whitespace();
        let kind = words.next().unwrap_or_default();
        let words: Vec<&str> = words.collect();
        let value =
            |name: &str| words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        let only = |names: &[&str]| {
            let known = |word: &&&str| names.contains(&word.split('=').next().unwrap_or_default());
            match words.iter().find(|word| !known(word)) {
                Some(word) => Err(format!("`{word}` means nothing to a `{kind}` block")),
                None => Ok(()),
            }
        };
        match kind {
            "yaml" => {
                only(&["cluster", "file"])?;
                let applied = words.contains(&"cluster");
                let file = value("file").or(applied.then_some("cluster.yaml"));
                let file = file.ok_or("a `yaml` block is `cluster` or has a `file=`")?.to_owned();
                Ok(Block::Yaml { file, applied })
            }
            "diagnostics" => only(&[]).map(|()| Block::Diagnostics),
            "console" => only(&[]).map(|()| Block::Console),
            "trace" => {
                only(&["from", "to"])?;
                let from = value("from").ok_or("a `trace` block says `from=PLACE`")?;
                let to = value("to").ok_or("a `trace` block says `to=URL`")?;
                Ok(Block::Trace { from: from.to_owned(), to: to.to_owned() })
            }
            "table" => {
                only(&["port", "protocol"])?;
                let port = value("port").unwrap_or("80");
                let port = port.parse().map_err(|_| format!("`{port}` is no port"))?;
                Ok(Block::Table { port, udp: value("protocol") == Some("UDP") })
            }
            other => Err(format!(
                "`{other}` is no kind of block: yaml, diagnostics, console, trace, table"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_a_block_is() {
        assert_eq!(
            Block::parse("yaml cluster").unwrap(),
            Block::Yaml { file: "cluster.yaml".into(), applied: true }
        );
        assert_eq!(
            Block::parse("trace from=pod/default/a to=http://b:80/?x=1").unwrap(),
            Block::Trace { from: "pod/default/a".into(), to: "http://b:80/?x=1".into() }
        );
        assert!(Block::parse("yaml").is_err());
        assert!(Block::parse("trace to=x").is_err());
        assert!(Block::parse("console loud").is_err());
    }
}
