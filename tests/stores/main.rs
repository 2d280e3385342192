//! The client of S3 at stores: moto and ministack, which nobody here wrote, and the embedded engine's. They are looked at through AWS's
//! own SDK. [`signatures`] holds what is sent against what that SDK would sign.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod signatures;

use std::cell::RefCell;
use std::path::PathBuf;

use formwork_aws::{Aws, Error, Keys, Options, S3};
use formwork_model::objects::{Bucket, Content, Objects as _};
use serde_json::{Value, json};
use support::{Engine, Ministack, Moto, tempdir};

const NAME: &str = "assets-of-a-test";
const REGION: &str = "eu-central-1";
const MEGABYTE: usize = 1 << 20;

/// A script that looks at a store.
type Script<'a> = &'a dyn Fn(&str, &[&str]) -> Value;

fn bucket(owner: &str) -> Bucket {
    Bucket { name: NAME.to_owned(), region: REGION.to_owned(), owner: owner.to_owned() }
}

fn with<T>(url: &str, work: impl AsyncFnOnce(&S3) -> Result<T, Error>) -> Result<T, Error> {
    let keys = Keys { access_key_id: "test".to_owned(), secret_access_key: "test".to_owned() };
    let options = Options { endpoint_url: Some(url.to_owned()), keys: Some(keys), ..Options::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let aws = Aws::load(&options, REGION).await.unwrap();
        work(&S3::new(&aws)).await
    })
}

fn make_bucket(script: Script<'_>) {
    let make = "
where = {'LocationConstraint': 'eu-central-1'}
client('s3', 'eu-central-1').create_bucket(Bucket=arguments[0], CreateBucketConfiguration=where)
answer(None)
";
    script(make, &[NAME]);
}

/// Keys, each with the length and the digest of its object.
fn objects(script: Script<'_>) -> Value {
    let look = "
import hashlib
s3 = client('s3', 'eu-central-1')
listed = s3.list_objects_v2(Bucket=arguments[0]).get('Contents', [])
def digest(key):
    return hashlib.sha256(s3.get_object(Bucket=arguments[0], Key=key)['Body'].read()).hexdigest()
uploads = s3.list_multipart_uploads(Bucket=arguments[0]).get('Uploads', []) if arguments[1] else []
answer({'objects': {each['Key']: [each['Size'], digest(each['Key'])] for each in listed}, 'uploads': len(uploads)})
";
    script(look, &[NAME, "uploads"])
}

/// Bytes of which no two parts are equal.
fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index / 7 + index / MEGABYTE) as u8).collect()
}

/// At a store where a bucket has to be made.
fn without_a_bucket(url: &str, owner: &str) {
    let bucket = bucket(owner);
    let missing = with(url, async |s3| s3.head(&bucket, "a").await).unwrap_err();
    assert!(missing.is_missing(), "{missing}");
    let missing = with(url, async |s3| s3.put(&bucket, "a", &Content::Bytes(vec![1]), &|_| {}).await).unwrap_err();
    assert!(missing.is_missing(), "{missing}");
}

fn small_objects(url: &str, owner: &str) {
    let bucket = bucket(owner);
    let keys = ["a b+c/ü%2F&?#.zip", "a/~'()*!@$=:,;", "empty", "plain"];
    let content = |key: &str| Content::Bytes(if key == "empty" { Vec::new() } else { key.as_bytes().to_vec() });
    with(url, async |s3| {
        for key in keys {
            assert_eq!(s3.head(&bucket, key).await?, None);
            assert_eq!(s3.get(&bucket, key, 100).await?, None);
            s3.put(&bucket, key, &Content::Bytes(b"before".to_vec()), &|_| {}).await?;
            s3.put(&bucket, key, &content(key), &|_| {}).await?;
            let facts = s3.head(&bucket, key).await?.unwrap();
            let length = if key == "empty" { 0 } else { key.len() as u64 };
            assert_eq!((facts.key.as_str(), facts.length), (key, length));
            let read = s3.get(&bucket, key, 100).await?.unwrap();
            assert_eq!(Content::Bytes(read), content(key));
        }
        assert!(matches!(s3.get(&bucket, "plain", 4).await, Err(Error::TooLong { .. })));
        let page = s3.list(&bucket, "", None).await?;
        assert_eq!(page.objects.iter().map(|object| object.key.as_str()).collect::<Vec<_>>(), keys);
        for object in &page.objects {
            assert_eq!(Some(object), s3.head(&bucket, &object.key).await?.as_ref());
        }
        assert_eq!(s3.list(&bucket, "a b+", None).await?.objects.len(), 1);
        s3.delete(&bucket, keys[0]).await?;
        s3.delete(&bucket, keys[0]).await?;
        assert_eq!(s3.head(&bucket, keys[0]).await?, None);
        Ok(())
    })
    .unwrap();
}

fn long_objects(url: &str, owner: &str, script: Script<'_>) {
    let (bucket, folder) = (bucket(owner), tempdir());
    let path: PathBuf = folder.path().join("long.zip");
    let all = bytes(20 * MEGABYTE + 5);
    std::fs::write(&path, &all).unwrap();
    let file = Content::File { path, length: all.len() as u64 };
    with(url, async |s3| {
        let sent = RefCell::new(Vec::new());
        s3.put(&bucket, "long", &file, &|bytes| sent.borrow_mut().push(bytes)).await?;
        assert_eq!((sent.borrow().len(), sent.borrow().last().copied()), (3, Some(all.len() as u64)));
        assert!(s3.get(&bucket, "long", all.len()).await?.is_some_and(|read| read == all));
        s3.put(&bucket, "long in memory", &Content::Bytes(all.clone()), &|_| {}).await?;
        // Given up in the midst of it.
        let arrived = tokio::sync::Notify::new();
        let told = |_| arrived.notify_one();
        tokio::select! {
            biased;
            () = arrived.notified() => {}
            done = s3.put(&bucket, "given up", &file, &told) => panic!("it cannot have ended: {done:?}"),
        }
        s3.finish().await;
        assert_eq!(s3.head(&bucket, "given up").await?, None);
        Ok(())
    })
    .unwrap();
    let found = objects(script);
    let long = &found["objects"]["long"];
    assert_eq!((long, &long[0]), (&found["objects"]["long in memory"], &json!(all.len())), "{found}");
    assert_eq!(found["uploads"], json!(0), "{found}");
    assert!(found["objects"].get("given up").is_none(), "{found}");
}

#[test]
fn moto() {
    let server = Moto::start();
    let script = |script: &str, arguments: &[&str]| server.python(script, arguments);
    without_a_bucket(&server.url(), Moto::ACCOUNT);
    make_bucket(&script);
    small_objects(&server.url(), Moto::ACCOUNT);
    long_objects(&server.url(), Moto::ACCOUNT, &script);
    let many = "
s3 = client('s3', 'eu-central-1')
for number in range(1005):
    s3.put_object(Bucket=arguments[0], Key=f'many/{number:04} +', Body=b'')
answer(None)
";
    server.python(many, &[NAME]);
    let bucket = bucket(Moto::ACCOUNT);
    with(&server.url(), async |s3| {
        let first = s3.list(&bucket, "many/", None).await?;
        let second = s3.list(&bucket, "many/", first.next.as_deref()).await?;
        assert_eq!((first.objects.len(), second.objects.len(), second.next), (1_000, 5, None));
        assert_eq!(second.objects[4].key, "many/1004 +");
        Ok(())
    })
    .unwrap();
}

#[test]
fn ministack() {
    let server = Ministack::start();
    let script = |script: &str, arguments: &[&str]| server.python(script, arguments);
    without_a_bucket(&server.url(), "000000000000");
    make_bucket(&script);
    small_objects(&server.url(), "000000000000");
    long_objects(&server.url(), "000000000000", &script);
}

#[test]
fn engine() {
    let server = Engine::start();
    small_objects(server.url(), "000000000000");
}
