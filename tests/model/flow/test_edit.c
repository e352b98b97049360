/* SPDX-License-Identifier: Apache-2.0 */
#include "packets.h"

#include <flow/action.h>
#include <flow/parse.h>
#include <support/compose.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define SEED 11
#define N_CASES 120000
#define N_MUTATED 60000
#define N_EDITS 8
#define HEADROOM 12

/* A packet without slack after it, and with exactly the headroom that it may use before it. */
struct work {
	uint8_t *memory;
	struct flow_buffer buf;
	struct flow_key key;
	struct flow_offsets ofs;
};

static void
work_start(struct work *w, const struct packet_case *c)
{
	w->memory = malloc(HEADROOM + c->n);
	assert_non_null(w->memory);
	memcpy(w->memory + HEADROOM, c->data, c->n);
	w->buf = (struct flow_buffer){.data = w->memory + HEADROOM, .n = c->n, .n_head = HEADROOM};
	w->key = c->key;
	flow_parse(w->buf.data, w->buf.n, &w->key, &w->ofs);
}

static void
random_set(struct rng *r, struct flow_action *a)
{
	*a = (struct flow_action){.type = FLOW_ACTION_SET};
	do
		a->set.field = (uint8_t)rng_below(r, FLOW_N_FIELDS);
	while (!flow_fields[a->set.field].settable);
	rng_bytes(r, a->set.value, sizeof a->set.value);
	if (rng_below(r, 8) == 0)
		memset(a->set.value, rng_below(r, 2) ? 0 : 0xff, sizeof a->set.value);
	if (rng_below(r, 3))
		memset(a->set.mask, 0xff, sizeof a->set.mask);
	else
		rng_bytes(r, a->set.mask, sizeof a->set.mask);
	if (a->set.field == FLOW_FIELD_ICMPV6_TYPE && rng_below(r, 2))
		a->set.value[15] = (uint8_t)(135 + rng_below(r, 2));
	if (a->set.field == FLOW_FIELD_ICMPV6_CODE && rng_below(r, 2))
		a->set.value[15] = 0;
}

static void
random_action(struct rng *r, struct flow_action *a)
{
	uint32_t kind = rng_below(r, 11);

	if (kind == 0)
		*a = (struct flow_action){.type = FLOW_ACTION_PUSH_VLAN,
					  .vlan.tpid = htons(rng_below(r, 2) ? 0x8100 : 0x88a8),
					  .vlan.tci = (be16)rng_u32(r)};
	else if (kind == 1)
		*a = (struct flow_action){.type = FLOW_ACTION_POP_VLAN};
	else if (kind == 2)
		*a = (struct flow_action){.type = FLOW_ACTION_PUSH_MPLS,
					  .mpls.eth_type = htons(rng_below(r, 2) ? 0x8847 : 0x8848),
					  .mpls.lse = rng_u32(r)};
	else if (kind == 3)
		*a = (struct flow_action){.type = FLOW_ACTION_POP_MPLS,
					  .mpls.eth_type =
						  htons(rng_below(r, 2) ? 0x8847 : 0x0800)};
	else if (kind == 4)
		a->type = rng_below(r, 2) ? FLOW_ACTION_COPY_TTL_OUT : FLOW_ACTION_COPY_TTL_IN;
	else
		random_set(r, a);
}

/* Returns true if a well-formed packet has the field whenever its prerequisite holds. */
static bool
follows_from_prerequisite(enum flow_field_id id)
{
	return id != FLOW_FIELD_INNER_VLAN_TCI && id != FLOW_FIELD_ND_SLL &&
	       id != FLOW_FIELD_ND_TLL && id != FLOW_FIELD_ND_TARGET && id != FLOW_FIELD_VLAN_TCI &&
	       id != FLOW_FIELD_VLAN_VID && id != FLOW_FIELD_VLAN_PCP;
}

static void
expect_set(const struct flow_action *a, const struct work *w, const struct flow_key *before)
{
	const struct flow_field *f = &flow_fields[a->set.field];
	struct flow_key want = *before;
	struct flow_value value = {{0}}, mask = {{0}}, got;

	memcpy(value.b + 48, a->set.value, 16);
	memcpy(mask.b + 48, a->set.mask, 16);
	if (flow_prereq_ok(f->prereq, before, NULL) && follows_from_prerequisite(a->set.field))
		flow_field_set_masked(f, &want, &value, &mask);
	else if (follows_from_prerequisite(a->set.field))
		assert_true(flow_key_equal(before, &w->key));
	else
		return;
	flow_field_get(f, &want, &value);
	flow_field_get(f, &w->key, &got);
	assert_memory_equal(&value, &got, sizeof got);
}

/* Returns the drop-eligible bits of the tags, which a key does not hold. */
static unsigned int
drop_eligible(const struct work *w)
{
	unsigned int bits = 0;

	for (int i = 0; i < FLOW_VLANS; i++)
		bits = bits << 1 | (w->key.vlan[i].tpid && w->buf.data[14 + 4 * i] & 0x10);
	return bits;
}

static void
expect_tags(const struct flow_action *a, const struct work *w, const struct flow_key *before)
{
	if (a->type == FLOW_ACTION_PUSH_VLAN) {
		assert_int_equal(w->key.vlan[0].tpid, a->vlan.tpid);
		assert_int_equal(w->key.vlan[0].tci, a->vlan.tci | htons(FLOW_VLAN_CFI));
		assert_memory_equal(&w->key.vlan[1], &before->vlan[0], sizeof before->vlan[0]);
	} else if (before->vlan[0].tpid) {
		assert_memory_equal(&w->key.vlan[0], &before->vlan[1], sizeof before->vlan[1]);
	} else {
		assert_true(flow_key_equal(before, &w->key));
	}
}

static void
expect_reparses(const struct work *w, unsigned int seed, unsigned int i,
		const struct flow_action *a)
{
	struct flow_key key = w->key;
	struct flow_offsets ofs;

	flow_parse(w->buf.data, w->buf.n, &key, &ofs);
	if (!flow_key_equal(&key, &w->key) || memcmp(&ofs, &w->ofs, sizeof ofs))
		fail_msg("seed %u case %u: type %u field %s: key and bytes differ", seed, i,
			 a->type, a->type == FLOW_ACTION_SET ? flow_fields[a->set.field].name : "");
}

static void
expect_checksums(const struct work *w, struct packet_case *c, unsigned int i,
		 const struct flow_action *a)
{
	const char *why;

	c->key = w->key;
	c->ofs = w->ofs;
	c->n = w->buf.n;
	memcpy(c->data, w->buf.data, c->n);
	if (!packet_checksums_ok(c, &why))
		fail_msg("seed %d case %u: %s checksum after type %u field %s", SEED, i, why,
			 a->type, a->type == FLOW_ACTION_SET ? flow_fields[a->set.field].name : "");
}

/* Returns false for frames that no label can be pushed to: those with an 802.3 length, or too
 * short for the tags they begin with. */
static bool
takes_label(const struct work *w)
{
	size_t at = 12;

	for (int i = 0; i < FLOW_VLANS && w->key.vlan[i].tpid; i++)
		at += 4;
	return at + 2 <= w->buf.n && (w->buf.data[at] << 8 | w->buf.data[at + 1]) >= 0x600;
}

/* Applies a push or pop of a label to the frame naively. Returns the new length. */
static size_t
naive_label(const struct flow_action *a, const struct work *w, uint8_t *out)
{
	size_t at = 14, n = w->buf.n;
	be32 lse = a->mpls.lse;

	for (int i = 0; i < FLOW_VLANS && w->key.vlan[i].tpid; i++)
		at += 4;
	if (a->type == FLOW_ACTION_POP_MPLS) {
		at = w->ofs.l2_5;
		memcpy(out, w->buf.data, at);
		memcpy(out + at, w->buf.data + at + 4, n - at - 4);
		n -= 4;
	} else {
		memcpy(out, w->buf.data, at);
		memcpy(out + at, &lse, 4);
		memcpy(out + at + 4, w->buf.data + at, n - at);
		n += 4;
	}
	memcpy(out + at - 2, &a->mpls.eth_type, 2);
	return n;
}

static void
edit_label(struct work *w, const struct flow_action *a)
{
	bool push = a->type == FLOW_ACTION_PUSH_MPLS, fits = w->buf.n_head >= 4;
	bool changes = push ? takes_label(w) && fits : w->ofs.l2_5 != FLOW_OFS_NONE;
	int want = push && !takes_label(w) ? -EINVAL : push && !fits ? -ENOSPC : 0;
	size_t n = w->buf.n;
	uint8_t *bytes = malloc(n + 4);

	assert_non_null(bytes);
	memcpy(bytes, w->buf.data, n);
	if (changes)
		n = naive_label(a, w, bytes);
	assert_int_equal(flow_edit(a, &w->buf, &w->key, &w->ofs), want);
	assert_int_equal(w->buf.n, n);
	assert_memory_equal(w->buf.data, bytes, n);
	assert_ptr_equal(w->buf.data - w->buf.n_head, w->memory);
	free(bytes);
}

/* Updates a checksum for a change from 'm' to 'to': RFC 1624, equation 3. */
static void
naive_csum(uint8_t *csum, unsigned int m, unsigned int to)
{
	uint32_t sum = (~(csum[0] << 8 | csum[1]) & 0xffff) + (~m & 0xffff) + to;

	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~((sum & 0xffff) + (sum >> 16));
	csum[0] = (uint8_t)(sum >> 8);
	csum[1] = (uint8_t)sum;
}

/* Copies the TTL between the outermost label at 'label' and the header below it. 'n': bytes present
 * from 'label' on. */
static void
naive_copy_ttl(const struct flow_action *a, uint8_t *label, size_t n)
{
	uint8_t *below = label + 4, *ttl = NULL;
	bool ip4 = false;

	if (!(label[2] & 1))
		ttl = n >= 8 ? below + 3 : NULL;
	else if (n >= 44 && *below >> 4 == 6)
		ttl = below + 7;
	else if (n >= 24 && *below >> 4 == 4)
		ttl = below + 8, ip4 = true;
	if (ttl && a->type == FLOW_ACTION_COPY_TTL_OUT)
		label[3] = *ttl;
	else if (ip4)
		naive_csum(below + 10, (unsigned int)ttl[0] << 8 | ttl[1],
			   (unsigned int)label[3] << 8 | ttl[1]);
	if (ttl)
		*ttl = label[3];
}

static void
edit_ttl(struct work *w, const struct flow_action *a, unsigned int *n_changed)
{
	uint8_t *bytes = malloc(w->buf.n);

	assert_non_null(bytes);
	memcpy(bytes, w->buf.data, w->buf.n);
	if (w->ofs.l2_5 != FLOW_OFS_NONE)
		naive_copy_ttl(a, bytes + w->ofs.l2_5, w->buf.n - w->ofs.l2_5);
	*n_changed += memcmp(bytes, w->buf.data, w->buf.n) != 0;
	assert_int_equal(flow_edit(a, &w->buf, &w->key, &w->ofs), 0);
	assert_memory_equal(w->buf.data, bytes, w->buf.n);
	free(bytes);
}

static bool
is_ttl(const struct flow_action *a)
{
	return a->type == FLOW_ACTION_COPY_TTL_OUT || a->type == FLOW_ACTION_COPY_TTL_IN;
}

static bool
is_label(const struct flow_action *a)
{
	return a->type == FLOW_ACTION_PUSH_MPLS || a->type == FLOW_ACTION_POP_MPLS;
}

static void
edit_once(struct work *w, const struct flow_action *a, unsigned int *n_ttls)
{
	size_t n = w->buf.n, n_head = w->buf.n_head;
	bool tagged = w->key.vlan[0].tpid;
	int rc;

	if (is_ttl(a)) {
		edit_ttl(w, a, n_ttls);
		return;
	}
	if (is_label(a)) {
		edit_label(w, a);
		return;
	}
	rc = flow_edit(a, &w->buf, &w->key, &w->ofs);

	if (a->type == FLOW_ACTION_PUSH_VLAN && n >= 14)
		assert_int_equal(rc, n_head < 4 ? -ENOSPC : 0);
	else if (a->type != FLOW_ACTION_PUSH_VLAN)
		assert_int_equal(rc, 0);
	if (!rc && a->type == FLOW_ACTION_PUSH_VLAN)
		n += 4;
	if (a->type == FLOW_ACTION_POP_VLAN && tagged)
		n -= 4;
	assert_int_equal(w->buf.n, n);
	assert_ptr_equal(w->buf.data - w->buf.n_head, w->memory);
}

static void
test_edits_keep_key_bytes_and_checksums_together(void **state)
{
	unsigned int n_ttls = 0;

	(void)state;
	for (unsigned int i = 0; i < N_CASES; i++) {
		struct rng r = {SEED + ((uint64_t)i << 32)};
		struct packet_case c;
		struct work w;

		packet_random(&r, &c);
		work_start(&w, &c);
		for (int k = 0; k < N_EDITS; k++) {
			struct flow_key before = w.key;
			unsigned int eligible = drop_eligible(&w);
			struct flow_action a;

			random_action(&r, &a);
			if (a.type == FLOW_ACTION_PUSH_VLAN && w.buf.n_head < 4)
				continue;
			edit_once(&w, &a, &n_ttls);
			expect_reparses(&w, SEED, i, &a);
			if (is_label(&a))
				break; /* a pop may declare the wrong EtherType for the header
				        * below */
			expect_checksums(&w, &c, i, &a);
			if (is_ttl(&a))
				continue;
			if (a.type == FLOW_ACTION_SET) {
				expect_set(&a, &w, &before);
				assert_int_equal(drop_eligible(&w), eligible);
			} else {
				expect_tags(&a, &w, &before);
			}
		}
		free(w.memory);
	}
	assert_true(n_ttls > N_CASES / 1000);
}

static void
test_edits_of_malformed_packets_stay_in_bounds(void **state)
{
	unsigned int n_ttls = 0;

	(void)state;
	for (unsigned int i = 0; i < N_MUTATED; i++) {
		struct rng r = {SEED + 1 + ((uint64_t)i << 32)};
		struct packet_case c;
		struct work w;

		packet_random(&r, &c);
		for (unsigned int k = rng_below(&r, 4); k < 4; k++)
			c.data[rng_below(&r, (uint32_t)(c.n < 80 ? c.n : 80))] =
				(uint8_t)rng_u32(&r);
		c.n -= rng_below(&r, 3) ? 0 : rng_below(&r, (uint32_t)c.n);
		work_start(&w, &c);
		for (int k = 0; k < N_EDITS; k++) {
			struct flow_action a;

			random_action(&r, &a);
			edit_once(&w, &a, &n_ttls);
			expect_reparses(&w, SEED + 1, i, &a);
		}
		free(w.memory);
	}
	print_message("%u TTLs copied\n", n_ttls);
	assert_true(n_ttls > N_MUTATED / 1000);
}

static void
set_udp_src(struct work *w, uint16_t port)
{
	struct flow_action a = {.type = FLOW_ACTION_SET, .set.field = FLOW_FIELD_UDP_SRC};

	a.set.value[14] = (uint8_t)(port >> 8);
	a.set.value[15] = (uint8_t)port;
	memset(a.set.mask, 0xff, sizeof a.set.mask);
	assert_int_equal(flow_edit(&a, &w->buf, &w->key, &w->ofs), 0);
}

/* For one of all ports the sum is 0, which UDP writes as 0xffff. */
static void
test_udp_checksum_is_never_computed_to_none(void **state)
{
	static const uint16_t types[] = {0x0800, 0x86dd};

	(void)state;
	for (int t = 0; t < 2; t++) {
		struct packet_case c = {.key.eth_type = htons(types[t]), .key.nw_proto = 17};
		unsigned int n_ones = 0;
		struct work w;

		c.n = (size_t)packet_compose(&c.key, 3, c.data, sizeof c.data);
		work_start(&w, &c);
		for (unsigned int port = 0; port <= UINT16_MAX; port++) {
			const uint8_t *csum = w.buf.data + w.ofs.l4 + 6;

			set_udp_src(&w, (uint16_t)port);
			assert_true(csum[0] || csum[1]);
			n_ones += csum[0] == 0xff && csum[1] == 0xff;
			expect_checksums(&w, &c, port, &(struct flow_action){0});
		}
		assert_int_equal(n_ones, 1);

		w.buf.data[w.ofs.l4 + 6] = w.buf.data[w.ofs.l4 + 7] = 0;
		set_udp_src(&w, 53);
		assert_int_equal(w.buf.data[w.ofs.l4 + 6] | w.buf.data[w.ofs.l4 + 7], 0);
		free(w.memory);
	}
}

/* Returns the end of the headers that edits may read: the end of the frame, unless its L4 header
 * bounds them. */
static size_t
headers_end(const struct packet_case *c)
{
	if (c->ofs.l4 == FLOW_OFS_NONE || c->key.nw_proto == IPPROTO_ICMPV6)
		return c->n;
	return c->ofs.l4 + 20u < c->n ? c->ofs.l4 + 20u : c->n;
}

/* An edit changes a frame with only its first part present as it changes the whole frame; the
 * rest is never edited. */
static void
test_a_part_changes_as_the_whole(void **state)
{
	unsigned int n_parts = 0;

	(void)state;
	for (unsigned int i = 0; i < N_MUTATED; i++) {
		struct rng r = {SEED + 7 + ((uint64_t)i << 32)};
		struct packet_case c, first;
		struct flow_action a = {0};
		struct work whole, part;
		size_t n_more;

		packet_random(&r, &c);
		first = c;
		n_more = rng_below(&r, (uint32_t)(c.n - headers_end(&c)) + 1);
		first.n = c.n - n_more;
		n_parts += n_more > 0;
		work_start(&whole, &c);
		work_start(&part, &first);
		part.buf.n_more = n_more;
		flow_parse_part(part.buf.data, part.buf.n, n_more, &part.key, &part.ofs);
		for (unsigned int k = 0; k < N_EDITS; k++) {
			random_action(&r, &a);
			assert_int_equal(flow_edit(&a, &whole.buf, &whole.key, &whole.ofs),
					 flow_edit(&a, &part.buf, &part.key, &part.ofs));
			if (whole.buf.n != part.buf.n + n_more || part.buf.n_more != n_more ||
			    memcmp(whole.buf.data, part.buf.data, part.buf.n) != 0 ||
			    memcmp(whole.buf.data + part.buf.n, c.data + first.n, n_more) != 0 ||
			    !flow_key_equal(&whole.key, &part.key) ||
			    memcmp(&whole.ofs, &part.ofs, sizeof part.ofs) != 0)
				fail_msg("seed %d case %u: edit %u of type %u field %s differs",
					 SEED + 7, i, k, a.type,
					 a.type == FLOW_ACTION_SET ? flow_fields[a.set.field].name
								   : "");
		}
		free(whole.memory);
		free(part.memory);
	}
	assert_true(n_parts > N_MUTATED / 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edits_keep_key_bytes_and_checksums_together),
		cmocka_unit_test(test_edits_of_malformed_packets_stay_in_bounds),
		cmocka_unit_test(test_udp_checksum_is_never_computed_to_none),
		cmocka_unit_test(test_a_part_changes_as_the_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
