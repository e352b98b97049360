/* SPDX-License-Identifier: Apache-2.0 */
#include "method.h"
#include "vport.h"
#include <errno.h>
#include <infiniband/verbs.h>
#include <rdma/ib_user_ioctl_cmds.h>
#include <rdma/ib_user_ioctl_verbs.h>
#include <rdma/ib_user_verbs.h>
#include <rdma/mlx5-abi.h>
#include <rdma/mlx5_user_ioctl_cmds.h>
#include <rdma/mlx5_user_ioctl_verbs.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#define CACHE_LINE 64
#define LOG_UAR_SIZE 12
#define QUEUE_ENTRIES_MAX 32768
#define FIRMWARE_VERSION (16ULL << 32 | 35 << 16 | 1012)

static int
get_context(const struct emu_call *call)
{
	const struct mlx5_ib_alloc_ucontext_req_v2 *req =
		emu_call_in(call, UVERBS_ATTR_UHW_IN, sizeof(*req));
	uint32_t vectors = 1;
	uint64_t support = IB_UVERBS_CORE_SUPPORT_OPTIONAL_MR_ACCESS;
	/* No doorbell pages of its own: the library allocates those that it needs. */
	struct mlx5_ib_alloc_ucontext_resp resp = {
		.qp_tab_size = QUEUE_ENTRIES_MAX,
		.bf_reg_size = 512,
		.cache_line_size = CACHE_LINE,
		.max_sq_desc_sz = 1024,
		.max_rq_desc_sz = 512,
		.max_send_wqebb = QUEUE_ENTRIES_MAX,
		.max_recv_wr = QUEUE_ENTRIES_MAX,
		.max_srq_recv_wr = QUEUE_ENTRIES_MAX,
		.num_ports = 1,
		.response_length = sizeof(resp),
		.cqe_version = 1,
		.cmds_supp_uhw = MLX5_USER_CMDS_SUPP_UHW_QUERY_DEVICE,
		.eth_min_inline = MLX5_USER_INLINE_MODE_NONE,
		.log_uar_size = LOG_UAR_SIZE,
		.num_uars_per_page = 1,
	};

	if (!req)
		return EINVAL;
	if (!(req->lib_caps & MLX5_LIB_CAP_DYN_UAR) || !(req->flags & MLX5_IB_ALLOC_UCTX_DEVX))
		return EOPNOTSUPP;
	emu_call_answer(call, UVERBS_ATTR_GET_CONTEXT_NUM_COMP_VECTORS, &vectors, sizeof(vectors));
	emu_call_answer(call, UVERBS_ATTR_GET_CONTEXT_CORE_SUPPORT, &support, sizeof(support));
	emu_call_answer(call, UVERBS_ATTR_UHW_OUT, &resp, sizeof(resp));
	return 0;
}

static int
query_port(const struct emu_call *call)
{
	uint64_t port = emu_call_value(call, UVERBS_ATTR_QUERY_PORT_PORT_NUM, 0);
	struct ib_uverbs_query_port_resp_ex resp = {
		.legacy_resp =
			{
				.state = IBV_PORT_ACTIVE,
				.max_mtu = IBV_MTU_4096,
				.active_mtu = IBV_MTU_1024,
				.max_msg_sz = 1U << 30,
				.active_width = 1,
				.active_speed = 64,
				.phys_state = 5,
				.link_layer = IBV_LINK_LAYER_ETHERNET,
			},
	};

	if (port < 1 || port > emu_ports(call->dev))
		return EINVAL;
	emu_call_answer(call, UVERBS_ATTR_QUERY_PORT_RESP, &resp, sizeof(resp));
	return 0;
}

static int
query_vport(const struct emu_call *call)
{
	uint64_t port = emu_call_value(call, MLX5_IB_ATTR_QUERY_PORT_PORT_NUM, 0);
	struct mlx5_ib_uapi_query_port resp = {0};

	if (port < 1 || port > emu_ports(call->dev))
		return EINVAL;
	uint16_t vport = port == 1 ? EMU_WIRE : (uint16_t)(port - 1);

	resp.flags = MLX5_IB_UAPI_QUERY_PORT_VPORT | MLX5_IB_UAPI_QUERY_PORT_VPORT_VHCA_ID |
		     MLX5_IB_UAPI_QUERY_PORT_VPORT_STEERING_ICM_RX |
		     MLX5_IB_UAPI_QUERY_PORT_VPORT_STEERING_ICM_TX |
		     MLX5_IB_UAPI_QUERY_PORT_ESW_OWNER_VHCA_ID;
	resp.vport = vport;
	resp.vport_vhca_id = emu_vport_gvmi(vport);
	resp.vport_steering_icm_rx = emu_sink(EMU_SINK_VPORT, vport, false);
	resp.vport_steering_icm_tx = emu_sink(EMU_SINK_VPORT, vport, true);
	if (call->dev->config.metadata) {
		resp.flags |= MLX5_IB_UAPI_QUERY_PORT_VPORT_REG_C0;
		resp.reg_c0.value = emu_vport_metadata(vport);
		resp.reg_c0.mask = EMU_METADATA_MASK;
	}
	emu_call_answer(call, MLX5_IB_ATTR_QUERY_PORT, &resp, sizeof(resp));
	return 0;
}

static int
query_device(const struct emu_call *call)
{
	struct ib_uverbs_ex_query_device_resp resp = {
		.base =
			{
				.fw_ver = FIRMWARE_VERSION,
				.max_mr_size = UINT64_MAX,
				.page_size_cap = 0xfffff000,
				.vendor_id = 0x02c9,
				.vendor_part_id = call->dev->config.format ? 0x101d : 0x1017,
				.max_qp = 1 << 17,
				.max_qp_wr = QUEUE_ENTRIES_MAX,
				.max_sge = 30,
				.max_cq = 1 << 24,
				.max_cqe = (1 << 22) - 1,
				.max_mr = 1 << 24,
				.max_pd = 1 << 24,
				.phys_port_cnt = (uint8_t)emu_ports(call->dev),
			},
		.response_length = sizeof(resp),
	};
	struct mlx5_ib_query_device_resp driver = {.response_length = sizeof(driver)};

	emu_call_answer(call, UVERBS_ATTR_CORE_OUT, &resp, sizeof(resp));
	emu_call_answer(call, UVERBS_ATTR_UHW_OUT, &driver, sizeof(driver));
	return 0;
}

static int
alloc_pd(const struct emu_call *call)
{
	struct emu_object *pd = emu_object_new(call->dev, EMU_PD, call->fd);

	if (!pd)
		return ENOMEM;
	struct ib_uverbs_alloc_pd_resp resp = {.pd_handle = pd->handle};
	struct mlx5_ib_alloc_pd_resp driver = {.pdn = pd->handle};

	emu_call_answer(call, UVERBS_ATTR_CORE_OUT, &resp, sizeof(resp));
	emu_call_answer(call, UVERBS_ATTR_UHW_OUT, &driver, sizeof(driver));
	return 0;
}

static int
reg_mr(const struct emu_call *call)
{
	/* The structure begins with the place of the answer, which this form of the command does not have. */
	const uint8_t *in = emu_call_in(call, UVERBS_ATTR_CORE_IN, sizeof(struct ib_uverbs_reg_mr));
	struct ib_uverbs_reg_mr req;

	if (!in)
		return EINVAL;
	memcpy(&req, in, sizeof(req));
	struct emu_object *pd = emu_object_find(call->dev, EMU_PD, call->fd, req.pd_handle);

	if (!pd || !req.length)
		return EINVAL;
	struct emu_object *mr = emu_object_new(call->dev, EMU_MR, call->fd);

	if (!mr)
		return ENOMEM;
	mr->mr.start = req.start;
	mr->mr.length = req.length;
	mr->mr.address = req.hca_va;
	emu_object_use(mr, pd);
	struct ib_uverbs_reg_mr_resp resp = {mr->handle, mr->handle << 8, mr->handle << 8};

	emu_call_answer(call, UVERBS_ATTR_CORE_OUT, &resp, sizeof(resp));
	return 0;
}

static int
invoke_write(const struct emu_call *call)
{
	/* libibverbs asks without room for an answer whether the method exists. */
	if (!emu_call_attr(call, UVERBS_ATTR_CORE_OUT))
		return ENOSPC;
	switch (emu_call_value(call, UVERBS_ATTR_WRITE_CMD, 0)) {
	case IB_USER_VERBS_CMD_QUERY_DEVICE: /* the first part of the other's answer */
	case IB_USER_VERBS_CMD_FLAG_EXTENDED | IB_USER_VERBS_EX_CMD_QUERY_DEVICE:
		return query_device(call);
	case IB_USER_VERBS_CMD_ALLOC_PD:
		return alloc_pd(call);
	case IB_USER_VERBS_CMD_REG_MR:
		return reg_mr(call);
	default:
		return EOPNOTSUPP;
	}
}

static int
alloc_async(const struct emu_call *call)
{
	struct emu_context *context = emu_context_find(call->dev, call->fd);
	int fds[2];

	if (context->event_fd >= 0)
		return EBUSY;
	if (pipe(fds))
		return errno;
	context->event_fd = fds[1];
	emu_call_handle(call, UVERBS_ATTR_ASYNC_EVENT_ALLOC_FD_HANDLE, (uint32_t)fds[0]);
	return 0;
}

static int
create_cq(const struct emu_call *call)
{
	const struct mlx5_ib_create_cq *req = emu_call_in(
		call, UVERBS_ATTR_UHW_IN, offsetof(struct mlx5_ib_create_cq, uar_page_index));
	uint32_t n = 1, cqe = (uint32_t)emu_call_value(call, UVERBS_ATTR_CREATE_CQ_CQE, 0);

	if (!req || !cqe || req->cqe_size != 64 || cqe > QUEUE_ENTRIES_MAX)
		return EINVAL;
	struct emu_object *cq = emu_object_new(call->dev, EMU_CQ, call->fd);

	if (!cq)
		return ENOMEM;
	while (n < cqe + 1)
		n *= 2;
	cq->cq.entries = (uint8_t *)(uintptr_t)req->buf_addr;
	cq->cq.record = (uint32_t *)(uintptr_t)req->db_addr;
	cq->cq.n = n;
	struct mlx5_ib_create_cq_resp driver = {.cqn = cq->handle};

	cqe = n - 1;
	emu_call_handle(call, UVERBS_ATTR_CREATE_CQ_HANDLE, cq->handle);
	emu_call_answer(call, UVERBS_ATTR_CREATE_CQ_RESP_CQE, &cqe, sizeof(cqe));
	emu_call_answer(call, UVERBS_ATTR_UHW_OUT, &driver, sizeof(driver));
	return 0;
}

static int
destroy_cq(const struct emu_call *call)
{
	/* The library waits until it has seen as many events as the answer counts. */
	struct ib_uverbs_destroy_cq_resp resp = {0};

	emu_call_answer(call, UVERBS_ATTR_DESTROY_CQ_RESP, &resp, sizeof(resp));
	return emu_call_destroy(call, UVERBS_ATTR_DESTROY_CQ_HANDLE, EMU_CQ);
}

static int
destroy_pd(const struct emu_call *call)
{
	return emu_call_destroy(call, UVERBS_ATTR_DESTROY_PD_HANDLE, EMU_PD);
}

const struct emu_method emu_methods_verbs[] = {
	EMU_METHOD(UVERBS_OBJECT_DEVICE, UVERBS_METHOD_GET_CONTEXT, get_context, false,
		   UVERBS_ATTR_GET_CONTEXT_NUM_COMP_VECTORS, UVERBS_ATTR_GET_CONTEXT_CORE_SUPPORT,
		   UVERBS_ATTR_UHW_IN, UVERBS_ATTR_UHW_OUT),
	EMU_METHOD(UVERBS_OBJECT_DEVICE, UVERBS_METHOD_QUERY_PORT, query_port, false,
		   UVERBS_ATTR_QUERY_PORT_PORT_NUM, UVERBS_ATTR_QUERY_PORT_RESP),
	EMU_METHOD(UVERBS_OBJECT_DEVICE, MLX5_IB_METHOD_QUERY_PORT, query_vport, false,
		   MLX5_IB_ATTR_QUERY_PORT_PORT_NUM, MLX5_IB_ATTR_QUERY_PORT),
	EMU_METHOD(UVERBS_OBJECT_DEVICE, UVERBS_METHOD_INVOKE_WRITE, invoke_write, false,
		   UVERBS_ATTR_WRITE_CMD, UVERBS_ATTR_CORE_IN, UVERBS_ATTR_CORE_OUT,
		   UVERBS_ATTR_UHW_IN, UVERBS_ATTR_UHW_OUT),
	EMU_METHOD(UVERBS_OBJECT_ASYNC_EVENT, UVERBS_METHOD_ASYNC_EVENT_ALLOC, alloc_async, false,
		   UVERBS_ATTR_ASYNC_EVENT_ALLOC_FD_HANDLE),
	EMU_METHOD(UVERBS_OBJECT_PD, UVERBS_METHOD_PD_DESTROY, destroy_pd, true,
		   UVERBS_ATTR_DESTROY_PD_HANDLE),
	EMU_METHOD(UVERBS_OBJECT_CQ, UVERBS_METHOD_CQ_CREATE, create_cq, false,
		   UVERBS_ATTR_CREATE_CQ_HANDLE, UVERBS_ATTR_CREATE_CQ_CQE,
		   UVERBS_ATTR_CREATE_CQ_USER_HANDLE, UVERBS_ATTR_CREATE_CQ_COMP_VECTOR,
		   UVERBS_ATTR_CREATE_CQ_RESP_CQE, UVERBS_ATTR_CREATE_CQ_EVENT_FD,
		   UVERBS_ATTR_UHW_IN, UVERBS_ATTR_UHW_OUT),
	EMU_METHOD(UVERBS_OBJECT_CQ, UVERBS_METHOD_CQ_DESTROY, destroy_cq, true,
		   UVERBS_ATTR_DESTROY_CQ_HANDLE, UVERBS_ATTR_DESTROY_CQ_RESP),
	{0},
};
