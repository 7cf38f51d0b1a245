//! Look-alikes: healthy stages that resemble broken ones. One file each; nothing is to blame on any
//! of them.

use rayfix_core::registry::UnitDoc;

use crate::stage::Stage;

/// One way to look broken.
#[derive(Debug)]
pub struct Lookalike {
    /// Sets a healthy stage.
    pub set: fn(&mut Stage),
}

/// The look-alike of a name, with `-` or `_`.
#[must_use]
pub fn find(name: &str) -> Option<&'static (UnitDoc, &'static Lookalike)> {
    let file = name.replace('-', "_");
    ALL.iter().find(|(doc, _)| doc.file == file)
}

rayfix_core::units! { Lookalike;
    healthy,
}
