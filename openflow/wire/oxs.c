/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/oxs.h"

#define CLASS_BASIC 0x8002
#define NS_PER_S 1000000000ull

enum {
	OXS_DURATION = 0,
	OXS_IDLE_TIME = 1,
	OXS_FLOW_COUNT = 3,
	OXS_PACKET_COUNT = 4,
	OXS_BYTE_COUNT = 5,
};

static void
put_header(struct ofp_buffer *b, uint8_t number, uint8_t n)
{
	ofp_put_u16(b, CLASS_BASIC);
	ofp_put_u8(b, (uint8_t)(number << 1));
	ofp_put_u8(b, n);
}

static void
put_time(struct ofp_buffer *b, uint8_t number, uint64_t ns)
{
	put_header(b, number, 8);
	ofp_put_u32(b, (uint32_t)(ns / NS_PER_S));
	ofp_put_u32(b, (uint32_t)(ns % NS_PER_S));
}

static void
put_count(struct ofp_buffer *b, uint8_t number, uint64_t n)
{
	put_header(b, number, 8);
	ofp_put_u64(b, n);
}

void
ofp_oxs_put(struct ofp_buffer *b, const struct ofp_oxs *s)
{
	size_t start = b->n;

	ofp_put_u16(b, 0);
	ofp_put_u16(b, 0);
	if (s->has_duration)
		put_time(b, OXS_DURATION, s->duration_ns);
	if (s->has_idle)
		put_time(b, OXS_IDLE_TIME, s->idle_ns);
	if (s->has_flows) {
		put_header(b, OXS_FLOW_COUNT, 4);
		ofp_put_u32(b, s->flows);
	}
	put_count(b, OXS_PACKET_COUNT, s->packets);
	put_count(b, OXS_BYTE_COUNT, s->bytes);
	ofp_set_u16(b, start + 2, (uint16_t)(b->n - start));
	ofp_put_pad8(b, start);
}
