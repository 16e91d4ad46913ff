//! Lies about the shape of answers and about what every API's have: counts, lengths, numbers, error codes. They follow
//! the schemas, so that they reach whatever the cluster answers.

use bytes::Bytes;
use kafka_proto::messages::ApiKey;
use kafka_proto::wire::FieldType;

use super::tree::{Tree, Value};
use super::{Lie, Truth, change_body, with_tree};

/// What a compact length can say at the most.
const HUGE: i32 = i32::MAX - 1;

/// Tells a lie about shapes; `None`: it is another kind of lie. `number` counts the answers.
pub(super) fn lie(lie: Lie, truth: &Truth, number: u64) -> Option<Bytes> {
    let change: &dyn Fn(&mut Tree) = match lie {
        Lie::NegativeCounts => &|tree| counts(tree, -2),
        Lie::HugeCounts => &|tree| counts(tree, HUGE),
        Lie::HugeLengths => &|tree| {
            each_value(tree, |value| {
                if let Value::Blob { length, .. } = value {
                    length.said = Some(HUGE);
                }
            });
        },
        Lie::Nulls => &|tree| {
            each_value(tree, |value| match value {
                Value::Blob { content, .. } => *content = None,
                Value::Array { elements, .. } => *elements = None,
                Value::Struct { nullable: true, tree } => *tree = None,
                _ => {}
            });
        },
        Lie::EmptyArrays => &|tree| each_array(tree, Vec::clear),
        Lie::RepeatedElements => &|tree| each_array(tree, |list| list.extend_from_within(..)),
        Lie::HugeArrays => &|tree| one_huge_array(tree, number),
        Lie::BadText => &|tree| {
            tree.each(&mut |field, value| {
                if let Value::Blob { content: Some(content), .. } = value
                    && field.ty == FieldType::String
                {
                    *content = Bytes::from_static(&[0xc0, 0x80, 0xff, 0xfe]);
                }
            });
        },
        Lie::UnknownTags => &|tree| tree.add_unknown_tags(4_242, &Bytes::from_static(b"whatever")),
        Lie::NegativeNumbers => &|tree| each_value(tree, |value| value.set_number(-1)),
        Lie::LargestNumbers => &|tree| each_value(tree, |value| value.set_number(i64::MAX)),
        Lie::UnknownErrorCodes => &|tree| tree.set("error_code", 9_999),
        // From -1 (unknown) to the newest codes and one beyond.
        Lie::EveryErrorCode => &|tree| tree.set("error_code", number as i64 % 136 - 1),
        Lie::EndlessThrottling => &|tree| tree.set("throttle_time_ms", i32::MAX.into()),
        Lie::NegativeThrottling => &|tree| tree.set("throttle_time_ms", -1),
        Lie::NoVersions if truth.api == ApiKey::ApiVersions => &|tree| each_array(tree, Vec::clear),
        Lie::EmptyVersionRanges if truth.api == ApiKey::ApiVersions => &|tree| {
            tree.set("min_version", 3);
            tree.set("max_version", 2);
        },
        Lie::AllVersions => &|tree| tree.set("max_version", i16::MAX.into()),
        Lie::NegativeVersions => &|tree| {
            tree.set("min_version", -7);
            tree.set("max_version", -2);
        },
        Lie::EmptyFetches if truth.api == ApiKey::Fetch => &|tree| {
            each_value_of(tree, FieldType::Records, |value| {
                if let Value::Blob { content, .. } = value {
                    *content = Some(Bytes::new());
                }
            });
            tree.set("high_watermark", 1_000_000);
        },
        _ => return None,
    };
    Some(with_tree(truth, change))
}

/// The body with its record sets changed.
pub(super) fn in_records(truth: &Truth, body: &Bytes, change: impl Fn(&Bytes) -> Bytes) -> Bytes {
    change_body(truth, body, |tree| {
        each_value_of(tree, FieldType::Records, |value| {
            if let Value::Blob { content: Some(records), .. } = value {
                *records = change(records);
            }
        });
    })
}

fn each_value(tree: &mut Tree, change: impl Fn(&mut Value)) {
    tree.each(&mut |_, value| change(value));
}

fn each_value_of(tree: &mut Tree, ty: FieldType, change: impl Fn(&mut Value)) {
    tree.each(&mut |field, value| {
        if field.ty == ty {
            change(value);
        }
    });
}

fn each_array(tree: &mut Tree, change: impl Fn(&mut Vec<Value>)) {
    each_value(tree, |value| {
        if let Value::Array { elements: Some(list), .. } = value {
            change(list);
        }
    });
}

fn counts(tree: &mut Tree, count: i32) {
    each_value(tree, |value| {
        if let Value::Array { length, .. } = value {
            length.said = Some(count);
        }
    });
}

/// How many bytes the largest array takes, whatever its elements are.
const HUGE_ARRAY: usize = 3 << 20;

/// One array has the same element over and over: another one with each answer.
fn one_huge_array(tree: &mut Tree, number: u64) {
    let mut arrays = 0;
    tree.each(&mut |_, value| arrays += u64::from(has_elements(value)));
    let chosen = number % arrays.max(1);
    let mut array = 0;
    tree.each(&mut |_, value| {
        if !has_elements(value) {
            return;
        }
        if let Value::Array { elements: Some(list), repeats, .. } = value
            && array == chosen
            && let Some(first) = list.first()
        {
            *repeats = 100_000.min(HUGE_ARRAY / first.size().max(1));
        }
        array += 1;
    });
}

fn has_elements(value: &Value) -> bool {
    matches!(value, Value::Array { elements: Some(list), .. } if !list.is_empty())
}
