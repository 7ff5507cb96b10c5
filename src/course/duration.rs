//! Times, as people write them.

use std::time::Duration;

/// The longest of all.
const MAX: Duration = Duration::from_secs(3600);

/// `2s`, `500ms`, `1m 30s`; a bare number is taken for seconds.
///
/// # Errors
///
/// It is no time, or not between a millisecond and an hour.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    const MIN: Duration = Duration::from_millis(1);
    parsed(text, MIN).ok_or_else(|| "expected a time from 1ms to 1h, as in 500ms or 2s".into())
}

/// How long a program may be silent, written like any time.
///
/// # Errors
///
/// It is no time, or longer than an hour, or so short that a program would be blamed for what the system takes to wake it.
pub fn parse_deadline(text: &str) -> Result<Duration, String> {
    const MIN: Duration = Duration::from_millis(100);
    parsed(text, MIN).ok_or_else(|| "expected a time from 100ms to 1h, as in 500ms or 2s".into())
}

/// The time that is meant, if it is between these two.
fn parsed(text: &str, min: Duration) -> Option<Duration> {
    let parsed = match text.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        Err(_) => humantime::parse_duration(text).ok(),
    };
    parsed.filter(|parsed| (min..=MAX).contains(parsed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit_or_are_seconds() {
        assert_eq!(parse_duration("2s"), Ok(Duration::from_secs(2)));
        assert_eq!(parse_duration("0.5"), Ok(Duration::from_millis(500)));
        for wrong in ["", "soon", "-1", "0", "1y", "NaN", "1e300"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
        assert_eq!(parse_duration("1ms"), Ok(Duration::from_millis(1)));
        assert!(parse_deadline("99ms").is_err());
        assert_eq!(parse_deadline("100ms"), Ok(Duration::from_millis(100)));
    }
}
