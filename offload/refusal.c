/* SPDX-License-Identifier: Apache-2.0 */
#include "refusal.h"

#include <stdlib.h>
#include <string.h>

struct refusal_text {
	struct refusal_text *next;
	char text[];
};

bool
ofl_refusal_is_final(enum nic_reason reason)
{
	switch (reason) {
	case NIC_REASON_NO_DEVICE:
	case NIC_REASON_NO_TRANSFER:
	case NIC_REASON_FIELD:
	case NIC_REASON_FIELD_MASK:
	case NIC_REASON_ACTION:
	case NIC_REASON_RULE:
	case NIC_REASON_OTHER_DEVICE:
	case NIC_REASON_SLOW_PATH:
	case NIC_REASON_DEVICE_DOWN:
	case NIC_REASON_DISABLED:
		return true;
	default:
		return false;
	}
}

bool
ofl_refusal_by_ports(enum nic_reason reason)
{
	return reason == NIC_REASON_NO_DEVICE || reason == NIC_REASON_NO_TRANSFER ||
	       reason == NIC_REASON_OTHER_DEVICE;
}

bool
ofl_refusal_by_room(enum nic_reason reason)
{
	return reason == NIC_REASON_TABLE_FULL || reason == NIC_REASON_NO_COUNTER ||
	       reason == NIC_REASON_PORT_SHARE || reason == NIC_REASON_USED_LESS;
}

struct nic_refusal
ofl_refusal_make(enum nic_reason reason)
{
	return (struct nic_refusal){
		.reason = reason, .field = FLOW_FIELD_NONE, .action = FLOW_N_ACTIONS};
}

static bool
names_culprit(enum nic_reason reason)
{
	return reason == NIC_REASON_FIELD || reason == NIC_REASON_FIELD_MASK ||
	       reason == NIC_REASON_ACTION || reason == NIC_REASON_OTHER_DEVICE ||
	       reason == NIC_REASON_SLOW_PATH;
}

void
ofl_refusal_print(const struct nic_refusal *r, FILE *out)
{
	bool culprit = names_culprit(r->reason);
	const char *field = culprit && r->field < FLOW_N_FIELDS ? flow_fields[r->field].name : NULL;
	const char *action =
		culprit && r->action < FLOW_N_ACTIONS ? flow_action_names[r->action] : NULL;

	fputs(nic_reason_names[r->reason], out);
	if (action && field)
		fprintf(out, ": %s(%s)", action, field);
	else if (action || field)
		fprintf(out, ": %s", action ? action : field);
	if (r->detail[0])
		fprintf(out, " (%s)", r->detail);
}

static unsigned int
bucket_of(const char *text)
{
	uint32_t h = 0;

	for (; *text; text++)
		h = h * 31 + (uint8_t)*text;
	return h % REFUSAL_BUCKETS;
}

/* Returns "" if too many texts exist, or out of memory. */
static const char *
text_keep(struct refusal_texts *t, const char *text)
{
	struct refusal_text **bucket, *have;
	size_t n_bytes = strlen(text) + 1;

	if (!text[0])
		return "";
	bucket = &t->buckets[bucket_of(text)];
	for (have = *bucket; have; have = have->next) {
		if (!strcmp(have->text, text))
			return have->text;
	}
	if (t->n == REFUSAL_TEXTS_MAX)
		return "";
	have = malloc(sizeof *have + n_bytes);
	if (!have)
		return "";
	memcpy(have->text, text, n_bytes);
	have->next = *bucket;
	*bucket = have;
	t->n++;
	return have->text;
}

void
ofl_refusal_texts_free(struct refusal_texts *t)
{
	for (unsigned int i = 0; i < REFUSAL_BUCKETS; i++) {
		struct refusal_text *text = t->buckets[i], *next;

		for (; text; text = next) {
			next = text->next;
			free(text);
		}
	}
}

void
ofl_refusal_keep(struct refusal_texts *t, const struct nic_refusal *why, struct refusal *out)
{
	*out = (struct refusal){.reason = (uint8_t)why->reason,
				.field = why->field,
				.action = why->action,
				.detail = text_keep(t, why->detail)};
}

struct nic_refusal
ofl_refusal_of(const struct refusal *kept)
{
	struct nic_refusal r = {
		.reason = kept->reason, .field = kept->field, .action = kept->action};

	snprintf(r.detail, sizeof r.detail, "%s", kept->detail);
	return r;
}
