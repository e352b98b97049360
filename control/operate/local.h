/* SPDX-License-Identifier: Apache-2.0 */
/* The LOCAL port of a bridge: an interface of the host with the bridge's name, OpenFlow port 65534.
 * With the software path it is a TAP, which net_netdev makes and removes with the port; with the
 * kernel's datapath an internal port.
 *
 * Thread safety: control only. */
#pragma once

#include "operate/ports.h"

/* A port with its device arguments. 'port' points into 'dev' and at the bridge's name. */
struct ctl_local {
	struct ctl_port port;
	char dev[160];
};

/* Returns 0, or -EINVAL with 'err': the name of the bridge is too long for an interface. */
int ctl_local_name_check(const char *bridge, char *err, size_t n_err);

/* Makes the description of a LOCAL port that is a TAP. Its MAC address is in the bridge's default datapath
 * id, so it is the same after a restart. Returns 0, or -EINVAL, -EEXIST or -ENOENT with
 * 'err': the name is too long for an interface, or one has it; the kernel has no TUN/TAP. */
int ctl_local_tap_make(const char *bridge, struct ctl_local *out, char *err, size_t n_err);

/* Returns true if the bridge has a LOCAL port; '*name' (may be NULL) receives the port's name. */
bool ctl_local_find(const struct xlate_bridge *br, const char **name);
