# `make` lists the targets. Settings are given on the command line, for example `make run SHOP_PORT=9101` (see Deploy/settings.sh).
.DEFAULT_GOAL := help
.PHONY: help run build baseline compare new-service remove-service new-service-test up down status demo clean load audit faults crashes check test \
  lint format pictures update-dependencies bench fuzz abuse-test check-secrets compose-up compose-down compose-test walk trouble hostile

CHECKS := --explicit-target-dependency-import-check error

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-19s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## install missing packages, build, start the stack, load sample shops, run the demo (INSTANCES=2: two instances of each)
	@Deploy/stack up --release
	@Deploy/stack sample
	@Deploy/stack demo
	@Deploy/stack next

build: ## build the release executables, if anything has changed since the last time
	@Deploy/install-packages
	@Deploy/build release

baseline: ## build another revision in .build/baseline/, for comparisons (REV=5aed1ae; TESTS=1: its tests too)
	@TESTS=$(TESTS) Deploy/baseline $(REV)

compare: build ## run benchmark rows of another revision and of this one in turn (ROWS="near-cache patch" REV=5aed1ae; N=3 rounds of each)
	@N=$(or $(N),3) LoadTest/compare.sh "$(REV)" $(ROWS)

new-service: ## write a service that runs (NAME=coupon KIND=command PUBLISHES=coupon, or KIND=query SUBSCRIBES=order); see CONTRIBUTING.md
	@Deploy/new-service "$(NAME)" "$(KIND)" "$(PUBLISHES)" "$(SUBSCRIBES)"

remove-service: ## remove a service that make new-service wrote (NAME=coupon)
	@Deploy/remove-service "$(NAME)"

new-service-test: ## write one service of each kind in a clean clone, and test, run, audit, fuzz and remove them; about 20 minutes
	@Deploy/new-service-test

down: ## stop the stack, keep its data
	@Deploy/stack down

status: ## show the processes of the stack
	@Deploy/stack status

demo: ## run a shop, and orders to every final status, through the running stack, and print each step
	@Deploy/stack demo

load: build ## open-loop load of complete orders (ARGS="--rate 50 --duration 40 --unhappy 0.2 --through gateway"); .local/load.json, .svg
	@Deploy/stack load $(ARGS)

audit: ## check every invariant on all databases and both Redis servers; .local/audit.json, audit.svg
	@Deploy/stack audit $(ARGS)

faults: ## stop each program for 30 s during load, and audit (WHAT="payment provider-errs"); about 20 minutes
	@LoadTest/faults.sh $(WHAT)

crashes: ## crash services at every failpoint during orders, and audit; about 10 minutes
	@Deploy/install-packages --test
	@Deploy/build tests
	CRASHES=all swift test --skip-build --no-parallel $(CHECKS) --filter CrashTests

clean: ## stop the stack and remove its data (.local/)
	@Deploy/stack clean

check: ## build, lint, and run the tests that need no server; a minute once it is built
	@Deploy/install-packages --test
	@Deploy/build tests
	@Deploy/check

test: ## install missing packages, build, run every test on servers of its own (ONLY=OrderServiceTests for some)
	@Deploy/install-packages --test
	@Deploy/build tests
	swift test --skip-build --no-parallel $(CHECKS) $(if $(ONLY),--filter "$(ONLY)")

lint: ## check format, imports, scripts and generated files
	@Deploy/lint

format: ## format all Swift code
	swift format --in-place --parallel --recursive Package.swift Services Shared Tests LoadTest

pictures: build ## draw the pictures of the README again: the architecture from the catalogue, and a recording of the demo
	@Deploy/catalogue generate
	@Deploy/stack up --release
	@Deploy/record-demo

update-dependencies: ## raise the dependencies in Package.swift to the newest versions that resolve, within their major version
	@Deploy/update-dependencies

bench: build ## benchmark next to reference servers (ONLY=patch for one row); .local/bench.json, bench.svg
	@Deploy/install-packages --bench
	python3 LoadTest/bench.py $(ONLY)

abuse-test: ## slow and greedy clients against the gateway of the running stack, next to a well-behaved one
	@Deploy/install-packages --abuse-test
	@LoadTest/abuse-test.sh $(WHAT)

check-secrets: ## search the repository, logs, process arguments and the image for secrets
	@Deploy/check-secrets

fuzz: build ## test every service against its OpenAPI file with schemathesis
	@Deploy/install-packages --fuzz
	@LoadTest/fuzz.sh

compose-up: ## start the stack in containers
	@Deploy/compose/stack up

compose-down: ## stop the containers and remove their data
	@Deploy/compose/stack down

compose-test: ## build and start the containers, run the demo, audit, stop them
	@Deploy/compose/stack test

walk:
	@echo "make walk is now make demo" >&2; exit 1

trouble:
	@echo "make trouble is now make faults" >&2; exit 1

hostile:
	@echo "make hostile is now make abuse-test" >&2; exit 1
