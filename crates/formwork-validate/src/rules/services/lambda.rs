//! Functions of Lambda: what each kind of package needs.
//!
//! Source: Lambda API Reference, `CreateFunction`: `Handler` and `Runtime` are "required if the deployment package is a .zip file
//! archive"; a container image brings its own.

use serde_json::Value as Json;

use super::{At, Errors};
use crate::finding::rule;

pub(super) fn function(at: &At<'_>, errors: &mut Errors) {
    let of_image = at.find(&["Code", "ImageUri"]).is_some();
    let is_zip = match at.get("PackageType") {
        // A text is the path of a file that is packaged first.
        None => at.get("Code").is_some_and(|code| code.known().is_some_and(Json::is_object)) && !of_image,
        Some(package) => package.text() == Some("Zip"),
    };
    if is_zip {
        for key in ["Handler", "Runtime"].into_iter().filter(|key| !at.has(key)) {
            let wrong =
                at.wrong(rule::FUNCTION_PACKAGE, &format!("`{key}` is missing, which a function of a zip file needs"));
            errors.push(
                wrong.hint("a container image needs neither `Handler` nor `Runtime`: give it as `Code.ImageUri`"),
            );
        }
    }
    if at.get("PackageType").is_some_and(|package| package.text() == Some("Image")) {
        for given in ["Handler", "Runtime", "Layers"].into_iter().filter_map(|key| at.get(key)) {
            errors.push(given.wrong(rule::FUNCTION_PACKAGE, "{} is given, which a container image brings itself"));
        }
    }
}
