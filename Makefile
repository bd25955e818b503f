# `make demo` and `make test` create the environment themselves.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test check environment clean

demo: $(VENV)/.run
	$(BIN)/python -m tasks.demo_text runs/demo/text
	$(BIN)/python run_pretrain.py --config=configs/text.py --config.data.text_dir=runs/demo/text \
	  --config.data.parallel=runs/demo/text/parallel.tsv --config.languages=en,fr \
	  --config.data.cache_dir=runs/demo/cache --config.vocabulary.size=600 \
	  --config.evaluation.pairs=400 --config.evaluation.fit_pairs=200 \
	  --config.training.steps=600 --workdir=runs/demo/model
	$(BIN)/python run_eval.py --workdir=runs/demo/model --evaluators=cka,retrieval

test: check
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright --pythonpath $(BIN)/python

environment: $(VENV)/.dev

$(VENV)/.run: requirements.txt
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

clean:
	rm -rf $(VENV)
