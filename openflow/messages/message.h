/* SPDX-License-Identifier: Apache-2.0 */
/* One kind of message on the wire: who reads and who writes its body.
 *
 * Thread safety: pure. */
#pragma once

#include "actions/action.h"
#include "fields/match.h"
#include "wire/ofp.h"

struct ofp_reader {
	const struct ofp_context *ctx;
	uint8_t version;
	struct ofp_cursor body; /* behind the header, or an experimenter's header */
	struct ofp_message *m;	/* zeroed; what a reader stores here is freed when it fails */
	struct ofp_error *err;
};

typedef int ofp_read_fn(struct ofp_reader *r);
typedef void ofp_put_fn(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version);

struct ofp_kind {
	enum ofp_type type;
	uint32_t experimenter; /* 0: of the specification */
	uint32_t code;
	uint8_t first, last; /* versions; 'last' 0: every later one */
	uint16_t n_min;	     /* bytes of the body */
	bool longer;
	ofp_read_fn *read; /* NULL: not for a switch */
	ofp_put_fn *put;   /* NULL: an empty body */
};

ofp_read_fn ofp_read_flow_mod10, ofp_read_flow_mod_nxm, ofp_read_flow_mod, ofp_read_packet_out10,
	ofp_read_packet_out, ofp_read_packet_out15;
ofp_read_fn ofp_read_port_mod10, ofp_read_port_mod13, ofp_read_port_mod14, ofp_read_table_mod;
ofp_read_fn ofp_read_group_mod, ofp_read_group_mod15, ofp_read_meter_mod;
ofp_read_fn ofp_read_role, ofp_read_role_nicira, ofp_read_async13, ofp_read_async14,
	ofp_read_async_nicira;
ofp_read_fn ofp_read_bundle_control, ofp_read_bundle_add;
ofp_read_fn ofp_read_multipart;

ofp_put_fn ofp_put_flow_mod10, ofp_put_flow_mod_nxm, ofp_put_flow_mod, ofp_put_packet_out10,
	ofp_put_packet_out, ofp_put_packet_out15;
ofp_put_fn ofp_put_features, ofp_put_port_status, ofp_put_port_mod, ofp_put_table_mod,
	ofp_put_table_status;
ofp_put_fn ofp_put_group_mod, ofp_put_meter_mod;
ofp_put_fn ofp_put_requestforward, ofp_put_role, ofp_put_role_nicira, ofp_put_role_status,
	ofp_put_async13, ofp_put_async14, ofp_put_async_nicira;
ofp_put_fn ofp_put_bundle_control, ofp_put_bundle_add;
ofp_put_fn ofp_put_multipart;
ofp_put_fn ofp_put_packet_in, ofp_put_packet_in_nxt, ofp_put_packet_in_nxt2;
ofp_put_fn ofp_put_flow_removed, ofp_put_flow_removed_nxt;

/* Configuration, state and features of ports in the bits of a version. */
void ofp_put_port(struct ofp_buffer *b, const struct ofp_port *p, uint8_t version);

/* Buckets of a group: 'version' chooses their form, that of 1.3 or that of 1.5. */
bool ofp_groups_are_15(uint8_t version);
void ofp_put_buckets(struct ofp_buffer *b, const struct xlate_group_config *g, uint8_t version);
void ofp_put_group_properties(struct ofp_buffer *b, const struct xlate_group_config *g);
void ofp_put_bands(struct ofp_buffer *b, const struct xlate_meter_config *c);
uint16_t ofp_meter_flags(const struct xlate_meter_config *c);

/* The error for what xlate_actions_check() returned. */
enum ofp_error_code ofp_error_of_actions(int rc);

/* Checks the order of actions, and them against their match. Returns 0, -EINVAL, -E2BIG or -EBUSY. */
int ofp_check_actions(struct xlate_actions *a, const struct xlate_match *m, uint8_t table,
		      uint8_t version, struct ofp_error *err);
