/* SPDX-License-Identifier: MIT */
/* Prints the JSON Schema of the language with the test's name tables, for test_schema.py. */
#include "tables.h"

#include <stdio.h>

int main(void)
{
	g_autofree char *schema = scenario_schema(&test_tables);

	return puts(schema) < 0;
}
