//! Which module of the library uses which, read from its `use` declarations and paths.

use std::collections::{BTreeMap, BTreeSet};

/// A module by the names on the way to it: `index`, `embedded`, `lower`.
pub(crate) type Module = Vec<String>;

/// The modules of a library with what each uses.
pub(crate) struct Uses {
    /// The code of each module, without comments and tests.
    modules: BTreeMap<Module, String>,
    /// For each module, the names that it hands on from others.
    reexports: BTreeMap<Module, BTreeMap<String, Vec<String>>>,
}

impl Uses {
    pub(crate) fn new(modules: BTreeMap<Module, String>) -> Self {
        let mut uses = Self { modules, reexports: BTreeMap::new() };
        let mut reexports: BTreeMap<Module, BTreeMap<String, Vec<String>>> = BTreeMap::new();
        for (module, code) in &uses.modules {
            for path in declared(code, true) {
                if let Some(absolute) = uses.absolute(module, &path)
                    && let Some(name) = absolute.last().cloned()
                {
                    reexports.entry(module.clone()).or_default().insert(name, absolute);
                }
            }
        }
        uses.reexports = reexports;
        uses
    }

    /// Every module with a module that it uses, whichever way it names it: an item that a parent hands on is one of the
    /// module where it is.
    pub(crate) fn edges(&self) -> BTreeSet<(Module, Module)> {
        let mut edges = BTreeSet::new();
        for (module, code) in &self.modules {
            let paths = declared(code, false).into_iter().chain(inline(code));
            for path in paths {
                if let Some(used) = self.absolute(module, &path).map(|path| self.module_of(path))
                    && used != *module
                {
                    edges.insert((module.clone(), used));
                }
            }
        }
        edges
    }

    /// For each module that has others inside, which of these uses which.
    pub(crate) fn between_siblings(&self) -> BTreeMap<Module, BTreeSet<(String, String)>> {
        let mut of_parent: BTreeMap<Module, BTreeSet<(String, String)>> = BTreeMap::new();
        for (from, to) in self.edges() {
            let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
            // A child may use its parent's types, and a parent its children.
            if let (Some(from_child), Some(to_child)) = (from.get(shared), to.get(shared)) {
                let edge = (from_child.clone(), to_child.clone());
                of_parent.entry(from[..shared].to_vec()).or_default().insert(edge);
            }
        }
        of_parent
    }

    /// A path from the root of the library; none for what is of another crate.
    fn absolute(&self, module: &Module, path: &[String]) -> Option<Vec<String>> {
        let mut base = module.clone();
        let mut rest = path;
        match rest.first().map(String::as_str)? {
            "crate" => (base, rest) = (Vec::new(), &rest[1..]),
            "self" => rest = &rest[1..],
            "super" => {
                while rest.first().is_some_and(|name| name == "super") {
                    base.pop();
                    rest = &rest[1..];
                }
            }
            name => {
                let child: Module = base.iter().cloned().chain([name.to_owned()]).collect();
                if !self.modules.contains_key(&child) {
                    return None;
                }
            }
        }
        base.extend(rest.iter().filter(|name| *name != "self").cloned());
        Some(base)
    }

    /// The module where the item of a path is.
    fn module_of(&self, mut path: Vec<String>) -> Module {
        // Each step follows one name that a module hands on.
        for _ in 0..10 {
            let known = (0..=path.len()).rev().find(|length| self.modules.contains_key(&path[..*length]));
            let length = known.unwrap_or(0);
            let Some(item) = path.get(length) else { return path };
            let handed_on = self.reexports.get(&path[..length]).and_then(|names| names.get(item));
            match handed_on {
                Some(origin) if *origin != path => path.clone_from(origin),
                _ => return path[..length].to_vec(),
            }
        }
        path
    }
}

/// The paths of the `use` declarations, each whole; those that are handed on, or all.
fn declared(code: &str, handed_on: bool) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("use ") {
        let line = code[..at].rsplit('\n').next().unwrap_or_default().trim();
        let is_public = line.starts_with("pub");
        if !is_public && (handed_on || !line.is_empty()) {
            continue;
        }
        let tree = code[at + 4..].split(';').next().unwrap_or_default();
        expand(tree, &mut Vec::new(), &mut found);
    }
    found
}

/// The paths of a tree such as `a::{b, c::{self, d as e}}`.
fn expand(tree: &str, prefix: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    let tree = tree.trim();
    let depth = prefix.len();
    if let Some((head, rest)) = tree.split_once('{') {
        prefix.extend(head.split("::").map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned));
        let inner = rest.rsplit_once('}').map_or(rest, |(inner, _)| inner);
        let (mut level, mut start) = (0, 0);
        for (at, c) in inner.char_indices().chain([(inner.len(), ',')]) {
            match c {
                '{' => level += 1,
                '}' => level -= 1,
                ',' if level == 0 => {
                    if !inner[start..at].trim().is_empty() {
                        expand(&inner[start..at], prefix, found);
                    }
                    start = at + 1;
                }
                _ => {}
            }
        }
    } else {
        let name = tree.split(" as ").next().unwrap_or_default();
        let names = name.split("::").map(|name| name.trim().to_owned());
        found.push(prefix.iter().cloned().chain(names).collect());
    }
    prefix.truncate(depth);
}

/// The paths that stand in the code itself, from `crate` or `super` on.
fn inline(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            let end = code[at..].find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
            let path = &code[at..end.map_or(code.len(), |end| at + end)];
            // A tree of a declaration was read as such.
            if !path.ends_with("::") {
                found.push(path.split("::").map(str::to_owned).collect());
            }
        }
    }
    found
}

/// A circle among some names, if their edges have one.
pub(crate) fn circle(edges: &BTreeSet<(String, String)>) -> Option<Vec<String>> {
    let mut left = edges.clone();
    loop {
        let used: BTreeSet<&String> = left.iter().map(|(_, to)| to).collect();
        let using: BTreeSet<&String> = left.iter().map(|(from, _)| from).collect();
        // What nothing uses, or what uses nothing, is in no circle.
        let open: BTreeSet<String> = used.symmetric_difference(&using).map(|name| (*name).clone()).collect();
        if open.is_empty() {
            break;
        }
        left.retain(|(from, to)| !open.contains(from) && !open.contains(to));
    }
    (!left.is_empty()).then(|| left.into_iter().map(|(from, to)| format!("{from} → {to}")).collect())
}
