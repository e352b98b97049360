/* SPDX-License-Identifier: Apache-2.0 */
#include "walk.h"
#include "device.h"
#include "memory.h"
#include "rewrite.h"
#include "root.h"
#include "ste.h"
#include "tag.h"
#include "vport.h"
#include <errno.h>
#include <string.h>

/* A loop of entries ends here. The longest legal way is a miss list of thousands. */
#define ENTRIES_MAX 100000
#define ADDRESS_MASK ((1ULL << 40) - 1)

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

static void
walk(struct emu_device *dev, uint64_t address, struct emu_packet *packet, struct emu_verdict *v)
{
	enum emu_sink_kind kind;

	for (v->n_entries = 0; v->n_entries < ENTRIES_MAX; v->n_entries++) {
		if (emu_sink_parse(address, &kind, &v->vport)) {
			v->end = kind == EMU_SINK_DROP ? EMU_END_DROP : EMU_END_VPORT;
			return;
		}
		v->why = step(dev, &address, packet, v);
		if (v->why)
			break;
	}
	v->end = EMU_END_FAULTY;
	if (!v->why)
		v->why = "a loop";
}

static void
walk_table(struct emu_device *dev, const struct emu_object *table, uint16_t vport,
	   struct emu_packet *packet, struct emu_verdict *v)
{
	walk(dev, vport == EMU_WIRE ? table->table.rx : table->table.tx, packet, v);
}

static void
walk_root(struct emu_device *dev, uint16_t vport, struct emu_packet *packet, struct emu_verdict *v)
{
	const struct emu_object *flow = emu_root_find(dev, vport, packet);

	v->end = EMU_END_VPORT;
	if (!flow)
		return;
	v->why = count(dev, flow->flow.counter, packet, v);
	if (v->why)
		v->end = EMU_END_FAULTY;
	else if (flow->flow.table)
		walk_table(dev, flow->flow.table, vport, packet, v);
	else
		v->end = EMU_END_DROP;
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

static struct emu_object *
table_find(struct emu_device *dev, uint32_t number)
{
	if (!number || number > dev->objects.n_slots)
		return NULL;
	struct emu_object *o = dev->objects.slots[number - 1];

	return o && o->kind == EMU_TABLE ? o : NULL;
}

int
emu_walk(uint32_t table, uint16_t vport, const void *packet, size_t length,
	 struct emu_verdict *verdict)
{
	bool quiet;
	struct emu_device *dev = emu_lock_quiet(&quiet);
	struct emu_packet p;
	int rc = 0;

	memset(verdict, 0, offsetof(struct emu_verdict, bytes));
	verdict->n_counted = verdict->n_entries = 0;
	p.length = length;
	struct emu_object *o = table_find(dev, table);

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
		if (o)
			walk_table(dev, o, vport, &p, verdict);
		else
			walk_root(dev, vport, &p, verdict);
		memcpy(verdict->bytes, p.bytes, p.length);
		verdict->length = p.length;
	}
	emu_unlock_quiet(dev, quiet);
	return rc;
}

uint32_t
emu_newest_table(void)
{
	struct emu_device *dev = emu_lock();
	uint32_t number = table_find(dev, dev->newest_table) ? dev->newest_table : 0;

	emu_unlock(dev);
	return number;
}
