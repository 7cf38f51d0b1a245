# The verbs of the project; `make ci` is what CI runs, and nothing else.
SHELL := /bin/bash
RUST_FILES = git ls-files -- '*.rs' ':!fuzz/target'
PACKAGES = ca-certificates curl dbus dnsutils fail2ban firewalld gcc git iproute2 ipset iptables libc6-dev make mmdebstrap nftables nginx-light openssh-client openssh-server openssl pebble procps python3 python3-venv systemd-container ufw
# Clients nobody here wrote, which the emulated API is tested by; they lie in the tree and nowhere else.
TOOLS = target/tools
PRISM = 5.14.2
SDK = 5.9.0

.PHONY: setup packages tools check fmt lint test doc docs ci lab lab-real accuracy bench fuzz release

setup: packages tools ## What the tests need beyond a Rust toolchain.

packages: ## From Debian; no service is started by it, now or at boot. Another Node than Debian's is left alone.
	apt-get update -qq
	@policy=/usr/sbin/policy-rc.d; made=; \
	if [ ! -e $$policy ]; then printf '#!/bin/sh\nexit 101\n' > $$policy; chmod +x $$policy; made=yes; fi; \
	new=; for unit in fail2ban firewalld; do \
	if [ ! -e /lib/systemd/system/$$unit.service ]; then new="$$new $$unit"; fi; done; \
	node=; command -v node >/dev/null && command -v npm >/dev/null || node="nodejs npm"; \
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $(PACKAGES) $$node >/dev/null; result=$$?; \
	if [ -n "$$new" ]; then systemctl disable --quiet $$new || true; fi; \
	if [ -n "$$made" ]; then rm -f $$policy; fi; exit $$result

tools: $(TOOLS)/.prism-$(PRISM) $(TOOLS)/.sdk-$(SDK) ## From npm and PyPI: Prism, and Cloudflare's own SDK.

$(TOOLS)/.prism-$(PRISM):
	@mkdir -p $(TOOLS) && rm -f $(TOOLS)/.prism-*
	npm install --prefix $(TOOLS) --no-audit --no-fund --loglevel=error @stoplight/prism-cli@$(PRISM)
	@touch $@

$(TOOLS)/.sdk-$(SDK):
	@mkdir -p $(TOOLS) && rm -rf $(TOOLS)/.sdk-* $(TOOLS)/sdk
	python3 -m venv $(TOOLS)/sdk
	$(TOOLS)/sdk/bin/python -m pip install --quiet --disable-pip-version-check cloudflare==$(SDK)
	@touch $@

check: ## Type-check everything, quickly.
	cargo check --workspace --all-targets --locked

fmt: ## Format every tracked file (cargo fmt does not visit units).
	rustfmt --edition 2024 $$($(RUST_FILES))

lint: ## Formatting and clippy; warnings are errors.
	rustfmt --edition 2024 --check $$($(RUST_FILES))
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo clippy --package rayfix --no-default-features --locked -- -D warnings

test: ## All tests; ends with the runner's own closing lines.
	cargo test --workspace --locked --no-fail-fast

doc: ## The API's documentation; warnings are errors.
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --quiet

docs: ## Write what is generated: docs/causes, docs/accuracy.md, the list of codes.
	UPDATE=1 cargo test --workspace --locked

ci: lint doc test ## All of it.

lab: ## One fault on the loopback, diagnosed: make lab FAULT=tls-name-rejected
	cargo run --locked --quiet -- lab run $(or $(FAULT),tls-certificate-expired)

lab-real: ## Every fault on a booted Debian behind the edge, as root; make lab-real FAULT=app-stopped holds one to look at.
	$(if $(FAULT),LAB_REAL_HOLD=$(FAULT) cargo test -p rayfix-lab,cargo test --workspace) --locked --test real

accuracy: ## Every fault and look-alike, on the loopback and, as root, on a booted Debian: what was found of each.
	cargo test --workspace --locked --test accuracy -- --nocapture
	cargo test --package rayfix --locked --test real

bench: ## Speed and size, against the runbook's commands by hand.
	cargo build --release --locked
	bench/run
	bench/firewall
	bench/account
	bench/ssl-mode

fuzz: ## Every parser of bytes from the network: make fuzz RUNS=1000000
	fuzz/run.sh $(or $(RUNS),1000000)

release: ci ## See the checklist in CONTRIBUTING.md.
	cargo build --release --locked
