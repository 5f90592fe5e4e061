/* SPDX-License-Identifier: MIT */
/* Files that are no scenario: their text, their YAML, their top level. */
#include "refused.h"

static const struct refused rows[] = {
	REFUSED("empty", "", "1:1: the file is empty; expected a scenario"),
	REFUSED("comments only", "# nothing\n", "1:1: the file is empty; expected a scenario"),
	REFUSED("nul", HEAD "a\0b\n", "6:2: a NUL byte; expected UTF-8 text"),
	REFUSED("not utf8", "name: t\ntitle: caf\xe9\n", "2:11: not UTF-8; expected UTF-8 text"),
	REFUSED("control",
		NAME "title: a\x01"
		     "b\n",
		"2:9: a control character (U+0001); expected printable text"),
	REFUSED("line separator",
		NAME "title: a\xe2\x80\xa8"
		     "b\n",
		"2:9: a control character (U+2028); expected printable text"),
	REFUSED("escaped control", NAME "title: \"a\\x1bb\"\n",
		"2:8: a control character in a text; expected printable text"),
	REFUSED("not yaml", NAME "machine: {a: [}\n", "2:15: not YAML: did not find expected node content"),
	REFUSED("tab", NAME "\tmachine: {}\n", "2:1: not YAML: found a tab character that violates indentation"),
	REFUSED("two documents",
		NAME "---\n"
		     "name: u\n",
		"2:1: a second document; expected one scenario a file"),
	REFUSED("anchor", NAME "machine: &m {}\n",
		"2:10: anchors and tags are not part of the language; expected a plain value"),
	REFUSED("alias", NAME "machine: *m\n", "2:10: aliases are not part of the language; expected a plain value"),
	REFUSED("tag", NAME "machine: !!map {}\n",
		"2:10: anchors and tags are not part of the language; expected a plain value"),
	REFUSED("merge key",
		NAME "machine:\n"
		     "  <<: {a: 1}\n",
		"3:3: merge keys are not part of the language; expected a key by its name"),
	REFUSED("duplicate key",
		NAME "title: x\n"
		     "name: u\n",
		"3:1: duplicate key 'name'; expected each key once, found it on line 1 too"),
	REFUSED("complex key", NAME "[a]: x\n", "2:1: a key must be a word; expected a name"),
	REFUSED("too deep", NAME "machine: [[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]\n",
		"2:25: nested too deeply; expected at most 16 levels"),
	REFUSED("scalar file", "hello\n",
		"1:1: this is no scenario; expected a scenario: a mapping with name, title, machine, run ..., found "
		"'hello'"),
	REFUSED("list file", "- a\n",
		"1:1: this is no scenario; expected a scenario: a mapping with name, title, machine, run ..., found a "
		"list"),
	REFUSED("unknown top key", NAME "titel: A titel\n" SOURCE CLAIM "invariants: [p2p-contained, dma-confined]\n",
		"2:1: unknown key 'titel' of a scenario; expected name, title, source, claim, invariants, let, "
		"machine, cases, hardware, run or expect; did you mean 'title'?"),
	REFUSED("missing expect", HEAD EMPTY_RUN, "1:1: a scenario needs the key 'expect'; expected a list of rows"),
	REFUSED("bad name", "name: T1\n" TITLE SOURCE CLAIM INVARIANTS REST,
		"1:7: 'T1' is no name: it must begin with a small letter; expected [a-z][a-z0-9-]*"),
	REFUSED("forbidden name", "name: yes\n" TITLE SOURCE CLAIM INVARIANTS REST,
		"1:7: 'yes' is a word of YAML and no name; expected [a-z][a-z0-9-]*"),
	REFUSED("two line title", NAME "title: \"A\\ntitle\"\n" SOURCE CLAIM INVARIANTS REST,
		"2:8: wrong value for 'title'; expected one line, found 'A title'"),
	REFUSED("bad date", NAME TITLE "source: {author: A, date: 2021-6-14, message-id: a@b}\n" CLAIM INVARIANTS REST,
		"3:27: wrong value for 'date'; expected a date: YYYY-MM-DD, found '2021-6-14'"),
	REFUSED("no such day",
		NAME TITLE "source: {author: A, date: 2021-02-30, message-id: a@b}\n" CLAIM INVARIANTS REST,
		"3:27: wrong value for 'date'; expected a day of the calendar, found '2021-02-30'"),
	REFUSED("source unfindable", NAME TITLE "source: {author: A, date: 2021-06-14}\n" CLAIM INVARIANTS REST,
		"3:9: a source that cannot be found again; expected subject, message-id, commit or document"),
	REFUSED("source key",
		NAME TITLE "source: {author: A, date: 2021-06-14, messageid: a@b}\n" CLAIM INVARIANTS REST,
		"3:39: unknown key 'messageid' of 'source'; expected author, date, subject, message-id, commit or "
		"document; did you mean 'message-id'?"),
	REFUSED("unknown invariant", NAME TITLE SOURCE CLAIM "invariants: [p2p-contain, dma-confined]\n" REST,
		"5:14: unknown invariant 'p2p-contain'; expected dma-confined, group-single-owner, "
		"access-implies-context, p2p-contained, rid-attributable, unmap-effective, pin-outlives-translation, "
		"resv-honoured or teardown-order; did you mean 'p2p-contained'?"),
	REFUSED("invariant twice", NAME TITLE SOURCE CLAIM "invariants: [p2p-contained, p2p-contained]\n" REST,
		"5:29: 'p2p-contained' is in the list twice; expected each invariant once"),
	REFUSED("hardware by hand", HEAD "hardware: by-hand\n" REST,
		"6:11: unknown word 'by-hand' for 'hardware'; expected auto, manual or free"),
	REFUSED("let not number", HEAD "let: {i: many}\n" REST,
		"6:10: wrong value for 'let'; expected a number (decimal, 0x hex, or with K, M, G), found 'many'"),
	REFUSED("let overflow", HEAD "let: {i: 99999999999999999999}\n" REST,
		"6:10: wrong value for 'let'; expected a number (decimal, 0x hex, or with K, M, G), found "
		"'99999999999999999999'"),
	REFUSED("let octal", HEAD "let: {i: 010}\n" REST,
		"6:10: wrong value for 'let'; expected a number (decimal, 0x hex, or with K, M, G), found '010'"),
};

int main(void)
{
	return run_refused("refused text", rows, G_N_ELEMENTS(rows));
}
