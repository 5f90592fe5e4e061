/* SPDX-License-Identifier: MIT */
/*
 * Commands. A batch is the commands, in order, and a CMD_SYNC that signals nothing: hardware moves CMDQ_CONS behind it
 * when all before it is complete (4.7.3), and that is what the driver waits for.
 *
 * A command that hardware refuses stops the queue (7.1). The driver puts a CMD_SYNC in its place, which does no harm,
 * and acknowledges the error, so that what others submitted goes on. A CMD_SYNC that fails because a device did not
 * complete its invalidation stays where it is and is tried again. Whose invalidation that was is not known, so whoever
 * waited meanwhile is told that it was not done.
 */
#include "hw/smmuv3/driver.h"

#include "base/assert.h"

#include <errno.h>

/* --- words --- */

struct smmu_driver_command smmu_driver_cfgi_all(void)
{
	struct smmu_driver_command command = {{0, 0}};
	SMMU_CMD_CFGI_RANGE_set_OPCODE(command.words, SMMU_OP_CFGI_STE_RANGE);
	SMMU_CMD_CFGI_RANGE_set_RANGE(command.words, SMMU_CFGI_RANGE_ALL);
	return command;
}

static struct smmu_driver_command cfgi(enum smmu_opcode opcode, uint32_t stream, uint32_t substream, bool leaf)
{
	struct smmu_driver_command command = {{0, 0}};
	SMMU_CMD_CFGI_set_OPCODE(command.words, opcode);
	SMMU_CMD_CFGI_set_SID(command.words, stream);
	SMMU_CMD_CFGI_set_SSID(command.words, substream);
	SMMU_CMD_CFGI_set_LEAF(command.words, leaf);
	return command;
}

struct smmu_driver_command smmu_driver_cfgi_ste(uint32_t stream, bool leaf)
{
	return cfgi(SMMU_OP_CFGI_STE, stream, 0, leaf);
}

struct smmu_driver_command smmu_driver_cfgi_cd(uint32_t stream, uint32_t substream, bool leaf)
{
	return cfgi(SMMU_OP_CFGI_CD, stream, substream, leaf);
}

struct smmu_driver_command smmu_driver_cfgi_cd_all(uint32_t stream)
{
	return cfgi(SMMU_OP_CFGI_CD_ALL, stream, 0, false);
}

struct smmu_driver_command smmu_driver_tlbi(enum smmu_opcode opcode, uint16_t vmid, uint16_t asid)
{
	struct smmu_driver_command command = {{0, 0}};
	SMMU_CMD_TLBI_set_OPCODE(command.words, opcode);
	SMMU_CMD_TLBI_set_VMID(command.words, vmid);
	SMMU_CMD_TLBI_set_ASID(command.words, asid);
	return command;
}

/* 4.5.1: the span is 2^Size pages, and lies at a multiple of itself. */
static unsigned atc_size(uint64_t first, uint64_t last)
{
	unsigned size = 0;
	while (size < SMMU_ATC_INV_SIZE_ALL && (first ^ last) >> (FRAME_LG2 + size) != 0)
		size++;
	return size;
}

struct smmu_driver_command smmu_driver_atc_inv(uint32_t stream, uint32_t pasid, bool global, bool whole, uint64_t first,
					       uint64_t last)
{
	struct smmu_driver_command command = {{0, 0}};
	unsigned size = whole ? SMMU_ATC_INV_SIZE_ALL : atc_size(first, last);
	uint64_t page = whole || size == SMMU_ATC_INV_SIZE_ALL ? 0 : first >> FRAME_LG2 >> size << size;
	SMMU_CMD_ATC_INV_set_OPCODE(command.words, SMMU_OP_ATC_INV);
	SMMU_CMD_ATC_INV_set_GLOBAL(command.words, global);
	SMMU_CMD_ATC_INV_set_SSV(command.words, pasid != PASID_NONE);
	SMMU_CMD_ATC_INV_set_SSID(command.words, pasid != PASID_NONE ? pasid : 0);
	SMMU_CMD_ATC_INV_set_SID(command.words, stream);
	SMMU_CMD_ATC_INV_set_SIZE(command.words, size);
	SMMU_CMD_ATC_INV_set_ADDR(command.words, page);
	return command;
}

struct smmu_driver_command smmu_driver_sync_command(void)
{
	struct smmu_driver_command command = {{0, 0}};
	SMMU_CMD_SYNC_set_OPCODE(command.words, SMMU_OP_SYNC);
	SMMU_CMD_SYNC_set_CS(command.words, SMMU_SYNC_NONE);
	return command;
}

static bool invalidates_tlb(const struct smmu_driver_command *command)
{
	uint64_t opcode = SMMU_CMD_OPCODE(command->words);
	return opcode >= SMMU_OP_TLBI_NH_ALL && opcode <= SMMU_OP_TLBI_NSNH_ALL;
}

static bool is_left_out(const struct smmu_driver *driver, const struct smmu_driver_command *command)
{
	if (driver->state->bugs & INJECT_SKIP_IOTLB_FLUSH && invalidates_tlb(command))
		return true;
	return driver->state->bugs & INJECT_SKIP_DEVTLB_FLUSH && SMMU_CMD_OPCODE(command->words) == SMMU_OP_ATC_INV;
}

/* --- indexes: entry number and, above it, a bit that changes when the number wraps (3.5.1) --- */

static uint32_t entries(const struct smmu_driver *driver)
{
	return UINT32_C(1) << driver->state->command_lg2;
}

static uint32_t index_add(const struct smmu_driver *driver, uint32_t index, uint32_t count)
{
	return (index + count) & (2 * entries(driver) - 1);
}

static uint32_t index_distance(const struct smmu_driver *driver, uint32_t from, uint32_t to)
{
	return (to - from) & (2 * entries(driver) - 1);
}

static uint32_t consumed(const struct smmu_driver *driver)
{
	uint64_t cons = driver_read(&driver->config, SMMU_REG_CMDQ_CONS, 4);
	return (uint32_t)SMMU_CMDQ_CONS_RD(&cons) & (2 * entries(driver) - 1);
}

static uint64_t entry_pa(const struct smmu_driver *driver, uint32_t index)
{
	return driver->state->command_pa + (index & (entries(driver) - 1)) * (uint64_t)SMMU_COMMAND_BYTES;
}

/* --- errors --- */

static void harmless_command(struct smmu_driver *driver)
{
	struct smmu_driver_command harmless = smmu_driver_sync_command();
	uint64_t pa = entry_pa(driver, consumed(driver));
	driver_word(&driver->config, pa + 8, harmless.words[1]);
	driver_word(&driver->config, pa, harmless.words[0]);
}

/* Whether the queue stands at an error that it can go on from, and goes on now. *error gets -EIO: a refused command. */
static bool mend_queue(struct smmu_driver *driver, int *error)
{
	uint64_t gerror = driver_read(&driver->config, SMMU_REG_GERROR, 4);
	uint64_t gerrorn = driver_read(&driver->config, SMMU_REG_GERRORN, 4);
	uint64_t cons = driver_read(&driver->config, SMMU_REG_CMDQ_CONS, 4);
	uint64_t code = SMMU_CMDQ_CONS_ERR(&cons);
	if (SMMU_GERROR_CMDQ_ERR(&gerror) == SMMU_GERROR_CMDQ_ERR(&gerrorn) ||
	    (code != SMMU_CERROR_ILL && code != SMMU_CERROR_ATC_INV_SYNC))
		return false;
	if (code == SMMU_CERROR_ILL) {
		harmless_command(driver);
		*error = -EIO;
	} else {
		++*driver->atc_timeouts;
	}
	driver_write(&driver->config, SMMU_REG_GERRORN, 4, gerrorn ^ SMMU_GERROR_CMDQ_ERR_MASK);
	return true;
}

/* --- batches --- */

struct batch {
	struct smmu_driver_command commands[SMMU_DRIVER_BATCH_MAX + 1];
	uint64_t old[SMMU_DRIVER_BATCH_MAX + 1][2];
	unsigned count;
	uint32_t first; /* index */
};

static int make_room(struct smmu_driver *driver, unsigned count)
{
	uint32_t events = DRIVER_EVENTS_MAX;
	int others;
	while (entries(driver) - index_distance(driver, consumed(driver), driver->state->prod) < count) {
		if (!driver_event(&driver->config, &events) && !mend_queue(driver, &others))
			return -ETIMEDOUT;
	}
	return 0;
}

/* In a critical section: reports nothing. */
static bool write_batch(struct smmu_driver *driver, struct batch *batch)
{
	batch->first = driver->state->prod;
	for (unsigned i = 0; i < batch->count; i++) {
		uint64_t pa = entry_pa(driver, index_add(driver, batch->first, i));
		for (unsigned word = 0; word < 2; word++) {
			batch->old[i][word] = driver_load(&driver->config, pa + 8 * word);
			if (!memory_write64(driver->config.memory, pa + 8 * word, batch->commands[i].words[word]))
				return false;
		}
	}
	driver->state->prod = index_add(driver, batch->first, batch->count);
	driver->config.port.write_register(driver->config.port.unit, SMMU_REG_CMDQ_PROD, 4, driver->state->prod);
	return true;
}

static void report_batch(struct smmu_driver *driver, const struct batch *batch)
{
	uint32_t prod = index_add(driver, batch->first, batch->count);
	for (unsigned i = 0; i < batch->count; i++) {
		uint64_t pa = entry_pa(driver, index_add(driver, batch->first, i));
		for (unsigned word = 0; word < 2; word++)
			driver_report_word(&driver->config, pa + 8 * word, batch->old[i][word],
					   batch->commands[i].words[word]);
	}
	driver_report_register(&driver->config, SMMU_REG_CMDQ_PROD, prod);
	for (unsigned i = 0; i < batch->count; i++)
		effect_report(driver->config.hook,
			      &(struct effect){.kind = EFFECT_SUBMIT,
					       .iommu = driver->base.index,
					       .address = prod,
					       .command = {batch->commands[i].words[0], batch->commands[i].words[1]}});
}

/*
 * Until hardware is behind `end`. Somebody else's commands may go through the queue meanwhile, even all around it; then
 * it looks as if it were not, until the queue is empty.
 */
static int wait_for(struct smmu_driver *driver, uint32_t end)
{
	uint32_t events = DRIVER_EVENTS_MAX;
	int error = 0;
	for (;;) {
		uint32_t cons = consumed(driver), left = index_distance(driver, cons, end);
		if (left == 0 || left > entries(driver) || cons == driver->state->prod)
			return error;
		if (driver_event(&driver->config, &events) || mend_queue(driver, &error))
			continue;
		uint64_t register_cons = driver_read(&driver->config, SMMU_REG_CMDQ_CONS, 4);
		return SMMU_CMDQ_CONS_ERR(&register_cons) ? -EIO : -ETIMEDOUT;
	}
}

int smmu_driver_submit(struct smmu_driver *driver, const struct smmu_driver_command *list, unsigned count)
{
	bool sync = !(driver->state->bugs & INJECT_SKIP_SYNC);
	struct batch batch = {.count = 0};
	IOSIM_ASSERT(count <= SMMU_DRIVER_BATCH_MAX);
	for (unsigned i = 0; i < count; i++) {
		if (!is_left_out(driver, &list[i]))
			batch.commands[batch.count++] = list[i];
	}
	if (batch.count == 0 && (count > 0 || !sync))
		return 0;
	if (sync)
		batch.commands[batch.count++] = smmu_driver_sync_command();
	int error = make_room(driver, batch.count);
	if (error)
		return error;
	uint32_t before = *driver->atc_timeouts;
	if (!write_batch(driver, &batch))
		return -ENOMEM;
	report_batch(driver, &batch);
	error = sync ? wait_for(driver, index_add(driver, batch.first, batch.count)) : 0;
	return sync && *driver->atc_timeouts != before ? -ETIMEDOUT : error;
}

/* --- what is over --- */

static void clear_queue(const struct smmu_driver *driver, uint64_t pa, uint64_t bytes)
{
	for (uint64_t at = 0; at < bytes; at += FRAME_BYTES)
		memory_clear_frame(driver->config.memory, (pa + at) / FRAME_BYTES);
}

/* fault_next() has taken every event that it found. */
void smmu_driver_forget_done(struct driver *base)
{
	struct smmu_driver *driver = smmu_driver_of(base);
	struct smmu_driver_state *state = driver->state;
	uint64_t prod = driver_read(&driver->config, SMMU_REG_EVENTQ_PROD, 4);
	uint64_t cons = driver_read(&driver->config, SMMU_REG_EVENTQ_CONS, 4);

	if (consumed(driver) == state->prod) {
		clear_queue(driver, state->command_pa, (uint64_t)SMMU_COMMAND_BYTES << state->command_lg2);
		state->prod = 0;
	}
	if (prod == cons)
		clear_queue(driver, state->event_pa, (uint64_t)SMMU_EVENT_BYTES << state->event_lg2);
}
