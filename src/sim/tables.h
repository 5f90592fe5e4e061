/* SPDX-License-Identifier: MIT */
/* The registries as the name tables that the scenario loader checks against. */
#ifndef IOSIM_SIM_TABLES_H
#define IOSIM_SIM_TABLES_H

#include "scenario/program.h"

/* Built at the first call; lives as long as the process. */
const struct scenario_tables *sim_tables(void);
/* A policy was added behind the others. */
void sim_tables_refresh(void);

#endif
