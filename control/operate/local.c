/* SPDX-License-Identifier: Apache-2.0 */
#include "operate/local.h"

#include <base/err.h>

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#define TUN_PATH "/dev/net/tun"

static struct flow_mac
mac_make(const char *bridge)
{
	char host[256] = "";
	struct flow_mac mac;
	uint64_t hash;

	gethostname(host, sizeof host - 1);
	hash = XXH3_64bits_withSeed(bridge, strlen(bridge), XXH3_64bits(host, strlen(host)));
	memcpy(mac.b, &hash, sizeof mac.b);
	mac.b[0] = (uint8_t)((mac.b[0] | 2) & ~1);
	return mac;
}

static int
local_check(const char *bridge, char *err, size_t n_err)
{
	if (strlen(bridge) >= IFNAMSIZ) {
		err_print(err, n_err,
			  "bridge %s: local: its name has %zu characters, and an interface of the "
			  "host up to %d; expected a shorter name of the bridge",
			  bridge, strlen(bridge), IFNAMSIZ - 1);
		return -EINVAL;
	}
	if (if_nametoindex(bridge)) {
		err_print(err, n_err,
			  "bridge %s: local: the host has an interface %s; remove or rename it "
			  "(ip link), or name the bridge otherwise",
			  bridge, bridge);
		return -EEXIST;
	}
	if (access(TUN_PATH, R_OK | W_OK)) {
		err_print(err, n_err,
			  "bridge %s: local: %s: %s; load the kernel's module (modprobe tun), and "
			  "let the daemon's container have the device",
			  bridge, TUN_PATH, strerror(errno));
		return -ENOENT;
	}
	return 0;
}

int
ctl_local_make(const char *bridge, struct ctl_local *out, char *err, size_t n_err)
{
	int rc = local_check(bridge, err, n_err);
	struct flow_mac mac;

	if (rc)
		return rc;
	mac = mac_make(bridge);
	snprintf(out->dev, sizeof out->dev,
		 "net_tap_local_%s,iface=%s,mac=%02x:%02x:%02x:%02x:%02x:%02x", bridge, bridge,
		 mac.b[0], mac.b[1], mac.b[2], mac.b[3], mac.b[4], mac.b[5]);
	out->port = (struct ctl_port){.name = bridge, .id = XLATE_PORT_LOCAL, .dev = out->dev};
	return 0;
}

struct search {
	const char *name;
};

static int
is_local(const struct xlate_port *port, void *aux)
{
	struct search *s = aux;

	if (port->ofp_port == XLATE_PORT_LOCAL)
		s->name = port->name;
	return s->name != NULL;
}

bool
ctl_local_find(const struct xlate_bridge *br, const char **name)
{
	struct search s = {NULL};

	xlate_port_each(br, is_local, &s);
	if (name)
		*name = s.name;
	return s.name != NULL;
}
