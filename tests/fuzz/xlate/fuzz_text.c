/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of flow mods, groups and meters, a line each, are applied to a bridge in order. The
 * bridge's dump is applied to an empty bridge, which must accept it and have the same dump.
 * Packets are translated in between. A line begins with the letter of its command; see
 * 'commands'. */
#include <base/clock.h>
#include <base/rcu.h>
#include <xlate/group.h>
#include <xlate/meter.h>
#include <xlate/translate.h>

#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <stdlib.h>

#define LINES_MAX 32
#define TEXT_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

struct world {
	struct xlate *x;
	struct xlate_bridge *br;
};

static int
meter_set(void *aux, uint32_t dp_meter, const struct flow_meter *rates)
{
	(void)aux;
	(void)dp_meter;
	(void)rates;
	return 0;
}

static void
meter_del(void *aux, uint32_t dp_meter)
{
	(void)aux;
	(void)dp_meter;
}

static int
meter_stats(void *aux, uint32_t dp_meter, struct flow_meter_stats *out)
{
	(void)aux;
	(void)dp_meter;
	*out = (struct flow_meter_stats){0};
	return 0;
}

static void
world_open(struct world *w)
{
	static const struct xlate_meter_sink sink = {
		.set = meter_set, .del = meter_del, .stats = meter_stats};
	const struct xlate_config config = {.seed = 1, .mac_entries_max = 16};
	char err[FLOW_ERR_BYTES];

	must(!xlate_create(&config, &w->x));
	xlate_meter_sink_set(w->x, &sink);
	must(!xlate_bridge_add(w->x, "br0", err, sizeof err));
	w->br = xlate_bridge_find(w->x, "br0");
	for (uint16_t i = 1; i <= 3; i++) {
		char name[] = {'p', (char)('0' + i), 0};
		struct xlate_port port = {.name = name, .ofp_port = i, .dp_port = 10u + i};

		must(!xlate_port_add(w->x, w->br, &port, NULL, err, sizeof err));
	}
}

static void
flow_line(struct world *w, enum xlate_command command, const char *text)
{
	char err[FLOW_ERR_BYTES] = "";
	struct xlate_flow_mod fm;
	int rc = xlate_flow_mod_parse(w->br, text, command, &fm, err, sizeof err);

	must(rc == 0 || (rc == -EINVAL && err[0]));
	if (rc)
		return;
	rc = xlate_flow_mods_apply(w->x, w->br, &fm, 1, NULL, err, sizeof err);
	must(rc == 0 || err[0]);
	xlate_flow_mod_free(&fm);
}

static void
group_line(struct world *w, enum xlate_group_command command, const char *text)
{
	char err[FLOW_ERR_BYTES] = "";
	struct xlate_group_mod gm;
	int rc = xlate_group_mod_parse(w->br, text, command, &gm, err, sizeof err);

	must(rc == 0 || (rc == -EINVAL && err[0]));
	if (rc)
		return;
	rc = xlate_group_mods_apply(w->x, w->br, &gm, 1, NULL, err, sizeof err);
	must(rc == 0 || err[0]);
	xlate_group_mod_free(&gm);
}

static void
meter_line(struct world *w, enum xlate_meter_command command, const char *text)
{
	char err[FLOW_ERR_BYTES] = "";
	struct xlate_meter_mod mm;
	int rc = xlate_meter_mod_parse(text, command, &mm, err, sizeof err);

	must(rc == 0 || (rc == -EINVAL && err[0]));
	if (rc)
		return;
	rc = xlate_meter_mod_apply(w->x, w->br, &mm, NULL, err, sizeof err);
	must(rc == 0 || err[0]);
}

static const struct {
	char letter;
	uint8_t kind; /* 0: flow, 1: group, 2: meter */
	uint8_t command;
} commands[] = {
	{'a', 0, XLATE_ADD},
	{'m', 0, XLATE_MODIFY},
	{'M', 0, XLATE_MODIFY_STRICT},
	{'d', 0, XLATE_DELETE},
	{'D', 0, XLATE_DELETE_STRICT},
	{'g', 1, XLATE_GROUP_ADD},
	{'G', 1, XLATE_GROUP_ADD_OR_MODIFY},
	{'h', 1, XLATE_GROUP_DELETE},
	{'i', 1, XLATE_GROUP_INSERT_BUCKET},
	{'r', 1, XLATE_GROUP_REMOVE_BUCKET},
	{'e', 2, XLATE_METER_ADD},
	{'E', 2, XLATE_METER_MODIFY},
	{'f', 2, XLATE_METER_DELETE},
};

static void
line_apply(struct world *w, const char *line)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (commands[i].letter != line[0])
			continue;
		if (commands[i].kind == 0)
			flow_line(w, (enum xlate_command)commands[i].command, line + 1);
		else if (commands[i].kind == 1)
			group_line(w, (enum xlate_group_command)commands[i].command, line + 1);
		else
			meter_line(w, (enum xlate_meter_command)commands[i].command, line + 1);
		return;
	}
}

/* The dump of a bridge: a line per meter, group and flow, in the order in which they can be
 * loaded. */
struct shown {
	const struct xlate_bridge *br;
	FILE *out;
};

static int
meter_show(const struct xlate_meter_view *meter, void *aux)
{
	struct shown *s = aux;
	char *text;
	size_t n;
	FILE *lines = open_memstream(&text, &n);

	must(lines != NULL);
	xlate_meter_print(meter->config, lines);
	must(!fclose(lines));
	fputc('e', s->out);
	for (size_t i = 0; i < n; i++)
		fputc(text[i] == '\n' ? ' ' : text[i], s->out);
	fputc('\n', s->out);
	free(text);
	return 0;
}

static int
group_show(const struct xlate_group_view *group, void *aux)
{
	struct shown *s = aux;

	fputc('g', s->out);
	xlate_group_print(group->config, true, s->out);
	fputc('\n', s->out);
	return 0;
}

static int
rule_show(const struct xlate_rule_view *rule, void *aux)
{
	struct shown *s = aux;

	fputc('a', s->out);
	xlate_rule_print(s->br, rule, false, 0, s->out);
	fputc('\n', s->out);
	return 0;
}

static char *
show(const struct world *w)
{
	char *text;
	size_t n;
	struct shown s = {.br = w->br, .out = open_memstream(&text, &n)};

	must(s.out != NULL);
	must(!xlate_meter_each(w->br, XLATE_METER_EVERY, meter_show, &s));
	must(!xlate_group_each(w->br, XLATE_GROUP_EVERY, group_show, &s));
	must(!xlate_rule_each(w->br, NULL, rule_show, &s));
	must(!fclose(s.out));
	return text;
}

static void
lines_apply(struct world *w, char *text)
{
	char *save = NULL;
	int n = 0;

	for (char *line = strtok_r(text, "\n", &save); line && n < LINES_MAX;
	     line = strtok_r(NULL, "\n", &save), n++)
		line_apply(w, line);
}

static void
packets_send(struct world *w)
{
	struct flow_key tcp = {
		.in_port = 11,
		.eth_type = htons(ETHERTYPE_IP),
		.nw_src = htonl(0x0a000001),
		.nw_dst = htonl(0x0a000002),
		.nw_proto = 6,
		.nw_ttl = 2,
		.tp_src = htons(1000),
		.tp_dst = htons(80),
	};
	struct flow_key mpls = {.in_port = 12,
				.eth_type = htons(0x8847),
				.mpls = {htonl(5 << 12 | 0x40), htonl(6 << 12 | 0x140)}};
	const struct flow_key *keys[] = {&tcp, &mpls};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct xlate_in in = {.key = keys[i], .now_ns = NS_PER_S, .learn = true};
		struct flow_stats one = {.packets = 1, .bytes = 60, .used_ns = NS_PER_S};
		struct xlate_out out;

		must(!xlate_translate(w->x, &in, &out));
		xlate_record_push(w->x, out.record, &one);
		xlate_out_free(&out);
	}
	xlate_learned_apply(w->x);
}

static void
world_empty(struct world *w)
{
	flow_line(w, XLATE_DELETE, "");
	group_line(w, XLATE_GROUP_DELETE, "");
	meter_line(w, XLATE_METER_DELETE, "");
	xlate_mac_flush(w->x, w->br);
	rcu_quiesce();
}

/* Modifies 'text'. */
static void
shows_the_same(struct world *w, const char *expected, char *text)
{
	char *again;

	lines_apply(w, text);
	again = show(w);
	if (strcmp(again, expected) != 0) {
		fprintf(stderr, "shown:\n%s\nloaded and shown again:\n%s\n", expected, again);
		abort();
	}
	free(again);
	world_empty(w);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct world first, second;
	char text[TEXT_MAX + 1];
	char *shown, *copy;

	if (n > TEXT_MAX || memchr(data, 0, n))
		return 0;
	if (!first.x) {
		rcu_thread_start();
		world_open(&first);
		world_open(&second);
		world_empty(&first);
		world_empty(&second);
	}
	memcpy(text, data, n);
	text[n] = '\0';
	lines_apply(&first, text);
	shown = show(&first);
	copy = strdup(shown);
	must(copy != NULL);
	packets_send(&first);
	world_empty(&first);
	shows_the_same(&second, shown, copy);
	free(shown);
	free(copy);
	return 0;
}
