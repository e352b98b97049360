/* SPDX-License-Identifier: Apache-2.0 */
/* A port through all modules: software path, offload, bridge.
 *
 * Thread safety: control only. */
#pragma once

#include <flow/nic.h>
#include <swpath/swp.h>
#include <xlate/xlate.h>

struct ctl_stack;

/* What the operator asks for. Strings are borrowed. */
struct ctl_port {
	const char *name;
	const char *dev;		/* DPDK device arguments, or the name of a device */
	uint16_t id;			/* OpenFlow port number; 0: one that no port has had */
	enum xlate_vlan_mode vlan_mode; /* access with a tag, trunk without, unless given */
	bool has_vlan_mode;
	uint16_t tag;
	uint64_t trunks[4096 / 64];
	uint32_t config; /* XLATE_CONFIG_* */
	struct swp_port_config device;
};

/* Takes one word: "dev=..", "id=..", "tag=..", "trunks=V,V..", "vlan-mode=MODE", "config=WORD,..", or one of
 * port_device.h. -EINVAL with 'err'. */
int ctl_port_word(struct ctl_port *port, const char *word, char *err, size_t n_err);
void ctl_port_tagged(struct ctl_port *port);
int ctl_port_vlan_mode(struct ctl_port *port, const char *mode, char *err, size_t n_err);
int ctl_port_trunk(struct ctl_port *port, uint64_t vlan, char *err, size_t n_err);

/* Checks what the words make together. -EINVAL with 'err'. */
int ctl_port_check(const struct ctl_port *port, char *err, size_t n_err);

extern const struct nic_class *const ctl_nic_classes[];

/* Adds a port; '*ofp_port' (may be NULL) receives its number. On error nothing is left. Blocks until the
 * offload thread has the port: for the start of the daemon. */
int ctl_port_add(struct ctl_stack *s, const char *bridge, const struct ctl_port *port,
		 uint16_t *ofp_port, char *err, size_t n_err);

/* The same in steps, between which the port is offered to the offload thread: plug, ofl_port_add_start(),
 * join. Plugging makes the device, under a number '*dp_port'; 'ethdev' is what DPDK calls it. On error
 * nothing is left. */
int ctl_port_plug(struct ctl_stack *s, const char *bridge, const struct ctl_port *port,
		  uint32_t *dp_port, uint16_t *ethdev, char *err, size_t n_err);

/* The port joins its bridge; 'rc' and 'why': what the offload thread said. On error the port is plugged
 * still. */
int ctl_port_join(struct ctl_stack *s, const char *bridge, const struct ctl_port *port,
		  uint32_t dp_port, int rc, const struct nic_refusal *why, uint16_t *ofp_port,
		  char *err, size_t n_err);

/* The device of a port that is of no bridge and not offloaded is given up. */
void ctl_port_unplug(struct ctl_stack *s, uint32_t dp_port, const char *name);

/* Sets the bits of 'mask' in a port's configuration to those of 'config', and takes the link of the
 * device up or down when XLATE_CONFIG_DOWN changes. What a device cannot, or refuses, is no error: the
 * translation sends nothing to a port that is down and drops what comes in there, whatever its link.
 * Flows follow at the next barrier. 0, or -errno with 'err': nothing changed. */
int ctl_port_config_set(struct ctl_stack *s, const char *name, uint32_t config, uint32_t mask,
			char *err, size_t n_err);

/* Sets the MTU of a port under traffic; its device stops meanwhile. -errno with 'err': it has the one
 * that it had. */
int ctl_port_mtu_set(struct ctl_stack *s, const char *name, uint16_t mtu, char *err, size_t n_err);

/* The port's xlate form, borrowing from 'port'. */
struct xlate_port ctl_port_xlate(const struct ctl_port *port, uint32_t dp_port);
