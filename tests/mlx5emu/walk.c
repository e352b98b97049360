/* SPDX-License-Identifier: Apache-2.0 */
#include "walk.h"
#include "device.h"
#include "memory.h"
#include "rewrite.h"
#include "root.h"
#include "ste.h"
#include "table.h"
#include "tag.h"
#include "vport.h"
#include <errno.h>
#include <string.h>

/* A loop of entries ends here. The longest legal way is a miss list of thousands. */
#define ENTRIES_MAX 100000
#define ADDRESS_MASK ((1ULL << 40) - 1)
#define NESTED_MAX 4 /* tables of the firmware on the way of one copy */

static bool
is_hit(const struct emu_ste *ste, const uint8_t *tag)
{
	for (int i = 0; ste->tag && i < EMU_TAG_BYTES; i++)
		if ((tag[i] & ste->mask[i]) != ste->tag[i])
			return false;
	return true;
}

static bool
is_masked(const struct emu_ste *ste)
{
	for (int i = 0; ste->mask && i < EMU_TAG_BYTES; i++)
		if (ste->mask[i])
			return true;
	return false;
}

static const char *
modify(struct emu_device *dev, const struct emu_op *op, struct emu_packet *packet)
{
	const uint8_t *list = emu_icm_bytes(dev, op->address, (uint64_t)op->n * EMU_MODIFY_BYTES);

	if (!list)
		return "modifications outside of device memory";
	for (unsigned i = 0; i < op->n; i++)
		if (!emu_rewrite(packet, dev->config.format, list + (size_t)i * EMU_MODIFY_BYTES))
			return "a modification";
	/* A new ethertype or protocol is seen by the next entry. */
	emu_packet_parse(packet);
	return NULL;
}

static const char *
perform(struct emu_device *dev, const struct emu_op *op, struct emu_packet *packet)
{
	switch (op->kind) {
	case EMU_OP_POP:
		emu_packet_pop(packet, op->n);
		return NULL;
	case EMU_OP_PUSH:
		return emu_packet_push(packet, op->tag)
			       ? NULL
			       : "a packet that is too long for another tag";
	case EMU_OP_MODIFY:
		return modify(dev, op, packet);
	case EMU_OP_INLINE:
		return emu_rewrite(packet, dev->config.format, op->inlined)
			       ? NULL
			       : "an inline modification";
	}
	return "an operation";
}

static const char *
count(struct emu_device *dev, uint32_t counter, const struct emu_packet *packet,
      struct emu_verdict *v)
{
	if (!counter)
		return NULL;
	if (counter >= EMU_COUNTERS_MAX || !dev->counters[counter].allocated)
		return "a counter that is not allocated";
	if (v->n_counted == EMU_COUNTED_MAX)
		return "more counters than the test has room for";
	dev->counters[counter].packets++;
	dev->counters[counter].bytes += packet->length;
	v->counted[v->n_counted++] = counter;
	return NULL;
}

static const char *
hit(struct emu_device *dev, const struct emu_ste *ste, struct emu_packet *packet,
    struct emu_verdict *v)
{
	const char *why = count(dev, ste->counter, packet, v);

	for (unsigned i = 0; i < ste->n_ops && !why; i++)
		why = perform(dev, &ste->ops[i], packet);
	return why;
}

/* Follows one entry. `*address` becomes that of the next. */
static const char *
step(struct emu_device *dev, uint64_t *address, struct emu_packet *packet, struct emu_verdict *v)
{
	const uint8_t *entry = emu_icm_bytes(dev, *address, EMU_STE_BYTES);
	unsigned format = dev->config.format;
	uint8_t tag[EMU_TAG_BYTES];
	struct emu_ste ste;

	if (!entry)
		return "an address outside of device memory";
	const char *why = format ? emu_ste_v1(entry, &ste) : emu_ste_v0(entry, &ste);

	if (why)
		return why;
	if (!emu_tag(packet, format, ste.lookup, tag) && is_masked(&ste))
		return "a lookup type";
	if (!is_hit(&ste, tag)) {
		*address = ste.miss;
		return NULL;
	}
	why = hit(dev, &ste, packet, v);
	if (why)
		return why;
	uint32_t index = 0;

	if (ste.hit_size > 1 && ste.byte_mask) {
		if (!emu_tag(packet, format, ste.next_lookup, tag))
			return "the lookup type of a table";
		index = emu_tag_hash(tag, ste.byte_mask, ste.hit_size);
	}
	*address = (ste.hit & ADDRESS_MASK) + (uint64_t)index * EMU_STE_BYTES;
	return NULL;
}

/* Copies that are sent one after the other are mostly the same. */
static const char *
leave(struct emu_verdict *v, uint16_t vport, const struct emu_packet *packet)
{
	const struct emu_copy *last = v->n_copies ? &v->copies[v->n_copies - 1] : NULL;
	const uint8_t *bytes = last ? last->bytes : NULL;

	if (v->n_copies == EMU_COPIES_MAX)
		return "more copies than the test has room for";
	if (!last || last->length != packet->length ||
	    memcmp(bytes, packet->bytes, packet->length)) {
		if (v->n_variants == EMU_VARIANTS_MAX)
			return "more different copies than the test has room for";
		bytes = memcpy(v->variants[v->n_variants++], packet->bytes, packet->length);
	}
	v->copies[v->n_copies++] = (struct emu_copy){vport, bytes, packet->length};
	return NULL;
}

static const char *walk(struct emu_device *dev, uint64_t address, struct emu_packet *packet,
			unsigned nested, struct emu_verdict *v);

static const char *
walk_copy(struct emu_device *dev, uint64_t address, const struct emu_packet *packet,
	  unsigned nested, struct emu_verdict *v)
{
	struct emu_packet copy = *packet;

	return walk(dev, address, &copy, nested, v);
}

/* Sends a copy to each destination. What a packet from the wire would need to go back there is a termination table. */
static const char *
walk_entry(struct emu_device *dev, const struct emu_entry *entry, bool tx,
	   const struct emu_packet *packet, unsigned nested, struct emu_verdict *v)
{
	const char *why = count(dev, entry->counter, packet, v);

	if (nested == NESTED_MAX)
		return "tables of the firmware that lead to each other";
	for (unsigned i = 0; i < entry->n && !why; i++) {
		const struct emu_destination *to = &entry->to[i];

		if (to->table)
			why = walk_copy(dev, tx ? to->table->table.tx : to->table->table.rx, packet,
					nested + 1, v);
		else if (!tx && to->vport == EMU_WIRE)
			why = "the wire among several destinations of a packet from it";
		else
			why = leave(v, to->vport, packet);
	}
	return why;
}

static const char *
walk(struct emu_device *dev, uint64_t address, struct emu_packet *packet, unsigned nested,
     struct emu_verdict *v)
{
	struct emu_object *table;
	enum emu_sink_kind kind;
	uint16_t vport;
	bool tx;

	for (; v->n_entries < ENTRIES_MAX; v->n_entries++) {
		if (emu_sink_parse(address, &kind, &vport))
			return kind == EMU_SINK_DROP ? NULL : leave(v, vport, packet);
		if (emu_table_parse(dev, address, &table, &tx)) {
			if (!table)
				return "the address of a table that was destroyed";
			return table->table.entry ? walk_entry(dev, &table->table.entry->entry, tx,
							       packet, nested, v)
						  : leave(v, 0, packet);
		}
		const char *why = step(dev, &address, packet, v);

		if (why)
			return why;
	}
	return "a loop";
}

static const char *
walk_table(struct emu_device *dev, const struct emu_object *table, uint16_t vport,
	   struct emu_packet *packet, struct emu_verdict *v)
{
	return walk(dev, vport == EMU_WIRE ? table->table.rx : table->table.tx, packet, 0, v);
}

static const char *
walk_root(struct emu_device *dev, uint16_t vport, struct emu_packet *packet, struct emu_verdict *v)
{
	const struct emu_object *flow = emu_root_find(dev, vport, packet);

	if (!flow)
		return leave(v, 0, packet);
	const char *why = count(dev, flow->flow.counter, packet, v);

	if (why || !flow->flow.table)
		return why;
	return walk_table(dev, flow->flow.table, vport, packet, v);
}

static void
packet_start(const struct emu_device *dev, uint16_t vport, struct emu_packet *packet)
{
	memset(packet->meta, 0, sizeof(packet->meta));
	packet->meta[EMU_GVMI] = emu_vport_gvmi(vport);
	packet->meta[EMU_FUNCTIONAL_LB] = vport != EMU_WIRE;
	if (dev->config.metadata)
		packet->meta[EMU_REG_C_0] = emu_vport_metadata(vport);
}

/* Runs through a table, or the root table if it is NULL. */
static void
run(struct emu_device *dev, const struct emu_object *table, uint16_t vport,
    struct emu_packet *packet, struct emu_verdict *v)
{
	v->why =
		table ? walk_table(dev, table, vport, packet, v) : walk_root(dev, vport, packet, v);
	if (v->why)
		v->n_copies = 0;
	v->end = v->n_copies ? EMU_END_VPORT : v->why ? EMU_END_FAULTY : EMU_END_DROP;
}

int
emu_walk(uint32_t table, uint16_t vport, const void *packet, size_t length,
	 struct emu_verdict *verdict)
{
	bool quiet;
	struct emu_device *dev = emu_lock_quiet(&quiet);
	struct emu_packet p;
	int rc = 0;

	verdict->n_copies = verdict->n_counted = verdict->n_entries = verdict->n_variants = 0;
	verdict->why = NULL;
	p.length = length;
	struct emu_object *o = emu_table_find(dev, table);

	if ((!o && table != EMU_ROOT_TABLE) || !emu_vport_exists(dev, vport)) {
		rc = -ENOENT;
	} else if (length > EMU_PACKET_MAX) {
		rc = -EINVAL;
	} else {
		memcpy(p.bytes, packet, length);
		packet_start(dev, vport, &p);
		rc = emu_packet_parse(&p) ? 0 : -EINVAL;
	}
	if (!rc) {
		if (quiet)
			emu_queues_run(dev);
		run(dev, o, vport, &p, verdict);
	}
	emu_unlock_quiet(dev, quiet);
	return rc;
}

uint32_t
emu_newest_table(void)
{
	struct emu_device *dev = emu_lock();
	uint32_t number = emu_table_find(dev, dev->newest_table) ? dev->newest_table : 0;

	emu_unlock(dev);
	return number;
}
