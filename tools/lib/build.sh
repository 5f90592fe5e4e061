# SPDX-License-Identifier: MIT
# Building and testing, with what was run being counted. Sourced; bash; the working directory is the project's root.

passed=0
failed=0

# Lines of a failed step's output that are shown.
TAIL_LINES=${TAIL_LINES:-60}

count() {
	passed=$((passed + $1))
	failed=$((failed + $2))
}

# The last line of a run, and its exit status.
finish() {
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ]
}

seconds_since() {
	echo $(($(date +%s) - $1))
}

# quietly NAME COMMAND...: runs it with its output in $log_file, shows the end of it when it fails.
quietly() {
	local name=$1 begin status=0
	shift
	begin=$(date +%s)
	mkdir -p build-logs
	log_file=build-logs/$(echo "$name" | tr -c 'a-zA-Z0-9\n' '-').log
	"$@" >"$log_file" 2>&1 </dev/null || status=$?
	if [ $status = 0 ]; then
		echo "ok      $name ($(seconds_since "$begin") s)"
	else
		echo "FAILED  $name ($(seconds_since "$begin") s); the end of $log_file:"
		tail -n "$TAIL_LINES" "$log_file" | sed 's/^/        /'
	fi
	return $status
}

# A step that is one check.
step() {
	if quietly "$@"; then
		count 1 0
	else
		count 0 1
	fi
}

# A step whose output ends with "N passed, N failed": those are counted. One that ends otherwise is one failure.
counted_step() {
	local counts
	if quietly "$@"; then
		echo "        $(tail -n 1 "$log_file")"
	fi
	counts=$(tail -n 1 "$log_file" | sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p')
	# shellcheck disable=SC2086
	count ${counts:-0 1}
}

# A step that could not be done here: said, and not counted.
skipped() {
	echo "skipped $1: $2"
}

# configure FOLDER OPTION...: a build folder with these options, set up or brought up to date.
configure() {
	local folder=$1
	shift
	if grep -q "\"source\": \"$PWD\"" "$folder/meson-info/meson-info.json" 2>/dev/null && meson configure "$folder" "$@" >/dev/null 2>&1; then
		return 0
	fi
	rm -rf "$folder"
	meson setup "$folder" "$@"
}

compile() {
	ninja -C "$1"
}

# test_suites NAME FOLDER MESON-ARGUMENT...: runs the tests of a build folder; each test case counts.
test_suites() {
	local name=$1 folder=$2 counts
	shift 2
	rm -f "$folder"/meson-logs/testlog*
	quietly "$name" meson test -C "$folder" --no-rebuild --print-errorlogs --quiet "$@" || true
	if counts=$(python3 tools/lib/count_tests.py "$folder/meson-logs"); then
		echo "        $(echo "$counts" | awk '{ print $1 " passed, " $2 " failed, " $3 " skipped" }')"
		# shellcheck disable=SC2086
		set -- $counts
		count "$1" "$2"
	else
		count 0 1
	fi
}
