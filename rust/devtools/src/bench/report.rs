//! Samples as a table and as raw numbers.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};

use super::metric::{Implementation, Metric, Sample};
use super::statistics::{Spread, median};

/// All that was measured of one metric.
pub(crate) struct Row<'a> {
    pub(crate) case: &'static str,
    pub(crate) metric: &'a Metric,
    samples: Vec<&'a Sample>,
}

impl Row<'_> {
    /// The rows in the order they were first measured.
    pub(crate) fn of(samples: &[Sample]) -> Vec<Row<'_>> {
        let mut rows: Vec<Row<'_>> = Vec::new();
        for sample in samples {
            match rows.iter_mut().find(|row| row.case == sample.case && row.metric.name == sample.metric.name) {
                Some(row) => row.samples.push(sample),
                None => rows.push(Row { case: sample.case, metric: &sample.metric, samples: vec![sample] }),
            }
        }
        rows
    }

    fn values(&self, implementation: Implementation) -> impl Iterator<Item = (u32, f64)> {
        let of_it = self.samples.iter().filter(move |sample| sample.implementation == implementation);
        of_it.map(|sample| (sample.round, sample.metric.value))
    }

    pub(crate) fn spread(&self, implementation: Implementation) -> Option<Spread> {
        Spread::of(&self.values(implementation).map(|(_, value)| value).collect::<Vec<_>>())
    }

    /// The middle of the ratios to `reference`, each of two neighbours in time.
    fn ratio(&self, implementation: Implementation, reference: Implementation) -> Option<f64> {
        let ratios: Vec<f64> = self
            .values(implementation)
            .filter_map(|(round, value)| {
                let (_, reference) = self.values(reference).find(|(other, _)| *other == round)?;
                (reference != 0.0).then_some(value / reference)
            })
            .collect();
        (!ratios.is_empty()).then(|| median(&ratios))
    }
}

/// Tables in Markdown: least–middle–greatest, and ratios. Servers and what is in memory have no row in common, so each have
/// their own.
pub(crate) fn tables(samples: &[Sample]) -> String {
    let rows = Row::of(samples);
    let mut tables = String::new();
    for compared in Implementation::COMPARED {
        let has_one_of_them = |row: &&Row<'_>| compared.iter().any(|it| row.spread(*it).is_some());
        let rows: Vec<_> = rows.iter().filter(has_one_of_them).collect();
        if let Some((reference, others)) = compared.split_first()
            && !rows.is_empty()
        {
            let _ = write!(tables, "\n| case | metric | unit | better | {reference} |");
            for other in others {
                let _ = write!(tables, " {other} | ÷ {reference} |");
            }
            let _ = writeln!(tables, "\n|{}", "---|".repeat(5 + 2 * others.len()));
            for row in rows {
                let Metric { name, unit, better, .. } = row.metric;
                let _ = write!(tables, "| {} | {name} | {unit} | {better} | {} |", row.case, cell(row, *reference));
                for other in others {
                    let ratio = row.ratio(*other, *reference).map(|ratio| format!("{ratio:.3}")).unwrap_or_default();
                    let _ = write!(tables, " {} | {ratio} |", cell(row, *other));
                }
                tables.push('\n');
            }
        }
    }
    tables
}

fn cell(row: &Row<'_>, implementation: Implementation) -> String {
    row.spread(implementation)
        .map(|Spread { min, median, max }| format!("{}–**{}**–{}", number(min), number(median), number(max)))
        .unwrap_or_default()
}

/// Three digits that count.
pub(crate) fn number(value: f64) -> String {
    match value.abs() {
        large if large >= 100.0 => format!("{value:.0}"),
        medium if medium >= 10.0 => format!("{value:.1}"),
        0.0 => "0".to_owned(),
        _ => format!("{value:.2}"),
    }
}

/// Every sample, a line each.
pub(crate) fn write_csv(samples: &[Sample], path: &Path) -> Result<()> {
    let mut writer = csv::Writer::from_path(path).with_context(|| format!("cannot write {}", path.display()))?;
    writer.write_record(["case", "metric", "unit", "better", "implementation", "round", "value"])?;
    for Sample { case, implementation, round, metric } in samples {
        let Metric { name, unit, better, value, .. } = metric;
        writer.write_record([
            case,
            name.as_str(),
            unit,
            &better.to_string(),
            implementation.name(),
            &round.to_string(),
            &value.to_string(),
        ])?;
    }
    Ok(writer.flush()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_of_the_same_round() {
        let sample = |implementation, round, value| Sample {
            case: "case",
            implementation,
            round,
            metric: Metric::lower("metric", "µs", value),
        };
        let samples = [
            sample(Implementation::Engine, 0, 10.0),
            sample(Implementation::DropIn, 0, 5.0),
            sample(Implementation::Engine, 1, 100.0),
            sample(Implementation::DropIn, 1, 50.0),
        ];
        let rows = Row::of(&samples);
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].ratio(Implementation::DropIn, Implementation::Engine), Some(0.5));
        assert_eq!(rows[0].ratio(Implementation::Native, Implementation::Engine), None);
        let row = "| case | metric | µs | lower | 10.0–**55.0**–100 | 5.00–**27.5**–50.0 | 0.500 |  |  |";
        assert!(tables(&samples).lines().last().is_some_and(|last| last.starts_with(row)));
    }
}
