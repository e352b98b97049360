/* SPDX-License-Identifier: Apache-2.0 */
/* Some bits of a field: "NXM_NX_REG0[0..15]", "reg0[3]", "eth_src[]", "eth_src".
 *
 * Thread safety: pure. */
#pragma once

#include <xlate/action.h>

/* Parses 'n_text' characters. verb: the action, for 'err'. Returns 0, or -EINVAL with 'err'. */
int subfield_parse(const struct flow_port_names *names, const char *verb, const char *text,
		   size_t n_text, struct xlate_subfield *out, char *err, size_t n_err);
void subfield_print(const struct xlate_subfield *sf, FILE *out);

/* Parses a number that fits into the bits, e.g. "0x12"; right-aligned. Returns 0, or -EINVAL with
 * 'err'. */
int subfield_value_parse(const char *verb, const struct xlate_subfield *sf, const char *text,
			 struct flow_value *out, char *err, size_t n_err);

/* Prints a right-aligned value as one hexadecimal number. */
void subfield_value_print(const struct flow_value *v, FILE *out);

/* Read and write the bits in a key; values are right-aligned. */
void subfield_read(const struct xlate_subfield *sf, const void *key, struct flow_value *out);
void subfield_write(const struct xlate_subfield *sf, void *key, const struct flow_value *value);

/* Returns the bits of the field. */
void subfield_mask(const struct xlate_subfield *sf, struct flow_value *mask);

/* Converts between a right-aligned value and the value at its position in the field; 'mask'
 * receives the bits of the field. */
void subfield_place(const struct xlate_subfield *sf, const struct flow_value *value,
		    struct flow_value *out, struct flow_value *mask);
void subfield_extract(const struct xlate_subfield *sf, const struct flow_value *whole,
		      struct flow_value *out);

/* Returns position and number of the ones of a mask, which are adjacent. */
void subfield_of_mask(const struct flow_value *mask, uint16_t *ofs, uint16_t *n_bits);
