//! `IncrementalAlterConfigs`, versions 0 and 1: the settings of topics. They differ in their encoding only.

use std::collections::{BTreeMap, BTreeSet};

use kafka_proto::ErrorCode;
use kafka_proto::messages::{
    IncrementalAlterConfigsRequest, IncrementalAlterConfigsRequestAlterConfigsResource,
    IncrementalAlterConfigsRequestAlterableConfig, IncrementalAlterConfigsResponse,
    IncrementalAlterConfigsResponseAlterConfigsResourceResponse,
};
use kafka_proto::wire::StrBytes;

use super::settings::{Kind, SETTINGS, TOPIC};
use super::{Call, Handle, Outcome, check_controller};
use crate::cluster::state::State;

/// What is done to a setting.
const SET: i8 = 0;
const DELETE: i8 = 1;
const APPEND: i8 = 2;
const SUBTRACT: i8 = 3;

type Resource = IncrementalAlterConfigsRequestAlterConfigsResource;
type Refusal = (ErrorCode, &'static str);

impl Handle for IncrementalAlterConfigsRequest {
    fn handle(self, state: &mut State, call: &Call) -> Outcome<IncrementalAlterConfigsResponse> {
        if let Err(code) = check_controller(state, call) {
            return Outcome::Answer(self.refuse(call.version, code));
        }
        let validate_only = self.validate_only;
        let each = |asked: &Resource| told(asked, alter(state, asked, validate_only).err());
        let responses = self.resources.iter().map(each).collect();
        Outcome::Answer(IncrementalAlterConfigsResponse { responses, ..Default::default() })
    }

    fn refuse(self, _version: i16, code: ErrorCode) -> IncrementalAlterConfigsResponse {
        let responses = self.resources.iter().map(|asked| told(asked, Some((code, "")))).collect();
        IncrementalAlterConfigsResponse { responses, ..Default::default() }
    }
}

fn alter(state: &mut State, asked: &Resource, validate_only: bool) -> Result<(), Refusal> {
    if asked.resource_type != TOPIC {
        return Err((ErrorCode::INVALID_REQUEST, "only the settings of topics can be changed here"));
    }
    if asked.resource_name.is_empty() {
        return Err((ErrorCode::INVALID_REQUEST, "topics have no settings in common"));
    }
    let mut named = BTreeSet::new();
    if !asked.configs.iter().all(|config| named.insert(&config.name)) {
        return Err((ErrorCode::INVALID_REQUEST, "a setting is named twice"));
    }
    let topic = state.topics.get_mut(&asked.resource_name);
    let topic = topic.ok_or((ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "there is no topic of this name"))?;
    let mut settings = topic.settings.clone();
    for config in &asked.configs {
        change(&mut settings, config)?;
    }
    if !validate_only {
        topic.settings = settings;
    }
    Ok(())
}

fn change(
    settings: &mut BTreeMap<String, String>,
    config: &IncrementalAlterConfigsRequestAlterableConfig,
) -> Result<(), Refusal> {
    if config.config_operation == DELETE {
        // One that there is not is not set either.
        settings.remove(config.name.as_str());
        return Ok(());
    }
    let known = SETTINGS.iter().find(|(name, ..)| config.name == *name);
    let Some((name, kind, default)) = known else {
        return Err((ErrorCode::INVALID_CONFIG, "one of the settings is unknown"));
    };
    let Some(given) = config.value.as_deref() else {
        return Err((ErrorCode::INVALID_REQUEST, "one of the settings is null"));
    };
    let value = match config.config_operation {
        SET => given.to_owned(),
        APPEND | SUBTRACT => {
            let Kind::ManyOf(_) = kind else {
                return Err((ErrorCode::INVALID_CONFIG, "one of the settings is no list"));
            };
            let now = settings.get(*name).map_or(default.unwrap_or_default(), String::as_str);
            let parts = now.split(',').filter(|part| !part.is_empty());
            let mut parts: Vec<&str> =
                parts.filter(|part| !given.split(',').any(|one| one == *part)).collect();
            if config.config_operation == APPEND {
                parts.extend(given.split(','));
            }
            parts.join(",")
        }
        // Apache Kafka stumbles over it, too.
        _ => return Err((ErrorCode::UNKNOWN_SERVER_ERROR, "")),
    };
    if !kind.takes(&value) {
        return Err((ErrorCode::INVALID_CONFIG, "one of the settings is not what it may be"));
    }
    settings.insert((*name).to_owned(), value);
    Ok(())
}

fn told(
    asked: &Resource,
    refusal: Option<Refusal>,
) -> IncrementalAlterConfigsResponseAlterConfigsResourceResponse {
    let (code, why) = refusal.unwrap_or((ErrorCode::NONE, ""));
    IncrementalAlterConfigsResponseAlterConfigsResourceResponse {
        error_code: code.0,
        error_message: Some(StrBytes::from_static(why)).filter(|why| !why.is_empty()),
        resource_type: asked.resource_type,
        resource_name: asked.resource_name.clone(),
        ..Default::default()
    }
}
