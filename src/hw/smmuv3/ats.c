/* SPDX-License-Identifier: MIT */
/*
 * Translation requests and translated transactions (3.9.1, 13.6, 13.7). Both look at the STE first; a request then goes
 * on to the CD and the translation, checked for no right, a translated transaction of a stream with split-stage ATS to
 * stage 2 alone. Caches serve and keep as they do for ordinary transactions.
 */
#include "hw/smmuv3/lookup.h"
#include "hw/smmuv3/trace.h"

#include <string.h>

/* 5.2 EATS: what it counts as. */
static unsigned eats_of(const struct smmu *unit, const uint64_t *ste)
{
	unsigned eats = (unsigned)SMMU_STE_EATS(ste);

	if (!(SMMU_STE_CONFIG(ste) & 3))
		return SMMU_EATS_NONE;
	if (eats == SMMU_EATS_SPLIT && SMMU_CR0_ATSCHK(&unit->state->registers[SMMU_R_CR0ACK]))
		return SMMU_EATS_SPLIT;
	return eats == SMMU_EATS_FULL ? SMMU_EATS_FULL : SMMU_EATS_NONE;
}

static bool is_request(const struct smmu_lookup *lookup)
{
	return lookup->request.at == AT_TRANSLATION_REQUEST;
}

static bool is_translation_fault(unsigned event)
{
	return event >= SMMU_F_TRANSLATION && event <= SMMU_F_PERMISSION;
}

/* 3.9.1.2, 3.9.1.3: whether an error of the configuration is recorded. */
static bool is_recorded(const struct smmu *unit, const struct smmu_lookup *lookup, unsigned event)
{
	const uint64_t *cr2 = &unit->state->registers[SMMU_R_CR2];

	if (event == SMMU_F_BAD_ATS_TREQ || event == SMMU_F_TRANSL_FORBIDDEN)
		return true;
	return SMMU_CR2_REC_CFG_ATS(cr2) &&
	       (event != SMMU_C_BAD_STREAMID || !is_request(lookup) || SMMU_CR2_RECINVSID(cr2));
}

static void end_with(struct smmu *unit, const struct smmu_lookup *lookup, unsigned event, bool records,
		     struct translation *out)
{
	struct smmu_blocked blocked = smmu_blocked_of(&lookup->walk, event);

	if (!lookup->dry) {
		smmu_terminate(unit, &blocked, records, out);
		return;
	}
	out->result = TRANSLATE_FAULT;
	out->fault = (uint16_t)event;
	out->recorded = records;
	smmu_fill_record(unit, &blocked, out->record);
}

/* Refused: a request with that completion, a translated transaction with an abort. SMMU_EVENT_NONE: no event. */
static bool refuse(struct smmu *unit, const struct smmu_lookup *lookup, unsigned event, enum ats_completion completion,
		   struct translation *out)
{
	out->result = TRANSLATE_FAULT;
	out->completion = is_request(lookup) ? (uint8_t)completion : ATS_NONE;
	if (event)
		end_with(unit, lookup, event, is_recorded(unit, lookup, event), out);
	return false;
}

/* 3.9.1.2: there is no translation, which is an answer and no fault. `event`: why. */
static bool deny(const struct smmu *unit, const struct smmu_lookup *lookup, unsigned event, struct translation *out)
{
	out->realm = false; /* 3.9.4.2: TE */
	out->result = TRANSLATE_FAULT;
	out->completion = ATS_SUCCESS;
	out->fault = (uint16_t)event;
	out->page_lg2 = unit->rules.granule_lg2;
	out->privileged = lookup->request.privileged;
	return false;
}

/* PERM_* of an answer, from the rights of all stages together (13.7.1). */
static uint8_t granted(const struct smmu *unit, const struct smmu_lookup *lookup, const uint64_t *ste, unsigned rights)
{
	unsigned privcfg = unit->rules.overrides ? (unsigned)SMMU_STE_PRIVCFG(ste) : SMMU_OVERRIDE_NONE;
	unsigned instcfg = unit->rules.overrides ? (unsigned)SMMU_STE_INSTCFG(ste) : SMMU_OVERRIDE_NONE;
	bool privileged = privcfg & 2 ? privcfg & 1 : lookup->request.privileged;
	unsigned page = smmu_permissions(rights, privileged), given = page & PERM_WRITE;
	bool reads = page & (instcfg == SMMU_OVERRIDE_HIGH ? PERM_EXECUTE : PERM_READ);
	/* With INSTCFG Data whatever can be read can be executed. */
	bool executes = reads && (page & PERM_EXECUTE || instcfg == SMMU_OVERRIDE_LOW);

	if (reads)
		given |= PERM_READ;
	if (executes && lookup->request.execute)
		given |= PERM_EXECUTE;
	return (uint8_t)given;
}

struct found { /* a translation, cached or walked */
	uint64_t pa, ipa;
	unsigned rights, page_lg2, level, stages;
};

/* Whether the answer would grant writes if what is clean were marked as dirty. */
static bool would_write(const struct smmu *unit, const struct smmu_lookup *lookup, const uint64_t *ste, unsigned rights,
			unsigned clean)
{
	return clean && !(granted(unit, lookup, ste, rights) & PERM_WRITE) &&
	       granted(unit, lookup, ste, rights | clean) & PERM_WRITE;
}

static bool grant(const struct smmu *unit, const struct smmu_lookup *lookup, const uint64_t *ste,
		  const struct found *found, struct translation *out)
{
	const struct request *request = &lookup->request;
	unsigned rights = found->rights;

	if (unit->rules.realm) {
		rights = smmu_realm_rights_of(&unit->rules, ste, found->stages, request->t, request->xt, rights);
		out->realm = smmu_realm_output(&unit->rules, ste, found->stages, request->t, request->xt, rights);
	}
	out->permissions = granted(unit, lookup, ste, rights);
	if (!out->permissions)
		return deny(unit, lookup, SMMU_F_PERMISSION, out);
	out->completion = ATS_SUCCESS;
	out->page_lg2 = (uint8_t)found->page_lg2;
	out->level = (uint8_t)found->level;
	out->privileged = lookup->request.privileged;
	out->pa = found->pa;
	return false;
}

/* 3.25.2: checked where the translation ends. 13.6.3: of split-stage ATS the device gets an IPA all the same. */
static bool give(struct smmu *unit, const struct smmu_lookup *lookup, const uint64_t *ste, const struct found *found,
		 struct translation *out)
{
	smmu_check_answer(unit, lookup->dry, out);
	if (out->permissions && eats_of(unit, ste) == SMMU_EATS_SPLIT)
		out->pa = found->ipa;
	return false;
}

/* 3.9.1.1: an address that the system does not have ends with an abort, unrecorded. `ste` may be NULL: none is asked.
 */
static bool pass(const struct smmu *unit, const struct smmu_lookup *lookup, const uint64_t *ste,
		 struct translation *out)
{
	if (lookup->request.address & unit->rules.oas_beyond) {
		out->result = TRANSLATE_FAULT;
		return false;
	}
	if (ste && unit->rules.realm)
		out->realm = smmu_realm_output(&unit->rules, ste, 0, lookup->request.t, lookup->request.xt, 0);
	out->pass_through = true;
	out->permissions = PERM_READ | PERM_WRITE;
	out->pa = lookup->request.address;
	return false;
}

/* 13.6.4: stage 1 is skipped and there is no other. */
static bool grant_identity(struct smmu *unit, const struct smmu_lookup *lookup, const uint64_t *ste,
			   struct translation *out)
{
	if (lookup->request.address & unit->rules.oas_beyond)
		return deny(unit, lookup, SMMU_F_ADDR_SIZE, out);
	out->completion = ATS_SUCCESS;
	out->page_lg2 = unit->rules.granule_lg2;
	pass(unit, lookup, ste, out);
	smmu_check_answer(unit, lookup->dry, out);
	return false;
}

static void begin_walk(const struct smmu *unit, struct smmu_lookup *lookup, uint16_t reads)
{
	smmu_walk_begin(&lookup->walk, unit, &lookup->request);
	lookup->walk.may_stall = false; /* 5.5: of PCIe alone */
	lookup->walk.quiet = lookup->dry;
	lookup->walk.sets_flags = !lookup->dry;
	lookup->walk.reads = reads;
	lookup->walk.trace = lookup->trace;
	lookup->walk.trace_context = lookup->trace_context;
}

/* A walk of the tables alone; *config has the STE, and the CD where stage 1 translates. */
static bool begin_tables(const struct smmu *unit, struct smmu_lookup *lookup, const struct smmu_config_entry *config,
			 const struct translation *out)
{
	struct smmu_walk *walk = &lookup->walk;

	begin_walk(unit, lookup, out->reads);
	walk->ste_known = walk->config_known = true;
	for (unsigned i = 0; i < 4; i++)
		walk->ste[i] = config->ste[i];
	for (unsigned i = 0; i < 3; i++)
		walk->cd[i] = config->cd[i];
	walk->stages = config->stages;
	lookup->loads_config = false;
	smmu_prepare_stream(walk);
	smmu_walk_part(walk, SMMU_PART_CONTEXT);
	return true;
}

static struct found found_cached(const struct smmu_tlb_entry *entry, uint64_t address)
{
	unsigned lg2 = smmu_page_class_lg2[entry->page & 15];
	uint64_t offset = address & smmu_mask_below(lg2);

	return (struct found){.pa = entry->frame | offset,
			      .ipa = entry->ipa | offset,
			      .rights = entry->rights,
			      .page_lg2 = lg2,
			      .level = entry->level,
			      .stages = entry->stages};
}

/* --- translation requests --- */

/* 3.9.1.2, 7.3.6. True: the stream may use ATS; else it is refused. */
static bool is_allowed(struct smmu *unit, const struct smmu_lookup *lookup, const uint64_t *ste,
		       struct translation *out)
{
	if (SMMU_STE_CONFIG(ste) < SMMU_CONFIG_BYPASS)
		return refuse(unit, lookup, SMMU_EVENT_NONE, ATS_UR, out);
	if (eats_of(unit, ste) == SMMU_EATS_NONE)
		return refuse(unit, lookup, SMMU_F_BAD_ATS_TREQ, ATS_UR, out);
	return true;
}

/* The configuration is good. True: the tables are to be walked. */
static bool look_up(struct smmu *unit, struct smmu_lookup *lookup, const struct smmu_config_entry *config,
		    struct translation *out)
{
	const struct smmu_tlb_entry *entry;

	if (!config->stages)
		return grant_identity(unit, lookup, config->ste, out);
	entry = lookup->without_caches ? NULL : smmu_find_cached(unit, &lookup->request, config);
	if (entry && !(lookup->marks && would_write(unit, lookup, config->ste, entry->rights, entry->clean))) {
		struct found found = found_cached(entry, lookup->request.address);
		out->from_cache = true;
		grant(unit, lookup, config->ste, &found, out);
		return give(unit, lookup, config->ste, &found, out);
	}
	begin_tables(unit, lookup, config, out);
	lookup->walk.wants = 0; /* what the page permits is the answer */
	return true;
}

static bool request_loaded(struct smmu *unit, struct smmu_lookup *lookup, unsigned end, bool keeps,
			   struct translation *out)
{
	struct smmu_config_entry config = {0};
	const struct smmu_walk *walk = &lookup->walk;

	smmu_keep_loaded(unit, walk, end, lookup->ste_cached, keeps, &config);
	if (!walk->ste_known)
		return refuse(unit, lookup, end, ATS_CA, out);
	if (!is_allowed(unit, lookup, walk->ste, out))
		return false;
	if (is_translation_fault(end)) /* of stage 2, where the CD was to be fetched */
		return deny(unit, lookup, end, out);
	if (end)
		return refuse(unit, lookup, end, ATS_CA, out);
	return look_up(unit, lookup, &config, out);
}

/* The tables once more, as a write or as no access in particular. */
static bool walk_again(const struct smmu *unit, struct smmu_lookup *lookup, enum smmu_marks marks,
		       const struct translation *out)
{
	const struct smmu_walk *walk = &lookup->walk;
	const struct smmu_config_entry config = {.ste = {walk->ste[0], walk->ste[1], walk->ste[2], walk->ste[3]},
						 .cd = {walk->cd[0], walk->cd[1], walk->cd[2]},
						 .stages = walk->stages};

	begin_tables(unit, lookup, &config, out);
	lookup->marks = (uint8_t)marks;
	lookup->walk.wants = 0;
	if (marks == SMMU_MARKS_NOW)
		lookup->walk.wants =
			(uint16_t)((SMMU_RIGHTS_WRITE1 | SMMU_RIGHTS_WRITE2) &
				   (lookup->walk.privileged ? SMMU_RIGHTS_PRIVILEGED : ~SMMU_RIGHTS_PRIVILEGED));
	return true;
}

/* CLASS of the fault: of the address itself, not of what stage 1 fetches or updates (7.3.16). */
static bool is_of_input(const struct smmu_walk *walk)
{
	return !walk->second || walk->serves == SMMU_SERVES_INPUT;
}

static bool request_walked(struct smmu *unit, struct smmu_lookup *lookup, unsigned end, bool keeps,
			   struct translation *out)
{
	const struct smmu_walk *walk = &lookup->walk;
	bool last_stage = walk->stages == 3 && walk->second && walk->serves == SMMU_SERVES_INPUT;

	/* Somebody took the permission away meanwhile. 3.9.1.2: of a table, for stage 2, it is no permission at all. */
	if (end == SMMU_F_PERMISSION && lookup->marks == SMMU_MARKS_NOW && is_of_input(walk))
		return walk_again(unit, lookup, SMMU_MARKS_NOTHING, out);
	if (is_translation_fault(end))
		return deny(unit, lookup, end, out);
	/* 3.9.1.2: what stage 1 permits nothing of does not get as far as stage 2. */
	if (end && last_stage && !granted(unit, lookup, walk->ste, walk->rights | SMMU_RIGHTS_STAGE2))
		return deny(unit, lookup, SMMU_F_PERMISSION, out);
	if (end)
		return refuse(unit, lookup, end, ATS_CA, out);
	if (lookup->marks == SMMU_MARKS_LATER && would_write(unit, lookup, walk->ste, walk->rights, walk->clean))
		return walk_again(unit, lookup, SMMU_MARKS_NOW, out);
	struct found found = {.pa = walk->pa,
			      .ipa = walk->ipa,
			      .rights = walk->rights,
			      .page_lg2 = smmu_page_lg2(walk),
			      .level = walk->stages & 1 ? walk->level1 : walk->level2,
			      .stages = walk->stages};
	grant(unit, lookup, walk->ste, &found, out);
	if (keeps && out->result == TRANSLATE_OK)
		smmu_keep_found(unit, walk);
	return give(unit, lookup, walk->ste, &found, out);
}

static bool begin_request(struct smmu *unit, struct smmu_lookup *lookup, struct translation *out)
{
	const struct request *request = &lookup->request;
	bool has_pasid = request->pasid != PASID_NONE;
	uint64_t tag = smmu_config_tag(request->stream, has_pasid ? request->pasid : 0, has_pasid);
	const struct smmu_config_entry *config = lookup->without_caches ? NULL : smmu_config_find(&unit->caches, tag);
	const struct smmu_ste_entry *ste =
		lookup->without_caches ? NULL : smmu_ste_find(&unit->caches, request->stream);

	if (config) {
		out->from_cache = true;
		if (!is_allowed(unit, lookup, config->ste, out))
			return false;
		if (config->event)
			return refuse(unit, lookup, config->event, ATS_CA, out);
		out->from_cache = false;
		return look_up(unit, lookup, config, out);
	}
	lookup->loads_config = lookup->walk.config_alone = true;
	lookup->ste_cached = ste;
	if (ste && ste->event) {
		out->from_cache = true;
		return refuse(unit, lookup, ste->event, ATS_CA, out);
	}
	lookup->walk.ste_known = ste;
	for (unsigned i = 0; ste && i < 4; i++)
		lookup->walk.ste[i] = ste->ste[i];
	return true;
}

/* --- translated transactions --- */

static bool translated_without_rights(struct smmu *unit, struct smmu_lookup *lookup, struct translation *out)
{
	struct smmu_walk *walk = &lookup->walk;

	walk->second = true;
	walk->serves = SMMU_SERVES_INPUT;
	walk->ipa = lookup->request.address;
	end_with(unit, lookup, SMMU_F_PERMISSION, SMMU_STE_S2R(walk->ste), out);
	return false;
}

/* 13.6.3: the address is an IPA. */
static bool translate_ipa(struct smmu *unit, struct smmu_lookup *lookup, const uint64_t *ste, struct translation *out)
{
	struct smmu_config_entry config = {
		.ste = {ste[0], ste[1], ste[2], ste[3]},
		.world = SMMU_WORLD_VALID | SMMU_WORLD_IPA | SMMU_STE_S2VMID(ste) << SMMU_WORLD_VMID_LSB,
		.stages = 2,
	};
	const struct smmu_tlb_entry *entry =
		lookup->without_caches ? NULL : smmu_find_cached(unit, &lookup->request, &config);

	begin_tables(unit, lookup, &config, out);
	if (!entry)
		return true;
	struct found found = found_cached(entry, lookup->request.address);
	if (unit->rules.realm) {
		const struct request *request = &lookup->request;
		found.rights = smmu_realm_rights_of(&unit->rules, ste, 2, request->t, request->xt, found.rights);
		out->realm = smmu_realm_output(&unit->rules, ste, 2, request->t, request->xt, found.rights);
	}
	unsigned lacks = lookup->walk.wants & ~found.rights;
	if (lacks && !(lacks & ~(unsigned)entry->clean))
		return true;
	out->from_cache = true;
	if (lacks)
		return translated_without_rights(unit, lookup, out);
	out->page_lg2 = (uint8_t)found.page_lg2;
	out->level = (uint8_t)found.level;
	out->permissions = smmu_permissions(found.rights, lookup->walk.privileged);
	out->pa = found.pa;
	return false;
}

/* 3.9.1.3, 7.3.8: the STE is valid. */
static bool translated_with_ste(struct smmu *unit, struct smmu_lookup *lookup, const uint64_t *ste,
				struct translation *out)
{
	if (SMMU_STE_CONFIG(ste) < SMMU_CONFIG_BYPASS)
		return refuse(unit, lookup, SMMU_EVENT_NONE, ATS_NONE, out);
	if (smmu_realm_needs_xt(unit, ste, &lookup->request))
		return refuse(unit, lookup, SMMU_F_TRANSL_FORBIDDEN, ATS_NONE, out);
	switch (eats_of(unit, ste)) {
	case SMMU_EATS_FULL:
		return pass(unit, lookup, ste, out);
	case SMMU_EATS_SPLIT:
		return translate_ipa(unit, lookup, ste, out);
	default:
		return refuse(unit, lookup, SMMU_F_TRANSL_FORBIDDEN, ATS_NONE, out);
	}
}

static bool translated_loaded(struct smmu *unit, struct smmu_lookup *lookup, unsigned end, bool keeps,
			      struct translation *out)
{
	struct smmu_config_entry config;
	const uint64_t ste[4] = {lookup->walk.ste[0], lookup->walk.ste[1], lookup->walk.ste[2], lookup->walk.ste[3]};

	smmu_keep_loaded(unit, &lookup->walk, end, false, keeps, &config);
	if (!lookup->walk.ste_known)
		return refuse(unit, lookup, end, ATS_NONE, out);
	return translated_with_ste(unit, lookup, ste, out);
}

static bool translated_walked(struct smmu *unit, const struct smmu_lookup *lookup, unsigned end, bool keeps,
			      struct translation *out)
{
	const struct smmu_walk *walk = &lookup->walk;

	if (end == SMMU_EVENT_NONE) {
		smmu_answer(walk, out);
		smmu_answer_space(walk, out);
		if (keeps)
			smmu_keep_found(unit, walk);
		return false;
	}
	struct smmu_blocked blocked = smmu_blocked_of(walk, end);
	end_with(unit, lookup, end, smmu_is_recorded(unit, &blocked), out);
	return false;
}

static bool begin_translated(struct smmu *unit, struct smmu_lookup *lookup, struct translation *out)
{
	const struct smmu_ste_entry *ste =
		lookup->without_caches ? NULL : smmu_ste_find(&unit->caches, lookup->request.stream);

	if (ste && ste->event) {
		out->from_cache = true;
		return refuse(unit, lookup, ste->event, ATS_NONE, out);
	}
	if (ste)
		return translated_with_ste(unit, lookup, ste->ste, out);
	lookup->loads_config = lookup->walk.ste_alone = true;
	lookup->ste_cached = false;
	return true;
}

/* --- both --- */

/* As it counts: rights that no PASID came with are not asked for (13.7), a translated transaction has none (3.9.1.3).
 */
static struct request effective(const struct request *request)
{
	struct request effective = *request;

	if (request->at == AT_TRANSLATION_REQUEST)
		effective.op = REQUEST_READ;
	else
		effective.pasid = PASID_NONE;
	if (effective.pasid == PASID_NONE)
		effective.privileged = effective.execute = false;
	return effective;
}

bool smmu_ats_begin(struct smmu *unit, const struct request *request, struct smmu_lookup *lookup,
		    struct translation *out)
{
	bool translated = request->at != AT_TRANSLATION_REQUEST;

	*out = (struct translation){0};
	lookup->request = effective(request);
	lookup->commands = unit->signals->commands;
	lookup->without_caches = unit->caches.off || lookup->dry;
	lookup->loads_config = lookup->ste_cached = false;
	lookup->marks = translated || request->no_write ? SMMU_MARKS_NOTHING : SMMU_MARKS_LATER;
	begin_walk(unit, lookup, 0);
	if (request->at > AT_TRANSLATED || request->op > REQUEST_ATOMIC ||
	    request->address % FRAME_BYTES + request->bytes > FRAME_BYTES)
		return refuse(unit, lookup, SMMU_EVENT_NONE, ATS_UR, out);
	if (!smmu_is_enabled(unit))
		return refuse(unit, lookup, translated ? SMMU_F_TRANSL_FORBIDDEN : SMMU_F_BAD_ATS_TREQ, ATS_UR, out);
	if (translated && !SMMU_CR0_ATSCHK(&unit->state->registers[SMMU_R_CR0ACK]))
		return pass(unit, lookup, NULL, out);
	if ((uint64_t)request->stream >> unit->state->stream_lg2)
		return refuse(unit, lookup, SMMU_C_BAD_STREAMID, ATS_CA, out);
	return translated ? begin_translated(unit, lookup, out) : begin_request(unit, lookup, out);
}

bool smmu_ats_walked(struct smmu *unit, struct smmu_lookup *lookup, unsigned end, struct translation *out)
{
	bool keeps = !lookup->without_caches && lookup->commands == unit->signals->commands;

	*out = (struct translation){0};
	smmu_answer_reads(&lookup->walk, out);
	if (is_request(lookup))
		return lookup->loads_config ? request_loaded(unit, lookup, end, keeps, out)
					    : request_walked(unit, lookup, end, keeps, out);
	return lookup->loads_config ? translated_loaded(unit, lookup, end, keeps, out)
				    : translated_walked(unit, lookup, end, keeps, out);
}

void smmu_ats_translate(struct smmu *unit, const struct request *request, bool dry, walk_trace_fn trace, void *context,
			struct translation *out)
{
	struct smmu_lookup lookup = {.dry = dry, .trace = trace, .trace_context = context};
	bool walks = smmu_ats_begin(unit, request, &lookup, out);

	/* The configuration, then the tables, which may be walked again. */
	while (walks)
		walks = smmu_ats_walked(unit, &lookup, smmu_walk_traced(&lookup.walk), out);
}

bool smmu_ste_of(struct smmu *unit, uint32_t stream, uint64_t ste[4])
{
	struct smmu_lookup lookup = {
		.request = {.stream = stream, .pasid = PASID_NONE, .at = AT_TRANSLATION_REQUEST},
		.without_caches = unit->caches.off,
	};
	const struct smmu_ste_entry *cached = lookup.without_caches ? NULL : smmu_ste_find(&unit->caches, stream);
	struct translation out = {0};
	struct smmu_config_entry config;
	unsigned end = SMMU_EVENT_NONE;

	begin_walk(unit, &lookup, 0);
	if ((uint64_t)stream >> unit->state->stream_lg2) {
		end = SMMU_C_BAD_STREAMID;
	} else if (cached) {
		end = cached->event;
		memcpy(lookup.walk.ste, cached->ste, sizeof(lookup.walk.ste));
		lookup.walk.ste_known = !end;
	} else {
		lookup.walk.ste_alone = true;
		end = smmu_walk_traced(&lookup.walk);
		smmu_keep_loaded(unit, &lookup.walk, end, false, !lookup.without_caches, &config);
	}
	if (!lookup.walk.ste_known)
		return refuse(unit, &lookup, end, ATS_NONE, &out);
	memcpy(ste, lookup.walk.ste, sizeof(lookup.walk.ste));
	return true;
}
