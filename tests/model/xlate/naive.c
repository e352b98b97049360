/* SPDX-License-Identifier: Apache-2.0 */
#include "naive_impl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

static void
keep(struct treatment *t, uint32_t port, const struct flow_key *key)
{
	if (t->n < NAIVE_COPIES_MAX)
		t->copies[t->n++] = (struct copy){.port = port, .key = *key};
}

static void
send_port(struct naive *n, uint32_t dp_port)
{
	struct flow_key key = n->key.flow;

	key.in_port = n->packet->in_port;
	keep(n->out, dp_port, &key);
}

static bool
has_tag(const struct flow_key *key, unsigned int i)
{
	return key->vlan[i].tci & htons(FLOW_VLAN_CFI);
}

static void
pop(struct flow_key *key)
{
	key->vlan[0] = key->vlan[1];
	memset(&key->vlan[1], 0, sizeof key->vlan[1]);
}

static void
push(struct flow_key *key, be16 tpid, be16 tci)
{
	key->vlan[1] = key->vlan[0];
	key->vlan[0].tpid = tpid;
	key->vlan[0].tci = tci | htons(FLOW_VLAN_CFI);
}

void
naive_stop(struct naive *n, enum flow_drop why, bool failed)
{
	n->stop = true;
	n->failed = failed;
	n->out->why = why;
}

static void
end_list(struct naive *n, enum flow_drop why)
{
	n->list_ended = true;
	n->out->why = why;
}

static void
run_list(struct naive *n, const struct xlate_actions *actions)
{
	for (size_t i = 0; i < actions->n && !n->stop && !n->exit && !n->list_ended; i++)
		naive_action(n, &actions->a[i]);
	n->list_ended = false;
}

static bool
naive_push(struct naive *n, be16 tpid)
{
	if (has_tag(&n->key.flow, 1)) {
		naive_stop(n, FLOW_DROP_NO_HEADROOM, false);
		return false;
	}
	push(&n->key.flow, tpid, 0);
	return true;
}

struct port_search {
	uint32_t number;
	struct xlate_port found;
	bool ok;
};

static int
port_is(const struct xlate_port *port, void *aux)
{
	struct port_search *s = aux;

	if (port->ofp_port != s->number)
		return 0;
	s->found = *port;
	s->ok = true;
	return 1;
}

static bool
port_by_number(struct naive *n, uint32_t number, struct xlate_port *out)
{
	struct port_search s = {.number = number};

	xlate_port_each(n->br, port_is, &s);
	*out = s.found;
	return s.ok;
}

static void
send_number(struct naive *n, uint32_t number)
{
	struct xlate_port port;

	if (port_by_number(n, number, &port))
		send_port(n, port.dp_port);
}

static int
send_other(const struct xlate_port *port, void *aux)
{
	struct naive *n = aux;

	if (port->ofp_port != n->key.in_port.number)
		send_port(n, port->dp_port);
	return 0;
}

struct mac_search {
	struct flow_mac mac;
	uint16_t vlan, ofp_port;
};

static int
mac_is(const struct xlate_mac *m, void *aux)
{
	struct mac_search *s = aux;

	if (m->vlan == s->vlan && !memcmp(&m->mac, &s->mac, sizeof m->mac))
		s->ofp_port = m->ofp_port;
	return 0;
}

static bool
carries(const struct xlate_port *port, uint16_t vlan)
{
	static const uint64_t none[4096 / 64];

	if (port->tag && port->tag == vlan)
		return true;
	if (port->vlan_mode == XLATE_VLAN_ACCESS || (port->tag && !vlan))
		return false;
	return !memcmp(port->trunks, none, sizeof none) ||
	       (port->trunks[vlan / 64] >> vlan % 64 & 1);
}

struct normal {
	struct naive *n;
	uint16_t vlan;
};

static bool
strips(const struct xlate_port *port, uint16_t vlan)
{
	return port->vlan_mode == XLATE_VLAN_ACCESS ||
	       (port->vlan_mode == XLATE_VLAN_NATIVE_UNTAGGED && vlan == port->tag);
}

static bool
two_tags(const struct xlate_port *port, uint16_t vlan, const struct flow_key *key)
{
	return strips(port, vlan) && has_tag(key, 0) && has_tag(key, 1) &&
	       (key->vlan[1].tci & htons(FLOW_VLAN_VID));
}

static int
normal_send(const struct xlate_port *port, void *aux)
{
	struct normal *nn = aux;
	struct flow_key *key = &nn->n->key.flow, saved = *key;
	uint16_t tag = strips(port, nn->vlan) ? 0 : nn->vlan;

	if (port->ofp_port == nn->n->key.in_port.number || !carries(port, nn->vlan) ||
	    two_tags(port, nn->vlan, key))
		return 0;
	if (!tag && has_tag(key, 0)) {
		pop(key);
	} else if (tag && has_tag(key, 0)) {
		key->vlan[0].tci = (key->vlan[0].tci & ~htons(FLOW_VLAN_VID)) | htons(tag);
	} else if (tag) {
		push(key, htons(0x8100), htons(tag));
	}
	send_port(nn->n, port->dp_port);
	*key = saved;
	return 0;
}

static void
refuse(struct naive *n, enum flow_drop why)
{
	if (n->out->why == FLOW_DROP_EXPLICIT)
		n->out->why = why;
}

static bool
is_reserved(const struct flow_mac *mac)
{
	static const uint64_t others[] = {0x00e02b000000, 0x00e02b000004, 0x00e02b000006,
					  0x01000c000000, 0x01000ccccccc, 0x01000ccccccd,
					  0x01000ccdcdcd};
	uint64_t v = 0;

	for (int i = 0; i < 6; i++)
		v = v << 8 | mac->b[i];
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		if (v == others[i])
			return true;
	}
	return v >> 4 == 0x0180c200000 || v >> 3 == 0x01000cccccc0 >> 3;
}

static void
naive_normal(struct naive *n)
{
	const struct flow_key *key = &n->key.flow;
	uint16_t vid = has_tag(key, 0) ? ntohs(key->vlan[0].tci) & FLOW_VLAN_VID : 0;
	struct normal nn = {.n = n, .vlan = vid};
	struct mac_search s = {.mac = key->eth_dst};
	struct xlate_port in, to;

	if (!port_by_number(n, n->key.in_port.number, &in))
		return;
	if (is_reserved(&key->eth_dst)) {
		refuse(n, FLOW_DROP_FORWARD_BPDU);
		return;
	}
	if (!vid || in.vlan_mode == XLATE_VLAN_ACCESS)
		nn.vlan = in.tag;
	if (in.vlan_mode == XLATE_VLAN_ACCESS ? vid : !carries(&in, nn.vlan)) {
		refuse(n, FLOW_DROP_VLAN_POLICY);
		return;
	}
	s.vlan = nn.vlan;
	xlate_mac_each(n->br, 0, mac_is, &s);
	if (s.ofp_port && port_by_number(n, s.ofp_port, &to) && carries(&to, nn.vlan)) {
		if (to.ofp_port != in.ofp_port && two_tags(&to, nn.vlan, key))
			refuse(n, FLOW_DROP_VLAN_POLICY);
		normal_send(&to, &nn);
	} else {
		xlate_port_each(n->br, normal_send, &nn);
	}
}

static void
naive_output(struct naive *n, uint32_t number)
{
	switch (number) {
	case XLATE_PORT_NORMAL:
		naive_normal(n);
		break;
	case XLATE_PORT_IN_PORT:
		send_number(n, n->key.in_port.number);
		break;
	case XLATE_PORT_ALL:
	case XLATE_PORT_FLOOD:
		xlate_port_each(n->br, send_other, n);
		break;
	case XLATE_PORT_CONTROLLER:
		send_port(n, NAIVE_CONTROLLER);
		break;
	default:
		if (number != n->key.in_port.number)
			send_number(n, number);
	}
}

bool
naive_has_field(const struct naive *n, const struct flow_field *f)
{
	return flow_prereq_ok(f->prereq, &n->key.flow, NULL) &&
	       (f->prereq < FLOW_PREREQ_ND || flow_prereq_ok(f->prereq, n->packet, NULL));
}

static void
naive_move(struct naive *n, const struct xlate_action *a)
{
	const struct xlate_subfield *src = &a->move.src, *dst = &a->move.dst;
	struct flow_value from, to;

	if (!naive_has_field(n, src->field) || !naive_has_field(n, dst->field))
		return;
	flow_field_get(src->field, &n->key, &from);
	flow_field_get(dst->field, &n->key, &to);
	for (unsigned int i = 0; i < src->n_bits; i++) {
		unsigned int s = src->ofs + i, d = dst->ofs + i;
		unsigned int bit = from.b[FLOW_VALUE_BYTES - 1 - s / 8] >> s % 8 & 1;
		uint8_t *b = &to.b[FLOW_VALUE_BYTES - 1 - d / 8];

		*b = (uint8_t)((*b & ~(1u << d % 8)) | bit << d % 8);
	}
	flow_field_set(dst->field, &n->key, &to);
}

static void run_table(struct naive *n, unsigned int table, uint32_t in_port);

bool
naive_enter(struct naive *n)
{
	if (n->depth == XLATE_DEPTH_MAX || n->n_resubmits == XLATE_RESUBMITS_MAX) {
		naive_stop(n,
			   n->depth == XLATE_DEPTH_MAX ? FLOW_DROP_TOO_DEEP : FLOW_DROP_RESUBMITS,
			   true);
		return false;
	}
	n->n_resubmits++;
	n->depth++;
	return true;
}

static void
naive_resubmit(struct naive *n, const struct xlate_action *a)
{
	bool here = a->resubmit.port == XLATE_PORT_IN_PORT;
	unsigned int table = n->table;

	if (!naive_enter(n))
		return;
	run_table(n, a->resubmit.table == XLATE_TABLE_ALL ? table : a->resubmit.table,
		  here ? n->key.in_port.number : a->resubmit.port);
	n->table = table;
	n->depth--;
}

static void
naive_tci(struct naive *n, uint16_t value, uint16_t mask)
{
	struct flow_vlan *v = &n->key.flow.vlan[0];

	if (!has_tag(&n->key.flow, 0) && !naive_push(n, htons(0x8100)))
		return;
	v->tci = (v->tci & ~htons(mask)) | htons(value);
}

static void
expire(struct naive *n)
{
	send_port(n, NAIVE_CONTROLLER);
	end_list(n, FLOW_DROP_TTL_EXPIRED);
}

static void
naive_dec_ttl(struct naive *n)
{
	if (!flow_prereq_ok(FLOW_PREREQ_IP, &n->key.flow, NULL))
		return;
	if (n->key.flow.nw_ttl <= 1)
		expire(n);
	else
		n->key.flow.nw_ttl--;
}

/* Returns the bits of a subfield. The model's rules push at most 64, and seldom. */
static uint64_t
naive_bits(struct naive *n, const struct xlate_subfield *sf)
{
	struct flow_value v;
	uint64_t bits;

	if (!naive_has_field(n, sf->field))
		return 0;
	flow_field_get(sf->field, &n->key, &v);
	bits = flow_value_u64(&v) >> sf->ofs;
	return sf->n_bits < 64 ? bits & ((UINT64_C(1) << sf->n_bits) - 1) : bits;
}

static void
naive_push_bits(struct naive *n, const struct xlate_action *a)
{
	if (n->n_stack == sizeof n->stack / sizeof n->stack[0])
		abort();
	n->stack[n->n_stack++] = naive_bits(n, &a->stack);
}

static void
naive_pop_bits(struct naive *n, const struct xlate_action *a)
{
	uint64_t mask = (UINT64_C(1) << a->stack.n_bits) - 1;
	struct flow_value v, m;

	if (!n->n_stack)
		return;
	v = flow_value_from_u64((n->stack[--n->n_stack] & mask) << a->stack.ofs);
	m = flow_value_from_u64(mask << a->stack.ofs);
	if (naive_has_field(n, a->stack.field))
		flow_field_set_masked(a->stack.field, &n->key, &v, &m);
}

static void
naive_output_reg(struct naive *n, const struct xlate_action *a)
{
	uint64_t port = naive_bits(n, &a->output_reg.src);

	if (port < UINT16_MAX)
		naive_output(n, (uint32_t)port);
}

static void
naive_bundle(struct naive *n, const struct xlate_action *a)
{
	struct xlate_port port;

	for (size_t i = 0; i < a->bundle->n; i++) {
		if (port_by_number(n, a->bundle->member[i], &port) &&
		    !(n->rules->down >> port.ofp_port & 1)) {
			naive_output(n, a->bundle->member[i]);
			return;
		}
	}
}

static bool
has_label(const struct naive *n)
{
	return flow_prereq_ok(FLOW_PREREQ_MPLS, &n->key.flow, NULL);
}

/* Clears the fields below a label, which are not visible. */
static void
no_l3(struct flow_key *key)
{
	memset(flow_key_words_mut(key) + FLOW_WORD_L3, 0,
	       (FLOW_KEY_WORDS - FLOW_WORD_L3) * sizeof(uint64_t));
}

static void
naive_push_mpls(struct naive *n, be16 eth_type)
{
	struct flow_key *key = &n->key.flow;
	bool ip = flow_prereq_ok(FLOW_PREREQ_IP, key, NULL);
	uint32_t lse = 0x100 | (ip && key->nw_ttl ? key->nw_ttl : 64);

	if (n->n_labels == 3) {
		naive_stop(n, FLOW_DROP_NO_HEADROOM, false);
		return;
	}
	if (key->eth_type == htons(0x05ff)) {
		naive_stop(n, FLOW_DROP_UNSUPPORTED, true);
		return;
	}
	if (ip)
		lse |= (uint32_t)(key->nw_tos >> 2 & 7) << 9;
	if (key->eth_type == htons(0x86dd))
		lse |= 2 << 12;
	if (has_label(n))
		lse = ntohl(key->mpls[0]) & ~0x100u;
	else
		memset(key->mpls, 0, sizeof key->mpls);
	if (ip)
		n->ttl_below = key->nw_ttl;
	no_l3(key);
	memmove(&key->mpls[1], &key->mpls[0], sizeof key->mpls - sizeof key->mpls[0]);
	key->mpls[0] = htonl(lse);
	key->eth_type = eth_type;
	n->n_labels++;
}

/* Pops a label; in the model's rules a packet without labels stays as it is. */
static void
naive_pop_mpls(struct naive *n, be16 eth_type)
{
	struct flow_key *key = &n->key.flow;

	if (!has_label(n))
		return;
	memmove(&key->mpls[0], &key->mpls[1], sizeof key->mpls - sizeof key->mpls[0]);
	key->mpls[3] = 0;
	key->eth_type = eth_type;
	n->n_labels -= n->n_labels > 0;
	if (!n->n_labels)
		n->ttl_below = 0;
}

static void
naive_dec_mpls_ttl(struct naive *n)
{
	be32 *lse = &n->key.flow.mpls[0];

	if (!has_label(n))
		return;
	if ((ntohl(*lse) & 0xff) <= 1)
		expire(n);
	else
		*lse = htonl(ntohl(*lse) - 1);
}

static void
copy_ttl(be32 *to, uint32_t from)
{
	*to = htonl((ntohl(*to) & ~0xffu) | (from & 0xff));
}

static void
naive_copy_ttl(struct naive *n, bool out)
{
	be32 *lse = n->key.flow.mpls;

	if (!has_label(n))
		return;
	if (!(ntohl(lse[0]) & 0x100))
		copy_ttl(&lse[!out], ntohl(lse[out]));
	else if (!out)
		n->ttl_below = 0;
	else if (n->ttl_below)
		copy_ttl(&lse[0], n->ttl_below);
	else
		naive_stop(n, FLOW_DROP_UNSUPPORTED, true);
}

static void
naive_clone(struct naive *n, const struct xlate_action *a)
{
	struct naive saved = *n;

	if (n->depth == XLATE_DEPTH_MAX) {
		naive_stop(n, FLOW_DROP_TOO_DEEP, true);
		return;
	}
	n->depth++;
	run_list(n, a->nested);
	naive_set_run(n);
	saved.n_resubmits = n->n_resubmits;
	saved.failed = n->failed;
	saved.stop = n->failed;
	*n = saved;
}

void
naive_action(struct naive *n, const struct xlate_action *a)
{
	switch (a->type) {
	case XLATE_ACT_OUTPUT:
		naive_output(n, a->output.port);
		break;
	case XLATE_ACT_CONTROLLER:
		send_port(n, NAIVE_CONTROLLER);
		break;
	case XLATE_ACT_GOTO_TABLE:
		n->next_table = a->table;
		break;
	case XLATE_ACT_RESUBMIT:
		naive_resubmit(n, a);
		break;
	case XLATE_ACT_SET_FIELD:
		if (naive_has_field(n, a->set.field))
			flow_field_set_masked(a->set.field, &n->key, &a->set.value, &a->set.mask);
		break;
	case XLATE_ACT_MOVE:
		naive_move(n, a);
		break;
	case XLATE_ACT_PUSH_VLAN:
		naive_push(n, a->tpid);
		break;
	case XLATE_ACT_POP_VLAN:
		pop(&n->key.flow);
		break;
	case XLATE_ACT_SET_VLAN_VID:
		naive_tci(n, a->vlan.value, FLOW_VLAN_VID);
		break;
	case XLATE_ACT_SET_VLAN_PCP:
		naive_tci(n, (uint16_t)(a->vlan.value << 13), FLOW_VLAN_PCP);
		break;
	case XLATE_ACT_DEC_TTL:
		naive_dec_ttl(n);
		break;
	case XLATE_ACT_GROUP:
		naive_group(n, a->group);
		break;
	case XLATE_ACT_CLEAR_ACTIONS:
		n->n_set = 0;
		break;
	case XLATE_ACT_WRITE_ACTIONS:
		naive_write(n, a->nested);
		break;
	case XLATE_ACT_EXIT:
		n->exit = true;
		break;
	case XLATE_ACT_STACK_PUSH:
		naive_push_bits(n, a);
		break;
	case XLATE_ACT_STACK_POP:
		naive_pop_bits(n, a);
		break;
	case XLATE_ACT_OUTPUT_REG:
		naive_output_reg(n, a);
		break;
	case XLATE_ACT_CLONE:
		naive_clone(n, a);
		break;
	case XLATE_ACT_PUSH_MPLS:
		naive_push_mpls(n, a->eth_type);
		break;
	case XLATE_ACT_POP_MPLS:
		naive_pop_mpls(n, a->eth_type);
		break;
	case XLATE_ACT_DEC_MPLS_TTL:
		naive_dec_mpls_ttl(n);
		break;
	case XLATE_ACT_COPY_TTL_OUT:
	case XLATE_ACT_COPY_TTL_IN:
		naive_copy_ttl(n, a->type == XLATE_ACT_COPY_TTL_OUT);
		break;
	case XLATE_ACT_BUNDLE:
		naive_bundle(n, a);
		break;
	default:
		break;
	}
}

static void
run_table(struct naive *n, unsigned int table, uint32_t in_port)
{
	uint32_t arrived_by = n->key.in_port.number;

	do {
		const struct naive_rule *rule;

		n->table = table;
		n->next_table = -1;
		n->key.in_port.number = in_port;
		rule = naive_look_up(n);
		n->key.in_port.number = in_port = arrived_by;
		if (rule)
			run_list(n, rule->actions);
		table = (unsigned int)n->next_table;
	} while (n->next_table >= 0 && !n->stop && !n->exit);
	n->next_table = -1;
}

void
naive_pipeline(struct xlate *x, const struct xlate_bridge *br, const struct naive_rules *rules,
	       const struct flow_key *packet, struct treatment *out)
{
	struct naive n = {.x = x,
			  .br = br,
			  .rules = rules,
			  .packet = packet,
			  .key.flow = *packet,
			  .out = out};
	struct xlate_port port;

	out->n = 0;
	out->why = FLOW_DROP_EXPLICIT;
	if (xlate_port_by_dp(x, packet->in_port, &port, NULL)) {
		out->why = FLOW_DROP_NO_BRIDGE;
		return;
	}
	n.key.in_port = xlate_ofp_port(port.ofp_port);
	run_table(&n, 0, n.key.in_port.number);
	naive_set_run(&n);
	if (n.failed)
		out->n = 0;
}

static void
execute_set(const struct flow_action *a, struct flow_key *key)
{
	const struct flow_field *f = &flow_fields[a->set.field];
	struct flow_value value = {{0}}, mask = {{0}};

	if (!flow_prereq_ok(f->prereq, key, NULL))
		return;
	memcpy(value.b + FLOW_VALUE_BYTES - 16, a->set.value, 16);
	memcpy(mask.b + FLOW_VALUE_BYTES - 16, a->set.mask, 16);
	flow_field_set_masked(f, key, &value, &mask);
}

void
naive_execute(const struct flow_actions *actions, const struct flow_key *packet,
	      struct treatment *out)
{
	struct flow_key key = *packet;

	out->n = 0;
	out->why = FLOW_DROP_EXPLICIT;
	for (unsigned int i = 0; i < actions->n; i++) {
		const struct flow_action *a = &actions->a[i];

		switch ((enum flow_action_type)a->type) {
		case FLOW_ACTION_OUTPUT:
			keep(out, a->port, &key);
			break;
		case FLOW_ACTION_UPCALL:
			keep(out, NAIVE_CONTROLLER, &key);
			break;
		case FLOW_ACTION_SET:
			execute_set(a, &key);
			break;
		case FLOW_ACTION_PUSH_VLAN:
			push(&key, a->vlan.tpid, a->vlan.tci);
			break;
		case FLOW_ACTION_POP_VLAN:
			pop(&key);
			break;
		case FLOW_ACTION_DROP:
			out->why = a->drop;
			break;
		case FLOW_ACTION_PUSH_MPLS:
			memmove(&key.mpls[1], &key.mpls[0], sizeof key.mpls - sizeof key.mpls[0]);
			key.mpls[0] = a->mpls.lse;
			no_l3(&key);
			key.eth_type = a->mpls.eth_type;
			break;
		case FLOW_ACTION_POP_MPLS:
			memmove(&key.mpls[0], &key.mpls[1], sizeof key.mpls - sizeof key.mpls[0]);
			key.mpls[FLOW_MPLS_LABELS - 1] = 0;
			key.eth_type = a->mpls.eth_type;
			break;
		case FLOW_ACTION_COPY_TTL_IN:
			if (!(ntohl(key.mpls[0]) & 0x100))
				copy_ttl(&key.mpls[1], ntohl(key.mpls[0]));
			break;
		case FLOW_ACTION_COPY_TTL_OUT:
		case FLOW_ACTION_METER:
		case FLOW_ACTION_TRUNC:
		case FLOW_ACTION_SAMPLE:
		case FLOW_ACTION_CT:
		case FLOW_ACTION_CT_LABEL:
		case FLOW_ACTION_CT_NAT:
		case FLOW_ACTION_CT_TIMEOUT:
		case FLOW_ACTION_CT_CLEAR:
		case FLOW_ACTION_RECIRC:
		case FLOW_ACTION_SET_QUEUE:
		case FLOW_ACTION_CHECK_LEN:
		case FLOW_ACTION_TUN_OPTS:
		case FLOW_N_ACTIONS:
			abort();
		}
	}
}

static int
copy_compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct copy));
}

bool
treatment_equal(struct treatment *a, struct treatment *b)
{
	if (a->n != b->n || (!a->n && a->why != b->why))
		return false;
	qsort(a->copies, a->n, sizeof *a->copies, copy_compare);
	qsort(b->copies, b->n, sizeof *b->copies, copy_compare);
	for (unsigned int i = 0; i < a->n; i++)
		if (copy_compare(&a->copies[i], &b->copies[i]))
			return false;
	return true;
}
