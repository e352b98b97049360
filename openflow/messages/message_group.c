/* SPDX-License-Identifier: Apache-2.0 */
/* Groups and meters. */
#include "messages/message_group.h"

#include "actions/action_put.h"
#include "actions/action_read.h"
#include "messages/message.h"
#include "wire/property.h"

#include <stdlib.h>
#include <string.h>

#define PROP_EXPERIMENTER 0xffff
#define PROP_BUCKET_WEIGHT 0
#define PROP_BUCKET_WATCH_PORT 1
#define PROP_BUCKET_WATCH_GROUP 2
#define SELECTION_SUBTYPE 1 /* NTR selection method: Netronome's, in Open vSwitch's form */
#define NETRONOME 0x0000154d
#define METHOD_BYTES 16
#define BUCKET13_BYTES 16
#define BUCKET15_BYTES 8

static int
set_command(struct ofp_reader *r, uint16_t command, bool bucketed)
{
	static const enum xlate_group_command commands[] = {
		[0] = XLATE_GROUP_ADD,		 [1] = XLATE_GROUP_MODIFY,
		[2] = XLATE_GROUP_DELETE,	 [3] = XLATE_GROUP_INSERT_BUCKET,
		[5] = XLATE_GROUP_REMOVE_BUCKET,
	};

	if (command == 0x8000)
		r->m->group_mod.command = XLATE_GROUP_ADD_OR_MODIFY;
	else if (command <= 2 || (bucketed && (command == 3 || command == 5)))
		r->m->group_mod.command = commands[command];
	else
		return ofp_refuse(r->err, OFP_E_GM_BAD_COMMAND, "group_mod: command %u is unknown",
				  command);
	return 0;
}

static bool
is_delete(const struct xlate_group_mod *gm)
{
	return gm->command == XLATE_GROUP_DELETE || gm->command == XLATE_GROUP_REMOVE_BUCKET;
}

static int
read_head(struct ofp_reader *r, const uint8_t *p, bool bucketed)
{
	struct xlate_group_mod *gm = &r->m->group_mod;
	int rc = set_command(r, ofp_get_u16(p), bucketed);

	if (rc)
		return rc;
	xlate_group_mod_init(gm, gm->command);
	gm->config.id = ofp_get_u32(p + 4);
	gm->config.type = (enum xlate_group_type)p[2];
	if (p[2] >= XLATE_N_GROUP_TYPES && !is_delete(gm))
		return ofp_refuse(r->err, OFP_E_GM_BAD_TYPE, "group_mod: type %u; expected 0..%d",
				  p[2], XLATE_N_GROUP_TYPES - 1);
	if (p[2] >= XLATE_N_GROUP_TYPES)
		gm->config.type = XLATE_GROUP_ALL;
	if (gm->config.id > XLATE_GROUP_MAX &&
	    !(gm->command == XLATE_GROUP_DELETE && gm->config.id == XLATE_GROUP_EVERY))
		return ofp_refuse(r->err, OFP_E_GM_INVALID_GROUP,
				  "group_mod: group 0x%x; expected 0..0x%x", gm->config.id,
				  XLATE_GROUP_MAX);
	return 0;
}

/* Adds an empty bucket at the end. */
static int
add_bucket(struct ofp_reader *r, struct xlate_bucket **out)
{
	struct xlate_group_config *g = &r->m->group_mod.config;
	size_t n = g->n_buckets;

	if (n == XLATE_BUCKETS_MAX)
		return ofp_refuse(r->err, OFP_E_GM_OUT_OF_BUCKETS,
				  "group_mod: expected at most %d buckets", XLATE_BUCKETS_MAX);
	if (!(n & (n - 1))) {
		struct xlate_bucket *more = realloc(g->bucket, (n ? 2 * n : 1) * sizeof *more);

		if (!more)
			return -ENOMEM;
		g->bucket = more;
	}
	g->bucket[n] = (struct xlate_bucket){
		.id = (uint32_t)n,
		.weight = g->type == XLATE_GROUP_SELECT ? 1 : 0,
		.watch_port = XLATE_PORT_NONE,
		.watch_group = XLATE_GROUP_ANY,
	};
	*out = &g->bucket[n];
	return 0;
}

static int
read_bucket_actions(struct ofp_reader *r, struct ofp_cursor *c, size_t n, struct xlate_bucket *bkt)
{
	struct ofp_action_context ctx = {.version = r->version, .br = r->ctx->br};
	int rc = ofp_action_set_pull(c, n, &ctx, "bucket", &bkt->actions, r->err);

	if (!rc)
		r->m->group_mod.config.n_buckets++;
	return rc;
}

/* Adds a bucket. 'p' has its first 'n_head' bytes, 'part' the rest of it. */
static int
bucket_begin(struct ofp_reader *r, struct ofp_cursor *c, size_t n_head, const uint8_t **p,
	     struct ofp_cursor *part, struct xlate_bucket **bkt)
{
	size_t n = c->n < n_head ? 0 : ofp_get_u16(c->p);

	*part = (struct ofp_cursor){n < n_head || n % 8 ? NULL : ofp_pull(c, n), n};
	if (!part->p)
		return ofp_refuse(r->err, OFP_E_GM_BAD_BUCKET,
				  "group_mod: a bucket's length is %zu, but %zu bytes are left", n,
				  c->n);
	*p = ofp_take(part, n_head);
	return add_bucket(r, bkt);
}

static int
read_bucket13(struct ofp_reader *r, struct ofp_cursor *c)
{
	struct ofp_cursor part;
	struct xlate_bucket *bkt;
	const uint8_t *p;
	int rc = bucket_begin(r, c, BUCKET13_BYTES, &p, &part, &bkt);

	if (rc)
		return rc;
	bkt->weight = ofp_get_u16(p + 2);
	bkt->watch_group = ofp_get_u32(p + 8);
	rc = ofp_port_from32(ofp_get_u32(p + 4), OFP_E_GM_BAD_WATCH, &bkt->watch_port, r->err);
	return rc ? rc : read_bucket_actions(r, &part, part.n, bkt);
}

int
ofp_read_group_mod(struct ofp_reader *r)
{
	const uint8_t *p = ofp_take(&r->body, 8);
	int rc = read_head(r, p, false);

	r->m->group_mod.command_bucket = XLATE_BUCKET_EVERY;
	if (!rc && is_delete(&r->m->group_mod))
		return 0;
	while (!rc && r->body.n)
		rc = read_bucket13(r, &r->body);
	return rc;
}

static int
read_bucket_property(struct ofp_reader *r, struct ofp_cursor *c, struct xlate_bucket *bkt)
{
	struct ofp_property prop;
	int rc = ofp_property_pull(c, &prop, r->err);

	if (rc)
		return rc;
	if (prop.type == PROP_BUCKET_WEIGHT && prop.n >= 2)
		bkt->weight = ofp_get_u16(prop.p);
	else if (prop.type == PROP_BUCKET_WATCH_PORT && prop.n == 4)
		return ofp_port_from32(ofp_get_u32(prop.p), OFP_E_GM_BAD_WATCH, &bkt->watch_port,
				       r->err);
	else if (prop.type == PROP_BUCKET_WATCH_GROUP && prop.n == 4)
		bkt->watch_group = ofp_get_u32(prop.p);
	else
		return ofp_property_refuse(&prop, "bucket", r->err);
	return 0;
}

static int
read_bucket15(struct ofp_reader *r, struct ofp_cursor *c)
{
	struct ofp_cursor part;
	struct xlate_bucket *bkt;
	const uint8_t *p;
	int rc = bucket_begin(r, c, BUCKET15_BYTES, &p, &part, &bkt);

	if (rc)
		return rc;
	bkt->id = ofp_get_u32(p + 4);
	if (bkt->id > XLATE_BUCKET_MAX)
		return ofp_refuse(r->err, OFP_E_GM_BAD_BUCKET,
				  "group_mod: bucket 0x%x; expected 0..0x%x", bkt->id,
				  XLATE_BUCKET_MAX);
	rc = read_bucket_actions(r, &part, ofp_get_u16(p + 2), bkt);
	while (!rc && part.n)
		rc = read_bucket_property(r, &part, bkt);
	return rc;
}

static int
find_method(struct ofp_reader *r, const char *name)
{
	struct xlate_group_config *g = &r->m->group_mod.config;

	for (int i = XLATE_SELECT_DEFAULT; i < XLATE_N_SELECTIONS; i++) {
		if (!strncmp(xlate_selection_names[i], name, METHOD_BYTES)) {
			g->selection = (enum xlate_selection)i;
			return 0;
		}
	}
	return ofp_refuse(r->err, OFP_E_BP_BAD_VALUE,
			  "group_mod: selection method \"%.*s\"; expected hash or dp_hash",
			  METHOD_BYTES, name);
}

static int
read_selection_field(struct ofp_reader *r, struct ofp_cursor *c)
{
	struct xlate_group_config *g = &r->m->group_mod.config;
	struct xlate_group_field f = {0};
	const struct ofp_field *row;
	int rc = ofp_field_pull_mask(c, &row, &f.mask, r->err);

	if (rc)
		return rc;
	if (!ofp_field_is_of_packets(row) || g->n_fields == XLATE_GROUP_FIELDS_MAX)
		return ofp_refuse(r->err, OFP_E_BP_BAD_VALUE,
				  "group_mod: expected at most %d fields, all of them of packets",
				  XLATE_GROUP_FIELDS_MAX);
	f.field = ofp_field_in_action(row);
	g->field[g->n_fields++] = f;
	return 0;
}

/* Reads an NTR selection method: experimenter, subtype, padding, the method's name
 * and parameter, fields. */
static int
read_selection(struct ofp_reader *r, const struct ofp_property *prop)
{
	struct ofp_cursor c = {prop->p + 36, prop->n - 36};
	int rc;

	if (r->m->group_mod.config.type != XLATE_GROUP_SELECT)
		return ofp_refuse(r->err, OFP_E_BP_BAD_VALUE,
				  "group_mod: a selection method is accepted only for type select");
	rc = find_method(r, (const char *)prop->p + 12);
	r->m->group_mod.config.selection_param = ofp_get_u64(prop->p + 28);
	while (!rc && c.n)
		rc = read_selection_field(r, &c);
	return rc;
}

static int
read_group_property(struct ofp_reader *r)
{
	struct ofp_property prop;
	int rc = ofp_property_pull(&r->body, &prop, r->err);

	if (rc)
		return rc;
	if (prop.type == PROP_EXPERIMENTER && prop.n >= 36 && ofp_get_u32(prop.p) == NETRONOME &&
	    ofp_get_u32(prop.p + 4) == SELECTION_SUBTYPE)
		return read_selection(r, &prop);
	return ofp_property_refuse(&prop, "group_mod", r->err);
}

/* command_bucket_id must name a bucket for INSERT_BUCKET and REMOVE_BUCKET, and none ("all") for
 * other commands; "all" is also accepted for REMOVE_BUCKET. */
static int
check_command_bucket(const struct xlate_group_mod *gm, size_t n_buckets, struct ofp_error *err)
{
	bool inserts = gm->command == XLATE_GROUP_INSERT_BUCKET;
	bool removes = gm->command == XLATE_GROUP_REMOVE_BUCKET;
	bool all = gm->command_bucket == XLATE_BUCKET_EVERY;
	bool is_one = gm->command_bucket <= XLATE_BUCKET_MAX ||
		      gm->command_bucket == XLATE_BUCKET_FIRST ||
		      gm->command_bucket == XLATE_BUCKET_LAST;

	if ((all && !inserts) || (is_one && (inserts || removes))) {
		if (!removes || !n_buckets)
			return 0;
		return ofp_refuse(
			err, OFP_E_GM_BAD_BUCKET,
			"group_mod: a command that removes buckets cannot contain buckets");
	}
	return ofp_refuse(err, OFP_E_GM_BAD_BUCKET,
			  "group_mod: command_bucket_id 0x%x is not accepted for this command",
			  gm->command_bucket);
}

int
ofp_read_group_mod15(struct ofp_reader *r)
{
	struct xlate_group_mod *gm = &r->m->group_mod;
	const uint8_t *p = ofp_take(&r->body, 16);
	struct ofp_cursor buckets = {.n = ofp_get_u16(p + 8)};
	int rc = read_head(r, p, true);

	buckets.p = ofp_pull(&r->body, buckets.n);
	if (!rc && !buckets.p)
		rc = ofp_refuse(
			r->err, OFP_E_GM_BAD_BUCKET,
			"group_mod: the length of the buckets is %zu, but %zu bytes are left",
			buckets.n, r->body.n);
	gm->command_bucket = ofp_get_u32(p + 12);
	if (!rc)
		rc = check_command_bucket(gm, buckets.n, r->err);
	if (!rc && is_delete(gm))
		return 0;
	while (!rc && buckets.n)
		rc = read_bucket15(r, &buckets);
	while (!rc && r->body.n)
		rc = read_group_property(r);
	return rc;
}

static void
put_watch(struct ofp_buffer *b, uint16_t type, uint32_t what)
{
	ofp_put_u16(b, type);
	ofp_put_u16(b, 8);
	ofp_put_u32(b, what);
}

static void
put_bucket15(struct ofp_buffer *b, const struct xlate_group_config *g,
	     const struct xlate_bucket *bkt, uint8_t version)
{
	size_t start = b->n;

	ofp_put_u16(b, 0);
	ofp_put_u16(b, 0);
	ofp_put_u32(b, bkt->id);
	ofp_actions_put(b, bkt->actions, version);
	ofp_set_u16(b, start + 2, (uint16_t)(b->n - start - BUCKET15_BYTES));
	if (g->type == XLATE_GROUP_SELECT) {
		ofp_put_u16(b, PROP_BUCKET_WEIGHT);
		ofp_put_u16(b, 8);
		ofp_put_u16(b, bkt->weight);
		ofp_put_zeros(b, 2);
	}
	if (bkt->watch_port != XLATE_PORT_NONE)
		put_watch(b, PROP_BUCKET_WATCH_PORT, ofp_port_to32(bkt->watch_port));
	if (bkt->watch_group != XLATE_GROUP_ANY)
		put_watch(b, PROP_BUCKET_WATCH_GROUP, bkt->watch_group);
	ofp_set_u16(b, start, (uint16_t)(b->n - start));
}

static void
put_bucket13(struct ofp_buffer *b, const struct xlate_bucket *bkt, uint8_t version)
{
	size_t start = b->n;

	ofp_put_u16(b, 0);
	ofp_put_u16(b, bkt->weight);
	ofp_put_u32(b, ofp_port_to32(bkt->watch_port));
	ofp_put_u32(b, bkt->watch_group);
	ofp_put_zeros(b, 4);
	ofp_actions_put(b, bkt->actions, version);
	ofp_set_u16(b, start, (uint16_t)(b->n - start));
}

/* Groups of 1.0 are a Nicira extension with the form of 1.5. */
bool
ofp_groups_are_15(uint8_t version)
{
	return version >= OFP_VERSION_15 || version == OFP_VERSION_10;
}

void
ofp_put_buckets(struct ofp_buffer *b, const struct xlate_group_config *g, uint8_t version)
{
	for (size_t i = 0; i < g->n_buckets; i++) {
		if (ofp_groups_are_15(version))
			put_bucket15(b, g, &g->bucket[i], version);
		else
			put_bucket13(b, &g->bucket[i], version);
	}
}

static void
put_selection_fields(struct ofp_buffer *b, const struct xlate_group_config *g)
{
	for (size_t i = 0; i < g->n_fields; i++) {
		const struct ofp_field *row =
			ofp_field_of_action(g->field[i].field, OFP_VERSION_15);

		if (row)
			ofp_field_put_mask(b, row, &g->field[i].mask);
	}
}

void
ofp_put_group_properties(struct ofp_buffer *b, const struct xlate_group_config *g)
{
	size_t start = b->n;

	if (g->selection == XLATE_SELECT_DEFAULT)
		return;
	ofp_put_u16(b, PROP_EXPERIMENTER);
	ofp_put_u16(b, 0);
	ofp_put_u32(b, NETRONOME);
	ofp_put_u32(b, SELECTION_SUBTYPE);
	ofp_put_zeros(b, 4);
	ofp_put_text(b, xlate_selection_names[g->selection], METHOD_BYTES);
	ofp_put_u64(b, g->selection_param);
	put_selection_fields(b, g);
	ofp_set_u16(b, start + 2, (uint16_t)(b->n - start));
	ofp_put_pad8(b, start);
}

static uint16_t
command_of(const struct xlate_group_mod *gm)
{
	static const uint16_t commands[XLATE_N_GROUP_COMMANDS] = {
		[XLATE_GROUP_ADD] = 0,
		[XLATE_GROUP_MODIFY] = 1,
		[XLATE_GROUP_ADD_OR_MODIFY] = 0x8000,
		[XLATE_GROUP_DELETE] = 2,
		[XLATE_GROUP_INSERT_BUCKET] = 3,
		[XLATE_GROUP_REMOVE_BUCKET] = 5,
	};

	return commands[gm->command];
}

void
ofp_put_group_mod(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	const struct xlate_group_mod *gm = &m->group_mod;
	size_t start = b->n;

	ofp_put_u16(b, command_of(gm));
	ofp_put_u8(b, (uint8_t)gm->config.type);
	ofp_put_u8(b, 0);
	ofp_put_u32(b, gm->config.id);
	if (ofp_groups_are_15(version)) {
		ofp_put_zeros(b, 4);
		ofp_put_u32(b, gm->command_bucket);
	}
	ofp_put_buckets(b, &gm->config, version);
	if (ofp_groups_are_15(version)) {
		ofp_set_u16(b, start + 8, (uint16_t)(b->n - start - 16));
		ofp_put_group_properties(b, &gm->config);
	}
}

#define METER_KBPS 1
#define METER_PKTPS 2
#define METER_BURST 4
#define METER_STATS 8
#define BAND_BYTES 16

static int
read_band(struct ofp_reader *r, struct flow_meter *rates)
{
	struct flow_meter_band *band = &rates->band[rates->n_bands];
	const uint8_t *p = ofp_pull(&r->body, BAND_BYTES);
	uint16_t type = p ? ofp_get_u16(p) : 0;

	if (!p || ofp_get_u16(p + 2) != BAND_BYTES)
		return ofp_refuse(r->err, OFP_E_BR_BAD_LEN,
				  "meter_mod: wrong length of a band; expected %d bytes",
				  BAND_BYTES);
	if (rates->n_bands == FLOW_METER_BANDS_MAX)
		return ofp_refuse(r->err, OFP_E_MM_OUT_OF_BANDS,
				  "meter_mod: expected at most %d bands", FLOW_METER_BANDS_MAX);
	if (type != 1 && type != 2)
		return ofp_refuse(r->err, OFP_E_MM_BAD_BAND,
				  "meter_mod: band type %u; expected 1 (drop) or 2 (dscp_remark)",
				  type);
	band->type = type == 1 ? FLOW_METER_DROP : FLOW_METER_DSCP_REMARK;
	band->rate = ofp_get_u32(p + 4);
	band->burst = ofp_get_u32(p + 8);
	band->prec_level = type == 2 ? p[12] : 0;
	if (!band->rate)
		return ofp_refuse(r->err, OFP_E_MM_BAD_RATE,
				  "meter_mod: rate 0; expected at least 1");
	rates->n_bands++;
	return 0;
}

int
ofp_read_meter_mod(struct ofp_reader *r)
{
	struct xlate_meter_mod *mm = &r->m->meter_mod;
	const uint8_t *p = ofp_take(&r->body, 8);
	uint16_t command = ofp_get_u16(p), flags = ofp_get_u16(p + 2);
	int rc = 0;

	if (command > XLATE_METER_DELETE)
		return ofp_refuse(r->err, OFP_E_MM_BAD_COMMAND, "meter_mod: command %u is unknown",
				  command);
	mm->command = (enum xlate_meter_command)command;
	mm->config.id = ofp_get_u32(p + 4);
	if (!xlate_meter_id_is_valid(mm->config.id) &&
	    !(command == XLATE_METER_DELETE && mm->config.id == XLATE_METER_EVERY))
		return ofp_refuse(r->err, OFP_E_MM_INVALID_METER,
				  "meter_mod: meter 0x%x; expected 1..0x%x or a virtual meter",
				  mm->config.id, XLATE_METER_MAX);
	if (command == XLATE_METER_DELETE)
		return 0;
	if (flags > 15 || !(flags & METER_KBPS) == !(flags & METER_PKTPS))
		return ofp_refuse(r->err, OFP_E_MM_BAD_FLAGS,
				  "meter_mod: flags 0x%x; expected one of 1 (kbps) and 2 (pktps), "
				  "with bits 4 (burst) and 8 (stats)",
				  flags);
	mm->config.burst = flags & METER_BURST;
	mm->config.stats = flags & METER_STATS;
	mm->config.rates.pktps = flags & METER_PKTPS;
	while (!rc && r->body.n)
		rc = read_band(r, &mm->config.rates);
	for (uint8_t i = 0; i < mm->config.rates.n_bands && !mm->config.burst; i++)
		mm->config.rates.band[i].burst = 0; /* meaningful only with the flag */
	return rc;
}

uint16_t
ofp_meter_flags(const struct xlate_meter_config *c)
{
	return (uint16_t)((c->rates.pktps ? METER_PKTPS : METER_KBPS) |
			  (c->burst ? METER_BURST : 0) | (c->stats ? METER_STATS : 0));
}

void
ofp_put_bands(struct ofp_buffer *b, const struct xlate_meter_config *c)
{
	for (uint8_t i = 0; i < c->rates.n_bands; i++) {
		const struct flow_meter_band *band = &c->rates.band[i];

		ofp_put_u16(b, band->type == FLOW_METER_DROP ? 1 : 2);
		ofp_put_u16(b, BAND_BYTES);
		ofp_put_u32(b, band->rate);
		ofp_put_u32(b, band->burst);
		ofp_put_u8(b, band->prec_level);
		ofp_put_zeros(b, 3);
	}
}

void
ofp_put_meter_mod(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	const struct xlate_meter_mod *mm = &m->meter_mod;

	(void)version;
	ofp_put_u16(b, (uint16_t)mm->command);
	ofp_put_u16(b, mm->command == XLATE_METER_DELETE ? 0 : ofp_meter_flags(&mm->config));
	ofp_put_u32(b, m->meter_mod.config.id);
	ofp_put_bands(b, &m->meter_mod.config);
}
