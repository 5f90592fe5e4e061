/* SPDX-License-Identifier: MIT */
/* What no rule is to blame for: hardware of one kind is not like the other, and some things are so by design. */
#include "sim/trial.h"

#include <errno.h>

/* --- where the kinds may differ --- */

static bool reads(const struct step_record *record)
{
	return record->step->operation == OP_ATS ||
	       (record->step->operation == OP_DMA && record->step->with.access != ACCESS_WRITE) ||
	       record->step->operation == OP_RESUME;
}

/* VMSAv8-64 has no descriptor for what may be written and not read (D8.4.1.2), nor has VT-d's first stage (9.7); its
   second stage has (9.8). */
static bool write_only(const struct trial *trial, unsigned at)
{
	bool arrives = reads(trial_record(trial, 0, at));

	/* What is on its way arrives within the call that waits for it. */
	for (unsigned i = 0; i < at && !arrives; i++)
		arrives = reads(trial_record(trial, 0, i)) && trial_record(trial, 0, i)->step->with.hold != HOLD_NOT;
	if (!arrives)
		return false;
	for (unsigned i = 0; i < at; i++) {
		const struct step *step = trial_record(trial, 0, i)->step;

		if ((step->operation == OP_MAP || step->operation == OP_DMA_MAP) && step->with.access == ACCESS_WRITE)
			return true;
	}
	return false;
}

/* VT-d has nothing that a guest's number of a device could be told to, and asks for none before it nests. */
static bool numbers_of_guests(const struct trial *trial, unsigned at)
{
	const struct step *step = trial_record(trial, 0, at)->step;
	bool nests = false;

	for (unsigned i = 0; i < at; i++)
		nests |= trial_record(trial, 0, i)->step->operation == OP_NEST;
	return step->operation == OP_VDEVICE ||
	       (nests && (step->operation == OP_ATTACH || step->operation == OP_REPLACE)) ||
	       (step->operation == OP_INVALIDATE && step->with.id_given);
}

/* VT-d's driver has no vIOMMU object (intel/iommufd.c): a program that makes one goes on with an SMMUv3 alone. */
static bool makes_viommu(const struct trial *trial, unsigned at)
{
	return trial_record(trial, 0, at)->step->operation == OP_IOMMUFD_VIOMMU_ALLOC;
}

/* What a unit does under another kernel until that has set it up is the driver's (KNOB_KEXEC_TABLES): VT-d's keeps the
   old tables, SMMUv3's aborts. Nobody has stopped the devices, and what they reach is no rule's fault. */
static bool another_kernel(const struct trial *trial, unsigned at)
{
	for (unsigned i = 0; i < at; i++)
		if (trial_record(trial, 0, i)->step->operation == OP_KEXEC)
			return true;
	return false;
}

/* VT-d's driver takes no read-only mappings where guests' tables are nested: units may write into such pages (Yi Liu
   and Lu Baolu 2023-09-21, see uapi/rules.c). */
static bool read_only_parent(const struct trial *trial, unsigned at)
{
	bool parent = false, read_only = false;

	for (unsigned i = 0; i <= at; i++) {
		const struct step *step = trial_record(trial, 0, i)->step;

		parent |= (step->operation == OP_SPACE || step->operation == OP_IOMMUFD_HWPT_ALLOC) &&
			  step->with.nest_parent;
		read_only |= (step->operation == OP_MAP || step->operation == OP_DMA_MAP) &&
			     step->with.access == ACCESS_READ;
	}
	return parent && read_only;
}

/* A request in flight goes on when its unit invalidates the IOTLB (VT-d 6.5.2.3); what invalidates it, and when, is the
   driver's business: a stream table entry that blocks is none. */
static bool in_flight(const struct trial *trial, unsigned at)
{
	for (unsigned i = 0; i < at; i++)
		if (trial_record(trial, 0, i)->step->with.hold != HOLD_NOT)
			return true;
	return false;
}

/* What may make leaves of a space's tables: a mapping, or an attach, behind which there is a table more. */
static bool makes_leaves(const struct step *step, uint32_t space)
{
	return (step->operation == OP_MAP || step->operation == OP_ATTACH || step->operation == OP_REPLACE) &&
	       step->with.space == space;
}

/* From then on the page counts as not written. */
static bool clears(const struct step_record *record, const struct step *read)
{
	const struct step *step = record->step;

	if (step->with.space != read->with.space)
		return false;
	if (step->operation == OP_DIRTY_START)
		return record->did == DID_OK;
	return step->operation == OP_DIRTY_READ && step->with.clear && step->with.at.base == read->with.at.base &&
	       step->with.at.index == read->with.at.index && step->with.at.number == read->with.at.number &&
	       (record->did == DID_DIRTY || record->did == DID_CLEAN);
}

/* A leaf that was made since the page was last marked as not written. VT-d's is made without its dirty flag (9.8), an
   SMMUv3's writable, which is what dirty is there (IHI 0070 3.13; io-pgtable-arm.c). */
static bool made_since(const struct trial *trial, unsigned at)
{
	const struct step_record *one = trial_record(trial, 0, at), *two = trial_record(trial, 1, at);

	if (one->step->operation != OP_DIRTY_READ || one->did != DID_CLEAN || two->did != DID_DIRTY)
		return false;
	for (unsigned i = at; i-- > 0;) {
		if (clears(trial_record(trial, 1, i), one->step))
			return false;
		if (makes_leaves(trial_record(trial, 1, i)->step, one->step->with.space))
			return true;
	}
	return false;
}

/* A space may let No Snoop take effect on VT-d (9.6, PGSNP; 9.8, SNP). With an SMMUv3 that is the system's (13.6). */
static bool no_snoop(const struct trial *trial, unsigned at)
{
	bool passes = false;

	for (unsigned i = 0; i <= at; i++)
		passes |= trial_record(trial, 0, i)->step->with.nosnoop;
	return passes && (trial_record(trial, 0, at)->step->operation == OP_LOAD ||
			  trial_record(trial, 0, at)->step->operation == OP_DMA);
}

/* A reset of a PF is one of its VFs (PCIe 6.6.2), whose enables nobody puts back: they are broken from then on (Nicolin
   Chen 2025-11-18, 'iommu: Introduce pci_dev_reset_iommu_prepare/done()'), and which call finds out is the driver's. */
static bool lost_its_pf(const struct trial *trial, unsigned at)
{
	const struct machine *machine = trial->scenario->cases[0].machine;
	const struct step *step = trial_record(trial, 0, at)->step;

	if (step->with.device >= machine->device_count || machine->devices[step->with.device].kind != DEVICE_VF)
		return false;
	for (unsigned i = 0; i < at; i++) {
		const struct step *before = trial_record(trial, 0, i)->step;
		bool resets = before->operation == OP_RESET || before->operation == OP_RELEASE ||
			      before->operation == OP_TAKE;

		if (before->operation == OP_EXIT ||
		    (resets && before->with.device == machine->devices[step->with.device].parent))
			return true;
	}
	return false;
}

/* How many commands an unmap takes, and which of them are done by a count of the queue's events, is the driver's
   choice: what is asked in between finds the old entry on one kind, and not on the other. */
static bool under_way(const struct trial *trial, unsigned at)
{
	for (unsigned i = 0; i < at; i++)
		if (trial_record(trial, 0, i)->step->inject)
			return true;
	return false;
}

/* Interrupt messages pass no page table of VT-d (3.15), and name entries of one table (5.1.2.2). On Arm they are writes
   to a page that a page table has to lead to, and name events of who sends them (GICv3 5.2), never another device's. */
static bool signals(const struct trial *trial, unsigned at)
{
	const struct step *step = trial_record(trial, 0, at)->step;

	return step->operation == OP_DMA && step->with.at.base == ADDRESS_MSI;
}

/* A translation request with a PASID that nobody bound: VT-d says that the page is not present (table 30, SPT.2), and
   the device asks for it; SMMUv3 aborts (C_BAD_CD, 3.9.1.2). */
static bool unbound_pasid(const struct trial *trial, unsigned at)
{
	const struct step_record *one = trial_record(trial, 0, at), *two = trial_record(trial, 1, at);

	return (one->step->operation == OP_DMA || one->step->operation == OP_ENQCMD) &&
	       one->step->with.pasid.base != PASID_ABSENT && one->did == DID_WAITS && two->did == DID_BLOCKED &&
	       !two->meant;
}

/* A table whose page requests somebody wants, and a device that cannot ask: VT-d's driver refuses it
   (intel_iommu_enable_iopf()), SMMUv3's takes it (arm_smmu_enable_iopf()), and nothing is ever asked. */
static bool cannot_ask(const struct trial *trial, unsigned at)
{
	const struct step_record *one = trial_record(trial, 0, at), *two = trial_record(trial, 1, at);
	const struct step *step = one->step;

	if ((step->operation != OP_ATTACH && step->operation != OP_REPLACE) || one->did != DID_REJECTED ||
	    one->error != ENODEV || two->did != DID_OK)
		return false;
	for (unsigned i = 0; i < at; i++) {
		const struct step *made = trial_record(trial, 0, i)->step;
		if (made->as == step->with.space + 1)
			return made->with.faults || made->with.queue_given;
	}
	return false;
}

/* An invalidation may take more than it was asked to; how a range is cut into aligned pieces is the driver's choice
   (PCIe 10.3.8; IHI 0070 4.5.1). */
static bool lost_from_device_tlb(const struct trial *trial, unsigned at)
{
	const struct step_record *one = trial_record(trial, 0, at), *two = trial_record(trial, 1, at);

	return one->step->operation == OP_DMA && one->step->with.translated &&
	       (one->did == DID_REACHED) != (two->did == DID_REACHED) && (one->fault | two->fault) == 0;
}

/* Nobody has ever given the device work: why should it send anything? */
static bool never_driven(const struct trial *trial, unsigned at)
{
	const struct machine *machine = trial->scenario->cases[0].machine;
	const struct step *step = trial_record(trial, 0, at)->step;

	if (step->operation != OP_DMA || machine->devices[step->with.device].driver == DRIVER_HOST)
		return false;
	for (unsigned i = 0; i < at; i++) {
		const struct step_record *record = trial_record(trial, 0, i);

		if ((record->step->operation == OP_TAKE || record->step->operation == OP_DRIVER_BIND) &&
		    record->step->with.device == step->with.device && record->did == DID_OK)
			return false;
	}
	return true;
}

/* A driver that lost its device kept what it had mapped, and uses it when it has the device again. */
static bool kept_by_driver(const struct trial *trial, unsigned at)
{
	const struct step *step = trial_record(trial, 0, at)->step;
	bool lost = false;

	for (unsigned i = 0; i < at; i++) {
		const struct step *before = trial_record(trial, 0, i)->step;

		lost |= (before->operation == OP_UNPLUG || before->operation == OP_DRIVER_UNBIND) &&
			before->with.device == step->with.device;
	}
	return lost && step->operation == OP_DMA && step->with.at.base == ADDRESS_RESULT;
}

/* A driver sends work of its mediated device to an address that it got for another function. */
static bool address_of_another(const struct trial *trial, unsigned at)
{
	const struct machine *machine = trial->scenario->cases[0].machine;
	const struct step *step = trial_record(trial, 0, at)->step;

	if (step->operation != OP_DMA || step->with.at.base != ADDRESS_RESULT ||
	    machine->devices[step->with.device].kind != DEVICE_MDEV)
		return false;
	for (unsigned i = 0; i < at; i++) {
		const struct step *before = trial_record(trial, 0, i)->step;

		if (before->operation == OP_DMA_MAP && before->as == step->with.at.index + 1)
			return before->with.device != machine->devices[step->with.device].parent;
	}
	return false;
}

/* A container of type1 has its owner's memory from the first attach on, and it was wished for before that. */
static bool ram_given_away(const struct trial *trial, unsigned at)
{
	bool wished = false, given = false;

	for (unsigned i = 0; i < at; i++) {
		const struct step *step = trial_record(trial, 0, i)->step;

		wished |= step->operation == OP_SPACE && step->with.ram;
		given |= wished && step->operation == OP_REUSE;
	}
	return given && trial_record(trial, 0, at)->step->operation == OP_ATTACH &&
	       trial->rules.value[KNOB_MAP_BEFORE_ATTACH] == MAP_BEFORE_ATTACH_REJECT;
}

/* type1 does not take registers back from a container when their device is closed. */
static bool type1_registers(const struct trial *trial, unsigned at)
{
	for (unsigned i = 0; i < at && trial->rules.value[KNOB_USER_API] == USER_API_VFIO_TYPE1; i++) {
		const struct step *step = trial_record(trial, 0, i)->step;

		if (step->operation == OP_MAP && step->with.to.kind == TARGET_BAR)
			return true;
	}
	return false;
}

/* A proposal's space has one format, and two units of VT-d in different modes have two (3.1). */
static bool modes_of_units(const struct trial *trial, unsigned at)
{
	const struct step *step = trial_record(trial, 0, at)->step;

	return (step->operation == OP_ATTACH || step->operation == OP_REPLACE) &&
	       trial->scenario->cases[0].machine->iommu_count > 1 &&
	       trial->rules.value[KNOB_INCOMPATIBLE_ATTACH] == INCOMPATIBLE_ERROR;
}

/* A stream that bypasses translation has no ATS (IHI 0070 3.9.1); VT-d's pass-through has (4.2.1). */
static bool identity_ats(const struct trial *trial, unsigned at)
{
	return trial->rules.value[KNOB_KERNEL_DMA] == KERNEL_DMA_IDENTITY &&
	       trial_record(trial, 0, at)->step->operation == OP_ATS;
}

/* `differs`: the kinds may do different things at that step; `violates`: what is violated there is no rule's fault. */
static const struct {
	const char *why;
	bool (*holds)(const struct trial *trial, unsigned at);
	bool differs, violates;
} excuses[] = {
	{"a table lets those read who may write", write_only, true, true},
	{"a device sends that nobody has ever given work", never_driven, false, true},
	{"a driver uses what it mapped before it lost its device", kept_by_driver, false, true},
	{"a driver uses what it mapped for another device", address_of_another, false, true},
	{"memory was given away between the wish for it and the attach", ram_given_away, false, true},
	{"type1 leaves registers of a closed device mapped", type1_registers, false, true},
	{"VT-d knows no vIOMMU", numbers_of_guests, true, false},
	{"VT-d has no vIOMMU to make", makes_viommu, true, false},
	{"devices went on under another kernel", another_kernel, true, true},
	{"VT-d takes no read-only mappings in a parent", read_only_parent, true, false},
	{"a stream that bypasses has no ATS", identity_ats, true, false},
	{"two units of VT-d are in different modes", modes_of_units, true, false},
	{"a request was in flight", in_flight, true, false},
	{"the VF's PF was reset under it", lost_its_pf, true, false},
	{"No Snoop is the space's on VT-d alone", no_snoop, true, false},
	{"a leaf of SMMUv3 is made dirty", made_since, true, false},
	{"an invalidation was under way", under_way, true, false},
	{"interrupt messages are translated on one kind alone", signals, true, false},
	{"a device TLB lost more on one kind", lost_from_device_tlb, true, false},
	{"only VT-d refuses to serve page requests of who makes none", cannot_ask, true, false},
	{"VT-d has a page of an unbound PASID asked for", unbound_pasid, true, false},
};

bool trial_goes_on_alone(const struct trial *trial, unsigned at)
{
	return makes_viommu(trial, at);
}

const char *trial_excuse(const struct trial *trial, unsigned at, bool differs)
{
	for (unsigned i = 0; i < G_N_ELEMENTS(excuses); i++)
		if ((differs ? excuses[i].differs : excuses[i].violates) && excuses[i].holds(trial, at))
			return excuses[i].why;
	return NULL;
}

/* --- losses --- */

/* A page may be absent: it was to begin with, or has a new owner who has not touched it. */
static bool is_absent(const struct trial *trial, unsigned at)
{
	const struct machine *machine = trial->scenario->cases[0].machine;

	if (trial_record(trial, 0, at)->step->with.at.base != ADDRESS_VA)
		return false;
	for (unsigned i = 0; i < at; i++)
		if (trial_record(trial, 0, i)->step->operation == OP_REUSE ||
		    trial_record(trial, 0, i)->step->operation == OP_MUNMAP)
			return true;
	for (unsigned i = 0; i < machine->memory_count; i++) /* addresses of several owners may be the same */
		if (!machine->memories[i].present)
			return true;
	return false;
}

/* A container of type1 forgets its mappings when its last group leaves. */
static bool is_forgotten(const struct trial *trial, unsigned at)
{
	static const enum operation leaving[] = {OP_DETACH, OP_RELEASE, OP_REPLACE, OP_DRIVER_UNBIND,
						 OP_UNPLUG, OP_EXIT,    OP_REUSE};

	for (unsigned i = 0; i < at && trial->rules.value[KNOB_USER_API] == USER_API_VFIO_TYPE1; i++)
		for (unsigned j = 0; j < G_N_ELEMENTS(leaving); j++)
			if (trial_record(trial, 0, i)->step->operation == leaving[j])
				return true;
	return false;
}

bool trial_is_loss(const struct trial *trial, unsigned at)
{
	const struct step_record *record = trial_record(trial, 0, at);

	bool stopped = (record->did == DID_BLOCKED && record->fault != 0) || record->did == DID_SCRATCH;

	return stopped && record->meant && !is_absent(trial, at) && !is_forgotten(trial, at);
}
