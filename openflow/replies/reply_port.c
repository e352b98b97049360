/* SPDX-License-Identifier: Apache-2.0 */
#include "replies/reply_port.h"

#include "replies/reply.h"

#include "messages/message.h"
#include "messages/message_port.h"

#define PROP_ETHERNET 0

static void
put_counts(struct ofp_buffer *b, const struct ofp_port_stats *s)
{
	ofp_put_u64(b, s->rx_packets);
	ofp_put_u64(b, s->tx_packets);
	ofp_put_u64(b, s->rx_bytes);
	ofp_put_u64(b, s->tx_bytes);
	ofp_put_u64(b, s->rx_dropped);
	ofp_put_u64(b, s->tx_dropped);
	ofp_put_u64(b, s->rx_errors);
	ofp_put_u64(b, s->tx_errors);
}

static void
put_ethernet(struct ofp_buffer *b, const struct ofp_port_stats *s)
{
	ofp_put_u64(b, s->rx_frame_errors);
	ofp_put_u64(b, s->rx_over_errors);
	ofp_put_u64(b, s->rx_crc_errors);
	ofp_put_u64(b, s->collisions);
}

static void
put_stats14(struct ofp_buffer *b, const struct ofp_port_stats *s)
{
	ofp_put_u16(b, 80 + 40);
	ofp_put_zeros(b, 2);
	ofp_put_u32(b, ofp_port_to32(s->number));
	ofp_put_duration(b, s->duration_ns);
	put_counts(b, s);
	ofp_put_u16(b, PROP_ETHERNET);
	ofp_put_u16(b, 40);
	ofp_put_zeros(b, 4);
	put_ethernet(b, s);
}

void
ofp_reply_port(struct ofp_reply *r, const struct ofp_port_stats *s)
{
	size_t start = ofp_entry_start(r);

	if (r->version >= OFP_VERSION_14) {
		put_stats14(r->out, s);
	} else {
		if (r->version > OFP_VERSION_10) {
			ofp_put_u32(r->out, ofp_port_to32(s->number));
			ofp_put_zeros(r->out, 4);
		} else {
			ofp_put_u16(r->out, s->number);
			ofp_put_zeros(r->out, 6);
		}
		put_counts(r->out, s);
		put_ethernet(r->out, s);
		if (r->version > OFP_VERSION_10)
			ofp_put_duration(r->out, s->duration_ns);
	}
	ofp_entry_end(r, start);
}

void
ofp_reply_port_desc(struct ofp_reply *r, const struct ofp_port *p)
{
	size_t start = ofp_entry_start(r);

	ofp_put_port(r->out, p, r->version);
	ofp_entry_end(r, start);
}
