//! Decimal numbers with a fixed number of places: money is not counted in floats.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Div, Mul, Sub};

/// Limit of the places of a number.
const PLACES: u32 = 12;
const ONE: i128 = 10_i128.pow(PLACES);

/// A number with twelve places. Sums are exact, and so are the products of a price and a quantity; a quotient is cut off.
///
/// The figures have four places and the quantities three, and neither is above 10¹²: nothing overflows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Decimal(i128);

impl Decimal {
    pub(crate) const ZERO: Decimal = Decimal(0);

    /// `digits` with the point before the last `places` of them: `new(225, 4)` is 0.0225.
    pub(crate) const fn new(digits: i64, places: u32) -> Self {
        Decimal(digits as i128 * 10_i128.pow(PLACES - places))
    }

    /// The number with so many places, rounded half away from zero, as `16.20`.
    pub(crate) fn rounded(self, places: u32) -> String {
        self.to_places(places).fixed(places)
    }

    /// The number with at most three places, rounded half away from zero.
    pub(crate) fn rounded_to_three(self) -> Self {
        self.to_places(3)
    }

    pub(crate) fn is_whole(self) -> bool {
        self.0 % ONE == 0
    }

    fn to_places(self, places: u32) -> Self {
        let unit = 10_i128.pow(PLACES - places);
        let half = if self.0 < 0 { -unit / 2 } else { unit / 2 };
        Decimal((self.0 + half) / unit * unit)
    }

    /// The number with so many places, the rest cut off, as 62.66… becomes `62.6`.
    pub(crate) fn cut(self, places: u32) -> String {
        self.fixed(places)
    }

    /// The number in words of people: digits in groups of three, as `1,000,000`.
    pub(crate) fn grouped(self) -> String {
        let text = self.to_string();
        let (whole, rest) = text.split_once('.').map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
        let mut grouped = String::new();
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) && !grouped.ends_with('-') {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        rest.map_or(grouped.clone(), |rest| format!("{grouped}.{rest}"))
    }

    fn fixed(self, places: u32) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        let (whole, rest) = (magnitude / ONE.unsigned_abs(), magnitude % ONE.unsigned_abs());
        if places == 0 {
            return format!("{sign}{whole}");
        }
        let rest = rest / 10_u128.pow(PLACES - places);
        format!("{sign}{whole}.{rest:0width$}", width = places as usize)
    }

    /// Reads what a user types: digits, and a point with at most three digits after it.
    ///
    /// # Errors
    ///
    /// When the text is something else, or the number is not within `from` and `to`.
    pub(crate) fn read(text: &str, from: Decimal, to: Decimal) -> Result<Self, String> {
        let allowed = || format!("a number from {} to {}", from.grouped(), to.grouped());
        let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let has_point = text.contains('.');
        if whole.is_empty() || !are_digits(whole) || !are_digits(rest) || (has_point && rest.is_empty()) {
            return Err(format!("it is not {}", allowed()));
        }
        if rest.len() > 3 {
            return Err("it has more than three digits after the point".to_owned());
        }
        let outside = || format!("it is not {}", allowed());
        // Fifteen digits are beyond every limit, and within an `i64`.
        let significant = whole.trim_start_matches('0');
        if significant.len() > 15 {
            return Err(outside());
        }
        let digits: i64 = format!("0{significant}{rest:0<3}").parse().map_err(|_| outside())?;
        let number = Decimal::new(digits, 3);
        if number < from || number > to { Err(outside()) } else { Ok(number) }
    }
}

/// Without zeros at the end: `6.048`, `720`.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.fixed(PLACES);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl Add for Decimal {
    type Output = Decimal;
    fn add(self, other: Decimal) -> Decimal {
        Decimal(self.0 + other.0)
    }
}

impl Sub for Decimal {
    type Output = Decimal;
    fn sub(self, other: Decimal) -> Decimal {
        Decimal(self.0 - other.0)
    }
}

impl Mul for Decimal {
    type Output = Decimal;
    fn mul(self, other: Decimal) -> Decimal {
        Decimal(self.0 * other.0 / ONE)
    }
}

/// By a whole number, which is never zero where this is used; by zero it is zero.
impl Div<i64> for Decimal {
    type Output = Decimal;
    fn div(self, by: i64) -> Decimal {
        Decimal(self.0.checked_div(i128::from(by)).unwrap_or_default())
    }
}

impl Sum for Decimal {
    fn sum<I: Iterator<Item = Decimal>>(numbers: I) -> Decimal {
        numbers.fold(Decimal::ZERO, Add::add)
    }
}

/// Percentage by which `less` is below `more`; `None` if `more` is zero.
pub(crate) fn percent_less(less: Decimal, more: Decimal) -> Option<Decimal> {
    let part = (more - less).0.checked_mul(100)?.checked_mul(ONE)?.checked_div(more.0)?;
    Some(Decimal(part))
}

#[cfg(test)]
mod tests {
    use super::{Decimal, percent_less};

    #[test]
    fn the_figures_of_the_article() {
        let hours = Decimal::new(720, 0);
        let (balancer, instance) = (Decimal::new(225, 4) * hours, Decimal::new(84, 4) * hours);
        assert_eq!((balancer.to_string().as_str(), instance.to_string().as_str()), ("16.2", "6.048"));
        let percent = percent_less(instance, balancer).unwrap();
        assert_eq!((percent.cut(1).as_str(), percent.rounded(1).as_str()), ("62.6", "62.7"));
    }

    #[test]
    fn numbers_as_text() {
        assert_eq!(Decimal::new(-5, 3).rounded(2), "-0.01");
        assert_eq!(Decimal::new(4, 3).rounded(2), "0.00");
        assert_eq!(Decimal::new(16, 0).rounded(2), "16.00");
        assert_eq!(Decimal::new(12_345_678, 1).grouped(), "1,234,567.8");
        assert_eq!(Decimal::new(-123_456, 0).grouped(), "-123,456");
        assert_eq!(Decimal::new(999, 0).grouped(), "999");
        assert_eq!(percent_less(Decimal::ZERO, Decimal::ZERO), None);
    }

    #[test]
    fn what_is_read() {
        let read = |text| Decimal::read(text, Decimal::ZERO, Decimal::new(744, 0)).map(|number| number.to_string());
        for (text, number) in [("0", "0"), ("744", "744"), ("007.50", "7.5"), ("0.125", "0.125"), ("744.000", "744")] {
            assert_eq!(read(text), Ok(number.to_owned()), "{text}");
        }
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "-1",
            "+1",
            "1e3",
            "1,000",
            "744.001",
            "745",
            "inf",
            "NaN",
            "٣",
            " 1",
            "1 ",
            "0x10",
            "1.2.3",
            "0.1234",
            "99999999999999999999999999999999999999999999",
            "1_000",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
