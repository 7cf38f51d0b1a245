//! The evidence, laid out along the way.
use crate::evidence::Evidence;
/// The scene.
#[derive(Debug)]
pub struct Scene<'a> {
    /// what was seen
    pub evidence: &'a Evidence,
}
