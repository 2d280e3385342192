//! The time that it takes to hash assets, and to zip them: `ship FOLDER hash` is ten files of 3 MB, `ship FOLDER zip` a folder of 1,000
//! files of 200 KB, `ship FOLDER long` one file of 1 GB, and `ship FOLDER PATH` any folder. What is missing in the folder is made.
//! `cargo xtask bench assets` runs it.

use std::error::Error;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use formwork_assembly::{Asset, AssetSource, Location, StackId};
use formwork_assets::{package, prepare_all};

const RUNS: usize = 21;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [root, what] = arguments.as_slice() else { return Err("takes a folder, and what to do".into()) };
    let root = Path::new(root);
    let (sources, runs) = match what.as_str() {
        "hash" => {
            make(&root.join("ten"), 10, 3_000_000)?;
            ((0..10).map(|number| AssetSource::File { path: format!("ten/{number}") }).collect(), RUNS)
        }
        "zip" => {
            make(&root.join("many"), 1000, 200_000)?;
            (vec![AssetSource::Folder { path: "many".into() }], 1)
        }
        "long" => {
            make(&root.join("long"), 1, 1_000_000_000)?;
            (vec![AssetSource::Folder { path: "long".into() }], 1)
        }
        path => (vec![AssetSource::Folder { path: path.into() }], 1),
    };
    let assets: Vec<Asset> = sources.into_iter().enumerate().map(asset).collect();
    let assets: Vec<&Asset> = assets.iter().collect();
    let mut times = Vec::new();
    let mut shipments = Vec::new();
    for _ in 0..runs {
        let start = Instant::now();
        shipments = prepare_all(&assets, root).map_err(|errors| errors[0].problem().to_string())?;
        times.push(start.elapsed());
    }
    times.sort();
    let start = Instant::now();
    let mut zipped = 0;
    if runs == 1 {
        for shipment in &shipments {
            zipped += package(shipment, &root.join("out"))?.length;
        }
    }
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    let files: usize = shipments.iter().map(|shipment| shipment.list.entries().len()).sum();
    #[allow(clippy::print_stdout, reason = "the figures are what the example is for")]
    {
        println!(
            r#"{{"hash_ms": {:.1}, "zip_ms": {:.1}, "zipped": {zipped}, "files": {files}}}"#,
            milliseconds(times[times.len() / 2]),
            milliseconds(start.elapsed())
        );
    }
    Ok(())
}

fn asset((number, source): (usize, AssetSource)) -> Asset {
    Asset {
        stack: StackId { name: "bench".into(), region: "eu-central-1".into() },
        id: format!("Asset{number}"),
        parameter: format!("Asset{number}Key"),
        source,
        exclude: vec![],
        location: Location { file: "src/lib.rs".into(), line: 1 },
    }
}

/// Files of words that repeat now and then, as text and programs have them; no two are the same.
fn make(folder: &Path, files: u64, length: usize) -> Result<(), Box<dyn Error>> {
    if folder.exists() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    for number in 0..files {
        let mut file = File::create(folder.join(number.to_string()))?;
        let mut state = number + 1;
        let mut block = Vec::with_capacity(1 << 20);
        let mut written = 0;
        while written < length {
            block.clear();
            while block.len() < (1 << 20).min(length - written) {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let word = format!("{:x} ", state >> 40);
                block.extend_from_slice(if state >> 62 == 0 { b"function return " } else { word.as_bytes() });
            }
            block.truncate(length - written);
            file.write_all(&block)?;
            written += block.len();
        }
    }
    Ok(())
}
