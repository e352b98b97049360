/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of the pipeline: those that packets do not have, such as registers, and the forms in which
 * actions use fields of packets. The rows are like those of flow/field.h, with offsets into a
 * 'struct xlate_key', which begins with a 'struct flow_key'.
 *
 * Thread safety: constant data. */
#pragma once

#include <flow/text.h>

enum xlate_field_id {
	XLATE_FIELD_METADATA,
	XLATE_FIELD_REG0,
	XLATE_FIELD_REG15 = XLATE_FIELD_REG0 + 15,
	XLATE_FIELD_CONJ_ID,
	XLATE_FIELD_SET_OUTPUT,
	XLATE_N_STORED_FIELDS,
	/* Views of two and of four registers; the first register is the most significant. */
	XLATE_FIELD_XREG0 = XLATE_N_STORED_FIELDS,
	XLATE_FIELD_XXREG0 = XLATE_FIELD_XREG0 + 8,
	/* Fields of flow/ as actions use them: as wide as in OpenFlow, and with a writable
	 * in_port. */
	XLATE_FIELD_IN_PORT = XLATE_FIELD_XXREG0 + 4, /* a port number of 16 bits */
	/* a port number of 32 bits, where reserved ports begin with 0xffff */
	XLATE_FIELD_IN_PORT_OXM,
	XLATE_FIELD_ARP_OP,    /* 16 bits; the upper 8 are 0 */
	XLATE_FIELD_CT_STATE,  /* 32 bits; the upper 24 are 0 */
	XLATE_FIELD_TUN_FLAGS, /* 1 bit: oam */
	XLATE_N_FIELDS,
	XLATE_N_MATCH_FIELDS = XLATE_FIELD_IN_PORT, /* rules match only fields below this one */
};

extern const struct flow_field xlate_fields[XLATE_N_FIELDS];

/* Finds a field by its name, or by one such as NXM_OF_IP_SRC, in both tables, then among those of a bridge
 * ('names', or NULL). Returns NULL if there is none. */
const struct flow_field *xlate_field_find(const struct flow_port_names *names, const char *name,
					  size_t n_name);

/* Returns the field that rules match in place of a field as actions use it. */
const struct flow_field *xlate_field_in_match(const struct flow_field *f);

/* Returns true if an action outside ct(exec(..)) may write the field. */
bool xlate_field_is_writable(const struct flow_field *f);

/* Returns in '*out' the bits that actions may write: the DSCP of nw_tos, all bits of other
 * fields. */
void xlate_field_writable_bits(const struct flow_field *f, struct flow_value *out);

/* Returns true if the value has only bits that actions may write. */
bool xlate_field_value_ok(const struct flow_field *f, const struct flow_value *value);

/* Like flow_field_get() and flow_field_set_masked() on an xlate_key, with the values that actions
 * see: only the DSCP of nw_tos, and 32 bits of in_port_oxm. Setting in_port_oxm to a number that no
 * port can have sets XLATE_PORT_NONE. */
void xlate_field_get(const struct flow_field *f, const void *key, struct flow_value *out);
void xlate_field_set_masked(const struct flow_field *f, void *key, const struct flow_value *value,
			    const struct flow_value *mask);

/* Returns the name that ovs-ofctl prints in load and move, such as NXM_NX_REG0; else the field's
 * own name. */
const char *xlate_field_long_name(const struct flow_field *f);

/* Returns the field's name in set_field, which may differ from its name in a match. */
const char *xlate_field_set_name(const struct flow_field *f);

/* Returns false if the field cannot be masked and 'mask' is partial. */
bool xlate_field_allows_mask(const struct flow_field *f, const struct flow_value *mask);
