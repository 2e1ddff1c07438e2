# `make` lists the targets. Settings go on the command line, for example `make run SHOP_PORT=9101` (see Deploy/settings.sh).
.DEFAULT_GOAL := help
.PHONY: help run build baseline new-service remove-service new-service-test up down status walk clean load audit trouble test lint format bench fuzz hostile check-secrets compose-up compose-down \
  compose-test

CHECKS := --explicit-target-dependency-import-check error

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## install what is missing, build, start the stack, load shops, walk whole orders, leave it up (INSTANCES=2: two of each)
	@Deploy/stack up --release
	@Deploy/stack sample
	@Deploy/stack walk
	@Deploy/stack next

build: ## build the release programs
	@Deploy/install-packages
	swift build -c release $(CHECKS) --static-swift-stdlib

baseline: ## build another revision in .build/baseline/, for comparisons (REV=5aed1ae; TESTS=1: its tests too)
	@TESTS=$(TESTS) Deploy/baseline $(REV)

new-service: ## write a service that runs (NAME=coupon KIND=command PUBLISHES=coupon, or KIND=query SUBSCRIBES=order); see CONTRIBUTING.md
	@Deploy/new-service "$(NAME)" "$(KIND)" "$(PUBLISHES)" "$(SUBSCRIBES)"

remove-service: ## remove a service that make new-service wrote (NAME=coupon)
	@Deploy/remove-service "$(NAME)"

new-service-test: ## write one service of each kind in a clean clone, and test, run, audit, fuzz and remove them; about 20 minutes
	@Deploy/new-service-test

down: ## stop the stack, keep its data
	@Deploy/stack down

status: ## show the programs of the stack
	@Deploy/stack status

walk: ## follow a shop, and orders to every end, on the stack that runs
	@Deploy/stack walk

load: build ## whole orders at a rate (ARGS="--rate 50 --duration 40 --unhappy 0.2 --through gateway"), write .local/load.json
	@Deploy/stack load $(ARGS)

audit: ## read every database and both Redis, check every invariant, write .local/audit.json; fails if one is broken
	@Deploy/stack audit $(ARGS)

trouble: ## stop each program for 30 s in the middle of load, and audit (WHAT="payment provider-errs"); about 20 minutes
	@LoadTest/trouble.sh $(WHAT)

crashes: ## end services at every point between two steps, in the middle of orders, and audit; about 10 minutes
	@Deploy/install-packages
	swift build --build-tests $(CHECKS)
	CRASHES=all swift test --skip-build --no-parallel $(CHECKS) --filter CrashTests

clean: ## stop the stack and remove all it keeps (.local/)
	@Deploy/stack clean

test: ## install what is missing, build, run every test on servers of its own
	@Deploy/install-packages
	swift build --build-tests $(CHECKS)
	swift test --skip-build --no-parallel $(CHECKS)

lint: ## check format, imports of the domains, and the scripts
	@Deploy/lint

format: ## format all Swift code in place
	swift format --in-place --parallel --recursive Package.swift Services Shared Tests LoadTest

bench: build ## measure beside the peers (ONLY=patch for one row), write .local/bench.json
	@Deploy/install-packages --bench
	python3 LoadTest/bench.py $(ONLY)

hostile: ## slow and greedy clients against the gateway of the stack that runs, with a good one beside them
	@Deploy/install-packages --hostile
	@LoadTest/hostile.sh $(WHAT)

check-secrets: ## look for secrets in the repository, in logs, in arguments, in the image
	@Deploy/check-secrets

fuzz: build ## hold every service to its OpenAPI file by schemathesis
	@Deploy/install-packages --fuzz
	@LoadTest/fuzz.sh

compose-up: ## the same stack in containers
	@Deploy/compose/stack up

compose-down: ## stop the containers and forget their data
	@Deploy/compose/stack down

compose-test: ## build the containers, bring them up, take the walk through them, audit, take them down
	@Deploy/compose/stack test
