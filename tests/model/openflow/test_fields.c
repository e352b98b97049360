/* SPDX-License-Identifier: Apache-2.0 */
/* Every possible field header, in NXM and OXM, with values, masks, prerequisites and
 * repetitions. ovs-ofctl is the oracle for which are refused, with which error, and for the
 * meaning of accepted ones: it prints our re-encoding. */
#include "recorder.h"

#include <fields/match.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SKIPPED 77
#define LINE_BYTES 512
#define N_NUMBERS 128
#define DIFFERENCES_MAX 20

/* Fields that Open vSwitch supports and Tandem refuses as unknown. */
static const struct {
	uint16_t class;
	uint8_t first, last;
	const char *why;
} missing[] = {
	{OFP_CLASS_NXM1, 38, 39, "group-based policy of VXLAN"},
	{OFP_CLASS_NXM1, 40, 103, "Geneve options by index, which need a table of their own"},
};

/* Prerequisites that precede a field and define its meaning. */
static const char *const prefixes[] = {
	"",
	"80000a02(0800)",
	"80000a02(86dd)",
	"80000a02(0806)",
	"80000a02(8035)",
	"80000a02(8847)",
	"80000c02(1005)",
	"80000a02(0800),80001401(06)",
	"80000a02(86dd),80001401(06)",
	"80000a02(0800),80001401(11)",
	"80000a02(0800),80001401(84)",
	"80000a02(0800),80001401(01)",
	"80000a02(86dd),80001401(3a)",
	"80000a02(86dd),80001401(3a),80003a01(87),80003c01(00)",
	"80000a02(86dd),80001401(3a),80003a01(88),80003c01(00)",
	"80000a02(0800),0001d308(00000022/00000022),0001ee01(06)",
	"80000a02(86dd),0001d308(00000001/00000001)",
	"80000a02(86dd),0001d308(00000020/00000030),0001ee01(11)",
	"80000a02(0800),0001d308(00000008/00000008)",
	"80000a02(0800),0001d308(00000020/00000020)",
	"80000a02(0800),0001d308(00000030/00000030)",
	"80000a02(0806),0001d308(00000080/00000080)",
};
#define N_PREFIXES (sizeof prefixes / sizeof prefixes[0])

/* Lines of matches, and the result of each. */
struct lines {
	char **text;
	size_t n, n_alloc;
};

static void
add_line(struct lines *l, const char *text)
{
	if (l->n == l->n_alloc) {
		l->n_alloc = l->n_alloc ? 2 * l->n_alloc : 1024;
		l->text = realloc(l->text, l->n_alloc * sizeof *l->text);
		assert_non_null(l->text);
	}
	l->text[l->n] = strdup(text);
	assert_non_null(l->text[l->n++]);
}

static const char *
line_of(const struct lines *l, size_t i)
{
	return i < l->n ? l->text[i] : "";
}

static void
free_lines(struct lines *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->text[i]);
	free(l->text);
	*l = (struct lines){0};
}

/* ---- the oracle ---- */

static void
ask_ovs(const struct lines *in, const char *how, struct lines *out)
{
	char path[] = "/tmp/openflow-fields-XXXXXX", command[160], line[LINE_BYTES];
	int fd = mkstemp(path);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	FILE *pipe;

	assert_non_null(f);
	for (size_t i = 0; i < in->n; i++)
		fprintf(f, "%s\n", in->text[i]);
	assert_int_equal(fclose(f), 0);
	snprintf(command, sizeof command, "ovs-ofctl --strict %s <%s 2>/dev/null", how, path);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	while (fgets(line, sizeof line, pipe)) {
		static const char error[] = "nx_pull_match() returned error ";

		line[strcspn(line, "\n")] = '\0';
		add_line(out, strncmp(line, error, strlen(error)) ? line : line + strlen(error));
	}
	pclose(pipe);
	unlink(path);
	assert_int_equal(out->n, in->n);
}

/* ---- Tandem ---- */

static size_t
bytes_of_hex(const char *hex, size_t n_hex, uint8_t *out)
{
	for (size_t i = 0; i < n_hex / 2; i++) {
		unsigned int byte;

		assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
		out[i] = (uint8_t)byte;
	}
	return n_hex / 2;
}

/* Encodes "HEADER(VALUE)" or "HEADER(VALUE/MASK)", separated by commas, in hexadecimal. */
static void
encode_text(const char *text, struct ofp_buffer *b)
{
	uint8_t bytes[64];

	while (*text) {
		size_t n = strcspn(text, "(/),");

		ofp_put(b, bytes, bytes_of_hex(text, n, bytes));
		text += n;
		text += strspn(text, "(/),");
	}
}

static void
append_hex(char *out, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sprintf(out + strlen(out), "%02x", p[i]);
}

static void
decode_text(const struct ofp_buffer *b, char *out)
{
	*out = '\0';
	for (size_t at = 0; at < b->n;) {
		const uint8_t *p = b->data + at;
		size_t head = p[0] == 0xff && p[1] == 0xff ? 8 : 4;
		size_t n = p[3] - (head - 4), n_value = p[2] & 1 ? n / 2 : n;

		strcat(out, *out ? "," : "");
		append_hex(out, p, head);
		strcat(out, "(");
		append_hex(out, p + head, n_value);
		if (p[2] & 1) {
			strcat(out, "/");
			append_hex(out, p + head + n_value, n_value);
		}
		strcat(out, ")");
		at += head + n;
	}
}

/* Writes the name of the error, or the match encoded again. */
static void
ask_tandem(const char *line, uint8_t version, char *out)
{
	struct ofp_buffer b = OFP_BUFFER_INIT, again = OFP_BUFFER_INIT;
	struct ofp_error err = {0};
	struct ofp_cookie cookie = {0};
	struct xlate_match m;
	struct ofp_cursor c;

	encode_text(line, &b);
	c = (struct ofp_cursor){b.data, b.n};
	if (ofp_match_fields_pull(&c, NULL, true, &m, version == OFP_VERSION_10 ? &cookie : NULL,
				  &err)) {
		strcpy(out, ofp_error_name(err.code));
		assert_true(err.text[0]);
	} else {
		ofp_match_fields_put(&again, &m, version);
		ofp_cookie_put(&again, &cookie);
		decode_text(&again, out);
	}
	ofp_buffer_free(&b);
	ofp_buffer_free(&again);
}

/* ---- lines ---- */

struct header {
	uint16_t class;
	uint8_t number;
	uint8_t n_bytes;
};

static void
put_field(char *out, const struct header *h, bool masked, const uint8_t *value, const uint8_t *mask)
{
	unsigned int n = h->n_bytes;

	sprintf(out + strlen(out), "%04x%02x%02x(", h->class, h->number << 1 | (masked ? 1 : 0),
		masked ? 2 * n : n);
	append_hex(out, value, n);
	if (masked) {
		strcat(out, "/");
		append_hex(out, mask, n);
	}
	strcat(out, ")");
}

static void
start_line(char *line, const char *prefix)
{
	strcpy(line, prefix);
	if (*prefix)
		strcat(line, ",");
}

/* Open vSwitch checks the EtherType of a connection's addresses in flow mods only, and writes neither
 * protocol 0 nor ports without a protocol. */
static bool
is_orig_apart(const struct header *h, const char *prefix, const uint8_t *value, const uint8_t *mask)
{
	bool is_ip4 = h->number == 120 || h->number == 121;
	bool is_ip6 = h->number == 122 || h->number == 123;
	bool is_port = h->number == 124 || h->number == 125;

	if (h->class != OFP_CLASS_NXM1 || !strstr(prefix, "0001d"))
		return false;
	return (is_ip4 && !strstr(prefix, "(0800)")) || (is_ip6 && !strstr(prefix, "(86dd)")) ||
	       (is_port && !strstr(prefix, "0001ee01")) ||
	       (h->number == 119 && !value[0] && (!mask || mask[0]));
}

/* Returns true for intended differences. To Open vSwitch a packet_type after another field is a
 * duplicate, and it accepts other types than Ethernet (see packet_types()). It prints the
 * priority of a TCI that no packet has. The last four bytes of an IPv6 tunnel address are
 * Tandem's IPv4 one. */
static bool
is_apart(const struct header *h, const char *prefix, const uint8_t *value, const uint8_t *mask)
{
	bool tun_ip6 = h->class == OFP_CLASS_NXM1 && (h->number == 109 || h->number == 110);

	if (h->class == OFP_CLASS_BASIC && h->number == 44)
		return true;
	if (h->class == OFP_CLASS_NXM0 && h->number == 4)
		return !value[0] && value[1];
	return (tun_ip6 && mask && !mask[8] && mask[15]) || is_orig_apart(h, prefix, value, mask);
}

/* Clears mask bits beyond the field, which Open vSwitch keeps. */
static void
trim(const struct header *h, uint8_t *mask)
{
	const struct ofp_field *row = ofp_field_by_header(h->class, h->number, 0, h->n_bytes);
	struct flow_value ones;

	if (!row || !row->field || row->field->n_bits == h->n_bytes * 8 ||
	    !ofp_field_is_maskable(row))
		return;
	flow_field_ones(row->field, &ones);
	for (unsigned int i = 0; i < h->n_bytes; i++)
		mask[i] &= ones.b[FLOW_VALUE_BYTES - h->n_bytes + i];
}

static void
add_variants(struct lines *l, const struct header *h, const char *prefix)
{
	static const uint8_t ones[16] = {[0 ... 15] = 0xff}, zeros[16] = {0};
	uint8_t one[16] = {0}, high[16] = {0}, low_half[16] = {0}, holes[16], high_mask[16];
	const uint8_t *const values[] = {zeros, ones, one, high};
	const uint8_t *const masks[] = {zeros, ones, one, high_mask, low_half, holes};
	unsigned int n = h->n_bytes;
	char line[LINE_BYTES];

	one[n - 1] = 1;
	high[0] = 0x80;
	memset(low_half + n / 2, 0xff, n - n / 2);
	memset(holes, 0x5a, sizeof holes);
	memcpy(high_mask, high, sizeof high_mask);
	trim(h, low_half);
	trim(h, holes);
	trim(h, high_mask);
	for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
		if (is_apart(h, prefix, values[v], NULL))
			continue;
		start_line(line, prefix);
		put_field(line, h, false, values[v], NULL);
		add_line(l, line);
		for (size_t m = 0; m < sizeof masks / sizeof masks[0]; m++) {
			if (is_apart(h, prefix, values[v], masks[m]))
				continue;
			start_line(line, prefix);
			put_field(line, h, true, values[v], masks[m]);
			add_line(l, line);
		}
	}
	if (is_apart(h, prefix, one, NULL))
		return;
	start_line(line, prefix);
	put_field(line, h, false, one, NULL);
	strcat(line, ",");
	put_field(line, h, false, one, NULL);
	add_line(l, line);
}

static bool
is_missing(const struct header *h)
{
	for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++) {
		if (missing[i].class == h->class && h->number >= missing[i].first &&
		    h->number <= missing[i].last)
			return true;
	}
	return false;
}

static const uint16_t classes[] = {OFP_CLASS_NXM0, OFP_CLASS_NXM1, OFP_CLASS_BASIC,
				   OFP_CLASS_PACKET_REGS};
static const uint8_t lengths[] = {1, 2, 3, 4, 6, 8, 16};

static void
each_header(void (*cb)(const struct header *h, void *aux), void *aux)
{
	for (size_t c = 0; c < sizeof classes / sizeof classes[0]; c++) {
		for (unsigned int number = 0; number < N_NUMBERS; number++) {
			for (size_t k = 0; k < sizeof lengths; k++)
				cb(&(struct header){classes[c], (uint8_t)number, lengths[k]}, aux);
		}
	}
}

static void
add_bare(const struct header *h, void *aux)
{
	char line[LINE_BYTES] = "";
	static const uint8_t zeros[16];

	if (is_missing(h)) {
		assert_null(ofp_field_by_header(h->class, h->number, 0, h->n_bytes));
		return;
	}
	put_field(line, h, false, zeros, NULL);
	add_line(aux, line);
}

/* The headers that either side knows, and their length. */
struct known {
	const struct lines *theirs;
	size_t at;
	struct lines *out;
	unsigned int n;
};

static void
add_known(const struct header *h, void *aux)
{
	struct known *k = aux;
	const struct ofp_field *row = ofp_field_by_header(h->class, h->number, 0, h->n_bytes);
	bool ours = row && row->n_bytes == h->n_bytes;
	const char *theirs;

	if (is_missing(h))
		return;
	theirs = line_of(k->theirs, k->at++);
	if (!ours && (!strcmp(theirs, "OFPBMC_BAD_FIELD") || !strcmp(theirs, "OFPBMC_BAD_LEN")))
		return;
	k->n++;
	for (size_t p = 0; p < N_PREFIXES; p++)
		add_variants(k->out, h, prefixes[p]);
}

/* ---- comparison ---- */

struct comparison {
	unsigned int n, n_refused, n_differences;
};

static void
differ(struct comparison *c, const char *line, const char *ours, const char *theirs)
{
	if (c->n_differences++ < DIFFERENCES_MAX)
		fprintf(stderr, "%s\n    tandem: %s\n    ovs:    %s\n", line, ours, theirs);
}

/* Compares matches. A match of everything has no field in our encoding and no text in
 * ovs-ofctl's. */
static bool
same_match(const char *printed, const char *theirs)
{
	if (!*printed)
		return !strcmp(theirs, "<any>") || !strcmp(theirs, "OXM_OF_PACKET_TYPE(00000000)");
	return !strcmp(printed, theirs);
}

/* Compares errors. To Open vSwitch the length is part of the field's name; OpenFlow has an error
 * for a wrong length. */
static bool
same_error(const char *ours, const char *theirs)
{
	return !strcmp(ours, theirs) ||
	       (!strcmp(ours, "OFPBMC_BAD_LEN") && !strcmp(theirs, "OFPBMC_BAD_FIELD"));
}

static void
compare(const struct lines *in, uint8_t version, const char *how, struct comparison *c)
{
	struct lines theirs = {0}, ours = {0}, again = {0}, printed = {0};
	char result[LINE_BYTES];

	ask_ovs(in, how, &theirs);
	for (size_t i = 0; i < in->n; i++) {
		ask_tandem(in->text[i], version, result);
		add_line(&ours, result);
		add_line(&again, strncmp(result, "OFPBMC", 6) ? result : "");
	}
	ask_ovs(&again, how, &printed);
	for (size_t i = 0; i < in->n; i++) {
		const char *they = line_of(&theirs, i), *we = line_of(&ours, i);
		bool refused = !strncmp(they, "OFPBMC", 6);

		if (!refused)
			we = line_of(&printed, i);
		c->n++;
		c->n_refused += refused;
		if (refused ? !same_error(we, they) : !same_match(we, they))
			differ(c, in->text[i], we, they);
	}
	free_lines(&theirs);
	free_lines(&ours);
	free_lines(&again);
	free_lines(&printed);
}

static void
fields_of(uint8_t version, const char *how)
{
	struct lines bare = {0}, theirs = {0}, lines = {0};
	struct known known = {.theirs = &theirs, .out = &lines};
	struct comparison c = {0};

	each_header(add_bare, &bare);
	ask_ovs(&bare, how, &theirs);
	each_header(add_known, &known);
	compare(&bare, version, how, &c);
	compare(&lines, version, how, &c);
	print_message("%u headers, %u matches compared, %u of them refused, %u differ\n", known.n,
		      c.n, c.n_refused, c.n_differences);
	assert_true(known.n > 100 && c.n_refused > 1000 && c.n - c.n_refused > 1000);
	assert_int_equal(c.n_differences, 0);
	free_lines(&bare);
	free_lines(&theirs);
	free_lines(&lines);
}

static void
packet_types(void **state)
{
	static const struct {
		const char *line, *result;
	} cases[] = {
		{"80005804(00000000)", ""},
		{"80000a02(0800),80005804(00000000)", "80000a02(0800)"},
		{"80005804(00010800)", "OFPBMC_BAD_VALUE"},
		{"80005802(0000)", "OFPBMC_BAD_LEN"},
		{"80005908(00000000/00ff0000)", "OFPBMC_BAD_MASK"},
	};
	char result[LINE_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ask_tandem(cases[i].line, OFP_VERSION_15, result);
		assert_string_equal(result, cases[i].result);
	}
}

/* Fields that Tandem cannot match are refused by name. */
static void
unsupported(void **state)
{
	static const struct {
		const char *line, *name;
	} cases[] = {
		{"80000204(00000001)", "in_phy_port: class 0x8000 number 1 is not supported"},
		{"80004a03(000001)", "pbb_isid: class 0x8000 number 37 is not supported"},
		{"80004e02(0001)", "ipv6_exthdr: class 0x8000 number 39 is not supported"},
		{"80005201(01)", "pbb_uca: class 0x8000 number 41 is not supported"},
		{"00014c02(0001)", "tun_gbp: class 0x0001 number 38 is not supported"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct ofp_buffer b = OFP_BUFFER_INIT;
		struct ofp_error err = {0};
		struct xlate_match m;
		struct ofp_cursor c;

		encode_text(cases[i].line, &b);
		c = (struct ofp_cursor){b.data, b.n};
		assert_int_equal(ofp_match_fields_pull(&c, NULL, true, &m, NULL, &err), -EINVAL);
		assert_int_equal(err.code, OFP_E_BM_BAD_FIELD);
		assert_string_equal(err.text, cases[i].name);
		ofp_buffer_free(&b);
	}
}

static void
fields_nxm(void **state)
{
	(void)state;
	fields_of(OFP_VERSION_10, "parse-nx-match");
}

static void
fields_13(void **state)
{
	(void)state;
	fields_of(OFP_VERSION_13, "parse-oxm OpenFlow13");
}

static void
fields_14(void **state)
{
	(void)state;
	fields_of(OFP_VERSION_14, "parse-oxm OpenFlow14");
}

static void
fields_15(void **state)
{
	(void)state;
	fields_of(OFP_VERSION_15, "parse-oxm OpenFlow15");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packet_types), cmocka_unit_test(unsupported),
		cmocka_unit_test(fields_nxm),	cmocka_unit_test(fields_13),
		cmocka_unit_test(fields_14),	cmocka_unit_test(fields_15),
	};

	if (!recorder_has_ovs())
		return SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
