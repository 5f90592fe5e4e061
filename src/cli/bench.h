/* SPDX-License-Identifier: MIT */
/* What `bench` measures; each subject has options of its own. */
#ifndef IOSIM_CLI_BENCH_H
#define IOSIM_CLI_BENCH_H

#include "cli.h"

extern const struct cli_verb bench_dma, bench_nested, bench_nic, bench_pages, bench_pcie; /* named "bench dma" ... */

#endif
