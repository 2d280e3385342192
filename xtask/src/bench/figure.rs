//! Something measured, and how it is shown.

/// Something measured, beside what was promised.
#[derive(Debug)]
pub(super) struct Figure {
    name: String,
    measured: f64,
    limit: f64,
    unit: &'static str,
}

impl Figure {
    pub(super) fn new(name: impl Into<String>, measured: f64, limit: f64, unit: &'static str) -> Self {
        Figure { name: name.into(), measured, limit, unit }
    }

    pub(super) fn line(&self) -> String {
        let Figure { name, measured, limit, unit } = self;
        let ratio = measured / limit;
        let mark = if ratio > 1.0 { "  beyond the limit" } else { "" };
        format!("{name:<58} {measured:>9.2} {unit:<5} of {limit:>6} {unit:<5} = {ratio:.2}{mark}")
    }
}

#[cfg(test)]
mod tests {
    use super::Figure;

    #[test]
    fn figures_stand_beside_their_limits() {
        let squeezed = |figure: Figure| figure.line().split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(squeezed(Figure::new("build", 7.5, 15.0, "CPU s")), "build 7.50 CPU s of 15 CPU s = 0.50");
        assert_eq!(squeezed(Figure::new("x", 3.0, 2.0, "ms")), "x 3.00 ms of 2 ms = 1.50 beyond the limit");
    }
}
