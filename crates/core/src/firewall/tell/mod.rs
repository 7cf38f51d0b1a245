//! Rulings and walks in words: a table, JSON, a page.
