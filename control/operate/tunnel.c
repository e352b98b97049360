/* SPDX-License-Identifier: Apache-2.0 */
#include "operate/tunnel.h"

#include <base/err.h>
#include <base/number.h>

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <string.h>

struct option {
	const char *name, *other_name;
	int (*set)(struct ctl_tunnel *t, const char *value);
	const char *expected;
};

struct ctl_tunnel
ctl_tunnel_default(void)
{
	return (struct ctl_tunnel){.config = {.ttl = XLATE_TUNNEL_TTL, .df = true}};
}

static int
address_parse(const char *value, struct flow_ip6 *out)
{
	struct flow_ip6 ip;
	struct in_addr v4;

	if (inet_pton(AF_INET, value, &v4) == 1) {
		if (v4.s_addr == INADDR_ANY)
			return -EINVAL;
		ip = flow_ip6_of_v4(&v4);
	} else if (inet_pton(AF_INET6, value, ip.b) != 1 || IN6_IS_ADDR_UNSPECIFIED(&ip)) {
		return -EINVAL;
	}
	*out = ip;
	return 0;
}

/* Sets an end to an address, or 'flow'. */
static int
end_set(const char *value, struct flow_ip6 *end, bool *flow)
{
	*end = (struct flow_ip6){0};
	*flow = !strcmp(value, "flow");
	return *flow ? 0 : address_parse(value, end);
}

static int
remote_set(struct ctl_tunnel *t, const char *value)
{
	t->has_remote = true;
	return end_set(value, &t->config.remote, &t->config.remote_flow);
}

static int
local_set(struct ctl_tunnel *t, const char *value)
{
	return end_set(value, &t->config.local, &t->config.local_flow);
}

static int
key_parse(const char *value, be64 *key, bool *flow)
{
	uint64_t number = 0;
	int rc = 0;

	*flow = !strcmp(value, "flow");
	if (!*flow)
		rc = number_parse(value, strlen(value), 0, UINT64_MAX, &number);
	*key = htobe64(number);
	return rc;
}

static int
in_key_set(struct ctl_tunnel *t, const char *value)
{
	return key_parse(value, &t->config.in_key, &t->config.in_key_flow);
}

static int
out_key_set(struct ctl_tunnel *t, const char *value)
{
	int rc = key_parse(value, &t->config.out_key, &t->config.out_key_flow);

	t->config.has_out_key = !t->config.out_key_flow;
	return rc;
}

static int
key_set(struct ctl_tunnel *t, const char *value)
{
	int rc = in_key_set(t, value);

	return rc ? rc : out_key_set(t, value);
}

static int
byte_set(const char *value, uint64_t min, uint8_t *out, bool *inherit)
{
	uint64_t number = *out;
	int rc = 0;

	*inherit = !strcmp(value, "inherit");
	if (!*inherit)
		rc = number_parse(value, strlen(value), min, UINT8_MAX, &number);
	*out = (uint8_t)number;
	return rc;
}

static int
tos_set(struct ctl_tunnel *t, const char *value)
{
	int rc = byte_set(value, 0, &t->config.tos, &t->config.tos_inherit);

	return rc || t->config.tos % 4 ? -EINVAL : 0;
}

static int
ttl_set(struct ctl_tunnel *t, const char *value)
{
	return byte_set(value, 1, &t->config.ttl, &t->config.ttl_inherit);
}

static int
bool_set(const char *value, bool *out)
{
	*out = !strcmp(value, "true");
	return *out || !strcmp(value, "false") ? 0 : -EINVAL;
}

static int
df_set(struct ctl_tunnel *t, const char *value)
{
	return bool_set(value, &t->config.df);
}

static int
csum_set(struct ctl_tunnel *t, const char *value)
{
	return bool_set(value, &t->config.csum);
}

static const char an_end[] = "an IPv4 or IPv6 address, or flow";
static const char a_key[] = "a number, or flow";
static const char a_bool[] = "true or false";

static const struct option options[] = {
	{"remote", "remote_ip", remote_set, an_end},
	{"local", "local_ip", local_set, an_end},
	{"key", "key", key_set, a_key},
	{"in-key", "in_key", in_key_set, a_key},
	{"out-key", "out_key", out_key_set, a_key},
	{"tos", "tos", tos_set,
	 "a multiple of 4 up to 252, as the ECN bits are the packet's, or inherit"},
	{"ttl", "ttl", ttl_set, "a number 1..255, or inherit"},
	{"df-default", "df_default", df_set, a_bool},
	{"csum", "csum", csum_set, a_bool},
};
#define N_OPTIONS (sizeof options / sizeof options[0])

static bool
is_named(const char *name, size_t n, const char *known)
{
	return strlen(known) == n && !memcmp(name, known, n);
}

int
ctl_tunnel_set(struct ctl_tunnel *t, const char *name, size_t n, const char *value, char *err,
	       size_t n_err)
{
	static const char prefix[] = "options:";
	const size_t n_prefix = sizeof prefix - 1;

	if (n > n_prefix && !memcmp(name, prefix, n_prefix)) {
		name += n_prefix;
		n -= n_prefix;
	}
	for (size_t i = 0; i < N_OPTIONS; i++) {
		const struct option *o = &options[i];

		if (!is_named(name, n, o->name) && !is_named(name, n, o->other_name))
			continue;
		t->is_given = true;
		if (!o->set(t, value))
			return 0;
		err_print(err, n_err, "%s: '%.64s'; expected %s", o->name, value, o->expected);
		return -EINVAL;
	}
	return -ENOENT;
}

int
ctl_tunnel_check(const struct ctl_tunnel *t, const char *port, const char *type,
		 unsigned int key_bits, char *err, size_t n_err)
{
	const struct xlate_tunnel *c = &t->config;
	bool has_both = !c->remote_flow && !IN6_IS_ADDR_UNSPECIFIED(&c->local);
	uint64_t in = be64toh(c->in_key), out = be64toh(c->out_key), key = in > out ? in : out;

	if (!t->has_remote)
		err_print(
			err, n_err,
			"port %s is a tunnel without a remote: add remote=ADDRESS, or remote=flow, "
			"to send to the tun_dst that flows set",
			port);
	else if (has_both && IN6_IS_ADDR_V4MAPPED(&c->remote) != IN6_IS_ADDR_V4MAPPED(&c->local))
		err_print(err, n_err,
			  "port %s: remote and local are of IPv4 and IPv6; expected the same of "
			  "both",
			  port);
	else if (key >> key_bits)
		err_print(err, n_err, "port %s: key: 0x%llx has more than the %u bits of %s", port,
			  (unsigned long long)key, key_bits, type);
	else
		return 0;
	return -EINVAL;
}

static void
end_print(const char *name, const struct flow_ip6 *end, bool flow, FILE *out)
{
	char text[INET6_ADDRSTRLEN] = "flow";

	if (!flow && IN6_IS_ADDR_V4MAPPED(end))
		inet_ntop(AF_INET, end->b + 12, text, sizeof text);
	else if (!flow)
		inet_ntop(AF_INET6, end, text, sizeof text);
	fprintf(out, "%s=%s", name, text);
}

static void
key_print(const char *name, be64 key, bool flow, FILE *out)
{
	fprintf(out, " %s=", name);
	if (flow)
		fputs("flow", out);
	else
		fprintf(out, "%llu", (unsigned long long)be64toh(key));
}

static void
keys_print(const struct xlate_tunnel *t, FILE *out)
{
	bool has_in = t->in_key_flow || t->in_key, has_out = t->out_key_flow || t->has_out_key;

	if (t->in_key_flow == t->out_key_flow && t->in_key == t->out_key && has_out) {
		key_print("key", t->in_key, t->in_key_flow, out);
		return;
	}
	if (has_in)
		key_print("in-key", t->in_key, t->in_key_flow, out);
	if (has_out)
		key_print("out-key", t->out_key, t->out_key_flow, out);
}

void
ctl_tunnel_print(const struct xlate_tunnel *t, FILE *out)
{
	end_print("remote", &t->remote, t->remote_flow, out);
	if (t->local_flow || !IN6_IS_ADDR_UNSPECIFIED(&t->local)) {
		fputc(' ', out);
		end_print("local", &t->local, t->local_flow, out);
	}
	keys_print(t, out);
	if (t->tos_inherit)
		fputs(" tos=inherit", out);
	else if (t->tos)
		fprintf(out, " tos=%u", t->tos);
	if (t->ttl_inherit)
		fputs(" ttl=inherit", out);
	else if (t->ttl != XLATE_TUNNEL_TTL)
		fprintf(out, " ttl=%u", t->ttl);
	if (!t->df)
		fputs(" df-default=false", out);
	if (t->csum)
		fputs(" csum=true", out);
}
