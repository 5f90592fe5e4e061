/* SPDX-License-Identifier: MIT */
/* Processes and copies that nothing can make. */
#include "refused.h"

/* Memory is on line 9, steps begin on line 11. */
#define FORKS(memory, lines)                                                                           \
	HEAD "machine:\n  owners: {p1: process, p2: process, v: vm}\n  devices: {d: {driver: host}}\n" \
	     "  memory: {" memory "}\nrun:\n" lines EXPECT
#define FORK "  - {by: p1, fork: {}, as: c}\n"

static const struct refused rows[] = {
	REFUSED("fork without a name", FORKS("a: {of: p1}", "  - {by: p1, fork: {}}\n"),
		"11:5: 'fork' needs the key 'as'; expected a name for the new process"),
	REFUSED("fork by a vm", FORKS("a: {of: p1}", "  - {by: v, fork: {}, as: c}\n"),
		"11:5: 'v' cannot fork here; expected a declared process"),
	REFUSED("fork by a child", FORKS("a: {of: p1}", FORK "  - {by: c, fork: {}, as: g}\n"),
		"12:5: 'c' was forked, and does not 'fork'; expected load, store, cache-flush or exit"),
	REFUSED("fork by the host", FORKS("a: {of: p1}", "  - {by: host, fork: {}, as: c}\n"),
		"11:10: the host kernel cannot 'fork'; expected a declared owner"),
	REFUSED("fork twice", FORKS("a: {of: p1}", FORK FORK),
		"12:28: duplicate name 'c': the step on line 11 makes it too; expected another name, or conditions "
		"that "
		"exclude each other"),
	REFUSED("fork of two",
		FORKS("a: {of: p1}", "  - {only: {iommu: vtd}, by: p1, fork: {}, as: c}\n  - {only: {iommu: smmuv3}, "
				     "by: p2, fork: {}, as: c}\n"),
		"12:51: 'c' is a process of 'p1' already; expected another name"),
	REFUSED("fork more than once", FORKS("a: {of: p1}", "  - {by: p1, fork: {}, as: c, times: 2}\n"),
		"11:5: 'c' is one process; expected 'fork' once"),
	REFUSED("fork in parallel",
		FORKS("a: {of: p1}", "  - parallel: {x: [{by: p1, fork: {}, as: c}], z: [{run: all}]}\n"),
		"11:20: 'fork' in 'parallel'; expected a step outside of 'parallel'"),
	REFUSED("fork with a taken name", FORKS("a: {of: p1}", "  - {by: p1, fork: {}, as: v}\n"),
		"11:28: duplicate name 'v': it is an owner since line 7; expected another name"),
	REFUSED("child before its fork", FORKS("a: {of: p1}, b: {of: c, copy-of: a}", "  - {by: c, load: b}\n" FORK),
		"11:10: 'c' is made by a later step; expected a process that an earlier step forked"),
	REFUSED("child that takes", FORKS("a: {of: p1}", FORK "  - {by: c, take: {device: d}}\n"),
		"12:5: 'c' was forked, and does not 'take'; expected load, store, cache-flush or exit"),
	REFUSED("child that is bound", FORKS("a: {of: p1}", FORK "  - {by: host, sva-bind: {device: d, mm: c}}\n"),
		"12:5: 'c' was forked, and is bound to nothing; expected a declared process"),
	REFUSED("copy of a copy", FORKS("a: {of: p1}, b: {of: c, copy-of: a}, e: {of: c, copy-of: b}", FORK),
		"9:69: 'b' is a copy itself; expected a page that a process has before it forks"),
	REFUSED("copy twice", FORKS("a: {of: p1}, b: {of: c, copy-of: a}, e: {of: c, copy-of: a}", FORK),
		"9:69: 'b' is a copy of 'a' already; expected a page that is copied once"),
	REFUSED("copy of nobody's child", FORKS("a: {of: p1}, b: {of: p1, copy-of: a}", FORK),
		"9:46: 'b' is of 'p1', which no 'fork' makes; expected memory of what 'fork' makes"),
	REFUSED("copy of shared memory", FORKS("a: {of: p1, shared-with: p2}, b: {of: c, copy-of: a}", FORK),
		"9:62: 'b' cannot be a copy of 'a'; expected a private page that is present, and a copy with nothing "
		"but "
		"'of' and 'copy-of'"),
	REFUSED("copy elsewhere", FORKS("a: {of: p1}, b: {of: c, copy-of: a, va: 0x10000}", FORK),
		"9:45: 'b' cannot be a copy of 'a'; expected a private page that is present, and a copy with nothing "
		"but "
		"'of' and 'copy-of'"),
	REFUSED("copy of somebody else's", FORKS("z: {of: p2}, b: {of: c, copy-of: z}", FORK),
		"11:28: 'b' is a copy of 'z', which is not of 'p1'; expected a copy of what the parent has"),
	REFUSED("copy of a device", FORKS("a: {of: p1}, b: {of: c, copy-of: d}", FORK),
		"9:45: 'd' is a device and no memory; expected a or b"),
	REFUSED("memory of a child", FORKS("a: {of: c}", FORK),
		"9:12: 'a' is of 'c', which has nothing of its own before 'fork'; expected the key 'copy-of'"),
};

int main(void)
{
	return run_refused("refused forks", rows, G_N_ELEMENTS(rows));
}
