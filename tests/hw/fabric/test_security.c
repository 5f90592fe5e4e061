/* SPDX-License-Identifier: MIT */
/* T on its way: which unit half serves it, over which stream it has to come, and which registers answer it. */
#include "two.h"

#define SESSION 3u
#define STREAM  7u

struct world {
	struct two two;
	struct ide *ide;
	struct tdis *tdis;
	struct fake_unit trusted;
	struct page_states *pages;
	ide_stream stream; /* of a */
	uint16_t guest;    /* for which a is enabled */
};

static uint16_t guest_of(void *context, uint16_t device)
{
	const struct world *world = context;

	return device == world->two.a ? world->guest : MACHINE_NONE;
}

static void start_with(struct world *world, enum fabric_t_shared shared)
{
	memset(world, 0, sizeof *world);
	world->guest = 1;
	two_start(&world->two, 2);
	struct fixture *f = &world->two.f;
	uint16_t a = world->two.a, rid = f->machine->devices[a].rid;

	world->trusted.iommu = (struct iommu){.ops = &fake_ops};
	world->pages = page_states_new(f->arena);
	world->ide = ide_new(f->arena, f->machine);
	world->tdis = tdis_new(&(struct tdis_config){.arena = f->arena, .machine = f->machine, .ide = world->ide});
	struct iommu *trusted[] = {&world->trusted.iommu, NULL};
	fabric_set_security(f->fabric, &(struct fabric_security){.ide = world->ide,
								 .tdis = world->tdis,
								 .pages = world->pages,
								 .trusted = trusted,
								 .t_reaches_shared = shared,
								 .guest = guest_of,
								 .context = world});
	world->stream = ide_add(
		world->ide,
		&(struct ide_stream_config){
			.device = a, .stream_id = STREAM, .default_stream = true, .rid_base = rid, .rid_limit = rid});
	for (unsigned i = 0; i < 6; i++)
		ide_key(world->ide, world->stream, SESSION, (enum ide_sub_stream)(i / 2), (enum ide_direction)(i % 2));
	assert_true(ide_enable(world->ide, world->stream));
}

static void start(struct world *world)
{
	start_with(world, T_SHARED_ALLOWED);
}

static void stop(struct world *world)
{
	page_states_free(world->pages);
	tdis_free(world->tdis);
	ide_free(world->ide);
	fixture_free(&world->two.f);
}

static void run_interface(struct world *world)
{
	struct tdi_lock lock = {.stream_id = STREAM};
	struct tdi_nonce nonce;

	assert_int_equal(tdi_lock(world->tdis, world->two.a, SESSION, &lock, &nonce), TDISP_OK);
	assert_int_equal(tdi_start(world->tdis, world->two.a, &nonce), TDISP_OK);
}

static struct hit send_with(struct world *world, uint16_t device, uint64_t address, bool t)
{
	struct request request = request_of(&world->two.f, device, REQUEST_WRITE, address);

	request.t = t;
	return send_request(&world->two.f, &request);
}

static void test_security_t_chooses_the_trusted_half(void **state)
{
	(void)state;
	struct world world;
	start(&world);
	world.trusted.offset = 0x1000;

	struct hit hit = send_with(&world, world.two.a, PAGE_A, false);
	assert_int_equal(hit.kind, HIT_MEMORY);
	assert_int_equal(hit.pa, PAGE_A);
	hit = send_with(&world, world.two.a, PAGE_A, true);
	assert_int_equal(hit.kind, HIT_MEMORY);
	assert_int_equal(hit.pa, PAGE_A + 0x1000);
	assert_int_equal(world.trusted.asked, 1);
	assert_true(world.trusted.last.t);
	stop(&world);
}

static void test_security_t_needs_a_secure_stream_with_its_requester_id(void **state)
{
	(void)state;
	struct world world;
	start(&world);

	/* b has no stream. */
	struct hit hit = send_with(&world, world.two.b, PAGE_A, true);
	assert_int_equal(hit.kind, HIT_BLOCKED_FABRIC);
	assert_int_equal(hit.reason, REASON_INSECURE);
	struct request forged = request_of(&world.two.f, world.two.a, REQUEST_WRITE, PAGE_A);
	forged.t = true;
	forged.rid++; /* the same bus: source validation lets it pass */
	hit = send_request(&world.two.f, &forged);
	assert_int_equal(hit.kind, HIT_BLOCKED_FABRIC);
	assert_int_equal(hit.reason, REASON_STREAM_RID);
	ide_fail(world.ide, world.stream);
	hit = send_with(&world, world.two.a, PAGE_A, true);
	assert_int_equal(hit.reason, REASON_INSECURE);
	assert_int_equal(world.trusted.asked, 0);
	/* Without T nothing of that matters. */
	assert_int_equal(send_with(&world, world.two.a, PAGE_A, false).kind, HIT_MEMORY);
	stop(&world);
}

static void test_security_t_needs_the_gate_of_the_tsm(void **state)
{
	(void)state;
	struct world world;
	start(&world);

	world.guest = MACHINE_NONE;
	struct hit hit = send_with(&world, world.two.a, PAGE_A, true);
	assert_int_equal(hit.kind, HIT_BLOCKED_FABRIC);
	assert_int_equal(hit.reason, REASON_GATE);
	assert_int_equal(world.trusted.asked, 0);
	stop(&world);
}

/* Rows: the page's state and owner, T, XT; whether it is reached when T reaches shared memory never, always, by XT. */
static void test_security_pages_are_reached_as_their_state_says(void **state)
{
	(void)state;
	static const struct {
		enum page_state page;
		uint16_t owner;
		bool t, xt, reached[3];
	} rows[] = {
		{PAGE_UNTRUSTED, 0, false, false, {true, true, true}},
		{PAGE_UNTRUSTED, 0, true, false, {false, true, true}},
		{PAGE_UNTRUSTED, 0, true, true, {false, true, false}},
		{PAGE_UNTRUSTED, 0, false, true, {true, true, true}},
		{PAGE_PRIVATE, 1, false, false, {false, false, false}},
		{PAGE_PRIVATE, 1, true, false, {true, true, true}},
		{PAGE_PRIVATE, 1, true, true, {true, true, true}},
		{PAGE_PRIVATE, 1, false, true, {false, false, false}},
		{PAGE_PRIVATE, 2, true, false, {false, false, false}},
		{PAGE_TSM, 0, true, false, {false, false, false}},
		{PAGE_TSM, 0, false, false, {false, false, false}},
	};
	for (unsigned shared = 0; shared < 3; shared++) {
		struct world world;
		start_with(&world, (enum fabric_t_shared)shared);
		for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
			struct page_row row = {.state = rows[i].page, .owner = rows[i].owner};
			struct request request = request_of(&world.two.f, world.two.a, REQUEST_WRITE, PAGE_A);

			assert_true(page_states_set(world.pages, PAGE_A, 4096, &row));
			request.t = rows[i].t;
			request.xt = rows[i].xt;
			struct hit hit = send_request(&world.two.f, &request);
			assert_int_equal(hit.kind, rows[i].reached[shared] ? HIT_MEMORY : HIT_BLOCKED_FABRIC);
			assert_int_equal(hit.reason, rows[i].reached[shared] ? REASON_NONE : REASON_PAGE_STATE);
		}
		stop(&world);
	}
}

/* The page is the guest's, and is asked for by the address that the guest has it at, or by another one. */
static void test_security_reverse_map_knows_which_page_it_is(void **state)
{
	(void)state;
	struct world world;
	start(&world);
	struct page_row row = {.state = PAGE_PRIVATE, .owner = 1, .gpa = PAGE_A};

	assert_true(page_states_set(world.pages, PAGE_A, 4096, &row));
	world.trusted.offset = (uint64_t)0 - 0x1000;
	assert_int_equal(send_with(&world, world.two.a, PAGE_A + 0x1000, true).kind, HIT_MEMORY);
	struct iommu *trusted[] = {&world.trusted.iommu, NULL};
	fabric_set_security(world.two.f.fabric, &(struct fabric_security){.ide = world.ide,
									  .tdis = world.tdis,
									  .pages = world.pages,
									  .trusted = trusted,
									  .reverse_mapped = 2,
									  .guest = guest_of,
									  .context = &world});
	struct hit hit = send_with(&world, world.two.a, PAGE_A + 0x1000, true);
	assert_int_equal(hit.kind, HIT_BLOCKED_FABRIC);
	assert_int_equal(hit.reason, REASON_PAGE_STATE);
	world.trusted.offset = 0;
	assert_int_equal(send_with(&world, world.two.a, PAGE_A + 8, true).kind, HIT_MEMORY);
	stop(&world);
}

static void test_security_registers_of_a_running_interface_want_t(void **state)
{
	(void)state;
	struct world world;
	uint64_t value;
	start(&world);
	struct fabric *fabric = world.two.f.fabric;

	assert_int_equal(fabric_mmio_write(fabric, world.two.a_bar, 0, 4, false, 5), MMIO_OK);
	assert_int_equal(fabric_mmio_write(fabric, world.two.a_bar, 0, 4, true, 6), MMIO_REJECTED);
	run_interface(&world);
	assert_int_equal(fabric_mmio_read(fabric, world.two.a_bar, 0, 4, false, &value), MMIO_REJECTED);
	assert_int_equal(value, 0xffffffff);
	assert_int_equal(fabric_mmio_read(fabric, world.two.a_bar, 0, 4, true, &value), MMIO_OK);
	assert_int_equal(value, 5);
	ide_fail(world.ide, world.stream);
	assert_int_equal(fabric_mmio_read(fabric, world.two.a_bar, 0, 4, true, &value), MMIO_REJECTED);
	stop(&world);
}

static void test_security_peer_without_t_does_not_reach_them_either(void **state)
{
	(void)state;
	struct world world;
	start(&world);
	uint64_t bar = world.two.f.machine->bars[world.two.a_bar].bus;

	assert_int_equal(send_with(&world, world.two.b, bar, false).kind, HIT_BAR);
	run_interface(&world);
	struct hit hit = send_with(&world, world.two.b, bar, false);
	assert_int_equal(hit.kind, HIT_NOTHING);
	assert_int_equal(hit.reason, REASON_INTERFACE);
	assert_int_equal(hit.device, world.two.a);
	stop(&world);
}

static void test_security_command_register_and_slot_disturb_the_interface(void **state)
{
	(void)state;
	struct world world;
	start(&world);

	run_interface(&world);
	fabric_set_bus_master(world.two.f.fabric, world.two.a, true);
	assert_int_equal(tdi_state(world.tdis, world.two.a), TDI_RUN);
	fabric_set_memory_space(world.two.f.fabric, world.two.a, false);
	assert_int_equal(tdi_state(world.tdis, world.two.a), TDI_ERROR);
	fabric_set_present(world.two.f.fabric, world.two.a, false);
	assert_int_equal(tdi_state(world.tdis, world.two.a), TDI_CONFIG_UNLOCKED);
	assert_false(ide_is_secure(world.ide, world.stream));
	stop(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_security_t_chooses_the_trusted_half),
		cmocka_unit_test(test_security_t_needs_a_secure_stream_with_its_requester_id),
		cmocka_unit_test(test_security_t_needs_the_gate_of_the_tsm),
		cmocka_unit_test(test_security_pages_are_reached_as_their_state_says),
		cmocka_unit_test(test_security_reverse_map_knows_which_page_it_is),
		cmocka_unit_test(test_security_registers_of_a_running_interface_want_t),
		cmocka_unit_test(test_security_peer_without_t_does_not_reach_them_either),
		cmocka_unit_test(test_security_command_register_and_slot_disturb_the_interface),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
