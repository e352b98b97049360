/* SPDX-License-Identifier: Apache-2.0 */
/* The TLV map of a bridge: which Geneve option is which field tun_metadata0..63. A new bridge has an
 * empty one.
 *
 * In keys of the datapath tun.opts has the options as they are on the wire. In keys of the pipeline, and in
 * matches of rules, it has a place for each mapped option: 4 bytes that identify the field if the packet has
 * the option, and are 0 if not, then the data. n_opt_bytes is 0 there. The places have
 * FLOW_GENEVE_OPT_BYTES in all. An option keeps its place until it is unmapped; a new one takes the first
 * that is large enough.
 *
 * Thread safety: changes: control. Reads: any RCU thread. */
#pragma once

#include <xlate/rule.h>
#include <xlate/tunnel.h>

#define XLATE_TLVS 64		/* fields */
#define XLATE_TLV_BYTES_MAX 124 /* of an option's data: its length is 5 bits, in units of 4 bytes */
#define XLATE_TLV_HEAD_BYTES 4	/* before the data of an option, in a packet and in a key */
/* The data of all options of a bridge, at most: those of a single one. */
#define XLATE_TLV_DATA_BYTES (FLOW_GENEVE_OPT_BYTES - XLATE_TLV_HEAD_BYTES)

/* An option and its field. */
struct xlate_tlv {
	uint16_t class; /* of the option, in host order, as IANA assigns them */
	uint8_t type;	/* the topmost bit is "critical" */
	uint8_t n_bytes;
	uint16_t index; /* of the field */
};

enum xlate_tlv_command {
	XLATE_TLV_ADD,
	XLATE_TLV_DELETE, /* by index alone; skips fields that are not mapped */
	XLATE_TLV_CLEAR,
	XLATE_N_TLV_COMMANDS,
};

struct xlate_tlv_mod {
	enum xlate_tlv_command command;
	size_t n;
	struct xlate_tlv *tlvs; /* CLEAR: only checked */
};

/* Applies all of a change or nothing. Returns, with 'err', 0, -EMSGSIZE (an option's length: only
 * multiples of 4 from 4 to 124), -ERANGE (an index), -EEXIST (ADD: the field is mapped),
 * -EADDRINUSE (ADD: the option is another field's), -ENOSPC (ADD: no place), -EBUSY (a flow or
 * group uses a field that would be removed), or -ENOMEM.
 * Cost: O(n), and O(rules and groups of the bridge) to remove options; the map has at most FLOW_GENEVE_OPT_BYTES / 8 options. */
int xlate_tlv_map_change(struct xlate *x, struct xlate_bridge *br, const struct xlate_tlv_mod *mod,
			 char *err, size_t n_err);

/* Copies the mapped options by rising index and returns their number. */
size_t xlate_tlv_map_read(const struct xlate_bridge *br, struct xlate_tlv out[XLATE_TLVS]);

/* Returns the field of an index, with its place as the storage, or NULL if it is not mapped. It is valid
 * as long as 'x' is. */
const struct flow_field *xlate_tlv_field(const struct xlate_bridge *br, unsigned int index);

/* Returns the index of a field that xlate_tlv_field() returned; -1 for others. */
int xlate_tlv_index(const struct flow_field *f);

/* Finds "tun_metadataN" and "NXM_NX_TUN_METADATAN". Returns N, or -1 for another name. */
int xlate_tlv_index_parse(const char *name, size_t n_name);

/* Adds to a match of a packet that goes to controllers the options that the packet arrived with ('tunnel', of the
 * datapath) and those that actions have set ('written', or NULL). */
void xlate_tlv_packet_match(const struct xlate_bridge *br, const struct flow_tunnel *tunnel,
			    const struct xlate_tunnel_fields *written, struct xlate_match *m);

/* An option in a match. */
struct xlate_tlv_match {
	unsigned int index, n_bytes;
	struct flow_value value,
		mask; /* of the data; 'mask' is 0 if only the presence is matched */
};

/* Adds the option to a key and mask of a match: it is present, and its data have these bits. */
void xlate_tlv_match_add(const struct flow_field *f, const struct flow_value *value,
			 const struct flow_value *mask, struct flow_key *key,
			 struct flow_key *mask_key);

/* Finds the next option in a match from '*at', which is 0 at first. Returns false after the last, and for
 * matches of the datapath. Needs no map. */
bool xlate_tlv_match_next(const struct xlate_match *m, unsigned int *at,
			  struct xlate_tlv_match *out);

/* Returns true if the mask of a match has the option. */
bool xlate_tlv_match_has(const struct flow_field *f, const struct flow_key *mask_key);

/* Prints ",tun_metadata0=0x5/0xff" for each option, without the first comma if '*comma' is "", and sets
 * '*comma' to ",". */
void xlate_tlv_match_print(const struct xlate_match *m, const char **comma, FILE *out);
