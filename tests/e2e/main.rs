//! Deploys.
