//! Prices and sums: [`decimal`] calculates, [`figures`] has the prices with their dates and sources, [`month`] makes the
//! rows of a month from them. The command is `commands/cost.rs`.

pub(crate) mod decimal;
pub(crate) mod figures;
pub(crate) mod month;
