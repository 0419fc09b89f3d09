//! What the mark-up must hold; how it looks is judged by eye.
