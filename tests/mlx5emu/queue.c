/* SPDX-License-Identifier: Apache-2.0 */
#include "queue.h"
#include "device.h"
#include "fault_check.h"
#include "memory.h"
#include <arpa/inet.h>
#include <endian.h>
#include <stdatomic.h>
#include <string.h>

#define BLOCK 64
#define REQUEST_MAX 1024
#define OPCODE_RDMA_WRITE 0x08
#define OPCODE_RDMA_READ 0x10
#define CONTROL_CQ_UPDATE 0x08
#define INLINE_DATA 0x80000000U
#define CQE_REQUESTER 0x0
#define CQE_REQUESTER_ERROR 0xd
#define SYNDROME_LOCAL_LENGTH 0x01
#define SYNDROME_LOCAL_OPERATION 0x02
#define SYNDROME_LOCAL_PROTECTION 0x04
#define SYNDROME_FLUSHED 0x05
#define SYNDROME_REMOTE_ACCESS 0x13

struct control {
	uint32_t opcode; /* be32: modifier, index of the block, opcode */
	uint32_t qpn_ds; /* be32: queue, 16-byte units of the request */
	uint8_t signature, reserved[2], flags;
	uint32_t immediate;
};

struct remote {
	uint64_t address;
	uint32_t key, reserved;
};

struct data {
	uint32_t length, key;
	uint64_t address;
};

static uint32_t
record_read(const uint32_t *record)
{
	return ntohl(atomic_load_explicit((const _Atomic uint32_t *)record, memory_order_acquire));
}

static bool
cq_full(const struct emu_cq *cq)
{
	return ((cq->produced - record_read(cq->record)) & 0xffffff) >= cq->n;
}

static void
cq_put(struct emu_object *qp, uint8_t opcode, uint8_t syndrome)
{
	struct emu_cq *cq = &qp->qp.cq->cq;
	uint8_t *e = cq->entries + (size_t)(cq->produced & (cq->n - 1)) * BLOCK;
	uint8_t owner = cq->produced & cq->n ? 1 : 0;
	uint32_t qpn = htonl(qp->handle);
	uint16_t counter = htons(qp->qp.done);

	memset(e, 0, BLOCK - 1);
	e[55] = syndrome;
	memcpy(e + 56, &qpn, sizeof(qpn));
	memcpy(e + 60, &counter, sizeof(counter));
	atomic_store_explicit((_Atomic uint8_t *)(e + 63), (uint8_t)(opcode << 4 | owner),
			      memory_order_release);
	cq->produced++;
}

/* Returns 0 or the syndrome. The scattered or gathered side of a read or write is one segment. */
static uint8_t
rdma(struct emu_device *dev, struct emu_object *qp, uint8_t opcode, const uint8_t *request,
     uint32_t length)
{
	struct remote remote;
	struct data data;
	const uint8_t *segment = request + sizeof(struct control) + sizeof(remote);

	if (length < sizeof(struct control) + sizeof(remote) + 4)
		return SYNDROME_LOCAL_LENGTH;
	memcpy(&remote, request + sizeof(struct control), sizeof(remote));
	memcpy(&data.length, segment, 4);
	uint32_t n = ntohl(data.length);
	uint8_t *local;

	if (n & INLINE_DATA) {
		n &= ~INLINE_DATA;
		if (opcode != OPCODE_RDMA_WRITE || (size_t)(segment - request) + 4 + n > length)
			return SYNDROME_LOCAL_LENGTH;
		local = (uint8_t *)(uintptr_t)(segment + 4);
	} else {
		if ((size_t)(segment - request) + sizeof(data) > length)
			return SYNDROME_LOCAL_LENGTH;
		memcpy(&data, segment, sizeof(data));
		local = emu_key_bytes(dev, qp->fd, ntohl(data.key), be64toh(data.address), n);
		if (!local)
			return SYNDROME_LOCAL_PROTECTION;
	}
	uint8_t *far = emu_key_bytes(dev, qp->fd, ntohl(remote.key), be64toh(remote.address), n);

	if (!far)
		return SYNDROME_REMOTE_ACCESS;
	if (opcode == OPCODE_RDMA_WRITE)
		memcpy(far, local, n);
	else
		memcpy(local, far, n);
	return 0;
}

/* A request may wrap around the end of the ring. */
static void
ring_copy(const struct emu_qp *qp, uint8_t *to, uint32_t length)
{
	size_t at = (size_t)(qp->done & (qp->n - 1)) * BLOCK, size = (size_t)qp->n * BLOCK;
	size_t first = length < size - at ? length : size - at;

	memcpy(to, qp->ring + at, first);
	memcpy(to + first, qp->ring, length - first);
}

static void
qp_run_one(struct emu_device *dev, struct emu_object *o)
{
	uint8_t request[REQUEST_MAX];
	struct control control;
	uint8_t syndrome = 0;

	ring_copy(&o->qp, (uint8_t *)&control, sizeof(control));
	uint32_t length = (ntohl(control.qpn_ds) & 0x3f) * 16;
	uint8_t opcode = ntohl(control.opcode) & 0xff;

	ring_copy(&o->qp, request, length);
	if (o->qp.state == EMU_QP_ERR)
		syndrome = SYNDROME_FLUSHED;
	else if (length < sizeof(control) || ntohl(control.qpn_ds) >> 8 != o->handle ||
		 (ntohl(control.opcode) >> 8 & 0xffff) != o->qp.done)
		syndrome = SYNDROME_LOCAL_OPERATION;
	else if (!(syndrome = emu_fault_work(dev)))
		syndrome = opcode == OPCODE_RDMA_WRITE || opcode == OPCODE_RDMA_READ
				   ? rdma(dev, o, opcode, request, length)
				   : SYNDROME_LOCAL_OPERATION;
	dev->counts.work_requests++;
	if (syndrome) {
		o->qp.state = EMU_QP_ERR;
		cq_put(o, CQE_REQUESTER_ERROR, syndrome);
	} else if (control.flags & CONTROL_CQ_UPDATE) {
		cq_put(o, CQE_REQUESTER, 0);
	}
	uint32_t n_blocks = (length + BLOCK - 1) / BLOCK;

	o->qp.done += n_blocks ? n_blocks : 1;
}

static bool
qp_ready(const struct emu_qp *qp)
{
	return qp->state >= EMU_QP_RTS && !qp->stalled &&
	       (uint16_t)record_read(qp->record + 1) != qp->done;
}

unsigned
emu_queues_run(struct emu_device *dev)
{
	unsigned n = 0;

	if (dev->work_stalled)
		return 0;
	for (unsigned i = 0; i < EMU_QPS_MAX; i++) {
		struct emu_object *o = dev->qps[i];

		if (o && emu_context_failed(dev, o->fd))
			continue;
		while (o && qp_ready(&o->qp) && !cq_full(&o->qp.cq->cq)) {
			qp_run_one(dev, o);
			n++;
		}
	}
	return n;
}

bool
emu_queues_wait(struct emu_device *dev)
{
	for (unsigned i = 0; i < EMU_QPS_MAX; i++)
		if (dev->qps[i] && qp_ready(&dev->qps[i]->qp))
			return true;
	return false;
}
