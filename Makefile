# The verbs of the project; `make ci` is what CI runs, and nothing else.
SHELL := /bin/bash
RUST_FILES = git ls-files -- '*.rs' ':!fuzz/target'
PACKAGES = ca-certificates curl dnsutils gcc git libc6-dev make nginx-light openssl python3

.PHONY: setup check fmt lint test doc docs ci lab accuracy bench fuzz release

setup: ## What the tests need beyond a Rust toolchain, from Debian; starts no service.
	apt-get update -qq
	rule=/usr/sbin/policy-rc.d; [ -e $$rule ] || { printf '#!/bin/sh\nexit 101\n' >$$rule; chmod +x $$rule; trap "rm -f $$rule" EXIT; }; \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $(PACKAGES) >/dev/null

check: ## Type-check everything, quickly.
	cargo check --workspace --all-targets --locked

fmt: ## Format every tracked file (cargo fmt does not visit units).
	rustfmt --edition 2024 $$($(RUST_FILES))

lint: ## Formatting and clippy; warnings are errors.
	rustfmt --edition 2024 --check $$($(RUST_FILES))
	cargo clippy --workspace --all-targets --locked -- -D warnings

test: ## All tests; ends with the runner's own closing lines.
	cargo test --workspace --locked

doc: ## The API's documentation; warnings are errors.
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --quiet

docs: ## Write what is generated: docs/causes, docs/accuracy.md, the list of codes.
	UPDATE=1 cargo test --workspace --locked

ci: lint doc test ## All of it.

lab: ## One fault on the loopback, diagnosed: make lab FAULT=tls-name-rejected
	cargo run --locked --quiet -- lab run $(or $(FAULT),tls-certificate-expired)

accuracy: ## Every fault and look-alike, with and without the 502 switch: the confusion matrix.
	cargo test --workspace --locked --test accuracy -- --nocapture

bench: ## Speed and size, against the runbook's commands by hand.
	cargo build --release --locked
	bench/run

fuzz: ## Every parser of bytes from the network: make fuzz RUNS=1000000
	fuzz/run.sh $(or $(RUNS),1000000)

release: ci ## See the checklist in CONTRIBUTING.md.
	cargo build --release --locked
