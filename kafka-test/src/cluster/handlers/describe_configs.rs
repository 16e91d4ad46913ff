//! `DescribeConfigs`, versions 0 to 4: of topics and of the nodes.
//!
//! - 1: where a value comes from, and under which other names it could be set. 3: types and documentation.

use kafka_proto::ErrorCode;
use kafka_proto::messages::{
    DescribeConfigsRequest, DescribeConfigsResource, DescribeConfigsResourceResult, DescribeConfigsResponse,
    DescribeConfigsResult, DescribeConfigsSynonym,
};
use kafka_proto::wire::StrBytes;

use super::settings::{self, BROKER, DEFAULT_CONFIG, SETTINGS, STATIC_BROKER_CONFIG, TOPIC, TOPIC_CONFIG};
use super::{Call, Handle, Outcome};
use crate::cluster::state::State;

type Refusal = (ErrorCode, &'static str);

impl Handle for DescribeConfigsRequest {
    fn handle(self, state: &mut State, call: &Call) -> Outcome<DescribeConfigsResponse> {
        let synonyms = self.include_synonyms;
        let each = |asked: DescribeConfigsResource| {
            let found = match asked.resource_type {
                TOPIC => of_topic(state, &asked.resource_name),
                BROKER => of_node(state, call.node, &asked.resource_name),
                _ => Err((ErrorCode::INVALID_REQUEST, "only topics and nodes have settings here")),
            };
            let mut result = told(&asked, found.as_ref().err().copied());
            result.configs = found.unwrap_or_default();
            if let Some(keys) = asked.configuration_keys.filter(|keys| !keys.is_empty()) {
                result.configs.retain(|config| keys.contains(&config.name));
            }
            for config in &mut result.configs {
                if !synonyms {
                    config.synonyms.clear();
                }
                // Version 0 only says whether anybody set it.
                if call.version == 0 {
                    config.is_default = ![TOPIC_CONFIG, STATIC_BROKER_CONFIG].contains(&config.config_source);
                    config.config_source = -1;
                    config.synonyms.clear();
                }
            }
            result
        };
        let results = self.resources.into_iter().map(each).collect();
        Outcome::Answer(DescribeConfigsResponse { results, ..Default::default() })
    }

    fn refuse(self, _version: i16, code: ErrorCode) -> DescribeConfigsResponse {
        let refused = |asked: &DescribeConfigsResource| told(asked, Some((code, "")));
        let results = self.resources.iter().map(refused).collect();
        DescribeConfigsResponse { results, ..Default::default() }
    }
}

fn of_topic(state: &State, name: &StrBytes) -> Result<Vec<DescribeConfigsResourceResult>, Refusal> {
    if !crate::cluster::state::topic::is_valid_name(name) {
        return Err((ErrorCode::INVALID_TOPIC_EXCEPTION, "no topic can have this name"));
    }
    let topic = state.topics.get(name);
    let topic = topic.ok_or((ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "there is no topic of this name"))?;
    let each = SETTINGS.iter().filter_map(|(name, kind, _)| {
        let (value, source) = settings::value_of(&topic.settings, name)?;
        let mut config = config(name, value, source);
        config.config_type = settings::type_of(name, kind);
        Some(config)
    });
    Ok(each.collect())
}

/// What is configured for the nodes, which all have the same.
fn of_node(state: &State, node: i32, name: &str) -> Result<Vec<DescribeConfigsResourceResult>, Refusal> {
    if name.is_empty() {
        // What is set for all nodes at run time: nothing.
        return Ok(Vec::new());
    }
    match name.parse::<i32>() {
        Ok(id) if id == node => {}
        Ok(_) => return Err((ErrorCode::INVALID_REQUEST, "a node knows its own settings only")),
        Err(_) => return Err((ErrorCode::INVALID_REQUEST, "a node's name is its id")),
    }
    let conf = &state.conf;
    let named = [
        ("auto.create.topics.enable", conf.auto_create_topics.to_string()),
        ("broker.id", node.to_string()),
        ("default.replication.factor", state.default_replication().to_string()),
        ("fetch.max.bytes", conf.fetch_max_bytes.to_string()),
        ("max.incremental.fetch.session.cache.slots", conf.fetch_sessions.to_string()),
        ("message.max.bytes", conf.max_message_bytes.to_string()),
        ("min.insync.replicas", conf.min_insync_replicas.to_string()),
        ("node.id", node.to_string()),
        ("num.partitions", conf.default_partitions.to_string()),
        ("socket.request.max.bytes", conf.max_request_bytes.to_string()),
    ];
    let each = named.into_iter().map(|(name, value)| {
        let mut config = config(name, &value, STATIC_BROKER_CONFIG);
        config.read_only = true;
        config.config_type = settings::guessed_type(&value);
        config
    });
    Ok(each.collect())
}

fn config(name: &'static str, value: &str, source: i8) -> DescribeConfigsResourceResult {
    let (name, value) = (StrBytes::from_static(name), Some(StrBytes::from(value)));
    let synonym =
        DescribeConfigsSynonym { name: name.clone(), value: value.clone(), source, ..Default::default() };
    DescribeConfigsResourceResult {
        name,
        value,
        config_source: source,
        documentation: None,
        synonyms: if source == DEFAULT_CONFIG { Vec::new() } else { vec![synonym] },
        ..Default::default()
    }
}

fn told(asked: &DescribeConfigsResource, refusal: Option<Refusal>) -> DescribeConfigsResult {
    let (code, why) = refusal.unwrap_or((ErrorCode::NONE, ""));
    DescribeConfigsResult {
        error_code: code.0,
        // There is always a message, if only an empty one.
        error_message: Some(StrBytes::from_static(why)),
        resource_type: asked.resource_type,
        resource_name: asked.resource_name.clone(),
        ..Default::default()
    }
}
