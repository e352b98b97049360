/* SPDX-License-Identifier: Apache-2.0 */
/* Connection tracking in dpctl syntax: ct(commit,zone=5,mark=0x1/0xff,label=0x1,helper=ftp,
 * timeout=NAME,nat(..)). */
#include "text/text_dp_ct.h"
#include "text/text_dp_actions.h"

#include <errno.h>

static const struct text_type zone_type = {TEXT_DEC, 16};
static const struct text_type mark_type = {TEXT_HEX, 32};
static const struct text_type label_type = {TEXT_LONG, 128};

static const struct {
	const char *name;
	uint8_t helper;
} helpers[] = {
	{"ftp", FLOW_CT_FTP},
	{"tftp", FLOW_CT_TFTP},
};
#define N_HELPERS (sizeof helpers / sizeof helpers[0])

static void
label_print(const struct flow_ct *ct, FILE *out)
{
	struct flow_value value = {{0}}, mask = {{0}};

	memcpy(value.b + FLOW_VALUE_BYTES - sizeof ct->label, ct->label, sizeof ct->label);
	memcpy(mask.b + FLOW_VALUE_BYTES - sizeof ct->label, ct->label_mask, sizeof ct->label);
	if (text_value_zero(&mask))
		return;
	fputs("label=", out);
	text_value_print(label_type, 0, &value, &mask, out);
	fputc(',', out);
}

/* Prints the items, each followed by a comma. */
static void
items_print(const struct flow_ct *ct, FILE *out)
{
	if (ct->commit)
		fputs(ct->force ? "force_commit," : "commit,", out);
	if (ct->zone)
		fprintf(out, "zone=%u,", ct->zone);
	if (ct->mark_mask)
		fprintf(out, "mark=%#x/%#x,", ct->mark, ct->mark_mask);
	label_print(ct, out);
	for (size_t i = 0; i < N_HELPERS; i++) {
		if (ct->helper == helpers[i].helper)
			fprintf(out, "helper=%s,", helpers[i].name);
	}
	if (*ct->timeout)
		fprintf(out, "timeout=%s,", ct->timeout);
	if (ct->has_nat) {
		flow_nat_print(&ct->nat, out);
		fputc(',', out);
	}
}

void
text_ct_print(const struct flow_ct *ct, FILE *out)
{
	char items[512];
	FILE *mem = fmemopen(items, sizeof items, "w");
	long n = 0;

	if (mem) {
		items_print(ct, mem);
		n = ftell(mem);
		fclose(mem);
	}
	fputs("ct", out);
	if (n > 0)
		fprintf(out, "(%.*s)", (int)n - 1, items);
}

/* ---- reading ---- */

static int
zone_read(struct dp_scan *s, struct flow_ct *ct)
{
	struct flow_value value, mask;
	int rc = dp_value(s, zone_type, "ct(zone)", &value, &mask);

	ct->zone = (uint16_t)flow_value_u64(&value);
	return rc;
}

static int
mark_read(struct dp_scan *s, struct flow_ct *ct)
{
	struct flow_value value, mask;
	int rc = dp_value(s, mark_type, "ct(mark)", &value, &mask);

	ct->mark = (uint32_t)flow_value_u64(&value);
	ct->mark_mask = (uint32_t)flow_value_u64(&mask);
	return rc;
}

static int
label_read(struct dp_scan *s, struct flow_ct *ct)
{
	struct flow_value value, mask;
	int rc = dp_value(s, label_type, "ct(label)", &value, &mask);

	memcpy(ct->label, value.b + FLOW_VALUE_BYTES - sizeof ct->label, sizeof ct->label);
	memcpy(ct->label_mask, mask.b + FLOW_VALUE_BYTES - sizeof ct->label, sizeof ct->label);
	return rc;
}

static int
helper_read(struct dp_scan *s, struct flow_ct *ct)
{
	const char *word;
	size_t n = dp_word(s, &word);

	for (size_t i = 0; i < N_HELPERS; i++) {
		if (strlen(helpers[i].name) == n && !memcmp(helpers[i].name, word, n)) {
			ct->helper = helpers[i].helper;
			return 0;
		}
	}
	return text_fail(&s->err, "ct(helper): '%.*s' is not accepted; expected ftp or tftp",
			 (int)n, word);
}

static int
timeout_read(struct dp_scan *s, struct flow_ct *ct)
{
	size_t n = strcspn(s->p, ",()= \t");

	if (!n || n >= sizeof ct->timeout)
		return text_fail(&s->err, "ct(timeout): '%.*s'; expected a name of 1..%zu bytes",
				 (int)n, s->p, sizeof ct->timeout - 1);
	memset(ct->timeout, 0, sizeof ct->timeout);
	memcpy(ct->timeout, s->p, n);
	s->p += n;
	return 0;
}

static int
nat_read(struct dp_scan *s, struct flow_ct *ct)
{
	size_t n;
	int rc;

	ct->has_nat = true;
	if (!dp_take(s, '(')) {
		ct->nat = (struct flow_nat){0};
		return 0;
	}
	n = strcspn(s->p, ")");
	rc = flow_nat_parse(s->p, n, &ct->nat, s->err.text, s->err.n);
	s->p += n;
	return rc ? rc : dp_expect(s, ')', "nat");
}

static int
commit_read(struct dp_scan *s, struct flow_ct *ct)
{
	(void)s;
	ct->commit = true;
	return 0;
}

static int
force_read(struct dp_scan *s, struct flow_ct *ct)
{
	ct->force = true;
	return commit_read(s, ct);
}

static const struct {
	const char *name;
	bool value;
	int (*read)(struct dp_scan *s, struct flow_ct *ct);
} items[] = {
	{"commit", false, commit_read},	 {"force_commit", false, force_read},
	{"zone", true, zone_read},	 {"mark", true, mark_read},
	{"label", true, label_read},	 {"helper", true, helper_read},
	{"timeout", true, timeout_read}, {"nat", false, nat_read},
};

static int
item_read(struct dp_scan *s, struct flow_ct *ct)
{
	const char *word;
	size_t n = dp_word(s, &word);

	for (size_t i = 0; i < sizeof items / sizeof items[0]; i++) {
		if (strlen(items[i].name) != n || memcmp(items[i].name, word, n) != 0)
			continue;
		if (items[i].value && dp_expect(s, '=', items[i].name))
			return -EINVAL;
		return items[i].read(s, ct);
	}
	return text_fail(&s->err,
			 "ct: '%.24s' is not accepted; expected commit, force_commit, zone, mark, "
			 "label, helper, timeout or nat",
			 word);
}

int
text_ct_read(struct dp_scan *s, struct flow_ct *ct)
{
	int rc = 0;

	*ct = (struct flow_ct){0};
	if (!dp_take(s, '('))
		return 0;
	while (!rc && dp_next(s) && *s->p != ')')
		rc = item_read(s, ct);
	return rc ? rc : dp_expect(s, ')', "ct");
}
