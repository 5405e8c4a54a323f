# What one does with a checkout. Only Python, git and make are assumed: everything else comes into
# .venv, through uv, which itself comes into .uv where no working one is installed. The checks of the
# JavaScript need Node.js besides; the site does not.

PORT ?= 8000
ARGS ?=
PYTHON := .venv/bin/python
UV_VERSION := 0.13.9
TRAINING := torch==2.13.0 onnx==1.23.2 safetensors==0.8.0

# A uv that is found may still fail: pyenv leaves one behind for every version that ever had it.
ifeq ($(shell uv --version >/dev/null 2>&1 && echo works),works)
UV := uv
UV_FILE :=
else
UV := .uv/bin/uv
UV_FILE := .uv/bin/uv
endif

COMPILE := $(UV) pip compile --quiet --generate-hashes --no-emit-index-url --no-header --universal \
	--python-version 3.12 --extra web --extra demo --group build $(ARGS) pyproject.toml

.DELETE_ON_ERROR:
.PHONY: help demo test test-all test-training test-js faults coverage lint lint-js types check docs setup lock

help:
	@echo 'make demo     open a desk with sample articles in the browser (PORT=8000)'
	@echo 'make test     run the tests (ARGS="-k word" passes arguments to pytest)'
	@echo 'make test-all the same with the slow ones: slow networks, servers, killed processes'
	@echo 'make coverage the same as test-all, and which lines and branches it runs'
	@echo 'make test-training  run the tests of the training, with its extra (PyTorch, some GB)'
	@echo 'make faults   kill, cut off and starve every part of a site of its own while people decide in it'
	@echo 'make test-js  run the tests of the JavaScript (needs Node.js)'
	@echo 'make lint     check style and format'
	@echo 'make lint-js  the same for the JavaScript (needs Node.js and npm)'
	@echo 'make types    check types'
	@echo 'make check    lint, types, missing migrations and tests'
	@echo 'make docs     write the pictures and tables in docs/ that follow from the code'
	@echo 'make setup    install what the desk and the tests need, and do no more'
	@echo 'make lock     bring the pinned requirements up to date with pyproject.toml (ARGS=--upgrade)'

demo: .venv/.desk
	@exec $(PYTHON) manage.py quickstart --port $(PORT)

PYTEST := $(PYTHON) -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal

test: .venv/.tests
	$(PYTEST) -m 'not slow' --hypothesis-profile quick $(ARGS)

test-all: .venv/.tests
	$(PYTEST) $(ARGS)

# What is measured by test-training before counts as well.
coverage: .venv/.tests
	$(PYTEST) --cov --cov-append --cov-report=term $(ARGS)

test-training: .train/.installed
	.train/bin/python -m pytest --cov --cov-report= tests/accordingto/training \
		tests/project/test_no_calls_outside.py::test_training_calls_nobody $(ARGS)

faults: .venv/.tests
	$(PYTHON) -m benchmarks.faults $(ARGS)

test-js:
	node --test --test-reporter=spec tests/js/*.test.mjs

lint: .venv/.tests
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	.venv/bin/lint-imports

lint-js: node_modules/.installed
	npx eslint --max-warnings 0 static/js tests/js eslint.config.js
	npx prettier --check static/js tests/js eslint.config.js package.json

types: .venv/.tests
	$(PYTHON) -m mypy

check: lint types
	$(PYTHON) manage.py makemigrations --check --dry-run
	$(MAKE) test-all

docs: .venv/.desk
	$(PYTHON) docs/generate.py

setup: .venv/.desk .venv/.tests

lock: .venv/pyvenv.cfg
	$(COMPILE) --output-file requirements.txt
	$(COMPILE) --group dev --constraint requirements.txt --output-file requirements-dev.txt

# Each stamp stands for one set of installed packages, and is renewed when what defines it changes.
.venv/.desk: .venv/pyvenv.cfg requirements.txt pyproject.toml
	@echo 'Installing what the desk needs ...'
	@$(UV) pip install --quiet --python $(PYTHON) --require-hashes --requirement requirements.txt
	@$(UV) pip install --quiet --python $(PYTHON) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.tests: .venv/.desk requirements-dev.txt
	@echo 'Installing what the tests need ...'
	@$(UV) pip install --quiet --python $(PYTHON) --require-hashes --requirement requirements-dev.txt
	@touch $@

# PyTorch in an environment of its own, which looks for everything else in .venv: so no other test
# and no type check sees it. The build without CUDA is a tenth of the size, but not on every index.
.train/.installed: .venv/pyvenv.cfg | .venv/.tests
	@echo 'Installing what the training needs ...'
	@$(PYTHON) -m venv --clear --without-pip .train
	@$(PYTHON) -c 'import sysconfig; print("import site; site.addsitedir(" \
		+ repr(sysconfig.get_path("purelib")) + ")")' \
		> "$$(.train/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/beside.pth"
	@$(UV) pip install --quiet --python .train/bin/python --constraint requirements-dev.txt \
		--torch-backend cpu $(TRAINING) 2>/dev/null \
		|| python3 -m pip --python .train/bin/python install --quiet $(TRAINING)
	@touch $@

node_modules/.installed: package.json .npmrc
	@echo 'Installing what checks the JavaScript ...'
	@npm install --silent
	@touch $@

# The Python of .python-version, found or fetched; else any that is there and new enough.
.venv/pyvenv.cfg: .python-version | $(UV_FILE)
	@$(UV) venv --quiet --clear --python "$$(cat .python-version)" .venv 2>/dev/null \
		|| { echo "Python $$(cat .python-version) is neither here nor to be had; trying others."; \
			$(UV) venv --quiet --clear --no-python-downloads --python '>=3.12' .venv; } \
		|| { echo 'Python 3.12 or newer is needed.'; exit 1; }
	@touch $@

.uv/bin/uv:
	@echo 'Fetching uv ...'
	@rm -rf .uv
	@python3 -m venv .uv \
		|| { echo 'python3 cannot make an environment. On Debian: apt install python3-venv'; exit 1; }
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
