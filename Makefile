# SPDX-License-Identifier: Apache-2.0
# Short names for what ./run, ./test and meson do. "make" lists them.
BUILD ?= build/plain

.DEFAULT_GOAL := help
.PHONY: help build install run test lint unit docs format hooks bench fuzz clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

build: ## the daemon, the command line and all tests, in build/plain
	@tools/setup --test
	@[ -f $(BUILD)/build.ninja ] || CC=gcc meson setup $(BUILD) -Dwerror=true
	@ninja -C $(BUILD)

install: ## tandemd and tandem, into /usr/local/bin
	@tools/setup
	@[ -f $(BUILD)/build.ninja ] || CC=gcc meson setup $(BUILD) -Dwerror=true -Dtests=disabled
	@meson install -C $(BUILD)

run: ## the main job, live, for 20 seconds
	@./run

test: ## everything that CI runs after the bare machine
	@./test

lint: ## the rules of docs/design.md and CONTRIBUTING.md
	@./test lint

unit: ## unit, model, integration and fuzz-corpus tests
	@./test unit

docs: build ## docs/reference/, made of what the programs print; then checks all documents
	@tools/reference --build $(BUILD)
	@tests/lint/lint.py $(BUILD) docs reference

format: ## clang-format over all C files
	@git ls-files '*.c' '*.h' | xargs clang-format-14 -i

hooks: ## checks each commit message in this clone
	@git config core.hooksPath tools/hooks

bench: ## what one worker forwards, beside its peers
	@tests/bench/run

fuzz: ## each fuzz target for a minute
	@tests/fuzz/run 60

clean: ## removes build/
	@rm -rf build
