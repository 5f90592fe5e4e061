# SPDX-License-Identifier: MIT
# What has to be on the machine. Sourced; bash.
#
# A need is "probe package": cmd:NAME, pc:NAME (a library that pkg-config finds) or a function need_NAME that
# succeeds when the thing is there. Only the packages whose probe fails are installed, so a second run installs nothing.

BUILD_NEEDS="cmd:cc=gcc cmd:meson=meson cmd:ninja=ninja-build cmd:pkg-config=pkgconf cmd:python3=python3 cmd:git=git
fn:libc=libc6-dev pc:glib-2.0=libglib2.0-dev pc:json-glib-1.0=libjson-glib-dev pc:yaml-0.1=libyaml-dev
pc:libxxhash=libxxhash-dev pc:libzstd=libzstd-dev pc:libelf=libelf-dev pc:cmocka=libcmocka-dev"

# For tools/pre-push: the second compiler, its run-time libraries, and the checkers.
CHECK_NEEDS="cmd:gcc=gcc cmd:g++=g++ cmd:clang=clang fn:clang_runtime=libclang-rt-dev cmd:valgrind=valgrind
cmd:groff=groff-base cmd:zstd=zstd fn:clang_format=clang-format-14"

# Without these a test is skipped and says so.
AJV_NEEDS="cmd:node=nodejs cmd:npm=npm"

need_libc() {
	printf '#include <stdio.h>\nint main(void) { return 0; }\n' | cc -x c -o /dev/null - 2>/dev/null
}

need_clang_runtime() {
	local program
	program=$(mktemp) || return 1
	printf 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { (void)d; (void)n; return 0; }\n' |
		clang -fsanitize=fuzzer,address,undefined -x c -o "$program" - 2>/dev/null
	local status=$?
	rm -f "$program"
	return $status
}

need_clang_format() {
	clang_format_14 >/dev/null
}

# Other versions lay some things out otherwise, so the check is made with one. Prints its name.
clang_format_14() {
	local name
	for name in clang-format-14 clang-format; do
		if "$name" --version 2>/dev/null | grep -q 'version 14\.'; then
			echo "$name"
			return 0
		fi
	done
	return 1
}

need_is_there() {
	case $1 in
	cmd:*) command -v "${1#cmd:}" >/dev/null 2>&1 ;;
	pc:*) command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "${1#pc:}" ;;
	fn:*) "need_${1#fn:}" ;;
	esac
}

# The packages that the needs given as arguments lack, one a line.
missing_packages() {
	local need
	for need in "$@"; do
		need_is_there "${need%%=*}" || echo "${need#*=}"
	done | sort -u
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null 2>&1; then
		sudo "$@"
	else
		echo "neither root nor sudo" >&2
		return 1
	fi
}

# A release of Debian or Ubuntu whose packages are new enough, by /etc/os-release.
supported_release() {
	[ -r /etc/os-release ] || return 1
	local ID='' VERSION_ID=''
	# shellcheck disable=SC1091
	. /etc/os-release
	case $ID in
	debian) [ -z "$VERSION_ID" ] || [ "${VERSION_ID%%.*}" -ge 12 ] ;;
	ubuntu) [ "${VERSION_ID%%.*}" -ge 24 ] ;;
	*) return 1 ;;
	esac
}

apt_install() {
	# Lists may be old or absent on a fresh machine; a failed update is told by the install.
	as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq </dev/null || true
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" </dev/null
}

# Installs what the needs given as arguments lack, or says plainly what is to be installed by hand.
install_needs() {
	local missing log
	missing=$(missing_packages "$@" | tr '\n' ' ')
	missing=${missing% }
	[ -n "$missing" ] || return 0
	if ! supported_release || ! command -v apt-get >/dev/null 2>&1; then
		echo "$0: this is not Debian 12 or Ubuntu 24.04 (or later), where it could install what is missing." >&2
		echo "Install the equivalents of these Debian packages, then run it again: $missing" >&2
		return 1
	fi
	echo "installing $missing"
	log=$(mktemp)
	# shellcheck disable=SC2086
	if ! apt_install $missing >"$log" 2>&1; then
		tail -n 20 "$log" >&2
		rm -f "$log"
		echo "$0: could not install: $missing" >&2
		echo "As root: apt-get update && apt-get install $missing" >&2
		return 1
	fi
	rm -f "$log"
	missing=$(missing_packages "$@" | tr '\n' ' ')
	[ -z "$missing" ] || echo "$0: installed, and still not usable: $missing" >&2
	[ -z "$missing" ]
}

# npm's ajv of the versions in tests/scenario/ajv/package-lock.json, in build-ajv/. A registry may be slow or out of reach:
# three attempts of at most a minute each, then fails, and says why in build-logs/.
install_ajv() {
	local attempt
	if cmp -s tests/scenario/ajv/package-lock.json build-ajv/package-lock.json && [ -d build-ajv/node_modules/ajv ]; then
		return 0
	fi
	# shellcheck disable=SC2086
	install_needs $AJV_NEEDS || return 1
	mkdir -p build-ajv build-logs
	cp tests/scenario/ajv/package.json build-ajv/ || return 1
	for attempt in 1 2 3; do
		cp tests/scenario/ajv/package-lock.json build-ajv/
		if timeout 60 npm ci --prefix build-ajv --ignore-scripts --no-audit --no-fund >>build-logs/ajv.log 2>&1 </dev/null; then
			return 0
		fi
		echo "attempt $attempt failed" >>build-logs/ajv.log
	done
	rm -rf build-ajv
	return 1
}

# Meson before 1.0 does not know what the build files say.
check_meson() {
	local version
	version=$(meson --version)
	if [ "${version%%.*}" -lt 1 ]; then
		echo "$0: Meson $version is too old, 1.0 is needed" >&2
		return 1
	fi
}
