//! A construct belongs to a stack, not to the app.
use formwork::prelude::*;

fn main() {
    App::new().with(ReverseProxy::new("example.com"));
}
