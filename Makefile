# Every verb of the project. Build output and downloads stay in NEARHOME_CACHE, so that a second clone is quick.

export NEARHOME_CACHE ?= $(HOME)/.cache/nearhome
export CARGO_TARGET_DIR ?= $(NEARHOME_CACHE)/target
SHELL := bash

# One build serves running and testing, so that the first run is short; `cargo build --release` makes the one for production.
PROGRAM := $(CARGO_TARGET_DIR)/debug/nearhome
# The last number is the version of the file’s layout.
POSTCODES := $(NEARHOME_CACHE)/postcodes-2026.1.1-2.places
WORLD := nearhome.sqlite

.PHONY: help run build assets postcodes test proof browser screenshots bench check

help: ## What there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

run: build postcodes ## Load a world of synthetic children, tell one placement as a story, serve on http://127.0.0.1:8080
	@test -f $(WORLD) || $(PROGRAM) --database sqlite:$(WORLD) --postcodes $(POSTCODES) demo
	$(PROGRAM) --database sqlite:$(WORLD) --postcodes $(POSTCODES) story
	$(PROGRAM) --database sqlite:$(WORLD) --postcodes $(POSTCODES) serve --listen 127.0.0.1:8080

build: assets
	@echo "build: the program, minutes the first time, seconds later"
	cargo build --package nearhome

assets:
	@scripts/install run
	@scripts/assets

postcodes: build
	@test -f $(POSTCODES) || { scripts/fetch-postcodes && $(PROGRAM) import postcodes $(NEARHOME_CACHE)/postcodes/unpacked --into $(POSTCODES); }

test: ## Everything that must hold: rules, both databases, access, the browser
	@scripts/install test
	@scripts/assets
	cargo fmt --all --check
	scripts/with-postgres cargo test --workspace --quiet
	cargo clippy --workspace --all-targets --quiet -- -D warnings
	@$(MAKE) --no-print-directory browser

proof: ## The long versions: 1,000 races for the last place, 10,000 bids around a deadline, 200 random walks through a procurement, 150 races against a suspension, 20 kills under eight writers, 1,000 histories merged as by ocdsmerge
	@scripts/install test
	@scripts/assets
	@cargo build --quiet --package nearhome
	NEARHOME_PROOF=1 scripts/with-postgres cargo test --quiet --package service --test it of_fifty -- --nocapture
	NEARHOME_PROOF=1 scripts/with-postgres cargo test --quiet --package service --test it closing:: -- --nocapture
	NEARHOME_PROOF=1 scripts/with-postgres cargo test --quiet --package service --test it walk:: -- --nocapture
	NEARHOME_PROOF=1 scripts/with-postgres cargo test --quiet --package service --test it suspension_race:: -- --nocapture
	NEARHOME_PROOF=1 cargo test --quiet --package nearhome --test it killed -- --nocapture --test-threads=1
	@scripts/ocds-peer $(PROGRAM) --answers-only

browser: assets ## A sample world on both databases in a real browser: every role, one child placed and one framework procured, with and without JavaScript (WAYS=all: the framework both ways on both)
	@scripts/install test
	scripts/fetch-postcodes
	cargo build --quiet --package nearhome
	@npm ci --silent --no-audit --no-fund
	scripts/with-postgres tests/browser/run $(PROGRAM) $(POSTCODES) $(WAYS)

screenshots: ## The pictures of the README, taken by the browser test
	@SCREENSHOTS=docs/screenshots $(MAKE) --no-print-directory browser

bench: assets ## Postcodes beside SQLite, OCDS beside ocdsmerge, the officer's board beside the same page on Express, Nunjucks and pg, with ratios
	@scripts/install bench
	@echo "bench: the release build, ten minutes the first time on two cores"
	cargo build --release --package nearhome
	@test -f $(POSTCODES) || { scripts/fetch-postcodes && $(CARGO_TARGET_DIR)/release/nearhome import postcodes $(NEARHOME_CACHE)/postcodes/unpacked --into $(POSTCODES); }
	@list=$$(mktemp -d) && cargo bench --quiet --package service --bench postcodes -- $(POSTCODES) $$list/places.csv >$$list/ours \
		&& python3 bench/postcodes.py $$list/places.csv $$list/ours && rm -r $$list
	@scripts/ocds-peer $(CARGO_TARGET_DIR)/release/nearhome
	@cd bench/board && npm ci --silent --no-audit --no-fund --cache $(NEARHOME_CACHE)/npm --prefer-offline
	@scripts/with-postgres node bench/board/run.mjs $(CARGO_TARGET_DIR)/release/nearhome $(POSTCODES)

check: assets ## Formatting, lints, licences and bans, documents
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings
	scripts/licences
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet
