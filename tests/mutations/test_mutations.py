# SPDX-License-Identifier: MIT
"""tools/mutations itself, on a project of three files: what it must tell apart, it tells apart."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import tap

TOOL = pathlib.Path(os.environ["IOSIM_SOURCE_ROOT"]) / "tools/mutations"

SAMPLE = {
    "meson.build": """project('sample', 'c')
sum = static_library('sum', 'sum.c')
test('sum', executable('test-sum', 'test_sum.c', link_with: sum))
test('blind', executable('test-blind', 'test_blind.c', link_with: sum))
subdir('src/cli')
""",
    "sum.c": """int sum(int a, int b);
int sum(int a, int b)
{
	return a + b;
}
""",
    "test_sum.c": """#include <stdio.h>
int sum(int a, int b);
int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..2\\n");
	if (sum(1, 2) != 3)
		fprintf(stderr, "half a line of diagnostics");
	printf("%s 1 - test_sum_small\\n%s 2 - test_sum_zero\\n", sum(1, 2) == 3 ? "ok" : "not ok",
	       sum(0, 0) == 0 ? "ok" : "not ok");
	return sum(1, 2) != 3;
}
""",
    "test_blind.c": """int sum(int a, int b);
int main(void)
{
	return sum(0, 0) != 0;
}
""",
    # Stands in for the command: the file's name says what it does when the sum is wrong.
    "src/cli/meson.build": "executable('ioasid-sim', 'main.c', link_with: sum)\n",
    "src/cli/main.c": """#include <stdlib.h>
#include <string.h>
int sum(int a, int b);
int main(int argc, char **argv)
{
	if (argc != 3 || strcmp(argv[1], "replay") != 0)
		return 2;
	if (sum(1, 2) == 3)
		return 0;
	if (strcmp(argv[2], "crash.yaml") == 0)
		abort();
	return 1;
}
""",
}

MINUS = """--- a/sum.c
+++ b/sum.c
@@ -1,5 +1,5 @@
 int sum(int a, int b);
 int sum(int a, int b)
 {
-	return a + b;
+	return a - b;
 }
"""


def mutate(name, head, diff=MINUS, files=None, *options):
    """What the tool says of one patch on the sample: (exit status, output)."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder) / "tree"
        for path, text in {**SAMPLE, **(files or {})}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        patches = root / "tests/mutations"
        patches.mkdir(parents=True)
        (patches / f"{name}.patch").write_text(head + diff)
        result = subprocess.run([sys.executable, TOOL, "--source", root, *options], capture_output=True, text=True,
                                env={**os.environ, "CC": "cc"})
        left = (root / "sum.c").read_text()
        assert left == {**SAMPLE, **(files or {})}["sum.c"], "the tree itself was changed"
        return result.returncode, result.stdout + result.stderr


def expect(status, pattern, outcome):
    assert outcome[0] == status and re.search(pattern, outcome[1]), outcome[1]


def test_mutations_caught_by_a_test_passes():
    outcome = mutate("001-minus", "Mutation: subtracts\nFails: test sum\n")
    expect(0, r"(?s)caught   001-minus: subtracts .*test_sum_small.*\n1 passed, 0 failed\n", outcome)


def test_mutations_caught_by_a_case_passes():
    expect(0, r"caught   001-minus", mutate("001-minus", "Mutation: subtracts\nFails: test sum test_sum_small\n"))


def test_mutations_unseen_by_the_named_case_survives():
    expect(1, r"SURVIVED 001-minus", mutate("001-minus", "Mutation: subtracts\nFails: test sum test_sum_zero\n"))


def test_mutations_unseen_by_the_named_test_survives():
    outcome = mutate("001-minus", "Mutation: subtracts\nFails: test blind\n")
    expect(1, r"(?s)SURVIVED 001-minus.*\n0 passed, 1 failed\n", outcome)


def test_mutations_caught_by_a_scenario_passes():
    expect(0, r"caught   001-minus", mutate("001-minus", "Mutation: subtracts\nFails: scenario three.yaml\n"))


def test_mutations_crash_of_a_replay_is_an_error():
    outcome = mutate("001-minus", "Mutation: subtracts\nFails: scenario crash.yaml\n")
    expect(1, r"ERROR    001-minus: the replay ended with status", outcome)


def test_mutations_patch_that_no_longer_applies_is_an_error():
    outcome = mutate("001-minus", "Mutation: subtracts\nFails: test sum\n", MINUS.replace("return a + b", "return a * b"))
    expect(1, r"ERROR    001-minus: it no longer applies", outcome)


def test_mutations_patch_that_does_not_build_is_an_error():
    outcome = mutate("001-minus", "Mutation: subtracts\nFails: test sum\n", MINUS.replace("return a - b", "return a - c"))
    expect(1, r"ERROR    001-minus: it does not build", outcome)


def test_mutations_unknown_test_is_an_error():
    expect(1, r"ERROR    001-minus: there is no test 'summ'", mutate("001-minus", "Mutation: subtracts\nFails: test summ\n"))


def test_mutations_unknown_case_is_an_error():
    expect(1, r"ERROR    001-minus: test 'sum' has no case 'test_x'",
           mutate("001-minus", "Mutation: subtracts\nFails: test sum test_x\n"))


def test_mutations_test_that_fails_anyway_is_an_error():
    wrong = {"sum.c": SAMPLE["sum.c"].replace("int sum(int a, int b)\n{", "int sum(int a, int b)\n{\n\tb++;")}
    diff = MINUS.replace("@@ -1,5 +1,5 @@", "@@ -2,5 +2,5 @@").replace(" int sum(int a, int b);\n", "", 1)
    diff = diff.replace(" {\n", " {\n \tb++;\n")
    expect(1, r"ERROR    001-minus: 'test sum' fails without the mutation",
           mutate("001-minus", "Mutation: subtracts\nFails: test sum\n", diff, wrong))


def test_mutations_patch_without_a_header_is_an_error():
    expect(1, r"ERROR    001-minus: wants a line", mutate("001-minus", "Fails: test sum\n"))


def test_mutations_part_is_every_nth():
    head = "Mutation: subtracts\nFails: test sum\n"
    expect(0, r"caught   001-minus", mutate("001-minus", head, MINUS, None, "--part", "1/2"))
    expect(0, r"^0 passed, 0 failed\n$", mutate("001-minus", head, MINUS, None, "--part", "2/2"))
    expect(2, r"K/N, with K from 1 to N", mutate("001-minus", head, MINUS, None, "--part", "3/2"))


tap.run(globals())
