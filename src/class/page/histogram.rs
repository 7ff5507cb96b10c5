//! How many hand-ins have how many points, as a picture.

use maud::{Markup, html};

use crate::english::count;

/// No more bars than this stand side by side: with more points than that, a bar is for several.
const BARS_MAX: u32 = 32;
const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 120.0;
/// Room for the counts above the bars, and for the points below.
const ABOVE: f64 = 14.0;
const BELOW: f64 = 18.0;
/// Room for half a label beside the bars.
const BESIDE: f64 = 10.0;
/// A bar shorter than this part of the tallest has no count above it: it would not fit beside the others.
const LABELLED_FROM: f64 = 0.06;
/// About so many bars have their points below them.
const TICKS: usize = 6;

struct Bar {
    first: u32,
    last: u32,
    count: usize,
}

impl Bar {
    fn points(&self) -> String {
        if self.first == self.last {
            self.first.to_string()
        } else {
            format!("{} to {}", self.first, self.last)
        }
    }
}

pub(super) fn histogram(scores: &[u32], max: u32, pass_mark: Option<u32>) -> Markup {
    let bars = bars(scores, max);
    let tallest = bars.iter().map(|bar| bar.count).max().unwrap_or_default().max(1) as f64;
    let pitch = WIDTH / bars.len() as f64;
    let ticks = (bars.len() / TICKS).max(1);
    let told: Vec<_> = bars.iter().filter(|bar| bar.count > 0).collect();
    let base = ABOVE + HEIGHT;
    let marked = pass_mark.and_then(|mark| bars.iter().position(|bar| bar.last >= mark));
    html! {
        figure {
            svg.histogram viewBox={ (-BESIDE) " 0 " (WIDTH + 2.0 * BESIDE) " " (base + BELOW) } role="img" aria-labelledby="histogram-title" {
                title #histogram-title { "How many hand-ins have how many points" }
                @for (index, bar) in bars.iter().enumerate() {
                    @let height = bar.count as f64 / tallest * HEIGHT;
                    @let x = index as f64 * pitch;
                    @if bar.count > 0 {
                        rect x=(rounded(x + 1.0)) y=(rounded(base - height)) width=(rounded(pitch - 2.0)) height=(rounded(height)) {}
                        @if bar.count as f64 >= LABELLED_FROM * tallest {
                            text x=(rounded(x + pitch / 2.0)) y=(rounded(base - height - 3.0)) { (bar.count) }
                        }
                    }
                    @if index % ticks == 0 { text.tick x=(rounded(x + pitch / 2.0)) y=(rounded(base + 13.0)) { (bar.first) } }
                }
                line x1="0" x2=(WIDTH) y1=(rounded(base)) y2=(rounded(base)) {}
                @if let Some(index) = marked {
                    line.mark x1=(rounded(index as f64 * pitch)) x2=(rounded(index as f64 * pitch)) y1="0" y2=(rounded(base)) {}
                }
            }
            figcaption.quiet {
                "Hand-ins by points." @if let Some(mark) = pass_mark { " The broken line is at the " (mark) " points that pass." }
            }
            details {
                summary { "The numbers" }
                ul.numbers { @for bar in told { li { (bar.points()) " points: " (count(bar.count, "hand-in")) } } }
            }
        }
    }
}

fn bars(scores: &[u32], max: u32) -> Vec<Bar> {
    let width = max / BARS_MAX + 1;
    let starts = (0..=max).step_by(width as usize);
    let bar = |first: u32| {
        let last = (first + width - 1).min(max);
        Bar { first, last, count: scores.iter().filter(|score| (first..=last).contains(score)).count() }
    };
    starts.map(bar).collect()
}

/// As precise as a screen is.
fn rounded(length: f64) -> String {
    format!("{length:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_score_is_in_one_bar_however_many_points_there_are() {
        for max in [0, 1, 15, 30, 31, 32, 33, 100, 1000] {
            let scores: Vec<u32> = (0..=max).collect();
            let bars = bars(&scores, max);
            assert!(bars.len() <= BARS_MAX as usize, "{max}: {}", bars.len());
            assert_eq!(bars.iter().map(|bar| bar.count).sum::<usize>(), scores.len(), "{max}");
        }
    }
}
