/* SPDX-License-Identifier: MIT */
/* The operations, one row each: what the loader checks, what the schema and `list operations` say. */
#ifndef IOSIM_SCENARIO_OPERATIONS_H
#define IOSIM_SCENARIO_OPERATIONS_H

#include "scenario/keys.h"

/* Who takes the step when `by` is not there. */
enum actor {
	ACTOR_NONE,     /* nobody ever; `by` is refused */
	ACTOR_OWNER,    /* the only declared owner; `by` is needed when there are several */
	ACTOR_GUEST,    /* ACTOR_OWNER, and it is a vm */
	ACTOR_DECLARED, /* the same, and never the host */
	ACTOR_HOST,     /* the host kernel */
	ACTOR_DEVICE,   /* the device on its own; with `by` that owner programs it */
};

#define MAKES_NOTHING (-1)

struct operation_row {
	const char *name, *summary;
	const struct key_row *keys; /* of the operation's mapping; into struct operands */
	const char *word_key;       /* a plain word in place of the mapping is this key's value; NULL: no */
	enum actor actor;
	int makes;        /* enum result_kind that `as` names, or MAKES_NOTHING */
	unsigned expects; /* bit per enum expect_kind */
	bool may_inject;
	unsigned access; /* enum access when the key is not there; 0: the operation has no such key */
	/* What the keys alone cannot say; NULL: nothing. */
	bool (*check)(struct loader *loader, const struct node *value, struct operands *with);
};

extern const struct operation_row operation_rows[OPERATIONS];
/* Row by name; -1. */
int operation_find(const char *name);
/* The names, NULL-terminated. */
const char *const *operation_names(void);
/* A raw call is named POLICY.CALL; the policy's length, 0 for the others. */
size_t operation_policy_bytes(const char *name);

/* keys_iommufd.c */
extern const struct key_row no_keys[], hwpt_alloc_keys[], fault_read_keys[], fault_respond_keys[], viommu_alloc_keys[];
extern const struct key_row vdevice_alloc_keys[], veventq_alloc_keys[], veventq_read_keys[], object_destroy_keys[];
extern const struct key_row option_keys[], hw_info_keys[], vfio_ioas_keys[], vfio_set_iommu_keys[], vfio_map_keys[];
extern const struct key_row vfio_unmap_keys[], hwpt_invalidate_keys[], dirty_bitmap_keys[], hw_queue_keys[],
	ioctl_keys[];
bool check_hwpt_alloc(struct loader *loader, const struct node *value, struct operands *with);
bool check_option(struct loader *loader, const struct node *value, struct operands *with);
bool check_vfio_ioas(struct loader *loader, const struct node *value, struct operands *with);
bool check_hwpt_invalidate(struct loader *loader, const struct node *value, struct operands *with);
bool check_dirty_bitmap(struct loader *loader, const struct node *value, struct operands *with);

/* operands.c: which keys go together. */
bool check_command(struct loader *loader, const struct node *value, struct operands *with);
bool check_mmio(struct loader *loader, const struct node *value, struct operands *with);
bool check_sender(struct loader *loader, const struct node *value, struct operands *with);
bool check_dma(struct loader *loader, const struct node *value, struct operands *with);
bool check_resume(struct loader *loader, const struct node *value, struct operands *with);
bool check_page_response(struct loader *loader, const struct node *value, struct operands *with);
bool check_vm(struct loader *loader, const struct node *value, struct operands *with);
bool check_guest_table(struct loader *loader, const struct node *value, struct operands *with);
bool check_contexts(struct loader *loader, const struct node *value, struct operands *with);
bool check_swap(struct loader *loader, const struct node *value, struct operands *with);
bool check_load(struct loader *loader, const struct node *value, struct operands *with);
bool check_allow(struct loader *loader, const struct node *value, struct operands *with);
bool check_invalidate(struct loader *loader, const struct node *value, struct operands *with);

/* inside.c: steps that a guest's own kernel takes. */
extern const struct value_type value_inside;
/* What `in` asks of the step, which is read but for its expectation. */
bool check_inside(struct loader *loader, const struct node *node, const struct node *operand, struct step *step);
/* The guest that a step or its result is inside of; MACHINE_HOST: none. */
uint16_t inside_of(const struct loader *loader, const struct node *node);
bool check_pages_of_bar(struct loader *loader, const struct node *value, struct operands *with);
bool check_stage2(struct loader *loader, const struct node *value, struct operands *with);
bool check_stage2_unmap(struct loader *loader, const struct node *value, struct operands *with);

/* checks.c: the closed list of what `check` can ask. */
extern const struct key_row check_keys[];
bool is_domain_word(const char *text);
bool check_check(struct loader *loader, const struct node *value, struct operands *with);

#endif
