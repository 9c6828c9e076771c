//! The standard library for wasm32-unknown-unknown: from rustup where it can download, else built once from Debian's
//! `rustc-web` and `rust-web-src` into a sysroot of our own.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{cache, once};
use crate::progress::installing;
use crate::shell::{Failure, file_error, program, version_of};

const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// A compiler that can build for wasm32.
pub enum Compiler {
    /// The one that cargo uses anyway.
    Rustup,
    /// Debian's, with the sysroot in the folder, and a linker from rustup.
    Sysroot { folder: PathBuf, linker: PathBuf },
}

impl Compiler {
    /// What cargo must have in its environment to use it.
    pub fn variables(&self) -> Vec<(OsString, OsString)> {
        match self {
            Self::Rustup => Vec::new(),
            Self::Sysroot { folder, linker } => vec![
                ("RUSTC".into(), folder.join("bin/rustc").into()),
                ("RUSTDOC".into(), folder.join("bin/rustdoc").into()),
                ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER".into(), linker.into()),
            ],
        }
    }

    /// Whether it really compiles a tiny program; a target that is only half there is found out here and not later.
    fn works(&self) -> Result<bool, Failure> {
        let folder = cache()?.join(format!(".probe-{}", std::process::id()));
        std::fs::create_dir_all(&folder).map_err(file_error("create", &folder))?;
        let source = folder.join("probe.rs");
        std::fs::write(
            &source,
            "#[unsafe(no_mangle)]\npub fn probe() -> usize { String::from(\"wasm\").len() }\n",
        )
        .map_err(file_error("write", &source))?;
        let (rustc, linker): (OsString, Option<&Path>) = match self {
            Self::Rustup => ("rustc".into(), None),
            Self::Sysroot { folder, linker } => (folder.join("bin/rustc").into(), Some(linker)),
        };
        let mut run =
            program(rustc, ["--edition=2024", "--crate-type=cdylib", "--target", TARGET, "-o"])
                .args([folder.join("probe.wasm"), source]);
        if let Some(linker) = linker {
            run = run.args([format!("-Clinker={}", linker.display())]);
        }
        let works = run.succeeds_within(Duration::from_secs(60));
        // A left-over probe is a few kilobytes.
        let _ = std::fs::remove_dir_all(&folder);
        Ok(works)
    }
}

/// The compiler for wasm32, and which way it was.
pub fn find_or_install() -> Result<(Compiler, String), Failure> {
    if Compiler::Rustup.works()? {
        return Ok((Compiler::Rustup, "found (rustup)".to_owned()));
    }
    if let Some(compiler) = from_cache()? {
        return Ok((compiler, "found (cache, built from rust-web-src)".to_owned()));
    }
    if program("rustup", ["target", "add", TARGET]).succeeds_within(Duration::from_secs(180))
        && Compiler::Rustup.works()?
    {
        return Ok((Compiler::Rustup, "installed (rustup target add)".to_owned()));
    }
    installing(
        "rustup could not download it; building it from Debian's rustc-web and rust-web-src (a minute, once)",
    );
    if !Path::new(DEBIAN_RUSTC).is_file() || !Path::new("/usr/lib/rustlib/src/rust").exists() {
        apt_install(&["rustc-web", "rust-web-src"])?;
    }
    once(&sysroot_name()?, build_sysroot)?;
    match from_cache()? {
        Some(compiler) => Ok((compiler, "built (rustc-web, rust-web-src)".to_owned())),
        None => Err(Failure::new(format!(
            "the standard library for {TARGET} was built but compiles nothing: delete `{}` and run this again, or connect to the internet and run `rustup target add {TARGET}`",
            cache()?.join(sysroot_name()?).display()
        ))),
    }
}

/// Installs Debian packages, which only root may.
pub fn apt_install(packages: &[&str]) -> Result<(), Failure> {
    let line = format!("apt-get install {}", packages.join(" "));
    let root = program("id", ["-u"]).quiet("").is_ok_and(|id| id.trim() == "0");
    if !root {
        return Err(Failure::new(format!(
            "this needs system packages: as root run `{line}`, then run this again"
        )));
    }
    installing(&line);
    let advice = "check that the system's package sources can be reached, then run this again";
    program("apt-get", ["update", "-qq"]).quiet(advice)?;
    program("apt-get", ["install", "-y", "-qq", "--no-install-recommends"])
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .quiet(advice)
        .map(drop)
}

fn from_cache() -> Result<Option<Compiler>, Failure> {
    if !Path::new(DEBIAN_RUSTC).is_file() {
        return Ok(None);
    }
    let folder = cache()?.join(sysroot_name()?);
    if !folder.is_dir() {
        return Ok(None);
    }
    let compiler = Compiler::Sysroot { folder, linker: linker()? };
    Ok(compiler.works()?.then_some(compiler))
}

/// The sysroot belongs to one version of Debian's compiler.
fn sysroot_name() -> Result<String, Failure> {
    let version = version_of(DEBIAN_RUSTC).ok_or_else(|| {
        Failure::new(format!("`{DEBIAN_RUSTC}` does not run: reinstall the package rustc-web"))
    })?;
    Ok(format!("wasm32-std-{}", version.split(' ').nth(1).unwrap_or("unknown")))
}

/// rust-lld of the toolchain that cargo uses; Debian's compiler brings none.
fn linker() -> Result<PathBuf, Failure> {
    let advice = "install Rust from rustup.rs";
    let sysroot = program("rustc", ["--print", "sysroot"]).quiet(advice)?;
    let verbose = program("rustc", ["-vV"]).quiet(advice)?;
    let host = verbose
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap_or("x86_64-unknown-linux-gnu");
    let linker = Path::new(sysroot.trim()).join("lib/rustlib").join(host).join("bin/rust-lld");
    if linker.is_file() {
        return Ok(linker);
    }
    Err(Failure::new(format!(
        "`{}` is missing: install a Rust toolchain with rustup, which brings it",
        linker.display()
    )))
}

fn build_sysroot(building: &Path) -> Result<(), Failure> {
    let throwaway = building.join("throwaway");
    let sysroot = building.join("root");
    let libraries = sysroot.join("lib/rustlib").join(TARGET).join("lib");
    let programs = sysroot.join("bin");
    for folder in [&throwaway.join("src"), &libraries, &programs] {
        std::fs::create_dir_all(folder).map_err(file_error("create", folder))?;
    }
    let manifest = "[package]\nname = \"throwaway\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[workspace]\n\
        [profile.release]\nopt-level = 3\ncodegen-units = 1\npanic = \"abort\"\ndebug = false\n";
    for (name, text) in [("Cargo.toml", manifest), ("src/lib.rs", "")] {
        let path = throwaway.join(name);
        std::fs::write(&path, text).map_err(file_error("write", &path))?;
    }
    program(
        "cargo",
        ["build", "--release", "--target", TARGET, "-Zbuild-std=std,panic_abort,proc_macro,test"],
    )
    .within(&throwaway)
    .env("RUSTC", DEBIAN_RUSTC)
    .env("RUSTC_BOOTSTRAP", "1")
    .env("RUSTFLAGS", "-Cembed-bitcode=yes")
    .env("CARGO_TARGET_DIR", throwaway.join("target"))
    .quiet("check that crates.io can be reached, then run this again")?;

    let built = throwaway.join("target").join(TARGET).join("release/deps");
    for entry in std::fs::read_dir(&built).map_err(file_error("read", &built))?.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.ends_with(".rlib") && !name.starts_with("libthrowaway") {
            let to = libraries.join(name.as_ref());
            std::fs::copy(entry.path(), &to).map_err(file_error("write", &to))?;
        }
    }
    link_host_libraries(&sysroot.join("lib/rustlib"))?;
    for name in ["rustc", "rustdoc"] {
        write_wrapper(&programs.join(name), name)?;
    }
    Ok(())
}

/// Build scripts and macros run on this machine, so the sysroot needs the host's libraries too.
fn link_host_libraries(rustlib: &Path) -> Result<(), Failure> {
    let debian = Path::new("/usr/lib/rustlib");
    for entry in std::fs::read_dir(debian).map_err(file_error("read", debian))?.flatten() {
        let link = rustlib.join(entry.file_name());
        if !link.exists() {
            symlink(&entry.path(), &link)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn symlink(original: &Path, link: &Path) -> Result<(), Failure> {
    std::os::unix::fs::symlink(original, link).map_err(file_error("link", link))
}

#[cfg(not(unix))]
fn symlink(_: &Path, link: &Path) -> Result<(), Failure> {
    Err(Failure::new(format!(
        "`{}` cannot be linked on this system: run `rustup target add {TARGET}`",
        link.display()
    )))
}

#[cfg(unix)]
fn write_wrapper(path: &Path, name: &str) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;

    // It finds the sysroot from its own place, so that the folder can be renamed when it is finished.
    let script =
        format!("#!/bin/sh\nexec /usr/bin/{name} --sysroot \"$(dirname \"$0\")/..\" \"$@\"\n");
    std::fs::write(path, script).map_err(file_error("write", path))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
        .map_err(file_error("make executable", path))
}

#[cfg(not(unix))]
fn write_wrapper(path: &Path, _: &str) -> Result<(), Failure> {
    Err(Failure::new(format!(
        "`{}` is a shell script: run `rustup target add {TARGET}` on this system",
        path.display()
    )))
}
