/* SPDX-License-Identifier: Apache-2.0 */
/* Parses and prints meters in the syntax of ovs-ofctl. */
#include "bridge/meter.h"

#include "action/number.h"
#include "action/refuse.h"

#include <base/clock.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#define BLANKS ", \t\r\n"
#define WORD_BYTES 64

static const char *const band_names[FLOW_N_METER_BANDS] = {
	[FLOW_METER_DROP] = "drop",
	[FLOW_METER_DSCP_REMARK] = "dscp_remark",
};

static const struct {
	const char *name;
	uint32_t id;
} virtual_meters[] = {
	{"controller", XLATE_METER_CONTROLLER},
	{"slowpath", XLATE_METER_SLOWPATH},
};

#define N_VIRTUAL (sizeof virtual_meters / sizeof virtual_meters[0])

struct parser {
	struct xlate_meter_config *config;
	bool all, has_unit, kbps;
	bool in_bands;
	char *err;
	size_t n_err;
};

struct item {
	char name[WORD_BYTES];
	char value[WORD_BYTES]; /* "" if there is none */
};

#define REFUSE(p, ...) refuse((p)->err, (p)->n_err, __VA_ARGS__)

/* Takes the next "name" or "name=value" from '*text'. "bands=" ends before its first band. */
static int
next_item(struct parser *p, const char **text, struct item *it)
{
	const char *s = *text;
	size_t n = strcspn(s, BLANKS "=");
	bool bands = (n == 4 && !strncmp(s, "band", n)) || (n == 5 && !strncmp(s, "bands", n));
	const char *value = s[n] == '=' ? s + n + 1 : s + n;
	size_t n_value = s[n] == '=' && !bands ? strcspn(value, BLANKS) : 0;

	if (!n || n >= WORD_BYTES || n_value >= WORD_BYTES)
		return REFUSE(p, "\"%.20s\" is not accepted here; expected name or name=value", s);
	memcpy(it->name, s, n);
	it->name[n] = '\0';
	memcpy(it->value, value, n_value);
	it->value[n_value] = '\0';
	*text = value + n_value;
	return 0;
}

static int
parse_u32(struct parser *p, const struct item *it, uint64_t max, uint32_t *out)
{
	uint64_t v;

	if (!number_parse_u64(it->value, max, &v))
		return REFUSE(p, "%s: \"%s\" is out of range; expected 0..%llu", it->name,
			      it->value, (unsigned long long)max);
	*out = (uint32_t)v;
	return 0;
}

static int
add_band(struct parser *p, const struct item *it)
{
	struct flow_meter *m = &p->config->rates;

	if (m->n_bands == FLOW_METER_BANDS_MAX)
		return REFUSE(p, "bands: expected at most %d", FLOW_METER_BANDS_MAX);
	for (unsigned int i = 0; i < FLOW_N_METER_BANDS; i++) {
		if (strcmp(it->value, band_names[i]) != 0)
			continue;
		m->band[m->n_bands++] = (struct flow_meter_band){
			.type = (enum flow_meter_band_type)i, .prec_level = i ? 1 : 0};
		return 0;
	}
	return REFUSE(p, "type: \"%s\" is not a band; expected drop or dscp_remark", it->value);
}

static int
parse_band_item(struct parser *p, const struct item *it)
{
	struct flow_meter *m = &p->config->rates;
	struct flow_meter_band *b = m->n_bands ? &m->band[m->n_bands - 1] : NULL;
	uint32_t level = 0;
	int rc;

	if (!strcmp(it->name, "type"))
		return add_band(p, it);
	if (!b)
		return REFUSE(p,
			      "%s: expected the type of the band before it, type=drop or "
			      "type=dscp_remark",
			      it->name);
	if (!strcmp(it->name, "rate"))
		return parse_u32(p, it, UINT32_MAX, &b->rate);
	if (!strcmp(it->name, "burst_size"))
		return parse_u32(p, it, UINT32_MAX, &b->burst);
	if (strcmp(it->name, "prec_level") != 0)
		return REFUSE(p,
			      "\"%s\" is not a keyword of a band; expected type, rate, burst_size "
			      "or prec_level",
			      it->name);
	if (b->type != FLOW_METER_DSCP_REMARK)
		return REFUSE(p, "prec_level: is accepted only in a band of type dscp_remark");
	rc = parse_u32(p, it, UINT8_MAX, &level);
	b->prec_level = (uint8_t)level;
	return rc;
}

static int
parse_id(struct parser *p, const struct item *it)
{
	p->all = !strcmp(it->value, "all");
	if (p->all)
		return 0;
	for (size_t i = 0; i < N_VIRTUAL; i++)
		if (!strcmp(it->value, virtual_meters[i].name)) {
			p->config->id = virtual_meters[i].id;
			return 0;
		}
	return parse_u32(p, it, XLATE_METER_MAX, &p->config->id);
}

static void
print_id(uint32_t id, FILE *out)
{
	for (size_t i = 0; i < N_VIRTUAL; i++)
		if (id == virtual_meters[i].id) {
			fputs(virtual_meters[i].name, out);
			return;
		}
	fprintf(out, "%u", id);
}

static int
parse_item(struct parser *p, const struct item *it)
{
	if (p->in_bands)
		return parse_band_item(p, it);
	if (!strcmp(it->name, "meter"))
		return parse_id(p, it);
	if (!strcmp(it->name, "kbps"))
		p->has_unit = p->kbps = true;
	else if (!strcmp(it->name, "pktps"))
		p->has_unit = p->config->rates.pktps = true;
	else if (!strcmp(it->name, "burst"))
		p->config->burst = true;
	else if (!strcmp(it->name, "stats"))
		p->config->stats = true;
	else if (!strcmp(it->name, "band") || !strcmp(it->name, "bands"))
		p->in_bands = true;
	else
		return REFUSE(p,
			      "\"%s\" is not a keyword of a meter; expected meter, kbps, pktps, "
			      "burst, stats or bands=..",
			      it->name);
	return 0;
}

static int
check_bands(struct parser *p)
{
	const struct xlate_meter_config *c = p->config;

	if (!c->rates.n_bands)
		return REFUSE(p, "bands: are missing; expected bands=type=drop,rate=..");
	for (unsigned int i = 0; i < c->rates.n_bands; i++) {
		const struct flow_meter_band *b = &c->rates.band[i];

		if (!b->rate)
			return REFUSE(p, "rate: is missing in band %u; expected 1..%u", i,
				      UINT32_MAX);
		if (c->burst != (b->burst != 0))
			return REFUSE(p, "burst_size: band %u %s", i,
				      c->burst ? "requires it, as the meter has the flag burst"
					       : "has it, but the meter lacks the flag burst");
	}
	return 0;
}

static int
check_complete(struct parser *p, bool brief)
{
	struct xlate_meter_config *c = p->config;

	if (p->all && !brief)
		return REFUSE(p, "meter: all is accepted only when meters are deleted");
	if (p->all)
		c->id = XLATE_METER_EVERY;
	else if (!c->id)
		return REFUSE(
			p, "meter: is missing or 0; expected meter=1..%u, controller or slowpath",
			XLATE_METER_MAX);
	if (brief && (p->has_unit || p->in_bands || c->burst || c->stats))
		return REFUSE(p, "meter: only the id is accepted when meters are deleted");
	if (brief)
		return 0;
	if (!p->has_unit)
		return REFUSE(p, "meter: the unit is missing; expected kbps or pktps");
	if (p->kbps && c->rates.pktps)
		return REFUSE(p, "meter: kbps and pktps exclude each other");
	return check_bands(p);
}

int
xlate_meter_mod_parse(const char *text, enum xlate_meter_command command,
		      struct xlate_meter_mod *out, char *err, size_t n_err)
{
	struct parser p = {.config = &out->config, .err = err, .n_err = n_err};
	struct item it;

	*out = (struct xlate_meter_mod){.command = command};
	text += strspn(text, BLANKS);
	p.all = !*text;
	for (; *text; text += strspn(text, BLANKS)) {
		int rc = next_item(&p, &text, &it);

		if (!rc)
			rc = parse_item(&p, &it);
		if (rc)
			return rc;
	}
	return check_complete(&p, command == XLATE_METER_DELETE);
}

void
xlate_meter_print(const struct xlate_meter_config *c, FILE *out)
{
	fputs("meter=", out);
	print_id(c->id, out);
	fprintf(out, " %s%s%s bands=\n", c->rates.pktps ? "pktps" : "kbps",
		c->burst ? " burst" : "", c->stats ? " stats" : "");
	for (unsigned int i = 0; i < c->rates.n_bands; i++) {
		const struct flow_meter_band *b = &c->rates.band[i];

		fprintf(out, "type=%s rate=%u", band_names[b->type], b->rate);
		if (c->burst)
			fprintf(out, " burst_size=%u", b->burst);
		if (b->type == FLOW_METER_DSCP_REMARK)
			fprintf(out, " prec_level=%u", b->prec_level);
		fputc('\n', out);
	}
}

void
xlate_meter_stats_print(const struct xlate_meter_view *m, uint64_t now_ns, FILE *out)
{
	uint64_t ms = now_ns > m->created_ns ? (now_ns - m->created_ns) / NS_PER_MS : 0;

	fputs("meter:", out);
	print_id(m->config->id, out);
	fprintf(out,
		" flow_count:%u packet_in_count:%" PRIu64 " byte_in_count:%" PRIu64
		" duration:%" PRIu64 ".%03us bands:\n",
		m->n_refs, m->stats.in.packets, m->stats.in.bytes, ms / 1000,
		(unsigned int)(ms % 1000));
	for (unsigned int i = 0; i < m->config->rates.n_bands; i++)
		fprintf(out, "%u: packet_count:%" PRIu64 " byte_count:%" PRIu64 "\n", i,
			m->stats.band[i].packets, m->stats.band[i].bytes);
}
