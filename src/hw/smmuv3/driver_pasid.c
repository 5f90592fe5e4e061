/* SPDX-License-Identifier: MIT */
/*
 * Requests with a PASID: the context descriptor of that number (5.3, 5.4). The first level and the pages of descriptors
 * come as they are needed. A descriptor is valid before an entry leads to it, and what is cached of one that is no
 * longer valid goes before anything else: its configuration, then what the device cached. The TLB keeps what it has of
 * the ASID; nobody asks for that by this PASID any more.
 */
#include "hw/smmuv3/driver.h"

#include <errno.h>

static struct smmu_driver_leaf *leaf_of(const struct smmu_driver *driver, uint32_t handle)
{
	return arena_slot(driver->config.arena, driver->leaves, handle);
}

/* NULL: there is none. */
static struct smmu_driver_leaf *find_leaf(const struct smmu_driver *driver, uint32_t stream, uint32_t pasid)
{
	struct arena *arena = driver->config.arena;
	for (uint32_t handle = arena_next(arena, driver->leaves, 0); handle != ARENA_NONE;
	     handle = arena_next(arena, driver->leaves, handle)) {
		struct smmu_driver_leaf *leaf = leaf_of(driver, handle);
		if (leaf->stream == stream && leaf->index == pasid >> SMMU_DRIVER_LEAF_LG2)
			return leaf;
	}
	return NULL;
}

/* Hardware may know of a page that came later that there was none; entry 0 of the first level is older than it. */
static int write_cd(struct smmu_driver *driver, const struct smmu_driver_leaf *leaf, uint32_t pasid,
		    const struct driver_domain *domain)
{
	uint64_t pa = leaf->pa + pasid % SMMU_DRIVER_LEAF_CDS * (uint64_t)SMMU_CD_BYTES;
	return smmu_driver_write_cd(driver, leaf->stream, pasid, pa, leaf->index == 0, domain);
}

static bool write_first_level(struct smmu_driver *driver, uint64_t l1_pa, uint32_t index, uint64_t leaf_pa)
{
	uint64_t l1cd = 0;
	SMMU_L1CD_set_V(&l1cd, 1);
	SMMU_L1CD_set_L2PTR(&l1cd, leaf_pa >> SMMU_L1CD_L2PTR_LSB);
	return driver_word(&driver->config, l1_pa + index * (uint64_t)SMMU_L1_BYTES, l1cd);
}

int smmu_driver_make_contexts(struct smmu_driver *driver, struct smmu_driver_requester *requester)
{
	unsigned lg2 = driver->state->substream_lg2, bytes_lg2 = lg2 - SMMU_DRIVER_LEAF_LG2 + 3;
	unsigned order = bytes_lg2 > FRAME_LG2 ? bytes_lg2 - FRAME_LG2 : 0;
	if (requester->cd_pa == 0)
		requester->cd_pa = frame_allocator_take(driver->config.frames, 0);
	if (requester->cd_pa == 0)
		return -ENOMEM;
	if (lg2 <= SMMU_DRIVER_LEAF_LG2 || requester->l1_pa)
		return 0;
	uint64_t pa = frame_allocator_take(driver->config.frames, order);
	if (pa == 0)
		return -ENOMEM;
	if (!write_first_level(driver, pa, 0, requester->cd_pa)) {
		frame_allocator_give(driver->config.frames, pa, order);
		return -ENOMEM;
	}
	requester->l1_pa = pa;
	return 0;
}

/* NULL: no memory. */
static struct smmu_driver_leaf *make_leaf(struct smmu_driver *driver, uint32_t stream, uint32_t pasid)
{
	const struct smmu_driver_requester *requester = smmu_driver_requester_of(driver, stream);
	struct smmu_driver_leaf *leaf = find_leaf(driver, stream, pasid);
	uint32_t index = pasid >> SMMU_DRIVER_LEAF_LG2;
	if (leaf)
		return leaf;
	uint32_t handle = arena_alloc(driver->config.arena, driver->leaves);
	if (handle == ARENA_NONE)
		return NULL;
	leaf = leaf_of(driver, handle);
	*leaf = (struct smmu_driver_leaf){.stream = stream, .index = index, .pa = requester->cd_pa};
	if (index == 0)
		return leaf;
	leaf->pa = frame_allocator_take(driver->config.frames, 0);
	if (leaf->pa && write_first_level(driver, requester->l1_pa, index, leaf->pa))
		return leaf;
	if (leaf->pa)
		frame_allocator_give(driver->config.frames, leaf->pa, 0);
	arena_release(driver->config.arena, driver->leaves, handle);
	return NULL;
}

bool smmu_driver_hosts_pasids(const struct driver_domain *domain)
{
	return !domain || domain->type == DOMAIN_BLOCKED || domain->type == DOMAIN_IDENTITY || domain->stage == 1;
}

static int may_attach(const struct smmu_driver *driver, const struct smmu_driver_requester *requester, uint32_t pasid,
		      domain_handle to)
{
	const struct driver_domain *domain = driver_domain_of(&driver->common, to);
	if (!requester || !(requester->features & FEATURE_PASID) || pasid >> driver->state->substream_lg2 != 0)
		return -ENODEV;
	if (pasid == 0 || (to && !domain))
		return -EINVAL;
	if (to == 0)
		return 0;
	/* Only a first stage has a place for it: a descriptor cannot bypass, and one second stage serves the stream. */
	if (domain->type != DOMAIN_BLOCKED && !smmu_driver_has_context(domain))
		return -EOPNOTSUPP;
	return smmu_driver_hosts_pasids(driver_domain_of(&driver->common, requester->domain)) ? 0 : -EOPNOTSUPP;
}

/* The stream table entry as it has to be with as many PASIDs as there are now, and what the endpoint may do then. */
static int update_entry(struct smmu_driver *driver, uint32_t stream, bool made)
{
	int error = smmu_driver_before_entry(driver, stream, 0);
	int second = smmu_driver_write_ste(driver, stream, made);
	if (second == -ENOMEM)
		return second;
	error = error ? error : second;
	second = smmu_driver_after_entry(driver, stream);
	return error ? error : second;
}

static int forget(struct smmu_driver *driver, uint32_t stream, uint32_t pasid, domain_handle old)
{
	const struct smmu_driver_requester *requester = smmu_driver_requester_of(driver, stream);
	return old && requester->on & FEATURE_ATS ? smmu_driver_forget_pasid(driver, stream, pasid) : 0;
}

/* -ENOMEM: nothing was written. */
static int move(struct smmu_driver *driver, const struct smmu_driver_leaf *leaf, uint32_t pasid, bool entry_made,
		domain_handle old, domain_handle to)
{
	const struct smmu_driver_leaving leaving = {driver->leaving, {leaf->stream, pasid, old}};
	const struct driver_domain *domain = driver_domain_of(&driver->common, to);
	uint32_t stream = leaf->stream;
	bool forgets_first = driver->state->bugs & INJECT_DEVTLB_FIRST;
	driver->leaving = &leaving;
	int error = forgets_first ? forget(driver, stream, pasid, old) : 0;
	int second = write_cd(driver, leaf, pasid, domain);
	error = error && second != -ENOMEM ? error : second;
	if (second != -ENOMEM) {
		second = forgets_first ? 0 : forget(driver, stream, pasid, old);
		error = error ? error : second;
		second = update_entry(driver, stream, entry_made);
		error = error && second != -ENOMEM ? error : second;
		if (second == -ENOMEM)
			write_cd(driver, leaf, pasid, NULL);
	}
	driver->leaving = leaving.outer;
	return error;
}

/* What the driver knows of it; the entries follow. */
static void set_domain(struct smmu_driver *driver, uint32_t stream, uint32_t pasid, domain_handle to)
{
	struct smmu_driver_requester *requester = smmu_driver_requester_of(driver, stream);
	requester->pasids -= driver_attached_domain(driver->pasids, stream, pasid) != 0;
	requester->pasids += to != 0;
	driver_attachment_set(driver->config.arena, driver->pasids, stream, pasid, to);
}

static int change(struct smmu_driver *driver, const struct smmu_driver_leaf *leaf, uint32_t pasid, domain_handle to)
{
	uint32_t stream = leaf->stream;
	domain_handle old = driver_attached_domain(driver->pasids, stream, pasid);
	bool entry_made;
	int error = smmu_driver_make_entry(driver, stream, &entry_made);
	if (error)
		return error;
	smmu_driver_join(driver, to);
	set_domain(driver, stream, pasid, to);
	error = move(driver, leaf, pasid, entry_made, old, to);
	if (error == -ENOMEM) {
		smmu_driver_leave(driver, to, false);
		set_domain(driver, stream, pasid, old);
		smmu_driver_after_entry(driver, stream);
		return error;
	}
	smmu_driver_leave(driver, old, error != 0);
	return error;
}

int smmu_driver_attach_pasid(struct driver *base, uint32_t stream, uint32_t pasid, domain_handle to)
{
	struct smmu_driver *driver = smmu_driver_of(base);
	if (!smmu_driver_has_stream(driver, stream))
		return -ENODEV;
	int error = may_attach(driver, smmu_driver_requester_of(driver, stream), pasid, to);
	if (error || smmu_driver_attached_pasid(base, stream, pasid) == to)
		return error;
	if (!driver_attachment_has_room(driver->pasids, stream, pasid))
		return -ENOMEM;
	const struct smmu_driver_leaf *leaf = make_leaf(driver, stream, pasid);
	return leaf ? change(driver, leaf, pasid, to) : -ENOMEM;
}

domain_handle smmu_driver_attached_pasid(struct driver *base, uint32_t stream, uint32_t pasid)
{
	return pasid != PASID_NONE ? driver_attached_domain(smmu_driver_of(base)->pasids, stream, pasid) : 0;
}

static int rewrite(struct smmu_driver *driver, const struct smmu_driver_leaf *leaf, uint32_t pasid,
		   domain_handle handle)
{
	const struct driver_domain *domain = driver_domain_of(&driver->common, handle);
	return leaf->pa && smmu_driver_has_context(domain) ? write_cd(driver, leaf, pasid, domain) : 0;
}

int smmu_driver_rewrite_contexts(struct smmu_driver *driver, uint32_t stream)
{
	const struct smmu_driver_requester *requester = smmu_driver_requester_of(driver, stream);
	const struct smmu_driver_leaf first = {.stream = stream, .pa = requester->cd_pa};
	const struct driver_attachments *pasids = driver->pasids;
	int error = rewrite(driver, &first, 0, requester->domain);
	uint32_t i = driver_attachments_from(pasids, stream, 0);
	while (i < pasids->count && pasids->list[i].stream == stream) {
		const struct driver_attachment at = pasids->list[i];
		int second = rewrite(driver, find_leaf(driver, stream, at.pasid), at.pasid, at.domain);
		error = error ? error : second;
		i = driver_attachments_after(pasids, stream, at.pasid);
	}
	return error;
}
