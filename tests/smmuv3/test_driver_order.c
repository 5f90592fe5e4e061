/* SPDX-License-Identifier: MIT */
/*
 * Any order of attaches, features and PASIDs, with devices that now and then do not answer: an endpoint never has ATS
 * where its entry would refuse what it asks (IHI 0070 3.9.2), and everything can be taken away again.
 */
#include "base/random.h"
#include "driver_fake.h"

#include <errno.h>

#define ALL (FEATURE_ATS | FEATURE_PASID | FEATURE_PRI)

static uint64_t ste_word(struct fake *fake, uint32_t stream, unsigned word)
{
	uint64_t table = fake_word(fake, FAKE_STRTAB + 8 * (stream >> 8)) & UINT64_C(0xffffffffffffc0);
	return fake_word(fake, table + 64 * (stream & 0xff) + 8 * word);
}

#define REQUESTERS 3
#define PASIDS     3
#define DOMAINS    8

struct program {
	struct fake *fake;
	struct random random;
	domain_handle domains[DOMAINS]; /* none, blocked, identity, first stages, a process's, a second stage, nested */
	unsigned late;                  /* devices that did not answer */
};

static uint32_t requester(unsigned n)
{
	return 0x0108 + n * 0x0101;
}

/* ATS at an endpoint without an entry that allows it, now or at once: an entry on its way is not valid (3.9.2). */
static void check_endpoints(struct fake *fake, const struct effect *effect)
{
	(void)effect;
	for (unsigned i = 0; i < REQUESTERS; i++) {
		uint32_t stream = requester(i);
		if (!(fake->on[stream] & FEATURE_ATS) || !(ste_word(fake, stream, 0) & 1))
			continue;
		assert_true((ste_word(fake, stream, 0) >> 1 & 7) > 4);
		assert_int_equal(ste_word(fake, stream, 1) >> 28 & 3, 1);
	}
}

static bool may_be(int error)
{
	return error == 0 || error == -EBUSY || error == -ENODEV || error == -EOPNOTSUPP || error == -EINVAL ||
	       error == -ETIMEDOUT;
}

static void do_anything(struct program *program)
{
	static const uint8_t features[] = {0,
					   FEATURE_ATS,
					   FEATURE_PASID,
					   FEATURE_ATS | FEATURE_PRI,
					   FEATURE_ATS | FEATURE_PASID,
					   ALL,
					   FEATURE_STALL,
					   FEATURE_STALL | FEATURE_PASID};
	struct fake *fake = program->fake;
	const struct driver_ops *ops = fake->driver->ops;
	uint32_t stream = requester((unsigned)random_below(&program->random, REQUESTERS));
	uint32_t pasid = (uint32_t)random_below(&program->random, PASIDS) * 50 + 1;
	domain_handle domain = program->domains[random_below(&program->random, DOMAINS)];
	uint64_t roll = random_below(&program->random, 10);
	unsigned wish = features[random_below(&program->random, sizeof(features))];
	int error;
	fake->late = random_chance(&program->random, 20);
	if (roll < 4)
		error = ops->attach(fake->driver, stream, domain);
	else if (roll < 6)
		error = ops->set_features(fake->driver, stream, wish);
	else if (roll < 9)
		error = ops->attach_pasid(fake->driver, stream, pasid, domain);
	else
		error = domain ? ops->flush_domain(fake->driver, domain) : 0;
	if (!may_be(error))
		fail_msg("%d", error);
	assert_true(error != -ETIMEDOUT || fake->late == 0);
	program->late += error == -ETIMEDOUT;
}

/* Between calls an endpoint has exactly what its features and its entry allow. */
static void check_requesters(struct program *program)
{
	struct fake *fake = program->fake;
	for (unsigned i = 0; i < REQUESTERS; i++) {
		uint32_t stream = requester(i);
		unsigned features = fake->driver->ops->features(fake->driver, stream) & ALL;
		unsigned config = (unsigned)(ste_word(fake, stream, 0) & 0xf);
		if (!(config & 1) || config >> 1 < 5)
			features &= ~(unsigned)(FEATURE_ATS | FEATURE_PRI);
		assert_int_equal(fake->on[stream], features);
	}
}

static void make_domains(struct program *program)
{
	static const enum domain_type types[] = {DOMAIN_BLOCKED, DOMAIN_BLOCKED, DOMAIN_IDENTITY,   DOMAIN_DMA,
						 DOMAIN_USER,    DOMAIN_SVA,     DOMAIN_NEST_PARENT};
	const struct domain_guest guest = {.ste = {UINT64_C(0x500000123450001b), 0xd6}};
	struct fake *fake = program->fake;
	for (unsigned i = 1; i < DOMAINS - 1; i++)
		program->domains[i] = fake_domain(fake, types[i]);
	assert_int_equal(fake->driver->ops->domain_nest(fake->driver, program->domains[DOMAINS - 2], &guest,
							&program->domains[DOMAINS - 1]),
			 0);
}

/* Everything can be taken away again, whatever came before, and the domains are free. */
static void take_everything_away(struct program *program)
{
	struct fake *fake = program->fake;
	fake->late = 0;
	for (unsigned i = 0; i < REQUESTERS; i++) {
		for (uint32_t pasid = 0; pasid < PASIDS; pasid++) {
			if (fake->driver->ops->attached_pasid(fake->driver, requester(i), pasid * 50 + 1))
				fake_attach_pasid(fake, requester(i), pasid * 50 + 1, 0);
		}
		fake_set_features(fake, requester(i), 0);
		fake_attach(fake, requester(i), 0);
		assert_int_equal(fake->on[requester(i)], 0);
		assert_int_equal(ste_word(fake, requester(i), 0), 0);
	}
	for (unsigned i = DOMAINS - 1; i > 0; i--)
		assert_int_equal(fake->driver->ops->domain_free(fake->driver, program->domains[i]), 0);
}

static void test_any_order_of_calls_keeps_endpoint_and_entry_together(void **state)
{
	(void)state;
	const struct fake_wish wish = {.idr0 = FAKE_ATS & ~FAKE_IDR0_NO_STALL,
				       .idr1 = FAKE_SSID20,
				       .endpoint = ALL,
				       .may_stall = true,
				       .page_requests = true};
	unsigned late = 0;
	for (uint64_t seed = 1; seed <= 10; seed++) {
		struct program program = {.fake = fake_new(&wish)};
		random_seed(&program.random, seed);
		make_domains(&program);
		program.fake->watch = check_endpoints;
		for (unsigned step = 0; step < 400; step++) {
			do_anything(&program);
			check_requesters(&program);
			fake_forget(program.fake);
		}
		take_everything_away(&program);
		late += program.late;
		fake_free(program.fake);
	}
	assert_true(late > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_order_of_calls_keeps_endpoint_and_entry_together),
	};
	return cmocka_run_group_tests_name("smmuv3-driver-order", tests, NULL, NULL);
}
