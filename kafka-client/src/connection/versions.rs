//! Which version of an API a node and this client have in common.

use std::collections::BTreeMap;

use kafka_proto::messages::{ApiKey, ApiVersionsResponse, Request};

use crate::api::{Error, ErrorKind, Result};

/// What one node answered to ApiVersions: the versions of each API.
#[derive(Clone, Debug, Default)]
pub(crate) struct Versions {
    apis: BTreeMap<i16, (i16, i16)>,
}

impl Versions {
    pub(crate) fn from_response(response: &ApiVersionsResponse) -> Self {
        let apis = response.api_keys.iter().map(|api| (api.api_key, (api.min_version, api.max_version)));
        Self { apis: apis.collect() }
    }

    /// The newest version of `R` that both sides speak.
    pub(crate) fn choose<R: Request>(&self) -> Result<i16> {
        self.choose_up_to::<R>(i16::MAX)
    }

    /// The newest version of `R` up to `cap` that both sides speak.
    pub(crate) fn choose_up_to<R: Request>(&self, cap: i16) -> Result<i16> {
        let ours = R::API_KEY.valid_versions();
        // Brokers say that they take Produce 0 to 2 and then refuse them.
        let least = if R::API_KEY == ApiKey::Produce { 3 } else { ours.oldest() };
        let Some(&(min, max)) = self.apis.get(&(R::API_KEY as i16)) else {
            return Err(unsupported::<R>("the node does not have this API: it is too old, or not a broker"));
        };
        let version = max.min(ours.newest()).min(cap);
        if version < min.max(least) {
            let most = cap.min(ours.newest());
            return Err(unsupported::<R>(&format!(
                "no common version: the node speaks {min} to {max}, this client {least} to {most}"
            )));
        }
        Ok(version)
    }
}

fn unsupported<R: Request>(what: &str) -> Error {
    Error::new(ErrorKind::Unsupported, what).in_api(R::API_KEY.name())
}
