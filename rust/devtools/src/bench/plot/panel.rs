//! What all panels of a picture have in common.

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::bench::metric::Implementation;
use crate::bench::report::Row;

pub(super) const FONT: &str = "sans-serif";
pub(super) const GREY: RGBColor = RGBColor(90, 90, 90);
pub(super) const RULE: RGBColor = RGBColor(225, 225, 225);
/// Above a chart, for its heading.
pub(super) const TOP: u32 = 46;

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
pub(super) type Drawn = Result<(), Box<dyn std::error::Error>>;

pub(super) const fn colour(implementation: Implementation) -> RGBColor {
    match implementation {
        Implementation::Engine | Implementation::Dimpl | Implementation::Enet => RGBColor(71, 140, 191),
        Implementation::DropIn | Implementation::EnetDtls => RGBColor(232, 160, 76),
        Implementation::Native | Implementation::DtlsCore | Implementation::EnetOpenSsl => RGBColor(184, 58, 58),
        Implementation::Batch => RGBColor(130, 90, 160),
        Implementation::Udp => RGBColor(96, 150, 80),
        Implementation::OpenSsl | Implementation::Batched => RGBColor(120, 120, 120),
    }
}

/// What a panel shows, its unit, and which direction is better.
pub(super) fn heading(area: &Area<'_>, name: &str, row: &Row<'_>) -> Drawn {
    area.draw(&Text::new(name.to_owned(), (8, 8), (FONT, 12).into_font()))?;
    let better = format!("{}, {} is better", row.metric.unit, row.metric.better);
    area.draw(&Text::new(better, (8, 24), (FONT, 11).into_font().color(&GREY)))?;
    Ok(())
}
