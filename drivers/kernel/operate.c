/* SPDX-License-Identifier: Apache-2.0 */
#include "operate.h"

#include "flow.h"
#include "parts.h"
#include "upcall.h"

#include <base/rcu.h>
#include <flow/packed.h>

#include <errno.h>
#include <linux/membarrier.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Requests on their way to the kernel. */
struct batch {
	struct kdp *k;
	struct kdp_conn *conn;
	unsigned int n;
	size_t n_bytes;
	struct dp_op *ops[KDP_BATCH_MAX];
	struct kdp_request reqs[KDP_BATCH_MAX];
};

static struct kdp *
kdp_of(struct dp *dp)
{
	return (struct kdp *)dp;
}

/* The kernel processes packets as readers of its RCU, and this is its grace period. It returns at once
 * with one processor, where none can be processed now. A kernel that keeps ticks off some processors
 * (nohz_full) refuses it; there the end of a packet socket waits for one. */
static int
grace_period(void)
{
	int fd;

	if (!syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		return 0;
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	return fd < 0 ? -errno : close(fd);
}

void
kdp_barrier(struct dp *dp)
{
	rcu_sleep();
	if (grace_period())
		atomic_fetch_add(&kdp_of(dp)->faults.no_grace_period, 1);
	rcu_wake();
}

void
kdp_release(struct dp *dp, struct dp_upcall *u, enum flow_drop why)
{
	kdp_port_count_drop(kdp_of(dp)->ports, u->key.in_port, why);
	kdp_upcall_free(u);
}

static enum flow_drop
drop_of(int error)
{
	switch (-error) {
	case EOPNOTSUPP:
	case E2BIG:
	case EINVAL:
		return FLOW_DROP_UNSUPPORTED;
	case ENODEV:
		return FLOW_DROP_PORT_GONE;
	case EMSGSIZE:
		return FLOW_DROP_MTU;
	default:
		return FLOW_DROP_NO_BUFFER;
	}
}

static void
error_set(struct kdp *k, struct dp_op *op, int error, const char *refused)
{
	if (!error ||
	    op->error) /* parts of a packet share an operation: the first failure counts */
		return;
	op->error = error;
	if (error == -ENODEV)
		atomic_fetch_add(&k->faults.datapath_gone, 1);
	if (op->type == DP_OP_EXECUTE)
		kdp_port_count_drop(k->ports, op->packet->key.in_port, drop_of(error));
	else if (op->type == DP_OP_PUT && error != -EEXIST)
		kdp_port_count_refusal(k->ports, op->match->key.in_port, refused);
}

static int
stats_take(void *aux, struct nlmsghdr *h)
{
	struct kdp_flow_answer answer;
	struct dp_op *op = aux;
	int rc = kdp_flow_parse(h, &answer);

	if (!rc)
		op->stats = answer.stats;
	return rc;
}

/* Sends what was gathered, and frees it. */
static void
flush(struct batch *b)
{
	if (b->n)
		kdp_conn_ask(b->conn, b->reqs, b->n);
	for (unsigned int i = 0; i < b->n; i++) {
		error_set(b->k, b->ops[i], b->reqs[i].error, NULL);
		if (!b->reqs[i].is_answered)
			atomic_fetch_add(&b->k->faults.unanswered, 1);
		nlmsg_free(b->reqs[i].msg);
	}
	b->n = 0;
	b->n_bytes = 0;
}

/* Returns the netlink port for upcalls of the list: any, if it has none. */
static uint32_t
pid_of(struct kdp *k, const struct flow_actions *acts, uint32_t in_port, uint64_t hash)
{
	for (uint16_t i = 0; i < acts->n; i++) {
		uint8_t type = acts->a[i].type;

		if (type == FLOW_ACTION_UPCALL || type == FLOW_ACTION_SAMPLE)
			return kdp_channels_pid(k->channels, in_port, hash);
	}
	return UINT32_MAX;
}

static int
put_make(struct kdp *k, const struct dp_op *op, struct nl_msg **msg, const char **refused)
{
	struct kdp_flow flow = {&op->ufid, op->match, op->key, op->actions, 0, false};

	flow.pid = pid_of(k, op->actions, op->match->key.in_port, op->ufid.lo);
	return kdp_flow_add(&k->families, k->datapath.ifindex, &flow, msg, refused);
}

static int
modify_make(struct kdp *k, const struct dp_op *op, struct nl_msg **msg, const char **refused)
{
	struct flow_match match;
	struct kdp_flow flow = {&op->ufid, &match, NULL, op->actions, 0, false};

	flow_packed_match(op->packed, &match);
	flow.pid = pid_of(k, op->actions, match.key.in_port, op->ufid.lo);
	return kdp_flow_modify(&k->families, k->datapath.ifindex, &flow, msg, refused);
}

static int
execute_make(struct kdp *k, const struct dp_op *op, struct nl_msg **msg, const char **refused)
{
	const struct dp_upcall *u = op->packet;
	struct kdp_execute e = {.key = &u->key,
				.data = u->data,
				.n_bytes = u->n_bytes,
				.actions = op->actions,
				.mru = kdp_upcall_mru(u)};

	e.pid = pid_of(k, op->actions, u->key.in_port, flow_key_hash_5tuple(&u->key, 0));
	return kdp_packet_execute(&k->families, k->datapath.ifindex, &e, msg, refused);
}

static int
request_make(struct kdp *k, struct dp_op *op, struct nl_msg **msg, const char **refused)
{
	switch (op->type) {
	case DP_OP_PUT:
		return put_make(k, op, msg, refused);
	case DP_OP_MODIFY:
		return modify_make(k, op, msg, refused);
	case DP_OP_DEL:
		*msg = kdp_flow_del(&k->families, k->datapath.ifindex, &op->ufid);
		return *msg ? 0 : -ENOMEM;
	case DP_OP_GET:
		*msg = kdp_flow_get(&k->families, k->datapath.ifindex, &op->ufid, false);
		return *msg ? 0 : -ENOMEM;
	case DP_OP_EXECUTE:
		return execute_make(k, op, msg, refused);
	}
	return -EINVAL;
}

static void
message_add(struct batch *b, struct dp_op *op, struct nl_msg *msg)
{
	bool has_stats = op->type == DP_OP_DEL || op->type == DP_OP_GET;
	size_t n_bytes;

	n_bytes = NLMSG_ALIGN(nlmsg_hdr(msg)->nlmsg_len);
	if (b->n == KDP_BATCH_MAX || b->n_bytes + n_bytes > KDP_SEND_BYTES)
		flush(b);
	b->ops[b->n] = op;
	b->reqs[b->n++] = (struct kdp_request){
		.msg = msg, .answer = has_stats ? stats_take : NULL, .aux = op};
	b->n_bytes += n_bytes;
}

struct part {
	struct batch *b;
	struct dp_op *op;
};

static int
part_send(void *aux, const struct kdp_execute *whole)
{
	const struct part *part = aux;
	const struct dp_upcall *u = part->op->packet;
	struct kdp *k = part->b->k;
	struct kdp_execute e = *whole;
	const char *refused = NULL;
	struct nl_msg *msg = NULL;
	int rc;

	e.pid = pid_of(k, e.actions, u->key.in_port, flow_key_hash_5tuple(&u->key, 0));
	e.mru = kdp_upcall_mru(u);
	rc = kdp_packet_execute(&k->families, k->datapath.ifindex, &e, &msg, &refused);
	if (!rc)
		message_add(part->b, part->op, msg);
	return rc;
}

/* A packet whose headers the kernel cannot change as the actions want is executed in parts. */
static void
request_add(struct batch *b, struct dp_op *op)
{
	struct part part = {b, op};
	const char *refused = NULL;
	struct nl_msg *msg = NULL;
	int rc;

	op->stats = (struct flow_stats){0};
	rc = request_make(b->k, op, &msg, &refused);
	if (!rc)
		message_add(b, op, msg);
	else if (rc == -EOPNOTSUPP && op->type == DP_OP_EXECUTE)
		rc = kdp_parts_each(op->packet, op->actions, part_send, &part);
	if (rc)
		error_set(b->k, op, rc, refused);
}

/* Packets are freed last: a PUT may have the key of one (dp.h). */
void
kdp_operate(struct dp *dp, struct dp_op *ops, unsigned int n)
{
	struct batch b = {.k = kdp_of(dp)};
	bool any_deleted = false;
	int rc = kdp_pool_take(b.k->pool, &b.conn);

	for (unsigned int i = 0; i < n; i++) {
		ops[i].error = 0;
		if (rc)
			error_set(b.k, &ops[i], rc, NULL);
		else
			request_add(&b, &ops[i]);
	}
	if (!rc) {
		flush(&b);
		kdp_pool_give(b.k->pool, b.conn);
	}
	for (unsigned int i = 0; i < n; i++) {
		if (ops[i].type == DP_OP_EXECUTE)
			kdp_upcall_free(ops[i].packet);
		any_deleted |= ops[i].type == DP_OP_DEL && !ops[i].error;
	}
	if (any_deleted)
		kdp_barrier(dp);
}
