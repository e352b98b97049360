/* SPDX-License-Identifier: Apache-2.0 */
/* MPLS labels in translation. A push or pop is emitted at once, after a commit, so that the
 * datapath's packet and the pipeline's have the same labels. If restoring an earlier copy would
 * need another label stack, the next commit() fails the translation.
 *
 * Of the current labels the first 'n_pushed' are known; the others are the packet's own, shifted.
 *
 * Headers below the packet's last label were not parsed: below_label.c. */
#include "run/labels.h"

unsigned int
labels_origin(const struct run *run, unsigned int i)
{
	return i - run->labels.n_pushed + run->labels.n_popped;
}

bool
labels_is_parsed(const struct run *run, unsigned int i)
{
	return i < run->labels.n_pushed || labels_origin(run, i) < FLOW_MPLS_LABELS;
}

void
labels_consult(struct run *run, const be32 *bits)
{
	for (unsigned int i = run->labels.n_pushed; i < FLOW_MPLS_LABELS; i++) {
		unsigned int o = labels_origin(run, i);

		if (o >= FLOW_MPLS_LABELS)
			break;
		run->mask.mpls[o] |= bits[i] & ~run->written.flow.mpls[i];
		run->fixed.mpls[o] |= bits[i] & ~run->written.flow.mpls[i];
	}
}

void
labels_free_bits(const struct run *run, be32 *bits)
{
	if (!run->labels.n_pushed && !run->labels.n_popped) {
		for (unsigned int i = 0; i < FLOW_MPLS_LABELS; i++)
			bits[i] = run->mask.mpls[i] | run->written.flow.mpls[i];
		return;
	}
	for (unsigned int i = 0; i < FLOW_MPLS_LABELS; i++) {
		unsigned int o = labels_origin(run, i);

		bits[i] = UINT32_MAX;
		if (i >= run->labels.n_pushed && o < FLOW_MPLS_LABELS)
			bits[i] = run->mask.mpls[o] | run->written.flow.mpls[i];
	}
}
