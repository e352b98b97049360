/* SPDX-License-Identifier: Apache-2.0 */
/* fields/: fields and matches on the wire. Actions and messages are not here.
 *
 * NXM and OXM headers of fields, in addition to flow_fields[] and xlate_fields[].
 *
 * A header has a class of 16 bits, a number of 7 bits, a bit "has a mask", and 8 bits for the
 * length of value and mask. After class 0xffff an experimenter's number follows. Sources: OpenFlow
 * 1.3.5 section 7.2.3, and ovs-fields(7) for NXM.
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
	OFP_FIELD_PLAIN,    /* same value as the field */
	OFP_FIELD_PORT32,   /* a port number of 32 bits */
	OFP_FIELD_VID,	    /* vlan_vid: a match also has the bit "a tag is present" */
	OFP_FIELD_COOKIE,   /* a rule's cookie; not a field of packets */
	OFP_FIELD_ETHERNET, /* packet_type: always Ethernet */
};

struct ofp_field {
	const struct flow_field *field;
	/* The field in actions if it differs (field.h of xlate/); NULL: 'field'. */
	const struct flow_field *action_field;
	enum ofp_field_kind kind;
	uint32_t experimenter;
	uint16_t class;
	uint8_t number;
	uint8_t n_bytes;     /* of the value on the wire */
	uint16_t bits;	     /* bits of the field that may be matched; 0: all */
	bool in_nxm, in_oxm; /* header to write in a match of that kind */
	uint8_t first, last; /* versions in which it is written; 0: no limit */
};

/* A field with value and mask, right-aligned. 'mask' is all ones if the wire has no mask. */
struct ofp_field_value {
	const struct ofp_field *row;
	struct flow_value value, mask;
	bool masked;
};

/* Returns true if packets have the field, so that actions may name it. */
bool ofp_field_is_of_packets(const struct ofp_field *row);

/* Returns false if only all bits or none may be matched. */
bool ofp_field_is_maskable(const struct ofp_field *row);

const char *ofp_field_name(const struct ofp_field *row);

/* Returns the row of a header, or NULL. Two rows may share a number and differ in length, as NXM's
 * mpls_ttl and cookie do; an unknown length selects the first. */
const struct ofp_field *ofp_field_by_header(uint16_t class, uint8_t number, uint32_t experimenter,
					    size_t n_bytes);

/* Returns the row by which 'f' of an action is written in 'version', or NULL. 1.0 uses NXM headers
 * where they exist, later versions OXM. */
const struct ofp_field *ofp_field_of_action(const struct flow_field *f, uint8_t version);

/* Returns the row's field in actions. */
const struct flow_field *ofp_field_in_action(const struct ofp_field *row);

/* Returns the table, in the order in which matches are written. */
const struct ofp_field *ofp_field_rows(size_t *n);

/* Takes header, value and mask. 'action': errors are those of actions. Returns 0 or -EINVAL. */
int ofp_field_pull(struct ofp_cursor *c, bool action, struct ofp_field_value *out,
		   struct ofp_error *err);

/* Takes a header and a value, which is a mask of the field in actions; bits beyond that field are
 * ignored. Returns 0 or -EINVAL. */
int ofp_field_pull_mask(struct ofp_cursor *c, const struct ofp_field **row, struct flow_value *mask,
			struct ofp_error *err);

/* Writes header and mask. The mask of a whole field has all bits of its bytes set, as
 * in Open vSwitch. */
void ofp_field_put_mask(struct ofp_buffer *b, const struct ofp_field *row,
			const struct flow_value *mask);

/* Takes a header that names a field of actions without value: 4 bytes, or 8 for an experimenter's. 'br' has the TLV
 * map; NULL: an empty one. Errors are those of actions. Returns 0 or -EINVAL. */
int ofp_field_pull_header(struct ofp_cursor *c, const struct xlate_bridge *br,
			  const struct flow_field **out, struct ofp_error *err);

/* Writes a header without value. masked: with the bit for a mask. */
void ofp_field_put_header(struct ofp_buffer *b, const struct ofp_field *row, bool masked);

/* Writes header and value, and 'mask' unless it is NULL. */
void ofp_field_put(struct ofp_buffer *b, const struct ofp_field *row,
		   const struct flow_value *value, const struct flow_value *mask);
