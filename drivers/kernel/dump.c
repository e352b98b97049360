/* SPDX-License-Identifier: Apache-2.0 */
#include "dump.h"

#include "flow.h"

#include <base/lock.h>

#include <errno.h>

/* More than a part of a dump holds: 128 KiB of messages that have a UFID at least. */
#define PART_FLOWS 3072

struct dp_dump {
	struct mutex lock;
	struct kdp_conn *conn;
	bool is_end GUARDED_BY(lock); /* nothing more is read */
	int error GUARDED_BY(lock);   /* 0, or why flows are missing */
	unsigned int n GUARDED_BY(lock), at GUARDED_BY(lock);
	struct dp_flow_stat part[PART_FLOWS] GUARDED_BY(lock);
};

static struct kdp *
kdp_of(struct dp *dp)
{
	return (struct kdp *)dp;
}

int
kdp_dump_new(struct dp *dp, enum dp_dump_kind kind, struct dp_dump **out)
{
	struct kdp *k = kdp_of(dp);
	struct dp_dump *d = calloc(1, sizeof *d);
	struct nl_msg *msg;
	int rc;

	(void)kind; /* the kernel cannot distinguish those that changed */
	if (!d)
		return -ENOMEM;
	rc = kdp_pool_take(k->pool, &d->conn);
	if (rc) {
		free(d);
		return rc;
	}
	msg = kdp_flow_dump(&k->families, k->datapath.ifindex, false);
	rc = msg ? kdp_conn_dump_begin(d->conn, msg) : -ENOMEM;
	nlmsg_free(msg);
	mutex_init(&d->lock);
	if (rc) {
		kdp_dump_free(dp, d);
		return rc;
	}
	*out = d;
	return 0;
}

static int
flow_take(void *aux, struct nlmsghdr *h)
{
	struct kdp_flow_answer answer;
	struct dp_dump *d = aux;
	int rc = kdp_flow_parse(h, &answer);

	if (rc || !answer.has_ufid)
		return rc;
	if (d->n == PART_FLOWS)
		return -EMSGSIZE;
	d->part[d->n++] = (struct dp_flow_stat){answer.ufid, answer.stats};
	return 0;
}

/* Reads the next part. Returns true at the end; a dump that an error ends is counted. The flows of a
 * datapath that is gone are, too. */
static bool part_read(struct kdp *k, struct dp_dump *d) REQUIRES(d->lock);

static bool
part_read(struct kdp *k, struct dp_dump *d)
{
	int rc = kdp_conn_dump_next(d->conn, flow_take, d);

	if (rc == -ENODEV || rc == -ENOENT) {
		atomic_fetch_add(&k->faults.datapath_gone, 1);
	} else if (rc < 0) {
		atomic_fetch_add(&k->faults.dumps_cut, 1);
		d->error = rc;
	}
	return rc <= 0;
}

int
kdp_dump_next(struct dp *dp, struct dp_dump *d, struct dp_flow_stat *out, unsigned int max)
{
	unsigned int n;
	bool is_end;

	mutex_lock(&d->lock);
	if (d->at == d->n && !d->is_end) {
		d->at = d->n = 0;
		d->is_end = part_read(kdp_of(dp), d);
	}
	n = d->n - d->at < max ? d->n - d->at : max;
	memcpy(out, d->part + d->at, n * sizeof *out);
	d->at += n;
	is_end = d->is_end && !n;
	mutex_unlock(&d->lock);
	return is_end ? -1 : (int)n;
}

int
kdp_dump_free(struct dp *dp, struct dp_dump *d)
{
	int rc;

	mutex_lock(&d->lock);
	rc = d->error;
	mutex_unlock(&d->lock);
	kdp_pool_give(kdp_of(dp)->pool, d->conn);
	mutex_destroy(&d->lock);
	free(d);
	return rc;
}
