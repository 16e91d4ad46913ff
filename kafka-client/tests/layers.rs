//! Dependencies point one way: a module imports only from layers below its own.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

/// The layers, lowest first. Modules of one layer do not import each other.
const LAYERS: &[&[&str]] = &[
    &["api", "watch"],
    &["config", "partitioners"],
    &["client", "net"],
    &["connection"],
    &["metadata"],
    &["admin", "consumer", "offsets", "producer"],
    &["batches", "distributing", "mx", "reports"],
    &["broker"],
];

#[test]
fn no_module_imports_from_a_layer_above_or_beside_it() {
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(sources.len() > 20, "the sources are found");
    let wrong: Vec<String> = sources
        .iter()
        .filter(|(module, _, _)| module != "lib")
        .flat_map(|(module, path, text)| {
            let own = layer(module).unwrap_or_else(|| panic!("{module} has no layer: give it one"));
            imported(text)
                .into_iter()
                .filter(move |other| other != module && layer(other).is_none_or(|other| other >= own))
                .map(move |other| format!("{}: {module} imports {other}", path.display()))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_import_that_points_up_is_seen_in_every_form() {
    for text in [
        "use crate::broker::Broker;",
        "use crate::{api::Error, broker::Broker};",
        "let x: crate::broker::Broker;",
    ] {
        assert!(imported(text).contains(&"broker".to_owned()), "{text}");
    }
    assert!(imported("/// See [`Mx`](crate::Mx).\n// crate::broker").is_empty());
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// The modules that a text names after `crate::`; comments do not count.
fn imported(text: &str) -> Vec<String> {
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let mut modules = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => modules.extend(group_heads(group)),
            None => modules.push(head(rest)),
        }
    }
    // Names from the crate's root begin with a capital letter and stand for a module of their own.
    modules.retain(|module| module.starts_with(|first: char| first.is_ascii_lowercase()));
    modules
}

fn head(path: &str) -> String {
    path.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

/// The first names of a group's members: `api::{A, B}, broker::C}` has `api` and `broker`.
fn group_heads(group: &str) -> Vec<String> {
    let mut depth = 0;
    let mut heads = Vec::new();
    let mut fresh = true;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => fresh = true,
            c if fresh && !c.is_whitespace() => {
                heads.push(head(&group[at..]));
                fresh = false;
            }
            _ => {}
        }
    }
    heads
}

/// Every source file with the top module it belongs to.
fn sources(root: &Path) -> Vec<(String, PathBuf, String)> {
    let mut found = Vec::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let top = path.strip_prefix(root).unwrap().iter().next().unwrap();
                let module = Path::new(top).file_stem().unwrap().to_string_lossy().into_owned();
                found.push((module, path.clone(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found
}
