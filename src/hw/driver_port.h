/* SPDX-License-Identifier: MIT */
/*
 * How a driver reaches memory and registers, so that everything it writes is reported to the hook right after it. The
 * hook may call the driver again: nothing is held across a call of these that such a call could change. What has to be
 * written together is written without them, and reported together.
 */
#ifndef IOSIM_HW_DRIVER_PORT_H
#define IOSIM_HW_DRIVER_PORT_H

#include "hw/driver.h"

/* Most events that one wait lets hardware do. */
#define DRIVER_EVENTS_MAX 65536

/* False: no frame is left, nothing was written. */
bool driver_word(const struct driver_config *config, uint64_t pa, uint64_t value);
uint64_t driver_load(const struct driver_config *config, uint64_t pa);
/* Report what has been written already, at the end of a critical section. */
void driver_report_word(const struct driver_config *config, uint64_t pa, uint64_t old, uint64_t value);
void driver_report_register(const struct driver_config *config, uint32_t offset, uint64_t value);
uint64_t driver_read(const struct driver_config *config, uint32_t offset, unsigned width);
void driver_write(const struct driver_config *config, uint32_t offset, unsigned width, uint64_t value);
/* Lets hardware do its next event. False: it has none, or *events, counted down, is 0. */
bool driver_event(const struct driver_config *config, uint32_t *events);
/* Until the register's bits under `mask` have `value`. -ETIMEDOUT. */
int driver_poll(const struct driver_config *config, uint32_t offset, unsigned width, uint64_t mask, uint64_t value);

#endif
