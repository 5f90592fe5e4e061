/* SPDX-License-Identifier: MIT */
/* CPU accesses to BARs: straight down from the root complex, so that no ACS control is on the way. */
#include "hw/fabric/state.h"

static enum mmio_result decode(const struct fabric *fabric, uint16_t bar, uint64_t offset, unsigned width, bool t)
{
	const struct machine_bar *row = &fabric->machine->bars[bar];
	bool width_fits = width == 1 || width == 2 || width == 4 || width == 8;

	if (!width_fits || offset % width || offset >= row->bytes)
		return MMIO_OUTSIDE;
	if (!fabric_present(fabric, row->device))
		return MMIO_ABSENT;
	if (!fabric_memory_space(fabric, row->device))
		return MMIO_OFF;
	return security_completes(fabric, bar, t, true) ? MMIO_OK : MMIO_REJECTED;
}

enum mmio_result fabric_mmio_read(struct fabric *fabric, uint16_t bar, uint64_t offset, unsigned width, bool t,
				  uint64_t *value)
{
	enum mmio_result result = decode(fabric, bar, offset, width, t);

	*value = result == MMIO_OK ? 0 : width == 8 ? UINT64_MAX : (UINT64_C(1) << (8 * (width & 7))) - 1;
	if (result == MMIO_OK)
		memory_read(fabric->registers, fabric->machine->bars[bar].bus + offset, value, width);
	return result;
}

enum mmio_result fabric_mmio_write(struct fabric *fabric, uint16_t bar, uint64_t offset, unsigned width, bool t,
				   uint64_t value)
{
	enum mmio_result result = decode(fabric, bar, offset, width, t);

	if (result != MMIO_OK)
		return result;
	if (!memory_write(fabric->registers, fabric->machine->bars[bar].bus + offset, &value, width))
		return MMIO_NO_FRAME;
	return MMIO_OK;
}
