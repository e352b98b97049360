/* SPDX-License-Identifier: Apache-2.0 */
/* Tests against ovs-ofctl: our text is its normal form, and parsing its text yields the same
 * match. Skipped if ovs-ofctl is not installed. */
#include "random_match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define N_CASES 3000
#define SKIPPED 77
#define LINE_MAX_BYTES 4096

/* Runs ovs-ofctl on the flows, one a line, and opens its answer. */
static FILE *
ofctl_open(char *const *flows, size_t n, char *path)
{
	char command[128];
	int fd = mkstemp(path);
	FILE *in = fd < 0 ? NULL : fdopen(fd, "w");

	assert_non_null(in);
	for (size_t i = 0; i < n; i++)
		fprintf(in, "%s%sactions=drop\n", flows[i], *flows[i] ? "," : "");
	fclose(in);
	snprintf(command, sizeof command, "ovs-ofctl parse-flows %s 2>&1", path);
	return popen(command, "r");
}

/* Returns the match in "NXT_FLOW_MOD: ADD tcp,in_port=1 actions=drop"; NULL for another line. */
static char *
match_of_line(char *line)
{
	char *start = strstr(line, " ADD "), *end;

	if (!start)
		return NULL;
	start += strlen(" ADD ");
	end = strstr(start, "actions=drop");
	if (!end)
		return NULL;
	*end = '\0';
	if (end > start && end[-1] == ' ')
		end[-1] = '\0';
	return start;
}

/* Calls 'check' with each flow and its form as ovs-ofctl prints it. */
static void
ofctl_each(char *const *flows, size_t n, void (*check)(size_t i, const char *normal, void *aux),
	   void *aux)
{
	char path[] = "/tmp/flowtext-XXXXXX", line[LINE_MAX_BYTES];
	FILE *answer = ofctl_open(flows, n, path);
	size_t i = 0;

	assert_non_null(answer);
	while (fgets(line, sizeof line, answer)) {
		char *normal = match_of_line(line);

		if (normal && i < n)
			check(i++, normal, aux);
		else if (strstr(line, "ovs-ofctl:"))
			fail_msg("flow %zu: %s: %s", i, flows[i], line);
	}
	pclose(answer);
	unlink(path);
	assert_int_equal(i, n);
}

struct cases {
	struct flow_match m[N_CASES];
	char *text[N_CASES];
};

static void
check_case(size_t i, const char *normal, void *aux)
{
	struct cases *c = aux;
	char err[FLOW_ERR_BYTES] = "";
	struct flow_match back;

	size_t at = 0;

	while (normal[at] && normal[at] == c->text[i][at])
		at++;
	at = at > 24 ? at - 24 : 0;
	if (strcmp(normal, c->text[i]))
		fail_msg("seed %zu: ours: ..%.300s\novs-ofctl: ..%.300s", i + 1, c->text[i] + at,
			 normal + at);
	if (parse_of(normal, &back, err, sizeof err))
		fail_msg("seed %zu: %s: %s", i + 1, normal, err);
	if (memcmp(&back, &c->m[i], sizeof back))
		fail_msg("seed %zu: %s\nread back: %s", i + 1, normal, text_of_of(&back));
}

static void
random_matches_are_in_normal_form(void **state)
{
	struct cases *c = calloc(1, sizeof *c);

	(void)state;
	assert_non_null(c);
	for (size_t i = 0; i < N_CASES; i++) {
		struct rng r = {i + 1};

		random_match(&r, RANDOM_OFCTL, &c->m[i]);
		c->text[i] = text_of_of(&c->m[i]);
	}
	ofctl_each(c->text, N_CASES, check_case, c);
	for (size_t i = 0; i < N_CASES; i++)
		free(c->text[i]);
	free(c);
}

/* Matches as people write them: we normalise them like ovs-ofctl. */
static char *const written[] = {
	(char[]){"ip"},
	(char[]){"tcp,tp_dst=80"},
	(char[]){"udp6,udp_src=3"},
	(char[]){"sctp,sctp_dst=4"},
	(char[]){"icmp,icmp_type=8,icmp_code=0"},
	(char[]){"icmp6,icmp_type=135,nd_target=fe80::1,nd_sll=00:11:22:33:44:55"},
	(char[]){"icmp6,icmpv6_type=136,nd_tll=00:11:22:33:44:55"},
	(char[]){"arp,arp_spa=1.2.3.4,arp_op=1,arp_sha=00:00:00:00:00:01"},
	(char[]){"arp,nw_src=1.2.3.4,nw_dst=3.4.5.0/24,nw_proto=2"},
	(char[]){"rarp,arp_tha=00:00:00:00:00:01"},
	(char[]){"mpls,mpls_label=3,mpls_tc=1,mpls_bos=1,mpls_ttl=3"},
	(char[]){"mplsm"},
	(char[]){"dl_type=0x0800,nw_proto=6,tp_src=1"},
	(char[]){"dl_type=0x86dd,nw_proto=58"},
	(char[]){"dl_type=0x88cc"},
	(char[]){"ip,nw_proto=200,ip_frag=later,nw_tos=32,nw_ecn=1,nw_ttl=3"},
	(char[]){"ip,ip_dscp=8"},
	(char[]){"ip,nw_tos=33"},
	(char[]){"ip,nw_frag=yes"},
	(char[]){"ipv6,nw_frag=first,ipv6_label=0x5/0xf,ipv6_dst=ff00::/8"},
	(char[]){"ip,nw_src=1.2.3.4/255.0.255.0,ip_dst=1.2.3.4/8"},
	(char[]){"dl_vlan=0"},
	(char[]){"dl_vlan=0xffff"},
	(char[]){"dl_vlan=5,dl_vlan_pcp=1,tcp"},
	(char[]){"vlan_pcp=3"},
	(char[]){"vlan_vid=0x1005"},
	(char[]){"vlan_vid=0x1000/0x1000"},
	(char[]){"vlan_vid=0x1005/0x1005"},
	(char[]){"vlan_vid=0"},
	(char[]){"vlan_tci=0"},
	(char[]){"vlan_tci=0x1005/0x1fff"},
	(char[]){"vlan_tci=0xf123/0xf123"},
	(char[]){"vlan_tci=0/0x1000"},
	(char[]){"in_port=1,tun_id=0x5/0xff,tun_src=1.2.3.4,tun_dst=1.0.0.0/8"},
	(char[]){"in_port=LOCAL,tun_ipv6_src=fe80::1"},
	(char[]){"in_port=controller"},
	(char[]){"tun_flags=+oam"},
	(char[]){"ct_state=+trk-new,ct_zone=5,ct_mark=0x5/0xf,ct_label=0x1234"},
	(char[]){"ct_state=trk|est"},
	(char[]){"ct_state=+est,ct_nw_src=1.2.3.4,ct_nw_dst=10.0.0.0/8,ip"},
	(char[]){"ct_state=+trk-inv,ip,ct_nw_proto=6,ct_tp_src=5,ct_tp_dst=0x50/0xf0"},
	(char[]){"ct_state=+rpl,ct_ipv6_src=fd00::1,ct_ipv6_dst=fe80::/10,ipv6"},
	(char[]){"ct_state=0x21/0x21"},
	(char[]){"pkt_mark=0x1/0x3,recirc_id=5,dp_hash=0x1/0xf"},
	(char[]){"tcp,tcp_flags=+syn-ack"},
	(char[]){"tcp,tcp_flags=syn|ack"},
	(char[]){"tcp6,tcp_flags=0x12/0x17"},
	(char[]){"dl_src=00:00:00:00:00:01/01:00:00:00:00:00,eth_dst=01:00:5e:00:00:01"},
};
#define N_WRITTEN (sizeof written / sizeof *written)

static void
check_written(size_t i, const char *normal, void *aux)
{
	char err[FLOW_ERR_BYTES] = "", *text;
	struct flow_match m;

	(void)aux;
	if (parse_of(written[i], &m, err, sizeof err))
		fail_msg("%s: %s", written[i], err);
	text = text_of_of(&m);
	/* ovs-ofctl prints a tunnel flag as exact, as it knows only one. */
	if (strcmp(text, normal))
		fail_msg("%s: ours: %s\novs-ofctl: %s", written[i], text, normal);
	free(text);
}

static void
written_texts_mean_the_same(void **state)
{
	(void)state;
	ofctl_each(written, N_WRITTEN, check_written, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_matches_are_in_normal_form),
		cmocka_unit_test(written_texts_mean_the_same),
	};

	if (system("ovs-ofctl --version >/dev/null 2>&1"))
		return SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
