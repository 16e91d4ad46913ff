use tokio::runtime::Handle;

use crate::api::{Error, ErrorKind, Result};

/// The runtime that the caller is in. Outside of one, waiting could only panic.
pub(crate) fn runtime() -> Result<Handle> {
    Handle::try_current().map_err(|error| {
        let what = "called outside of a tokio runtime: run it under #[tokio::main] or Runtime::block_on";
        Error::new(ErrorKind::InvalidConfig, what).with_source(error)
    })
}
