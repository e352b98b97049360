/* SPDX-License-Identifier: Apache-2.0 */
#include <flow/key.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

void
flow_match_canonicalize(struct flow_match *m)
{
	uint64_t *key = flow_key_words_mut(&m->key);
	const uint64_t *mask = flow_key_words(&m->mask);

	for (size_t i = 0; i < FLOW_KEY_WORDS; i++)
		key[i] &= mask[i];
}

bool
flow_match_covers(const struct flow_match *m, const struct flow_key *key)
{
	const uint64_t *want = flow_key_words(&m->key);
	const uint64_t *mask = flow_key_words(&m->mask);
	const uint64_t *have = flow_key_words(key);

	for (size_t i = 0; i < FLOW_KEY_WORDS; i++) {
		if ((have[i] & mask[i]) != want[i])
			return false;
	}
	return true;
}

/* One endpoint of a conversation, without padding. */
struct end {
	struct flow_mac mac;
	be16 port;
	be32 ip4;
	struct flow_ip6 ip6;
	uint8_t proto;
	uint8_t pad[3];
};

/* ICMP has no ports, and fragments must be handled like the first one, so ports are not
 * hashed for them. */
static bool
spread_by_ports(const struct flow_key *key)
{
	return !key->nw_frag && (key->nw_proto == IPPROTO_TCP || key->nw_proto == IPPROTO_UDP ||
				 key->nw_proto == IPPROTO_SCTP);
}

uint64_t
flow_key_hash_5tuple(const struct flow_key *key, uint64_t seed)
{
	bool ports = spread_by_ports(key);
	struct end src = {.mac = key->eth_src,
			  .port = ports ? key->tp_src : 0,
			  .ip4 = key->nw_src,
			  .ip6 = key->ipv6_src,
			  .proto = ports ? key->nw_proto : 0};
	struct end dst = {.mac = key->eth_dst,
			  .port = ports ? key->tp_dst : 0,
			  .ip4 = key->nw_dst,
			  .ip6 = key->ipv6_dst,
			  .proto = src.proto};

	uint64_t sum = XXH3_64bits_withSeed(&src, sizeof src, seed) +
		       XXH3_64bits_withSeed(&dst, sizeof dst, seed);
	return sum ^ sum >> 32;
}

struct flow_ufid
flow_ufid_make(const struct flow_match *m)
{
	XXH128_hash_t h = XXH3_128bits(m, sizeof *m);

	return (struct flow_ufid){.hi = h.high64, .lo = h.low64};
}

void
flow_ufid_print(const struct flow_ufid *u, char out[FLOW_UFID_TEXT_BYTES])
{
	snprintf(out, FLOW_UFID_TEXT_BYTES, "ufid:%08x-%04x-%04x-%04x-%012llx",
		 (unsigned int)(u->hi >> 32), (unsigned int)(u->hi >> 16 & 0xffff),
		 (unsigned int)(u->hi & 0xffff), (unsigned int)(u->lo >> 48),
		 (unsigned long long)(u->lo & UINT64_C(0xffffffffffff)));
}

static int
hex_digits(const char **text, int n, uint64_t *out)
{
	for (; n > 0; n--, (*text)++) {
		unsigned char c = (unsigned char)**text;

		if (!isxdigit(c))
			return -EINVAL;
		*out = *out << 4 | (uint64_t)(isdigit(c) ? c - '0' : tolower(c) - 'a' + 10);
	}
	return 0;
}

int
flow_ufid_parse(const char *text, struct flow_ufid *out)
{
	static const int n_digits[] = {8, 4, 4, 4, 12};
	uint64_t half[2] = {0, 0};

	if (!strncmp(text, "ufid:", 5))
		text += 5;
	for (int i = 0; i < 5; i++) {
		if (i && *text++ != '-')
			return -EINVAL;
		if (hex_digits(&text, n_digits[i], &half[i >= 3]))
			return -EINVAL;
	}
	if (*text)
		return -EINVAL;
	*out = (struct flow_ufid){.hi = half[0], .lo = half[1]};
	return 0;
}
