/* SPDX-License-Identifier: MIT */
/* Expectations and verdicts that mean nothing. */
#include "refused.h"

static const struct refused rows[] = {
	REFUSED("sometimes nothing", ROWS("  - {policy: iommufd, verdict: sometimes, basis: K}\n"),
		"15:32: wrong verdict; expected what happens sometimes, found nothing"),
	REFUSED("sometimes safe", ROWS("  - {policy: iommufd, verdict: sometimes safe, basis: K}\n"),
		"15:42: 'safe' is said of all interleavings together; expected an outcome at a label"),
	REFUSED("sometimes without parallel", ROWS("  - {policy: iommufd, verdict: sometimes fault at a, basis: K}\n"),
		"15:51: 'sometimes' says something of interleavings, and there is no 'parallel'; expected a verdict "
		"without it"),
	REFUSED("order-dependent without parallel", ROWS("  - {policy: iommufd, verdict: order-dependent, basis: K}\n"),
		"15:32: 'order-dependent' says something of interleavings, and there is no 'parallel'; expected a "
		"verdict without it"),
	REFUSED("order-dependent and more",
		ROWS("  - {policy: iommufd, verdict: [order-dependent, fault at a], basis: K}\n"),
		"15:33: another item beside 'order-dependent'; expected 'order-dependent' alone"),
	REFUSED("order-dependent at", ROWS("  - {policy: iommufd, verdict: order-dependent at a, basis: K}\n"),
		"15:48: wrong verdict; expected the end, found 'at'"),
	REFUSED("expect word", STEP("{dma: {device: d, at: 0}, expect: reach p}"),
		"12:39: unknown expectation 'reach'; expected ok, fault, reaches, raises, page-request, stale or "
		"scratch; did "
		"you mean 'reaches'?"),
	REFUSED("expect not for", STEP("{dma: {device: d, at: 0}, expect: rejected EPERM}"),
		"12:39: 'dma' cannot be rejected; expected ok, fault, reaches, raises, page-request, stale or scratch"),
	REFUSED("expect ats reaches", STEP("{ats: {device: d, at: 0}, expect: reaches p}"),
		"12:39: 'ats' cannot be reaches; expected ok or fault"),
	REFUSED("expect raises bar", STEP("{dma: {device: d, at: 0}, expect: raises d.bar0}"),
		"12:46: 'd.bar0' is a BAR and no vector"),
	REFUSED("expect raises nothing", STEP("{dma: {device: d, at: 0}, expect: raises}"),
		"12:39: 'raises' without a name; expected raises VECTOR"),
	REFUSED("expect raises none", STEP("{dma: {device: d, at: 0}, expect: fault or raises d.v0}"),
		"12:55: unknown vector 'd.v0': there is none"),
	REFUSED("expect page-request of take", STEP("{by: p1, take: {device: d}, expect: page-request}"),
		"12:41: 'take' cannot be page-request; expected ok or rejected"),
	REFUSED("expect errno", STEP("{by: p1, take: {device: d}, expect: rejected EPREM}"),
		"12:50: unknown errno 'EPREM'; expected EPERM, ENOENT, EIO, ENXIO, E2BIG, EBADF, EAGAIN, ENOMEM, "
		"EACCES, EFAULT, EBUSY, EEXIST ...; did you mean 'EPERM'?"),
	REFUSED("expect reaches nothing", STEP("{dma: {device: d, at: 0}, expect: reaches}"),
		"12:39: 'reaches' without a name; expected reaches NAME"),
	REFUSED("expect reaches name", STEP("{dma: {device: d, at: 0}, expect: fault or reaches pp}"),
		"12:56: unknown memory or BAR 'pp'; expected d.bar0, r, p or q; did you mean 'p'?"),
	REFUSED("expect reaches hole", STEP("{dma: {device: d, at: r}, expect: reaches r}"),
		"12:47: there is no memory behind the reserved range 'r'; expected a range of kind rmrr or relaxable"),
	REFUSED("expect reaches offset", STEP("{dma: {device: d, at: r}, expect: reaches p+4K}"),
		"12:47: 'reaches' takes a name and no offset; expected a name, found 'p+4K'"),
	REFUSED("expect or end", STEP("{dma: {device: d, at: 0}, expect: fault or}"),
		"12:45: nothing behind 'or'; expected another expectation, found nothing"),
	REFUSED("expect no or", STEP("{dma: {device: d, at: 0}, expect: fault ok}"),
		"12:45: wrong expectation; expected 'or' or the end, found 'ok'"),
	REFUSED("expect code", STEP("{dma: {device: d, at: 0}, expect: {fault: {vtd: 0}}}"),
		"12:53: 'fault' is out of range; expected 1 to 65535, found '0'"),
	REFUSED("check nothing", STEP("{check: {pinned: true}}"),
		"12:13: 'check' of nothing; expected space, memory or device"),
	REFUSED("check two", STEP("{check: {memory: p, device: d, pinned: true}}"),
		"12:33: 'check' looks at one thing: 'memory' and 'device'; expected one subject"),
	REFUSED("check asks nothing", STEP("{check: {memory: p}}"), "12:13: 'check' asks nothing of the memory"),
	REFUSED("check wrong subject", STEP("{check: {memory: p, group: [d]}}"),
		"12:32: this is asked of a device, not of a memory"),
	REFUSED("check group twice", STEP("{check: {device: d, group: [d, d]}}"),
		"12:36: 'd' is in the list twice; expected each device once"),
	REFUSED("command nothing", STEP("{by: p1, command: {device: d}}"),
		"12:23: 'command' that changes nothing; expected bus-master or memory"),
	REFUSED("mmio offset", STEP("{by: p1, mmio: {bar: d.bar0, offset: 8K}}"),
		"12:42: wrong value for 'offset'; expected a place in the BAR, found '8K'"),
	REFUSED("raw call policy",
		HEAD MACHINE "run:\n"
			     "  - {by: p1, space: {}, as: s}\n"
			     "  - {by: p1, iommufd.ioas-copy: {space: s, at: 0, source: s, from: 0, size: 4K}}\n"
			     "expect: [{policy: [iommufd, vfio-type1], verdict: safe, basis: K}]\n",
		"14:10: the row runs the raw call 'iommufd.ioas-copy' (line 13) under policy 'vfio-type1'"),
	REFUSED("rows empty",
		HEAD MACHINE "run: [{run: all}]\n"
			     "expect: []\n",
		"12:9: wrong value for 'expect'; expected a list of rows, found an empty list"),
	REFUSED("row key", ROWS("  - {policy: iommufd, verdict: safe, basis: K, not: x}\n"),
		"15:48: unknown key 'not' of a row; expected policy, case, iommu, set, verdict, basis or note; did you "
		"mean 'note'?"),
	REFUSED("row policy", ROWS("  - {policy: [iommufd, vfio-type2], verdict: safe, basis: K}\n"),
		"15:24: unknown policy 'vfio-type2'; expected vfio-type1, iommufd, kernel-dma or noiommu; did you mean "
		"'vfio-type1'?"),
	REFUSED("row no basis", ROWS("  - {policy: iommufd, verdict: safe}\n"),
		"15:5: a row needs the key 'basis'; expected a word"),
	REFUSED("row basis", ROWS("  - {policy: iommufd, verdict: safe, basis: X}\n"),
		"15:45: unknown word 'X' for 'basis'; expected S, K or I"),
	REFUSED("row knob", ROWS("  - {policy: iommufd, verdict: safe, basis: K, set: {flush: lazy}}\n"),
		"15:54: unknown knob 'flush'; expected kernel_dma, flush_mode, group_check_point, kernel or "
		"reset_on_close"),
	REFUSED("row value", ROWS("  - {policy: iommufd, verdict: safe, basis: K, set: {flush_mode: lazzy}}\n"),
		"15:66: unknown value 'lazzy' of knob 'flush_mode'; expected strict, lazy or identity; did you mean "
		"'lazy'?"),
	REFUSED("row values",
		ROWS("  - {policy: iommufd, verdict: safe, basis: K, set: {flush_mode: [lazy, strict]}}\n"),
		"15:66: wrong value for 'flush_mode'; expected one value, found a list"),
	REFUSED("row twice",
		ROWS("  - {policy: [iommufd, noiommu], verdict: safe, basis: K}\n"
		     "  - {policy: iommufd, verdict: rejected EPERM at a, basis: K}\n"),
		"16:5: the row on line 15 is for the same run; expected one row a run"),
	REFUSED("row case without cases", ROWS("  - {policy: iommufd, case: a, verdict: safe, basis: K}\n"),
		"15:29: unknown case 'a': the scenario has no cases"),
	REFUSED("verdict word", ROWS("  - {policy: iommufd, verdict: rejects EPERM at a, basis: K}\n"),
		"15:32: unknown outcome 'rejects'; expected violates, rejected, fault, availability, scratch, "
		"self-harm, crash, "
		"safe or order-dependent; did you mean 'rejected'?"),
	REFUSED("verdict errno", ROWS("  - {policy: iommufd, verdict: rejected PERM at a, basis: K}\n"),
		"15:41: unknown errno 'PERM'; expected EPERM, ENOENT, EIO, ENXIO, E2BIG, EBADF, EAGAIN, ENOMEM, "
		"EACCES, EFAULT, EBUSY, EEXIST ...; did you mean 'EPERM'?"),
	REFUSED("verdict no errno", ROWS("  - {policy: iommufd, verdict: rejected, basis: K}\n"),
		"15:32: 'rejected' without errno; expected rejected ERRNO at LABEL, found nothing"),
	REFUSED("verdict no at", ROWS("  - {policy: iommufd, verdict: rejected EPERM in a, basis: K}\n"),
		"15:47: wrong verdict; expected 'at' and a label, found 'in'"),
	REFUSED("verdict no label", ROWS("  - {policy: iommufd, verdict: fault at, basis: K}\n"),
		"15:38: wrong verdict; expected a label behind 'at', found nothing"),
	REFUSED("verdict ends", ROWS("  - {policy: iommufd, verdict: fault, basis: K}\n"),
		"15:37: wrong verdict; expected 'at' and a label, found nothing"),
	REFUSED("verdict more", ROWS("  - {policy: iommufd, verdict: fault at a safe, basis: K}\n"),
		"15:43: wrong verdict; expected the end; several items are a list, found 'safe'"),
	REFUSED("verdict label",
		ROWS("  - {policy: iommufd, verdict: [rejected EPERM at a,\n"
		     "      fault   at   bb], basis: K}\n"),
		"16:20: unknown label 'bb' under policy 'iommufd'; expected a or b; did you mean 'b'?"),
	REFUSED("verdict label of another policy",
		HEAD MACHINE
		"run:\n  - {label: a, only: {policy: noiommu}, run: all}\n  - {label: b, run: all}\nexpect:\n"
		"  - {policy: [noiommu, iommufd], verdict: fault at a, basis: K}\n",
		"15:52: unknown label 'a' under policy 'iommufd'; expected b"),
	REFUSED("verdict label of another case",
		HEAD MACHINE
		"cases: {x: {}, z: {}}\nrun:\n  - {label: a, only: {case: x}, run: all}\n  - {label: b, run: all}\n"
		"expect:\n  - {policy: iommufd, verdict: fault at a, basis: K}\n",
		"16:41: unknown label 'a' under policy 'iommufd' in case 'z'; expected b"),
	REFUSED("verdict label of another kind",
		HEAD MACHINE "run:\n  - {label: a, only: {iommu: none}, run: all}\n  - {label: b, run: all}\nexpect:\n"
			     "  - {policy: iommufd, iommu: vtd, verdict: fault at a, basis: K}\n",
		"15:53: unknown label 'a' under policy 'iommufd'; expected b"),
	REFUSED("verdict order", ROWS("  - {policy: iommufd, verdict: [rejected EPERM at b, fault at a], basis: K}\n"),
		"15:63: 'a' comes before the step of the item before it; expected items in step order"),
	REFUSED("verdict twice", ROWS("  - {policy: iommufd, verdict: [fault at a, fault at a], basis: K}\n"),
		"15:45: the same item twice; expected each item once"),
	REFUSED("verdict after safe", ROWS("  - {policy: iommufd, verdict: [safe, fault at a], basis: K}\n"),
		"15:33: nothing can follow 'safe'; expected 'safe' alone or at the end"),
	REFUSED("verdict not mine", ROWS("  - {policy: iommufd, verdict: violates resv-honoured at a, basis: K}\n"),
		"15:41: 'resv-honoured' is not among the scenario's invariants; expected dma-confined or "
		"p2p-contained"),
	REFUSED("verdict invariant", ROWS("  - {policy: iommufd, verdict: violates dma-confind at a, basis: K}\n"),
		"15:41: unknown invariant 'dma-confind'; expected dma-confined or p2p-contained; did you mean "
		"'dma-confined'?"),
	REFUSED("verdict folded",
		ROWS("  - {policy: iommufd, basis: K, verdict: violates\n"
		     "      dma-confined at\n"
		     "      c}\n"),
		"17:7: unknown label 'c' under policy 'iommufd'; expected a or b"),
};

int main(void)
{
	return run_refused("refused rows", rows, G_N_ELEMENTS(rows));
}
