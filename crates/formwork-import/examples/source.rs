//! Prints the source of a template file: `cargo run -p formwork-import --example source -- FILE`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is a program")]

use formwork_import::{Options, import};
use formwork_template::Template;

fn main() {
    for file in std::env::args().skip(1) {
        match std::fs::read_to_string(&file).map_err(|error| error.to_string()) {
            Ok(text) => match Template::from_text(&text) {
                Ok(template) => {
                    let options = Options {
                        name: "example".to_owned(),
                        region: "us-east-1".to_owned(),
                        dependency: "path = \"formwork\"".to_owned(),
                        ..Options::default()
                    };
                    let imported = import(&template, &options);
                    print!("{}", imported.files["src/lib.rs"]);
                    for remark in imported.remarks {
                        eprintln!("{}: {} {}", remark.place, remark.path, remark.reason);
                    }
                }
                Err(error) => eprintln!("{file}: {error}"),
            },
            Err(error) => eprintln!("{file}: {error}"),
        }
    }
}
