/* SPDX-License-Identifier: MIT */
/* Registers and queues of set-up as words worked out by hand (IHI 0070 6.3, 3.5, 4). */
#include "driver_fake.h"

#include <errno.h>

#define BASE_HINT UINT64_C(0x4000000000000000)

static void test_init_writes_registers_in_order(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.no_init = true});
	assert_int_equal(fake->driver->ops->enable(fake->driver), -ENODEV);
	assert_int_equal(fake->driver->ops->init(fake->driver), 0);
	fake_wrote(fake, 0, 0x28, 0xd75); /* CR1: tables and queues inner shareable, write-back */
	fake_wrote(fake, 1, 0x2c, 0x6);   /* CR2: PTM, RECINVSID */
	fake_wrote(fake, 2, 0x80, BASE_HINT | FAKE_STRTAB);
	fake_wrote(fake, 3, 0x88, 0x10210); /* two levels, SPLIT 8, 16 bits */
	fake_wrote(fake, 4, 0x90, BASE_HINT | FAKE_COMMAND | 8);
	fake_wrote(fake, 5, 0x98, 0);
	fake_wrote(fake, 6, 0x9c, 0);
	fake_wrote(fake, 7, 0x20, 0x8); /* CMDQEN */
	fake_wrote(fake, 8, 0x98, 3);
	fake_wrote(fake, 9, 0xa0, BASE_HINT | FAKE_EVENT | 7);
	fake_wrote(fake, 10, 0x100a8, 0);
	fake_wrote(fake, 11, 0x100ac, 0);
	fake_wrote(fake, 12, 0x20, 0xc); /* EVENTQEN */
	assert_int_equal(fake_effects(fake, EFFECT_REGISTER), 13);
	fake_submitted(fake, 0, 0x04, 31); /* CMD_CFGI_ALL, 4.3.6 */
	fake_submitted(fake, 1, 0x30, 0);  /* CMD_TLBI_NSNH_ALL, 4.4.4.1 */
	fake_submitted(fake, 2, 0x46, 0);  /* CMD_SYNC, 4.7.3 */
	assert_int_equal(fake_effects(fake, EFFECT_SUBMIT), 3);
	assert_int_equal(fake->driver->ops->enable(fake->driver), 0);
	fake_wrote(fake, 13, 0x20, 0xd); /* SMMUEN */
	assert_int_equal(fake_register(fake, 0x24, 4), 0xd);
	assert_int_equal(fake->driver->ops->init(fake->driver), 0); /* again: nothing */
	assert_int_equal(fake_effects(fake, EFFECT_REGISTER), 14);
	fake_free(fake);
}

/* 6.3.14: what was on is turned off only after GBPA blocks everything; 7.5: old errors are acknowledged. */
static void test_init_turns_off_what_firmware_left_on(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.no_init = true, .cr0 = 0xd, .gerror = 0x5});
	assert_int_equal(fake->driver->ops->init(fake->driver), 0);
	fake_wrote(fake, 0, 0x44, 0x80100000);
	fake_wrote(fake, 1, 0x20, 0);
	fake_wrote(fake, 2, 0x64, 0x5);
	fake_wrote(fake, 3, 0x28, 0xd75);
	fake_free(fake);
}

static void test_init_without_levels_has_a_linear_table(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.no_init = true, .idr0 = FAKE_IDR0 & ~FAKE_IDR0_ST_LEVEL});
	assert_int_equal(fake->driver->ops->init(fake->driver), 0);
	fake_wrote(fake, 2, 0x80, BASE_HINT | 0x1000000);
	fake_wrote(fake, 3, 0x88, 0x10); /* linear, 16 bits: 4 MiB */
	fake_wrote(fake, 4, 0x90, BASE_HINT | 0x1400000 | 8);
	domain_handle blocked = fake_domain(fake, DOMAIN_BLOCKED);
	fake_attach(fake, 0x1234, blocked);
	assert_int_equal(fake_word(fake, 0x1000000 + 0x1234 * 64), 1); /* V, abort */
	fake_free(fake);
}

static void test_init_serves_no_more_streams_than_the_unit(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.no_init = true, .idr1 = 0x01070007});
	assert_int_equal(fake->driver->ops->init(fake->driver), 0);
	fake_wrote(fake, 3, 0x88, 0x7); /* 128 entries: linear though two levels are possible */
	domain_handle blocked = fake_domain(fake, DOMAIN_BLOCKED);
	assert_int_equal(fake->driver->ops->attach(fake->driver, 0x80, blocked), -ENODEV);
	fake_attach(fake, 0x7f, blocked);
	assert_int_equal(fake_word(fake, FAKE_STRTAB + 0x7f * 64), 1);
	fake_free(fake);
}

static void test_init_of_a_unit_that_lacks_what_is_needed_is_enodev(void **state)
{
	(void)state;
	static const struct fake_wish wishes[] = {
		{.idr0 = FAKE_IDR0 & ~UINT32_C(0x3)},       /* no stage */
		{.idr0 = FAKE_IDR0 & ~UINT32_C(0x8)},       /* no AArch64 tables */
		{.idr0 = FAKE_IDR0 | UINT32_C(0x600000)},   /* big-endian tables */
		{.idr1 = FAKE_IDR1 | UINT32_C(0x20000000)}, /* queues preset */
		{.idr1 = FAKE_IDR1 | UINT32_C(0x40000000)}, /* tables preset */
		{.idr1 = 0x00470010},                       /* four commands */
		{.idr5 = 0x5},                              /* no granule */
	};
	for (unsigned i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
		struct fake_wish wish = wishes[i];
		wish.no_init = true;
		struct fake *fake = fake_new(&wish);
		assert_int_equal(fake->driver->ops->init(fake->driver), -ENODEV);
		assert_int_equal(fake_effects(fake, EFFECT_REGISTER), 0);
		fake_free(fake);
	}
}

static void test_init_ends_when_hardware_does_not_answer(void **state)
{
	(void)state;
	struct fake *fake = fake_new(&(struct fake_wish){.no_init = true});
	fake->dead = true;
	assert_int_equal(fake->driver->ops->init(fake->driver), -ETIMEDOUT);
	fake->dead = false;
	assert_int_equal(fake->driver->ops->init(fake->driver), 0);
	fake_free(fake);
	fake = fake_new(&(struct fake_wish){.no_init = true, .frames = 2});
	assert_int_equal(fake->driver->ops->init(fake->driver), -ENOMEM);
	fake_free(fake);
}

/* 6.3.9: CR0.ATSCHK is bit 4, PRIQEN bit 1; 6.3.33: WA bit 62, LOG2SIZE 7. */
static void test_init_checks_translated_requests_and_has_a_queue_for_pages(void **state)
{
	(void)state;
	const struct fake_wish wish = {
		.idr0 = FAKE_ATS, .idr1 = FAKE_SSID20, .endpoint = FEATURE_ATS, .page_requests = true, .no_init = true};
	struct fake *fake = fake_new(&wish);
	assert_int_equal(fake->driver->ops->init(fake->driver), 0);
	assert_int_equal(fake_register(fake, 0x20, 4), 0x1e);
	assert_int_equal(fake_register(fake, 0xc0, 8), UINT64_C(0x4000000000000000) | 0x1003000 | 7);
	assert_int_equal(fake->driver->ops->enable(fake->driver), 0);
	assert_int_equal(fake_register(fake, 0x20, 4), 0x1f);
	fake_free(fake);
	fake = fake_new(NULL);
	assert_int_equal(fake_register(fake, 0x20, 4), 0xc);
	fake_free(fake);
}

/* The unit has nothing to do with who may raise what. */
static void test_interrupts_are_the_doorbells(void **state)
{
	(void)state;
	struct fake *fake = fake_new(NULL);
	struct msi_message message = {0x8020040, 7};
	assert_int_equal(fake->driver->ops->interrupt_map(fake->driver, 0x0108, 3, 0x40, 1, &message), 0);
	assert_int_equal(message.address, 0x8020040);
	assert_int_equal(message.data, 7);
	assert_int_equal(fake->driver->ops->interrupt_unmap(fake->driver, 0x0108, 3), 0);
	fake_did(fake, "");
	fake_free(fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_init_writes_registers_in_order),
		cmocka_unit_test(test_init_turns_off_what_firmware_left_on),
		cmocka_unit_test(test_init_without_levels_has_a_linear_table),
		cmocka_unit_test(test_init_serves_no_more_streams_than_the_unit),
		cmocka_unit_test(test_init_of_a_unit_that_lacks_what_is_needed_is_enodev),
		cmocka_unit_test(test_init_ends_when_hardware_does_not_answer),
		cmocka_unit_test(test_init_checks_translated_requests_and_has_a_queue_for_pages),
		cmocka_unit_test(test_interrupts_are_the_doorbells),
	};
	return cmocka_run_group_tests_name("smmuv3-driver-init", tests, NULL, NULL);
}
