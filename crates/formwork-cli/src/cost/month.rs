//! A month of the site beside a month of the load balancer that it replaces.

use super::decimal::Decimal;
use super::figures::{self, Figure};

/// Inputs of the month.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Inputs {
    pub(crate) hours: Decimal,
    pub(crate) requests: Decimal,
    /// Data that viewers get.
    pub(crate) egress_gb: Decimal,
    /// Data that viewers send.
    pub(crate) upload_gb: Decimal,
    pub(crate) volume_gb: Decimal,
    pub(crate) secrets: Decimal,
}

/// Use of one figure by one of the two: the quantity and its cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Use {
    /// The quantity, in the figure's unit, the free part included.
    pub(crate) quantity: Decimal,
    pub(crate) usd: Decimal,
}

/// A figure, with its use by both.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) figure: &'static Figure,
    pub(crate) site: Option<Use>,
    pub(crate) load_balancer: Option<Use>,
    /// True if it is paid anyway where nginx runs on the instance of the backend.
    pub(crate) is_shared: bool,
}

/// Both, row by row, and their sums.
#[derive(Debug)]
pub(crate) struct Month {
    pub(crate) rows: Vec<Row>,
    /// Sum of the site, with nginx on an instance of its own.
    pub(crate) site: Decimal,
    /// Sum of the site, with nginx on the instance of the backend, which is there in either case.
    pub(crate) site_shared: Decimal,
    pub(crate) load_balancer: Decimal,
}

/// A load balancer is in two zones at least, with an address in each.
const ZONES: Decimal = Decimal::new(2, 0);

/// New connections in an hour that one LCU takes: 25 a second.
const CONNECTIONS_PER_LCU_HOUR: i64 = 25 * 3_600;

impl Month {
    pub(crate) fn of(inputs: Inputs) -> Self {
        let site = |figure, quantity| Row {
            figure,
            site: Some(Use::of(figure, quantity)),
            load_balancer: None,
            is_shared: false,
        };
        let load_balancer = |figure, quantity| Row {
            figure,
            site: None,
            load_balancer: Some(Use::of(figure, quantity)),
            is_shared: false,
        };
        let volume = inputs.volume_gb * inputs.hours / HOURS_OF_A_MONTH;
        let rows = vec![
            Row { is_shared: true, ..site(&figures::INSTANCE, inputs.hours) },
            Row { is_shared: true, ..site(&figures::VOLUME, volume) },
            Row {
                load_balancer: Some(Use::of(&figures::ADDRESS, inputs.hours * ZONES)),
                ..site(&figures::ADDRESS, inputs.hours)
            },
            site(&figures::REQUESTS, inputs.requests / 10_000),
            site(&figures::CLOUDFRONT_OUT, inputs.egress_gb),
            site(&figures::CLOUDFRONT_TO_ORIGIN, inputs.upload_gb),
            site(&figures::TO_CLOUDFRONT, inputs.egress_gb),
            site(&figures::SECRET, inputs.secrets),
            load_balancer(&figures::LOAD_BALANCER, inputs.hours),
            load_balancer(&figures::CAPACITY, capacity(inputs)),
            load_balancer(&figures::INTERNET_OUT, inputs.egress_gb),
        ];
        let sum = |of: fn(&Row) -> Option<Use>| rows.iter().filter_map(of).map(|part| part.usd).sum();
        Month {
            site: sum(|row| row.site),
            site_shared: sum(|row| row.site.filter(|_| !row.is_shared)),
            load_balancer: sum(|row| row.load_balancer),
            rows,
        }
    }
}

/// A volume is paid by the month, and a month is counted as the article does.
const HOURS_OF_A_MONTH: i64 = 720;

/// LCU-hours: the larger of what bytes and what new connections need. A connection is counted for each request, which is
/// the most that there can be; rules and open connections do not count at this size.
fn capacity(inputs: Inputs) -> Decimal {
    let by_bytes = inputs.egress_gb + inputs.upload_gb;
    by_bytes.max(inputs.requests / CONNECTIONS_PER_LCU_HOUR)
}

impl Use {
    fn of(figure: &Figure, quantity: Decimal) -> Self {
        let paid = (quantity - figure.free).max(Decimal::ZERO);
        Use { quantity, usd: paid * figure.price }
    }
}
