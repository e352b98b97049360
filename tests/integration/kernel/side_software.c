/* SPDX-License-Identifier: Apache-2.0 */
#include "side.h"

#include "../swpath/rig.h"

#define RING 1024

static struct rig rig;
static uint64_t n_sent[SIDE_PORTS];

static void
frame_send(unsigned int port, const uint8_t *data, size_t n)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(rig.pool);

	assert_non_null(m);
	memcpy(rte_pktmbuf_append(m, (uint16_t)n), data, n);
	rig_send(&rig, port, m);
	rig_wait_received(&rig, port, ++n_sent[port]);
}

static void
frames_take(struct side_sent *out)
{
	rig.dp->class->barrier(rig.dp);
	for (unsigned int i = 0; i < SIDE_PORTS; i++) {
		struct rte_mbuf *m;

		while ((m = rig_sent(&rig, i))) {
			struct side_frame *f = &out->frames[out->n++];

			assert_in_range(out->n, 1, SIDE_FRAMES);
			f->port = i;
			f->n = rig_bytes(m, f->data);
		}
	}
}

static uint64_t
hits(void)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < SIDE_PORTS; i++)
		n += rig_stats(&rig, i).hits;
	return n;
}

static void
stop(void)
{
	rig_stop(&rig);
}

struct side
side_software(uint32_t ports[SIDE_PORTS])
{
	rig_eal();
	rig_start(&rig, 1, 1024, SIDE_PORTS, RING);
	for (unsigned int i = 0; i < SIDE_PORTS; i++)
		ports[i] = rig.ports[i].number;
	return (struct side){
		.dp = rig.dp, .send = frame_send, .take = frames_take, .hits = hits, .stop = stop};
}
