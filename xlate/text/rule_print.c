/* SPDX-License-Identifier: Apache-2.0 */
/* Rules as text. Ports are printed as numbers, like ovs-ofctl does if its output is a pipe, so that
 * no names have to be quoted for a shell or script. Reserved ports are printed as words. */
#include "action/text/ofp_port.h"

#include <xlate/action.h>
#include <xlate/tlv_map.h>

#include <base/clock.h>

#include <inttypes.h>
#include <stdlib.h>

static void
print_pipeline_field(const struct flow_field *f, const struct xlate_match *m, const char **comma,
		     FILE *out)
{
	struct flow_value value, mask;
	static const struct flow_value none;

	flow_field_get(f, &m->mask, &mask);
	if (!memcmp(&mask, &none, sizeof mask))
		return;
	flow_field_get(f, &m->key, &value);
	fprintf(out, "%s%s=", *comma, f->name);
	flow_field_print(f, &value, &mask, out);
	*comma = ",";
}

static void
print_set_output(const struct xlate_match *m, const char **comma, FILE *out)
{
	const char *word = ofp_port_word(m->key.set_output);

	if (!m->mask.set_output)
		return;
	if (m->key.set_output == XLATE_PORT_UNSET)
		word = "UNSET";
	fprintf(out, "%sactset_output=", *comma);
	*comma = ",";
	if (word)
		fputs(word, out);
	else
		fprintf(out, "%" PRIu32, m->key.set_output);
}

static void
print_registers(const struct xlate_match *m, const char **comma, FILE *out)
{
	for (int i = XLATE_FIELD_REG0; i <= XLATE_FIELD_REG15; i++)
		print_pipeline_field(&xlate_fields[i], m, comma, out);
	print_pipeline_field(&xlate_fields[XLATE_FIELD_METADATA], m, comma, out);
}

static bool
begins_with_one_of(const char *item, const char *const *words)
{
	for (; *words; words++) {
		if (!strncmp(item, *words, strlen(*words)))
			return true;
	}
	return false;
}

/* Items that ovs-ofctl prints before conj_id, and before registers. The shorthand of the protocol,
 * which has no value, is also printed before registers. */
static const char *const marks[] = {"pkt_mark=", "skb_mark=", "recirc_id=", "dp_hash=", NULL};
static const char *const tracking[] = {"ct_", NULL};
static const char *const tunnel[] = {"tun_", NULL};

/* Prints the items of 'text' that begin with one of 'words', or, if 'bare', that have no value.
 * Returns the rest of the text. */
static const char *
print_items(const char *text, const char *const *words, bool bare, const char **comma, FILE *out)
{
	size_t n;

	while ((n = strcspn(text, ","))) {
		if (!begins_with_one_of(text, words) && !(bare && !memchr(text, '=', n)))
			break;
		fprintf(out, "%s%.*s", *comma, (int)n, text);
		*comma = ",";
		text += n + (text[n] == ',');
	}
	return text;
}

/* Prints the items of 'text', with the pipeline's items between them at their positions. */
static void
print_merged(const char *text, const struct xlate_match *m, FILE *out)
{
	const char *comma = "";

	text = print_items(text, marks, false, &comma, out);
	print_pipeline_field(&xlate_fields[XLATE_FIELD_CONJ_ID], m, &comma, out);
	print_set_output(m, &comma, out);
	text = print_items(text, tracking, true, &comma, out);
	print_registers(m, &comma, out);
	text = print_items(text, tunnel, false, &comma, out);
	xlate_tlv_match_print(m, &comma, out);
	if (*text)
		fprintf(out, "%s%s", comma, text);
}

void
xlate_match_print(const struct xlate_bridge *br, const struct xlate_match *m, FILE *out)
{
	struct flow_match match = {.key = m->key.flow, .mask = m->mask.flow};
	char *text = NULL;
	size_t n_text;
	FILE *mem = open_memstream(&text, &n_text);

	(void)br;
	if (!mem)
		return;
	/* Options have words of their own. */
	if (!match.mask.tun.n_opt_bytes)
		memset(match.mask.tun.opts, 0, sizeof match.mask.tun.opts);
	flow_match_print_of(&match, NULL, mem);
	if (!fclose(mem))
		print_merged(text, m, out);
	free(text);
}

void
xlate_actions_print(const struct xlate_bridge *br, const struct xlate_actions *a, FILE *out)
{
	(void)br;
	xlate_actions_print_names(NULL, a, out);
}

static bool
matches_all(const struct xlate_match *m)
{
	static const struct xlate_key none;

	return xlate_key_equal(&m->mask, &none);
}

static void
print_stats(const struct xlate_rule_view *rule, uint64_t now_ns, FILE *out)
{
	uint64_t ms = now_ns > rule->created_ns ? (now_ns - rule->created_ns) / NS_PER_MS : 0;

	fprintf(out,
		" cookie=0x%" PRIx64 ", duration=%" PRIu64 ".%03us, table=%u, n_packets=%" PRIu64
		", n_bytes=%" PRIu64 ", ",
		rule->cookie, ms / 1000, (unsigned int)(ms % 1000), rule->table,
		rule->stats.packets, rule->stats.bytes);
}

static void
print_origin(const struct xlate_rule_view *rule, FILE *out)
{
	if (rule->cookie)
		fprintf(out, "cookie=0x%" PRIx64 ", ", rule->cookie);
	if (rule->table)
		fprintf(out, "table=%u, ", rule->table);
}

void
xlate_rule_print(const struct xlate_bridge *br, const struct xlate_rule_view *rule, bool stats,
		 uint64_t now_ns, FILE *out)
{
	bool any = matches_all(rule->match);

	if (stats)
		print_stats(rule, now_ns, out);
	else
		print_origin(rule, out);
	if (rule->idle_timeout_s)
		fprintf(out, "idle_timeout=%u, ", rule->idle_timeout_s);
	if (rule->hard_timeout_s)
		fprintf(out, "hard_timeout=%u, ", rule->hard_timeout_s);
	if (rule->send_flow_rem)
		fputs("send_flow_rem ", out);
	if (rule->check_overlap)
		fputs("check_overlap ", out);
	if (rule->reset_counts)
		fputs("reset_counts ", out);
	if (rule->no_packet_counts)
		fputs("no_packet_counts ", out);
	if (rule->no_byte_counts)
		fputs("no_byte_counts ", out);
	if (rule->importance)
		fprintf(out, "importance=%u, ", rule->importance);
	if (rule->priority != XLATE_PRIORITY_DEFAULT)
		fprintf(out, "priority=%u%s", rule->priority, any ? " " : ",");
	xlate_match_print(br, rule->match, out);
	fputs(any ? "actions=" : " actions=", out);
	xlate_actions_print(br, rule->actions, out);
}
