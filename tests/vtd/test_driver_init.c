/* SPDX-License-Identifier: MIT */
/* Set-up and enabling: every register write, in order, as literals (11.4, 6.5.2, 6.6). */
#include "driver_fake.h"

#include <errno.h>

static int init(struct fake *fake)
{
	return fake->driver->ops->init(fake->driver);
}

static int enable(struct fake *fake)
{
	return fake->driver->ops->enable(fake->driver);
}

static void test_init_with_queue_writes_registers_in_order(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.no_init = true});
	assert_int_equal(init(fake), 0);
	fake_wrote(fake, 0, 0x88, 0);                    /* 6.5.2: tail first */
	fake_wrote(fake, 1, 0x90, FAKE_QUEUE);           /* IQA, DW 0, QS 0 */
	fake_wrote(fake, 2, 0x18, UINT64_C(0x04000000)); /* QIE */
	fake_wrote(fake, 3, 0x20, FAKE_ROOT);            /* RTADDR, TTM 00b */
	fake_wrote(fake, 4, 0x18, UINT64_C(0x44000000)); /* SRTP; QIE stays */
	fake_wrote(fake, 5, 0x88, 0x30);                 /* three descriptors */
	assert_int_equal(fake_effects(fake, EFFECT_REGISTER), 6);
	assert_int_equal(fake_effects(fake, EFFECT_SUBMIT), 3);
	fake_submitted(fake, 0, 0x11, 0);                                   /* 6.5.2.1, global */
	fake_submitted(fake, 1, 0xd2, 0);                                   /* 6.5.2.3, global, DR, DW */
	fake_submitted(fake, 2, UINT64_C(0x0000000200000025), FAKE_STATUS); /* 6.5.2.9, SW, data 2 */
	assert_int_equal(fake_word(fake, FAKE_QUEUE), 0x11);
	assert_int_equal(fake_word(fake, FAKE_QUEUE + 0x10), 0xd2);
	assert_int_equal(fake_word(fake, FAKE_QUEUE + 0x20), UINT64_C(0x0000000200000025));
	assert_int_equal(fake_word(fake, FAKE_QUEUE + 0x28), FAKE_STATUS);
	assert_int_equal(fake_word(fake, FAKE_STATUS), 2);
	assert_int_equal(fake_register(fake, 0x1c, 4), UINT64_C(0x44000000));
	fake_free(fake);
}

static void test_init_without_queue_uses_registers(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.ecap = FAKE_ECAP & ~FAKE_ECAP_QI, .no_init = true});
	assert_int_equal(init(fake), 0);
	fake_wrote(fake, 0, 0x20, FAKE_ROOT);
	fake_wrote(fake, 1, 0x18, UINT64_C(0x40000000));
	fake_wrote(fake, 2, 0x28, UINT64_C(0xa000000000000000));  /* ICC, CIRG 01b */
	fake_wrote(fake, 3, 0x108, UINT64_C(0x9003000000000000)); /* IVT, IIRG 01b, DR, DW */
	assert_int_equal(fake_effects(fake, EFFECT_REGISTER), 4);
	assert_int_equal(frame_allocator_taken(fake->frames), 1);
	fake_free(fake);
}

static void test_init_twice_does_nothing_more(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	assert_int_equal(init(fake), 0);
	assert_int_equal(fake->count, 0);
	fake_free(fake);
}

static void test_init_units_without_what_is_needed_are_refused(void **state)
{
	(void)state;
	/* No table of 3, 4 or 5 levels: SAGAW 0. */
	struct fake *fake = fake_new(&(struct fake_wish){.cap = FAKE_CAP & ~UINT64_C(0x1f00), .no_init = true});
	assert_int_equal(init(fake), -ENODEV);
	fake_free(fake);
	/* Version 6 has no register interface (6.5), so it needs a queue. */
	fake = fake_new(&(struct fake_wish){.ecap = FAKE_ECAP & ~FAKE_ECAP_QI, .version = 0x60, .no_init = true});
	assert_int_equal(init(fake), -ENODEV);
	fake_free(fake);
	fake = fake_new(&(struct fake_wish){.version = 0x60, .no_init = true});
	assert_int_equal(init(fake), 0);
	fake_free(fake);
}

static void test_init_firmware_left_on_is_turned_off_first(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.no_init = true});
	/* TES, QIES, IRES: interrupt remapping is not asked of this driver and stays. */
	fake_set_register(fake, 0x1c, 4, UINT64_C(0x86000000));
	fake_set_register(fake, 0x80, 8, 0x50);
	fake_set_register(fake, 0x88, 8, 0x50);
	assert_int_equal(init(fake), 0);
	fake_wrote(fake, 0, 0x18, UINT64_C(0x06000000));
	fake_wrote(fake, 1, 0x18, UINT64_C(0x02000000));
	fake_wrote(fake, 2, 0x88, 0);
	fake_wrote(fake, 4, 0x18, UINT64_C(0x06000000));
	fake_free(fake);
}

static void test_init_faults_of_before_are_cleared(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.no_init = true});
	/* Record 1 of 2 has F; FSTS: FRI 1, IQE, PPF, PFO. */
	fake_set_register(fake, 0x218, 8, UINT64_C(0x8000000500001234));
	fake_set_register(fake, 0x34, 4, 0x113);
	assert_int_equal(init(fake), 0);
	fake_wrote(fake, 0, 0x218, UINT64_C(0x8000000000000000));
	fake_wrote(fake, 1, 0x34, 0x11);
	assert_int_equal(fake_register(fake, 0x34, 4) & 0x11, 0);
	fake_free(fake);
}

static void test_init_dead_unit_times_out_and_can_be_tried_again(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.no_init = true});
	domain_handle domain;
	fake->dead = true;
	assert_int_equal(init(fake), -ETIMEDOUT);
	assert_int_equal(enable(fake), -ENODEV);
	assert_int_equal(fake->driver->ops->domain_alloc(fake->driver, DOMAIN_DMA, &domain), -ENODEV);
	assert_int_equal(fake->driver->ops->attach(fake->driver, 8, 0), -ENODEV);
	assert_int_equal(frame_allocator_taken(fake->frames), 3);
	fake->dead = false;
	fake->command_pending = false;
	assert_int_equal(init(fake), 0);
	assert_int_equal(frame_allocator_taken(fake->frames), 3);
	fake_free(fake);
}

static void test_init_without_frames_is_out_of_memory(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.frames = 2, .no_init = true});
	assert_int_equal(init(fake), -ENOMEM);
	assert_int_equal(fake->count, 0);
	fake_free(fake);
}

static void test_enable_sets_te_and_keeps_the_queue(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	assert_int_equal(enable(fake), 0);
	fake_wrote(fake, 0, 0x18, UINT64_C(0x84000000));
	assert_int_equal(fake_effects(fake, EFFECT_REGISTER), 1);
	assert_int_equal(fake_register(fake, 0x1c, 4) >> 31, 1);
	fake_free(fake);
}

static void test_enable_protected_memory_is_turned_off(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.cap = FAKE_CAP | 1 << 5});
	fake_set_register(fake, 0x64, 4, UINT64_C(0x80000001));
	assert_int_equal(enable(fake), 0);
	fake_wrote(fake, 1, 0x64, 1);
	assert_int_equal(fake_register(fake, 0x64, 4), 0);
	fake_free(fake);
}

static void test_enable_dead_unit_times_out(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	fake->dead = true;
	assert_int_equal(enable(fake), -ETIMEDOUT);
	fake_free(fake);
}

/* Hardware that is always busy and never ready must not hold the simulator up. */
static void test_enable_busy_unit_times_out(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	fake->dead = fake->endless = true;
	fake->advances = 0;
	assert_int_equal(enable(fake), -ETIMEDOUT);
	assert_true(fake->advances <= 100000);
	fake_free(fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_init_with_queue_writes_registers_in_order),
		cmocka_unit_test(test_init_without_queue_uses_registers),
		cmocka_unit_test(test_init_twice_does_nothing_more),
		cmocka_unit_test(test_init_units_without_what_is_needed_are_refused),
		cmocka_unit_test(test_init_firmware_left_on_is_turned_off_first),
		cmocka_unit_test(test_init_faults_of_before_are_cleared),
		cmocka_unit_test(test_init_dead_unit_times_out_and_can_be_tried_again),
		cmocka_unit_test(test_init_without_frames_is_out_of_memory),
		cmocka_unit_test(test_enable_sets_te_and_keeps_the_queue),
		cmocka_unit_test(test_enable_protected_memory_is_turned_off),
		cmocka_unit_test(test_enable_dead_unit_times_out),
		cmocka_unit_test(test_enable_busy_unit_times_out),
	};
	return cmocka_run_group_tests_name("vtd-driver-init", tests, NULL, NULL);
}
