//! What the pictures of made-up and simulated conversations have on them.
