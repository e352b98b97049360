/* SPDX-License-Identifier: Apache-2.0 */
/* Ports through all modules: datapath, offload, bridge.
 *
 * Thread safety: control only. */
#pragma once

#include "operate/tunnel.h"

#include <flow/nic.h>
#include <swpath/swp.h>
#include <xlate/xlate.h>

struct ctl_stack;

/* INTERNAL and the tunnels are ports of the kernel's datapath alone. */
#define CTL_PORT_TYPES(T)                                                                          \
	T(DEVICE, "device")                                                                        \
	T(PATCH, "patch") /* without a device */                                                   \
	T(INTERNAL, "internal")                                                                    \
	T(VXLAN, "vxlan")                                                                          \
	T(GENEVE, "geneve")                                                                        \
	T(GRE, "gre")

enum ctl_port_type {
#define T(id, name) CTL_PORT_##id,
	CTL_PORT_TYPES(T)
#undef T
		CTL_N_PORT_TYPES
};

extern const char *const ctl_port_type_names[CTL_N_PORT_TYPES];

/* A port as the operator specifies it. Strings are borrowed. */
struct ctl_port {
	const char *name;
	enum ctl_port_type type;
	/* DPDK device arguments, or the name of a device; the kernel's datapath: of an interface */
	const char *dev;
	const char *peer;		/* of a patch port */
	struct ctl_tunnel tunnel;	/* of a tunnel port; begins as ctl_tunnel_default() */
	uint16_t udp_port;		/* of a tunnel; 0: the usual one */
	uint16_t id;			/* OpenFlow port number; 0: one that no port has had */
	enum xlate_vlan_mode vlan_mode; /* if not given: access with a tag, else trunk */
	bool has_vlan_mode;
	uint16_t tag;
	uint64_t trunks[4096 / 64];
	uint32_t config; /* XLATE_CONFIG_* */
	bool may_wait; /* for its interface, which need not exist yet; the kernel's datapath alone */
	struct swp_port_config device;
};

/* Returns a port for words or keys to be added to. */
struct ctl_port ctl_port_default(void);

/* Adds one word to 'port': "dev=..", "type=patch", "peer=NAME", "udp-port=N", "options:peer=NAME", "id=..", "tag=..", "trunks=V,V..", "vlan-mode=MODE",
 * "config=WORD,..", or one of tunnel.h or port_device.h. Returns 0, or -EINVAL with 'err'. */
int ctl_port_word(struct ctl_port *port, const char *word, char *err, size_t n_err);

/* Sets the type of the port by its name. Returns 0, or -EINVAL with 'err'. */
int ctl_port_type(struct ctl_port *port, const char *type, char *err, size_t n_err);

/* Makes the port an access port, unless its VLAN mode was given. */
void ctl_port_tagged(struct ctl_port *port);

/* Set the VLAN mode by its name; add a VLAN 0..4095 to the trunk. Return 0, or -EINVAL
 * with 'err'. */
int ctl_port_vlan_mode(struct ctl_port *port, const char *mode, char *err, size_t n_err);
int ctl_port_trunk(struct ctl_port *port, uint64_t vlan, char *err, size_t n_err);

/* Checks that the settings of 'port' fit together. Returns 0, or -EINVAL with 'err'. */
int ctl_port_check(const struct ctl_port *port, char *err, size_t n_err);

/* Returns the classes that a port's device is offered to, NULL-terminated; NULL: none. */
const struct nic_class *const *ctl_port_nics(const struct ctl_stack *s, uint16_t ethdev);

/* Adds a port; '*ofp_port' (may be NULL) receives its OpenFlow number. Returns 0, or -errno with
 * 'err' and nothing left. Blocks until the offload thread has taken the port: for the start of
 * the daemon. */
int ctl_port_add(struct ctl_stack *s, const char *bridge, const struct ctl_port *port,
		 uint16_t *ofp_port, char *err, size_t n_err);

/* Adds a patch or tunnel port, which no hardware is offered. Returns 0, or -errno with 'err'. */
int ctl_link_port_add(struct ctl_stack *s, const char *bridge, const struct ctl_port *port,
		      uint16_t *ofp_port, char *err, size_t n_err);

/* ctl_port_plug(), ofl_port_add_start(), ctl_port_join(): add a port without blocking.
 *
 * ctl_port_plug() creates the device. '*dp_port' receives its datapath port number, '*ethdev' the
 * number that DPDK gave it. Returns 0, or -errno with 'err' and nothing left. */
int ctl_port_plug(struct ctl_stack *s, const char *bridge, const struct ctl_port *port,
		  uint32_t *dp_port, uint16_t *ethdev, char *err, size_t n_err);

/* Adds the port to its bridge. 'rc' and 'why': the result of the offload thread. Returns 0, or
 * -errno with 'err'; the caller removes the device then. */
int ctl_port_join(struct ctl_stack *s, const char *bridge, const struct ctl_port *port,
		  uint32_t dp_port, int rc, const struct nic_refusal *why, uint16_t *ofp_port,
		  char *err, size_t n_err);

/* Removes the device of a port that is in no bridge and that the offload thread does not have.
 * 'name' is for the log, which has the error if the device cannot be removed. */
void ctl_port_unplug(struct ctl_stack *s, uint32_t dp_port, const char *name);

/* Sets the bits of 'mask' in a port's configuration to those of 'config'. If XLATE_CONFIG_DOWN
 * changes, sets the link of the device too. A device that cannot is no error: translation sends
 * nothing to a port that is down and drops packets that arrive there, whatever its link. After the
 * next barrier all megaflows follow. Returns 0, or -errno with 'err' and nothing changed. */
int ctl_port_config_set(struct ctl_stack *s, const char *name, uint32_t config, uint32_t mask,
			char *err, size_t n_err);

/* Sets 'mtu' and 'tso' of a port under traffic, if they are not 0; its device is stopped for some
 * milliseconds for each. Returns 0, or -errno with 'err' and the setting that failed unchanged. */
int ctl_port_device_set(struct ctl_stack *s, const char *name, const struct swp_port_config *device,
			char *err, size_t n_err);

/* Returns true for a type whose ports are tunnels, which have no device of their own. */
bool ctl_port_is_tunnel(const struct ctl_port *port);

/* Returns the port in the form of xlate/; its strings and its tunnel are borrowed from 'port'. A patch port has no
 * datapath port, whatever 'dp_port' is. */
struct xlate_port ctl_port_xlate(const struct ctl_port *port, uint32_t dp_port);
