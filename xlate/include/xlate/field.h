/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of the pipeline that packets do not have: metadata and registers, in rows like those of
 * flow/field.h with offsets into a 'struct xlate_key', which begins with a 'struct flow_key'.
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
	XLATE_N_FIELDS = XLATE_FIELD_XXREG0 + 4,
};

extern const struct flow_field xlate_fields[XLATE_N_FIELDS];

/* Finds a field of either table, also by names such as NXM_OF_IP_SRC. NULL: there is none. */
const struct flow_field *xlate_field_find(const char *name, size_t n_name);

/* The name that ovs-ofctl writes in load and move, such as NXM_NX_REG0; its own, for want of one. */
const char *xlate_field_long_name(const struct flow_field *f);

/* As the field is called in set_field, where that differs from its name in a match. */
const char *xlate_field_set_name(const struct flow_field *f);

/* False: OpenFlow has only all of the field, and 'mask' is not that. */
bool xlate_field_takes(const struct flow_field *f, const struct flow_value *mask);
