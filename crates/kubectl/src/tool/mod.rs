//! The tools inside a Pod.

use k8s_openapi::api::core::v1::Pod;

use crate::report::Output;
use crate::shell::Shell;

/// Runs a command in a container of a Pod.
pub(crate) fn run(
    _shell: &mut Shell,
    pod: &Pod,
    _container: Option<&str>,
    command: &[String],
) -> Output {
    match command[0].as_str() {
        "hostname" => {
            Output::printed(format!("{}\n", pod.metadata.name.as_deref().unwrap_or_default()))
        }
        program => Output::failed(
            format!(
                "OCI runtime exec failed: exec failed: unable to start container process: exec: {program:?}: executable file not found in $PATH\n"
            ),
            127,
        ),
    }
}
