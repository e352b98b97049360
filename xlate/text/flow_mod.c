/* SPDX-License-Identifier: Apache-2.0 */
/* The text of flow mods. */
#include "action/match.h"
#include "action/number.h"
#include "action/subfield.h"
#include "action/text/action_text.h"
#include "action/text/ofp_port.h"
#include "action/text/scan.h"

#include <xlate/group.h>
#include <xlate/tlv_map.h>

#include <errno.h>
#include <strings.h>

#define BLANKS ", \t\r\n"
#define ITEM_BYTES 512

struct parser {
	const struct xlate_bridge *br;
	const struct flow_port_names *names;
	struct xlate_flow_mod *fm;
	struct flow_match match; /* the packet's part of the match */
	const char *actions;	 /* text of the actions, or NULL */
	char *err;
	size_t n_err;
};

struct item {
	char name[64];
	char value[ITEM_BYTES]; /* "" if there is none */
	bool has_value;
};

struct keyword {
	const char *name;
	int (*parse)(struct parser *p, const struct item *it);
};

#define REFUSE(p, ...) refuse((p)->err, (p)->n_err, __VA_ARGS__)

static bool
is_delete(const struct xlate_flow_mod *fm)
{
	return fm->command == XLATE_DELETE || fm->command == XLATE_DELETE_STRICT;
}

static int
parse_number(struct parser *p, const struct item *it, uint64_t max, uint64_t *out)
{
	if (!number_parse_u64(it->value, max, out))
		return REFUSE(p, "%s: \"%s\" is out of range; expected 0..%llu", it->name,
			      it->value, (unsigned long long)max);
	return 0;
}

static int
parse_u16(struct parser *p, const struct item *it, uint16_t *out)
{
	uint64_t v;
	int rc = parse_number(p, it, UINT16_MAX, &v);

	if (!rc)
		*out = (uint16_t)v;
	return rc;
}

static int
parse_table(struct parser *p, const struct item *it)
{
	bool all = !strcmp(it->value, "all") || !strcmp(it->value, "255");
	uint64_t v = XLATE_TABLE_ALL;

	if (all && p->fm->command == XLATE_ADD)
		return REFUSE(p,
			      "table: \"%s\" is every table; expected one of 0..%d to add a rule",
			      it->value, XLATE_TABLES - 1);
	if (!all && !number_parse_table(it->value, XLATE_TABLES - 1, &v))
		return REFUSE(p, "table: \"%s\" is not a table; expected 0..%d", it->value,
			      XLATE_TABLES - 1);
	p->fm->table = (uint8_t)v;
	return 0;
}

static int
parse_priority(struct parser *p, const struct item *it)
{
	if (p->fm->command == XLATE_DELETE)
		return REFUSE(p, "priority: is accepted for a deletion only with --strict");
	return parse_u16(p, it, &p->fm->priority);
}

/* Parses cookie=value/mask, which selects rules. */
static int
parse_cookie_filter(struct parser *p, struct item *part, char *slash)
{
	struct xlate_flow_mod *fm = p->fm;
	int rc;

	if (fm->cookie_mask)
		return REFUSE(p, "cookie: a mask is given twice");
	*slash = '\0';
	rc = parse_number(p, part, UINT64_MAX, &fm->cookie);
	if (rc)
		return rc;
	memmove(part->value, slash + 1, strlen(slash + 1) + 1);
	rc = parse_number(p, part, UINT64_MAX, &fm->cookie_mask);
	fm->cookie &= fm->cookie_mask;
	return rc;
}

static int
parse_cookie(struct parser *p, const struct item *it)
{
	struct xlate_flow_mod *fm = p->fm;
	struct item part = *it;
	char *slash = strchr(part.value, '/');

	if (slash && fm->command == XLATE_ADD)
		return REFUSE(p, "cookie: \"%s\" has a mask; expected a value to add a rule",
			      it->value);
	if (slash)
		return parse_cookie_filter(p, &part, slash);
	if (is_delete(fm))
		return REFUSE(p,
			      "cookie: \"%s\" has no mask; expected value/mask to delete rules, "
			      "such as %s/-1",
			      it->value, it->value);
	if (fm->set_cookie)
		return REFUSE(p, "cookie: is given twice");
	fm->set_cookie = true;
	return parse_number(p, &part, UINT64_MAX,
			    fm->command == XLATE_ADD ? &fm->cookie : &fm->new_cookie);
}

static int
parse_idle_timeout(struct parser *p, const struct item *it)
{
	return parse_u16(p, it, &p->fm->idle_timeout_s);
}

static int
parse_hard_timeout(struct parser *p, const struct item *it)
{
	return parse_u16(p, it, &p->fm->hard_timeout_s);
}

static int
parse_importance(struct parser *p, const struct item *it)
{
	if (p->fm->command != XLATE_ADD)
		return REFUSE(p, "importance: is accepted only when a rule is added");
	return parse_u16(p, it, &p->fm->importance);
}

static int
parse_flag(struct parser *p, const struct item *it, bool *flag)
{
	if (it->has_value)
		return REFUSE(p, "%s: takes no value, but has \"%s\"", it->name, it->value);
	if (is_delete(p->fm))
		return REFUSE(p, "%s: is accepted only when a rule is added or modified", it->name);
	*flag = true;
	return 0;
}

static int
parse_send_flow_rem(struct parser *p, const struct item *it)
{
	return parse_flag(p, it, &p->fm->send_flow_rem);
}

static int
parse_check_overlap(struct parser *p, const struct item *it)
{
	return parse_flag(p, it, &p->fm->check_overlap);
}

static int
parse_reset_counts(struct parser *p, const struct item *it)
{
	return parse_flag(p, it, &p->fm->reset_counts);
}

static int
parse_no_packet_counts(struct parser *p, const struct item *it)
{
	return parse_flag(p, it, &p->fm->no_packet_counts);
}

static int
parse_no_byte_counts(struct parser *p, const struct item *it)
{
	return parse_flag(p, it, &p->fm->no_byte_counts);
}

static int
parse_out_group(struct parser *p, const struct item *it)
{
	uint64_t group;

	if (!is_delete(p->fm))
		return REFUSE(p, "out_group: is accepted only when rules are deleted or shown");
	if (!number_parse_u64(it->value, XLATE_GROUP_MAX, &group))
		return REFUSE(p, "out_group: \"%s\" is not a group; expected 0..%u", it->value,
			      XLATE_GROUP_MAX);
	p->fm->has_out_group = true;
	p->fm->out_group = (uint32_t)group;
	return 0;
}

static int
parse_out_port(struct parser *p, const struct item *it)
{
	if (!is_delete(p->fm))
		return REFUSE(p, "out_port: is accepted only when rules are deleted or shown");
	if (ofp_port_parse(p->names, it->value, strlen(it->value), &p->fm->out_port))
		return REFUSE(p,
			      "out_port: \"%s\" is not a port; expected a number, a port's name or "
			      "a word such as local",
			      it->value);
	return 0;
}

/* Accepts an item that a dump prints and that has no effect. */
static int
parse_ignored(struct parser *p, const struct item *it)
{
	(void)p;
	(void)it;
	return 0;
}

/* Accepts only Ethernet, since every packet is an Ethernet frame. */
static int
parse_packet_type(struct parser *p, const struct item *it)
{
	if (!strcmp(it->value, "(0,0)") || !strcmp(it->value, "(0,0x0)"))
		return 0;
	return REFUSE(p, "packet_type: \"%s\" is not accepted; expected (0,0), which is Ethernet",
		      it->value);
}

static const struct keyword keywords[] = {
	{"table", parse_table},
	{"priority", parse_priority},
	{"cookie", parse_cookie},
	{"idle_timeout", parse_idle_timeout},
	{"hard_timeout", parse_hard_timeout},
	{"send_flow_rem", parse_send_flow_rem},
	{"check_overlap", parse_check_overlap},
	{"reset_counts", parse_reset_counts},
	{"no_packet_counts", parse_no_packet_counts},
	{"no_byte_counts", parse_no_byte_counts},
	{"importance", parse_importance},
	{"out_port", parse_out_port},
	{"out_group", parse_out_group},
	{"duration", parse_ignored},
	{"n_packets", parse_ignored},
	{"n_bytes", parse_ignored},
	{"idle_age", parse_ignored},
	{"hard_age", parse_ignored},
	{"packet_type", parse_packet_type},
};

static int
parse_set_output(struct parser *p, const struct item *it, struct flow_value *value)
{
	uint16_t port = XLATE_PORT_UNSET;

	if (strcasecmp(it->value, "unset") != 0 &&
	    ofp_port_parse(p->names, it->value, strlen(it->value), &port))
		return REFUSE(p,
			      "%s: \"%s\" is not a port; expected a number, a port's name or UNSET",
			      it->name, it->value);
	*value = flow_value_from_u64(port);
	return 0;
}

static int
parse_pipeline_field(struct parser *p, const struct flow_field *f, const struct item *it)
{
	struct flow_value value, mask;
	int rc;

	flow_field_ones(f, &mask);
	if (f == &xlate_fields[XLATE_FIELD_SET_OUTPUT])
		rc = parse_set_output(p, it, &value);
	else
		rc = flow_field_parse(f, it->value, &value, &mask, p->err, p->n_err);
	if (rc)
		return rc;
	flow_field_set_masked(f, &p->fm->match.key, &value, &mask);
	flow_field_set_masked(f, &p->fm->match.mask, &mask, &mask);
	return 0;
}

/* Refuses masks that OpenFlow does not have; flow/ accepts more, for megaflows. */
static int
check_mask(struct parser *p, const struct item *it)
{
	int i = flow_field_find(flow_fields, FLOW_N_FIELDS, it->name, strlen(it->name));
	struct flow_value value, mask;
	int rc;

	if (i < 0 || !it->has_value || !strchr(it->value, '/'))
		return 0;
	if (flow_fields[i].maskable && !flow_fields[i].exact)
		return 0;
	rc = flow_field_parse(&flow_fields[i], it->value, &value, &mask, p->err, p->n_err);
	if (rc || xlate_field_allows_mask(&flow_fields[i], &mask))
		return rc;
	return REFUSE(p, "%s: \"%s\": this field takes no mask; expected a value", it->name,
		      it->value);
}

/* Adds bits to the match. They must agree with the bits of the same field that earlier items
 * set. */
static int
add_bits(struct parser *p, const struct item *it, const struct flow_field *f,
	 const struct flow_value *value, const struct flow_value *mask)
{
	bool pipeline = f >= xlate_fields && f < xlate_fields + XLATE_N_MATCH_FIELDS;
	void *key = pipeline ? (void *)&p->fm->match.key : (void *)&p->match.key;
	void *asked = pipeline ? (void *)&p->fm->match.mask : (void *)&p->match.mask;
	struct flow_value old, bits;

	flow_field_get(f, key, &old);
	flow_field_get(f, asked, &bits);
	for (size_t i = 0; i < sizeof old.b; i++) {
		if ((old.b[i] ^ value->b[i]) & bits.b[i] & mask->b[i])
			return REFUSE(p, "%s=%s: contradicts an earlier item", it->name, it->value);
		bits.b[i] |= mask->b[i];
	}
	flow_field_set_masked(f, key, value, mask);
	flow_field_set(f, asked, &bits);
	return 0;
}

/* Parses "field[first..last]=value". */
static int
parse_part(struct parser *p, const struct item *it)
{
	struct flow_value v, value, mask;
	const struct flow_field *f;
	struct xlate_subfield sf;
	int rc = subfield_parse(p->names, "match", it->name, strlen(it->name), &sf, p->err,
				p->n_err);

	if (rc)
		return rc;
	f = xlate_field_in_match(sf.field);
	if (sf.n_bits == sf.field->n_bits)
		sf.n_bits = f->n_bits; /* the widths in a match and in actions may differ */
	sf.field = f;
	if (sf.ofs + sf.n_bits > f->n_bits)
		return REFUSE(p, "%s: out of range; a match has %u bits of this field", it->name,
			      f->n_bits);
	if (f == &flow_fields[FLOW_FIELD_VLAN_VID])
		return REFUSE(p, "%s: expected bits of vlan_tci, which contains the VLAN ID",
			      it->name);
	rc = subfield_value_parse(it->name, &sf, it->value, &v, p->err, p->n_err);
	if (rc)
		return rc;
	if (!flow_prereq_matched((enum flow_prereq)f->prereq, &p->match.key, &p->match.mask))
		return REFUSE(p,
			      "%s: requires an earlier item such as tcp that selects packets with "
			      "this field",
			      it->name);
	subfield_place(&sf, &v, &value, &mask);
	if (!xlate_field_allows_mask(f, &mask))
		return REFUSE(p, "%s: this field takes no mask; expected a value", it->name);
	rc = add_bits(p, it, f, &value, &mask);
	if (!rc && xlate_tlv_index(f) >= 0)
		xlate_tlv_match_add(f, &value, &mask, &p->match.key, &p->match.mask);
	return rc;
}

/* Parses tun_metadataN, which matches that the packet has the option, or also its data. */
static int
parse_option(struct parser *p, const struct item *it, unsigned int index)
{
	const struct flow_field *f = xlate_tlv_field(p->br, index);
	struct flow_value value = {{0}}, mask = {{0}};
	int rc = 0;

	if (!f)
		return REFUSE(p,
			      "%s: no option is mapped to it; expected a field of the TLV map "
			      "(ovs-ofctl add-tlv-map)",
			      it->name);
	if (xlate_tlv_match_has(f, &p->match.mask))
		return REFUSE(p, "%s: is given twice", it->name);
	if (it->has_value)
		rc = flow_field_parse(f, it->value, &value, &mask, p->err, p->n_err);
	if (!rc)
		xlate_tlv_match_add(f, &value, &mask, &p->match.key, &p->match.mask);
	return rc;
}

static int
parse_named(struct parser *p, const struct item *it)
{
	size_t n_name = strlen(it->name);
	int option = xlate_tlv_index_parse(it->name, n_name);
	int i = flow_field_find(xlate_fields, XLATE_N_MATCH_FIELDS, it->name, n_name);

	if (option >= 0)
		return parse_option(p, it, (unsigned int)option);
	if (i >= 0)
		return parse_pipeline_field(p, &xlate_fields[i], it);
	if (!strncmp(it->name, "tun_opts", strlen("tun_opts")))
		return REFUSE(p, "%s: is a field of megaflows; expected tun_metadata0..%d",
			      it->name, XLATE_TLVS - 1);
	for (size_t k = 0; k < sizeof keywords / sizeof keywords[0]; k++) {
		if (!strcmp(keywords[k].name, it->name))
			return keywords[k].parse(p, it);
	}

	int rc = flow_match_parse_of(it->name, n_name, it->has_value ? it->value : NULL, p->names,
				     &p->match, p->err, p->n_err);

	if (!rc)
		rc = check_mask(p, it);
	if (rc == -ENOENT)
		return REFUSE(p,
			      "\"%s\" is neither a field nor a keyword of a flow; expected table, "
			      "priority, cookie, timeouts, match fields and actions=..",
			      it->name);
	return rc;
}

static int
parse_item(struct parser *p, struct item *it)
{
	if (strchr(it->name, '['))
		return parse_part(p, it);
	if (!strcmp(it->name, "in_port_oxm"))
		strcpy(it->name, "in_port");
	return parse_named(p, it);
}

/* Returns the text of the actions if they are next, else NULL. */
static const char *
actions_of(const char *text)
{
	size_t n = strcspn(text, BLANKS "=");

	if (text[n] != '=' || (strncmp(text, "actions", n) && strncmp(text, "action", n)))
		return NULL;
	return n >= strlen("action") ? text + n + 1 : NULL;
}

/* Takes the next item from '*text'. */
static int
next_item(struct parser *p, const char **text, struct item *it)
{
	const char *s = *text;
	size_t n = strcspn(s, BLANKS "=");
	const char *value = s[n] == '=' ? s + n + 1 : s + n;
	size_t n_value = s[n] == '=' ? scan_until(value, BLANKS) : 0;

	if (!n || n >= sizeof it->name || n_value >= sizeof it->value)
		return REFUSE(p, "\"%.20s\" is not accepted here; expected name or name=value", s);
	memcpy(it->name, s, n);
	it->name[n] = '\0';
	memcpy(it->value, value, n_value);
	it->value[n_value] = '\0';
	it->has_value = s[n] == '=';
	*text = value + n_value;
	return 0;
}

static int
parse_items(struct parser *p, const char *text)
{
	struct item it;

	for (text += strspn(text, BLANKS); *text; text += strspn(text, BLANKS)) {
		int rc;

		p->actions = actions_of(text);
		if (p->actions)
			return 0;
		rc = next_item(p, &text, &it);
		if (!rc)
			rc = parse_item(p, &it);
		if (rc)
			return rc;
	}
	return 0;
}

static int
parse_actions(struct parser *p)
{
	struct xlate_flow_mod *fm = p->fm;

	if (is_delete(fm))
		return p->actions ? REFUSE(p, "actions: are accepted only when rules are added or "
					      "modified")
				  : 0;
	if (!p->actions)
		return REFUSE(p, "actions: are missing; expected actions=.. at the end, such as "
				 "actions=drop");

	int rc = xlate_actions_parse(p->names, p->actions, &fm->actions, p->err, p->n_err);

	if (rc)
		return rc;
	rc = xlate_actions_check(fm->actions, &fm->match, fm->table, XLATE_LENIENT, p->err,
				 p->n_err);
	return rc ? -EINVAL : 0;
}

int
xlate_flow_mod_parse(const struct xlate_bridge *br, const char *text, enum xlate_command command,
		     struct xlate_flow_mod *out, char *err, size_t n_err)
{
	struct flow_port_names names = xlate_of_port_names(br);
	struct parser p = {.br = br, .names = &names, .fm = out, .err = err, .n_err = n_err};

	memset(&p.match, 0, sizeof p.match);
	memset(out, 0, sizeof *out);
	out->command = command;
	out->table = command == XLATE_ADD ? 0 : XLATE_TABLE_ALL;
	out->priority = XLATE_PRIORITY_DEFAULT;
	out->out_port = XLATE_PORT_NONE;

	int rc = parse_items(&p, text);

	if (!rc) {
		out->match.key.flow = p.match.key;
		out->match.mask.flow = p.match.mask;
		match_canonicalize(&out->match);
		rc = parse_actions(&p);
	}
	if (rc)
		xlate_flow_mod_free(out);
	return rc;
}
