/* SPDX-License-Identifier: Apache-2.0 */
#include "async.h"
#include "command.h"
#include "method.h"
#include <errno.h>
#include <rdma/mlx5_user_ioctl_cmds.h>

/* Fills in what input and output attributes have. Returns false if one is absent. */
static bool
command_of(const struct emu_call *call, uint16_t in, uint16_t out, struct emu_command *c)
{
	const struct ib_uverbs_attr *to = emu_call_attr(call, out), *from = emu_call_attr(call, in);

	*c = (struct emu_command){
		.dev = call->dev,
		.fd = call->fd,
		.in = emu_call_in(call, in, 1),
		.out = emu_call_out(call, out, 1),
	};
	if (!c->in || !c->out)
		return false;
	c->in_length = from->len;
	c->out_length = to->len;
	return true;
}

static struct emu_object *
object_of(const struct emu_call *call, uint16_t id)
{
	const enum emu_kind kinds[] = {EMU_QP, EMU_TABLE, EMU_GROUP, EMU_ENTRY, EMU_COUNTER};

	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct emu_object *o = emu_call_object(call, id, kinds[i]);

		if (o)
			return o;
	}
	return NULL;
}

static int
other(const struct emu_call *call)
{
	struct emu_command c;

	if (!command_of(call, MLX5_IB_ATTR_DEVX_OTHER_CMD_IN, MLX5_IB_ATTR_DEVX_OTHER_CMD_OUT, &c))
		return EINVAL;
	return emu_command_run(&c, EMU_COMMAND_GENERAL);
}

static int
create(const struct emu_call *call)
{
	struct emu_command c;

	if (!command_of(call, MLX5_IB_ATTR_DEVX_OBJ_CREATE_CMD_IN,
			MLX5_IB_ATTR_DEVX_OBJ_CREATE_CMD_OUT, &c))
		return EINVAL;
	int error = emu_command_run(&c, EMU_COMMAND_CREATE);

	if (!error)
		emu_call_handle(call, MLX5_IB_ATTR_DEVX_OBJ_CREATE_HANDLE, c.object->handle);
	return error;
}

static int
query(const struct emu_call *call)
{
	struct emu_command c;

	if (!command_of(call, MLX5_IB_ATTR_DEVX_OBJ_QUERY_CMD_IN,
			MLX5_IB_ATTR_DEVX_OBJ_QUERY_CMD_OUT, &c))
		return EINVAL;
	c.object = object_of(call, MLX5_IB_ATTR_DEVX_OBJ_QUERY_HANDLE);
	return c.object ? emu_command_run(&c, EMU_COMMAND_QUERY) : ENOENT;
}

static int
alloc_answers(const struct emu_call *call)
{
	int file = emu_async_open(call->dev, call->fd);

	if (file < 0)
		return -file;
	emu_call_handle(call, MLX5_IB_ATTR_DEVX_ASYNC_CMD_FD_ALLOC_HANDLE, (uint32_t)file);
	return 0;
}

static int
query_later(const struct emu_call *call)
{
	const struct ib_uverbs_attr *in =
		emu_call_attr(call, MLX5_IB_ATTR_DEVX_OBJ_QUERY_ASYNC_CMD_IN);
	const struct ib_uverbs_attr *file =
		emu_call_attr(call, MLX5_IB_ATTR_DEVX_OBJ_QUERY_ASYNC_FD);
	const void *bytes = emu_call_in(call, MLX5_IB_ATTR_DEVX_OBJ_QUERY_ASYNC_CMD_IN, 16);
	uint64_t out_length = emu_call_value(call, MLX5_IB_ATTR_DEVX_OBJ_QUERY_ASYNC_OUT_LEN, 0);
	struct emu_object *o = object_of(call, MLX5_IB_ATTR_DEVX_OBJ_QUERY_ASYNC_HANDLE);

	if (!bytes || !file || out_length < 16 || out_length > UINT16_MAX)
		return EINVAL;
	if (!o)
		return ENOENT;
	return emu_async_post(call->dev, o, bytes, in->len, out_length,
			      emu_call_value(call, MLX5_IB_ATTR_DEVX_OBJ_QUERY_ASYNC_WR_ID, 0),
			      (int)file->data);
}

static int
modify(const struct emu_call *call)
{
	struct emu_command c;

	if (!command_of(call, MLX5_IB_ATTR_DEVX_OBJ_MODIFY_CMD_IN,
			MLX5_IB_ATTR_DEVX_OBJ_MODIFY_CMD_OUT, &c))
		return EINVAL;
	c.object = object_of(call, MLX5_IB_ATTR_DEVX_OBJ_MODIFY_HANDLE);
	return c.object ? emu_command_run(&c, EMU_COMMAND_MODIFY) : ENOENT;
}

static int
destroy(const struct emu_call *call)
{
	struct emu_object *o = object_of(call, MLX5_IB_ATTR_DEVX_OBJ_DESTROY_HANDLE);

	return o ? emu_command_destroy(call->dev, o) : ENOENT;
}

const struct emu_method emu_methods_devx[] = {
	EMU_METHOD(MLX5_IB_OBJECT_DEVX, MLX5_IB_METHOD_DEVX_OTHER, other, false,
		   MLX5_IB_ATTR_DEVX_OTHER_CMD_IN, MLX5_IB_ATTR_DEVX_OTHER_CMD_OUT),
	EMU_METHOD(MLX5_IB_OBJECT_DEVX_OBJ, MLX5_IB_METHOD_DEVX_OBJ_CREATE, create, false,
		   MLX5_IB_ATTR_DEVX_OBJ_CREATE_HANDLE, MLX5_IB_ATTR_DEVX_OBJ_CREATE_CMD_IN,
		   MLX5_IB_ATTR_DEVX_OBJ_CREATE_CMD_OUT),
	EMU_METHOD(MLX5_IB_OBJECT_DEVX_OBJ, MLX5_IB_METHOD_DEVX_OBJ_QUERY, query, false,
		   MLX5_IB_ATTR_DEVX_OBJ_QUERY_HANDLE, MLX5_IB_ATTR_DEVX_OBJ_QUERY_CMD_IN,
		   MLX5_IB_ATTR_DEVX_OBJ_QUERY_CMD_OUT),
	EMU_METHOD(MLX5_IB_OBJECT_DEVX_OBJ, MLX5_IB_METHOD_DEVX_OBJ_MODIFY, modify, false,
		   MLX5_IB_ATTR_DEVX_OBJ_MODIFY_HANDLE, MLX5_IB_ATTR_DEVX_OBJ_MODIFY_CMD_IN,
		   MLX5_IB_ATTR_DEVX_OBJ_MODIFY_CMD_OUT),
	EMU_METHOD(MLX5_IB_OBJECT_DEVX_OBJ, MLX5_IB_METHOD_DEVX_OBJ_DESTROY, destroy, true,
		   MLX5_IB_ATTR_DEVX_OBJ_DESTROY_HANDLE),
	EMU_METHOD(MLX5_IB_OBJECT_DEVX_OBJ, MLX5_IB_METHOD_DEVX_OBJ_ASYNC_QUERY, query_later, false,
		   MLX5_IB_ATTR_DEVX_OBJ_QUERY_ASYNC_HANDLE,
		   MLX5_IB_ATTR_DEVX_OBJ_QUERY_ASYNC_CMD_IN, MLX5_IB_ATTR_DEVX_OBJ_QUERY_ASYNC_FD,
		   MLX5_IB_ATTR_DEVX_OBJ_QUERY_ASYNC_WR_ID,
		   MLX5_IB_ATTR_DEVX_OBJ_QUERY_ASYNC_OUT_LEN),
	EMU_METHOD(MLX5_IB_OBJECT_DEVX_ASYNC_CMD_FD, MLX5_IB_METHOD_DEVX_ASYNC_CMD_FD_ALLOC,
		   alloc_answers, false, MLX5_IB_ATTR_DEVX_ASYNC_CMD_FD_ALLOC_HANDLE),
	{0},
};
