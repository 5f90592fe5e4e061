/* SPDX-License-Identifier: MIT */
/* Names, numbers, and merge patches (RFC 7396, its appendix A as far as mappings go). */
#include "scenario/tree.h"
#include "scenario/word.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_names_are_small_letters_digits_and_dashes(void **state)
{
	static const char *const good[] = {"a", "nic", "f0", "a-b", "x-1-", "yes-no", "nulls"};
	static const char *const bad[] = {"",    "0a", "-a", "A",   "a_b",  "a.b",   "a b",  "y",       "n",
					  "yes", "no", "on", "off", "true", "false", "null", "\xc3\xa9"};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(good); i++)
		assert_true(name_is_good(good[i]));
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
		assert_false(name_is_good(bad[i]));
}

static void test_numbers_are_decimal_hex_or_with_suffix(void **state)
{
	static const struct {
		const char *text;
		uint64_t number;
	} good[] = {
		{"0", 0},
		{"10", 10},
		{"4K", 4096},
		{"2M", 2097152},
		{"1G", 1073741824},
		{"0x1F", 31},
		{"0x0", 0},
		{"18446744073709551615", UINT64_MAX},
		{"0xffffffffffffffff", UINT64_MAX},
		{"17179869183G", UINT64_C(17179869183) << 30},
	};
	static const char *const bad[] = {"",
					  "K",
					  "010",
					  "00",
					  "-1",
					  "+1",
					  "1.5",
					  "4k",
					  "4KB",
					  "0x",
					  "0xg",
					  "0X1",
					  " 1",
					  "1 ",
					  "0x1K0",
					  "18446744073709551616",
					  "0x10000000000000000",
					  "17179869184G",
					  "1_000"};
	uint64_t number;

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
		assert_true(number_parse(good[i].text, strlen(good[i].text), &number));
		assert_int_equal(number, good[i].number);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
		assert_false(number_parse(bad[i], strlen(bad[i]), &number));
}

/* The node as flow YAML with sorted nothing: in its own order. At most two levels are needed here. */
static void write_node(GString *text, const struct node *node, unsigned depth)
{
	if (node->kind == NODE_SCALAR) {
		g_string_append(text, node->text);
		return;
	}
	assert_true(depth < 4);
	g_string_append_c(text, node->kind == NODE_MAP ? '{' : '[');
	for (uint32_t i = 0; i < node->count; i++) {
		g_string_append(text, i ? ", " : "");
		if (node->kind == NODE_MAP)
			g_string_append_printf(text, "%s: ", node->entries[i].key->text);
		write_node(text, node->entries[i].value, depth + 1);
	}
	g_string_append_c(text, node->kind == NODE_MAP ? '}' : ']');
}

static void check_patch(const char *target, const char *patch, const char *expected)
{
	g_autofree char *text = g_strdup_printf("{t: %s, p: %s}", target, patch);
	g_autoptr(GString) result = g_string_new(NULL);
	struct pool *pool = pool_new();
	struct source source;
	GError *error = NULL;
	const struct node *root, *merged;

	source_init(&source, "f", text, strlen(text));
	root = tree_parse(&source, pool, &error);
	assert_non_null(root);
	merged = tree_patch(&source, pool, node_get(root, "t"), node_get(root, "p"), &error);
	if (merged)
		write_node(result, merged, 0);
	else
		g_string_assign(result, error->message);
	assert_string_equal(result->str, expected);
	g_clear_error(&error);
	source_clear(&source);
	pool_free(pool);
}

static void test_patch_merges_as_rfc_7396(void **state)
{
	(void)state;
	check_patch("{a: b}", "{a: c}", "{a: c}");
	check_patch("{a: b}", "{b: c}", "{a: b, b: c}");
	check_patch("{a: b}", "{a: null}", "{}");
	check_patch("{a: b, b: c}", "{a: null}", "{b: c}");
	check_patch("{a: [b]}", "{a: c}", "{a: c}");
	check_patch("{a: c}", "{a: [b]}", "{a: [b]}");
	check_patch("{a: {b: c}}", "{a: {b: d, c: e}}", "{a: {b: d, c: e}}");
	check_patch("{a: {b: c, d: e}}", "{a: {b: null}, f: {g: h}}", "{a: {d: e}, f: {g: h}}");
	check_patch("{a: b}", "{a: {b: {c: d}}}", "{a: {b: {c: d}}}");
	check_patch("{a: {b: {c: d}}}", "{}", "{a: {b: {c: d}}}");
	check_patch("{e: 'null'}", "{a: 'null'}", "{e: null, a: null}"); /* quoted: a word */
}

static void test_patch_that_removes_nothing_is_refused(void **state)
{
	(void)state;
	check_patch("{mdevs: {}}", "{mdev: null}",
		    "f:1:22: null removes 'mdev', which is not there; did you mean 'mdevs'?\n"
		    "  {t: {mdevs: {}}, p: {mdev: null}}\n                       ^");
	check_patch("{}", "{a: {b: null}}",
		    "f:1:17: null removes 'b', which is not there\n  {t: {}, p: {a: {b: null}}}\n                  ^");
}

static void test_tree_keeps_places_of_words_in_folded_text(void **state)
{
	static const char text[] = "a: one two\nb: 'one\n   two'\nc: >\n  one\n  two\nd: \"\\x6fne two\"\n";
	static const struct {
		const char *key;
		struct place second;
	} rows[] = {{"a", {1, 8}}, {"b", {3, 4}}, {"c", {6, 3}}, {"d", {7, 4}}}; /* d has an escape: its beginning */
	struct pool *pool = pool_new();
	struct source source;
	GError *error = NULL;
	const struct node *root;

	(void)state;
	source_init(&source, "f", text, strlen(text));
	root = tree_parse(&source, pool, &error);
	assert_non_null(root);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct place place = node_place_at(&source, node_get(root, rows[i].key), 4);

		assert_int_equal(place.line, rows[i].second.line);
		assert_int_equal(place.column, rows[i].second.column);
	}
	source_clear(&source);
	pool_free(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_small_letters_digits_and_dashes),
		cmocka_unit_test(test_numbers_are_decimal_hex_or_with_suffix),
		cmocka_unit_test(test_patch_merges_as_rfc_7396),
		cmocka_unit_test(test_patch_that_removes_nothing_is_refused),
		cmocka_unit_test(test_tree_keeps_places_of_words_in_folded_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
