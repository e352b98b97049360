/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/tlv_field.h"

#include <xlate/tlv_map.h>

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

struct tlv_field {
	struct flow_field field;
	unsigned int index;
	char name[16], long_name[24];
	struct tlv_field *next; /* of the same index */
};

#define NAME "tun_metadata"
#define LONG_NAME "NXM_NX_TUN_METADATA"
#define OPTS_OFS offsetof(struct flow_key, tun.opts)

_Static_assert(sizeof(((struct tlv_fields *)0)->first) / sizeof(struct tlv_field *) == XLATE_TLVS,
	       "a list for each index");

static struct tlv_field *
tlv_field_new(unsigned int index, uint16_t ofs, uint8_t n_bytes)
{
	struct tlv_field *f = calloc(1, sizeof *f);

	if (!f)
		return NULL;
	f->index = index;
	snprintf(f->name, sizeof f->name, NAME "%u", index % XLATE_TLVS);
	snprintf(f->long_name, sizeof f->long_name, LONG_NAME "%u", index % XLATE_TLVS);
	f->field = (struct flow_field){
		.name = f->name,
		.aliases = f->long_name,
		.ofs = ofs,
		.n_bytes = n_bytes,
		.n_bits = (uint16_t)(8 * n_bytes),
		.maskable = true,
		.settable = true,
		.format = FLOW_FMT_BYTES,
	};
	return f;
}

const struct flow_field *
tlv_field_get(struct tlv_fields *all, unsigned int index, unsigned int at, unsigned int n_bytes)
{
	uint16_t ofs = (uint16_t)(OPTS_OFS + at);
	struct tlv_field *f = all->first[index];

	while (f && (f->field.ofs != ofs || f->field.n_bytes != n_bytes))
		f = f->next;
	if (f)
		return &f->field;
	f = tlv_field_new(index, ofs, (uint8_t)n_bytes);
	if (!f)
		return NULL;
	f->next = all->first[index];
	all->first[index] = f;
	return &f->field;
}

void
tlv_fields_free(struct tlv_fields *all)
{
	for (unsigned int i = 0; i < XLATE_TLVS; i++) {
		while (all->first[i]) {
			struct tlv_field *f = all->first[i];

			all->first[i] = f->next;
			free(f);
		}
	}
}

/* Nothing else lies behind the first bytes of the options. */
int
xlate_tlv_index(const struct flow_field *f)
{
	if (f->ofs <= OPTS_OFS || f->ofs >= OPTS_OFS + FLOW_GENEVE_OPT_BYTES)
		return -1;
	return (int)((const struct tlv_field *)f)->index;
}

int
xlate_tlv_index_parse(const char *name, size_t n_name)
{
	static const char *const prefixes[] = {NAME, LONG_NAME};

	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
		size_t n = strlen(prefixes[i]);
		int index = 0;

		if (n_name <= n || n_name > n + 2 || strncasecmp(name, prefixes[i], n) != 0)
			continue;
		while (n < n_name && name[n] >= '0' && name[n] <= '9')
			index = 10 * index + name[n++] - '0';
		if (n == n_name && index < XLATE_TLVS)
			return index;
	}
	return -1;
}
