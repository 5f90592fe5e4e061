/* SPDX-License-Identifier: MIT */
/* TDISP messages, byte by byte (PCIe 11.3, tables 1 to 27). */
#include "hw/fabric/tdisp.h"
#include "tdi_world.h"

/* A request to vf1 with its payload, and the answer to it. */
struct exchange {
	uint8_t request[TDISP_REQUEST_BYTES];
	uint8_t response[TDISP_MESSAGE_MAX];
	size_t bytes;
};

static void ask(struct tdi_world *world, struct exchange *exchange, uint8_t code, const uint8_t *payload, size_t bytes)
{
	uint16_t rid = world->machine->devices[world->vf1].rid;

	memset(exchange, 0, sizeof *exchange);
	exchange->request[0] = 0x10;
	exchange->request[1] = code;
	exchange->request[4] = (uint8_t)rid;
	exchange->request[5] = (uint8_t)(rid >> 8);
	if (bytes)
		memcpy(exchange->request + 16, payload, bytes);
	exchange->bytes =
		tdisp_respond(world->tdis, world->pf, SESSION, exchange->request, 16 + bytes, exchange->response);
}

static void assert_refused(const struct exchange *exchange, uint32_t error, uint8_t data)
{
	const uint8_t tail[] = {(uint8_t)error, (uint8_t)(error >> 8), 0, 0, data, 0, 0, 0};

	assert_int_equal(exchange->bytes, 24);
	assert_int_equal(exchange->response[0], 0x10);
	assert_int_equal(exchange->response[1], 0x7f);
	assert_memory_equal(exchange->response + 4, exchange->request + 4, 12);
	assert_memory_equal(exchange->response + 16, tail, 8);
}

static void test_tdisp_version_and_capabilities(void **state)
{
	(void)state;
	struct tdi_world world;
	struct exchange exchange;
	const uint8_t caps[4] = {0};
	/* 81h to 87h and 8Ah; flags 0, 2 and 4 of table 10. */
	const uint8_t answer[] = {0, 0, 0, 0, 0xfe, 0x04, 0,    0, 0, 0, 0, 0,  0, 0,
				  0, 0, 0, 0, 0,    0,    0x15, 0, 0, 0, 0, 64, 1, 1};

	tdi_world_start(&world, false);
	ask(&world, &exchange, 0x81, NULL, 0);
	assert_int_equal(exchange.bytes, 18);
	assert_int_equal(exchange.response[1], 0x01);
	assert_int_equal(exchange.response[16], 1);
	assert_int_equal(exchange.response[17], 0x10);
	ask(&world, &exchange, 0x82, caps, 4);
	assert_int_equal(exchange.bytes, 44);
	assert_int_equal(exchange.response[1], 0x02);
	assert_memory_equal(exchange.response + 16, answer, sizeof answer);
	tdi_world_stop(&world);
}

static void test_tdisp_lock_start_and_stop_move_the_interface(void **state)
{
	(void)state;
	struct tdi_world world;
	struct exchange exchange;
	uint8_t lock[20] = {0x01, 0x00, STREAM, 0, 0, 0x10};
	uint8_t nonce[32];

	tdi_world_start(&world, false);
	ask(&world, &exchange, 0x83, lock, sizeof lock);
	assert_int_equal(exchange.bytes, 48);
	assert_int_equal(exchange.response[1], 0x03);
	memcpy(nonce, exchange.response + 16, 32);
	ask(&world, &exchange, 0x85, NULL, 0);
	assert_int_equal(exchange.bytes, 17);
	assert_int_equal(exchange.response[16], 1);
	nonce[31] ^= 0x80;
	ask(&world, &exchange, 0x86, nonce, 32);
	assert_refused(&exchange, 0x102, 0);
	nonce[31] ^= 0x80;
	ask(&world, &exchange, 0x86, nonce, 32);
	assert_int_equal(exchange.bytes, 16);
	assert_int_equal(exchange.response[1], 0x06);
	assert_int_equal(tdi_state(world.tdis, world.vf1), TDI_RUN);
	ask(&world, &exchange, 0x83, lock, sizeof lock);
	assert_refused(&exchange, 0x004, 0);
	ask(&world, &exchange, 0x87, NULL, 0);
	assert_int_equal(exchange.response[1], 0x07);
	assert_int_equal(tdi_state(world.tdis, world.vf1), TDI_CONFIG_UNLOCKED);
	tdi_world_stop(&world);
}

static void test_tdisp_refuses_with_the_code_of_the_tables(void **state)
{
	(void)state;
	struct tdi_world world;
	struct exchange exchange;
	uint8_t lock[20] = {0, 0, STREAM + 1};

	tdi_world_start(&world, false);
	ask(&world, &exchange, 0x83, lock, sizeof lock);
	assert_refused(&exchange, 0x001, 0); /* another default stream */
	ask(&world, &exchange, 0x83, lock, sizeof lock - 1);
	assert_refused(&exchange, 0x001, 0); /* a byte is missing */
	ask(&world, &exchange, 0x84, (const uint8_t[]){0, 0, 0xff, 0xff}, 4);
	assert_refused(&exchange, 0x004, 0);
	ask(&world, &exchange, 0x88, (const uint8_t[]){1}, 1);
	assert_refused(&exchange, 0x007, 0x88);
	ask(&world, &exchange, 0x8c, NULL, 0);
	assert_refused(&exchange, 0x007, 0x8c);
	exchange.request[0] = 0x20;
	exchange.bytes = tdisp_respond(world.tdis, world.pf, SESSION, exchange.request, 16, exchange.response);
	assert_refused(&exchange, 0x041, 0);
	/* An interface of another device, and one of this device in a segment that it is not in. */
	uint16_t rid = world.machine->devices[world.other].rid;
	ask(&world, &exchange, 0x85, NULL, 0);
	exchange.request[4] = (uint8_t)rid;
	exchange.request[5] = (uint8_t)(rid >> 8);
	exchange.bytes = tdisp_respond(world.tdis, world.pf, SESSION, exchange.request, 16, exchange.response);
	assert_refused(&exchange, 0x101, 0);
	ask(&world, &exchange, 0x85, NULL, 0);
	exchange.request[6] = 3;
	exchange.request[7] = 1;
	exchange.bytes = tdisp_respond(world.tdis, world.pf, SESSION, exchange.request, 16, exchange.response);
	assert_refused(&exchange, 0x101, 0);
	/* 11.2.2: no session, no answer; nor where there is no header. */
	assert_int_equal(tdisp_respond(world.tdis, world.pf, 0, exchange.request, 16, exchange.response), 0);
	assert_int_equal(tdisp_respond(world.tdis, world.pf, SESSION, exchange.request, 15, exchange.response), 0);
	tdi_world_stop(&world);
}

/* Tables 13 to 15: header of 16 bytes, a range of 16 each, and a length; in portions. */
static void test_tdisp_report_comes_in_portions(void **state)
{
	(void)state;
	struct tdi_world world;
	struct exchange exchange;
	uint8_t whole[TDISP_REPORT_MAX] = {0};
	struct tdi_report report;

	tdi_world_start(&world, false);
	tdi_world_bring(&world, world.vf1, TDI_CONFIG_LOCKED);
	uint64_t page = world.machine->bars[world.vf_bar0].bus >> 12;
	size_t got = 0;
	do {
		ask(&world, &exchange, 0x84, (const uint8_t[]){(uint8_t)got, 0, 40, 0}, 4);
		assert_int_equal(exchange.response[1], 0x04);
		size_t portion = exchange.response[16];
		assert_int_equal(exchange.bytes, 20 + portion);
		assert_int_equal(exchange.response[18], 52 - got - portion);
		memcpy(whole + got, exchange.response + 20, portion);
		got += portion;
	} while (exchange.response[18]);
	assert_int_equal(got, 52);
	const uint8_t head[] = {0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, (uint8_t)page, (uint8_t)(page >> 8)};
	assert_memory_equal(whole, head, sizeof head);
	assert_memory_equal(whole + 24, ((const uint8_t[]){2, 0, 0, 0, 8, 0, 0, 0}), 8);
	assert_memory_equal(whole + 40, ((const uint8_t[]){1, 0, 0, 0, 8, 0, 4, 0, 0, 0, 0, 0}), 12);
	assert_true(tdisp_report_parse(whole, got, &report));
	assert_int_equal(report.ranges[0].first_page, page);
	assert_false(tdisp_report_parse(whole, got - 1, &report));
	whole[12] = 7;
	assert_false(tdisp_report_parse(whole, got, &report));
	ask(&world, &exchange, 0x84, (const uint8_t[]){52, 0, 40, 0}, 4);
	assert_refused(&exchange, 0x001, 0);
	tdi_world_stop(&world);
}

/* What a TSM sends is what a device understands. */
static void test_tdisp_requests_are_those_of_the_tables(void **state)
{
	(void)state;
	struct tdi_world world;
	uint8_t bytes[TDISP_REQUEST_BYTES], response[TDISP_MESSAGE_MAX];

	tdi_world_start(&world, false);
	const struct machine_device *vf = &world.machine->devices[world.vf1];
	struct tdi_lock lock = {.flags = TDI_LOCK_MSIX, .stream_id = STREAM, .mmio_reporting_offset = 0x123000};
	size_t length = tdisp_lock_request(vf, &lock, bytes);
	const uint8_t expected[] = {0x10,
				    0x83,
				    0,
				    0,
				    (uint8_t)vf->rid,
				    (uint8_t)(vf->rid >> 8),
				    0,
				    1,
				    0,
				    0,
				    0,
				    0,
				    0,
				    0,
				    0,
				    0,
				    0x04,
				    0,
				    STREAM,
				    0,
				    0,
				    0x30,
				    0x12,
				    0,
				    0,
				    0,
				    0,
				    0,
				    0,
				    0,
				    0,
				    0,
				    0,
				    0,
				    0,
				    0};
	assert_int_equal(length, sizeof expected);
	assert_memory_equal(bytes, expected, sizeof expected);
	length = tdisp_respond(world.tdis, world.pf, SESSION, bytes, length, response);
	assert_int_equal(tdisp_result(TDISP_LOCK_INTERFACE_REQUEST, response, length), TDISP_OK);
	assert_int_equal(tdisp_result(TDISP_STOP_INTERFACE_REQUEST, response, length), TDISP_UNSPECIFIED);
	struct tdi_nonce nonce = {{0}};
	length = tdisp_start_request(vf, &nonce, bytes);
	assert_int_equal(length, 48);
	length = tdisp_respond(world.tdis, world.pf, SESSION, bytes, length, response);
	assert_int_equal(tdisp_result(TDISP_START_INTERFACE_REQUEST, response, length), TDISP_INVALID_NONCE);
	assert_string_equal(tdisp_error_name(TDISP_INVALID_NONCE), "INVALID_NONCE");
	length = tdisp_report_request(vf, 0, 0xffff, bytes);
	assert_int_equal(length, 20);
	assert_int_equal(bytes[18], 0xff);
	struct tdi_range range = {.first_page = 5, .pages = 1, .attributes = TDI_RANGE_NON_TEE_MEM};
	length = tdisp_attribute_request(vf, &range, bytes);
	length = tdisp_respond(world.tdis, world.pf, SESSION, bytes, length, response);
	assert_int_equal(tdisp_result(TDISP_SET_MMIO_ATTRIBUTE_REQUEST, response, length),
			 TDISP_INVALID_INTERFACE_STATE);
	tdi_world_stop(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tdisp_version_and_capabilities),
		cmocka_unit_test(test_tdisp_lock_start_and_stop_move_the_interface),
		cmocka_unit_test(test_tdisp_refuses_with_the_code_of_the_tables),
		cmocka_unit_test(test_tdisp_report_comes_in_portions),
		cmocka_unit_test(test_tdisp_requests_are_those_of_the_tables),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
