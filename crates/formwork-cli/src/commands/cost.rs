//! `cost`: the site beside the load balancer that it replaces, in USD a month, every figure with its day and source.

use clap::Args;
use serde::Serialize;

use crate::cost::decimal::{Decimal, percent_less};
use crate::cost::figures::{
    ARTICLE, ARTICLE_DAY, ARTICLE_HOURS, ARTICLE_INSTANCE, ARTICLE_LICENCE, ARTICLE_LOAD_BALANCER, FIGURES, Figure,
    INSTANCE, LEFT_OUT, PRICE_LIST, REGION,
};
use crate::cost::month::{Inputs, Month, Row, Use};
use crate::error::CliError;
use crate::session::Session;
use crate::table::{self, Column};

pub(crate) const EXAMPLES: &str = "\
Examples:
  cargo formwork cost
  cargo formwork cost --requests 30000000 --egress-gb 400
  cargo formwork cost --json";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Requests of a month, over https
    #[arg(long, value_name = "COUNT", default_value = "1000000", value_parser = requests, allow_hyphen_values = true)]
    requests: Decimal,
    /// Data that viewers get in a month, in GB
    #[arg(long, value_name = "GB", default_value = "20", value_parser = gigabytes, allow_hyphen_values = true)]
    egress_gb: Decimal,
    /// Data that viewers send in a month, in GB
    #[arg(long, value_name = "GB", default_value = "1", value_parser = gigabytes, allow_hyphen_values = true)]
    upload_gb: Decimal,
    /// Hours of the month in which everything runs
    #[arg(long, value_name = "HOURS", default_value = "720", value_parser = hours, allow_hyphen_values = true)]
    hours: Decimal,
    /// Size of the volume of the instance of nginx, in GB
    #[arg(long, value_name = "GB", default_value = "8", value_parser = volume, allow_hyphen_values = true)]
    volume_gb: Decimal,
    /// Secrets of a closed origin, one per generation; 0 where it is open
    #[arg(long, value_name = "COUNT", default_value = "2", value_parser = secrets, allow_hyphen_values = true)]
    secrets: Decimal,
}

/// Output of `cost --json`. Every amount is a text, so that no reader makes a float of it unasked.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    /// The region that the figures are of.
    region: &'static str,
    /// The currency of every amount.
    currency: &'static str,
    /// The comparison of the article, from its own inputs.
    article: ArticlePart,
    /// The month that was asked for.
    month: MonthPart,
    /// The prices.
    figures: Vec<FigurePart>,
    /// Costs that are not counted, and the reasons.
    left_out: &'static [&'static str],
}

/// The comparison of the article, from its own inputs.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct ArticlePart {
    /// URL of the article.
    url: &'static str,
    /// Its licence.
    licence: &'static str,
    /// The day of its prices.
    day: &'static str,
    /// The hours of its month.
    hours: String,
    /// The load balancer, in USD a month.
    load_balancer: String,
    /// The instance, in USD a month.
    instance: String,
    /// Percentage by which the instance costs less; cut off after one place, as the article does.
    percent_less: String,
}

/// The site beside the load balancer.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct MonthPart {
    /// Hours in which everything runs.
    hours: String,
    /// Requests, over https.
    requests: String,
    /// Data that viewers get, in GB.
    egress_gb: String,
    /// Data that viewers send, in GB.
    upload_gb: String,
    /// The rows, one for each price.
    rows: Vec<RowPart>,
    /// The site with nginx on an instance of its own, in USD.
    site: String,
    /// The site with nginx on the instance of the backend, which is there in either case, in USD.
    site_beside_backend: String,
    /// The load balancer, in USD.
    load_balancer: String,
}

/// A row: a price, and its use by both.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct RowPart {
    /// The price: the `id` of a figure.
    figure: &'static str,
    /// Use by the site; missing if it needs none.
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<UsePart>,
    /// Use by the load balancer; missing if it needs none.
    #[serde(skip_serializing_if = "Option::is_none")]
    load_balancer: Option<UsePart>,
}

/// A quantity that is needed, and its cost.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct UsePart {
    /// The quantity, in the figure's unit, the free part included.
    quantity: String,
    /// The cost, in USD.
    usd: String,
}

/// A price.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct FigurePart {
    /// The name by which rows refer to it.
    id: &'static str,
    /// The thing that has the price.
    what: &'static str,
    /// The price, in USD.
    usd: String,
    /// Unit of the price.
    per: &'static str,
    /// Free quantity of each month, in the unit of `per`.
    free: String,
    /// The region.
    region: &'static str,
    /// Day on which the source gave the price.
    day: &'static str,
    /// The page or the file that has it.
    source: &'static str,
}

pub(crate) fn run(arguments: &Arguments, session: &Session) -> Result<(), CliError> {
    let inputs = Inputs {
        hours: arguments.hours,
        requests: arguments.requests,
        egress_gb: arguments.egress_gb,
        upload_gb: arguments.upload_gb,
        volume_gb: arguments.volume_gb,
        secrets: arguments.secrets,
    };
    let month = Month::of(inputs);
    if session.printer.is_json() {
        return session.printer.document(&Document::new(inputs, &month));
    }
    session.printer.text(&text(inputs, &month))
}

fn text(inputs: Inputs, month: &Month) -> String {
    format!("{}\n{}\n{}\n{}", article(), of_month(inputs, month), sources(), left_out())
}

fn article() -> String {
    let (balancer, instance) = article_month();
    let row = |what: &str, figure: &Figure, month: Decimal| {
        vec![what.to_owned(), figure.price.to_string(), ARTICLE_HOURS.to_string(), month.to_string()]
    };
    let rows = [
        row("Application Load Balancer", &ARTICLE_LOAD_BALANCER, balancer),
        row("instance with nginx, t4g.micro", &ARTICLE_INSTANCE, instance),
    ];
    let columns =
        [Column::Left("IN THE ARTICLE"), Column::Right("USD/H"), Column::Right("HOURS"), Column::Right("USD/MONTH")];
    let percent = percent_less(instance, balancer).unwrap_or_default();
    format!(
        "{}{} % less, traffic left out ({REGION}, {ARTICLE_DAY}).\nThe article: {ARTICLE} ({ARTICLE_LICENCE})\n\
         AWS's price list has {} for the instance ({}), which is what is counted with from here on.\n",
        table::render(&columns, &rows),
        percent.cut(1),
        INSTANCE.price,
        INSTANCE.day,
    )
}

/// The load balancer and the instance of the article.
fn article_month() -> (Decimal, Decimal) {
    (ARTICLE_LOAD_BALANCER.price * ARTICLE_HOURS, ARTICLE_INSTANCE.price * ARTICLE_HOURS)
}

fn of_month(inputs: Inputs, month: &Month) -> String {
    let mut rows: Vec<Vec<String>> = month.rows.iter().map(row).collect();
    let total = |what: &str, site: Decimal| {
        let (empty, balancer) = (String::new(), month.load_balancer.rounded(2));
        vec![what.to_owned(), empty.clone(), empty.clone(), site.rounded(2), empty, balancer]
    };
    rows.push(total("together", month.site));
    rows.push(total("together, nginx on the backend's instance", month.site_shared));
    let columns = [
        Column::Left("TODAY"),
        Column::Right("USD EACH"),
        Column::Right("SITE NEEDS"),
        Column::Right("USD/MONTH"),
        Column::Right("BALANCER NEEDS"),
        Column::Right("USD/MONTH"),
    ];
    format!(
        "{}A month of {} hours, {} requests, {} GB to viewers and {} GB from them, in {REGION}.\n{}.\n\
         With nginx on the backend's instance, which is paid for in either case, {}.\n",
        table::render(&columns, &rows),
        inputs.hours,
        inputs.requests.grouped(),
        inputs.egress_gb.grouped(),
        inputs.upload_gb.grouped(),
        verdict("The site", month.site, month.load_balancer),
        verdict("it", month.site_shared, month.load_balancer),
    )
}

fn row(row: &Row) -> Vec<String> {
    let figure = row.figure;
    let unit = |quantity: Decimal| match figure.per {
        "hour" => format!("{} h", quantity.grouped()),
        "10,000" => (quantity * Decimal::new(10_000, 0)).grouped(),
        "GB" | "GB-month" => format!("{} GB", quantity.rounded_to_three().grouped()),
        _ => quantity.rounded_to_three().grouped(),
    };
    let cells = |needed: Option<Use>| match needed {
        Some(needed) => [unit(needed.quantity), needed.usd.rounded(2)],
        None => Default::default(),
    };
    let ([site, site_usd], [balancer, balancer_usd]) = (cells(row.site), cells(row.load_balancer));
    let what = match figure.free {
        Decimal::ZERO => figure.what.to_owned(),
        free => format!("{}, {} free", figure.what, unit(free)),
    };
    vec![what, format!("{}/{}", figure.price, figure.per), site, site_usd, balancer, balancer_usd]
}

/// The one of the two that costs less, and the difference.
fn verdict(name: &str, site: Decimal, balancer: Decimal) -> String {
    let (less, more) = (site.min(balancer), site.max(balancer));
    let how = if site <= balancer { "less" } else { "more" };
    let difference = (more - less).rounded(2);
    match percent_less(less, more) {
        Some(percent) if site <= balancer => {
            format!("{name} costs {difference} USD {how} than the load balancer, {} %", percent.cut(1))
        }
        _ => format!("{name} costs {difference} USD {how} than the load balancer"),
    }
}

fn sources() -> String {
    let rows: Vec<Vec<String>> = FIGURES
        .iter()
        .map(|figure| {
            let price = format!("{}/{}", figure.price, figure.per);
            vec![figure.what.to_owned(), price, figure.day.to_owned(), figure.source.to_owned()]
        })
        .collect();
    let columns = [Column::Left("FIGURE"), Column::Right("USD"), Column::Left("AS OF"), Column::Left("SOURCE")];
    format!("{}The price list: {PRICE_LIST}\n", table::render(&columns, &rows))
}

fn left_out() -> String {
    let lines: Vec<String> = LEFT_OUT.iter().map(|line| format!("  {line}\n")).collect();
    format!("Not counted:\n{}", lines.concat())
}

impl Document {
    fn new(inputs: Inputs, month: &Month) -> Self {
        let (balancer, instance) = article_month();
        let needed = |needed: Use| UsePart { quantity: needed.quantity.to_string(), usd: needed.usd.to_string() };
        Document {
            region: REGION,
            currency: "USD",
            article: ArticlePart {
                url: ARTICLE,
                licence: ARTICLE_LICENCE,
                day: ARTICLE_DAY,
                hours: ARTICLE_HOURS.to_string(),
                load_balancer: balancer.to_string(),
                instance: instance.to_string(),
                percent_less: percent_less(instance, balancer).unwrap_or_default().cut(1),
            },
            month: MonthPart {
                hours: inputs.hours.to_string(),
                requests: inputs.requests.to_string(),
                egress_gb: inputs.egress_gb.to_string(),
                upload_gb: inputs.upload_gb.to_string(),
                rows: month
                    .rows
                    .iter()
                    .map(|row| RowPart {
                        figure: row.figure.id,
                        site: row.site.map(needed),
                        load_balancer: row.load_balancer.map(needed),
                    })
                    .collect(),
                site: month.site.to_string(),
                site_beside_backend: month.site_shared.to_string(),
                load_balancer: month.load_balancer.to_string(),
            },
            figures: FIGURES.iter().map(|figure| FigurePart::from(*figure)).collect(),
            left_out: LEFT_OUT,
        }
    }
}

impl From<&Figure> for FigurePart {
    fn from(figure: &Figure) -> Self {
        FigurePart {
            id: figure.id,
            what: figure.what,
            usd: figure.price.to_string(),
            per: figure.per,
            free: figure.free.to_string(),
            region: REGION,
            day: figure.day,
            source: figure.source,
        }
    }
}

fn requests(text: &str) -> Result<Decimal, String> {
    let number = Decimal::read(text, Decimal::ZERO, Decimal::new(1_000_000_000_000, 0))?;
    if number.is_whole() { Ok(number) } else { Err("it is not a whole number".to_owned()) }
}

/// Up to 10 TB, where the prices of the next tier begin.
fn gigabytes(text: &str) -> Result<Decimal, String> {
    Decimal::read(text, Decimal::ZERO, Decimal::new(10_240, 0))
}

/// Up to a month of 31 days.
fn hours(text: &str) -> Result<Decimal, String> {
    Decimal::read(text, Decimal::ZERO, Decimal::new(744, 0))
}

/// As large as a gp3 volume can be.
fn volume(text: &str) -> Result<Decimal, String> {
    Decimal::read(text, Decimal::new(1, 0), Decimal::new(65_536, 0))
}

fn secrets(text: &str) -> Result<Decimal, String> {
    let number = Decimal::read(text, Decimal::ZERO, Decimal::new(100, 0))?;
    if number.is_whole() { Ok(number) } else { Err("it is not a whole number".to_owned()) }
}
