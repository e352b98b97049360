/* SPDX-License-Identifier: Apache-2.0 */
#include "param.h"

#define MISC MLXDR_GROUP_BITS
#define MISC2 (3 * MLXDR_GROUP_BITS)
#define ROW(id, name, at, width, entry) [MLXDR_##id] = {name, at, width, MLXDR_ENTRY_##entry}

/* clang-format off */
const struct mlxdr_param_row mlxdr_params[MLXDR_N_PARAMS] = {
	ROW(SMAC_47_16, "smac_47_16", 0, 32, L2_SRC),
	ROW(SMAC_15_0, "smac_15_0", 32, 16, L2_SRC),
	ROW(ETHERTYPE, "ethertype", 48, 16, L2_DST),
	ROW(DMAC_47_16, "dmac_47_16", 64, 32, L2_DST),
	ROW(DMAC_15_0, "dmac_15_0", 96, 16, L2_DST),
	ROW(FIRST_PRIO, "first_prio", 112, 3, L2_DST),
	ROW(FIRST_VID, "first_vid", 116, 12, L2_DST),
	ROW(IP_PROTOCOL, "ip_protocol", 128, 8, L4),
	ROW(IP_DSCP, "ip_dscp", 136, 6, L4),
	ROW(IP_ECN, "ip_ecn", 142, 2, L4),
	ROW(CVLAN_TAG, "cvlan_tag", 144, 1, L2_DST),
	ROW(SVLAN_TAG, "svlan_tag", 145, 1, L2_DST),
	ROW(FRAG, "frag", 146, 1, L2_DST),
	ROW(IP_VERSION, "ip_version", 147, 4, L2_DST),
	ROW(TCP_FLAGS, "tcp_flags", 151, 9, L4),
	ROW(TCP_SPORT, "tcp_sport", 160, 16, L4),
	ROW(TCP_DPORT, "tcp_dport", 176, 16, L4),
	ROW(TTL_HOPLIMIT, "ttl_hoplimit", 216, 8, IP_TTL),
	ROW(UDP_SPORT, "udp_sport", 224, 16, L4),
	ROW(UDP_DPORT, "udp_dport", 240, 16, L4),
	ROW(SRC_IP_127_96, "src_ipv4_src_ipv6[127:96]", 256, 32, IP_SRC),
	ROW(SRC_IP_95_64, "src_ipv4_src_ipv6[95:64]", 288, 32, IP_SRC),
	ROW(SRC_IP_63_32, "src_ipv4_src_ipv6[63:32]", 320, 32, IP_SRC),
	ROW(SRC_IP_31_0, "src_ipv4_src_ipv6[31:0]", 352, 32, IP_SRC),
	ROW(DST_IP_127_96, "dst_ipv4_dst_ipv6[127:96]", 384, 32, IP_DST),
	ROW(DST_IP_95_64, "dst_ipv4_dst_ipv6[95:64]", 416, 32, IP_DST),
	ROW(DST_IP_63_32, "dst_ipv4_dst_ipv6[63:32]", 448, 32, IP_DST),
	ROW(DST_IP_31_0, "dst_ipv4_dst_ipv6[31:0]", 480, 32, IP_DST),
	ROW(SOURCE_PORT, "source_port", MISC + 48, 16, SOURCE),
	ROW(SECOND_PRIO, "outer_second_prio", MISC + 64, 3, L2_DST),
	ROW(SECOND_VID, "outer_second_vid", MISC + 68, 12, L2_DST),
	ROW(SECOND_CVLAN_TAG, "outer_second_cvlan_tag", MISC + 96, 1, L2_DST),
	ROW(SECOND_SVLAN_TAG, "outer_second_svlan_tag", MISC + 98, 1, L2_DST),
	ROW(IPV6_FLOW_LABEL, "outer_ipv6_flow_label", MISC + 236, 20, L4),
	ROW(METADATA_REG_C_0, "metadata_reg_c_0", MISC2 + 352, 32, REG),
};
/* clang-format on */

uint8_t
mlxdr_param_criterion(enum mlxdr_param p)
{
	return (uint8_t)(1 << mlxdr_params[p].at / MLXDR_GROUP_BITS);
}
