/* SPDX-License-Identifier: MIT */
/* The whole public interface of libioasid-sim. */
#ifndef IOASID_SIM_IOASID_SIM_H
#define IOASID_SIM_IOASID_SIM_H

#include <ioasid-sim/api.h>
#include <ioasid-sim/bench.h>
#include <ioasid-sim/capture.h>
#include <ioasid-sim/engine.h>
#include <ioasid-sim/error.h>
#include <ioasid-sim/front_end.h>
#include <ioasid-sim/names.h>
#include <ioasid-sim/prove.h>
#include <ioasid-sim/replay.h>
#include <ioasid-sim/search.h>
#include <ioasid-sim/sweep.h>
#include <ioasid-sim/timing.h>
#include <ioasid-sim/truth.h>
#include <ioasid-sim/vectors.h>
#include <ioasid-sim/version.h>

#endif
