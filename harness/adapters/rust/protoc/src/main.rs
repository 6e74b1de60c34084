//! Prints where a `protoc` is, which the build of `libsignal-protocol-syft` needs.

use std::io::Write as _;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = protoc_bin_vendored::protoc_bin_path()?;
    writeln!(std::io::stdout(), "{}", path.display())?;
    Ok(())
}
