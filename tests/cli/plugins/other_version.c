/* SPDX-License-Identifier: MIT */
/* A front end of a later version, of which only the first two fields are where they are now. */
#include <stdint.h>

const uint32_t ioasid_sim_front_end[64] __attribute__((visibility("default"))) = {2, 256};
