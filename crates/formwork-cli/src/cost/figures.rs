//! The prices, each with its unit, region, day and source: the only place that has any.
//!
//! A price that no source gives is not here but in [`LEFT_OUT`]. To update them, read [`PRICE_LIST`] again, and set [`READ`].

use super::decimal::Decimal;

/// The region of every figure; where CloudFront's prices are by location of the viewers, the one that the region lies in.
pub(crate) const REGION: &str = "ap-northeast-2";

/// URL of the article, its licence and its day.
pub(crate) const ARTICLE: &str =
    "https://han-joon-hyeok.github.io/posts/aws-https-certificate-on-ec2-cloudfront-without-alb";
pub(crate) const ARTICLE_LICENCE: &str = "CC BY 4.0";
pub(crate) const ARTICLE_DAY: &str = "2024-09-17";
/// A month of the article: thirty days.
pub(crate) const ARTICLE_HOURS: Decimal = Decimal::new(720, 0);

/// The day on which AWS's price list was read.
const READ: &str = "2026-10-01";

/// A price.
#[derive(Debug)]
pub(crate) struct Figure {
    /// The name by which rows refer to it.
    pub(crate) id: &'static str,
    pub(crate) what: &'static str,
    /// The price, in USD.
    pub(crate) price: Decimal,
    /// Unit of the price: `hour`, `GB`.
    pub(crate) per: &'static str,
    /// Free quantity of each month, in units of `per`.
    pub(crate) free: Decimal,
    /// Day on which the source gave the price.
    pub(crate) day: &'static str,
    pub(crate) source: &'static str,
}

const fn figure(
    id: &'static str,
    what: &'static str,
    price: Decimal,
    per: &'static str,
    day: &'static str,
    source: &'static str,
) -> Figure {
    Figure { id, what, price, per, free: Decimal::ZERO, day, source }
}

pub(crate) const ARTICLE_LOAD_BALANCER: Figure = figure(
    "articleLoadBalancer",
    "Application Load Balancer, in the article",
    Decimal::new(225, 4),
    "hour",
    ARTICLE_DAY,
    ARTICLE,
);

pub(crate) const ARTICLE_INSTANCE: Figure =
    figure("articleInstance", "t4g.micro, in the article", Decimal::new(84, 4), "hour", ARTICLE_DAY, ARTICLE);

pub(crate) const INSTANCE: Figure = figure(
    "instance",
    "instance of nginx, t4g.micro",
    Decimal::new(104, 4),
    "hour",
    READ,
    "AWS price list, AmazonEC2, BoxUsage:t4g.micro, Linux, on demand",
);

pub(crate) const VOLUME: Figure = figure(
    "volume",
    "its volume, gp3",
    Decimal::new(912, 4),
    "GB-month",
    READ,
    "AWS price list, AmazonEC2, APN2-EBS:VolumeUsage.gp3",
);

pub(crate) const ADDRESS: Figure = figure(
    "address",
    "public IPv4 addresses",
    Decimal::new(5, 3),
    "hour",
    READ,
    "AWS price list, AmazonVPC, APN2-PublicIPv4:InUseAddress",
);

pub(crate) const REQUESTS: Figure = Figure {
    free: Decimal::new(1_000, 0),
    ..figure(
        "requests",
        "requests to CloudFront, https",
        Decimal::new(12, 3),
        "10,000",
        READ,
        "AWS price list, AmazonCloudFront, AP-Requests-Tier2-HTTPS; 10 million free: https://aws.amazon.com/cloudfront/pricing/",
    )
};

pub(crate) const CLOUDFRONT_OUT: Figure = Figure {
    free: Decimal::new(1_024, 0),
    ..figure(
        "cloudFrontOut",
        "data from CloudFront to viewers",
        Decimal::new(120, 3),
        "GB",
        READ,
        "AWS price list, AmazonCloudFront, AP-DataTransfer-Out-Bytes; 1 TB free: https://aws.amazon.com/cloudfront/pricing/",
    )
};

pub(crate) const CLOUDFRONT_TO_ORIGIN: Figure = figure(
    "cloudFrontToOrigin",
    "data from CloudFront to nginx",
    Decimal::new(60, 3),
    "GB",
    READ,
    "AWS price list, AmazonCloudFront, AP-DataTransfer-Out-OBytes",
);

pub(crate) const TO_CLOUDFRONT: Figure = figure(
    "toCloudFront",
    "data from nginx to CloudFront",
    Decimal::ZERO,
    "GB",
    READ,
    "AWS price list, AWSDataTransfer, APN2-CloudFront-Out-Bytes",
);

pub(crate) const SECRET: Figure = figure(
    "secret",
    "secrets of the closed origin",
    Decimal::new(40, 2),
    "secret",
    READ,
    "AWS price list, AWSSecretsManager",
);

pub(crate) const LOAD_BALANCER: Figure = figure(
    "loadBalancer",
    "Application Load Balancer",
    Decimal::new(225, 4),
    "hour",
    READ,
    "AWS price list, AWSELB, APN2-LoadBalancerUsage",
);

pub(crate) const CAPACITY: Figure = figure(
    "capacity",
    "its capacity units (LCU)",
    Decimal::new(8, 3),
    "LCU-hour",
    READ,
    "AWS price list, AWSELB, APN2-LCUUsage",
);

pub(crate) const INTERNET_OUT: Figure = Figure {
    free: Decimal::new(100, 0),
    ..figure(
        "internetOut",
        "data from the load balancer to viewers",
        Decimal::new(126, 3),
        "GB",
        READ,
        "AWS price list, AWSDataTransfer, APN2-DataTransfer-Out-Bytes; 100 GB free: https://aws.amazon.com/ec2/pricing/on-demand/",
    )
};

/// All of them, in the order in which they are shown.
pub(crate) const FIGURES: &[&Figure] = &[
    &ARTICLE_LOAD_BALANCER,
    &ARTICLE_INSTANCE,
    &INSTANCE,
    &VOLUME,
    &ADDRESS,
    &REQUESTS,
    &CLOUDFRONT_OUT,
    &CLOUDFRONT_TO_ORIGIN,
    &TO_CLOUDFRONT,
    &SECRET,
    &LOAD_BALANCER,
    &CAPACITY,
    &INTERNET_OUT,
];

/// URL of the price list, of which the sources name the service and the kind of usage.
pub(crate) const PRICE_LIST: &str =
    "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/SERVICE/current/ap-northeast-2/index.json";

/// Costs that are not counted, and the reasons.
pub(crate) const LEFT_OUT: &[&str] = &[
    "taxes, and the free tier of new accounts",
    "the backend, the hosted zone and its queries: with either, the same",
    "surplus CPU credits of the instance, snapshots, logs, alarms: no source was read",
    "data between availability zones, calls of Secrets Manager: cents at this size",
    "CloudFront's flat-rate plans: another contract, free up to 1 million requests and 100 GB",
    "viewers outside of CloudFront's region of Korea: other prices",
];
