/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/tlv_map.h"

#include "action/action_walk.h"
#include "bridge/bridge.h"
#include "bridge/tlv_match.h"
#include "bridge/version.h"

#include <base/err.h>
#include <xlate/group.h>

#include <errno.h>

/* Returns the position of the first entry whose index is at least 'index'. */
static unsigned int
position(const struct tlv_map *map, uint16_t index)
{
	unsigned int i = 0;

	while (i < map->n && map->entries[i].tlv.index < index)
		i++;
	return i;
}

static bool
has(const struct tlv_map *map, unsigned int at, uint16_t index)
{
	return at < map->n && map->entries[at].tlv.index == index;
}

static const struct tlv_entry *
find_option(const struct tlv_map *map, uint16_t class, uint8_t type)
{
	for (unsigned int i = 0; i < map->n; i++) {
		const struct xlate_tlv *tlv = &map->entries[i].tlv;

		if (tlv->class == class && tlv->type == type)
			return &map->entries[i];
	}
	return NULL;
}

/* The head and the data. */
static unsigned int
units_of(const struct xlate_tlv *tlv)
{
	return (XLATE_TLV_HEAD_BYTES + tlv->n_bytes) / TLV_UNIT;
}

/* A bit for each unit of a key that belongs to an option. */
static uint32_t
units_used(const struct tlv_map *map)
{
	uint32_t used = 0;

	for (unsigned int i = 0; i < map->n; i++) {
		const struct tlv_entry *e = &map->entries[i];

		used |= ((UINT32_C(1) << units_of(&e->tlv)) - 1) << e->unit;
	}
	return used;
}
_Static_assert(TLV_UNITS < 32, "units are bits");

/* Returns the first of 'n' free units, or -ENOSPC. */
static int
find_room(const struct tlv_map *map, unsigned int n)
{
	uint32_t used = units_used(map);

	for (unsigned int unit = 0; unit + n <= TLV_UNITS; unit++) {
		if (!(used & ((UINT32_C(1) << n) - 1) << unit))
			return (int)unit;
	}
	return -ENOSPC;
}

static int
check(const struct xlate_tlv *tlv, char *err, size_t n_err)
{
	if (!tlv->n_bytes || tlv->n_bytes % TLV_UNIT || tlv->n_bytes > XLATE_TLV_BYTES_MAX) {
		err_print(err, n_err,
			  "class=%#x,type=%#x: len=%u; expected a multiple of %d, 4..%d",
			  tlv->class, tlv->type, tlv->n_bytes, TLV_UNIT, XLATE_TLV_BYTES_MAX);
		return -EMSGSIZE;
	}
	if (tlv->index < XLATE_TLVS)
		return 0;
	err_print(err, n_err, "tun_metadata%u; expected 0..%d", tlv->index, XLATE_TLVS - 1);
	return -ERANGE;
}

static int
refuse_room(const struct xlate_tlv *tlv, char *err, size_t n_err)
{
	err_print(
		err, n_err,
		"tun_metadata%u: no %u bytes in a row are free for head and data; all options of a "
		"bridge have %d",
		tlv->index, units_of(tlv) * TLV_UNIT, FLOW_GENEVE_OPT_BYTES);
	return -ENOSPC;
}

static int
entry_make(struct tlv_fields *fields, const struct tlv_map *map, const struct xlate_tlv *tlv,
	   struct tlv_entry *out, char *err, size_t n_err)
{
	int unit = find_room(map, units_of(tlv));

	if (unit < 0)
		return refuse_room(tlv, err, n_err);
	out->tlv = *tlv;
	out->unit = (uint8_t)unit;
	out->field =
		tlv_field_get(fields, tlv->index,
			      (unsigned int)unit * TLV_UNIT + XLATE_TLV_HEAD_BYTES, tlv->n_bytes);
	if (out->field)
		return 0;
	err_print(err, n_err, "tun_metadata%u: out of memory", tlv->index);
	return -ENOMEM;
}

static int
add(struct tlv_fields *fields, struct tlv_map *map, const struct xlate_tlv *tlv, char *err,
    size_t n_err)
{
	unsigned int at = position(map, tlv->index);
	const struct tlv_entry *other = find_option(map, tlv->class, tlv->type);
	struct tlv_entry new;
	int rc;

	if (has(map, at, tlv->index)) {
		err_print(err, n_err, "tun_metadata%u is mapped to class=%#x,type=%#x", tlv->index,
			  map->entries[at].tlv.class, map->entries[at].tlv.type);
		return -EEXIST;
	}
	if (other) {
		err_print(err, n_err, "class=%#x,type=%#x is mapped to tun_metadata%u", tlv->class,
			  tlv->type, other->tlv.index);
		return -EADDRINUSE;
	}
	rc = entry_make(fields, map, tlv, &new, err, n_err);
	if (rc)
		return rc;
	memmove(&map->entries[at + 1], &map->entries[at], (map->n - at) * sizeof *map->entries);
	map->entries[at] = new;
	map->n++;
	return 0;
}

static void
del(struct tlv_map *map, const struct xlate_tlv *tlv)
{
	unsigned int at = position(map, tlv->index);

	if (!has(map, at, tlv->index))
		return;
	map->n--;
	memmove(&map->entries[at], &map->entries[at + 1], (map->n - at) * sizeof *map->entries);
}

static int
edit(struct tlv_fields *fields, struct tlv_map *map, const struct xlate_tlv_mod *mod, char *err,
     size_t n_err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < mod->n; i++)
		rc = check(&mod->tlvs[i], err, n_err);
	if (!rc && mod->command == XLATE_TLV_CLEAR)
		map->n = 0;
	for (size_t i = 0; !rc && i < mod->n; i++) {
		if (mod->command == XLATE_TLV_ADD)
			rc = add(fields, map, &mod->tlvs[i], err, n_err);
		else if (mod->command == XLATE_TLV_DELETE)
			del(map, &mod->tlvs[i]);
	}
	return rc;
}

/* Options that a change removes, and one of them that is used. */
struct use {
	const struct tlv_map *old, *new;
	const struct xlate_tlv *tlv;
};

/* Looks for a removed option in a match (or NULL) and actions. Returns 1 if there is one. */
static int
find_use(struct use *u, const struct xlate_match *m, const struct xlate_actions *actions)
{
	for (unsigned int i = 0; i < u->old->n; i++) {
		const struct tlv_entry *e = &u->old->entries[i];

		if (has(u->new, position(u->new, e->tlv.index), e->tlv.index) ||
		    !((m && xlate_tlv_match_has(e->field, &m->mask.flow)) ||
		      actions_use_field(actions, e->field)))
			continue;
		u->tlv = &e->tlv;
		return 1;
	}
	return 0;
}

static int
rule_uses(const struct xlate_rule_view *rule, void *aux)
{
	return find_use(aux, rule->match, rule->actions);
}

static int
group_uses(const struct xlate_group_view *group, void *aux)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < group->config->n_buckets; i++)
		rc = find_use(aux, NULL, group->config->bucket[i].actions);
	return rc;
}

static int
check_unused(const struct xlate_bridge *br, const struct tlv_map *old, const struct tlv_map *new,
	     char *err, size_t n_err)
{
	struct use u = {.old = old, .new = new};
	int rc = 0;

	if (new->n >= old->n)
		return 0;
	rc = xlate_rule_each(br, NULL, rule_uses, &u);
	if (!rc)
		rc = xlate_group_each(br, XLATE_GROUP_EVERY, group_uses, &u);
	if (rc <= 0) {
		if (rc)
			err_print(err, n_err, "TLV map: out of memory");
		return rc;
	}
	err_print(err, n_err, "tun_metadata%u is used by a flow or group", u.tlv->index);
	return -EBUSY;
}

/* Publishes the map with the ports, so a change makes every translation of the bridge stale. */
int
xlate_tlv_map_change(struct xlate *x, struct xlate_bridge *br, const struct xlate_tlv_mod *mod,
		     char *err, size_t n_err)
{
	struct tlv_map map = br->ports->tlvs;
	struct port_set *set;
	int rc = edit(&x->tlv_fields, &map, mod, err, n_err);

	if (!rc)
		rc = check_unused(br, &br->ports->tlvs, &map, err, n_err);
	if (rc)
		return rc;
	set = port_set_edit(br, NULL, NULL);
	if (!set) {
		err_print(err, n_err, "TLV map: out of memory");
		return -ENOMEM;
	}
	set->tlvs = map;
	port_set_publish(br, set);
	bridge_changed(x, br);
	return 0;
}

size_t
xlate_tlv_map_read(const struct xlate_bridge *br, struct xlate_tlv out[XLATE_TLVS])
{
	const struct tlv_map *map = &rcu_read(&br->ports)->tlvs;

	for (unsigned int i = 0; i < map->n; i++)
		out[i] = map->entries[i].tlv;
	return map->n;
}

const struct flow_field *
xlate_tlv_field(const struct xlate_bridge *br, unsigned int index)
{
	const struct tlv_map *map = &rcu_read(&br->ports)->tlvs;
	unsigned int at = position(map, (uint16_t)index);

	return has(map, at, (uint16_t)index) ? map->entries[at].field : NULL;
}

/* An option in a packet, RFC 8926, 3.5. */
#define HEAD XLATE_TLV_HEAD_BYTES
#define CRITICAL 0x80
#define LENGTH_BITS 0x1f

static unsigned int
data_bytes(const uint8_t *option)
{
	return 4u * (option[3] & LENGTH_BITS);
}

/* Returns the entry of an option of a packet, or NULL. */
static const struct tlv_entry *
entry_of(const struct tlv_map *map, const uint8_t *option)
{
	return find_option(map, (uint16_t)(option[0] << 8 | option[1]), option[2]);
}

static int
place(const struct tlv_map *map, const uint8_t *option, struct flow_tunnel *to)
{
	const struct tlv_entry *e = entry_of(map, option);

	if (!e)
		return option[2] & CRITICAL ? -EINVAL : 0;
	if (e->tlv.n_bytes != data_bytes(option))
		return -EINVAL;
	tlv_head_set(e->field, to);
	memcpy(to->opts + e->unit * TLV_UNIT + HEAD, option + HEAD, e->tlv.n_bytes);
	return 0;
}

int
tlv_map_place(const struct tlv_map *map, const struct flow_tunnel *from, struct flow_tunnel *to)
{
	uint8_t raw[FLOW_GENEVE_OPT_BYTES];
	unsigned int n = from->n_opt_bytes, i = 0;
	int rc = n > sizeof raw ? -EINVAL : 0;

	memcpy(raw, from->opts, sizeof raw);
	memset(to->opts, 0, sizeof to->opts);
	to->n_opt_bytes = 0;
	while (!rc && i < n) {
		if (n - i < HEAD || n - i - HEAD < data_bytes(raw + i))
			rc = -EINVAL;
		else
			rc = place(map, raw + i, to);
		i += HEAD + data_bytes(raw + i);
	}
	if (rc)
		memset(to->opts, 0, sizeof to->opts);
	return rc;
}

/* Data of a malformed option are cut at the end. */
void
tlv_map_mask(const struct tlv_map *map, const struct flow_tunnel *from,
	     const struct flow_tunnel *placed, struct flow_tunnel *mask)
{
	uint8_t bits[FLOW_GENEVE_OPT_BYTES] = {0};
	unsigned int n = from->n_opt_bytes, i = 0;

	while (i + HEAD <= n && i + HEAD <= sizeof bits) {
		const uint8_t *option = from->opts + i;
		const struct tlv_entry *e = entry_of(map, option);

		memset(bits + i, 0xff, HEAD);
		i += HEAD;
		if (e && e->tlv.n_bytes == data_bytes(option) && i + e->tlv.n_bytes <= sizeof bits)
			memcpy(bits + i, placed->opts + e->unit * TLV_UNIT + HEAD, e->tlv.n_bytes);
		i += data_bytes(option);
	}
	memcpy(mask->opts, bits, sizeof bits);
	mask->n_opt_bytes = UINT8_MAX;
}

void
tlv_entry_send(const struct tlv_entry *e, const struct flow_tunnel *now, struct flow_tunnel *to)
{
	uint8_t *option = to->opts + to->n_opt_bytes;

	option[0] = (uint8_t)(e->tlv.class >> 8);
	option[1] = (uint8_t)e->tlv.class;
	option[2] = e->tlv.type;
	option[3] = e->tlv.n_bytes / TLV_UNIT;
	memcpy(option + HEAD, now->opts + e->unit * TLV_UNIT + HEAD, e->tlv.n_bytes);
	to->n_opt_bytes = (uint8_t)(to->n_opt_bytes + HEAD + e->tlv.n_bytes);
}

void
xlate_tlv_packet_match(const struct xlate_bridge *br, const struct flow_tunnel *tunnel,
		       const struct xlate_tunnel_fields *written, struct xlate_match *m)
{
	const struct tlv_map *map = &rcu_read(&br->ports)->tlvs;
	struct flow_key key = {.tun = *tunnel};

	tlv_map_place(map, tunnel, &key.tun);
	if (written)
		xlate_tunnel_fields_apply(written, &key.tun);
	for (unsigned int i = 0; i < map->n; i++) {
		const struct flow_field *f = map->entries[i].field;
		struct flow_value value, ones;

		if (!tlv_is_present(f, &key.tun))
			continue;
		flow_field_get(f, &key, &value);
		flow_field_ones(f, &ones);
		xlate_tlv_match_add(f, &value, &ones, &m->key.flow, &m->mask.flow);
	}
}
