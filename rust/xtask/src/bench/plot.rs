//! Pictures of the rows of a case.

use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::prelude::*;

use super::figure::Implementation;
use super::report::{Row, number};

const PANEL: (u32, u32) = (300, 240);
const COLUMNS: usize = 3;
const FONT: &str = "sans-serif";

const fn colour(implementation: Implementation) -> RGBColor {
    match implementation {
        Implementation::Engine => RGBColor(71, 140, 191),
        Implementation::DropIn => RGBColor(232, 160, 76),
        Implementation::Native => RGBColor(184, 58, 58),
        Implementation::Batch => RGBColor(112, 48, 112),
        Implementation::Limit => RGBColor(128, 128, 128),
    }
}

/// One panel a row: a bar for the median of each implementation, and a line from the least to the greatest.
pub(crate) fn write(rows: &[Row<'_>], path: &Path) -> Result<()> {
    let columns = COLUMNS.min(rows.len());
    let lines = rows.len().div_ceil(COLUMNS);
    let size = (PANEL.0 * columns as u32, PANEL.1 * lines as u32);
    let root = SVGBackend::new(path, size).into_drawing_area();
    let draw = || -> Result<(), Box<dyn std::error::Error>> {
        root.fill(&WHITE)?;
        for (row, area) in rows.iter().zip(root.split_evenly((lines, columns))) {
            panel(row, &area)?;
        }
        root.present()?;
        Ok(())
    };
    draw().map_err(|error| anyhow!("cannot draw {}: {error}", path.display()))
}

fn panel(
    row: &Row<'_>,
    area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
) -> Result<(), Box<dyn std::error::Error>> {
    const BAR: f64 = 0.35;
    let bars: Vec<_> = Implementation::ALL
        .into_iter()
        .filter_map(|implementation| Some((implementation, row.spread(implementation)?)))
        .collect();
    let top = bars.iter().map(|(_, spread)| spread.max).fold(f64::MIN_POSITIVE, f64::max) * 1.25;
    area.draw(&Text::new(row.figure.name.clone(), (8, 8), (FONT, 12).into_font()))?;
    let better = format!("{}, {} is better", row.figure.unit, row.figure.better);
    area.draw(&Text::new(better, (8, 24), (FONT, 11).into_font().color(&BLACK.mix(0.6))))?;
    let mut chart = ChartBuilder::on(area)
        .margin(8)
        .margin_top(40)
        .x_label_area_size(20)
        .y_label_area_size(44)
        .build_cartesian_2d(-0.5..bars.len() as f64 - 0.5, 0.0..top)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(0)
        .y_labels(5)
        .y_label_formatter(&|value| number(*value))
        .light_line_style(WHITE)
        .draw()?;
    for (place, (implementation, spread)) in bars.iter().enumerate() {
        let x = place as f64;
        let bar = [(x - BAR, 0.0), (x + BAR, spread.median)];
        let range = vec![(x, spread.min), (x, spread.max)];
        chart.draw_series([Rectangle::new(bar, colour(*implementation).filled())])?;
        chart.draw_series([PathElement::new(range, BLACK)])?;
        let label = format!("{implementation} {}", number(spread.median));
        let at = chart.backend_coord(&(x - BAR, 0.0));
        let (left, top) = area.get_base_pixel();
        area.draw(&Text::new(label, (at.0 - left, at.1 - top + 6), (FONT, 10).into_font()))?;
    }
    Ok(())
}
