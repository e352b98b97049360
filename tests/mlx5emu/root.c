/* SPDX-License-Identifier: Apache-2.0 */
#include "root.h"
#include "bits.h"
#include "device.h"
#include <errno.h>
#include <string.h>

#define GROUP_BITS 512
#define MISC GROUP_BITS
#define MISC2 (3 * GROUP_BITS)
#define MISC3 (4 * GROUP_BITS)
#define SOURCE_PORT EMU_FIELD(MISC + 48, 16)
#define L3_IP4 1
#define L3_IP6 2
#define L4_TCP 1
#define L4_UDP 2
#define TAG_SERVICE 1
#define TAG_CUSTOMER 2

/* A row for each header that a place may be of. */
static const struct {
	uint16_t at; /* bit of fte_match_param */
	uint8_t element;
} places[] = {
	/* outer_headers */
	{0, EMU_SMAC_47_16},
	{32, EMU_SMAC_15_0},
	{48, EMU_ETHERTYPE},
	{64, EMU_DMAC_47_16},
	{96, EMU_DMAC_15_0},
	{112, EMU_PRIO_0},
	{115, EMU_CFI_0},
	{116, EMU_VID_0},
	{128, EMU_PROTOCOL},
	{136, EMU_IP4_DSCP},
	{136, EMU_IP6_DSCP},
	{142, EMU_IP4_ECN},
	{142, EMU_IP6_ECN},
	{146, EMU_FRAGMENT},
	{151, EMU_TCP_FLAGS},
	{216, EMU_IP4_TTL},
	{216, EMU_IP6_HOPS},
	{256, EMU_IP6_SRC_127_96},
	{288, EMU_IP6_SRC_95_64},
	{320, EMU_IP6_SRC_63_32},
	{352, EMU_IP6_SRC_31_0},
	{352, EMU_IP4_SRC},
	{384, EMU_IP6_DST_127_96},
	{416, EMU_IP6_DST_95_64},
	{448, EMU_IP6_DST_63_32},
	{480, EMU_IP6_DST_31_0},
	{480, EMU_IP4_DST},
	/* misc_parameters */
	{MISC + 64, EMU_PRIO_1},
	{MISC + 67, EMU_CFI_1},
	{MISC + 68, EMU_VID_1},
	{MISC + 236, EMU_IP6_LABEL},
	/* misc_parameters_2 */
	{MISC2 + 128, EMU_REG_C_7},
	{MISC2 + 160, EMU_REG_C_6},
	{MISC2 + 192, EMU_REG_C_5},
	{MISC2 + 224, EMU_REG_C_4},
	{MISC2 + 256, EMU_REG_C_3},
	{MISC2 + 288, EMU_REG_C_2},
	{MISC2 + 320, EMU_REG_C_1},
	{MISC2 + 352, EMU_REG_C_0},
	{MISC2 + 384, EMU_REG_A},
	/* misc_parameters_3 */
	{MISC3 + 32, EMU_TCP_SEQ},
	{MISC3 + 96, EMU_TCP_ACK},
};

/* Places whose value is not an element's. `element` has to be `when` for it to be `is`, or that of `then`. */
static const struct {
	struct emu_field at;
	uint8_t element, when, is, then;
} derived[] = {
	{{144, 1}, EMU_QUALIFIER_0, TAG_CUSTOMER, 1, 0}, /* cvlan_tag */
	{{145, 1}, EMU_QUALIFIER_0, TAG_SERVICE, 1, 0},
	{{147, 4}, EMU_L3_TYPE, L3_IP4, 4, 0}, /* ip_version */
	{{147, 4}, EMU_L3_TYPE, L3_IP6, 6, 0},
	{{160, 16}, EMU_L4_TYPE, L4_TCP, 0, EMU_SPORT},
	{{176, 16}, EMU_L4_TYPE, L4_TCP, 0, EMU_DPORT},
	{{224, 16}, EMU_L4_TYPE, L4_UDP, 0, EMU_SPORT},
	{{240, 16}, EMU_L4_TYPE, L4_UDP, 0, EMU_DPORT},
	{{MISC + 96, 1}, EMU_QUALIFIER_1, TAG_CUSTOMER, 1, 0}, /* outer_second_cvlan_tag */
	{{MISC + 98, 1}, EMU_QUALIFIER_1, TAG_SERVICE, 1, 0},
};

#define N_PLACES (sizeof(places) / sizeof(places[0]))
#define N_DERIVED (sizeof(derived) / sizeof(derived[0]))

static struct emu_field
field_of(unsigned place)
{
	return EMU_FIELD(places[place].at, (uint16_t)emu_element_width(places[place].element));
}

int
emu_root_check(const uint8_t mask[EMU_MATCH_BYTES], uint8_t criteria)
{
	uint8_t rest[EMU_MATCH_BYTES];

	for (unsigned i = 0; i < EMU_MATCH_BYTES; i++)
		if (mask[i] && !(criteria >> (i * 8 / GROUP_BITS) & 1))
			return EINVAL;
	memcpy(rest, mask, sizeof(rest));
	emu_set(rest, SOURCE_PORT, 0);
	for (unsigned i = 0; i < N_PLACES; i++)
		emu_set(rest, field_of(i), 0);
	for (unsigned i = 0; i < N_DERIVED; i++)
		emu_set(rest, derived[i].at, 0);
	for (unsigned i = 0; i < EMU_MATCH_BYTES; i++)
		if (rest[i])
			return EOPNOTSUPP;
	return 0;
}

static struct emu_object *
matcher_of(const struct emu_object *flow)
{
	return flow->uses[0];
}

void
emu_root_add(struct emu_device *dev, struct emu_object *flow)
{
	struct emu_object **at = &dev->root;

	while (*at && matcher_of(*at)->matcher.priority <= matcher_of(flow)->matcher.priority)
		at = &(*at)->flow.next;
	flow->flow.next = *at;
	*at = flow;
}

void
emu_root_remove(struct emu_device *dev, const struct emu_object *flow)
{
	struct emu_object **at = &dev->root;

	while (*at != flow)
		at = &(*at)->flow.next;
	*at = flow->flow.next;
}

/* The match parameters that describe a packet. */
static void
describe(uint16_t vport, const struct emu_packet *packet, uint8_t out[EMU_MATCH_BYTES])
{
	memset(out, 0, EMU_MATCH_BYTES);
	emu_set(out, SOURCE_PORT, vport);
	for (unsigned i = 0; i < N_PLACES; i++)
		if (emu_packet_has(packet, places[i].element))
			emu_set(out, field_of(i), emu_packet_get(packet, places[i].element));
	for (unsigned i = 0; i < N_DERIVED; i++)
		if (emu_packet_get(packet, derived[i].element) == derived[i].when)
			emu_set(out, derived[i].at,
				derived[i].is ? derived[i].is
					      : emu_packet_get(packet, derived[i].then));
}

static bool
is_match(const struct emu_object *flow, const uint8_t described[EMU_MATCH_BYTES])
{
	const uint8_t *mask = matcher_of(flow)->matcher.mask;

	for (unsigned i = 0; i < EMU_MATCH_BYTES; i++)
		if ((described[i] & mask[i]) != flow->flow.value[i])
			return false;
	return true;
}

const struct emu_object *
emu_root_find(struct emu_device *dev, uint16_t vport, const struct emu_packet *packet)
{
	uint8_t described[EMU_MATCH_BYTES];
	const struct emu_object *flow = dev->root;

	describe(vport, packet, described);
	while (flow && (emu_context_failed(dev, flow->fd) || !is_match(flow, described)))
		flow = flow->flow.next;
	return flow;
}
