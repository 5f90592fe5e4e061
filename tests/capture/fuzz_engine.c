/* SPDX-License-Identifier: MIT */
/*
 * The public engine on registers and memory that nobody vouches for. Input: 16 bytes of requests, then registers
 * (offset / 4 as a byte, 8 bytes of value) up to a zero offset, then memory from physical address 0 on.
 */
#include <ioasid-sim/ioasid-sim.h>

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MAX_REGISTERS 32
#define MAX_MEMORY    (64u * 4096)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static size_t read_registers(const uint8_t *data, size_t bytes, iosim_register *registers, size_t *used)
{
	size_t count = 0, at = 0;

	while (count < MAX_REGISTERS && at + 9 <= bytes && data[at] != 0) {
		registers[count] = (iosim_register){.offset = data[at] * 4u, .bytes = data[at] % 2 ? 4 : 8};
		memcpy(&registers[count].value, data + at + 1, registers[count].bytes);
		count++;
		at += 9;
	}
	*used = at < bytes ? at + 1 : at;
	return count;
}

static void count_step(const iosim_walk_step *step, gpointer data)
{
	g_autofree char *text = iosim_walk_step_format(step, FALSE);

	*(size_t *)data += strlen(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	const iosim_engine_options options = {.max_pages = MAX_MEMORY / 4096, .compat_qemu = bytes % 2 != 0};
	iosim_register registers[MAX_REGISTERS];
	g_autoptr(iosim_engine) engine = NULL;
	size_t used, count, seen = 0;
	iosim_request request;

	if (bytes < 16)
		return 0;
	count = read_registers(data + 16, bytes - 16, registers, &used);
	engine = iosim_engine_new("vtd", registers, count, &options, NULL);
	if (!engine)
		return 0;
	iosim_engine_put_memory(engine, 0, data + 16 + used, MIN(bytes - 16 - used, MAX_MEMORY), MAX_MEMORY, NULL);
	for (unsigned i = 0; i < 2; i++) {
		iosim_answer answer, explained;

		memcpy(&request.iova, data + 8 * i, sizeof(request.iova));
		request.write = i == 1;
		request.stream = data[i];
		iosim_engine_explain(engine, &request, count_step, &seen, &explained);
		iosim_engine_translate(engine, &request, &answer);
		iosim_engine_translate(engine, &request, &answer);
		/*
		 * Caches hold what the tables say: nothing changed in between. Of a lost walk, a unit in caching mode
		 * (CAP.CM) remembers the fault only.
		 */
		if (explained.outcome == IOSIM_LOST)
			continue;
		if (answer.outcome != explained.outcome || answer.pa != explained.pa || answer.fault != explained.fault)
			__builtin_trap();
	}
	return 0;
}
