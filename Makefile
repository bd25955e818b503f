# `make demo` and `make test` create the environment themselves.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Of Beam, which needs older libraries than the rest (docs/how-to/prepare-on-beam.md).
BEAM ?= .venv-beam

.PHONY: demo test test-beam check environment clean

demo: $(VENV)/.run
	$(BIN)/python run_pretrain.py --config=configs/demo.py --config.data.cache_dir=runs/cache \
	  --workdir=runs/demo
	$(BIN)/python run_eval.py --workdir=runs/demo --evaluators=cka,retrieval,lexicon

test: check
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder \
	  --max-worker-restart=0 $(if $(ALL),,-m "not slow")

test-beam: $(BEAM)/.dev
	$(BEAM)/bin/python -m pytest tests/preparation/test_beam.py

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/pyright --pythonpath $(BIN)/python

environment: $(VENV)/.dev

$(VENV)/.run: requirements.txt
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

$(BEAM)/.dev: requirements-beam.txt requirements-beam-dev.txt
	test -d $(BEAM) || $(PYTHON) -m venv $(BEAM)
	$(BEAM)/bin/pip install --quiet --disable-pip-version-check \
	  -r requirements-beam.txt -r requirements-beam-dev.txt
	touch $@

clean:
	rm -rf $(VENV) $(BEAM)
