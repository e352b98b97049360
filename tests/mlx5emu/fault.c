/* SPDX-License-Identifier: Apache-2.0 */
#include "fault.h"
#include "device.h"
#include "fault_check.h"
#include <infiniband/verbs.h>
#include <rdma/ib_user_verbs.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
fault_add(struct emu_fault fault)
{
	struct emu_device *dev = emu_lock();

	fault.armed = true;
	for (int i = 0; i < EMU_FAULTS_MAX; i++)
		if (!dev->faults[i].armed) {
			dev->faults[i] = fault;
			emu_unlock(dev);
			return;
		}
	abort();
}

/* The result of the fault that is due now, which is forgotten, or 0. */
static int
fault_due(struct emu_device *dev, enum emu_fault_kind kind, uint32_t which)
{
	for (int i = 0; i < EMU_FAULTS_MAX; i++) {
		struct emu_fault *f = &dev->faults[i];

		if (!f->armed || f->kind != kind || f->which != which)
			continue;
		if (f->after) {
			f->after--;
			continue;
		}
		f->armed = false;
		return f->result;
	}
	return 0;
}

void
emu_fail_command(uint16_t opcode, unsigned after, uint8_t status)
{
	fault_add((struct emu_fault){EMU_FAIL_COMMAND, opcode, after, status, true});
}

void
emu_fail_method(uint16_t object, uint16_t method, unsigned after, int error)
{
	fault_add((struct emu_fault){EMU_FAIL_METHOD, (uint32_t)object << 16 | method, after, error,
				     true});
}

void
emu_fail_work(unsigned after, uint8_t syndrome)
{
	fault_add((struct emu_fault){EMU_FAIL_WORK, 0, after, syndrome, true});
}

void
emu_stall_command(uint16_t opcode)
{
	fault_add((struct emu_fault){EMU_STALL_COMMAND, opcode, 0, 1, true});
}

void
emu_stall_work(void)
{
	struct emu_device *dev = emu_lock();

	dev->work_stalled = true;
	emu_unlock(dev);
}

static void
queues_stall(struct emu_device *dev, bool stalled)
{
	for (unsigned i = 0; i < EMU_QPS_MAX; i++)
		if (dev->qps[i])
			dev->qps[i]->qp.stalled = stalled;
}

void
emu_stall_queues(void)
{
	struct emu_device *dev = emu_lock();

	queues_stall(dev, true);
	emu_unlock(dev);
}

static void
context_fail(struct emu_context *context)
{
	struct ib_uverbs_async_event_desc event = {.event_type = IBV_EVENT_DEVICE_FATAL};

	context->failed = context->fd >= 0;
	if (context->failed && context->event_fd >= 0 &&
	    write(context->event_fd, &event, sizeof(event)) != sizeof(event))
		abort();
}

/* No packet is on its way by rules that the device has lost. */
static void
contexts_fail(bool fatal)
{
	bool quiet;
	struct emu_device *dev = emu_lock_quiet(&quiet);

	dev->fatal = fatal;
	for (int i = 0; i < EMU_CONTEXTS_MAX; i++)
		context_fail(&dev->contexts[i]);
	emu_unlock_quiet(dev, quiet);
}

void
emu_raise_fatal(void)
{
	contexts_fail(true);
}

void
emu_reset(void)
{
	contexts_fail(false);
}

void
emu_revive(void)
{
	struct emu_device *dev = emu_lock();

	dev->fatal = false;
	emu_unlock(dev);
}

void
emu_faults_clear(void)
{
	struct emu_device *dev = emu_lock();

	memset(dev->faults, 0, sizeof(dev->faults));
	dev->work_stalled = false;
	queues_stall(dev, false);
	dev->command_waits = false;
	pthread_cond_broadcast(&dev->released);
	emu_unlock(dev);
}

bool
emu_stalled(void)
{
	struct emu_device *dev = emu_lock();
	bool stalled = dev->command_waits;

	emu_unlock(dev);
	return stalled;
}

uint8_t
emu_fault_command(struct emu_device *dev, uint16_t opcode)
{
	if (fault_due(dev, EMU_STALL_COMMAND, opcode)) {
		dev->command_waits = true;
		while (dev->command_waits)
			pthread_cond_wait(&dev->released, &dev->lock);
	}
	return (uint8_t)fault_due(dev, EMU_FAIL_COMMAND, opcode);
}

int
emu_fault_method(struct emu_device *dev, uint16_t object, uint16_t method)
{
	return fault_due(dev, EMU_FAIL_METHOD, (uint32_t)object << 16 | method);
}

uint8_t
emu_fault_work(struct emu_device *dev)
{
	return (uint8_t)fault_due(dev, EMU_FAIL_WORK, 0);
}
