/* SPDX-License-Identifier: MIT */
/* Steps that mean nothing. */
#include "refused.h"

static const struct refused rows[] = {
	REFUSED("run not list", HEAD MACHINE "run: {run: all}\n" EXPECT,
		"11:6: wrong value for 'run'; expected a list of steps, found a mapping"),
	REFUSED("run empty", HEAD MACHINE "run: []\n" EXPECT,
		"11:6: wrong value for 'run'; expected a list of steps, found an empty list"),
	REFUSED("unknown operation", STEP("{by: p1, tkae: {device: d}}"),
		"12:14: unknown operation or key 'tkae' of a step; expected take, release, driver-bind, driver-unbind, "
		"reset, command, exit, hotplug, unplug, space, attach, detach ...; did you mean 'take'?"),
	REFUSED("later operation", STEP("{by: p1, nest: {parent: d}}"),
		"12:14: unknown operation or key 'nest' of a step; expected take, release, driver-bind, driver-unbind, "
		"reset, command, exit, hotplug, unplug, space, attach, detach ...; did you mean 'reset'?"),
	REFUSED("no operation", STEP("{by: p1, label: x}"),
		"12:5: a step without operation; expected one operation a step"),
	REFUSED("two operations", STEP("{by: p1, take: {device: d}, run: all}"),
		"12:33: a second operation 'run' beside 'take'; expected one operation a step"),
	REFUSED("operation key", STEP("{by: p1, take: {devise: d}}"),
		"12:21: unknown key 'devise' of 'take'; expected device; did you mean 'device'?"),
	REFUSED("operation missing key",
		STEPS("  - {by: p1, space: {}, as: s}\n"
		      "  - {by: p1, attach: {device: d}}\n"),
		"13:22: 'attach' needs the key 'space'; expected a name that a step made"),
	REFUSED("operation not map", STEP("{by: p1, take: d}"),
		"12:20: wrong value for 'take'; expected a mapping, found 'd'"),
	REFUSED("unknown device", STEP("{by: p1, take: {device: dd}}"),
		"12:29: unknown device 'dd'; expected d, m or e; did you mean 'd'?"),
	REFUSED("device is memory", STEP("{by: p1, take: {device: p}}"),
		"12:29: 'p' is memory and no device; expected d, m or e"),
	REFUSED("take mdev", STEP("{by: p1, take: {device: m}}"),
		"12:29: 'm' is one of the mdevs, which this does not take; expected functions, VFs, platform masters"),
	REFUSED("unknown actor", STEP("{by: p3, take: {device: d}}"),
		"12:10: unknown owner 'p3'; expected host, p1 or p2; did you mean 'p1'?"),
	REFUSED("by needed", STEP("{take: {device: d}}"),
		"12:5: 'take' needs 'by': there are several owners; expected p1 or p2"),
	REFUSED("by refused", STEP("{by: p1, run: all}"), "12:10: 'run' is nobody's step: it takes no 'by'"),
	REFUSED("by not host", STEP("{by: p1, driver-bind: {device: d, driver: host}}"),
		"12:10: 'driver-bind' is the host kernel's; expected host"),
	REFUSED("exit host", STEP("{by: host, exit: {}}"),
		"12:10: the host kernel cannot 'exit'; expected a declared owner"),
	REFUSED("run word", STEP("{run: page-request}"),
		"12:11: unknown word 'page-request' for 'what'; expected queues, page-requests, deferred-flush or all; "
		"did you mean 'page-requests'?"),
	REFUSED("driver guest", STEP("{driver-bind: {device: d, driver: guest}}"),
		"12:39: unknown word 'guest' for 'driver'; expected user, host or stub"),
	REFUSED("access word", STEP("{dma: {device: d, at: 0, access: read-write}}"),
		"12:38: unknown word 'read-write' for 'access'; expected read, write or atomic"),
	REFUSED("address unknown", STEP("{dma: {device: d, at: j}}"), "12:27: unknown address 'j'; expected r or i"),
	REFUSED("address space",
		STEPS("  - {by: p1, space: {}, as: s}\n"
		      "  - {dma: {device: d, at: s}}\n"),
		"13:27: 's' is a space and no handle"),
	REFUSED("address function", STEP("{dma: {device: d, at: mva(p)}}"),
		"12:27: unknown address function; expected hpa(), gpa(), va(), bus() or msi(), found "
		"'mva(p)'"),
	REFUSED("address msi of bar", STEP("{dma: {device: d, at: msi(d.bar0)}}"),
		"12:31: 'd.bar0' is a BAR and no vector"),
	REFUSED("address argument", STEP("{dma: {device: d, at: gpa(d)}}"),
		"12:31: 'd' is a device and no memory; expected p or q"),
	REFUSED("address unclosed", STEP("{dma: {device: d, at: \"gpa(p\"}}"),
		"12:27: wrong address; expected a number, a name, hpa(), gpa() or va() of memory, bus() of a BAR, "
		"msi() of a vector; each with +NUMBER or without, found 'gpa(p'"),
	REFUSED("address offset", STEP("{dma: {device: d, at: gpa(p)+x}}"),
		"12:34: wrong offset behind '+'; expected a number, found 'x'"),
	REFUSED("address bar", STEP("{dma: {device: d, at: bus(d.bar1)}}"),
		"12:31: unknown BAR 'd.bar1'; expected d.bar0; did you mean 'd.bar0'?"),
	REFUSED("address overflow", STEP("{dma: {device: d, at: 0xffffffffffffffff+1}}"),
		"12:27: wrong value for 'at'; expected a number, a name, hpa(), gpa() or va() of memory, bus() of a "
		"BAR, msi() of a vector; each with +NUMBER or without, found '0xffffffffffffffff+1'"),
	REFUSED("dma size", STEP("{dma: {device: d, at: 0, size: 1G}}"),
		"12:36: 'size' is out of range; expected 1 to 16777216, found '1G'"),
	REFUSED("target offset",
		STEPS("  - {by: p1, space: {}, as: s}\n"
		      "  - {by: p1, map: {space: s, at: i, to: p+8K}}\n"),
		"13:41: the offset is beyond the object; expected less than 0x2000"),
	REFUSED("later name",
		STEPS("  - {by: p1, destroy: {space: s}}\n"
		      "  - {by: p1, space: {}, as: s}\n"),
		"12:31: 's' is made by a later step, on line 13; expected a name that an earlier step made"),
	REFUSED("handle is space",
		STEPS("  - {by: p1, space: {}, as: s}\n"
		      "  - {by: p1, dma-unmap: {handle: s}}\n"),
		"13:34: 's' is a space and no handle"),
	REFUSED("as nothing", STEP("{by: p1, take: {device: d}, as: s}"),
		"12:37: 'take' makes nothing that 'as' could name"),
	REFUSED("as twice",
		STEPS("  - {by: p1, space: {}, as: s}\n"
		      "  - {by: p1, space: {}, as: s}\n"),
		"13:29: duplicate name 's': the step on line 12 makes it too; expected another name, or conditions "
		"that exclude each other"),
	REFUSED("as twice under one policy",
		STEPS("  - {only: {policy: [iommufd, noiommu]}, by: p1, space: {}, as: s}\n"
		      "  - {only: {policy: iommufd}, by: p1, space: {}, as: s}\n"),
		"13:54: duplicate name 's': the step on line 12 makes it too; expected another name, or conditions "
		"that "
		"exclude each other"),
	REFUSED("as taken", STEP("{by: p1, space: {}, as: d}"),
		"12:29: duplicate name 'd': it is a device since line 9; expected another name"),
	REFUSED("as domain word", STEP("{by: p1, space: {}, as: blocked}"),
		"12:29: 'blocked' is a word of 'check' and no name of a space; expected another name"),
	REFUSED("label twice",
		STEPS("  - {label: x, run: all}\n"
		      "  - {label: x, run: queues}\n"),
		"13:13: duplicate label 'x': it is on line 12 too; expected another name"),
	REFUSED("label bad", STEP("{label: Take, run: all}"),
		"12:13: 'Take' is no name: it must begin with a small letter; expected [a-z][a-z0-9-]*"),
	REFUSED("times zero", STEP("{times: 0, run: all}"),
		"12:13: 'times' is out of range; expected 1 to 65536, found '0'"),
	REFUSED("inject word", STEP("{by: p1, inject: skip-flush, take: {device: d}}"),
		"12:22: unknown word 'skip-flush' for 'inject'; expected skip-iotlb-flush, "
		"skip-devtlb-flush, devtlb-first, skip-sync, skip-drain, ats-before-unit, ats-after-unit, "
		"ats-keeps-tlb, skip-iec-flush or skip-viability; did you mean 'skip-iec-flush'?"),
	REFUSED("inject dma", STEP("{inject: skip-sync, dma: {device: d, at: 0}}"),
		"12:14: 'dma' is no work of a driver: nothing to inject"),
	REFUSED("dma no address", STEP("{dma: {device: d, access: write}}"),
		"12:11: 'dma' without an address; expected at or translated"),
	REFUSED("dma two addresses", STEP("{dma: {device: d, at: 0, translated: 0}}"),
		"12:42: 'dma' with two addresses; expected at or translated"),
	REFUSED("dma hold", STEP("{dma: {device: d, at: 0, hold: sent}}"),
		"12:36: unknown word 'sent' for 'hold'; expected translated"),
	REFUSED("at a translation",
		STEPS("  - {ats: {device: d, at: 0}, as: a}\n"
		      "  - {dma: {device: d, at: a}}\n"),
		"13:27: 'a' is a request and no handle"),
	REFUSED("translated by dma",
		STEPS("  - {dma: {device: d, at: 0}, as: w}\n"
		      "  - {dma: {device: d, translated: w+4K}}\n"),
		"13:35: 'w' is a request of 'dma' and no translation; expected what 'ats' made"),
	REFUSED("pasid word", STEP("{dma: {device: d, at: 0, pasid: five}}"),
		"12:37: unknown PASID 'five'; expected i"),
	REFUSED("pasid range", STEP("{dma: {device: d, at: 0, pasid: 0x100000}}"),
		"12:37: 'pasid' is out of range; expected 0 to 1048575, found '0x100000'"),
	REFUSED("pasid of let",
		HEAD "let: {big: 1M}\nmachine: {devices: {d: {}}}\nrun:\n"
		     "  - {dma: {device: d, at: 0, pasid: big}}\n" EXPECT,
		"9:37: 'pasid' is out of range; expected 0 to 1048575, found 'big'"),
	REFUSED("pasid is space",
		STEPS("  - {by: p1, space: {}, as: s}\n"
		      "  - {ats: {device: d, at: 0, pasid: s}}\n"),
		"13:37: 's' is a space and no PASID"),
	REFUSED("pasid attach zero",
		STEPS("  - {by: p1, space: {}, as: s}\n"
		      "  - {by: p1, attach: {device: d, space: s, pasid: 0}}\n"),
		"13:51: 'pasid' is out of range; expected 1 to 1048575, found '0'"),
	REFUSED("pasid of mdev",
		HEAD "machine: {devices: {d: {mdevs: {m: {pasid: 9}}}}}\nrun:\n"
		     "  - {dma: {device: m, at: 0, pasid: 8}}\n" EXPECT,
		"8:37: 'm' sends with its own PASID, 9; expected no 'pasid'"),
	REFUSED("ats platform",
		HEAD "machine: {devices: {d: {kind: platform}}}\nrun:\n"
		     "  - {ats: {device: d, at: 0}}\n" EXPECT,
		"8:20: 'd' is one of the platform masters, which this does not take; expected functions, VFs, mdevs"),
	REFUSED("sva-bind without pasid", STEP("{by: p1, sva-bind: {device: d}}"),
		"12:24: 'sva-bind' needs the key 'pasid'; expected a PASID: a number, or the name of one"),
	REFUSED("resume of ats",
		STEPS("  - {ats: {device: d, at: 0}, as: a}\n"
		      "  - {resume: {request: a}}\n"),
		"13:24: 'a' is a request of 'ats', which is over: nothing to resume; expected what 'dma' made"),
	REFUSED("page-response of ats",
		STEPS("  - {ats: {device: d, at: 0}, as: a}\n"
		      "  - {by: p1, page-response: {request: a, code: success}}\n"),
		"13:39: 'a' is a request of 'ats', which is over: nothing to answer; expected what 'dma' made"),
	REFUSED("page-response group",
		STEPS("  - {dma: {device: d, at: 0}, as: w}\n"
		      "  - {by: p1, page-response: {request: w, code: success, as-group: 512}}\n"),
		"13:67: 'as-group' is out of range; expected 0 to 511, found '512'"),
	REFUSED("as ats and dma",
		STEPS("  - {only: {iommu: vtd}, ats: {device: d, at: 0}, as: a}\n"
		      "  - {only: {iommu: smmuv3}, dma: {device: d, at: 0}, as: a}\n"),
		"13:58: 'a' names another kind of thing on line 12; expected another name"),
	REFUSED("reset phase", STEP("{by: p1, reset: {device: d, phase: end}}"),
		"12:40: unknown word 'end' for 'phase'; expected start or done"),
	REFUSED("invalidate of nobody", STEP("{by: p1, invalidate: {what: all}}"),
		"12:26: 'invalidate' of nobody's; expected device or space"),
	REFUSED("invalidate config of nobody", STEP("{by: p1, invalidate: {what: config}}"),
		"12:26: 'invalidate' of nobody's; expected device"),
	REFUSED("invalidate of both",
		STEPS("  - {by: p1, space: {}, as: s}\n"
		      "  - {by: p1, invalidate: {what: all, device: d, space: s}}\n"),
		"13:56: 'invalidate' for a device and a space; expected device or space"),
	REFUSED("invalidate config of space",
		STEPS("  - {by: p1, space: {}, as: s}\n"
		      "  - {by: p1, invalidate: {what: config, space: s}}\n"),
		"13:48: 'invalidate' of 'config' is of a device; expected device"),
	REFUSED("invalidate all at", STEP("{by: p1, invalidate: {what: all, device: d, at: 0}}"),
		"12:53: 'invalidate' of 'all' takes no 'at'"),
	REFUSED("invalidate range without size", STEP("{by: p1, invalidate: {what: range, device: d, at: 0}}"),
		"12:26: 'invalidate' of 'range' needs the key 'size'; expected a number"),
	REFUSED("invalidate pasid without", STEP("{by: p1, invalidate: {what: pasid, device: d}}"),
		"12:26: 'invalidate' of 'pasid' needs the key 'pasid'; expected a PASID: a number, or the name of one"),
	REFUSED("invalidate pasid of space",
		STEPS("  - {by: p1, space: {}, as: s}\n"
		      "  - {by: p1, invalidate: {what: range, space: s, pasid: 1, at: 0, size: 4K}}\n"),
		"13:57: a space has no PASID; expected a device"),
	REFUSED("invalidate devtlb half", STEP("{by: p1, invalidate: {what: devtlb, device: d, size: 4K}}"),
		"12:58: 'at' and 'size' go together; expected both or none"),
	REFUSED("check pasid alone", STEP("{check: {device: d, pasid: 3}}"),
		"12:32: 'pasid' says whose 'domain' is asked for; expected domain"),
	REFUSED("check pasid of group", STEP("{check: {device: d, pasid: 3, group: d}}"),
		"12:32: 'pasid' says whose 'domain' is asked for; expected domain"),
	REFUSED("inject quiesce", STEP("{by: p1, inject: skip-drain, quiesce: {device: d}}"),
		"12:22: 'quiesce' is no work of a driver: nothing to inject"),
	REFUSED("resume by",
		STEPS("  - {dma: {device: d, at: 0}, as: w}\n"
		      "  - {by: p1, resume: {request: w}}\n"),
		"13:10: 'resume' is nobody's step: it takes no 'by'"),
	REFUSED("only key", STEP("{only: {plicy: iommufd}, run: all}"),
		"12:13: unknown key 'plicy' of 'only'; expected case, policy or iommu; did you mean 'policy'?"),
	REFUSED("only empty", STEP("{only: {}, run: all}"),
		"12:12: wrong value for 'only'; expected case, policy or iommu, found an empty mapping"),
	REFUSED("only policy", STEP("{only: {policy: iommufdd}, run: all}"),
		"12:21: unknown policy 'iommufdd'; expected vfio-type1, iommufd, kernel-dma or noiommu; did you mean "
		"'iommufd'?"),
	REFUSED("only no cases", STEP("{only: {case: a}, run: all}"),
		"12:19: unknown case 'a': the scenario has no cases"),
	REFUSED("only iommu", STEP("{only: {iommu: smmuv4}, run: all}"),
		"12:20: unknown kind of IOMMU 'smmuv4'; expected vtd, smmuv3 or none; did you mean 'smmuv3'?"),
	REFUSED("do nested", STEP("{only: {policy: iommufd}, do: [{only: {policy: iommufd}, do: [{run: all}]}]}"),
		"12:66: a group of steps does not nest: no 'only' and 'do' inside"),
	REFUSED("do without only", STEP("{do: [{run: all}]}"),
		"12:5: a group of steps needs the key 'only'; expected a mapping"),
	REFUSED("do with label", STEP("{only: {policy: iommufd}, label: x, do: [{run: all}]}"),
		"12:31: unknown key 'label' of a group of steps; expected only or do"),
};

int main(void)
{
	return run_refused("refused steps", rows, G_N_ELEMENTS(rows));
}
