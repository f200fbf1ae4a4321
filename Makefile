# SPDX-License-Identifier: MIT
# Verbs over meson. `make help` lists them; ./run and ./test are all that most people need.
BUILD ?= build
MESON_FLAGS ?=
NINJA = ninja -C

.PHONY: help build build-clang build-san build-fuzz build-cov check clang e2e san fuzz oom lint fmt \
	cov bench clean

help:
	@sed -n 's/^## //p' Makefile

## make build    the program, build/portero
build: $(BUILD)/build.ninja
	@$(NINJA) $(BUILD) --quiet

$(BUILD)/build.ninja:
	meson setup $(MESON_FLAGS) $(BUILD)

## make check    unit tests and lint
check: build lint
	tools/unit $(BUILD)

## make clang    build and unit tests with clang
clang: build-clang
	tools/unit build-clang

build-clang: build-clang/build.ninja
	@$(NINJA) build-clang --quiet

build-clang/build.ninja:
	CC=clang meson setup build-clang

## make e2e      end-to-end tests with real peers; T=NAME for some of them
e2e: build
	tests/e2e/run $(T)

## make san      unit tests and end-to-end tests under ASan and UBSan
san: build-san
	tools/unit build-san
	PORTERO=build-san/portero tests/e2e/run --sanitized

build-san: build-san/build.ninja
	@$(NINJA) build-san --quiet

build-san/build.ninja:
	meson setup -Dbuildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false build-san

## make fuzz     fuzzers, FUZZ_SECONDS=600 each; T=NAME for some of them
fuzz: build-fuzz
	tests/fuzz/run build-fuzz $(T)

# LIBRE=/path/to/libre.a: the SIP library built with the same sanitizers (see HACKING.md)
build-fuzz: build-fuzz/build.ninja
	@$(NINJA) build-fuzz --quiet fuzzers

build-fuzz/build.ninja:
	CC=clang meson setup -Dfuzz=true -Dfuzz_libre=$(LIBRE) -Db_sanitize=address,undefined \
		-Db_lundef=false build-fuzz

## make oom      each allocation failed in turn, one scenario after the other; T=NAME for some
oom: build
	tests/oom/run build $(T)

## make lint     include table, banned functions, headers alone, format
lint:
	tools/lint

## make fmt      format the sources in place
fmt:
	clang-format -i $$(git ls-files '*.c' '*.h')

## make cov      line coverage of unit and end-to-end tests
cov: build-cov
	tools/unit build-cov
	-PORTERO=build-cov/portero tests/e2e/run
	gcovr -r . --object-directory build-cov -f src/ --print-summary

build-cov: build-cov/build.ninja
	@$(NINJA) build-cov --quiet

build-cov/build.ninja:
	meson setup -Db_coverage=true build-cov

## make bench    figures against peers, into bench/results
bench: build
	bench/run

clean:
	rm -rf build build-clang build-san build-fuzz build-cov
