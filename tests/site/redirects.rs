//! The function of a site's redirects, run by Node.js with requests as CloudFront hands them over.
//!
//! The names of the tests begin with `edge_function`, by which `cargo xtask test` leaves them out where there is no Node.js.

use formwork::prelude::*;
use support::{Program, tempdir};

/// A request by its `Host` is answered so, or passed on.
const ASK: &str = r"
const [code, ...hosts] = process.argv.slice(2);
const handler = new Function(code + '; return handler;')();
for (const value of hosts) {
    const headers = value === 'none' ? {} : { host: { value } };
    const answer = handler({ request: { headers, uri: '/a', rawQueryString: () => 'b=%20&b' } });
    console.log(value + ': ' + (answer.statusCode ? answer.statusCode + ' ' + answer.headers.location.value : 'passed on'));
}
";

/// The function's answers to these names.
fn answers(domain_name: &str, other_names: &[&str], redirects: &[&str], hosts: &[&str]) -> String {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let zone = HostedZone::from_id("Z0123456789ABCDEFGHIJ", "example.com");
    let site = NginxSite {
        other_names: owned(other_names),
        redirects: owned(redirects),
        ..NginxSite::<EuCentral1>::new("site", domain_name, &zone, Origin::public_http("origin.example.com"))
    };
    let assembly = App::new().with(site).synth().unwrap_or_else(|report| panic!("{report}"));
    let template = &assembly.stacks.iter().find(|stack| stack.name() == "site-site").unwrap().template;
    let template: serde_json::Value = serde_json::from_str(template).unwrap();
    let code = template["Resources"]["Redirects"]["Properties"]["FunctionCode"].as_str().unwrap();
    let folder = tempdir();
    let script = folder.path().join("ask.js");
    std::fs::write(&script, ASK).unwrap();
    Program::new("node").arg(script).arg(code).args(hosts).run().success().stdout
}

#[test]
fn edge_function_sends_the_names_on_that_are_left() {
    let hosts = ["www.example.com", "WWW.Example.com.:443", "example.com", "a.www.example.com", "none"];
    insta::assert_snapshot!(answers("example.com", &[], &["www.example.com"], &hosts), @"
www.example.com: 301 https://example.com/a?b=%20&b
WWW.Example.com.:443: 301 https://example.com/a?b=%20&b
example.com: passed on
a.www.example.com: passed on
none: passed on
");
}

#[test]
fn edge_function_lets_served_names_win_over_stars() {
    let hosts = [
        "example.com",
        "api.example.com",
        "API.example.com:443",
        "v1.api.example.com",
        "www.example.com",
        "shop.example.com",
        ".example.com",
        "xexample.com",
    ];
    let served = ["API.example.com.", "*.api.example.com"];
    insta::assert_snapshot!(answers("example.com", &served, &["*.example.com"], &hosts), @"
example.com: passed on
api.example.com: passed on
API.example.com:443: passed on
v1.api.example.com: passed on
www.example.com: 301 https://example.com/a?b=%20&b
shop.example.com: 301 https://example.com/a?b=%20&b
.example.com: passed on
xexample.com: passed on
");
    // The site's own name is one of them; a name by itself wins over a star that is served.
    let hosts = ["www.example.com", "example.com", "shop.example.com"];
    insta::assert_snapshot!(answers("www.example.com", &[], &["*.example.com", "example.com"], &hosts), @"
www.example.com: passed on
example.com: 301 https://www.example.com/a?b=%20&b
shop.example.com: 301 https://www.example.com/a?b=%20&b
");
    let hosts = ["old.example.com", "new.example.com"];
    insta::assert_snapshot!(answers("example.com", &["*.example.com"], &["old.example.com"], &hosts), @"
old.example.com: 301 https://example.com/a?b=%20&b
new.example.com: passed on
");
}
