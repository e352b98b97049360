/* SPDX-License-Identifier: Apache-2.0 */
#include "memory.h"
#include "method.h"
#include <errno.h>
#include <rdma/ib_user_ioctl_cmds.h>
#include <rdma/mlx5_user_ioctl_cmds.h>
#include <rdma/mlx5_user_ioctl_verbs.h>

#define UAR_BYTES 4096

static int
alloc_dm(const struct emu_call *call)
{
	uint64_t length = emu_call_value(call, UVERBS_ATTR_ALLOC_DM_LENGTH, 0);
	enum emu_region region;

	switch (emu_call_value(call, MLX5_IB_ATTR_ALLOC_DM_REQ_TYPE, MLX5_IB_UAPI_DM_TYPE_MEMIC)) {
	case MLX5_IB_UAPI_DM_TYPE_STEERING_SW_ICM:
		region = EMU_REGION_STEERING;
		break;
	case MLX5_IB_UAPI_DM_TYPE_HEADER_MODIFY_SW_ICM:
		region = EMU_REGION_MODIFY;
		break;
	case MLX5_IB_UAPI_DM_TYPE_HEADER_MODIFY_PATTERN_SW_ICM:
		region = EMU_REGION_PATTERN;
		break;
	default:
		return EOPNOTSUPP;
	}
	struct emu_object *dm = emu_object_new(call->dev, EMU_DM, call->fd);

	if (!dm)
		return ENOMEM;
	int error = emu_dm_alloc(call->dev, dm, region, length);

	if (error) {
		emu_object_destroy(call->dev, dm);
		return error;
	}
	emu_call_handle(call, UVERBS_ATTR_ALLOC_DM_HANDLE, dm->handle);
	emu_call_answer(call, MLX5_IB_ATTR_ALLOC_DM_RESP_START_OFFSET, &dm->dm.address,
			sizeof(dm->dm.address));
	return 0;
}

static int
free_dm(const struct emu_call *call)
{
	return emu_call_destroy(call, UVERBS_ATTR_FREE_DM_HANDLE, EMU_DM);
}

static int
reg_dm_mr(const struct emu_call *call)
{
	struct emu_object *pd = emu_call_object(call, UVERBS_ATTR_REG_DM_MR_PD_HANDLE, EMU_PD);
	struct emu_object *dm = emu_call_object(call, UVERBS_ATTR_REG_DM_MR_DM_HANDLE, EMU_DM);
	uint64_t offset = emu_call_value(call, UVERBS_ATTR_REG_DM_MR_OFFSET, 0);
	uint64_t length = emu_call_value(call, UVERBS_ATTR_REG_DM_MR_LENGTH, 0);

	if (!pd || !dm || offset > dm->dm.length || length > dm->dm.length - offset)
		return EINVAL;
	struct emu_object *mr = emu_object_new(call->dev, EMU_MR, call->fd);

	if (!mr)
		return ENOMEM;
	/* The address of its first byte is 0. */
	mr->mr.length = length;
	mr->mr.offset = offset;
	mr->mr.dm = dm;
	emu_object_use(mr, pd);
	emu_object_use(mr, dm);
	uint32_t key = mr->handle << 8;

	emu_call_handle(call, UVERBS_ATTR_REG_DM_MR_HANDLE, mr->handle);
	emu_call_answer(call, UVERBS_ATTR_REG_DM_MR_RESP_LKEY, &key, sizeof(key));
	emu_call_answer(call, UVERBS_ATTR_REG_DM_MR_RESP_RKEY, &key, sizeof(key));
	return 0;
}

static int
destroy_mr(const struct emu_call *call)
{
	return emu_call_destroy(call, UVERBS_ATTR_DESTROY_MR_HANDLE, EMU_MR);
}

static int
alloc_uar(const struct emu_call *call)
{
	struct emu_object *uar = emu_object_new(call->dev, EMU_UAR, call->fd);
	uint64_t offset = 0;
	uint32_t length = UAR_BYTES;

	if (!uar)
		return ENOMEM;
	emu_call_handle(call, MLX5_IB_ATTR_UAR_OBJ_ALLOC_HANDLE, uar->handle);
	emu_call_answer(call, MLX5_IB_ATTR_UAR_OBJ_ALLOC_MMAP_OFFSET, &offset, sizeof(offset));
	emu_call_answer(call, MLX5_IB_ATTR_UAR_OBJ_ALLOC_MMAP_LENGTH, &length, sizeof(length));
	emu_call_answer(call, MLX5_IB_ATTR_UAR_OBJ_ALLOC_PAGE_ID, &uar->handle,
			sizeof(uar->handle));
	return 0;
}

static int
destroy_uar(const struct emu_call *call)
{
	return emu_call_destroy(call, MLX5_IB_ATTR_UAR_OBJ_DESTROY_HANDLE, EMU_UAR);
}

static int
reg_umem(const struct emu_call *call)
{
	uint64_t address = emu_call_value(call, MLX5_IB_ATTR_DEVX_UMEM_REG_ADDR, 0);
	uint64_t length = emu_call_value(call, MLX5_IB_ATTR_DEVX_UMEM_REG_LEN, 0);

	if (!address || !length)
		return EINVAL;
	struct emu_object *umem = emu_object_new(call->dev, EMU_UMEM, call->fd);

	if (!umem)
		return ENOMEM;
	umem->umem.bytes = (uint8_t *)(uintptr_t)address;
	umem->umem.length = length;
	emu_call_handle(call, MLX5_IB_ATTR_DEVX_UMEM_REG_HANDLE, umem->handle);
	emu_call_answer(call, MLX5_IB_ATTR_DEVX_UMEM_REG_OUT_ID, &umem->handle,
			sizeof(umem->handle));
	return 0;
}

static int
dereg_umem(const struct emu_call *call)
{
	return emu_call_destroy(call, MLX5_IB_ATTR_DEVX_UMEM_DEREG_HANDLE, EMU_UMEM);
}

const struct emu_method emu_methods_memory[] = {
	EMU_METHOD(UVERBS_OBJECT_DM, UVERBS_METHOD_DM_ALLOC, alloc_dm, false,
		   UVERBS_ATTR_ALLOC_DM_HANDLE, UVERBS_ATTR_ALLOC_DM_LENGTH,
		   UVERBS_ATTR_ALLOC_DM_ALIGNMENT, MLX5_IB_ATTR_ALLOC_DM_RESP_START_OFFSET,
		   MLX5_IB_ATTR_ALLOC_DM_RESP_PAGE_INDEX, MLX5_IB_ATTR_ALLOC_DM_REQ_TYPE),
	EMU_METHOD(UVERBS_OBJECT_DM, UVERBS_METHOD_DM_FREE, free_dm, true,
		   UVERBS_ATTR_FREE_DM_HANDLE),
	EMU_METHOD(UVERBS_OBJECT_MR, UVERBS_METHOD_DM_MR_REG, reg_dm_mr, false,
		   UVERBS_ATTR_REG_DM_MR_HANDLE, UVERBS_ATTR_REG_DM_MR_RESP_LKEY,
		   UVERBS_ATTR_REG_DM_MR_RESP_RKEY, UVERBS_ATTR_REG_DM_MR_PD_HANDLE,
		   UVERBS_ATTR_REG_DM_MR_DM_HANDLE, UVERBS_ATTR_REG_DM_MR_OFFSET,
		   UVERBS_ATTR_REG_DM_MR_LENGTH, UVERBS_ATTR_REG_DM_MR_ACCESS_FLAGS),
	EMU_METHOD(UVERBS_OBJECT_MR, UVERBS_METHOD_MR_DESTROY, destroy_mr, true,
		   UVERBS_ATTR_DESTROY_MR_HANDLE),
	EMU_METHOD(MLX5_IB_OBJECT_UAR, MLX5_IB_METHOD_UAR_OBJ_ALLOC, alloc_uar, false,
		   MLX5_IB_ATTR_UAR_OBJ_ALLOC_HANDLE, MLX5_IB_ATTR_UAR_OBJ_ALLOC_TYPE,
		   MLX5_IB_ATTR_UAR_OBJ_ALLOC_MMAP_OFFSET, MLX5_IB_ATTR_UAR_OBJ_ALLOC_MMAP_LENGTH,
		   MLX5_IB_ATTR_UAR_OBJ_ALLOC_PAGE_ID),
	EMU_METHOD(MLX5_IB_OBJECT_UAR, MLX5_IB_METHOD_UAR_OBJ_DESTROY, destroy_uar, true,
		   MLX5_IB_ATTR_UAR_OBJ_DESTROY_HANDLE),
	EMU_METHOD(MLX5_IB_OBJECT_DEVX_UMEM, MLX5_IB_METHOD_DEVX_UMEM_REG, reg_umem, false,
		   MLX5_IB_ATTR_DEVX_UMEM_REG_HANDLE, MLX5_IB_ATTR_DEVX_UMEM_REG_ADDR,
		   MLX5_IB_ATTR_DEVX_UMEM_REG_LEN, MLX5_IB_ATTR_DEVX_UMEM_REG_ACCESS,
		   MLX5_IB_ATTR_DEVX_UMEM_REG_OUT_ID, MLX5_IB_ATTR_DEVX_UMEM_REG_PGSZ_BITMAP),
	EMU_METHOD(MLX5_IB_OBJECT_DEVX_UMEM, MLX5_IB_METHOD_DEVX_UMEM_DEREG, dereg_umem, true,
		   MLX5_IB_ATTR_DEVX_UMEM_DEREG_HANDLE),
	{0},
};
