//! The Caddyfile's grammar: words, directives with their blocks, server blocks.
//!
//! Models `coredns/caddy/caddyfile/{lexer,parse}.go`; errors are in its words.

use std::fmt;

use super::names::normalize;
use super::plugins::plugin;
use super::{COREFILE_PATH, CorefileError, Plugin, ServerBlock, Zone};

/// Every directive CoreDNS knows, in the order in which the plugins act (`plugin.cfg`).
const DIRECTIVES: [&str; 57] = [
    "root",
    "metadata",
    "geoip",
    "cancel",
    "tls",
    "quic",
    "timeouts",
    "multisocket",
    "reload",
    "nsid",
    "bufsize",
    "bind",
    "debug",
    "trace",
    "ready",
    "health",
    "pprof",
    "prometheus",
    "errors",
    "log",
    "dnstap",
    "local",
    "dns64",
    "any",
    "chaos",
    "loadbalance",
    "tsig",
    "cache",
    "rewrite",
    "header",
    "dnssec",
    "autopath",
    "minimal",
    "template",
    "transfer",
    "hosts",
    "route53",
    "azure",
    "clouddns",
    "k8s_external",
    "kubernetes",
    "file",
    "auto",
    "secondary",
    "etcd",
    "loop",
    "forward",
    "grpc",
    "erratic",
    "whoami",
    "on",
    "sign",
    "view",
    "acl",
    "nomad",
    "nftables",
    "import",
];

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub text: String,
    pub line: usize,
}

/// Words, with their lines; `#` begins a comment, quotes keep spaces.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let mut word = String::new();
        let (mut quoted, mut begun) = (false, false);
        let mut characters = line.chars().peekable();
        while let Some(character) = characters.next() {
            if quoted {
                match character {
                    '"' => quoted = false,
                    '\\' if characters.peek() == Some(&'"') => {
                        characters.next();
                        word.push('"');
                    }
                    other => word.push(other),
                }
                continue;
            }
            match character {
                '#' if !begun => break,
                '"' if !begun => (quoted, begun) = (true, true),
                space if space.is_whitespace() => {
                    if begun {
                        tokens.push(Token { text: std::mem::take(&mut word), line: number + 1 });
                        begun = false;
                    }
                }
                other => {
                    begun = true;
                    word.push(other);
                }
            }
        }
        if begun {
            tokens.push(Token { text: word, line: number + 1 });
        }
    }
    tokens
}

/// A directive with its arguments and, in braces, further lines.
#[derive(Clone, Debug)]
pub(super) struct Directive {
    pub name: String,
    pub line: usize,
    pub arguments: Vec<String>,
    pub block: Vec<Vec<Token>>,
}

impl Directive {
    pub fn error(&self, line: usize, message: impl fmt::Display) -> CorefileError {
        CorefileError(format!(
            "plugin/{}: {COREFILE_PATH}:{line} - Error during parsing: {message}",
            self.name
        ))
    }

    pub fn wrong_arguments(&self, line: usize, after: &str) -> CorefileError {
        self.error(line, format!("Wrong argument count or unexpected line ending after '{after}'"))
    }

    pub fn unknown_property(&self, property: &Token) -> CorefileError {
        self.error(property.line, format!("unknown property '{}'", property.text))
    }
}

pub(super) struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    /// A parser at the beginning of a text.
    pub fn new(text: &str) -> Self {
        Self { tokens: tokens(text), at: 0 }
    }

    /// Whether there is another word.
    pub fn has_more(&self) -> bool {
        self.peek().is_some()
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    /// The next server block.
    pub fn server(&mut self) -> Result<ServerBlock, CorefileError> {
        let mut keys = Vec::new();
        while let Some(token) = self.next() {
            if token.text == "{" {
                break;
            }
            let after_the_keys = keys.first().is_some_and(|key: &Token| key.line < token.line);
            if token.text == "}" || after_the_keys && DIRECTIVES.contains(&token.text.as_str()) {
                return Err(syntax(token.line, &token.text, "{"));
            }
            keys.push(token);
        }
        let mut zones = Vec::new();
        for key in keys.iter().flat_map(|key| {
            key.text.split(',').filter(|part| !part.is_empty()).map(move |part| (part, key.line))
        }) {
            zones.extend(zone_of_key(key.0, key.1)?);
        }
        let mut directives = Vec::new();
        loop {
            let Some(token) = self.next() else { return Err(self.end_of_file()) };
            match token.text.as_str() {
                "}" => break,
                "{" => return Err(syntax(token.line, "{", "directive")),
                _ => directives.push(self.directive(token)?),
            }
        }
        let origins: Vec<String> = zones.iter().map(|zone| zone.origin.clone()).collect();
        let mut chain: Vec<(usize, Plugin)> = Vec::new();
        let mut rewrites = Vec::new();
        for directive in &directives {
            let place = DIRECTIVES.iter().position(|known| *known == directive.name);
            let place = place.expect("the parser refuses unknown directives");
            match plugin(directive, &origins)? {
                Some(Plugin::Rewrite(rules)) => rewrites.extend(rules),
                Some(plugin) => chain.push((place, plugin)),
                None => {}
            }
        }
        if !rewrites.is_empty() {
            let place = DIRECTIVES.iter().position(|known| *known == "rewrite");
            chain.push((place.expect("rewrite is known"), Plugin::Rewrite(rewrites)));
        }
        chain.sort_by_key(|(place, _)| *place);
        Ok(ServerBlock {
            zones,
            chain: chain.into_iter().map(|(_, plugin)| plugin).collect(),
            directives: directives.into_iter().map(|found| (found.name, found.line)).collect(),
        })
    }

    fn directive(&mut self, name: Token) -> Result<Directive, CorefileError> {
        if !DIRECTIVES.contains(&name.text.as_str()) {
            return Err(CorefileError(format!(
                "{COREFILE_PATH}:{} - Error during parsing: Unknown directive '{}'",
                name.line, name.text
            )));
        }
        let mut directive = Directive {
            name: name.text,
            line: name.line,
            arguments: Vec::new(),
            block: Vec::new(),
        };
        while let Some(token) = self.peek().filter(|token| token.line == name.line).cloned() {
            if token.text == "}" {
                break;
            }
            self.at += 1;
            if token.text != "{" {
                directive.arguments.push(token.text);
                continue;
            }
            loop {
                let Some(first) = self.next() else { return Err(self.end_of_file()) };
                if first.text == "}" {
                    return Ok(directive);
                }
                let mut line = vec![first];
                while let Some(token) =
                    self.peek().filter(|token| token.line == line[0].line && token.text != "}")
                {
                    line.push(token.clone());
                    self.at += 1;
                }
                directive.block.push(line);
            }
        }
        Ok(directive)
    }

    fn end_of_file(&self) -> CorefileError {
        let line = self.tokens.last().map(|token| token.line).unwrap_or(1);
        CorefileError(format!("{COREFILE_PATH}:{line} - Error during parsing: Unexpected EOF"))
    }
}

fn syntax(line: usize, found: &str, expected: &str) -> CorefileError {
    CorefileError(format!(
        "{COREFILE_PATH}:{line} - Syntax error: Unexpected token '{found}', expecting '{expected}'"
    ))
}

/// The zones of a server block's key: `.:53`, `dns://example.org`, `10.0.0.0/16`.
fn zone_of_key(key: &str, line: usize) -> Result<Vec<Zone>, CorefileError> {
    let key = key.strip_prefix("dns://").unwrap_or(key);
    let (name, port) = match key.rsplit_once(':') {
        Some((name, port)) => {
            let port = port.parse().map_err(|_| {
                CorefileError(format!(
                    "{COREFILE_PATH}:{line} - Error during parsing: invalid port '{port}'"
                ))
            })?;
            (name, port)
        }
        None => (key, 53),
    };
    Ok(normalize(name).into_iter().map(|origin| Zone { origin, port }).collect())
}
