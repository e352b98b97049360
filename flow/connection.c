/* SPDX-License-Identifier: Apache-2.0 */
#include <flow/connection.h>

static bool
address_fits(const struct flow_ip6 *want, const struct flow_ip6 *have)
{
	static const struct flow_ip6 any;

	return !memcmp(want, &any, sizeof any) || !memcmp(want, have, sizeof any);
}

static bool
number_fits(unsigned int want, unsigned int have)
{
	return !want || want == have;
}

static bool
tuple_fits(const struct flow_tuple *want, const struct flow_tuple *have)
{
	return number_fits(want->ip_version, have->ip_version) &&
	       number_fits(want->proto, have->proto) &&
	       number_fits(want->src_port, have->src_port) &&
	       number_fits(want->dst_port, have->dst_port) &&
	       number_fits(want->icmp_id, have->icmp_id) &&
	       number_fits(want->icmp_type, have->icmp_type) &&
	       number_fits(want->icmp_code, have->icmp_code) &&
	       address_fits(&want->src, &have->src) && address_fits(&want->dst, &have->dst);
}

bool
flow_connection_matches(const struct flow_connection_filter *f, const struct flow_connection *c)
{
	return (!f->has_zone || f->zone == c->zone) && tuple_fits(&f->orig, &c->orig) &&
	       tuple_fits(&f->reply, &c->reply);
}
