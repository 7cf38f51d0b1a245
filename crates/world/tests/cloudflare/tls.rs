//! Over TLS: the roots given count, the name counts, and the connection can be led elsewhere.

use std::sync::Arc;

use rayfix_lab::pki::{Certificate, Pki};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use tokio_rustls::TlsAcceptor;

use super::*;

const NAME: &str = "api.example.com";

/// A server that shows such a certificate and has one good answer; what it was asked.
async fn secure(pki: &Pki, kind: Certificate) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let chain = pki.chain(kind, &[NAME.to_owned()]).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider);
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let config = config.with_single_cert(chain.certificates, chain.key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            let acts = vec![Act::Say(200, "", good(json!("well")))];
            tokio::spawn(serve(stream, acts, Arc::clone(&kept)));
        }
    });
    (at, asked)
}

async fn ask(at: SocketAddr, name: &str, roots: Vec<Vec<u8>>) -> Result<String, ApiRefusal> {
    let api = Api {
        base: format!("https://{name}/client/v4").parse().unwrap(),
        token: Token::new(TOKEN).ok(),
        roots,
        detour: Some(at),
        timeout: Duration::from_secs(8),
    };
    Client::new(api).ok().unwrap().call(&read()).await
}

#[tokio::test]
async fn a_root_that_was_given_is_trusted_and_the_detour_is_taken() {
    let pki = Pki::new().unwrap();
    let (at, asked) = secure(&pki, Certificate::Good).await;
    let told = ask(at, NAME, vec![pki.root_der().to_vec()]).await;
    assert_eq!(told.unwrap(), "well");
    let asked = asked.lock().unwrap().clone();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].contains("host: api.example.com\r\n"), "{}", asked[0]);
}

#[tokio::test]
async fn a_token_is_not_sent_to_whoever_cannot_show_a_certificate() {
    let pki = Pki::new().unwrap();
    let root = || vec![pki.root_der().to_vec()];
    let stranger = Pki::new().unwrap().root_der().to_vec();
    for (kind, name, roots, why) in [
        (Certificate::Good, NAME, vec![], "who signed its certificate is not trusted here"),
        (Certificate::Good, NAME, vec![stranger], "who signed its certificate is not trusted here"),
        (Certificate::Good, "www.example.com", root(), "its certificate is for another name"),
        (Certificate::Expired { days_ago: 3 }, NAME, root(), "its certificate has expired"),
        (
            Certificate::NotYetValid { days_ahead: 3 },
            NAME,
            root(),
            "its certificate is not valid yet",
        ),
    ] {
        let (at, asked) = secure(&pki, kind).await;
        let refusal = ask(at, name, roots).await.unwrap_err();
        assert_eq!((refusal.kind, refusal.why.as_str()), (RefusalKind::Unreached, why));
        assert_eq!(asked.lock().unwrap().len(), 0);
    }
}

#[tokio::test]
async fn what_does_not_speak_tls_is_told_so() {
    let answer = b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(&answer).await;
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
    });
    let refusal = ask(at, NAME, vec![]).await.unwrap_err();
    let told = (refusal.kind, refusal.why.as_str());
    assert_eq!(told, (RefusalKind::Unreached, "it does not speak TLS"));
}
