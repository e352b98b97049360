/* SPDX-License-Identifier: Apache-2.0 */
#include "fields/option.h"

#include <xlate/tlv_map.h>

#include <errno.h>
#include <string.h>

#define HEADER_BYTES 4
#define FIRST_NUMBER 40 /* of tun_metadata0 */

static int
index_of(const uint8_t *header)
{
	int number = header[2] >> 1;

	if (ofp_get_u16(header) != OFP_CLASS_NXM1 || number < FIRST_NUMBER ||
	    number >= FIRST_NUMBER + XLATE_TLVS)
		return -1;
	return number - FIRST_NUMBER;
}

bool
ofp_option_is_next(const struct ofp_cursor *c)
{
	return c->n >= HEADER_BYTES && index_of(c->p) >= 0;
}

static void
read_value(const uint8_t *p, size_t n, struct flow_value *out)
{
	memset(out, 0, sizeof *out);
	memcpy(out->b + FLOW_VALUE_BYTES - n, p, n);
}

static int
find_field(const uint8_t *header, const struct xlate_bridge *br, const struct flow_field **f,
	   struct ofp_error *err)
{
	unsigned int index = (unsigned int)index_of(header);

	*f = br ? xlate_tlv_field(br, index) : NULL;
	return *f ? 0
		  : ofp_refuse(err, OFP_E_NX_INVALID_TLV_FIELD,
			       "tun_metadata%u: no option is mapped to it", index);
}

/* Takes header, value and mask; 'bad_len' is the error for a wrong length. */
static int
pull(struct ofp_cursor *c, const struct xlate_bridge *br, enum ofp_error_code bad_len,
     const struct flow_field **f, struct flow_value *value, struct flow_value *mask,
     struct ofp_error *err)
{
	const uint8_t *header = ofp_pull(c, HEADER_BYTES), *p;
	bool masked = header[2] & 1;
	size_t n_body = header[3], n = masked ? n_body / 2 : n_body;
	int rc = find_field(header, br, f, err);

	if (rc)
		return rc;
	p = ofp_pull(c, n_body);
	if (!p || (masked && n_body % 2) || n > (*f)->n_bytes)
		return ofp_refuse(err, bad_len,
				  "%s: a value of %zu bytes; expected 0..%u, and as many of a mask",
				  (*f)->name, n, (*f)->n_bytes);
	read_value(p, n, value);
	if (masked)
		read_value(p + n, n, mask);
	else
		flow_field_ones(*f, mask);
	for (int i = 0; i < FLOW_VALUE_BYTES; i++) {
		if (value->b[i] & ~mask->b[i])
			return ofp_refuse(err, OFP_E_BM_BAD_WILDCARDS,
					  "%s: the value has bits outside the mask", (*f)->name);
	}
	return 0;
}

int
ofp_option_pull(struct ofp_cursor *c, const struct xlate_bridge *br, struct xlate_match *m,
		struct ofp_error *err)
{
	struct flow_value value, mask;
	const struct flow_field *f;
	int rc = pull(c, br, OFP_E_BM_BAD_LEN, &f, &value, &mask, err);

	if (rc)
		return rc;
	if (xlate_tlv_match_has(f, &m->mask.flow))
		return ofp_refuse(err, OFP_E_BM_DUP_FIELD, "%s: is matched twice", f->name);
	xlate_tlv_match_add(f, &value, &mask, &m->key.flow, &m->mask.flow);
	return 0;
}

int
ofp_option_pull_value(struct ofp_cursor *c, const struct xlate_bridge *br,
		      const struct flow_field **f, struct flow_value *value,
		      struct flow_value *mask, struct ofp_error *err)
{
	return pull(c, br, OFP_E_BA_BAD_SET_LEN, f, value, mask, err);
}

int
ofp_option_pull_header(struct ofp_cursor *c, const struct xlate_bridge *br,
		       const struct flow_field **f, struct ofp_error *err)
{
	return find_field(ofp_pull(c, HEADER_BYTES), br, f, err);
}

static void
put_header(struct ofp_buffer *b, unsigned int index, size_t n_bytes, bool masked)
{
	ofp_put_u16(b, OFP_CLASS_NXM1);
	ofp_put_u8(b, (uint8_t)((FIRST_NUMBER + index) << 1 | masked));
	ofp_put_u8(b, (uint8_t)(n_bytes << masked));
}

static void
put_value(struct ofp_buffer *b, unsigned int index, size_t n_bytes, const struct flow_value *value,
	  const struct flow_value *mask)
{
	size_t from = FLOW_VALUE_BYTES - n_bytes;

	put_header(b, index, n_bytes, mask != NULL);
	ofp_put(b, value->b + from, n_bytes);
	if (mask)
		ofp_put(b, mask->b + from, n_bytes);
}

void
ofp_option_put_header(struct ofp_buffer *b, const struct flow_field *f)
{
	put_header(b, (unsigned int)xlate_tlv_index(f), f->n_bytes, false);
}

void
ofp_option_put(struct ofp_buffer *b, const struct flow_field *f, const struct flow_value *value,
	       const struct flow_value *mask)
{
	put_value(b, (unsigned int)xlate_tlv_index(f), f->n_bytes, value, mask);
}

static bool
is_whole(const struct xlate_tlv_match *option)
{
	for (size_t i = FLOW_VALUE_BYTES - option->n_bytes; i < FLOW_VALUE_BYTES; i++) {
		if (option->mask.b[i] != UINT8_MAX)
			return false;
	}
	return true;
}

void
ofp_options_put(struct ofp_buffer *b, const struct xlate_match *m)
{
	struct xlate_tlv_match option;
	unsigned int at = 0;

	while (xlate_tlv_match_next(m, &at, &option))
		put_value(b, option.index, option.n_bytes, &option.value,
			  is_whole(&option) ? NULL : &option.mask);
}
