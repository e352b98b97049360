/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/tlv_map.h"

#include "bridge/bridge.h"
#include "bridge/version.h"

#include <base/err.h>

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
find_option(const struct tlv_map *map, const struct xlate_tlv *tlv)
{
	for (unsigned int i = 0; i < map->n; i++) {
		const struct xlate_tlv *has = &map->entries[i].tlv;

		if (has->class == tlv->class && has->type == tlv->type)
			return &map->entries[i];
	}
	return NULL;
}

/* A bit for each unit of a key that has data. */
static uint32_t
units_used(const struct tlv_map *map)
{
	uint32_t used = 0;

	for (unsigned int i = 0; i < map->n; i++) {
		const struct tlv_entry *e = &map->entries[i];

		used |= ((UINT32_C(1) << e->tlv.n_bytes / TLV_UNIT) - 1) << e->unit;
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
add(struct tlv_map *map, const struct xlate_tlv *tlv, char *err, size_t n_err)
{
	unsigned int at = position(map, tlv->index);
	const struct tlv_entry *other = find_option(map, tlv);
	int unit;

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
	unit = find_room(map, tlv->n_bytes / TLV_UNIT);
	if (unit < 0) {
		err_print(err, n_err,
			  "tun_metadata%u: no %u bytes in a row are free; all options of a bridge "
			  "have %d",
			  tlv->index, tlv->n_bytes, FLOW_GENEVE_OPT_BYTES);
		return unit;
	}
	memmove(&map->entries[at + 1], &map->entries[at], (map->n - at) * sizeof *map->entries);
	map->entries[at] = (struct tlv_entry){*tlv, (uint8_t)unit};
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
edit(struct tlv_map *map, const struct xlate_tlv_mod *mod, char *err, size_t n_err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < mod->n; i++)
		rc = check(&mod->tlvs[i], err, n_err);
	if (!rc && mod->command == XLATE_TLV_CLEAR)
		map->n = 0;
	for (size_t i = 0; !rc && i < mod->n; i++) {
		if (mod->command == XLATE_TLV_ADD)
			rc = add(map, &mod->tlvs[i], err, n_err);
		else if (mod->command == XLATE_TLV_DELETE)
			del(map, &mod->tlvs[i]);
	}
	return rc;
}

/* Publishes the map with the ports, so a change makes every translation of the bridge stale. */
int
xlate_tlv_map_change(struct xlate *x, struct xlate_bridge *br, const struct xlate_tlv_mod *mod,
		     char *err, size_t n_err)
{
	struct tlv_map map = br->ports->tlvs;
	struct port_set *set;
	int rc = edit(&map, mod, err, n_err);

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
