# SPDX-License-Identifier: MIT
"""A test program in Python: functions named test_*, run in their order, reported as TAP, which Meson reads."""
import sys
import traceback


class Skip(Exception):
    """The test cannot be run here; the message says why."""


def run(module):
    tests = [(name, value) for name, value in module.items() if name.startswith("test_") and callable(value)]
    failed = 0
    print(f"1..{len(tests)}")
    for number, (name, function) in enumerate(tests, 1):
        try:
            function()
            print(f"ok {number} - {name}")
        except Skip as reason:
            print(f"ok {number} - {name} # SKIP {reason}")
        except BaseException:  # whatever it was, the other tests are run too
            failed += 1
            print(f"not ok {number} - {name}")
            for line in traceback.format_exc().splitlines():
                print(f"# {line}")
        sys.stdout.flush()
    sys.exit(1 if failed else 0)
