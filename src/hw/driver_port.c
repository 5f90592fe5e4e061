/* SPDX-License-Identifier: MIT */
#include "hw/driver_port.h"

#include <errno.h>

void driver_report_word(const struct driver_config *config, uint64_t pa, uint64_t old, uint64_t value)
{
	effect_report(config->hook,
		      &(struct effect){
			      .kind = EFFECT_WORD, .iommu = config->index, .address = pa, .value = value, .old = old});
}

void driver_report_register(const struct driver_config *config, uint32_t offset, uint64_t value)
{
	effect_report(
		config->hook,
		&(struct effect){.kind = EFFECT_REGISTER, .iommu = config->index, .address = offset, .value = value});
}

bool driver_word(const struct driver_config *config, uint64_t pa, uint64_t value)
{
	uint64_t old;
	if (!memory_read64(config->memory, pa, &old) || !memory_write64(config->memory, pa, value))
		return false;
	driver_report_word(config, pa, old, value);
	return true;
}

uint64_t driver_load(const struct driver_config *config, uint64_t pa)
{
	uint64_t value = 0;
	memory_read64(config->memory, pa, &value);
	return value;
}

uint64_t driver_read(const struct driver_config *config, uint32_t offset, unsigned width)
{
	return config->port.read_register(config->port.unit, offset, width);
}

void driver_write(const struct driver_config *config, uint32_t offset, unsigned width, uint64_t value)
{
	config->port.write_register(config->port.unit, offset, width, value);
	driver_report_register(config, offset, value);
}

bool driver_event(const struct driver_config *config, uint32_t *events)
{
	if (*events == 0)
		return false;
	--*events;
	return config->port.advance(config->port.unit);
}

int driver_poll(const struct driver_config *config, uint32_t offset, unsigned width, uint64_t mask, uint64_t value)
{
	uint32_t events = DRIVER_EVENTS_MAX;
	while ((driver_read(config, offset, width) & mask) != value) {
		if (!driver_event(config, &events))
			return -ETIMEDOUT;
	}
	return 0;
}
