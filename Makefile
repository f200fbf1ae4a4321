# Verbs over meson. `make help` lists them.
BUILD ?= build
MESON_FLAGS ?=
NINJA = ninja -C

.PHONY: help build check san lint fmt cov bench clean

help:
	@sed -n 's/^## //p' Makefile

## make build    the program, build/portero
build: $(BUILD)/build.ninja
	@$(NINJA) $(BUILD) --quiet

$(BUILD)/build.ninja:
	meson setup $(MESON_FLAGS) $(BUILD)

## make check    unit tests (gcc)
check: build
	meson test -C $(BUILD) --print-errorlogs --suite unit

## make clang    build and unit tests with clang
clang: build-clang/build.ninja
	@$(NINJA) build-clang --quiet
	meson test -C build-clang --print-errorlogs --suite unit

build-clang/build.ninja:
	CC=clang meson setup build-clang

## make san      unit tests and end-to-end tests under ASan and UBSan
san: build-san/build.ninja
	@$(NINJA) build-san --quiet
	meson test -C build-san --print-errorlogs --suite unit
	PORTERO=build-san/portero tests/e2e/run --sanitized

build-san/build.ninja:
	meson setup -Dbuildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false build-san

## make lint     include table, banned functions, headers alone, format
lint: build
	tools/lint
	@$(NINJA) $(BUILD) --quiet headers

## make fmt      format the sources in place
fmt:
	clang-format -i $$(git ls-files '*.c' '*.h')

## make cov      line coverage of unit and end-to-end tests
cov: build-cov/build.ninja
	@$(NINJA) build-cov --quiet
	meson test -C build-cov --suite unit
	PORTERO=build-cov/portero tests/e2e/run
	gcovr -r . --object-directory build-cov -f src/ --print-summary

build-cov/build.ninja:
	meson setup -Db_coverage=true build-cov

## make bench    figures against peers, into bench/results
bench: build
	bench/run

clean:
	rm -rf build build-clang build-san build-cov
