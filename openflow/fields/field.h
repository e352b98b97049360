/* SPDX-License-Identifier: Apache-2.0 */
/* fields/: fields and matches on the wire. Actions and messages are not here.
 *
 * Headers of the fields on the wire, NXM and OXM, beside the shared rows of fields.
 *
 * A header is class 16 bits, number 7, "has a mask" 1, length of value and mask 8; class 0xffff has
 * an experimenter's number after it. Sources: OpenFlow 1.3.5 section 7.2.3, and for NXM
 * ovs-fields(7).
 *
 * Thread safety: constant data and pure functions. */
#pragma once

#include "wire/wire.h"

#include <xlate/rule.h>

#include <xlate/field.h>

#define OFP_CLASS_NXM0 0x0000
#define OFP_CLASS_NXM1 0x0001
#define OFP_CLASS_BASIC 0x8000
#define OFP_CLASS_PACKET_REGS 0x8001
#define OFP_CLASS_EXPERIMENTER 0xffff

enum ofp_field_kind {
	OFP_FIELD_PLAIN,    /* the wire has the row's value */
	OFP_FIELD_PORT32,   /* a port number of 32 bits */
	OFP_FIELD_VID,	    /* vlan_vid: a match has the bit "there is a tag", too */
	OFP_FIELD_COOKIE,   /* a rule's cookie: no field of packets */
	OFP_FIELD_ETHERNET, /* packet_type: that of Ethernet, which every packet has */
};

struct ofp_field {
	const struct flow_field *field;
	/* The one that actions have, where it differs (field.h of xlate/); NULL: 'field'. */
	const struct flow_field *action_field;
	enum ofp_field_kind kind;
	uint32_t experimenter;
	uint16_t class;
	uint8_t number;
	uint8_t n_bytes;     /* of the value on the wire */
	uint16_t bits;	     /* of the row's, which may be matched; 0: all */
	bool in_nxm, in_oxm; /* the header to write a match of that kind with */
	uint8_t first, last; /* versions to write it in; 0: any */
};

/* One field with value and mask, right-aligned. Without a mask on the wire 'mask' is all ones. */
struct ofp_field_value {
	const struct ofp_field *row;
	struct flow_value value, mask;
	bool masked;
};

/* True when packets have the field, so that actions may name it. */
bool ofp_field_is_of_packets(const struct ofp_field *row);

/* False: all bits or none. */
bool ofp_field_is_maskable(const struct ofp_field *row);

const char *ofp_field_name(const struct ofp_field *row);

/* The row of a header, or NULL. Two rows may share a number and differ in length, as NXM's mpls_ttl
 * and cookie do; a length that none has gives the first. */
const struct ofp_field *ofp_field_by_header(uint16_t class, uint8_t number, uint32_t experimenter,
					    size_t n_bytes);

/* The row to write 'f' of an action with in 'version', or NULL: 1.0 has NXM headers where there are
 * any, later versions OXM. */
const struct ofp_field *ofp_field_of_action(const struct flow_field *f, uint8_t version);

/* The field that an action has for the row. */
const struct flow_field *ofp_field_in_action(const struct ofp_field *row);

/* The table, in the order in which a match is written. */
const struct ofp_field *ofp_field_rows(size_t *n);

/* Takes header, value and mask. 'action': errors are those of actions. Returns 0 or -EINVAL. */
int ofp_field_pull(struct ofp_cursor *c, bool action, struct ofp_field_value *out,
		   struct ofp_error *err);

/* Takes header and value, which is a mask of the field that actions have: bits beyond that one are left
 * out. Returns 0 or -EINVAL. */
int ofp_field_pull_mask(struct ofp_cursor *c, const struct ofp_field **row, struct flow_value *mask,
			struct ofp_error *err);

/* Puts header and mask; one of the whole field has all bits of its bytes, as Open vSwitch has it. */
void ofp_field_put_mask(struct ofp_buffer *b, const struct ofp_field *row,
			const struct flow_value *mask);

/* Takes a header of 4 bytes, or 8 for an experimenter's, that names a field without value; the errors
 * are those of actions.  Returns 0 or -EINVAL. */
int ofp_field_pull_header(struct ofp_cursor *c, const struct ofp_field **row,
			  struct ofp_error *err);

void ofp_field_put_header(struct ofp_buffer *b, const struct ofp_field *row, bool masked);
void ofp_field_put(struct ofp_buffer *b, const struct ofp_field *row,
		   const struct flow_value *value, const struct flow_value *mask);
