/* SPDX-License-Identifier: Apache-2.0 */
#include "call.h"
#include <errno.h>
#include <string.h>

struct ib_uverbs_attr *
emu_call_attr(const struct emu_call *call, uint16_t id)
{
	for (unsigned i = 0; i < call->header->num_attrs; i++)
		if (call->header->attrs[i].attr_id == id)
			return &call->header->attrs[i];
	return NULL;
}

const void *
emu_call_in(const struct emu_call *call, uint16_t id, size_t length)
{
	const struct ib_uverbs_attr *attr = emu_call_attr(call, id);

	if (!attr || attr->len < length)
		return NULL;
	return attr->len <= sizeof(attr->data) ? (const void *)&attr->data
					       : (const void *)(uintptr_t)attr->data;
}

void *
emu_call_out(const struct emu_call *call, uint16_t id, size_t length)
{
	const struct ib_uverbs_attr *attr = emu_call_attr(call, id);

	return attr && attr->len >= length ? (void *)(uintptr_t)attr->data : NULL;
}

uint64_t
emu_call_value(const struct emu_call *call, uint16_t id, uint64_t otherwise)
{
	const struct ib_uverbs_attr *attr = emu_call_attr(call, id);

	if (!attr)
		return otherwise;
	return attr->len == sizeof(uint32_t) ? (uint32_t)attr->data : attr->data;
}

void
emu_call_answer(const struct emu_call *call, uint16_t id, const void *bytes, size_t length)
{
	struct ib_uverbs_attr *attr = emu_call_attr(call, id);

	if (!attr)
		return;
	memset((void *)(uintptr_t)attr->data, 0, attr->len);
	memcpy((void *)(uintptr_t)attr->data, bytes, attr->len < length ? attr->len : length);
	attr->flags |= UVERBS_ATTR_F_VALID_OUTPUT;
}

struct emu_object *
emu_call_object(const struct emu_call *call, uint16_t id, enum emu_kind kind)
{
	const struct ib_uverbs_attr *attr = emu_call_attr(call, id);

	return attr ? emu_object_find(call->dev, kind, call->fd, (uint32_t)attr->data) : NULL;
}

void
emu_call_handle(const struct emu_call *call, uint16_t id, uint32_t handle)
{
	struct ib_uverbs_attr *attr = emu_call_attr(call, id);

	if (attr)
		attr->data = handle;
}

int
emu_call_destroy(const struct emu_call *call, uint16_t id, enum emu_kind kind)
{
	struct emu_object *o = emu_call_object(call, id, kind);

	if (!o)
		return ENOENT;
	return emu_object_destroy(call->dev, o) ? 0 : EBUSY;
}
