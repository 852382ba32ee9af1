//! A bar for the median of each implementation, and a line from the least to the greatest.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::panel::{Area, Drawn, FONT, RULE, TOP, colour, heading};
use crate::bench::metric::Implementation;
use crate::bench::report::{Row, number};

pub(super) fn draw(row: &Row<'_>, area: &Area<'_>) -> Drawn {
    const BAR: f64 = 0.35;
    let bars: Vec<_> = Implementation::COMPARED
        .concat()
        .into_iter()
        .filter_map(|implementation| Some((implementation, row.spread(implementation)?)))
        .collect();
    let top = bars.iter().map(|(_, spread)| spread.max).fold(f64::MIN_POSITIVE, f64::max) * 1.2;
    heading(area, &row.metric.name, row)?;
    let mut chart = ChartBuilder::on(area)
        .margin(8)
        .margin_top(TOP)
        .x_label_area_size(18)
        .y_label_area_size(40)
        .build_cartesian_2d(-0.5..bars.len() as f64 - 0.5, 0.0..top)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(0)
        .y_labels(5)
        .y_label_formatter(&|value| number(*value))
        .max_light_lines(0)
        .bold_line_style(RULE)
        .draw()?;
    let (left, above) = area.get_base_pixel();
    let label = |vertical| (FONT, 10).into_font().into_text_style(area).pos(Pos::new(HPos::Center, vertical));
    for (place, (implementation, spread)) in bars.iter().enumerate() {
        let x = place as f64;
        let bar = [(x - BAR, 0.0), (x + BAR, spread.median)];
        chart.draw_series([Rectangle::new(bar, colour(*implementation).filled())])?;
        chart.draw_series([PathElement::new(vec![(x, spread.min), (x, spread.max)], BLACK)])?;
        let foot = chart.backend_coord(&(x, 0.0));
        let head = chart.backend_coord(&(x, spread.max));
        area.draw(&Text::new(implementation.name(), (foot.0 - left, foot.1 - above + 6), label(VPos::Top)))?;
        area.draw(&Text::new(number(spread.median), (head.0 - left, head.1 - above - 3), label(VPos::Bottom)))?;
    }
    Ok(())
}
