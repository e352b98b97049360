/* SPDX-License-Identifier: Apache-2.0 */
/* Input: the number of edits (low 4 bits of a byte); for each edit a kind, a field, 16 bytes of
 * value and a mask byte; the rest is the packet. After each edit, parsing the bytes must give
 * the key and offsets that flow_edit() maintained. */
#include <flow/action.h>
#include <support/compose.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#define EDIT_BYTES 19
#define HEADROOM 12

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "broken: %s\n", what);
		abort();
	}
}

static void
check_key(const struct flow_buffer *buf, const struct flow_key *key, const struct flow_offsets *ofs)
{
	struct flow_match m = {.key = *key};
	struct flow_key again = *key;
	struct flow_offsets ofs_again;

	flow_parse(buf->data, buf->n, &again, &ofs_again);
	must(flow_key_equal(&again, key), "the key is that of the bytes");
	must(!memcmp(&ofs_again, ofs, sizeof *ofs), "the offsets are those of the bytes");
	must(ofs->l3 == FLOW_OFS_NONE || ofs->l3 <= buf->n, "L3 within the packet");
	must(ofs->l4 == FLOW_OFS_NONE || ofs->l4 <= buf->n, "L4 within the packet");

	flow_key_meaningful(&m.key, &m.mask);
	memset(&m.mask, 0xff, FLOW_WORD_L2 * sizeof(uint64_t));
	flow_match_canonicalize(&m);
	must(flow_key_equal(&m.key, key), "no bits without meaning");
}

static struct flow_action
read_action(const uint8_t *p)
{
	struct flow_action a = {.type = FLOW_ACTION_SET, .set.field = p[1] % FLOW_N_FIELDS};

	if (p[0] % 4 == 1) {
		a.type = FLOW_ACTION_PUSH_VLAN;
		a.vlan.tpid = htons(p[1] % 2 ? 0x8100 : 0x88a8);
		memcpy(&a.vlan.tci, p + 2, sizeof a.vlan.tci);
	} else if (p[0] % 4 == 2) {
		a.type = FLOW_ACTION_POP_VLAN;
	} else {
		memcpy(a.set.value, p + 2, sizeof a.set.value);
		memset(a.set.mask, p[18], sizeof a.set.mask);
	}
	return a;
}

/* Composes a packet from the key of a well-formed one; it must parse to that key. Exception: a
 * tag's type behind a SNAP header, which is not a tag there. */
static void
check_compose(const struct flow_key *key)
{
	uint8_t data[512];
	struct flow_key again = *key;
	int n = packet_compose(key, 8, data, sizeof data);

	must(n > 0, "a packet of any key fits");
	if (flow_parse(data, (size_t)n, &again, NULL) == FLOW_PARSE_OK &&
	    key->eth_type != htons(0x8100) && key->eth_type != htons(0x88a8))
		must(flow_key_equal(&again, key), "a composed packet has the key");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	unsigned int n_edits = n ? data[0] & 15 : 0;
	const uint8_t *edits = data + 1, *bytes = edits + n_edits * (size_t)EDIT_BYTES;
	struct flow_key key = {.in_port = 1};
	struct flow_offsets ofs;
	struct flow_buffer buf;
	uint8_t *memory;

	if (n < 1 + n_edits * (size_t)EDIT_BYTES)
		return 0;
	n -= 1 + n_edits * (size_t)EDIT_BYTES;
	memory = malloc(HEADROOM + n);
	if (!memory)
		return 0;
	memcpy(memory + HEADROOM, bytes, n);
	buf = (struct flow_buffer){.data = memory + HEADROOM, .n = n, .n_head = HEADROOM};
	if (flow_parse(buf.data, buf.n, &key, &ofs) == FLOW_PARSE_OK)
		check_compose(&key);
	check_key(&buf, &key, &ofs);
	for (unsigned int i = 0; i < n_edits; i++) {
		struct flow_action a = read_action(edits + i * (size_t)EDIT_BYTES);

		flow_edit(&a, &buf, &key, &ofs);
		check_key(&buf, &key, &ofs);
	}
	free(memory);
	return 0;
}
