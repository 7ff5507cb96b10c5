//! An input that fails, as a test.

/// The test that calls `body` (its path) on `data`. It can be put into `tests/suite/corpus.rs` as it is.
#[must_use]
pub fn reproducer(body: &str, data: &[u8]) -> String {
    // FNV-1a: tests of several inputs can stand beside each other.
    let hash =
        data.iter().fold(0x811C_9DC5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    let (_, name) = body.rsplit_once("::").unwrap_or(("", body));
    let bytes = data.escape_ascii();
    format!("#[test]\nfn {name}_holds_on_{hash:08x}() {{\n    {body}(b\"{bytes}\");\n}}\n")
}
