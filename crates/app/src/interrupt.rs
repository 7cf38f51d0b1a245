//! Ctrl-C, a closed terminal, `kill`: while a plan is carried out they mean "take it back", not "leave it half done".

use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::refusal::Refusal;

/// Whether somebody wants an end.
#[derive(Clone)]
pub(crate) struct Interrupt {
    came: Arc<watch::Receiver<bool>>,
}

impl Interrupt {
    /// From now on the signals that would end this process are only noted. Within a runtime.
    ///
    /// # Errors
    /// When the system refuses.
    pub(crate) fn noted() -> Result<Interrupt, Refusal> {
        let (tell, came) = watch::channel(false);
        let tell = Arc::new(tell);
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        for kind in kinds {
            let mut signals = signal(kind).map_err(Refusal::Runtime)?;
            let tell = Arc::clone(&tell);
            tokio::spawn(async move {
                while signals.recv().await.is_some() {
                    let _ = tell.send(true);
                }
            });
        }
        Ok(Interrupt { came: Arc::new(came) })
    }

    /// Whether it came.
    pub(crate) fn came(&self) -> bool {
        *self.came.borrow()
    }

    /// Waits until it comes.
    pub(crate) async fn comes(&self) {
        let mut came = (*self.came).clone();
        if came.wait_for(|came| *came).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
