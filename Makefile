# Everything a developer runs. `make test` installs what a fresh Debian machine lacks.
.PHONY: test check judges need lint generate

GO = CGO_ENABLED=0 go
LINT = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

test: need
	CGO_ENABLED=0 go test -timeout 30m -shuffle=on ./...

# SQLite is C put into Go: to watch each of its steps for races takes most of an hour and says nothing of ours. Nor does
# axe, which looks at pages in Chromium for minutes (make test runs it).
# The race detector needs a C compiler; where there is none that is said, not skipped in silence.
check: need
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "run gofmt -w on these"; exit 1; }
	@$(GO) tool templ generate -log-level=error && git diff --exit-code -- '*_templ.go' || { echo "pages: run go tool templ generate and commit"; exit 1; }
	$(GO) vet ./...
	./.ci/pins
	$(GO) run $(LINT) run ./...
	./.ci/vuln
	@if command -v gcc >/dev/null; then CGO_ENABLED=1 go test -race -gcflags=modernc.org/sqlite/lib=-race=false -timeout 50m -shuffle=on -skip '^TestNoBarriers$$' ./...; else echo "no C compiler: the race detector cannot run"; exit 1; fi

# Programs that others wrote judge the mail door: make judges, or for two minutes instead of twelve make judges SHORT=short.
judges:
	./.ci/judges $(SHORT)

need:
	@./.ci/need
