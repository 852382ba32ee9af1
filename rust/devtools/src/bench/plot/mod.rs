//! Pictures of what was measured, on white: they are seen on dark pages, too.

mod bars;
mod curves;
mod panel;

use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::prelude::*;

use super::report::Row;
use panel::Drawn;

const PANEL: (u32, u32) = (310, 250);
const COLUMNS: usize = 3;

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
