/* SPDX-License-Identifier: Apache-2.0 */
#include "text/text_dp_actions.h"
#include "text/text_dp_ct.h"
#include "text/text_dp_geneve.h"
#include "wire.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

static int
append(struct dp_scan *s, struct flow_actions *acts, const struct flow_action *a)
{
	int rc = flow_actions_add(acts, a);

	if (rc == -E2BIG)
		return text_fail(&s->err, "more than %d actions", FLOW_ACTIONS_MAX);
	return rc;
}

/* ---- set(..) ---- */

static int
set_member(struct dp_scan *s, const struct dp_group *g, const struct dp_member *m,
	   const struct flow_value *value, const struct flow_value *mask, void *aux)
{
	struct flow_action a = {.type = FLOW_ACTION_SET};

	if (!flow_fields[m->field].settable)
		return text_fail(&s->err, "set: %s%s%s%s cannot be set", g->name,
				 m->name ? "(" : "", m->name ? m->name : "", m->name ? ")" : "");
	a.set.field = m->field;
	memcpy(a.set.value, value->b + FLOW_VALUE_BYTES - sizeof a.set.value, sizeof a.set.value);
	memcpy(a.set.mask, mask->b + FLOW_VALUE_BYTES - sizeof a.set.mask, sizeof a.set.mask);
	return append(s, aux, &a);
}

/* Parses "(N)". */
static int
paren_number_read(struct dp_scan *s, const char *verb, uint32_t min, uint32_t *out)
{
	size_t n = *s->p == '(' ? strcspn(s->p + 1, ")") : 0;
	uint64_t v;

	if (!n || s->p[n + 1] != ')' || !text_number(s->p + 1, n, UINT32_MAX, &v) || v < min)
		return text_fail(&s->err, "%s: '%.24s' is not a number; expected %s(%u..%u)", verb,
				 s->p, verb, min, UINT32_MAX);
	*out = (uint32_t)v;
	s->p += n + 2;
	return 0;
}

static int
priority_read(struct dp_scan *s, struct flow_actions *acts)
{
	struct flow_action a = {.type = FLOW_ACTION_SET_QUEUE};
	int rc = paren_number_read(s, "skb_priority", 0, &a.queue);

	if (!rc)
		rc = dp_expect(s, ')', "set(..");
	return rc ? rc : append(s, acts, &a);
}

/* Parses geneve(..), which sets all options. */
static int
options_read(struct dp_scan *s, const char *word, size_t n_word, void *aux)
{
	struct flow_tunnel key = {.n_opt_bytes = 0}, mask = {.n_opt_bytes = 0};
	int rc;

	if (n_word != strlen("geneve") || memcmp(word, "geneve", n_word) != 0)
		return -ENOENT;
	rc = dp_geneve_parse(s, &key, &mask);
	if (rc)
		return rc;
	if (key.n_opt_bytes > FLOW_GENEVE_OPT_BYTES)
		return text_fail(&s->err, "set(tunnel(geneve)): options take at most %d bytes",
				 FLOW_GENEVE_OPT_BYTES);
	rc = flow_actions_add_tun_opts(aux, key.opts, key.n_opt_bytes);
	return rc == -E2BIG ? text_fail(&s->err, "more than %d actions", FLOW_ACTIONS_MAX) : rc;
}

static int
set_read(struct dp_scan *s, struct flow_actions *acts)
{
	const char *word;
	size_t n_word;
	int g, rc;

	if (dp_expect(s, '(', "set"))
		return -EINVAL;
	n_word = dp_word(s, &word);
	if (n_word == strlen("skb_priority") && !memcmp(word, "skb_priority", n_word))
		return priority_read(s, acts);
	g = dp_group_find(DP_N_SET_GROUPS, word, n_word);
	if (g < 0)
		return text_fail(&s->err,
				 "set: '%.24s' is not a header; expected tunnel, skb_mark, "
				 "skb_priority, eth, vlan, inner_vlan, mpls, ipv4, ipv6, arp, tcp, "
				 "udp, sctp, icmp, icmpv6 or nd",
				 word);
	rc = dp_expect(s, '(', dp_groups[g].name);
	if (!rc)
		rc = dp_members(s, &dp_groups[g], set_member,
				g == DP_GROUP_TUNNEL ? options_read : NULL, acts);
	return rc ? rc : dp_expect(s, ')', "set(..");
}

/* ---- name=value lists ---- */

struct arg {
	const char *name;
	uint64_t max;
	uint64_t value;		  /* initially the default */
	const char *const *words; /* NULL, or 'max' + 1 words; the value is an index of them */
	bool given;
};

/* Writes "a, b or c". */
static void
words_list(const struct arg *arg, char *buf, size_t n)
{
	size_t used = 0;

	for (uint64_t i = 0; i <= arg->max && used < n; i++)
		used += (size_t)snprintf(buf + used, n - used, "%s%s",
					 !i		 ? ""
					 : i == arg->max ? " or "
							 : ", ",
					 arg->words[i]);
}

static int
arg_value(struct dp_scan *s, const char *action, struct arg *arg)
{
	char known[1024];
	const char *text;
	size_t n;

	dp_peek(s);
	text = s->p;
	n = strcspn(text, ", )");
	s->p += n;
	for (uint64_t i = 0; arg->words && i <= arg->max; i++) {
		if (strlen(arg->words[i]) == n && !memcmp(arg->words[i], text, n)) {
			arg->value = i;
			return 0;
		}
	}
	if (!arg->words && text_number(text, n, arg->max, &arg->value))
		return 0;
	if (!arg->words)
		return text_fail(&s->err, "%s(%s): '%.*s' is not accepted; expected 0 to %llu",
				 action, arg->name, n < 32 ? (int)n : 32, text,
				 (unsigned long long)arg->max);
	words_list(arg, known, sizeof known);
	return text_fail(&s->err, "%s(%s): '%.*s' is not accepted; expected %s", action, arg->name,
			 n < 32 ? (int)n : 32, text, known);
}

/* Parses "(a=1,b=2)" into 'args', which ends with a NULL name. */
static int
args_read(struct dp_scan *s, const char *action, struct arg *args)
{
	if (dp_expect(s, '(', action))
		return -EINVAL;
	while (dp_next(s) && *s->p != ')') {
		const char *word;
		size_t n_word = dp_word(s, &word);
		struct arg *arg = args;

		while (arg->name &&
		       (strlen(arg->name) != n_word || memcmp(arg->name, word, n_word) != 0))
			arg++;
		if (!arg->name)
			return text_fail(&s->err,
					 "%s: '%.24s' is not accepted; expected %s%s%s%s%s", action,
					 word, args[0].name, args[1].name ? ", " : "",
					 args[1].name ? args[1].name : "",
					 args[1].name && args[2].name ? ", " : "",
					 args[1].name && args[2].name ? args[2].name : "");
		if (arg->given)
			return text_fail(&s->err, "%s(%s) is given twice", action, arg->name);
		arg->given = true;
		if (dp_expect(s, '=', arg->name) || arg_value(s, action, arg))
			return -EINVAL;
	}
	return dp_expect(s, ')', action);
}

static int
push_vlan_read(struct dp_scan *s, struct flow_actions *acts)
{
	struct arg args[] = {{"tpid", UINT16_MAX, TEXT_TPID_DEFAULT},
			     {"vid", FLOW_VLAN_VID, 0},
			     {"pcp", 7, 0},
			     {0}};
	struct flow_action a = {.type = FLOW_ACTION_PUSH_VLAN};

	if (args_read(s, "push_vlan", args))
		return -EINVAL;
	if (!args[1].given)
		return text_fail(&s->err, "push_vlan: vid is missing; expected vid=.., and "
					  "optionally pcp=.. and tpid=..");
	a.vlan.tpid = htons((uint16_t)args[0].value);
	a.vlan.tci = htons((uint16_t)(args[1].value | args[2].value << 13));
	return append(s, acts, &a);
}

static int
upcall_read(struct dp_scan *s, struct flow_action *a)
{
	struct arg args[] = {
		{"reason", FLOW_N_UPCALL_REASONS - 1, 0, text_upcall_reasons},
		{"max_len", UINT16_MAX, UINT16_MAX},
		{"cookie", UINT32_MAX, 0},
		{"meter", UINT32_MAX, 0},
		{0},
	};

	if (args_read(s, "userspace", args))
		return -EINVAL;
	if (!args[0].given)
		return text_fail(
			&s->err,
			"userspace: reason is missing; expected slow_path, controller or sample");
	a->upcall.reason = (uint8_t)args[0].value;
	a->upcall.max_len = (uint16_t)args[1].value;
	a->upcall.cookie = (uint32_t)args[2].value;
	a->upcall.meter = (uint32_t)args[3].value;
	return 0;
}

static int
userspace_read(struct dp_scan *s, struct flow_actions *acts)
{
	struct flow_action a = {.type = FLOW_ACTION_UPCALL};

	return upcall_read(s, &a) ? -EINVAL : append(s, acts, &a);
}

/* Takes 'text', which is a part of 'example'. Returns 0 or -EINVAL. */
static int
literal_read(struct dp_scan *s, const char *text, const char *example)
{
	dp_peek(s);
	if (strncmp(s->p, text, strlen(text)) != 0)
		return text_fail(&s->err, "%.*s: '%s' is expected before '%.24s', as in %s",
				 (int)strcspn(example, "("), example, text, s->p, example);
	s->p += strlen(text);
	return 0;
}

static int
sample_read(struct dp_scan *s, struct flow_actions *acts)
{
	static const char example[] = "sample(sample=50.0%,actions(userspace(..)))";
	struct flow_action a = {.type = FLOW_ACTION_SAMPLE};
	double percent;
	char *end;

	if (literal_read(s, "(sample=", example))
		return -EINVAL;
	percent = isdigit((unsigned char)*s->p) ? strtod(s->p, &end) : -1;
	if (!(percent >= 0 && percent <= 100) || *end != '%')
		return text_fail(&s->err,
				 "sample: '%.24s' is not a percentage; expected 0%% to 100%%",
				 s->p);
	a.upcall.probability = (uint32_t)(percent / 100 * UINT32_MAX + 0.5);
	s->p = end;
	if (literal_read(s, "%,actions(userspace", example) || upcall_read(s, &a) ||
	    literal_read(s, "))", example))
		return -EINVAL;
	return append(s, acts, &a);
}

static int
drop_read(struct dp_scan *s, struct flow_actions *acts)
{
	struct arg args[] = {
		{"reason", FLOW_N_DROPS - 1, FLOW_DROP_EXPLICIT, flow_drop_names},
		{0},
	};
	struct flow_action a = {.type = FLOW_ACTION_DROP};

	if (dp_peek(s) == '(' && args_read(s, "drop", args))
		return -EINVAL;
	if (dp_next(s))
		return text_fail(&s->err, "drop must be the last action, but '%.24s' follows",
				 s->p);
	a.drop = (uint8_t)args[0].value;
	return append(s, acts, &a);
}

static int
push_mpls_read(struct dp_scan *s, struct flow_actions *acts)
{
	struct arg args[] = {{"label", 0xfffff, 0},
			     {"tc", 7, 0},
			     {"ttl", UINT8_MAX, 0},
			     {"bos", 1, 0},
			     {"eth_type", UINT16_MAX, ETH_TYPE_MPLS},
			     {0}};
	struct flow_action a = {.type = FLOW_ACTION_PUSH_MPLS};

	if (args_read(s, "push_mpls", args))
		return -EINVAL;
	a.mpls.eth_type = htons((uint16_t)args[4].value);
	if (!wire_is_mpls(a.mpls.eth_type))
		return text_fail(
			&s->err,
			"push_mpls(eth_type): 0x%04x is not accepted; expected 0x8847 or 0x8848",
			(unsigned int)args[4].value);
	a.mpls.lse = htonl((uint32_t)(args[0].value << 12 | args[1].value << 9 |
				      args[3].value << 8 | args[2].value));
	return append(s, acts, &a);
}

static int
pop_mpls_read(struct dp_scan *s, struct flow_actions *acts)
{
	struct arg args[] = {{"eth_type", UINT16_MAX, 0}, {0}};
	struct flow_action a = {.type = FLOW_ACTION_POP_MPLS};

	if (args_read(s, "pop_mpls", args))
		return -EINVAL;
	if (!args[0].given)
		return text_fail(
			&s->err,
			"pop_mpls: eth_type is missing: the type of the payload below the label");
	a.mpls.eth_type = htons((uint16_t)args[0].value);
	return append(s, acts, &a);
}

static int
meter_read(struct dp_scan *s, struct flow_actions *acts)
{
	struct flow_action a = {.type = FLOW_ACTION_METER};

	if (paren_number_read(s, "meter", 1, &a.meter))
		return -EINVAL;
	return append(s, acts, &a);
}

static int
trunc_read(struct dp_scan *s, struct flow_actions *acts)
{
	struct flow_action a = {.type = FLOW_ACTION_TRUNC};

	if (paren_number_read(s, "trunc", FLOW_TRUNC_MIN, &a.n_bytes))
		return -EINVAL;
	return append(s, acts, &a);
}

static int
recirc_read(struct dp_scan *s, struct flow_actions *acts)
{
	struct flow_action a = {.type = FLOW_ACTION_RECIRC};
	int rc = paren_number_read(s, "recirc", 1, &a.recirc_id);

	return rc ? rc : append(s, acts, &a);
}

static int
check_len_read(struct dp_scan *s, struct flow_actions *acts)
{
	static const char example[] = "check_pkt_len(size=1514,gt(recirc(0x1)),le(recirc(0x2)))";
	struct arg size = {"size", UINT16_MAX, 0};
	struct flow_action a = {.type = FLOW_ACTION_CHECK_LEN};

	if (literal_read(s, "(size=", example) || arg_value(s, "check_pkt_len", &size) ||
	    literal_read(s, ",gt(recirc", example) ||
	    paren_number_read(s, "recirc", 1, &a.check_len.longer) ||
	    literal_read(s, "),le(recirc", example) ||
	    paren_number_read(s, "recirc", 1, &a.check_len.others) ||
	    literal_read(s, "))", example))
		return -EINVAL;
	a.check_len.n_bytes = (uint16_t)size.value;
	return append(s, acts, &a);
}

static int
ct_read(struct dp_scan *s, struct flow_actions *acts)
{
	struct flow_ct ct;
	int rc = text_ct_read(s, &ct);

	if (rc)
		return rc;
	rc = flow_actions_add_ct(acts, &ct);
	if (rc == -E2BIG)
		return text_fail(&s->err, "more than %d actions", FLOW_ACTIONS_MAX);
	return rc;
}

#define BARE(name, action)                                                                         \
	static int name##_read(struct dp_scan *s, struct flow_actions *acts)                       \
	{                                                                                          \
		return append(s, acts, &(struct flow_action){.type = FLOW_ACTION_##action});       \
	}

BARE(pop_vlan, POP_VLAN)
BARE(ct_clear, CT_CLEAR)
BARE(copy_ttl_out, COPY_TTL_OUT)
BARE(copy_ttl_in, COPY_TTL_IN)

static const struct {
	const char *name;
	int (*read)(struct dp_scan *s, struct flow_actions *acts);
} verbs[] = {
	{"set", set_read},
	{"push_vlan", push_vlan_read},
	{"pop_vlan", pop_vlan_read},
	{"push_mpls", push_mpls_read},
	{"pop_mpls", pop_mpls_read},
	{"copy_ttl_out", copy_ttl_out_read},
	{"copy_ttl_in", copy_ttl_in_read},
	{"drop", drop_read},
	{"userspace", userspace_read},
	{"meter", meter_read},
	{"trunc", trunc_read},
	{"sample", sample_read},
	{"ct", ct_read},
	{"ct_clear", ct_clear_read},
	{"recirc", recirc_read},
	{"check_pkt_len", check_len_read},
};

static int
output_read(struct dp_scan *s, struct flow_actions *acts)
{
	struct flow_action a = {.type = FLOW_ACTION_OUTPUT};
	const char *text = s->p;
	size_t n = text_port_length(text, ", \t\n()");

	s->p += n;
	if (n > 64 || *s->p == '(' || !n)
		return text_fail(&s->err,
				 "'%.24s' is not an action; expected a port, set(..), "
				 "push_vlan(..), pop_vlan, push_mpls(..), pop_mpls(..), "
				 "copy_ttl_out, copy_ttl_in, meter(N), trunc(N), ct(..), ct_clear, "
				 "recirc(ID), check_pkt_len(..), userspace(..), sample(..), drop "
				 "or drop(reason=..)",
				 text);
	if (text_port_parse(TEXT_PORTS_DP, s->names, "output", text, n, &a.port, &s->err))
		return -EINVAL;
	return append(s, acts, &a);
}

static int
action_read(struct dp_scan *s, struct flow_actions *acts)
{
	const char *start = s->p, *word;
	size_t n_word = dp_word(s, &word);
	bool ends = !*s->p || strchr(",( \t\n", *s->p);

	for (size_t i = 0; ends && i < sizeof verbs / sizeof *verbs; i++) {
		if (strlen(verbs[i].name) == n_word && !memcmp(verbs[i].name, word, n_word))
			return verbs[i].read(s, acts);
	}
	s->p = start;
	return output_read(s, acts);
}

int
flow_actions_parse_dp(const char *text, const struct flow_port_names *names,
		      struct flow_actions *out, char *err, size_t n_err)
{
	struct dp_scan s = {.p = text, .names = names, .err = {err, n_err}};
	struct flow_actions acts;
	int rc = 0;

	flow_actions_init(&acts);
	while (!rc && dp_next(&s)) {
		rc = action_read(&s, &acts);
		if (!rc && dp_peek(&s) && *s.p != ',')
			rc = text_fail(&s.err, "',' is expected between actions, before '%.24s'",
				       s.p);
	}
	if (!rc) {
		flow_actions_free(out);
		*out = acts;
		return 0;
	}
	flow_actions_free(&acts);
	return rc;
}
