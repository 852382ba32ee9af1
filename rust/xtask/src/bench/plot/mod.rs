//! Pictures of what was measured, on white: they are seen on dark pages, too.

mod bars;
mod curves;

use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;

use super::metric::Implementation;
use super::report::Row;

const PANEL: (u32, u32) = (310, 250);
const COLUMNS: usize = 3;
const FONT: &str = "sans-serif";
const GREY: RGBColor = RGBColor(90, 90, 90);
const RULE: RGBColor = RGBColor(225, 225, 225);
/// Above a chart, for its heading.
const TOP: u32 = 46;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), Box<dyn std::error::Error>>;

const fn colour(implementation: Implementation) -> RGBColor {
    match implementation {
        Implementation::Engine => RGBColor(71, 140, 191),
        Implementation::DropIn => RGBColor(232, 160, 76),
        Implementation::Native => RGBColor(184, 58, 58),
        Implementation::Batch => RGBColor(112, 48, 112),
        Implementation::Udp => RGBColor(96, 150, 80),
        Implementation::Limit => RGBColor(120, 120, 120),
        Implementation::Kernel => RGBColor(170, 170, 170),
        Implementation::Session => RGBColor(184, 58, 58),
        Implementation::Dimpl => RGBColor(71, 140, 191),
    }
}

/// What one panel shows.
enum Panel<'a> {
    Bars(&'a Row<'a>),
    Curve(&'static str, Vec<&'a Row<'a>>),
}

/// One panel a row, or a curve.
pub(crate) fn write(rows: &[Row<'_>], path: &Path) -> Result<()> {
    let panels = panels(rows);
    let columns = COLUMNS.min(panels.len());
    let lines = panels.len().div_ceil(COLUMNS);
    let size = (PANEL.0 * columns as u32, PANEL.1 * lines as u32);
    let root = SVGBackend::new(path, size).into_drawing_area();
    let draw = || -> Drawn {
        root.fill(&WHITE)?;
        for (panel, area) in panels.iter().zip(root.split_evenly((lines, columns))) {
            match panel {
                Panel::Bars(row) => bars::draw(row, &area)?,
                Panel::Curve(name, rows) => curves::draw(name, rows, &area)?,
            }
        }
        root.present()?;
        Ok(())
    };
    draw().map_err(|error| anyhow!("cannot draw {}: {error}", path.display()))
}

fn panels<'a>(rows: &'a [Row<'a>]) -> Vec<Panel<'a>> {
    let mut panels = Vec::new();
    for row in rows {
        let Some(point) = &row.metric.point else {
            panels.push(Panel::Bars(row));
            continue;
        };
        let drawn = panels.iter_mut().find_map(|panel| match panel {
            Panel::Curve(name, rows) if *name == point.curve => Some(rows),
            _ => None,
        });
        match drawn {
            Some(rows) => rows.push(row),
            None => panels.push(Panel::Curve(point.curve, vec![row])),
        }
    }
    panels
}

/// What a panel shows, its unit, and which direction is better.
fn heading(area: &Area<'_>, name: &str, row: &Row<'_>) -> Drawn {
    area.draw(&Text::new(name.to_owned(), (8, 8), (FONT, 12).into_font()))?;
    let better = format!("{}, {} is better", row.metric.unit, row.metric.better);
    area.draw(&Text::new(better, (8, 24), (FONT, 11).into_font().color(&GREY)))?;
    Ok(())
}
