/* SPDX-License-Identifier: Apache-2.0 */
#include "operate/ports.h"

#include <base/err.h>
#include <base/number.h>

#include "operate/datapath.h"
#include "operate/links.h"
#include "operate/port_config.h"
#include "operate/port_device.h"

#include <errno.h>
#include <stdlib.h>

const char *const ctl_port_type_names[CTL_N_PORT_TYPES] = {
#define T(id, name) [CTL_PORT_##id] = (name),
	CTL_PORT_TYPES(T)
#undef T
};

int
ctl_port_trunk(struct ctl_port *port, uint64_t vlan, char *err, size_t n_err)
{
	if (vlan > 4095) {
		err_print(err, n_err, "trunks: VLAN %llu is not 0..4095", (unsigned long long)vlan);
		return -EINVAL;
	}
	port->trunks[vlan / 64] |= UINT64_C(1) << (vlan % 64);
	return 0;
}

void
ctl_port_tagged(struct ctl_port *port)
{
	if (!port->has_vlan_mode)
		port->vlan_mode = XLATE_VLAN_ACCESS;
}

int
ctl_port_vlan_mode(struct ctl_port *port, const char *mode, char *err, size_t n_err)
{
	for (int i = 0; i < XLATE_N_VLAN_MODES; i++) {
		if (!strcmp(mode, xlate_vlan_mode_names[i])) {
			port->vlan_mode = (enum xlate_vlan_mode)i;
			port->has_vlan_mode = true;
			return 0;
		}
	}
	err_print(err, n_err,
		  "vlan-mode: '%s' is unknown; expected trunk, access, native-tagged "
		  "or native-untagged",
		  mode);
	return -EINVAL;
}

static int
trunks_parse(struct ctl_port *port, const char *text, char *err, size_t n_err)
{
	const char *at = text;
	int rc;

	do {
		uint64_t vlan;
		size_t n = strcspn(at, ",");

		if (number_parse(at, n, 0, 4095, &vlan)) {
			err_print(err, n_err,
				  "trunks: '%.*s' is not a VLAN 0..4095, as in trunks=1,2", (int)n,
				  at);
			return -EINVAL;
		}
		rc = ctl_port_trunk(port, vlan, err, n_err);
		at += n;
	} while (!rc && *at++ == ',');
	return rc;
}

static int
config_parse(struct ctl_port *port, const char *text, char *err, size_t n_err)
{
	uint32_t mask = 0;
	int rc;

	do {
		size_t n = strcspn(text, ",");

		rc = ctl_port_config_word(text, n, &port->config, &mask, err, n_err);
		text += n;
	} while (!rc && *text++ == ',');
	return rc;
}

static int
word_number(const char *key, const char *text, uint64_t max, uint16_t *out, char *err, size_t n_err)
{
	uint64_t value;

	if (number_parse(text, strlen(text), 1, max, &value)) {
		err_print(err, n_err, "%s: '%s' is not a number 1..%llu", key, text,
			  (unsigned long long)max);
		return -EINVAL;
	}
	*out = (uint16_t)value;
	return 0;
}

int
ctl_port_word(struct ctl_port *port, const char *word, char *err, size_t n_err)
{
	size_t n_name = strcspn(word, "=");
	int rc;

	if (!strncmp(word, "dev=", 4)) {
		port->dev = word + 4;
		return 0;
	}
	if (!strncmp(word, "type=", 5))
		return ctl_port_type(port, word + 5, err, n_err);
	if (!strncmp(word, "peer=", 5) || !strncmp(word, "options:peer=", 13)) {
		port->peer = strchr(word, '=') + 1;
		return 0;
	}
	if (!strncmp(word, "id=", 3))
		return word_number("id", word + 3, XLATE_PORT_MAX, &port->id, err, n_err);
	if (!strncmp(word, "udp-port=", 9) || !strncmp(word, "options:dst_port=", 17))
		return word_number("udp-port", strchr(word, '=') + 1, UINT16_MAX, &port->udp_port,
				   err, n_err);
	if (!strncmp(word, "tag=", 4)) {
		ctl_port_tagged(port);
		return word_number("tag", word + 4, 4095, &port->tag, err, n_err);
	}
	if (!strncmp(word, "vlan-mode=", 10))
		return ctl_port_vlan_mode(port, word + 10, err, n_err);
	if (!strncmp(word, "trunks=", 7))
		return trunks_parse(port, word + 7, err, n_err);
	if (!strncmp(word, "config=", 7))
		return config_parse(port, word + 7, err, n_err);
	rc = ctl_port_setting_word(word, &port->device, err, n_err);
	if (rc == -ENOENT && word[n_name])
		rc = ctl_tunnel_set(&port->tunnel, word, n_name, word + n_name + 1, err, n_err);
	if (rc != -ENOENT)
		return rc;
	err_print(
		err, n_err,
		"'%s' is unknown; expected dev=DEVARGS or type=TYPE, peer=NAME, id=N, "
		"tag=VLAN, trunks=VLAN,.., "
		"vlan-mode=MODE, config=WORD,.., mtu=N, n-rxq=N, n-rxd=N, n-txd=N or tso=BOOL; for "
		"a tunnel udp-port=N, remote=IP, local=IP, key=N, in-key=N, out-key=N, tos=N, "
		"ttl=N, df-default=BOOL or csum=BOOL",
		word);
	return -EINVAL;
}

int
ctl_port_type(struct ctl_port *port, const char *type, char *err, size_t n_err)
{
	for (int i = CTL_PORT_PATCH; i < CTL_N_PORT_TYPES; i++) {
		if (!strcmp(type, ctl_port_type_names[i])) {
			port->type = (enum ctl_port_type)i;
			return 0;
		}
	}
	err_print(err, n_err,
		  "type: '%s' is unknown; expected patch, or dev=DEVARGS in place of a type; with "
		  "the kernel's datapath also internal, vxlan, geneve or gre",
		  type);
	return -EINVAL;
}

bool
ctl_port_is_tunnel(const struct ctl_port *port)
{
	return port->type == CTL_PORT_VXLAN || port->type == CTL_PORT_GENEVE ||
	       port->type == CTL_PORT_GRE;
}

struct ctl_port
ctl_port_default(void)
{
	return (struct ctl_port){.tunnel = ctl_tunnel_default()};
}

static bool
trunks_any(const struct ctl_port *port)
{
	for (unsigned int i = 0; i < 4096 / 64; i++)
		if (port->trunks[i])
			return true;
	return false;
}

/* Checks that a patch port has a peer, and no settings of a device. */
static int
patch_check(const struct ctl_port *port, char *err, size_t n_err)
{
	const struct swp_port_config none = {0};

	if (!port->peer || !port->peer[0])
		err_print(err, n_err,
			  "port %s is a patch port without a peer: add peer=NAME, the patch port "
			  "of the other bridge",
			  port->name);
	else if (!strcmp(port->peer, port->name))
		err_print(err, n_err, "port %s is its own peer; expected another patch port",
			  port->name);
	else if (port->dev || memcmp(&port->device, &none, sizeof none) != 0)
		err_print(err, n_err,
			  "port %s is a patch port and has no device; expected neither dev, mtu, "
			  "n-rxq, n-rxd, n-txd nor tso",
			  port->name);
	else
		return 0;
	return -EINVAL;
}

/* Checks what a type has and needs. */
static int
kind_check(const struct ctl_port *port, char *err, size_t n_err)
{
	bool has_udp = port->type == CTL_PORT_VXLAN || port->type == CTL_PORT_GENEVE;
	bool is_tunnel = ctl_port_is_tunnel(port);

	if (port->type == CTL_PORT_PATCH)
		return patch_check(port, err, n_err);
	if (port->peer)
		err_print(err, n_err, "port %s has a peer; expected type=patch with it",
			  port->name);
	else if (port->tunnel.is_given && !is_tunnel)
		err_print(
			err, n_err,
			"port %s has options of a tunnel; expected type=vxlan, geneve or gre with "
			"them",
			port->name);
	else if (port->udp_port && !has_udp)
		err_print(err, n_err, "port %s has a udp-port; expected type=vxlan or geneve",
			  port->name);
	else if (port->type != CTL_PORT_DEVICE && port->dev)
		err_print(err, n_err, "port %s has a type; expected no dev with it", port->name);
	else if (port->type == CTL_PORT_DEVICE && (!port->dev || !port->dev[0]))
		err_print(err, n_err,
			  "port %s has no device: add dev=DEVARGS, as in "
			  "dev=net_netdev0,iface=veth0",
			  port->name);
	else
		return is_tunnel ? ctl_tunnel_check(&port->tunnel, port->name,
						    ctl_port_type_names[port->type],
						    has_udp ? 24 : 32, err, n_err)
				 : 0;
	return -EINVAL;
}

int
ctl_port_check(const struct ctl_port *port, char *err, size_t n_err)
{
	int rc = kind_check(port, err, n_err);

	if (rc)
		return rc;
	if (!port->name[0] || strlen(port->name) > 63)
		err_print(err, n_err, "port name '%s' does not have 1..63 characters", port->name);
	else if (port->vlan_mode == XLATE_VLAN_ACCESS && trunks_any(port))
		err_print(err, n_err,
			  "port %s has both tag (an access port) and trunks (a trunk port); "
			  "expected one of them, or vlan-mode native-tagged or native-untagged",
			  port->name);
	else if (port->vlan_mode == XLATE_VLAN_TRUNK && port->tag)
		err_print(err, n_err,
			  "port %s has a tag, and vlan-mode trunk; expected one of them",
			  port->name);
	else if (port->vlan_mode != XLATE_VLAN_TRUNK && !port->tag)
		err_print(err, n_err, "port %s has no tag, which vlan-mode %s needs: 1..4095",
			  port->name, xlate_vlan_mode_names[port->vlan_mode]);
	else
		return 0;
	return -EINVAL;
}

struct xlate_port
ctl_port_xlate(const struct ctl_port *port, uint32_t dp_port)
{
	const bool is_patch = port->type == CTL_PORT_PATCH;
	struct xlate_port xp = {.name = port->name,
				.ofp_port = port->id,
				.dp_port = is_patch ? FLOW_PORT_NONE : dp_port,
				.peer = is_patch ? port->peer : NULL,
				.tunnel = ctl_port_is_tunnel(port) ? &port->tunnel.config : NULL,
				.vlan_mode = port->vlan_mode,
				.tag = port->tag,
				.config = port->config};

	memcpy(xp.trunks, port->trunks, sizeof xp.trunks);
	return xp;
}

/* Checks that the name is unused, before a device is created for nothing. */
static int
name_free(struct ctl_stack *s, const char *name, char *err, size_t n_err)
{
	struct xlate_port there;

	if (xlate_port_by_name(s->xlate, name, &there, NULL) == -ENOENT)
		return 0;
	err_print(err, n_err, "port %s exists already", name);
	return -EEXIST;
}

int
ctl_port_config_set(struct ctl_stack *s, const char *name, uint32_t config, uint32_t mask,
		    char *err, size_t n_err)
{
	struct xlate_port before = {0};
	int rc;

	xlate_port_by_name(s->xlate, name, &before, NULL);
	rc = xlate_port_config_set(s->xlate, name, config, mask, err, n_err);
	if (!rc && !before.peer && !before.tunnel &&
	    ((before.config ^ config) & mask & XLATE_CONFIG_DOWN))
		ctl_link_set(s, &before, !(config & XLATE_CONFIG_DOWN));
	return rc;
}

int
ctl_port_device_set(struct ctl_stack *s, const char *name, const struct swp_port_config *device,
		    char *err, size_t n_err)
{
	struct xlate_port port;
	int rc = xlate_port_by_name(s->xlate, name, &port, NULL);

	if (rc) {
		err_print(err, n_err, "there is no port %s", name);
		return rc;
	}
	if (port.peer || port.tunnel) {
		err_print(err, n_err, "port %s is a %s port, which has no device, MTU or tso", name,
			  port.peer ? "patch" : "tunnel");
		return -EINVAL;
	}
	rc = s->datapath->device_set(s, port.dp_port, device, err, n_err);
	ctl_links_port_restarted(s, port.dp_port);
	return rc;
}

int
ctl_port_plug(struct ctl_stack *s, const char *bridge, const struct ctl_port *port,
	      uint32_t *dp_port, uint16_t *ethdev, char *err, size_t n_err)
{
	struct ctl_port_info info;
	int rc = ctl_port_check(port, err, n_err);

	if (!xlate_bridge_find(s->xlate, bridge)) {
		err_print(err, n_err, "there is no bridge %s", bridge);
		return -ENOENT;
	}
	if (!rc)
		rc = name_free(s, port->name, err, n_err);
	if (!rc)
		rc = s->datapath->port_add(s, port, dp_port, err, n_err);
	if (rc)
		return rc;
	rc = s->datapath->port_info(s, *dp_port, &info);
	*ethdev = info.ethdev;
	if (rc)
		ctl_port_unplug(s, *dp_port, port->name);
	return rc;
}

int
ctl_port_join(struct ctl_stack *s, const char *bridge, const struct ctl_port *port,
	      uint32_t dp_port, int rc, const struct nic_refusal *why, uint16_t *ofp_port,
	      char *err, size_t n_err)
{
	struct xlate_bridge *br = xlate_bridge_find(s->xlate, bridge);
	struct xlate_port xp = ctl_port_xlate(port, dp_port);
	struct ctl_port_info info;

	if (rc) {
		err_print(err, n_err, "port %s cannot be offered to hardware: %s", port->name,
			  strerror(-rc));
		return rc;
	}
	if (!s->datapath->port_info(s, dp_port, &info))
		LOG_INFO(s->log, CONTROL, "port %s: number %u, driver %s, %s%s%s%s%s", port->name,
			 dp_port, info.driver, why->reason ? "fallback-only: " : "offload",
			 why->reason ? nic_reason_names[why->reason] : "",
			 why->detail[0] ? " (" : "", why->detail, why->detail[0] ? ")" : "");
	rc = xlate_port_add(s->xlate, br, &xp, ofp_port, err, n_err);
	if (rc)
		return rc;
	ctl_links_port_added(s->links, dp_port);
	if (port->config & XLATE_CONFIG_DOWN)
		ctl_link_set(s, &xp, false);
	return 0;
}

void
ctl_port_unplug(struct ctl_stack *s, uint32_t dp_port, const char *name)
{
	int rc = s->datapath->port_del(s, dp_port);

	if (rc)
		LOG_ERR(s->log, CONTROL, "port %s: its device cannot be removed: %s", name,
			strerror(-rc));
}

int
ctl_link_port_add(struct ctl_stack *s, const char *bridge, const struct ctl_port *port,
		  uint16_t *ofp_port, char *err, size_t n_err)
{
	struct xlate_bridge *br = xlate_bridge_find(s->xlate, bridge);
	bool is_tunnel = ctl_port_is_tunnel(port);
	uint32_t dp_port = FLOW_PORT_NONE;
	struct xlate_port xp;
	int rc = ctl_port_check(port, err, n_err);

	if (rc)
		return rc;
	if (!br) {
		err_print(err, n_err, "there is no bridge %s", bridge);
		return -ENOENT;
	}
	if (is_tunnel)
		rc = s->datapath->port_add(s, port, &dp_port, err, n_err);
	if (rc)
		return rc;
	xp = ctl_port_xlate(port, dp_port);
	rc = xlate_port_add(s->xlate, br, &xp, ofp_port, err, n_err);
	if (rc && is_tunnel)
		ctl_port_unplug(s, dp_port, port->name);
	else if (is_tunnel)
		ctl_links_port_added(s->links, dp_port);
	return rc;
}

const struct nic_class *const *
ctl_port_nics(const struct ctl_stack *s, uint16_t ethdev)
{
	struct nic_devices *devices = s->swp ? swp_devices(s->swp) : NULL;
	struct nic_identity id;

	if (!devices || devices->class->identify(devices, ethdev, &id))
		return s->nics.classes;
	return ctl_offload_classes(&s->nics, id.device);
}

int
ctl_port_add(struct ctl_stack *s, const char *bridge, const struct ctl_port *port,
	     uint16_t *ofp_port, char *err, size_t n_err)
{
	struct nic_refusal why = {.reason = NIC_REASON_NONE};
	uint32_t dp_port;
	uint16_t ethdev;
	int rc;

	if (port->type == CTL_PORT_PATCH || ctl_port_is_tunnel(port))
		return ctl_link_port_add(s, bridge, port, ofp_port, err, n_err);
	rc = ctl_port_plug(s, bridge, port, &dp_port, &ethdev, err, n_err);
	if (rc)
		return rc;
	rc = ofl_port_add(s->ofl, dp_port, ethdev, ctl_port_nics(s, ethdev), &why);
	rc = ctl_port_join(s, bridge, port, dp_port, rc, &why, ofp_port, err, n_err);
	if (rc) {
		ofl_port_del(s->ofl, dp_port);
		ctl_port_unplug(s, dp_port, port->name);
	}
	return rc;
}
