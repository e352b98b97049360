/* SPDX-License-Identifier: Apache-2.0 */
/* Flows of the FDB's root table, which a program inserts through the kernel. */
#include "method.h"
#include "root.h"
#include <errno.h>
#include <rdma/ib_user_ioctl_cmds.h>
#include <rdma/mlx5_user_ioctl_cmds.h>
#include <rdma/mlx5_user_ioctl_verbs.h>
#include <stdlib.h>
#include <string.h>

/* Copies the match parameters of an attribute, with zeros after them. Returns NULL with `*error`. */
static uint8_t *
match_copy(const struct emu_call *call, uint16_t id, int *error)
{
	const struct ib_uverbs_attr *attr = emu_call_attr(call, id);
	const void *bytes = emu_call_in(call, id, 1);

	*error = EINVAL;
	if (!bytes || attr->len > EMU_MATCH_BYTES)
		return NULL;
	uint8_t *copy = calloc(1, EMU_MATCH_BYTES);

	*error = ENOMEM;
	if (copy)
		memcpy(copy, bytes, attr->len);
	return copy;
}

static int
create_matcher(const struct emu_call *call)
{
	const struct ib_uverbs_attr *type =
		emu_call_attr(call, MLX5_IB_ATTR_FLOW_MATCHER_FLOW_TYPE);
	const uint8_t *criteria = emu_call_in(call, MLX5_IB_ATTR_FLOW_MATCHER_MATCH_CRITERIA, 1);
	int error;

	if (!type || type->len != sizeof(uint16_t) || !criteria)
		return EINVAL;
	if (type->attr_data.enum_data.elem_id != MLX5_IB_FLOW_TYPE_NORMAL ||
	    emu_call_value(call, MLX5_IB_ATTR_FLOW_MATCHER_FT_TYPE, 0) !=
		    MLX5_IB_UAPI_FLOW_TABLE_TYPE_FDB)
		return EOPNOTSUPP;
	uint8_t *mask = match_copy(call, MLX5_IB_ATTR_FLOW_MATCHER_MATCH_MASK, &error);

	if (!mask)
		return error;
	error = emu_root_check(mask, *criteria);
	struct emu_object *matcher =
		error ? NULL : emu_object_new(call->dev, EMU_MATCHER, call->fd);

	if (!matcher) {
		free(mask);
		return error ? error : ENOMEM;
	}
	matcher->matcher.mask = mask;
	memcpy(&matcher->matcher.priority, &type->data, sizeof(uint16_t));
	emu_call_handle(call, MLX5_IB_ATTR_FLOW_MATCHER_CREATE_HANDLE, matcher->handle);
	return 0;
}

static int
destroy_matcher(const struct emu_call *call)
{
	return emu_call_destroy(call, MLX5_IB_ATTR_FLOW_MATCHER_DESTROY_HANDLE, EMU_MATCHER);
}

/* What a flow does. `table` is NULL if it drops, `counter` if it does not count. */
struct target {
	struct emu_object *table, *counter;
	uint32_t offset; /* in the counter's bulk */
};

/* In the FDB the kernel takes a flow table or drop, and no other destination. */
static int
target_read(const struct emu_call *call, struct target *t)
{
	uint64_t flags = emu_call_value(call, MLX5_IB_ATTR_CREATE_FLOW_FLAGS, 0);
	bool drop = flags & MLX5_IB_ATTR_CREATE_FLOW_FLAGS_DROP;
	const uint32_t *counter =
		emu_call_in(call, MLX5_IB_ATTR_CREATE_FLOW_ARR_COUNTERS_DEVX, sizeof(*counter));
	const uint32_t *offset = emu_call_in(
		call, MLX5_IB_ATTR_CREATE_FLOW_ARR_COUNTERS_DEVX_OFFSET, sizeof(*offset));

	t->table = emu_call_object(call, MLX5_IB_ATTR_CREATE_FLOW_DEST_DEVX, EMU_TABLE);
	if (flags & MLX5_IB_ATTR_CREATE_FLOW_FLAGS_DEFAULT_MISS || drop == !!t->table)
		return EINVAL;
	t->counter = counter ? emu_object_find(call->dev, EMU_COUNTER, call->fd, *counter) : NULL;
	t->offset = offset ? *offset : 0;
	if (counter && (!t->counter || t->offset >= t->counter->counter.n))
		return EINVAL;
	return 0;
}

static bool
is_masked(const uint8_t *value, const uint8_t *mask)
{
	for (unsigned i = 0; i < EMU_MATCH_BYTES; i++)
		if (value[i] & ~mask[i])
			return false;
	return true;
}

static void
flow_fill(struct emu_object *flow, struct emu_object *matcher, const struct target *t)
{
	emu_object_use(flow, matcher);
	if (t->table)
		emu_object_use(flow, t->table);
	if (t->counter)
		emu_object_use(flow, t->counter);
	flow->flow.table = t->table;
	flow->flow.counter = t->counter ? t->counter->counter.first + t->offset : 0;
}

static int
create_flow(const struct emu_call *call)
{
	struct emu_object *matcher =
		emu_call_object(call, MLX5_IB_ATTR_CREATE_FLOW_MATCHER, EMU_MATCHER);
	struct target target;
	int error;

	if (!matcher)
		return ENOENT;
	error = target_read(call, &target);
	if (error)
		return error;
	if (matcher->matcher.priority > EMU_PRIORITY_MAX)
		return ENOMEM;
	uint8_t *value = match_copy(call, MLX5_IB_ATTR_CREATE_FLOW_MATCH_VALUE, &error);

	if (!value)
		return error;
	bool masked = is_masked(value, matcher->matcher.mask);
	struct emu_object *flow = masked ? emu_object_new(call->dev, EMU_FLOW, call->fd) : NULL;

	if (!flow) {
		free(value);
		return masked ? ENOMEM : EINVAL;
	}
	flow->flow.value = value;
	flow_fill(flow, matcher, &target);
	emu_root_add(call->dev, flow);
	emu_call_handle(call, MLX5_IB_ATTR_CREATE_FLOW_HANDLE, flow->handle);
	return 0;
}

static int
destroy_flow(const struct emu_call *call)
{
	return emu_call_destroy(call, UVERBS_ATTR_DESTROY_FLOW_HANDLE, EMU_FLOW);
}

const struct emu_method emu_methods_flow[] = {
	EMU_METHOD(MLX5_IB_OBJECT_FLOW_MATCHER, MLX5_IB_METHOD_FLOW_MATCHER_CREATE, create_matcher,
		   false, MLX5_IB_ATTR_FLOW_MATCHER_CREATE_HANDLE,
		   MLX5_IB_ATTR_FLOW_MATCHER_MATCH_MASK, MLX5_IB_ATTR_FLOW_MATCHER_FLOW_TYPE,
		   MLX5_IB_ATTR_FLOW_MATCHER_MATCH_CRITERIA, MLX5_IB_ATTR_FLOW_MATCHER_FT_TYPE),
	EMU_METHOD(MLX5_IB_OBJECT_FLOW_MATCHER, MLX5_IB_METHOD_FLOW_MATCHER_DESTROY,
		   destroy_matcher, true, MLX5_IB_ATTR_FLOW_MATCHER_DESTROY_HANDLE),
	EMU_METHOD(UVERBS_OBJECT_FLOW, MLX5_IB_METHOD_CREATE_FLOW, create_flow, false,
		   MLX5_IB_ATTR_CREATE_FLOW_HANDLE, MLX5_IB_ATTR_CREATE_FLOW_MATCH_VALUE,
		   MLX5_IB_ATTR_CREATE_FLOW_DEST_DEVX, MLX5_IB_ATTR_CREATE_FLOW_MATCHER,
		   MLX5_IB_ATTR_CREATE_FLOW_ARR_COUNTERS_DEVX,
		   MLX5_IB_ATTR_CREATE_FLOW_ARR_COUNTERS_DEVX_OFFSET,
		   MLX5_IB_ATTR_CREATE_FLOW_FLAGS),
	EMU_METHOD(UVERBS_OBJECT_FLOW, UVERBS_METHOD_FLOW_DESTROY, destroy_flow, true,
		   UVERBS_ATTR_DESTROY_FLOW_HANDLE),
	{0},
};
