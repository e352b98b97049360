/* SPDX-License-Identifier: Apache-2.0 */
/* Mirrors in translation. */
#include "translate/mirror_run.h"

#include "bridge/mirror.h"
#include "bridge/mirror_set.h"
#include "translate/frame.h"

#include <errno.h>

/* IEEE 802.1D: a frame to a reserved address does not leave its VLAN. */
static void
copy_to_vlan(struct run *run, const struct frame *f, uint16_t vlan)
{
	struct frame copy = *f;

	if (f->vlan == vlan || frame_is_reserved(run))
		return;
	copy.vlan = vlan;
	frame_flood(run, &copy, 0);
}

/* The copies may themselves be mirrored, to other places. */
static void
copy(struct run *run, const struct frame *f, const struct mirror_view *m)
{
	uint32_t n_bytes_max = run->n_bytes_max;

	run->mirrored |= m->same;
	run->n_bytes_max = m->mirror->config.snaplen;
	run_note(run, "mirror %s", m->mirror->config.name);
	if (held_add_count(&run->record->held, m->count)) {
		run->end.error = -ENOMEM;
		run->end.stop = true;
	} else if (m->out) {
		frame_send(run, f, m->out);
	} else if (m->out_vlan) {
		copy_to_vlan(run, f, m->out_vlan);
	}
	run->n_bytes_max = n_bytes_max;
}

/* Of several mirrors to the same place, the first that selects the packet sends it. */
static void
copy_all(struct run *run, const struct port *port, uint32_t selected)
{
	struct frame f = {.in = port};

	selected &= ~run->mirrored;
	if (!selected || !frame_admit(run, &f))
		return;
	for (unsigned int i = 0; i < run->ports->mirrors->n && !run->end.stop; i++) {
		const struct mirror_view *m = &run->ports->mirrors->m[i];

		if (!(selected & ~run->mirrored & 1u << i))
			continue;
		if (!m->vlans || (m->vlans[f.vlan / 64] >> (f.vlan % 64) & 1))
			copy(run, &f, m);
	}
}

void
run_mirror_in(struct run *run, const struct port *port)
{
	const struct mirror_port *mp = port_mirrors(run->ports, port);

	if (mp)
		copy_all(run, port, mp->src);
}

void
run_mirror_out(struct run *run, const struct port *port)
{
	const struct mirror_port *mp = port_mirrors(run->ports, port);

	if (mp)
		copy_all(run, port, mp->dst);
}
