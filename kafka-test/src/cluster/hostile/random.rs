//! Lies at random: the same seed tells the same lies to the same questions.

use bytes::Bytes;
use kafka_proto::wire::{FieldSchema, FieldType};

use super::records;
use super::tree::{Tree, Value};

/// A generator of numbers (splitmix64).
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to below `limit`, which is not 0.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    pub(super) fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    fn number(&mut self) -> i64 {
        const ODD: [i64; 14] = [
            0,
            1,
            -1,
            2,
            -2,
            100,
            1_000,
            i8::MAX as i64,
            i16::MAX as i64,
            i32::MAX as i64,
            i32::MIN as i64,
            i64::MAX,
            i64::MAX - 1,
            i64::MIN,
        ];
        match self.below(4) {
            0 => self.next() as i64,
            _ => ODD[self.below(ODD.len())],
        }
    }

    fn bytes(&mut self) -> Bytes {
        (0..self.below(40)).map(|_| self.next() as u8).collect()
    }
}

/// Changes one to three parts of an answer.
pub(super) fn mutate(tree: &mut Tree, random: &mut Random) {
    for _ in 0..=random.below(3) {
        let mut parts = 0;
        tree.each(&mut |_, _| parts += 1);
        // A thousand thousands of elements would be the liar's burden more than anybody's.
        if parts > 1_000 {
            return;
        }
        let chosen = random.below(parts);
        let mut part = 0;
        tree.each(&mut |field, value| {
            if part == chosen {
                change(field, value, random);
            }
            part += 1;
        });
    }
    if random.one_in(10) {
        let (tag, content) = (random.below(100_000) as u32, random.bytes());
        tree.add_unknown_tags(tag, &content);
    }
}

fn change(field: &'static FieldSchema, value: &mut Value, random: &mut Random) {
    match value {
        Value::Fixed(_) => value.set_number(random.number()),
        Value::Blob { content: Some(content), .. } if field.ty == FieldType::Records && !random.one_in(4) => {
            *content = records::mutate(content, random);
        }
        Value::Blob { length, content } => match random.below(4) {
            0 => length.said = Some(random.number() as i32),
            1 => *content = None,
            2 => *content = Some(Bytes::new()),
            _ => *content = Some(random.bytes()),
        },
        Value::Array { length, elements, .. } => change_array(length, elements, random),
        Value::Struct { tree, .. } => {
            if let Some(tree) = tree {
                tree.add_unknown_tags(random.below(8) as u32, &random.bytes());
            }
        }
    }
}

fn change_array(length: &mut super::tree::Length, elements: &mut Option<Vec<Value>>, random: &mut Random) {
    let Some(list) = elements else { return };
    match random.below(6) {
        0 => length.said = Some(random.number() as i32),
        1 => *elements = None,
        2 => list.clear(),
        3 => list.reverse(),
        4 => _ = list.pop(),
        _ if !list.is_empty() => {
            let copy = list[random.below(list.len())].clone();
            let times = if random.one_in(4) { 1_000 } else { 1 };
            list.extend(std::iter::repeat_n(copy, times));
        }
        _ => {}
    }
}
