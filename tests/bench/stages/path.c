/* SPDX-License-Identifier: Apache-2.0 */
#include "path.h"

#include "ring.h"

#include <rte_byteorder.h>

#include <errno.h>
#include <stdlib.h>

#define CACHE_ENTRIES 262144
#define ORDER_MIN 4096
#define IN 1
#define OUT 2
#define FRAME_BYTES 64
#define BUFFER_BYTES 2048
#define ETH_IPV4 0x0800
#define ETH_IPV6 0x86dd
#define UDP 17
#define IP4_SRC_AT 26
#define IP6_SRC_AT 22

static const uint8_t ip4_header[FRAME_BYTES] = {
	0x02, 0,    0,	  0,	0,  1,	0x02, 0, 0,  0,	  0, 2, 0x08, 0, /* Ethernet */
	0x45, 0,    0,	  46,	0,  0,	0x40, 0, 64, UDP, 0, 0,		 /* IPv4 */
	10,   0,    0,	  0,	11, 0,	0,    0,			 /* addresses */
	0x07, 0xd0, 0x4e, 0x20, 0,  26, 0,    0,			 /* UDP */
};

static const uint8_t ip6_header[FRAME_BYTES] = {
	0x02, 0,    0,	  0,	0, 1,  0x02, 0,	 0, 0, 0, 2, 0x86, 0xdd,       /* Ethernet */
	0x60, 0,    0,	  0,	0, 10, UDP,  64,			       /* IPv6 */
	0x20, 0x01, 0x0d, 0xb8, 0, 0,  0,    0,	 0, 0, 0, 0, 10,   0,	 0, 0, /* source */
	0x20, 0x01, 0x0d, 0xb8, 0, 0,  0,    0,	 0, 0, 0, 0, 11,   0,	 0, 0, /* destination */
	0x07, 0xd0, 0x4e, 0x20, 0, 10, 0,    0,				       /* UDP */
};

static void
ip6_of(struct flow_ip6 *ip6, const uint8_t *address, uint32_t i)
{
	rte_be32_t last = rte_cpu_to_be_32(i);

	memcpy(ip6->b, address, 12);
	memcpy(ip6->b + 12, &last, sizeof last);
}

/* Every flow has another source address, and every mask has all of it. */
static void
match_of(const struct path *p, uint32_t i, struct flow_match *m)
{
	rte_be32_t dst_mask = rte_cpu_to_be_32(UINT32_MAX << i % p->n_masks % 32);

	*m = (struct flow_match){.key = {.in_port = IN,
					 .eth_type = rte_cpu_to_be_16(ETH_IPV4),
					 .nw_proto = UDP,
					 .tp_src = rte_cpu_to_be_16(2000),
					 .tp_dst = rte_cpu_to_be_16(20000)},
				 .mask = {.in_port = UINT32_MAX,
					  .recirc_id = UINT32_MAX,
					  .eth_type = UINT16_MAX,
					  .nw_proto = UINT8_MAX}};
	if (p->kind == PATH_IP6) {
		m->key.eth_type = rte_cpu_to_be_16(ETH_IPV6);
		ip6_of(&m->key.ipv6_src, ip6_header + IP6_SRC_AT, 10 << 24 | i);
		ip6_of(&m->key.ipv6_dst, ip6_header + IP6_SRC_AT + 16, 11 << 24 | i);
		memset(&m->mask.ipv6_src, 0xff, sizeof m->mask.ipv6_src);
		memset(&m->mask.ipv6_dst, 0xff, 12);
		memcpy(m->mask.ipv6_dst.b + 12, &dst_mask, sizeof dst_mask);
	} else {
		m->key.nw_src = rte_cpu_to_be_32(10 << 24 | i);
		m->key.nw_dst = rte_cpu_to_be_32(11 << 24 | i);
		m->mask.nw_src = UINT32_MAX;
		m->mask.nw_dst = dst_mask;
	}
	if (i % p->n_masks >= 32)
		m->mask.tp_dst =
			rte_cpu_to_be_16((uint16_t)(UINT16_MAX << (i % p->n_masks / 32 - 1)));
	flow_match_canonicalize(m);
}

static struct flow_action
set_of(enum flow_field_id field, unsigned int n_bytes, uint8_t value)
{
	struct flow_action a = {.type = FLOW_ACTION_SET, .set.field = (uint8_t)field};

	memset(a.set.mask + sizeof a.set.mask - n_bytes, 0xff, n_bytes);
	a.set.value[sizeof a.set.value - 1] = value;
	return a;
}

static int
flows_add(struct path *p)
{
	struct flow_action output = {.type = FLOW_ACTION_OUTPUT, .port = OUT};
	struct flow_action push = {.type = FLOW_ACTION_PUSH_VLAN,
				   .vlan.tpid = rte_cpu_to_be_16(RTE_ETHER_TYPE_VLAN),
				   .vlan.tci = rte_cpu_to_be_16(101)};
	struct flow_action rewrite[] = {set_of(FLOW_FIELD_ETH_SRC, 6, 1),
					set_of(FLOW_FIELD_ETH_DST, 6, 2),
					set_of(FLOW_FIELD_NW_SRC, 4, 3),
					set_of(FLOW_FIELD_NW_TTL, 1, 63),
					push,
					output};
	struct flow_actions actions = {.a = &output, .n = 1};
	struct swp_grave g = {0};
	int rc = 0;

	if (p->kind == PATH_REWRITE)
		actions = (struct flow_actions){.a = rewrite, .n = RTE_DIM(rewrite)};
	for (uint32_t i = 0; i < p->n_flows && !rc; i++) {
		struct flow_ufid ufid;
		struct flow_match m;

		match_of(p, i, &m);
		ufid = flow_ufid_make(&m);
		rc = swp_table_put(p->swp.table, &ufid, &m, &actions, &g);
		rcu_quiesce();
	}
	return rc;
}

static int
order_make(struct path *p)
{
	uint64_t random = 1;

	p->n_order = RTE_MAX(p->n_flows, (uint32_t)ORDER_MIN) / SWP_BURST * SWP_BURST;
	p->order = calloc(p->n_order, sizeof *p->order);
	if (!p->order)
		return -ENOMEM;
	for (uint32_t i = 0; i < p->n_order; i++) {
		uint32_t k;

		random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		k = (uint32_t)((random >> 32) * (i + 1) >> 32);
		p->order[i] = p->order[k];
		p->order[k] = i % p->n_flows;
	}
	return 0;
}

/* The device: frees nothing, as the buffers are used again. */
static uint16_t
device_send(void *queue, struct rte_mbuf **mbufs, uint16_t n)
{
	struct path *p = queue;

	(void)mbufs;
	p->n_sent += n;
	return n;
}

static void
device_set(struct path *p, void **queue)
{
	static void *no_callbacks[1];

	*queue = p;
	rte_eth_fp_ops[0].tx_pkt_burst = device_send;
	rte_eth_fp_ops[0].txq.data = queue;
	rte_eth_fp_ops[0].txq.clbk = no_callbacks;
}

/* Returns zeroed memory at the start of a cache line, or NULL. */
static void *
lines_new(size_t n_bytes)
{
	void *p;

	n_bytes = RTE_ALIGN_CEIL(n_bytes, (size_t)RTE_CACHE_LINE_SIZE);
	p = aligned_alloc(RTE_CACHE_LINE_SIZE, n_bytes);
	if (p)
		memset(p, 0, n_bytes);
	return p;
}

static struct swp_port *
port_new(uint32_t number)
{
	struct swp_port *p = lines_new(sizeof *p);

	if (!p)
		return NULL;
	p->number = number;
	p->n_workers = 1;
	p->frame_bytes_max = RTE_ETHER_MAX_LEN;
	p->counts = lines_new(2 * sizeof *p->counts);
	p->tx = lines_new(sizeof *p->tx);
	if (!p->counts || !p->tx) {
		free(p->counts);
		free(p->tx);
		free(p);
		return NULL;
	}
	return p;
}

static void
port_free(struct swp_port *p)
{
	if (!p)
		return;
	free(p->counts);
	free(p->tx);
	free(p);
}

static struct rte_mbuf *
buffer_new(void)
{
	struct rte_mbuf *m = lines_new(sizeof *m + SWP_PACKET_BYTES + BUFFER_BYTES);

	if (!m)
		return NULL;
	m->buf_addr = (uint8_t *)m + sizeof *m + SWP_PACKET_BYTES;
	m->buf_len = BUFFER_BYTES;
	m->priv_size = SWP_PACKET_BYTES;
	m->nb_segs = 1;
	return m;
}

static int
parts_make(struct path *p)
{
	int rc;

	p->worker = lines_new(sizeof *p->worker);
	p->in = port_new(IN);
	p->swp.ports[IN] = p->in;
	p->swp.ports[OUT] = port_new(OUT);
	if (!p->worker || !p->in || !p->swp.ports[OUT])
		return -ENOMEM;
	p->worker->swp = &p->swp;
	p->worker->heads_read = swp_heads_best();
	p->worker->burst = p->worker->bursts;
	for (unsigned int i = 0; i < SWP_BURST; i++) {
		p->buffers[i] = buffer_new();
		if (!p->buffers[i])
			return -ENOMEM;
	}
	rc = swp_ring_new(SWP_BURST, &p->worker->exec_ring);
	if (!rc)
		rc = swp_table_create(1, 1, &p->swp.table);
	if (!rc)
		rc = swp_lookup_init(&p->worker->lookup, p->swp.table, 0, CACHE_ENTRIES, 1);
	return rc;
}

int
path_create(uint32_t n_flows, uint32_t n_masks, enum path_kind kind, struct path **out)
{
	static void *queue;
	struct path *p;
	int rc;

	if (!n_flows || n_flows > SWP_FLOWS_MAX || !n_masks || n_masks > PATH_MASKS_MAX)
		return -EINVAL;
	p = lines_new(sizeof *p);
	if (!p)
		return -ENOMEM;
	p->n_flows = n_flows;
	p->n_masks = n_masks;
	p->kind = kind;
	device_set(p, &queue);
	rc = parts_make(p);
	if (!rc)
		rc = flows_add(p);
	if (!rc)
		rc = order_make(p);
	if (rc)
		path_destroy(p);
	else
		*out = p;
	return rc;
}

void
path_destroy(struct path *p)
{
	if (p->worker) {
		swp_lookup_free(&p->worker->lookup);
		swp_ring_free(p->worker->exec_ring);
	}
	if (p->swp.table) {
		rcu_sleep();
		swp_table_destroy(p->swp.table);
		rcu_wake();
	}
	for (unsigned int i = 0; i < SWP_BURST; i++)
		free(p->buffers[i]);
	port_free(p->swp.ports[IN]);
	port_free(p->swp.ports[OUT]);
	free(p->worker);
	free(p->order);
	free(p);
}

static void
frame_make(const struct path *p, uint32_t flow, uint8_t *frame)
{
	rte_be32_t src = rte_cpu_to_be_32(10 << 24 | flow), dst = rte_cpu_to_be_32(11 << 24 | flow);

	if (p->kind == PATH_IP6) {
		memcpy(frame, ip6_header, FRAME_BYTES);
		memcpy(frame + IP6_SRC_AT + 12, &src, sizeof src);
		memcpy(frame + IP6_SRC_AT + 28, &dst, sizeof dst);
	} else {
		memcpy(frame, ip4_header, FRAME_BYTES);
		memcpy(frame + IP4_SRC_AT, &src, sizeof src);
		memcpy(frame + IP4_SRC_AT + 4, &dst, sizeof dst);
	}
}

void
path_receive(struct path *p)
{
	struct swp_burst *b = p->worker->burst;

	for (unsigned int i = 0; i < SWP_BURST; i++) {
		struct rte_mbuf *m = p->buffers[i];

		rte_pktmbuf_reset(m);
		rte_mbuf_refcnt_set(m, 1);
		m->data_len = FRAME_BYTES;
		m->pkt_len = FRAME_BYTES;
		frame_make(p, p->order[p->at++], rte_pktmbuf_mtod(m, uint8_t *));
		b->mbufs[i] = m;
	}
	b->n = SWP_BURST;
	if (p->at == p->n_order)
		p->at = 0;
}
