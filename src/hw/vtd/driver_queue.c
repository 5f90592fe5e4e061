/* SPDX-License-Identifier: MIT */
/*
 * Invalidations. Where the unit has an invalidation queue: each batch is the descriptors, in order, and a wait
 * descriptor whose status write the driver polls for. Hardware may complete what one batch asks for in any order that
 * 6.5.2.12 leaves it (an IOTLB invalidation follows the context-cache invalidations before it), but the status write
 * comes after all of it.
 *
 * A wait that was given up may still be answered much later, so its status word is not used again before that: a batch
 * takes the lowest word that nobody waits for.
 *
 * Where a device does not answer an invalidation of its device TLB, hardware stops the queue, and gives up all waits
 * that it has taken (6.5.2.11). Who meets that lets it go on, and reports a time-out.
 *
 * Without a queue: one command at a time through CCMD and IOTLB (6.5.1).
 */
#include "hw/vtd/driver.h"

#include "base/assert.h"

#include <errno.h>

#define STATUS_WORDS (FRAME_BYTES / 8)
#define NO_STATUS    UINT32_MAX

enum { STATUS_PENDING = 1, STATUS_DONE = 2 };

/* --- the queue --- */

static unsigned descriptor_words(const struct vtd_driver *driver)
{
	return driver->state->scalable ? VTD_DESCRIPTOR_WORDS : VTD_DESCRIPTOR_WORDS / 2;
}

/* IQA.QS = 0 */
static uint32_t queue_entries(const struct vtd_driver *driver)
{
	return FRAME_BYTES / (descriptor_words(driver) * (uint32_t)sizeof(uint64_t));
}

static void describe_wait(uint64_t status_pa, bool drain, uint64_t *words)
{
	VTD_DESC_WAIT_set_TYPE(words, VTD_DESCRIPTOR_WAIT);
	VTD_DESC_WAIT_set_SW(words, 1);
	VTD_DESC_WAIT_set_PD(words, drain);
	VTD_DESC_WAIT_set_DATA(words, STATUS_DONE);
	VTD_DESC_WAIT_set_ADDR(words, status_pa >> 2);
}

static uint64_t status_pa_of(const struct vtd_driver *driver, uint32_t status)
{
	return driver->state->status_pa + status * sizeof(uint64_t);
}

static uint64_t status_of(const struct vtd_driver *driver, uint32_t status)
{
	uint64_t value = 0;
	memory_read64(driver->config.memory, status_pa_of(driver, status), &value);
	return value;
}

static uint32_t take_status(const struct vtd_driver *driver)
{
	for (uint32_t status = 0; status < STATUS_WORDS; status++) {
		if (status_of(driver, status) != STATUS_PENDING)
			return status;
	}
	return NO_STATUS;
}

/* Until `count` entries are free. One always stays empty: a full queue would look like an empty one (6.5.2). */
static int make_room(struct vtd_driver *driver, unsigned count)
{
	uint32_t events = DRIVER_EVENTS_MAX;
	for (;;) {
		uint64_t iqh = driver_read(&driver->config, VTD_REG_IQH, 8);
		uint32_t head = (uint32_t)VTD_IQH_QH(&iqh) / (descriptor_words(driver) / 2) % queue_entries(driver);
		uint32_t used = (driver->state->tail - head) % queue_entries(driver);
		if (queue_entries(driver) - 1 - used >= count)
			return 0;
		if (!driver_event(&driver->config, &events))
			return -ETIMEDOUT;
	}
}

struct batch { /* of descriptors, the wait included */
	const uint64_t (*words)[VTD_DESCRIPTOR_WORDS];
	uint64_t old[VTD_DRIVER_BATCH_MAX + 1][VTD_DESCRIPTOR_WORDS];
	unsigned count;
	uint32_t first; /* entry of the queue */
	uint32_t status;
	uint64_t status_old;
};

static uint64_t entry_pa(const struct vtd_driver *driver, const struct batch *batch, unsigned i)
{
	return driver->state->queue_pa +
	       (batch->first + i) % queue_entries(driver) * (descriptor_words(driver) * sizeof(uint64_t));
}

/* In a critical section: reports nothing. */
static bool write_batch(struct vtd_driver *driver, struct batch *batch)
{
	struct memory *memory = driver->config.memory;
	batch->first = driver->state->tail;
	if (batch->status != NO_STATUS) {
		batch->status_old = status_of(driver, batch->status);
		if (!memory_write64(memory, status_pa_of(driver, batch->status), STATUS_PENDING))
			return false;
	}
	for (unsigned i = 0; i < batch->count; i++) {
		uint64_t pa = entry_pa(driver, batch, i);
		for (unsigned word = 0; word < descriptor_words(driver); word++, pa += sizeof(uint64_t)) {
			memory_read64(memory, pa, &batch->old[i][word]);
			if (!memory_write64(memory, pa, batch->words[i][word]))
				return false;
		}
	}
	return true;
}

static uint64_t tail_register(const struct vtd_driver *driver)
{
	uint64_t iqt = 0;
	VTD_IQT_set_QT(&iqt, driver->state->tail * (descriptor_words(driver) / 2));
	return iqt;
}

static void report_batch(struct vtd_driver *driver, const struct batch *batch, uint64_t iqt)
{
	if (batch->status != NO_STATUS)
		driver_report_word(&driver->config, status_pa_of(driver, batch->status), batch->status_old,
				   STATUS_PENDING);
	for (unsigned i = 0; i < batch->count; i++) {
		uint64_t pa = entry_pa(driver, batch, i);
		for (unsigned word = 0; word < descriptor_words(driver); word++, pa += sizeof(uint64_t))
			driver_report_word(&driver->config, pa, batch->old[i][word], batch->words[i][word]);
	}
	driver_report_register(&driver->config, VTD_REG_IQT, iqt);
	for (unsigned i = 0; i < batch->count; i++)
		effect_report(driver->config.hook,
			      &(struct effect){.kind = EFFECT_SUBMIT,
					       .iommu = driver->base.index,
					       .address = iqt,
					       .command = {batch->words[i][0], batch->words[i][1], batch->words[i][2],
							   batch->words[i][3]}});
}

/* False: the queue is not stopped by a device that did not answer. */
static bool clear_time_out(struct vtd_driver *driver)
{
	uint64_t fsts = driver_read(&driver->config, VTD_REG_FSTS, 4);
	if (!VTD_FSTS_ITE(&fsts))
		return false;
	driver_write(&driver->config, VTD_REG_FSTS, 4, VTD_FSTS_ITE_MASK);
	return true;
}

/* After a time-out, when hardware has read all: what waits still is given up, and will not be answered. */
static void forget_waits(struct vtd_driver *driver)
{
	uint64_t iqh = driver_read(&driver->config, VTD_REG_IQH, 8), iqt = driver_read(&driver->config, VTD_REG_IQT, 8);
	if (VTD_IQH_QH(&iqh) != VTD_IQT_QT(&iqt))
		return;
	for (uint32_t status = 0; status < STATUS_WORDS; status++) {
		if (status_of(driver, status) == STATUS_PENDING)
			driver_word(&driver->config, status_pa_of(driver, status), 0);
	}
}

/* A wait that completes after a time-out says nothing of the invalidations that were given up. */
static int wait_for_status(struct vtd_driver *driver, uint32_t status)
{
	uint32_t events = DRIVER_EVENTS_MAX;
	bool timed_out = false;
	while (status_of(driver, status) != STATUS_DONE) {
		if (driver_event(&driver->config, &events))
			continue;
		if (events && clear_time_out(driver)) {
			timed_out = true;
			continue;
		}
		if (timed_out)
			forget_waits(driver);
		uint64_t fsts = driver_read(&driver->config, VTD_REG_FSTS, 4);
		return VTD_FSTS_IQE(&fsts) ? -EIO : -ETIMEDOUT;
	}
	return timed_out ? -ETIMEDOUT : 0;
}

int vtd_driver_submit(struct vtd_driver *driver, struct vtd_driver_batch *asked)
{
	bool wait = !(driver->state->bugs & INJECT_SKIP_SYNC);
	struct batch batch = {.words = (const uint64_t(*)[VTD_DESCRIPTOR_WORDS])asked->words,
			      .count = asked->count + wait,
			      .status = NO_STATUS};
	clear_time_out(driver); /* of somebody who did not wait */
	int error = make_room(driver, batch.count);
	if (error)
		return error;
	if (wait) {
		batch.status = take_status(driver);
		if (batch.status == NO_STATUS)
			return -ETIMEDOUT;
		describe_wait(status_pa_of(driver, batch.status), asked->drain, asked->words[asked->count]);
	}
	if (!write_batch(driver, &batch))
		return -ENOMEM;
	driver->state->tail = (driver->state->tail + batch.count) % queue_entries(driver);
	uint64_t iqt = tail_register(driver);
	driver->config.port.write_register(driver->config.port.unit, VTD_REG_IQT, 8, iqt);
	report_batch(driver, &batch, iqt);
	return wait ? wait_for_status(driver, batch.status) : 0;
}

static int invalidate_by_queue(struct vtd_driver *driver, const struct vtd_driver_invalidation *list, unsigned count)
{
	struct vtd_driver_batch batch = {.count = count};
	for (unsigned i = 0; i < count; i++)
		vtd_driver_describe(driver, &list[i], batch.words[i]);
	return vtd_driver_submit(driver, &batch);
}

/* --- registers --- */

static uint32_t iotlb_base(const struct vtd_driver *driver)
{
	return (uint32_t)VTD_ECAP_IRO(&driver->state->ecap) * VTD_OFFSET_UNIT_BYTES;
}

/* No command may be pending when the next one is written (6.9, 11.4.6.1). */
static int wait_for_commands(struct vtd_driver *driver)
{
	int error = driver_poll(&driver->config, VTD_REG_CCMD, 8, VTD_CCMD_ICC_MASK, 0);
	if (error)
		return error;
	return driver_poll(&driver->config, iotlb_base(driver) + VTD_REG_IOTLB_FROM_IRO, 8, VTD_IOTLB_IVT_MASK, 0);
}

/* In a critical section where the address has to be written first. */
static void write_iotlb(struct vtd_driver *driver, const struct vtd_driver_invalidation *what, uint64_t word)
{
	const struct driver_port *port = &driver->config.port;
	uint32_t iva_offset = iotlb_base(driver) + VTD_REG_IVA_FROM_IRO;
	uint32_t iotlb_offset = iotlb_base(driver) + VTD_REG_IOTLB_FROM_IRO;
	uint64_t iva = 0;
	VTD_IVA_set_ADDR(&iva, what->address >> FRAME_LG2);
	VTD_IVA_set_AM(&iva, what->address_mask);
	VTD_IVA_set_IH(&iva, what->leaves_only);
	bool selective = what->granularity == VTD_GRANULARITY_SELECTIVE;
	if (selective)
		port->write_register(port->unit, iva_offset, 8, iva);
	port->write_register(port->unit, iotlb_offset, 8, word);
	if (selective)
		driver_report_register(&driver->config, iva_offset, iva);
	driver_report_register(&driver->config, iotlb_offset, word);
}

static void command_by_register(struct vtd_driver *driver, const struct vtd_driver_invalidation *what)
{
	uint64_t word = 0;
	if (what->cache == VTD_DRIVER_CONTEXT_CACHE) {
		VTD_CCMD_set_ICC(&word, 1);
		VTD_CCMD_set_CIRG(&word, what->granularity);
		VTD_CCMD_set_DID(&word, what->did);
		VTD_CCMD_set_SID(&word, what->sid);
		driver_write(&driver->config, VTD_REG_CCMD, 8, word);
		return;
	}
	VTD_IOTLB_set_IVT(&word, 1);
	VTD_IOTLB_set_IIRG(&word, what->granularity);
	VTD_IOTLB_set_DR(&word, VTD_CAP_DRD(&driver->state->cap));
	VTD_IOTLB_set_DW(&word, VTD_CAP_DWD(&driver->state->cap));
	VTD_IOTLB_set_DID(&word, what->did);
	write_iotlb(driver, what, word);
}

/* The granularity that hardware says it used; 0 is a refusal (11.4.6.1, 11.4.6.3). */
static bool refused(struct vtd_driver *driver, const struct vtd_driver_invalidation *what)
{
	uint64_t word;
	if (what->cache == VTD_DRIVER_CONTEXT_CACHE) {
		word = driver_read(&driver->config, VTD_REG_CCMD, 8);
		return VTD_CCMD_CAIG(&word) == VTD_GRANULARITY_RESERVED;
	}
	word = driver_read(&driver->config, iotlb_base(driver) + VTD_REG_IOTLB_FROM_IRO, 8);
	return VTD_IOTLB_IAIG(&word) == VTD_GRANULARITY_RESERVED;
}

static int invalidate_by_registers(struct vtd_driver *driver, const struct vtd_driver_invalidation *list,
				   unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		int error = wait_for_commands(driver);
		if (error)
			return error;
		command_by_register(driver, &list[i]);
		if (i + 1 == count && (driver->state->bugs & INJECT_SKIP_SYNC))
			return 0;
		error = wait_for_commands(driver);
		if (error)
			return error;
		if (refused(driver, &list[i]))
			return -EIO;
	}
	return 0;
}

/* --- either --- */

static bool is_skipped(const struct vtd_driver *driver, const struct vtd_driver_invalidation *what)
{
	static const uint32_t bugs[] = {
		[VTD_DRIVER_IOTLB] = INJECT_SKIP_IOTLB_FLUSH,
		[VTD_DRIVER_PIOTLB] = INJECT_SKIP_IOTLB_FLUSH,
		[VTD_DRIVER_DEVTLB] = INJECT_SKIP_DEVTLB_FLUSH,
		[VTD_DRIVER_IEC] = INJECT_SKIP_IEC_FLUSH,
	};
	return driver->state->bugs & bugs[what->cache];
}

int vtd_driver_invalidate(struct vtd_driver *driver, const struct vtd_driver_invalidation *list, unsigned count)
{
	struct vtd_driver_invalidation kept[VTD_DRIVER_BATCH_MAX];
	unsigned kept_count = 0;
	IOSIM_ASSERT(count <= VTD_DRIVER_BATCH_MAX);
	for (unsigned i = 0; i < count; i++) {
		if (!is_skipped(driver, &list[i]))
			kept[kept_count++] = list[i];
	}
	if (kept_count == 0)
		return 0;
	if (driver->state->queue_pa)
		return invalidate_by_queue(driver, kept, kept_count);
	return invalidate_by_registers(driver, kept, kept_count);
}

int vtd_driver_invalidate_all(struct vtd_driver *driver)
{
	static const struct vtd_driver_invalidation all[] = {
		{.cache = VTD_DRIVER_CONTEXT_CACHE, .granularity = VTD_GRANULARITY_GLOBAL},
		{.cache = VTD_DRIVER_IOTLB, .granularity = VTD_GRANULARITY_GLOBAL},
	};
	static const struct vtd_driver_invalidation all_scalable[] = {
		{.cache = VTD_DRIVER_CONTEXT_CACHE, .granularity = VTD_GRANULARITY_GLOBAL},
		{.cache = VTD_DRIVER_PASID_CACHE, .granularity = VTD_GRANULARITY_GLOBAL},
		{.cache = VTD_DRIVER_IOTLB, .granularity = VTD_GRANULARITY_GLOBAL},
	};
	return driver->state->scalable ? vtd_driver_invalidate(driver, all_scalable, 3)
				       : vtd_driver_invalidate(driver, all, 2);
}

/* --- what is over --- */

/* A word that somebody waits for, or gave up, stays: hardware may still write it. */
void vtd_driver_forget_done(struct driver *base)
{
	struct vtd_driver *driver = vtd_driver_of(base);
	uint64_t iqh = driver_read(&driver->config, VTD_REG_IQH, 8), iqt = driver_read(&driver->config, VTD_REG_IQT, 8);

	if (!driver->state->queue_pa || VTD_IQH_QH(&iqh) != VTD_IQT_QT(&iqt))
		return;
	driver->state->tail = 0;
	memory_clear_frame(driver->config.memory, driver->state->queue_pa / FRAME_BYTES);
	for (uint32_t status = 0; status < STATUS_WORDS; status++)
		if (status_of(driver, status) == STATUS_DONE)
			memory_write64(driver->config.memory, status_pa_of(driver, status), 0);
}
