//! The store in process, as the deployer calls it: in memory, and on the disk of an engine that also listens.

use std::cell::RefCell;
use std::fs;

use formwork_model::objects::{Bucket, Content, Objects};
use formwork_model::service::CallError;
use formwork_schema::facts::Registry;

use crate::{InProcess, Options, Server};

fn bucket(owner: &str) -> Bucket {
    Bucket { name: "assets".to_owned(), region: "eu-west-1".to_owned(), owner: owner.to_owned() }
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, CallError>) -> String {
    result.unwrap_err().to_string()
}

async fn course(engine: &InProcess) {
    let own = bucket("000000000000");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("code.zip");
    let long: Vec<u8> = (0..2_500_000_u32).flat_map(u32::to_le_bytes).collect();
    fs::write(&path, &long).unwrap();
    assert_eq!(engine.head(&own, "k").await, Ok(None));
    assert_eq!(engine.get(&own, "k", 10).await, Ok(None));

    let sent = RefCell::new(Vec::new());
    let told = |bytes| sent.borrow_mut().push(bytes);
    let file = |length| Content::File { path: path.clone(), length };
    engine.put(&own, "k", &Content::Bytes(b"short".to_vec()), &told).await.unwrap();
    engine.put(&own, "zip/long", &file(long.len() as u64), &told).await.unwrap();
    assert!(sent.borrow().iter().all(|bytes| *bytes <= long.len() as u64));
    assert_eq!((sent.borrow().first(), sent.borrow().last()), (Some(&5), Some(&(long.len() as u64))));
    assert_eq!(engine.get(&own, "k", 5).await, Ok(Some(b"short".to_vec())));
    assert!(engine.get(&own, "zip/long", long.len()).await.unwrap().unwrap() == long);
    let facts = engine.head(&own, "zip/long").await.unwrap().unwrap();
    assert_eq!((facts.key.as_str(), facts.length), ("zip/long", long.len() as u64));
    assert_eq!(facts.modified.len(), "2026-11-28T00:00:00.000Z".len());
    assert_eq!(
        refused(engine.get(&own, "k", 4).await),
        "eu-west-1: `GetObject` failed: `k` has 5 bytes, and at most 4 are read (EntityTooLarge)"
    );

    // A file that is another one, or gone: the object is as before.
    for length in [long.len() as u64 - 1, long.len() as u64 + 1] {
        assert!(refused(engine.put(&own, "k", &file(length), &told).await).contains("bytes any more"));
    }
    fs::remove_file(&path).unwrap();
    assert!(refused(engine.put(&own, "k", &file(1), &told).await).contains("cannot be sent"));
    assert_eq!(engine.get(&own, "k", 5).await, Ok(Some(b"short".to_vec())));

    let theirs = bucket("111111111111");
    let forbidden = "eu-west-1: not allowed to call `s3:GetObject`: Access Denied";
    assert_eq!(refused(engine.get(&theirs, "k", 5).await), forbidden);
    assert!(matches!(engine.head(&theirs, "k").await, Err(CallError::Forbidden { call: "HeadObject", .. })));
    assert!(matches!(engine.delete(&theirs, "k").await, Err(CallError::Forbidden { .. })));
    assert!(matches!(engine.list(&theirs, "", None).await, Err(CallError::Forbidden { .. })));
    let put = engine.put(&theirs, "k", &Content::Bytes(Vec::new()), &told).await;
    assert!(matches!(put, Err(CallError::Forbidden { .. })));

    for number in 0..1_001 {
        engine.put(&own, &format!("many/{number:04}"), &Content::Bytes(Vec::new()), &told).await.unwrap();
    }
    let page = engine.list(&own, "many/", None).await.unwrap();
    assert_eq!((page.objects.len(), page.objects[0].key.as_str()), (1_000, "many/0000"));
    let rest = engine.list(&own, "many/", page.next.as_deref()).await.unwrap();
    let keys: Vec<&str> = rest.objects.iter().map(|object| object.key.as_str()).collect();
    assert_eq!((keys.as_slice(), rest.next), (&["many/1000"][..], None));
    assert!(engine.list(&own, "", Some("no token")).await.is_err());
    engine.delete(&own, "k").await.unwrap();
    engine.delete(&own, "k").await.unwrap();
    assert_eq!(engine.head(&own, "k").await, Ok(None));
}

#[tokio::test]
async fn in_memory() {
    course(&InProcess::in_memory(Registry::new())).await;
}

#[tokio::test]
async fn on_the_disk_of_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { state: folder.path().to_owned(), ..Options::default() };
    let server = Server::bind(&options).await.unwrap();
    course(&server.in_process()).await;
    assert_eq!(fs::read_dir(folder.path().join("objects/incoming")).unwrap().count(), 0);
}
