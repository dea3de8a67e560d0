# Two commands on a fresh machine: `make book` and `make test`. Each target installs what it needs into .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# Quiet TensorFlow, and no progress bars in logs.
export TF_CPP_MIN_LOG_LEVEL ?= 3

# A network's large maps are freed and asked for again at every step. glibc gives each back to the system at once, and then
# is handed empty pages one by one, which takes up to half of a training's time. So it keeps what it has.
export MALLOC_MMAP_THRESHOLD_ ?= 1073741824
export MALLOC_TRIM_THRESHOLD_ ?= 2147483647
export MALLOC_ARENA_MAX ?= 1

.PHONY: book pdf test check data lint unit chapters pages nightly seldom nbval mutants lab notebooks bench compat \
  colab rehearsal graders clean

$(STAMP): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "This needs Python 3.11 to 3.13; name one with: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Executes the chapters that changed, or that depend on what did, and makes the pages that changed.
# `make book EDITION=student` leaves the solutions of the exercises out.
book: data
	$(BIN)/python book/_tools/build.py

data: $(STAMP)
	$(BIN)/python -m labkit data fetch

# The book on paper: _build/cnn-lab-book.pdf.
pdf: book
	$(BIN)/python book/_tools/printed.py

test: check chapters pages

check: lint unit

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --exclude notebooks .
	$(BIN)/ruff format --check --line-length 74 notebooks
	$(BIN)/mypy
	$(BIN)/oxlint --deny-warnings book
	$(BIN)/oxfmt --check 'book/**/*.js'
	$(BIN)/zizmor --offline --quiet .github/workflows
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml

# No test may use the network: what needs real data finds it in the cache.
unit: data
	LABKIT_OFFLINE=1 $(BIN)/pytest -n 2 -m "not slow and not browser and not nightly" \
	  --ignore tests/book --ignore tests/chapters_run

# Each chapter is executed once, from a fresh kernel, two at a time, and only if something changed that it depends on.
# The same execution is compared with the committed outputs here and shown by the book.
chapters: data
	$(BIN)/python book/_tools/execute.py
	$(BIN)/pytest -n 2 tests/chapters_run

pages: book
	$(BIN)/pytest -n 2 --dist loadgroup -m "not slow and not nightly" tests/book

# What seldom breaks and takes long. The workflow of this name runs the other versions of Python besides.
nightly: seldom nbval compat colab graders mutants

seldom: book
	LABKIT_OFFLINE=1 LABKIT_NIGHTLY=1 $(BIN)/pytest -n 2 --dist loadgroup -m "slow or nightly or many_cases"

# The chapters once more, by nbval from one end to the other, where no data can be had but what package archives hold:
# stand-ins take the place of the rest. Fashion-MNIST has none, and lies in Debian's archive.
nbval: $(STAMP)
	unset LABKIT_DATA && export LABKIT_CACHE=$$(mktemp -d) && trap 'rm -rf "$$LABKIT_CACHE"' EXIT && \
	  $(BIN)/python -m labkit data fetch fashion-mnist && \
	  LABKIT_OFFLINE=1 LABKIT_PROFILE=quick LABKIT_STRICT=1 \
	  $(BIN)/pytest --nbval --nbval-cell-timeout 300 -n 2 --dist loadscope notebooks

# Faults put in on purpose: each must turn a test of `make test` red.
mutants: data
	$(BIN)/python tests/mutants/run.py

lab: $(STAMP)
	$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) notebooks

notebooks: data
	$(BIN)/python book/_tools/notebooks.py

# All of them, also after one that misses its bound.
bench: $(STAMP)
	@missed=0; \
	for script in tests/benchmarks/bench_*.py; do $(BIN)/python $$script || missed=1; done; \
	for script in tests/benchmarks/peers_*.py; do $(BIN)/uv run $$script || missed=1; done; exit $$missed

# The same tests and chapters with the oldest libraries that pyproject.toml admits; COMPAT_PYTHON names another Python.
compat: data
	$(BIN)/python tests/compat.py $(COMPAT_PYTHON)

# The chapters with the versions of Colab's image; COLAB_PYTHON names Python 3.13 where it is not found,
# COLAB_OPTIONS chapters and limits: make colab COLAB_OPTIONS="--keep --seconds 300 05 18".
colab: data
	$(BIN)/python tests/colab/run.py $(if $(COLAB_PYTHON),--python $(COLAB_PYTHON)) $(COLAB_OPTIONS)

# The full profile on this machine, with every training cut short: what a GPU will run, met here first.
rehearsal: data
	LABKIT_OFFLINE=1 $(BIN)/pytest -n 2 -m nightly tests/course/test_rehearsal.py tests/training/test_mixed_precision.py

# Assignments, graded by nbgrader and by Otter-Grader in an environment of their own.
graders: data
	$(BIN)/python tests/graders.py

clean:
	rm -rf _build $(VENV) .venv-compat .venv-colab .venv-graders
