/* SPDX-License-Identifier: MIT */
/*
 * Interrupt remapping, with the engine behind the driver. Words by hand from specification 5.10: 9.9 (entry), 5.1.2
 * (messages), 11.4.10 (IRTA), 6.5.2.8 (descriptor).
 */
#include "driver_pair.h"

#define ECAP_IR  UINT64_C(0x8)
#define ECAP_EIM UINT64_C(0x10)

/* The table of 4096 entries is aligned to its size. */
#define TABLE UINT64_C(0x1010000)

static const struct pair_wish x2apic = {.ecap = PAIR_LEGACY | ECAP_IR | ECAP_EIM, .remapping = true};
static const struct pair_wish xapic = {.ecap = PAIR_LEGACY | ECAP_IR, .remapping = true};
static const struct pair_wish none = {.ecap = PAIR_LEGACY | ECAP_IR};

static int map_index(struct pair *pair, uint32_t stream, uint32_t index, uint8_t vector, uint32_t destination,
		     struct msi_message *message)
{
	return vtd_driver_ops.interrupt_map(pair->driver, stream, index, vector, destination, message);
}

static struct translation raise(struct pair *pair, uint32_t stream, const struct msi_message *message)
{
	struct translation out;
	struct request request = {.address = message->address,
				  .bytes = 4,
				  .stream = stream,
				  .pasid = PASID_NONE,
				  .op = REQUEST_WRITE,
				  .data = message->data};
	vtd_ops.translate(pair->unit, &request, &out);
	return out;
}

/* IRTA, SIRTP and its handshake, global invalidation (6.7); IRE is set by enable(), CFI never. */
static void test_interrupt_table_is_set_up(void **state)
{
	(void)state;
	struct pair *pair = pair_new(&x2apic);
	assert_int_equal(pair_register(pair, 0xb8, 8), TABLE | 0x80b); /* EIME, 2^12 entries */
	assert_int_equal(pair_register(pair, 0x1c, 4) & 0x03800000, 0x03000000);
	int irta = pair_find(pair, PAIR_REGISTER, 0xb8, 0), flushed = pair_find(pair, PAIR_SUBMIT, 4, 0);
	assert_true(irta < flushed);
	assert_int_equal(pair->log[irta + 1].b & 0x01000000, 0x01000000);
	assert_int_equal(pair->log[flushed].words[0], 4);
	pair_free(pair);
	pair = pair_new(&xapic);
	assert_int_equal(pair_register(pair, 0xb8, 8), TABLE | 0xb);
	pair_free(pair);
	pair = pair_new(&none);
	assert_int_equal(pair_find(pair, PAIR_REGISTER, 0xb8, 0), -1);
	assert_int_equal(pair_register(pair, 0x1c, 4) & 0x03000000, 0);
	pair_free(pair);
}

/* 9.9: V 23:16, DST 63:32 (xAPIC: 47:40), SID 79:64, SVT 83:82; 5.1.2.2: handle 19:5, format 4, SHV 3. */
static void test_interrupt_entries_and_messages_are_those_of_the_specification(void **state)
{
	(void)state;
	struct pair *pair = pair_new(&x2apic);
	struct msi_message message;
	pair_forget(pair);
	assert_int_equal(map_index(pair, STREAM, 0, 0x41, 0x12345678, &message), 0);
	assert_true(pair_word(pair, TABLE) == UINT64_C(0x1234567800410001));
	assert_int_equal(pair_word(pair, TABLE + 8), 0x40188);
	assert_int_equal(message.address, 0xfee00018);
	assert_int_equal(message.data, 0);
	assert_int_equal(map_index(pair, OTHER, 2047, 0xfe, 3, &message), 0);
	assert_true(pair_word(pair, TABLE + 16) == UINT64_C(0x300fe0001));
	assert_int_equal(pair_word(pair, TABLE + 24), 0x40010);
	assert_int_equal(message.address, 0xfee00038);
	pair_expect_commands(pair, 0);
	assert_int_equal(pair->log[0].a, TABLE + 8); /* the word with P comes last */
	assert_int_equal(pair->log[1].a, TABLE);
	pair_free(pair);
	pair = pair_new(&xapic);
	assert_int_equal(map_index(pair, STREAM, 0, 0x41, 0xab, &message), 0);
	assert_true(pair_word(pair, TABLE) == UINT64_C(0xab0000410001));
	assert_int_equal(map_index(pair, STREAM, 1, 0x41, 0x100, &message), -EINVAL);
	pair_free(pair);
	pair = pair_new(&none);
	assert_int_equal(map_index(pair, STREAM, 0, 0x41, 0xab, &message), 0);
	assert_int_equal(message.address, 0xfeeab000);
	assert_int_equal(message.data, 0x41);
	assert_int_equal(vtd_driver_ops.interrupt_unmap(pair->driver, STREAM, 0), 0);
	pair_free(pair);
}

static void test_interrupt_is_raised_by_its_requester_alone(void **state)
{
	(void)state;
	struct pair *pair = pair_new(&x2apic);
	struct msi_message message;
	assert_int_equal(map_index(pair, STREAM, 3, 0x41, 7, &message), 0);
	struct translation out = raise(pair, STREAM, &message);
	assert_int_equal(out.result, TRANSLATE_INTERRUPT);
	assert_int_equal(out.interrupt.vector, 0x41);
	assert_int_equal(out.interrupt.destination, 7);
	assert_true(out.interrupt.remapped);
	out = raise(pair, OTHER, &message);
	assert_int_equal(out.result, TRANSLATE_FAULT);
	assert_int_equal(out.fault, 0x26);
	message.address = 0xfee07000; /* compatibility format */
	message.data = 0x41;
	assert_int_equal(raise(pair, STREAM, &message).fault, 0x25);
	pair_free(pair);
}

/* 6.5.2.8: type 4, G bit 4, index in 47:32. */
static void test_interrupt_change_is_invalidated(void **state)
{
	(void)state;
	struct pair *pair = pair_new(&x2apic);
	struct msi_message message, again;
	assert_int_equal(map_index(pair, OTHER, 0, 0x30, 1, &message), 0);
	assert_int_equal(map_index(pair, STREAM, 0, 0x41, 7, &message), 0);
	assert_int_equal(raise(pair, STREAM, &message).interrupt.vector, 0x41);
	pair_forget(pair);
	assert_int_equal(map_index(pair, STREAM, 0, 0x42, 7, &again), 0);
	assert_int_equal(again.address, message.address);
	pair_expect_command(pair, 0, UINT64_C(0x100000014), 0);
	pair_expect_wait(pair, 1);
	assert_int_equal(raise(pair, STREAM, &message).interrupt.vector, 0x42);
	pair_forget(pair);
	vtd_driver_ops.inject(pair->driver, INJECT_SKIP_IEC_FLUSH);
	assert_int_equal(map_index(pair, STREAM, 0, 0x43, 7, &again), 0);
	pair_expect_commands(pair, 0);
	assert_int_equal(raise(pair, STREAM, &message).interrupt.vector, 0x42); /* stale */
	vtd_driver_ops.inject(pair->driver, 0);
	assert_int_equal(vtd_driver_ops.interrupt_unmap(pair->driver, STREAM, 0), 0);
	assert_int_equal(pair_word(pair, TABLE + 16) | pair_word(pair, TABLE + 24), 0);
	assert_int_equal(raise(pair, STREAM, &message).fault, 0x22);
	assert_int_equal(vtd_driver_ops.interrupt_unmap(pair->driver, STREAM, 0), -EINVAL);
	pair_free(pair);
}

/* 6.1: with CM an entry that is not present may be cached. */
static void test_interrupt_with_caching_mode_is_invalidated_when_it_comes(void **state)
{
	(void)state;
	struct pair_wish wish = x2apic;
	wish.cap = PAIR_CAP | PAIR_CAP_CM;
	struct pair *pair = pair_new(&wish);
	struct msi_message message = {.address = 0xfee00018};
	assert_int_equal(raise(pair, STREAM, &message).fault, 0x22);
	pair_forget(pair);
	assert_int_equal(map_index(pair, STREAM, 0, 0x41, 7, &message), 0);
	pair_expect_command(pair, 0, 0x14, 0);
	assert_int_equal(raise(pair, STREAM, &message).result, TRANSLATE_INTERRUPT);
	pair_free(pair);
}

static void test_interrupt_table_that_is_full_says_so(void **state)
{
	(void)state;
	struct pair *pair = pair_new(&x2apic);
	struct msi_message message;
	for (uint32_t i = 0; i < 4096; i++) {
		if (i % 1024 == 0)
			pair_forget(pair);
		assert_int_equal(map_index(pair, i / 2048, i % 2048, 0x41, 7, &message), 0);
	}
	assert_int_equal(message.address, 0xfee00018 + 0xfff * 32);
	pair_forget(pair);
	assert_int_equal(map_index(pair, STREAM, 0, 0x41, 7, &message), -ENOSPC);
	assert_int_equal(vtd_driver_ops.interrupt_unmap(pair->driver, 1, 5), 0);
	assert_int_equal(map_index(pair, STREAM, 0, 0x41, 7, &message), 0);
	assert_int_equal(message.address, 0xfee00018 + 2053 * 32);
	assert_int_equal(map_index(pair, STREAM, 2048, 0x41, 7, &message), -EINVAL);
	assert_int_equal(map_index(pair, 0x10000, 0, 0x41, 7, &message), -ENODEV);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_interrupt_table_is_set_up),
		cmocka_unit_test(test_interrupt_entries_and_messages_are_those_of_the_specification),
		cmocka_unit_test(test_interrupt_is_raised_by_its_requester_alone),
		cmocka_unit_test(test_interrupt_change_is_invalidated),
		cmocka_unit_test(test_interrupt_with_caching_mode_is_invalidated_when_it_comes),
		cmocka_unit_test(test_interrupt_table_that_is_full_says_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
