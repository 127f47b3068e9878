# Every target sets up what it needs in .venv; nothing has to be activated.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.stamp
NATIVE := $(wildcard runtime/tacit/runtime/*.pyx runtime/tacit/runtime/*.pxd)
FUZZ_INPUTS ?= 200000
# Of `make differential`.
PAIRS ?= 200000
SEED ?= 20260801

JS_TESTS := $(wildcard runtime/js/test/*.test.mjs runtime/js/examples/test/*.test.mjs edge_server/worker/test/*.test.mjs)

.PHONY: help demo test javascript differential lint bench fuzz kit format clean

help:
	@echo "make demo   compile a shop's rules, start an edge, decide for sample visitors"
	@echo "make test   every test of every runtime"
	@echo "make javascript  of these the JavaScript runtime's, and the conformance kit in every engine that is here"
	@echo "make differential  the evaluator against the reference (PAIRS=$(PAIRS))"
	@echo "make lint   ruff, mypy --strict, typing tests"
	@echo "make bench  peers side by side -> bench/results/"
	@echo "make fuzz   damaged bundles under AddressSanitizer (FUZZ_INPUTS=$(FUZZ_INPUTS))"
	@echo "make kit    the conformance kit as one archive -> dist/"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("tacit needs Python 3.11 or newer, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

# The package itself, editable, with what tests and lint need. Runs again when sources of the extension change.
$(STAMP): $(BIN)/python pyproject.toml setup.py $(NATIVE)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable '.[cli,edge,data]' --group test --group lint --group oracle
	@touch $@

$(VENV)/.bench-stamp: $(STAMP)
	$(BIN)/python -m pip install --quiet --group bench
	@touch $@

# The public CEL conformance suite comes as an npm package; without npm its test is skipped and says so.
tests/node_modules/.stamp: tests/package.json
	@if command -v npm >/dev/null; then cd tests && npm install --silent --no-package-lock --no-audit --no-fund && touch node_modules/.stamp; \
	else echo "npm is not here: the CEL conformance suite will be skipped"; fi

# Engines and what builds for them; without npm those that need it are skipped and say so.
runtime/js/node_modules/.stamp: runtime/js/package.json
	@if ! command -v npm >/dev/null; then echo "!!! npm is not here: tests and engines that need its packages will be skipped"; \
	elif cd runtime/js && npm install --silent --no-package-lock --no-audit --no-fund; then touch node_modules/.stamp; \
	else echo "!!! npm could not install: tests and engines that need its packages will be skipped"; fi

demo: $(STAMP)
	@$(BIN)/python scripts/demo.py

test: $(STAMP) tests/node_modules/.stamp
	$(BIN)/python -m pytest
	@$(MAKE) --no-print-directory javascript

# With TACIT_ENGINES=all, as in CI, whatever is not here is a failure.
javascript: $(STAMP) runtime/js/node_modules/.stamp
	@if ! { command -v node && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)'; } >/dev/null; then \
	echo "!!! node 20 or newer is not here: THE JAVASCRIPT RUNTIME WAS NOT TESTED"; test "$$TACIT_ENGINES" != all; \
	else told=$$(node --test --test-reporter=spec $(JS_TESTS) 2>&1); failed=$$?; \
	echo "$$told" | sed -n '/^ℹ tests/,$$p'; echo "$$told" | grep '^!!!'; \
	test $$failed = 0 && echo "$$told" | grep -q '^ℹ pass [1-9]' && node runtime/js/engines/run.mjs; fi

differential: $(STAMP)
	TACIT_DIFFERENTIAL_PAIRS=$(PAIRS) TACIT_DIFFERENTIAL_SEED=$(SEED) $(BIN)/python -m pytest tests/runtime/test_differential.py -s

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.bench-stamp
	$(BIN)/python -m bench
	$(BIN)/python -m pytest bench/test_hot_paths.py --benchmark-enable --benchmark-only

fuzz: $(STAMP)
	$(BIN)/python -m tests.fuzz --inputs $(FUZZ_INPUTS)

kit: $(STAMP)
	@$(BIN)/python -m tests.conformance.pack

clean:
	rm -rf $(VENV) build dist *.egg-info tests/node_modules runtime/js/node_modules
	find runtime -name '*.so' -o -name '*.c' -path '*tacit*' | xargs rm -f
