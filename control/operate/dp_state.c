/* SPDX-License-Identifier: Apache-2.0 */
#include "operate/dp_state.h"

static int
meter_set(void *aux, uint32_t dp_meter, const struct flow_meter *rates)
{
	struct dp *dp = aux;

	return dp->class->meter_set(dp, dp_meter, rates);
}

static void
meter_del(void *aux, uint32_t dp_meter)
{
	struct dp *dp = aux;

	dp->class->meter_del(dp, dp_meter);
}

static int
meter_stats(void *aux, uint32_t dp_meter, struct flow_meter_stats *out)
{
	struct dp *dp = aux;

	return dp->class->meter_stats(dp, dp_meter, out);
}

void
ctl_meters_join(struct ctl_stack *s)
{
	s->meters = (struct xlate_meter_sink){
		.aux = s->dp, .set = meter_set, .del = meter_del, .stats = meter_stats};
	xlate_meter_sink_set(s->xlate, &s->meters);
}
