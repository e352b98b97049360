/* SPDX-License-Identifier: Apache-2.0 */
#include "lab.h"

#include <stdio.h>

static void
wake(void *aux)
{
	((struct lab *)aux)->n_woken++;
}

void
lab_open_with(struct lab *lab, unsigned int n_ports, const struct xlate_config *config)
{
	struct xlate_config c = *config;

	rcu_thread_start();
	c.learned = wake;
	c.learned_aux = lab;
	assert_int_equal(xlate_create(&c, &lab->x), 0);
	assert_int_equal(xlate_bridge_add(lab->x, "br0", lab->err, sizeof lab->err), 0);
	lab->br = xlate_bridge_find(lab->x, "br0");
	assert_non_null(lab->br);
	for (unsigned int i = 1; i <= n_ports; i++) {
		char name[16];

		snprintf(name, sizeof name, "p%u", i);
		assert_int_equal(lab_port(lab, name, (uint16_t)i, 10 + i, XLATE_VLAN_TRUNK, 0), 0);
	}
}

void
lab_open(struct lab *lab, unsigned int n_ports, unsigned int n_macs)
{
	lab_open_with(lab, n_ports, &(struct xlate_config){.seed = 42, .mac_entries_max = n_macs});
}

void
lab_open_on(struct lab *lab, unsigned int n_ports, uint32_t dp_actions)
{
	lab_open_with(lab, n_ports, &(struct xlate_config){.seed = 42, .dp_actions = dp_actions});
}

void
lab_open_seeded(struct lab *lab, unsigned int n_ports, uint64_t seed)
{
	lab_open_with(lab, n_ports, &(struct xlate_config){.seed = seed});
}

void
lab_close(struct lab *lab)
{
	xlate_destroy(lab->x);
	rcu_drain();
	rcu_thread_stop();
}

int
lab_port(struct lab *lab, const char *name, uint16_t ofp, uint32_t dp, enum xlate_vlan_mode mode,
	 uint16_t tag)
{
	struct xlate_port port = {
		.name = name, .ofp_port = ofp, .dp_port = dp, .vlan_mode = mode, .tag = tag};

	return xlate_port_add(lab->x, lab->br, &port, NULL, lab->err, sizeof lab->err);
}

void
lab_mod(struct lab *lab, enum xlate_command command, const char *text)
{
	struct xlate_flow_mod fm;

	if (xlate_flow_mod_parse(lab->br, text, command, &fm, lab->err, sizeof lab->err))
		fail_msg("%s: %s", text, lab->err);
	if (xlate_flow_mods_apply(lab->x, lab->br, &fm, 1, NULL, lab->err, sizeof lab->err))
		fail_msg("%s: %s", text, lab->err);
	xlate_flow_mod_free(&fm);
}

void
lab_rules(struct lab *lab, ...)
{
	const char *text;
	va_list args;

	lab_mod(lab, XLATE_DELETE, "");
	va_start(args, lab);
	while ((text = va_arg(args, const char *)))
		lab_mod(lab, XLATE_ADD, text);
	va_end(args);
}

struct flow_key
lab_key(struct lab *lab, const char *text)
{
	struct flow_key key;
	char *trace;
	size_t n;
	FILE *out = open_memstream(&trace, &n);
	struct xlate_trace t = {.br = lab->br, .flow = text, .now_ns = LAB_NOW, .text = out};
	int rc = xlate_trace(lab->x, &t, &key, NULL, lab->err, sizeof lab->err);

	fclose(out);
	free(trace);
	if (rc)
		fail_msg("%s: %s", text, lab->err);
	return key;
}

void
lab_translate(struct lab *lab, const char *packet, bool learn, struct xlate_out *out)
{
	struct flow_key key = lab_key(lab, packet);
	struct xlate_in in = {.key = &key, .now_ns = LAB_NOW, .learn = learn};

	assert_int_equal(xlate_translate(lab->x, &in, out), 0);
}

bool
lab_current(struct lab *lab, const struct xlate_out *out)
{
	static const struct flow_packed any;

	return xlate_record_current(lab->x, out->record, &any);
}

char *
lab_actions(struct lab *lab, const char *packet, bool learn)
{
	struct xlate_out result;
	char *text;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	lab_translate(lab, packet, learn, &result);
	flow_actions_print_dp(&result.actions, NULL, out);
	fclose(out);
	xlate_out_free(&result);
	return text;
}

static char *
text_of(const struct flow_actions *acts)
{
	char *text;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	flow_actions_print_dp(acts, NULL, out);
	fclose(out);
	return text;
}

void
lab_translate_key(struct lab *lab, const struct flow_key *key, struct xlate_out *out)
{
	struct xlate_in in = {.key = key, .now_ns = LAB_NOW};

	assert_int_equal(xlate_translate(lab->x, &in, out), 0);
}

void
lab_expect_key(struct lab *lab, const struct flow_key *key, const char *want)
{
	struct xlate_out out;
	char *got;

	lab_translate_key(lab, key, &out);
	got = text_of(&out.actions);
	assert_string_equal(got, want);
	free(got);
	xlate_out_free(&out);
}

uint32_t
lab_recirc_of(const struct xlate_out *out)
{
	for (unsigned int i = 0; i < out->actions.n; i++) {
		if (out->actions.a[i].type == FLOW_ACTION_RECIRC)
			return out->actions.a[i].recirc_id;
	}
	fail_msg("no recirculation");
	return 0;
}

int
lab_group(struct lab *lab, enum xlate_group_command command, const char *text)
{
	struct xlate_group_mod gm;
	int rc = xlate_group_mod_parse(lab->br, text, command, &gm, lab->err, sizeof lab->err);

	if (rc)
		return rc;
	rc = xlate_group_mods_apply(lab->x, lab->br, &gm, 1, NULL, lab->err, sizeof lab->err);
	xlate_group_mod_free(&gm);
	return rc;
}
