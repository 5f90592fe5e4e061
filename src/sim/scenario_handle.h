/* SPDX-License-Identifier: MIT */
/* What is behind the public scenario type. */
#ifndef IOSIM_SIM_SCENARIO_HANDLE_H
#define IOSIM_SIM_SCENARIO_HANDLE_H

#include <ioasid-sim/replay.h>

#include "scenario/program.h"

const struct scenario *iosim_scenario_program(const iosim_scenario *scenario);

#endif
