/* SPDX-License-Identifier: Apache-2.0 */
/* Removes the rules whose timeout has passed. */
#include "table/expire.h"

#include "table/learn_delete.h"
#include "table/rule_change.h"
#include "table/table_private.h"
#include "table/table_writer.h"

static struct rule_private *
first_due(const struct expiry *e, uint64_t now_ns)
{
	struct heap_node *node = heap_first(&e->heap);

	return node && node->key <= now_ns ? caa_container_of(node, struct rule_private, expiry)
					   : NULL;
}

/* Without memory, a later call removes the rules. */
unsigned int
tables_expire(struct tables *t, uint64_t now_ns)
{
	struct rule_private *r;
	unsigned int n = 0;
	struct change c;

	tables_reclaim(t);
	expiry_put_hastened(t);
	if (!first_due(&t->expiry, now_ns) || change_begin(t, &c))
		return 0;
	while ((r = first_due(&t->expiry, now_ns))) {
		uint64_t due_ns = rule_expiry_ns(r);

		if (due_ns > now_ns) {
			heap_move(&t->expiry.heap, &r->expiry, due_ns);
			continue;
		}
		change_remove_why(&c, r,
				  rule_hard_expiry_ns(r) <= now_ns ? XLATE_RULE_HARD
								   : XLATE_RULE_IDLE);
		n++;
	}
	if (!n) {
		change_abort(&c);
		return 0;
	}
	learn_delete_taught(&c);
	change_commit(&c);
	return n;
}
