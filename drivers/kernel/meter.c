/* SPDX-License-Identifier: Apache-2.0 */
#include "meter.h"

#include "writer.h"

#include <errno.h>

#define REQUEST_BYTES (128 + 64 * FLOW_METER_BANDS_MAX)

static const struct nla_policy policy[OVS_METER_ATTR_MAX + 1] = {
	[OVS_METER_ATTR_STATS] = {NLA_UNSPEC, sizeof(struct ovs_flow_stats), 0},
	[OVS_METER_ATTR_BANDS] = {NLA_NESTED, 0, 0},
};

static const struct nla_policy band_policy[OVS_BAND_ATTR_MAX + 1] = {
	[OVS_BAND_ATTR_STATS] = {NLA_UNSPEC, sizeof(struct ovs_flow_stats), 0},
};

/* Sends and frees the message. Returns 0 or -errno. */
static int
ask(struct kdp *k, struct kdp_writer *w, int (*answer)(void *aux, struct nlmsghdr *h), void *aux)
{
	struct kdp_conn *c;
	int rc = kdp_pool_take(k->pool, &c);

	if (rc) {
		nlmsg_free(w->msg);
		return rc;
	}
	rc = kdp_conn_ask_one(c, w->msg, w->is_full, answer, aux);
	kdp_pool_give(k->pool, c);
	return rc;
}

/* Begins a request about a meter. Returns 0 or -errno. */
static int
begin(struct kdp *k, uint8_t cmd, uint32_t id, struct kdp_writer *w)
{
	if (!k->families.id[KDP_METER])
		return -EOPNOTSUPP;
	*w = (struct kdp_writer){kdp_request_new(&k->families, KDP_METER, cmd, 0,
						 k->datapath.ifindex, REQUEST_BYTES),
				 false};
	if (!w->msg)
		return -ENOMEM;
	kdp_put_u32(w, OVS_METER_ATTR_ID, id);
	return 0;
}

static void
band_put(struct kdp_writer *w, const struct flow_meter_band *b)
{
	struct nlattr *nest = kdp_nest(w, OVS_BAND_ATTR_UNSPEC);

	kdp_put_u32(w, OVS_BAND_ATTR_TYPE, OVS_METER_BAND_TYPE_DROP);
	kdp_put_u32(w, OVS_BAND_ATTR_RATE, b->rate);
	kdp_put_u32(w, OVS_BAND_ATTR_BURST, b->burst ? b->burst : b->rate);
	kdp_nest_end(w, nest);
}

int
kdp_meter_set(struct dp *dp, uint32_t id, const struct flow_meter *meter)
{
	struct kdp *k = (struct kdp *)dp;
	struct kdp_writer w;
	struct nlattr *bands;
	int rc;

	for (int i = 0; i < meter->n_bands; i++) {
		if (meter->band[i].type != FLOW_METER_DROP)
			return -EINVAL;
	}
	rc = begin(k, OVS_METER_CMD_SET, id, &w);
	if (rc)
		return rc;
	if (!meter->pktps)
		kdp_put_flag(&w, OVS_METER_ATTR_KBPS);
	bands = kdp_nest(&w, OVS_METER_ATTR_BANDS);
	for (int i = 0; i < meter->n_bands; i++)
		band_put(&w, &meter->band[i]);
	kdp_nest_end(&w, bands);
	return ask(k, &w, NULL, NULL);
}

void
kdp_meter_del(struct dp *dp, uint32_t id)
{
	struct kdp *k = (struct kdp *)dp;
	struct kdp_writer w;

	if (!begin(k, OVS_METER_CMD_DEL, id, &w))
		ask(k, &w, NULL, NULL);
}

static void
count_read(const struct nlattr *a, struct flow_meter_count *out)
{
	struct ovs_flow_stats stats;

	if (!a)
		return;
	memcpy(&stats, nla_data(a), sizeof stats);
	*out = (struct flow_meter_count){stats.n_packets, stats.n_bytes};
}

static int
stats_take(void *aux, struct nlmsghdr *h)
{
	struct nlattr *a[OVS_METER_ATTR_MAX + 1], *b[OVS_BAND_ATTR_MAX + 1], *band;
	struct flow_meter_stats *out = aux;
	int rc = kdp_answer_parse(h, a, OVS_METER_ATTR_MAX, policy, NULL), left, i = 0;

	if (rc)
		return rc;
	/* The kernel answers for a meter that does not exist, without statistics. */
	if (!a[OVS_METER_ATTR_STATS])
		return -ENOENT;
	count_read(a[OVS_METER_ATTR_STATS], &out->in);
	if (!a[OVS_METER_ATTR_BANDS])
		return 0;
	nla_for_each_nested(band, a[OVS_METER_ATTR_BANDS], left)
	{
		if (i == FLOW_METER_BANDS_MAX ||
		    nla_parse_nested(b, OVS_BAND_ATTR_MAX, band, band_policy))
			return -EBADMSG;
		count_read(b[OVS_BAND_ATTR_STATS], &out->band[i++]);
	}
	return 0;
}

int
kdp_meter_stats(struct dp *dp, uint32_t id, struct flow_meter_stats *out)
{
	struct kdp *k = (struct kdp *)dp;
	struct kdp_writer w;
	int rc = begin(k, OVS_METER_CMD_GET, id, &w);

	*out = (struct flow_meter_stats){0};
	return rc ? rc : ask(k, &w, stats_take, out);
}
