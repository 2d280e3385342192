//! Objects in memory: those of an engine that keeps nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::digest::{Algorithm, Digests};
use super::facts::{Facts, Known};
use crate::time::Millis;

/// Objects by bucket and key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    objects: Arc<Mutex<BTreeMap<(String, String), Kept>>>,
}

/// An object.
#[derive(Clone, Debug)]
struct Kept {
    known: Known,
    content: Arc<Vec<u8>>,
}

impl Memory {
    fn objects(&self) -> MutexGuard<'_, BTreeMap<(String, String), Kept>> {
        // A thread that panicked leaves objects that are as good as before.
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn put(&self, (bucket, key): (&str, &str), content: Vec<u8>, modified: Millis) {
        let mut digests = Digests::new(Algorithm::Crc64Nvme, false);
        digests.update(&content);
        let known = Known { facts: Facts::of(&digests.end(), BTreeMap::new()), modified };
        self.objects().insert((bucket.to_owned(), key.to_owned()), Kept { known, content: Arc::new(content) });
    }

    pub(super) fn get(&self, bucket: &str, key: &str) -> Option<(Known, Arc<Vec<u8>>)> {
        let place = (bucket.to_owned(), key.to_owned());
        self.objects().get(&place).map(|kept| (kept.known.clone(), kept.content.clone()))
    }

    /// The keys of a bucket, in the order of their bytes.
    pub(super) fn keys(&self, bucket: &str) -> Vec<String> {
        let from = (bucket.to_owned(), String::new());
        let objects = self.objects();
        objects
            .range(from..)
            .map(|(place, _)| place)
            .take_while(|(name, _)| name == bucket)
            .map(|(_, key)| key.clone())
            .collect()
    }

    pub(super) fn delete(&self, bucket: &str, key: &str) {
        self.objects().remove(&(bucket.to_owned(), key.to_owned()));
    }
}
