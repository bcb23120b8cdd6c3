PYTHON ?= python3
VENV := .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: help setup book test fast live serve pdf publish links newest bench bench-charts bench-pages screenshots benchmarks reproducible mutants clean

help: ## say what there is
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

setup:
	@command -v $(PYTHON) >/dev/null || { echo "Python is missing: install Python 3.11 or newer, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) tools/environment.py

book: setup ## build the site (sets everything up first)
	@$(VENV) book/build.py

# Which process runs which test, and in what order, is in tests/conftest.py.
test: setup ## check and test everything, a build of the book included
	@$(VENV) -m ruff check .
	@$(VENV) -m ruff format --check --quiet .
	@$(VENV) -m mypy
	@.venv/bin/actionlint -shellcheck .venv/bin/shellcheck .github/workflows/*.yml
	@.venv/bin/zizmor --offline --no-progress --quiet .github/workflows
	@$(VENV) -m pytest -n auto --dist loadgroup --no-loadscope-reorder --durations 10

fast: setup ## the tests that build no book: seconds, for development
	@$(VENV) -m pytest -n auto -m "not build"

live: setup ## write with the book open: each change is shown as soon as it is saved
	@$(VENV) book/live.py

serve: setup ## show the site at http://localhost:8000
	@$(VENV) -m http.server 8000 --bind localhost --directory book/_build/html

pdf: setup ## print the last good build: the whole book in one PDF (needs Chromium)
	@$(VENV) book/pdf.py

publish: setup ## push the last good build to gh-pages, where readers and Colab find it
	@$(VENV) book/publish.py

links: setup ## follow every link that leaves the book
	@$(VENV) tools/links.py

newest: ## test and build with the newest versions within the package's bounds
	@$(PYTHON) tools/newest.py

bench: setup ## time builds beside stock jupyter-book, and hold them to their targets
	@$(VENV) tools/bench.py

bench-charts: setup ## measure how quickly charts answer on a slow processor (needs Chromium)
	@$(VENV) tools/bench_charts.py

bench-pages: setup ## measure every page with Lighthouse beside stock (needs Node.js and Chromium)
	@$(VENV) tools/bench_pages.py

# What it compares with lies in .venv, to go when .venv goes, and comes without dependencies,
# so that torch stays as it is. The copy of the requirements says that all of it is there.
screenshots: setup ## write each page as it is on a phone and a desktop, light and dark
	@$(VENV) tools/screenshots.py

benchmarks: setup ## compare the code with plain torch, scipy and torchebm
	@cmp -s benchmarks/requirements.txt .venv/benchmarks/requirements.txt || { rm -rf .venv/benchmarks && $(VENV) -m pip install --quiet --no-deps --target .venv/benchmarks --requirement benchmarks/requirements.txt && cp benchmarks/requirements.txt .venv/benchmarks; }
	@PYTHONPATH=.venv/benchmarks $(VENV) -m benchmarks

reproducible: setup ## build one commit twice and list what differs
	@$(VENV) tools/reproducible.py

mutants: setup ## change the mathematics and see whether a test notices: MODULES="ising grids" or all
	@$(VENV) tools/mutation.py $(MODULES)

clean: ## remove all that was built, the environment included
	rm -rf .venv book/_build mutants .pytest_cache .mypy_cache .ruff_cache .hypothesis
