//! Every message compared, field by field, with the definitions in Apache Kafka's own jars: the newest release, and
//! the last one that had the versions which Kafka 4 removed.
//!
//! The jars are looked for in `KAFKA_CLIENTS_JARS` (a directory) and in Maven's repository, and fetched by Maven if
//! they are not there. Without Maven or network the comparison is left out. What a newer release has that is missing
//! here, `KAFKA_CLIENTS_NEWEST` tells, set to its version.

use std::{
    collections::BTreeMap,
    env, fs,
    path::PathBuf,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use kafka_proto::{
    messages::{
        ApiKey, ConsumerProtocolAssignment, ConsumerProtocolSubscription, ControlRecordTypeSchema,
        EndTxnMarker, RequestHeader, ResponseHeader,
    },
    wire::{DefaultValue, FieldSchema, FieldType, Message, MessageSchema, StructSchema},
};
use serde_json::Value;

use crate::{apis::BETWEEN_BROKERS, jar};

const NEWEST: &str = "4.4.0";
const BEFORE_REMOVALS: &str = "3.9.2";

/// What Kafka 3.9 called ListConfigResources.
const OTHER_NAMES: [&str; 2] = ["ListClientMetricsResourcesRequest", "ListClientMetricsResourcesResponse"];

/// A definition by name, as in `FetchRequest`.
type Definitions = BTreeMap<String, Value>;

#[test]
fn every_message_is_as_kafka_defines_it() {
    let version = env::var("KAFKA_CLIENTS_NEWEST").unwrap_or_else(|_| NEWEST.to_owned());
    let (Some(newest), Some(older)) = (definitions(&version), definitions(BEFORE_REMOVALS)) else {
        println!(
            "not compared: no kafka-clients {version} and {BEFORE_REMOVALS} here, and Maven cannot fetch them"
        );
        return;
    };
    let mut differences = missing(&newest);
    assert!(missing(&older).is_empty());
    let mut compared = 0;
    for schema in schemas() {
        // What 3.9 had of share groups was an early access that no release keeps.
        let older = older.get(schema.name).filter(|_| !schema.name.starts_with("Share"));
        match newest.get(schema.name) {
            Some(newest) => compare(schema, newest, older, &mut differences),
            None => differences.push(format!("{} is not in Kafka", schema.name)),
        }
        compared += 1;
    }
    assert_eq!(differences, Vec::<String>::new());
    assert_eq!(compared, 2 * ApiKey::ALL.len() + 6);
}

/// The requests and responses that a client may need and that have no schema here.
fn missing(theirs: &Definitions) -> Vec<String> {
    let ours: Vec<&str> = schemas().map(|schema| schema.name).collect();
    let between_brokers =
        |definition: &Value| definition["apiKey"].as_i64().is_none_or(|key| BETWEEN_BROKERS.contains(&key));
    let unknown = theirs.iter().filter(|(name, definition)| {
        !between_brokers(definition)
            && !ours.contains(&name.as_str())
            && !OTHER_NAMES.contains(&name.as_str())
    });
    unknown.map(|(name, definition)| format!("{name} is missing, of API {}", definition["apiKey"])).collect()
}

fn schemas() -> impl Iterator<Item = &'static MessageSchema> {
    let apis = ApiKey::ALL.iter().flat_map(|key| [key.request_schema(), key.response_schema()]);
    apis.chain([
        RequestHeader::SCHEMA,
        ResponseHeader::SCHEMA,
        ConsumerProtocolSubscription::SCHEMA,
        ConsumerProtocolAssignment::SCHEMA,
        ControlRecordTypeSchema::SCHEMA,
        EndTxnMarker::SCHEMA,
    ])
}

fn compare(schema: &MessageSchema, newest: &Value, older: Option<&Value>, differences: &mut Vec<String>) {
    let mut expect = |what: &str, ours: String, theirs: String| {
        if ours != theirs {
            differences.push(format!("{}: {what} is {ours}, in Kafka {theirs}", schema.name));
        }
    };
    let (oldest_there, newest_there) = range(&newest["validVersions"]);
    let oldest_there = older.map_or(oldest_there, |older| range(&older["validVersions"]).0.min(oldest_there));
    expect("oldest version", schema.versions.oldest().to_string(), oldest_there.to_string());
    expect("newest version", schema.versions.newest().to_string(), newest_there.to_string());
    expect("flexible", schema.flexible.to_string(), text(&newest["flexibleVersions"], "none"));
    expect(
        "API key",
        format!("{:?}", schema.api_key),
        format!("{:?}", newest["apiKey"].as_i64().map(|key| key as i16)),
    );
    let unstable = newest["latestVersionUnstable"] == Value::Bool(true);
    if newest["type"] == "request" {
        expect("unstable", schema.newest_is_unstable.to_string(), unstable.to_string());
    }
    let scope = Scope { newest, older };
    scope.compare_fields(schema.name, schema.body, Some(newest), older, differences);
}

/// Where the structs stand that fields name.
#[derive(Clone, Copy)]
struct Scope<'a> {
    newest: &'a Value,
    older: Option<&'a Value>,
}

impl<'a> Scope<'a> {
    /// Compares the fields of a struct with those of its newest definition, and with those that only the older has.
    fn compare_fields(
        self,
        path: &str,
        schema: &StructSchema,
        newest: Option<&'a Value>,
        older: Option<&'a Value>,
        differences: &mut Vec<String>,
    ) {
        let mut theirs: Vec<(&Value, Option<&Value>)> = Vec::new();
        let (newest, older) = (fields(newest), fields(older));
        for field in newest {
            theirs.push((field, older.iter().find(|other| other["name"] == field["name"])));
        }
        for field in older {
            let is_gone = !newest.iter().any(|other| other["name"] == field["name"]);
            // This one has only got another name.
            if is_gone && !(path == "TxnOffsetCommitRequest" && field["name"] == "GenerationId") {
                theirs.push((field, None));
            }
        }
        for field in schema.fields {
            if !theirs.iter().any(|(their, _)| their["name"] == field.kafka_name) {
                differences.push(format!("{path}.{} is not in Kafka", field.kafka_name));
            }
        }
        // Tagged fields stand behind the others, in the order of their tags.
        let place = |name: &Value| schema.fields.iter().position(|field| *name == field.kafka_name);
        let untagged = newest.iter().filter(|their| their["tag"].is_null());
        if !untagged.filter_map(|their| place(&their["name"])).is_sorted() {
            differences.push(format!("{path}: the fields are in another order in Kafka"));
        }
        for (their, older) in theirs {
            let name = text(&their["name"], "");
            let path = format!("{path}.{name}");
            match schema.fields.iter().find(|field| field.kafka_name == name) {
                Some(field) => self.compare_field(&path, field, their, older, differences),
                None => differences.push(format!("{path} is missing")),
            }
        }
    }

    fn compare_field(
        self,
        path: &str,
        field: &FieldSchema,
        theirs: &'a Value,
        older: Option<&'a Value>,
        differences: &mut Vec<String>,
    ) {
        let mut expect = |what: &str, ours: String, theirs: String| {
            if ours != theirs {
                differences.push(format!("{path}: {what} is {ours}, in Kafka {theirs}"));
            }
        };
        let their_type = text(&theirs["type"], "");
        let struct_name = their_type.trim_start_matches("[]");
        expect("type", type_name(field.ty, struct_name), their_type.clone());
        expect("versions", field.versions.to_string(), text(&theirs["versions"], ""));
        expect("nullable", field.nullable.to_string(), text(&theirs["nullableVersions"], "none"));
        let tag = field.tagged.map(|(tag, versions)| (i64::from(tag), versions.to_string()));
        let their_tag = theirs["tag"].as_i64().map(|tag| (tag, text(&theirs["taggedVersions"], "")));
        expect("tag", format!("{tag:?}"), format!("{their_tag:?}"));
        expect("default", format!("{:?}", field.default), format!("{:?}", default(&theirs["default"])));
        // The name of the client is left out of the oldest header; the newest definition no longer has that header.
        let ignorable = theirs["ignorable"] == Value::Bool(true) || path == "RequestHeader.ClientId";
        expect("ignorable", field.ignorable.to_string(), ignorable.to_string());
        expect(
            "classic length",
            field.classic_length.to_string(),
            (theirs["flexibleVersions"] == "none").to_string(),
        );
        let element = if let FieldType::Array(element) = field.ty { *element } else { field.ty };
        if let FieldType::Struct(schema) = element {
            let newest = definition(self.newest, theirs, struct_name);
            let older =
                older.and_then(|field| self.older.and_then(|all| definition(all, field, struct_name)));
            self.compare_fields(path, schema, newest, older, differences);
        }
    }
}

/// What has the fields of a struct: the field itself, or an entry among the message's common structs.
fn definition<'a>(message: &'a Value, field: &'a Value, name: &str) -> Option<&'a Value> {
    if field["fields"].is_array() {
        return Some(field);
    }
    message["commonStructs"].as_array()?.iter().find(|common| common["name"] == name)
}

fn fields(definition: Option<&Value>) -> &[Value] {
    definition.and_then(|definition| definition["fields"].as_array()).map_or(&[], Vec::as_slice)
}

fn type_name(ty: FieldType, struct_name: &str) -> String {
    match ty {
        FieldType::Array(element) => format!("[]{}", type_name(*element, struct_name)),
        FieldType::Struct(schema) => {
            // Ours may have the message's name before it.
            assert!(schema.name.ends_with(struct_name), "{} for {struct_name}", schema.name);
            struct_name.to_owned()
        }
        other => format!("{other:?}").to_lowercase(),
    }
}

fn default(theirs: &Value) -> DefaultValue {
    match theirs {
        Value::Null => DefaultValue::Empty,
        Value::Bool(flag) => {
            if *flag {
                DefaultValue::True
            } else {
                DefaultValue::Empty
            }
        }
        Value::Number(number) => int_default(number.as_i64().unwrap()),
        Value::String(text) => match text.as_str() {
            "" | "false" => DefaultValue::Empty,
            "null" => DefaultValue::Null,
            "true" => DefaultValue::True,
            digits => int_default(match digits.strip_prefix("0x") {
                Some(digits) => i64::from_str_radix(digits, 16).unwrap(),
                None => digits.parse().unwrap(),
            }),
        },
        other => panic!("not a default: {other}"),
    }
}

fn int_default(value: i64) -> DefaultValue {
    if value == 0 { DefaultValue::Empty } else { DefaultValue::Int(value) }
}

fn text(value: &Value, otherwise: &str) -> String {
    value.as_str().unwrap_or(otherwise).to_owned()
}

fn range(versions: &Value) -> (i16, i16) {
    let versions = versions.as_str().unwrap();
    let (oldest, newest) = versions.split_once('-').unwrap_or((versions, versions));
    (oldest.parse().unwrap(), newest.parse().unwrap())
}

fn definitions(version: &str) -> Option<Definitions> {
    let archive = fs::read(find_jar(version)?).ok()?;
    let mut definitions = Definitions::new();
    for (name, content) in jar::entries(&archive) {
        if name.strip_suffix(".json").is_some() {
            let definition: Value = serde_json::from_str(&without_comments(&content)).unwrap();
            definitions.insert(text(&definition["name"], ""), definition);
        }
    }
    Some(definitions)
}

/// A jar in the directory of `KAFKA_CLIENTS_JARS` or in Maven's repository, where Maven puts it if it is not there.
fn find_jar(version: &str) -> Option<PathBuf> {
    let name = format!("kafka-clients-{version}.jar");
    if let Some(directory) = env::var_os("KAFKA_CLIENTS_JARS") {
        return Some(PathBuf::from(directory).join(name));
    }
    let repository =
        PathBuf::from(env::var_os("HOME")?).join(".m2/repository/org/apache/kafka/kafka-clients");
    let jar = repository.join(version).join(name);
    if !jar.exists() {
        fetch(version)?;
    }
    jar.exists().then_some(jar)
}

fn fetch(version: &str) -> Option<()> {
    let mut maven = Command::new("mvn")
        .args(["-q", "-B", "dependency:get", "-Dtransitive=false"])
        .arg(format!("-Dartifact=org.apache.kafka:kafka-clients:{version}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let deadline = Instant::now() + Duration::from_secs(120);
    while Instant::now() < deadline {
        if let Some(status) = maven.try_wait().ok()? {
            return status.success().then_some(());
        }
        thread::sleep(Duration::from_millis(50));
    }
    maven.kill().ok()
}

/// Kafka's definitions are JSON with comments.
fn without_comments(text: &str) -> String {
    let mut json = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['"', '/']) {
        let (before, token) = rest.split_at(at);
        json.push_str(before);
        let end = if token.starts_with("//") {
            token.find('\n').unwrap_or(token.len())
        } else {
            let end = if token.starts_with('"') { end_of_string(token) } else { 1 };
            json.push_str(&token[..end]);
            end
        };
        rest = &token[end..];
    }
    json + rest
}

fn end_of_string(token: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in token.char_indices().skip(1) {
        if letter == '"' && !escaped {
            return at + 1;
        }
        escaped = letter == '\\' && !escaped;
    }
    token.len()
}
