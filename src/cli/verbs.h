/* SPDX-License-Identifier: MIT */
/* One file a verb; main.c lists them. */
#ifndef IOSIM_CLI_VERBS_H
#define IOSIM_CLI_VERBS_H

#include "cli.h"

extern const struct cli_verb verb_replay;
extern const struct cli_verb verb_prove;
extern const struct cli_verb verb_search;
extern const struct cli_verb verb_list;
extern const struct cli_verb verb_show;
extern const struct cli_verb verb_schema;
extern const struct cli_verb verb_bench;
extern const struct cli_verb verb_vectors;
extern const struct cli_verb verb_walk;

#endif
