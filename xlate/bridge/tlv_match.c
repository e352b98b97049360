/* SPDX-License-Identifier: Apache-2.0 */
/* Options in keys and matches of the pipeline. The head of a place is the index plus 1, the length of the data in
 * bytes, and 2 bytes of 0. A match of an option has all bits of its head, and bits of data only behind it,
 * so the places that it uses are found without the map. */
#include "bridge/tlv_match.h"

#include <string.h>

static unsigned int
place_of(const struct flow_field *f)
{
	return (unsigned int)(f->ofs - offsetof(struct flow_key, tun.opts)) - XLATE_TLV_HEAD_BYTES;
}

void
tlv_head_set(const struct flow_field *f, struct flow_tunnel *t)
{
	uint8_t *head = t->opts + place_of(f);

	head[0] = (uint8_t)(xlate_tlv_index(f) + 1);
	head[1] = f->n_bytes;
	head[2] = head[3] = 0;
}

void
tlv_head_mask(const struct flow_field *f, struct flow_tunnel *mask)
{
	memset(mask->opts + place_of(f), 0xff, XLATE_TLV_HEAD_BYTES);
}

bool
tlv_is_present(const struct flow_field *f, const struct flow_tunnel *t)
{
	return t->opts[place_of(f)];
}

void
xlate_tlv_match_add(const struct flow_field *f, const struct flow_value *value,
		    const struct flow_value *mask, struct flow_key *key, struct flow_key *mask_key)
{
	tlv_head_set(f, &key->tun);
	tlv_head_mask(f, &mask_key->tun);
	flow_field_set_masked(f, key, value, mask);
	flow_field_set_masked(f, mask_key, mask, mask);
}

bool
xlate_tlv_match_has(const struct flow_field *f, const struct flow_key *mask_key)
{
	return tlv_is_present(f, &mask_key->tun);
}

bool
xlate_tlv_match_next(const struct xlate_match *m, unsigned int *at, struct xlate_tlv_match *out)
{
	const uint8_t *key = m->key.flow.tun.opts, *mask = m->mask.flow.tun.opts;
	unsigned int i = m->mask.flow.tun.n_opt_bytes ? FLOW_GENEVE_OPT_BYTES : *at;

	while (i < FLOW_GENEVE_OPT_BYTES && !mask[i])
		i += XLATE_TLV_HEAD_BYTES;
	if (i >= FLOW_GENEVE_OPT_BYTES)
		return false;
	out->index = key[i] - 1u;
	out->n_bytes = key[i + 1];
	i += XLATE_TLV_HEAD_BYTES;
	if (out->index >= XLATE_TLVS || out->n_bytes > FLOW_GENEVE_OPT_BYTES - i)
		return false;
	memset(&out->value, 0, sizeof out->value);
	memset(&out->mask, 0, sizeof out->mask);
	memcpy(out->value.b + FLOW_VALUE_BYTES - out->n_bytes, key + i, out->n_bytes);
	memcpy(out->mask.b + FLOW_VALUE_BYTES - out->n_bytes, mask + i, out->n_bytes);
	*at = i + out->n_bytes;
	return true;
}

void
xlate_tlv_match_print(const struct xlate_match *m, const char **comma, FILE *out)
{
	static const struct flow_value none;
	struct xlate_tlv_match option;
	unsigned int at = 0;

	while (xlate_tlv_match_next(m, &at, &option)) {
		const struct flow_field f = {.n_bytes = (uint8_t)option.n_bytes,
					     .n_bits = (uint16_t)(8 * option.n_bytes),
					     .format = FLOW_FMT_BYTES};

		fprintf(out, "%stun_metadata%u", *comma, option.index);
		*comma = ",";
		if (!memcmp(&option.mask, &none, sizeof none))
			continue;
		fputc('=', out);
		flow_field_print(&f, &option.value, &option.mask, out);
	}
}
