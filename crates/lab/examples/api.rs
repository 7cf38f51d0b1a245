//! Raises the emulated Cloudflare API for programs of others: `--port 0`, `--token TEXT` for one more token that
//! may do everything. Prints its base on one line and ends when standard input does.

use std::io::Write;

use rayfix_lab::api::{Emulated, Grant, sample};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut port = 0;
    let mut state = sample();
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
        match name.as_str() {
            "--port" => port = value.parse()?,
            "--token" => {
                state.grants.insert(value, Grant::all("given"));
            }
            _ => return Err(format!("unknown argument {name}").into()),
        }
    }
    let api = Emulated::raise_on(port, state).await?;
    let mut out = std::io::stdout();
    writeln!(out, "{}", api.base)?;
    out.flush()?;
    tokio::task::spawn_blocking(|| {
        std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink())
    })
    .await??;
    Ok(())
}
