/* SPDX-License-Identifier: MIT */
/* Machines and cases that contradict themselves. */
#include "refused.h"

static const struct refused rows[] = {
	REFUSED("machine table", IN_MACHINE("  device: {d: {}}\n"),
		"7:3: unknown key 'device' of 'machine'; expected iommus, fabric, owners, devices or memory; did you "
		"mean 'devices'?"),
	REFUSED("device key", IN_MACHINE("  devices: {d: {bar: {bar0: 4K}}}\n"),
		"7:17: unknown key 'bar' of device 'd'; expected kind, under, iommu, bdf, driver, functions, vfs, "
		"mdevs, acs, bars, alias, reserved ...; did you mean 'bars'?"),
	REFUSED("device later key", IN_MACHINE("  devices: {d: {stages: 2}}\n"),
		"7:17: unknown key 'stages' of device 'd'; expected kind, under, iommu, bdf, driver, functions, "
		"vfs, mdevs, acs, bars, alias, reserved ..."),
	REFUSED("mdev key", IN_MACHINE("  devices: {d: {mdevs: {m: {pasidd: 4}}}}\n"),
		"7:29: unknown key 'pasidd' of device 'm'; expected pasid or on-unmap; did you mean 'pasid'?"),
	REFUSED("mdev pasid zero", IN_MACHINE("  devices: {d: {mdevs: {m: {pasid: 0}}}}\n"),
		"7:36: 'pasid' is out of range; expected 1 to 1048575, found '0'"),
	REFUSED("mdev pasid beyond parent", IN_MACHINE("  devices: {d: {pasid-bits: 4, mdevs: {m: {pasid: 16}}}}\n"),
		"7:40: PASID 16 of 'm' is beyond the pasid-bits of 'd'; expected a smaller PASID, or more bits"),
	REFUSED("mdev pasid twice", IN_MACHINE("  devices: {d: {mdevs: {m: {pasid: 5}, k: {}, o: {pasid: 5}}}}\n"),
		"7:47: PASID 5 of 'o' is that of another mdev of 'd'; expected another PASID"),
	REFUSED("pasid bits", IN_MACHINE("  devices: {d: {pasid-bits: 21}}\n"),
		"7:29: 'pasid-bits' is out of range; expected 0 to 20, found '21'"),
	REFUSED("pri without ats", IN_MACHINE("  devices: {d: {pri: true, ats: false}}\n"),
		"7:33: 'd' has page requests (pri): they need ATS; expected true"),
	REFUSED("vectors", IN_MACHINE("  devices: {d: {vectors: 33}}\n"),
		"7:26: 'vectors' is out of range; expected 0 to 32, found '33'"),
	REFUSED("vectors of mdev", IN_MACHINE("  devices: {d: {mdevs: {m: {vectors: 1}}}}\n"),
		"7:29: unknown key 'vectors' of device 'm'; expected pasid or on-unmap"),
	REFUSED("quirk", IN_MACHINE("  devices: {d: {quirks: [ats-survives-rest]}}\n"),
		"7:26: unknown word 'ats-survives-rest' for 'quirks'; expected ignores-invalidation, "
		"ats-survives-reset, translated-without-ats or strict-command; did you mean 'ats-survives-reset'?"),
	REFUSED("quirks empty", IN_MACHINE("  devices: {d: {quirks: []}}\n"),
		"7:25: wrong value for 'quirks'; expected a word or a list of words, found an empty list"),
	REFUSED("platform ats", IN_MACHINE("  devices: {d: {kind: platform, ats: true}}\n"),
		"7:33: unknown key 'ats' of platform master 'd'; expected kind, iommu, driver, reserved, trusted, "
		"present, pasid-bits, vectors, quirks or coherent"),
	REFUSED("iommu key", IN_MACHINE("  iommus: {a: {prq: true}}\n"),
		"7:16: unknown key 'prq' of IOMMU 'a'; expected kind, mode, on, msi-window, pages, ats, pri, pasid, "
		"interrupt-remapping, enforce-snoop, httu or quirks; did you mean 'pri'?"),
	REFUSED("unknown port",
		IN_MACHINE("  fabric: {sw: {kind: switch}}\n"
			   "  devices: {d: {under: sv}}\n"),
		"8:24: unknown port 'sv'; expected sw; did you mean 'sw'?"),
	REFUSED("under device", IN_MACHINE("  devices: {a: {}, d: {under: a}}\n"), "7:31: 'a' is a device and no port"),
	REFUSED("unknown owner", IN_MACHINE("  memory: {p: {of: hst}}\n"),
		"7:20: unknown owner 'hst'; expected host; did you mean 'host'?"),
	REFUSED("memory without of", IN_MACHINE("  memory: {p: {size: 4K}}\n"),
		"7:15: memory 'p' needs the key 'of'; expected an owner"),
	REFUSED("memory size", IN_MACHINE("  memory: {p: {of: host, size: 1K}}\n"),
		"7:32: 'size' is out of range; expected 4096 to 68719476736, found '1K'"),
	REFUSED("memory unaligned", IN_MACHINE("  memory: {p: {of: host, size: 5000}}\n"),
		"7:12: the size of 'p' is no multiple of 4K"),
	REFUSED("memory not number", IN_MACHINE("  memory: {p: {of: host, size: big}}\n"),
		"7:32: wrong value for 'size'; expected a number (decimal, 0x hex, or with K, M, G), found 'big'"),
	REFUSED("truth", IN_MACHINE("  devices: {d: {trusted: yes}}\n"),
		"7:26: wrong value for 'trusted'; expected true or false, found 'yes'"),
	REFUSED("not a mapping", IN_MACHINE("  devices: [d]\n"),
		"7:12: wrong value for 'devices'; expected a mapping, found a list"),
	REFUSED("device nothing",
		IN_MACHINE("  devices:\n"
			   "    d:\n"),
		"8:7: wrong value for 'd'; expected a mapping, found nothing"),
	REFUSED("duplicate name",
		IN_MACHINE("  owners: {a: process}\n"
			   "  memory: {a: {of: host}}\n"),
		"8:12: duplicate name 'a': it is an owner since line 7; expected another name"),
	REFUSED("host declared", IN_MACHINE("  owners: {host: process}\n"),
		"7:12: 'host' is always the host kernel; expected another name"),
	REFUSED("name with capital", IN_MACHINE("  devices: {Nic: {}}\n"),
		"7:13: 'Nic' is no name: it must begin with a small letter; expected [a-z][a-z0-9-]*"),
	REFUSED("name too long", IN_MACHINE("  devices: {aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: {}}\n"),
		"7:13: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' is too long for a name; expected [a-z][a-z0-9-]*"),
	REFUSED("bdf twice",
		IN_MACHINE("  devices:\n"
			   "    d: {bdf: '01:00.0'}\n"
			   "    e: {bdf: '01:00.0'}\n"),
		"9:5: the BDF of 'e' is taken by 'd'; expected another BDF"),
	REFUSED("bdf wrong", IN_MACHINE("  devices: {d: {bdf: '01:00.8'}}\n"),
		"7:22: wrong value for 'bdf'; expected BUS:DEVICE.FUNCTION, in front of it SEGMENT: or not, found "
		"'01:00.8'"),
	REFUSED("cycle",
		IN_MACHINE("  fabric:\n"
			   "    a: {kind: switch, under: b}\n"
			   "    b: {kind: switch, under: a}\n"),
		"8:5: 'a' is under itself"),
	REFUSED("port kind", IN_MACHINE("  fabric: {a: {kind: swich}}\n"),
		"7:22: unknown word 'swich' for 'kind'; expected root-port, switch, downstream-port or pci-bridge; did "
		"you mean 'switch'?"),
	REFUSED("acs word", IN_MACHINE("  fabric: {a: {kind: switch, acs: [sv, xx]}}\n"),
		"7:40: wrong value for 'acs'; expected full, none, or a list of sv, tb, rr, cr, uf, ec, dt, found "
		"'xx'"),
	REFUSED("acs single", IN_MACHINE("  devices: {d: {acs: none}}\n"),
		"7:22: 'd' has one function only, there is nothing between its functions; expected acs at a port or a "
		"device with functions or vfs"),
	REFUSED("acs bridge", IN_MACHINE("  fabric: {a: {kind: pci-bridge, acs: none}}\n"),
		"7:39: a bus behind a PCI bridge has no access control"),
	REFUSED("bar name", IN_MACHINE("  devices: {d: {bars: {bar6: 4K}}}\n"),
		"7:24: unknown BAR 'bar6'; expected bar0, bar1, bar2, bar3, bar4 or bar5; did you mean 'bar0'?"),
	REFUSED("bar size", IN_MACHINE("  devices: {d: {bars: {bar0: 12K}}}\n"),
		"7:30: wrong value for 'bar0'; expected a power of two, found '12K'"),
	REFUSED("functions key", IN_MACHINE("  devices: {d: {bars: {bar0: 4K}, functions: {f: {}}}}\n"),
		"7:17: unknown key 'bars' of multi-function device 'd'; expected kind, under, iommu, driver, "
		"functions, acs, trusted or present; did you mean 'acs'?"),
	REFUSED("functions empty", IN_MACHINE("  devices: {d: {functions: {}}}\n"),
		"7:28: wrong value for 'functions'; expected at least one function, found an empty mapping"),
	REFUSED("reserved unaligned", IN_MACHINE("  devices: {d: {reserved: {r: {at: 0x1001, kind: rmrr}}}}\n"),
		"7:28: 'r' does not begin and end on a 4K boundary"),
	REFUSED("platform bars", IN_MACHINE("  devices: {d: {kind: platform, bars: {bar0: 4K}}}\n"),
		"7:33: unknown key 'bars' of platform master 'd'; expected kind, iommu, driver, reserved, trusted, "
		"present, pasid-bits, vectors, quirks or coherent"),
	REFUSED("pages without 4k", IN_MACHINE("  iommus: {a: {pages: [2M]}}\n"),
		"7:23: wrong value for 'pages'; expected a list with 4K, found a list"),
	REFUSED("iommu kind", IN_MACHINE("  iommus: {a: {kind: smmuv4}}\n"),
		"7:22: unknown word 'smmuv4' for 'kind'; expected vtd, smmuv3 or none; did you mean 'smmuv3'?"),
	REFUSED("mode", IN_MACHINE("  iommus: {a: {mode: scaleable}}\n"),
		"7:22: unknown word 'scaleable' for 'mode'; expected legacy or scalable; did you mean 'scalable'?"),
	REFUSED("owner kind", IN_MACHINE("  owners: {a: proces}\n"),
		"7:15: unknown word 'proces' for 'kind'; expected process, vm or user; did you mean 'process'?"),
	REFUSED("owner key", IN_MACHINE("  owners: {a: {kind: vm, confidental: true}}\n"),
		"7:26: unknown key 'confidental' of owner 'a'; expected kind, confidential, rawio, resource or "
		"viommu; did you mean 'confidential'?"),
	REFUSED("interface of nobody", IN_MACHINE("  devices: {d: {tdisp: run}}\n"),
		"7:13: 'd' has a TEE device interface, and nobody is a confidential guest: its 'guest' has to be a "
		"confidential vm"),
	REFUSED("private of a process", IN_MACHINE("  memory: {p: {of: host, private: true}}\n"),
		"7:12: 'p' is private, and 'host' is no confidential vm"),
	REFUSED("bounce pool of a process", IN_MACHINE("  memory: {p: {of: host, swiotlb: true}}\n"),
		"7:12: 'p' is a bounce pool, and 'host' is no confidential vm"),
	REFUSED("private bounce pool",
		IN_MACHINE("  owners: {v: {kind: vm, confidential: true}}\n"
			   "  memory: {p: {of: v, private: true, swiotlb: true}}\n"),
		"8:12: 'p' is a bounce pool, which is not private"),
	REFUSED("cases empty",
		HEAD MACHINE "cases: {}\n"
			     "run: [{run: all}]\n" EXPECT,
		"11:8: wrong value for 'cases'; expected at least one case, found an empty mapping"),
	REFUSED("case patch null",
		HEAD MACHINE "cases: {a: {devices: {x: null}}}\n"
			     "run: [{run: all}]\n" EXPECT,
		"11:23: null removes 'x', which is not there; did you mean 'd'?"),
	REFUSED("case patch key",
		HEAD MACHINE "cases: {a: {}, b: {devices: {d: {trustd: false}}}}\n"
			     "run: [{run: all}]\n" EXPECT,
		"11:34: unknown key 'trustd' of device 'd'; expected kind, under, iommu, bdf, driver, functions, vfs, "
		"mdevs, acs, bars, alias, reserved ...; did you mean 'trusted'?"),
	REFUSED("case name lost",
		HEAD MACHINE "cases: {a: {}, b: {devices: {d: null}}}\n"
			     "run: [{by: p1, take: {device: d}}]\n" EXPECT,
		"12:31: unknown device 'd' in case 'b'; expected e"),
	REFUSED("case bdf",
		HEAD MACHINE "cases: {a: {}, b: {devices: {d: {bdf: '00:00.0'}}}}\n"
			     "run: [{run: all}]\n" EXPECT,
		"9:13: 'd' is where the host bridge is, 00:00 (in case 'b')"),
	REFUSED("only unknown case",
		HEAD MACHINE "cases: {a: {}, b: {}}\n"
			     "run: [{only: {case: c}, run: all}]\n" EXPECT,
		"12:21: unknown case 'c'; expected a or b"),
	REFUSED("case nothing runs",
		HEAD MACHINE "cases: {a: {}, b: {}}\n"
			     "run: [{only: {case: a}, run: all}]\n" EXPECT,
		"12:6: nothing runs in case 'b'; expected at least one step"),
	REFUSED("case without row",
		HEAD MACHINE "cases: {a: {}, b: {}}\n"
			     "run: [{run: all}]\n"
			     "expect: [{policy: iommufd, case: a, verdict: safe, basis: K}]\n",
		"13:9: no row is for case 'b'; expected a row for each case"),
};

int main(void)
{
	return run_refused("refused machine", rows, G_N_ELEMENTS(rows));
}
