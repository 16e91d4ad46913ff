//! The corpus of the fuzz targets, and a bounded number of changes to it, go through the same checks.

use std::fs;

use crate::generate::Random;

#[path = "../../fuzz/src/checks.rs"]
mod checks;

const CHANGES_OF_EACH: usize = 300;

fn replay(target: &str, check: fn(&[u8])) {
    let directory = format!("{}/fuzz/corpus/{target}", env!("CARGO_MANIFEST_DIR"));
    let mut random = Random::new(7);
    let mut files = 0;
    for entry in fs::read_dir(directory).unwrap() {
        let seed = fs::read(entry.unwrap().path()).unwrap();
        check(&seed);
        for _ in 0..CHANGES_OF_EACH {
            let mut changed = seed.clone();
            for _ in 0..=random.below(3) {
                let at = random.below(changed.len());
                changed[at] = random.next() as u8;
            }
            changed.truncate(changed.len() - random.below(2) * random.below(changed.len() / 2 + 1));
            check(&changed);
        }
        files += 1;
    }
    assert!(files >= 5, "the corpus of {target} is not there");
}

#[test]
fn requests_survive_the_corpus() {
    replay("request", checks::request);
}

#[test]
fn responses_survive_the_corpus() {
    replay("response", checks::response);
}

#[test]
fn record_batches_survive_the_corpus() {
    replay("records", checks::records);
}
