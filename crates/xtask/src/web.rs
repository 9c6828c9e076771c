//! The web build and the development server, both Trunk's.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use crate::parts;
use crate::setup::{self, Tools};
use crate::shell::{Failure, program};

/// How the title of `www/index.html` begins.
const PAGE_TITLE: &str = "<title>Podhop";

/// The release build in `dist/`; [`sizes::check`](crate::sizes::check) says whether it is small enough.
pub fn build(tools: &Tools) -> Result<(), Failure> {
    tools
        .give_release(program("trunk", ["build", "--offline", "--release", "--log", "error"]))
        .run("read the first error above; what is wrong is in the sources, not in the set-up")?;
    parts::take_apart(tools)
}

/// Serves the page, rebuilds when a file changes, and says so when it can be opened.
pub fn serve(arguments: &[String]) -> Result<(), Failure> {
    let mut port = 8080;
    let mut release = false;
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--release" => release = true,
            "--port" => {
                port = rest.next().and_then(|text| text.parse().ok()).ok_or_else(|| {
                    Failure::new(
                        "`--port` needs a number, for example `cargo xtask serve --port 8081`",
                    )
                })?;
            }
            other => {
                return Err(Failure::new(format!(
                    "serve knows no `{other}`: it takes `--release` and `--port N`"
                )));
            }
        }
    }
    port_is_free(port)?;
    let tools = setup::for_web()?;
    println!("▸ building the page; the first time takes a few minutes");
    let port_text = port.to_string();
    let mut command = tools
        .give(program(
            "trunk",
            ["serve", "--offline", "--log=error", "--address", "127.0.0.1", "--port", &port_text],
        ))
        .args(release.then_some("--release"))
        .command();
    let mut trunk = command.spawn().map_err(|error| {
        Failure::new(format!("trunk did not start ({error}): run `cargo xtask setup`"))
    })?;
    let mut announced = false;
    loop {
        match trunk.try_wait() {
            Ok(None) => {}
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => {
                return Err(Failure::new(format!(
                    "the server stopped ({status}): read the first error above"
                )));
            }
            Err(error) => {
                return Err(Failure::new(format!("the server was lost ({error}): start it again")));
            }
        }
        if !announced && answers_with_the_page(port) {
            println!(
                "\nPodhop is on http://127.0.0.1:{port}   (it rebuilds when a file changes; Ctrl-C stops it)\n"
            );
            announced = true;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Whether the built page can be opened, and not merely something that listens there.
fn answers_with_the_page(port: u16) -> bool {
    let ask = || -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream.write_all(b"GET / HTTP/1.0\r\nHost: 127.0.0.1\r\nAccept: text/html\r\n\r\n")?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| {
        answer.starts_with(b"HTTP/1.") && String::from_utf8_lossy(&answer).contains(PAGE_TITLE)
    })
}

fn port_is_free(port: u16) -> Result<(), Failure> {
    TcpListener::bind(("127.0.0.1", port)).map(drop).map_err(|error| {
        let other = port.checked_add(1).unwrap_or(8081);
        Failure::new(format!(
            "port {port} is taken ({error}): choose another with `cargo xtask serve --port {other}`"
        ))
    })
}
