/* SPDX-License-Identifier: MIT */
#include "driver_watch.h"

void watch_ste(const uint64_t *words, uint64_t *seen)
{
	memset(seen, 0, 64);
	unsigned config = (unsigned)(words[0] >> 1 & 7);
	if (!(words[0] & 1))
		return;
	seen[0] = words[0] & 0xf;
	if (!(config & 4))
		return;
	seen[1] = words[1] & UINT64_C(0x000ff1ff00000000); /* memory attributes */
	if (config & 3)
		seen[1] |= words[1] & UINT64_C(0x30000000); /* EATS */
	if (config & 1) {
		seen[0] = words[0];
		seen[1] |= words[1] & UINT64_C(0xc80000ff);
		seen[2] |= words[2] & 0xffff; /* VMID tags what stage 1 translates */
	}
	if (config & 2) {
		seen[2] = words[2];
		seen[3] = words[3];
	}
}

void watch_cd(const uint64_t *words, uint64_t *seen)
{
	memset(seen, 0, 64);
	if (words[0] & UINT64_C(0x80000000))
		memcpy(seen, words, 64);
}

bool watch_same(const uint64_t *a, const uint64_t *b, void (*look)(const uint64_t *, uint64_t *))
{
	uint64_t seen_a[8], seen_b[8];
	look(a, seen_a);
	look(b, seen_b);
	return memcmp(seen_a, seen_b, 64) == 0;
}

bool watch_next(const struct seen_entry *entry, unsigned *choice, uint64_t *words)
{
	unsigned word = 0;
	while (word < 8 && ++choice[word] == entry->count[word])
		choice[word++] = 0;
	for (unsigned i = 0; i < 8; i++)
		words[i] = entry->values[i][choice[i]];
	return word < 8;
}

void watch_forget(struct seen_entry *entry)
{
	for (unsigned i = 0; i < 8; i++) {
		entry->values[i][0] = entry->now[i];
		entry->count[i] = 1;
	}
}

void watch_note(struct seen_entry *entry, const struct effect *effect)
{
	uint64_t word = (effect->address - entry->pa) / 8;
	if (effect->address < entry->pa || word >= 8)
		return;
	assert_true(entry->count[word] < WATCH_VALUES);
	entry->values[word][entry->count[word]++] = entry->now[word] = effect->value;
}

void watch_load(struct fake *fake, struct seen_entry *entry, uint64_t pa)
{
	entry->pa = pa;
	for (unsigned i = 0; i < 8; i++)
		entry->now[i] = fake_word(fake, pa + 8 * i);
	watch_forget(entry);
}
