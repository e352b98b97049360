/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
#include "layout.h"

#define SERVICE_RC 0
#define BLOCK 64
#define RECORD_BYTES 8

/* The receive queue is first in the buffer, then the send queue. */
static bool
rings_place(struct emu_object *qp, const struct emu_object *umem, const uint8_t *in)
{
	uint64_t rq = 16ULL << emu_get(in, QPC_LOG_RQ_STRIDE) << emu_get(in, QPC_LOG_RQ_SIZE);
	uint64_t n = 1ULL << emu_get(in, QPC_LOG_SQ_SIZE);

	if (rq + n * BLOCK > umem->umem.length)
		return false;
	qp->qp.ring = umem->umem.bytes + rq;
	qp->qp.n = (uint32_t)n;
	return true;
}

static struct emu_object **
qp_place(struct emu_device *dev)
{
	for (unsigned i = 0; i < EMU_QPS_MAX; i++)
		if (!dev->qps[i])
			return &dev->qps[i];
	return NULL;
}

static enum emu_status
create_qp(struct emu_command *c)
{
	struct emu_object *pd =
		emu_object_find(c->dev, EMU_PD, c->fd, (uint32_t)emu_get(c->in, QPC_PD));
	struct emu_object *cq =
		emu_object_find(c->dev, EMU_CQ, c->fd, (uint32_t)emu_get(c->in, QPC_CQN_SND));
	struct emu_object *uar =
		emu_object_find(c->dev, EMU_UAR, c->fd, (uint32_t)emu_get(c->in, QPC_UAR_PAGE));
	struct emu_object *ring = emu_object_find(c->dev, EMU_UMEM, c->fd,
						  (uint32_t)emu_get(c->in, CREATE_QP_WQ_UMEM_ID));
	struct emu_object *record =
		emu_object_find(c->dev, EMU_UMEM, c->fd, (uint32_t)emu_get(c->in, QPC_DBR_UMEM_ID));
	struct emu_object **place = qp_place(c->dev);

	if (!pd || !cq || !uar || !ring || !record)
		return EMU_STATUS_BAD_RES;
	if (emu_get(c->in, QPC_ST) != SERVICE_RC || record->umem.length < RECORD_BYTES)
		return EMU_STATUS_BAD_PARAM;
	struct emu_object *qp = place ? emu_object_new(c->dev, EMU_QP, c->fd) : NULL;

	if (!qp)
		return EMU_STATUS_LIM;
	if (!rings_place(qp, ring, c->in)) {
		emu_object_destroy(c->dev, qp);
		return EMU_STATUS_BAD_PARAM;
	}
	qp->qp.cq = cq;
	qp->qp.record = (uint32_t *)(void *)record->umem.bytes;
	emu_object_use(qp, pd);
	emu_object_use(qp, cq);
	emu_object_use(qp, ring);
	emu_object_use(qp, record);
	*place = c->object = qp;
	emu_set(c->out, QP_OUT_QPN, qp->handle);
	return EMU_STATUS_OK;
}

static enum emu_status
state_change(struct emu_command *c, enum emu_qp_state from, enum emu_qp_state to)
{
	if (c->object->kind != EMU_QP || emu_get(c->in, MODIFY_QP_QPN) != c->object->handle)
		return EMU_STATUS_BAD_RES;
	if (c->object->qp.state != from)
		return EMU_STATUS_BAD_QP_STATE;
	c->object->qp.state = to;
	return EMU_STATUS_OK;
}

static enum emu_status
rst2init(struct emu_command *c)
{
	if (!emu_get(c->in, QPC_RRE) || !emu_get(c->in, QPC_RWE))
		return EMU_STATUS_BAD_PARAM;
	return state_change(c, EMU_QP_RST, EMU_QP_INIT);
}

/* A queue is connected to itself: without a cable, or a second queue, to reach. */
static enum emu_status
init2rtr(struct emu_command *c)
{
	if (!emu_get(c->in, QPC_ADDRESS_PATH_FL) ||
	    emu_get(c->in, QPC_REMOTE_QPN) != c->object->handle)
		return EMU_STATUS_BAD_PARAM;
	return state_change(c, EMU_QP_INIT, EMU_QP_RTR);
}

static enum emu_status
rtr2rts(struct emu_command *c)
{
	return state_change(c, EMU_QP_RTR, EMU_QP_RTS);
}

const struct emu_command_row emu_commands_qp[] = {
	{0x500, EMU_COMMAND_CREATE, QP_IN_BYTES, QP_OUT_BYTES, create_qp, 0x501},
	{0x502, EMU_COMMAND_MODIFY, QP_IN_BYTES, QP_OUT_BYTES, rst2init, 0},
	{0x503, EMU_COMMAND_MODIFY, QP_IN_BYTES, QP_OUT_BYTES, init2rtr, 0},
	{0x504, EMU_COMMAND_MODIFY, QP_IN_BYTES, QP_OUT_BYTES, rtr2rts, 0},
	{0},
};
