/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of the pipeline: those that packets do not have, such as registers, and views that actions have
 * of fields, in rows like those of flow/field.h with offsets into a 'struct xlate_key', which begins with
 * a 'struct flow_key'.
 *
 * Thread safety: constant data. */
#pragma once

#include <flow/field.h>

enum xlate_field_id {
	XLATE_FIELD_METADATA,
	XLATE_FIELD_REG0,
	XLATE_FIELD_REG15 = XLATE_FIELD_REG0 + 15,
	XLATE_FIELD_CONJ_ID,
	XLATE_FIELD_SET_OUTPUT,
	XLATE_N_STORED_FIELDS,
	/* Views of two and of four registers, the first of which is the most significant. */
	XLATE_FIELD_XREG0 = XLATE_N_STORED_FIELDS,
	XLATE_FIELD_XXREG0 = XLATE_FIELD_XREG0 + 8,
	/* Fields of flow/ as actions have them: as wide as OpenFlow writes them, and in_port writable. */
	XLATE_FIELD_IN_PORT = XLATE_FIELD_XXREG0 + 4, /* a port number of 16 bits */
	XLATE_FIELD_IN_PORT_OXM, /* of 32 bits, where reserved ports begin with 0xffff */
	XLATE_FIELD_ARP_OP,	 /* 16 bits, the upper 8 are 0 */
	XLATE_FIELD_CT_STATE,	 /* 32 bits, the upper 24 are 0 */
	XLATE_FIELD_TUN_FLAGS,	 /* 1 bit: oam */
	XLATE_N_FIELDS,
	XLATE_N_MATCH_FIELDS = XLATE_FIELD_IN_PORT, /* what rules match is among those before */
};

extern const struct flow_field xlate_fields[XLATE_N_FIELDS];

/* Finds the field that an action has by that name, also one such as NXM_OF_IP_SRC, in either table.
 * NULL: there is none. */
const struct flow_field *xlate_field_find(const char *name, size_t n_name);

/* The field that a rule matches for one that an action has. */
const struct flow_field *xlate_field_in_match(const struct flow_field *f);

/* True when an action outside of ct(exec(..)) may write the field. */
bool xlate_field_is_writable(const struct flow_field *f);

/* The bits that actions write: of nw_tos those of the DSCP, of others all. */
void xlate_field_writable_bits(const struct flow_field *f, struct flow_value *out);

/* True when the value has no other bits. */
bool xlate_field_value_ok(const struct flow_field *f, const struct flow_value *value);

/* As flow_field_get() and flow_field_set_masked() of an xlate_key, with what actions see: of nw_tos only
 * the DSCP, of in_port_oxm 32 bits; there a number that is no port becomes XLATE_PORT_NONE. */
void xlate_field_get(const struct flow_field *f, const void *key, struct flow_value *out);
void xlate_field_set_masked(const struct flow_field *f, void *key, const struct flow_value *value,
			    const struct flow_value *mask);

/* The name that ovs-ofctl writes in load and move, such as NXM_NX_REG0; its own, for want of one. */
const char *xlate_field_long_name(const struct flow_field *f);

/* As the field is called in set_field, where that differs from its name in a match. */
const char *xlate_field_set_name(const struct flow_field *f);

/* False: OpenFlow has only all of the field, and 'mask' is not that. */
bool xlate_field_takes(const struct flow_field *f, const struct flow_value *mask);
