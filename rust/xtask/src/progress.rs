//! How far a download or an unpacking is.

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};

pub(crate) fn progress_bar(length: u64, what: &'static str) -> Result<ProgressBar> {
    let style = ProgressStyle::with_template("{msg:>24} [{bar:40}] {percent:>3}%")?;
    Ok(ProgressBar::new(length).with_style(style).with_message(what))
}
