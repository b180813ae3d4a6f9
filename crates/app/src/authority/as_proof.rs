//! Values that carry a proof.

use crate::authority::Proof;

/// A value that carries the proof `P`: the proof itself, or a value of an adapter around it, such as
/// an extractor. [`crate::App::run`] and [`crate::App::query`] take either.
pub trait AsProof<P>: Sync {
    /// Returns the proof.
    fn as_proof(&self) -> &P;
}

impl<P: Proof> AsProof<P> for P {
    fn as_proof(&self) -> &P {
        self
    }
}
