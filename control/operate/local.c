/* SPDX-License-Identifier: Apache-2.0 */
#include "operate/local.h"

#include <base/err.h>
#include <openflow/operator.h>

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

#define TUN_PATH "/dev/net/tun"

int
ctl_local_name_check(const char *bridge, char *err, size_t n_err)
{
	if (strlen(bridge) < IFNAMSIZ)
		return 0;
	err_print(err, n_err,
		  "bridge %s: local: its name has %zu characters, and an interface of the "
		  "host up to %d; expected a shorter name of the bridge",
		  bridge, strlen(bridge), IFNAMSIZ - 1);
	return -EINVAL;
}

static int
local_check(const char *bridge, char *err, size_t n_err)
{
	int rc = ctl_local_name_check(bridge, err, n_err);

	if (rc)
		return rc;
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
ctl_local_tap_make(const char *bridge, struct ctl_local *out, char *err, size_t n_err)
{
	int rc = local_check(bridge, err, n_err);
	uint64_t mac;

	if (rc)
		return rc;
	mac = agent_datapath_id_default(bridge);
	snprintf(out->dev, sizeof out->dev,
		 "net_netdev_local_%s,tap=%s,mac=%02x:%02x:%02x:%02x:%02x:%02x", bridge, bridge,
		 (unsigned int)(mac >> 40) & 0xff, (unsigned int)(mac >> 32) & 0xff,
		 (unsigned int)(mac >> 24) & 0xff, (unsigned int)(mac >> 16) & 0xff,
		 (unsigned int)(mac >> 8) & 0xff, (unsigned int)mac & 0xff);
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
