//! A line for each implementation, by number of clients; both axes are logarithmic.

use plotters::prelude::*;

use super::panel::{Area, Drawn, FONT, RULE, TOP, colour, heading};
use crate::bench::metric::Implementation;
use crate::bench::report::{Row, number};

/// The height of the names of the lines, in their colours.
const LEGEND: u32 = 14;

pub(super) fn draw(name: &str, rows: &[&Row<'_>], area: &Area<'_>) -> Drawn {
    let lines: Vec<_> = Implementation::COMPARED.concat().into_iter().map(|it| (it, line(it, rows))).collect();
    let points = || lines.iter().flat_map(|(_, line)| line);
    let (Some(first), Some(last)) = (rows.first(), points().map(|(clients, _)| *clients).reduce(f64::max)) else {
        return Ok(());
    };
    let least = points().map(|(clients, _)| *clients).fold(last, f64::min);
    let bottom = points().map(|(_, value)| *value).fold(f64::MAX, f64::min);
    let top = points().map(|(_, value)| *value).fold(f64::MIN_POSITIVE, f64::max);
    heading(area, name, first)?;
    let mut chart = ChartBuilder::on(area)
        .margin(8)
        .margin_top(TOP + LEGEND)
        .margin_right(20)
        .x_label_area_size(30)
        .y_label_area_size(40)
        .build_cartesian_2d((least..last).log_scale(), (bottom / 1.5..top * 1.5).log_scale())?;
    chart
        .configure_mesh()
        .x_desc("clients")
        .x_labels(5)
        .y_labels(6)
        .x_label_formatter(&|clients| format!("{clients:.0}"))
        .y_label_formatter(&|value| number(*value))
        .max_light_lines(0)
        .bold_line_style(RULE)
        .draw()?;
    let mut place = 8;
    for (implementation, line) in lines.into_iter().filter(|(_, line)| !line.is_empty()) {
        let colour = colour(implementation);
        let name = implementation.name();
        area.draw(&Text::new(name, (place, TOP as i32 - 4), (FONT, 11).into_font().color(&colour)))?;
        place += 8 + 6 * name.len() as i32;
        chart.draw_series(line.iter().map(|point| Circle::new(*point, 2, colour.filled())))?;
        chart.draw_series([PathElement::new(line, colour.stroke_width(2))])?;
    }
    Ok(())
}

/// The medians of `implementation`.
fn line(implementation: Implementation, rows: &[&Row<'_>]) -> Vec<(f64, f64)> {
    let point = |row: &&Row<'_>| {
        let clients = row.metric.point.as_ref()?.clients;
        Some((clients as f64, row.spread(implementation)?.median))
    };
    rows.iter().filter_map(point).collect()
}
