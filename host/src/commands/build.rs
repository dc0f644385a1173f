//! `duebell build`: builds the components, and runs nothing.

use crate::{builder, cli::Build, manifest::Manifest};

/// Builds what needs to be built.
///
/// # Errors
/// spin.toml has a mistake, or a build fails; the error says where.
pub fn run(command: &Build) -> miette::Result<()> {
    builder::build_all(&Manifest::load(&command.from)?)
}
