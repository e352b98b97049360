/* SPDX-License-Identifier: Apache-2.0 */
#include "uverbs.h"
#include "device.h"
#include "fault_check.h"
#include "method.h"
#include <errno.h>

static const struct emu_method *
method_find(uint16_t object, uint16_t method)
{
	const struct emu_method *const tables[] = {emu_methods_verbs, emu_methods_memory,
						   emu_methods_devx, emu_methods_flow};

	for (unsigned t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (const struct emu_method *m = tables[t]; m->run; m++)
			if (m->object == object && m->method == method)
				return m;
	return NULL;
}

static bool
knows(const struct emu_method *m, uint16_t id)
{
	for (unsigned i = 0; i < m->n_attrs; i++)
		if (m->attrs[i] == id)
			return true;
	return false;
}

int
emu_uverbs(struct emu_device *dev, int fd, struct ib_uverbs_ioctl_hdr *header)
{
	const struct emu_method *m = method_find(header->object_id, header->method_id);
	struct emu_call call = {dev, fd, header};

	if (header->length != sizeof(*header) + header->num_attrs * sizeof(header->attrs[0]))
		return EINVAL;
	if (!m)
		return EPROTONOSUPPORT;
	for (unsigned i = 0; i < header->num_attrs; i++)
		if (header->attrs[i].flags & UVERBS_ATTR_F_MANDATORY &&
		    !knows(m, header->attrs[i].attr_id))
			return EPROTONOSUPPORT;
	if (emu_context_failed(dev, fd) && !m->destroys)
		return EIO;
	int error = emu_fault_method(dev, header->object_id, header->method_id);

	return error ? error : m->run(&call);
}
