/* SPDX-License-Identifier: Apache-2.0 */
/* The options of a tunnel port, with the names of this project or of ovs-vswitchd.conf.db(5):
 *     remote=ADDRESS|flow  local=ADDRESS|flow  key=N|flow  in-key=N|flow  out-key=N|flow
 *     tos=N|inherit  ttl=N|inherit  df-default=BOOL  csum=BOOL
 *     options:remote_ip=..  options:local_ip=..  options:in_key=..  and so on
 *
 * Thread safety: pure. */
#pragma once

#include <xlate/tunnel.h>

#include <stdio.h>

struct ctl_tunnel {
	struct xlate_tunnel config;
	bool is_given;	 /* an option was */
	bool has_remote; /* an address or flow */
};

/* Returns the options of a port for which none is given. */
struct ctl_tunnel ctl_tunnel_default(void);

/* Sets the option with the name of 'n' characters. Returns 0, -ENOENT if it is none, or -EINVAL with
 * 'err'. */
int ctl_tunnel_set(struct ctl_tunnel *t, const char *name, size_t n, const char *value, char *err,
		   size_t n_err);

/* Checks that the options fit together, and a key of 'key_bits'. 'port' and 'type' are for 'err'. Returns
 * 0, or -EINVAL with 'err'. */
int ctl_tunnel_check(const struct ctl_tunnel *t, const char *port, const char *type,
		     unsigned int key_bits, char *err, size_t n_err);

/* Prints the options that make such a tunnel, without those that are as by default:
 * "remote=10.0.0.1 key=5". */
void ctl_tunnel_print(const struct xlate_tunnel *t, FILE *out);
