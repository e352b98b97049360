/* SPDX-License-Identifier: Apache-2.0 */
#include "action/subfield.h"

#include "action/refuse.h"

#include <stdlib.h>

/* Parses "", "[]", "[n]" or "[a..b]". Returns false for other texts. */
static bool
range_parse(const char *p, const char *end, uint16_t n_bits, unsigned long *first,
	    unsigned long *last)
{
	char *next;

	*first = 0;
	*last = n_bits - 1u;
	if (p == end || (end - p == 2 && !memcmp(p, "[]", 2)))
		return true;
	if (*p++ != '[')
		return false;
	*first = *last = strtoul(p, &next, 10);
	if (next == p)
		return false;
	if (!strncmp(next, "..", 2)) {
		p = next + 2;
		*last = strtoul(p, &next, 10);
		if (next == p)
			return false;
	}
	return next + 1 == end && *next == ']';
}

int
subfield_parse(const struct flow_port_names *names, const char *verb, const char *text,
	       size_t n_text, struct xlate_subfield *out, char *err, size_t n_err)
{
	const char *bracket = memchr(text, '[', n_text);
	size_t n_name = bracket ? (size_t)(bracket - text) : n_text;
	const struct flow_field *f = xlate_field_find(names, text, n_name);
	unsigned long first, last;

	if (!f)
		return refuse(err, n_err,
			      "%s: \"%.*s\" is not a field; expected a name such as nw_src, reg0 "
			      "or NXM_OF_IP_SRC",
			      verb, (int)n_name, text);
	if (!range_parse(text + n_name, text + n_text, f->n_bits, &first, &last) || first > last ||
	    last >= f->n_bits)
		return refuse(err, n_err,
			      "%s: \"%.*s\" are not bits of %s; expected [], [n] or [first..last] "
			      "within 0..%u",
			      verb, (int)n_text, text, f->name, f->n_bits - 1u);
	*out = (struct xlate_subfield){
		.field = f, .ofs = (uint16_t)first, .n_bits = (uint16_t)(last - first + 1)};
	return 0;
}

void
subfield_print(const struct xlate_subfield *sf, FILE *out)
{
	fputs(xlate_field_long_name(sf->field), out);
	if (sf->n_bits == sf->field->n_bits)
		fputs("[]", out);
	else if (sf->n_bits == 1)
		fprintf(out, "[%u]", sf->ofs);
	else
		fprintf(out, "[%u..%u]", sf->ofs, sf->ofs + sf->n_bits - 1u);
}

int
subfield_value_parse(const char *verb, const struct xlate_subfield *sf, const char *text,
		     struct flow_value *out, char *err, size_t n_err)
{
	const struct flow_field number = {
		.name = verb, .n_bits = sf->n_bits, .format = FLOW_FMT_BYTES};
	struct flow_value mask;

	return flow_field_parse(&number, text, out, &mask, err, n_err);
}

void
subfield_value_print(const struct flow_value *v, FILE *out)
{
	int i = 0;

	while (i < FLOW_VALUE_BYTES - 1 && !v->b[i])
		i++;
	fprintf(out, "0x%x", v->b[i]);
	while (++i < FLOW_VALUE_BYTES)
		fprintf(out, "%02x", v->b[i]);
}

static bool
bit_get(const struct flow_value *v, unsigned int bit)
{
	return v->b[FLOW_VALUE_BYTES - 1 - bit / 8] >> bit % 8 & 1;
}

void
subfield_of_mask(const struct flow_value *mask, uint16_t *ofs, uint16_t *n_bits)
{
	unsigned int first = 0, end;

	while (first < FLOW_VALUE_BYTES * 8 - 1 && !bit_get(mask, first))
		first++;
	for (end = first; end < FLOW_VALUE_BYTES * 8 && bit_get(mask, end);)
		end++;
	*ofs = (uint16_t)first;
	*n_bits = (uint16_t)(end - first);
}

/* Copies 'n' bits, as many at once as share a byte of 'to'; they were 0 there. */
static void
bits_copy(struct flow_value *to, unsigned int to_ofs, const struct flow_value *from,
	  unsigned int from_ofs, unsigned int n)
{
	if (!((to_ofs | from_ofs | n) % 8)) {
		memcpy(to->b + FLOW_VALUE_BYTES - (to_ofs + n) / 8,
		       from->b + FLOW_VALUE_BYTES - (from_ofs + n) / 8, n / 8);
		return;
	}
	while (n) {
		unsigned int k = 8 - to_ofs % 8, at = FLOW_VALUE_BYTES - 1 - from_ofs / 8;
		unsigned int bits = from->b[at] | (at ? (unsigned int)from->b[at - 1] << 8 : 0);

		if (k > n)
			k = n;
		bits = bits >> from_ofs % 8 & ((1u << k) - 1);
		to->b[FLOW_VALUE_BYTES - 1 - to_ofs / 8] |= (uint8_t)(bits << to_ofs % 8);
		to_ofs += k;
		from_ofs += k;
		n -= k;
	}
}

static void
bits_set(struct flow_value *v, unsigned int ofs, unsigned int n)
{
	if (!((ofs | n) % 8)) {
		memset(v->b + FLOW_VALUE_BYTES - (ofs + n) / 8, 0xff, n / 8);
		return;
	}
	while (n) {
		unsigned int k = 8 - ofs % 8 < n ? 8 - ofs % 8 : n;

		v->b[FLOW_VALUE_BYTES - 1 - ofs / 8] |= (uint8_t)(((1u << k) - 1) << ofs % 8);
		ofs += k;
		n -= k;
	}
}

void
subfield_extract(const struct xlate_subfield *sf, const struct flow_value *whole,
		 struct flow_value *out)
{
	memset(out, 0, sizeof *out);
	bits_copy(out, 0, whole, sf->ofs, sf->n_bits);
}

void
subfield_read(const struct xlate_subfield *sf, const void *key, struct flow_value *out)
{
	struct flow_value whole;

	xlate_field_get(sf->field, key, &whole);
	subfield_extract(sf, &whole, out);
}

void
subfield_mask(const struct xlate_subfield *sf, struct flow_value *mask)
{
	memset(mask, 0, sizeof *mask);
	bits_set(mask, sf->ofs, sf->n_bits);
}

void
subfield_place(const struct xlate_subfield *sf, const struct flow_value *value,
	       struct flow_value *out, struct flow_value *mask)
{
	memset(out, 0, sizeof *out);
	subfield_mask(sf, mask);
	bits_copy(out, sf->ofs, value, 0, sf->n_bits);
}

void
subfield_write(const struct xlate_subfield *sf, void *key, const struct flow_value *value)
{
	struct flow_value v, mask;

	subfield_place(sf, value, &v, &mask);
	xlate_field_set_masked(sf->field, key, &v, &mask);
}
