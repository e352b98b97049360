/* SPDX-License-Identifier: Apache-2.0 */
/* OpenFlow groups of a bridge: their text, their changes, their statistics.
 *
 * Text is that of ovs-ofctl:
 *     group_id=1,type=select,selection_method=hash,fields(ip_src,ip_dst),bucket=weight:2,actions=output:1
 *
 * A bucket's actions work on a copy of the packet, in the order of an action set, whatever their
 * order in the text. A group may send to other groups; a packet in a loop of groups, or in a chain
 * deeper than XLATE_DEPTH_MAX, is dropped with the reason "recursion-too-deep".
 *
 * Thread safety: parsing is pure; changes: control; dumps: any RCU thread. */
#pragma once

#include <xlate/action.h>

/* Group ids as OpenFlow 1.3 section A.3.4.2. */
#define XLATE_GROUP_MAX 0xffffff00
#define XLATE_GROUP_EVERY 0xfffffffc /* DELETE: every group */
#define XLATE_GROUP_ANY 0xffffffff   /* no group, e.g. as a bucket's watch_group */

/* Bucket ids as OpenFlow 1.5 section 7.3.4.3. */
#define XLATE_BUCKET_MAX 0xffffff00
#define XLATE_BUCKET_FIRST 0xfffffffd
#define XLATE_BUCKET_LAST 0xfffffffe
#define XLATE_BUCKET_EVERY 0xffffffff

#define XLATE_BUCKETS_MAX 4096

enum xlate_group_type {
	XLATE_GROUP_ALL,      /* every bucket */
	XLATE_GROUP_SELECT,   /* one live bucket, by hash and weight */
	XLATE_GROUP_INDIRECT, /* its only bucket */
	XLATE_GROUP_FF,	      /* the first live bucket */
	XLATE_N_GROUP_TYPES,
};

extern const char *const xlate_group_type_names[XLATE_N_GROUP_TYPES];

/* A bucket is live if it watches nothing, or if the port or group that it watches is live. A port
 * is live if it exists and is up, a group if it has a live bucket. */
struct xlate_bucket {
	uint32_t id;		       /* 0..XLATE_BUCKET_MAX, unique in its group */
	uint16_t weight;	       /* of SELECT; 0: the bucket is never chosen */
	uint16_t watch_port;	       /* XLATE_PORT_NONE: none */
	uint32_t watch_group;	       /* XLATE_GROUP_ANY: none */
	struct xlate_actions *actions; /* owned, never NULL */
};

/* The input of a select group's hash. */
enum xlate_selection {
	XLATE_SELECT_DEFAULT, /* unspecified: addresses, protocol and ports */
	XLATE_SELECT_HASH,    /* the bits of 'fields' that the packet has */
	XLATE_SELECT_DP_HASH, /* same as DEFAULT */
	XLATE_N_SELECTIONS,
};

/* "", "hash", "dp_hash". */
extern const char *const xlate_selection_names[XLATE_N_SELECTIONS];

#define XLATE_GROUP_FIELDS_MAX 16

struct xlate_group_field {
	const struct flow_field *field;
	struct flow_value mask;
};

struct xlate_group_config {
	uint32_t id; /* 0..XLATE_GROUP_MAX */
	enum xlate_group_type type;
	enum xlate_selection selection;
	uint64_t selection_param;
	size_t n_fields;
	struct xlate_group_field field[XLATE_GROUP_FIELDS_MAX];
	size_t n_buckets;
	struct xlate_bucket *bucket; /* owned; in order */
};

enum xlate_group_command {
	XLATE_GROUP_ADD,    /* -EEXIST if the group exists */
	XLATE_GROUP_MODIFY, /* -ENOENT if it does not exist */
	XLATE_GROUP_ADD_OR_MODIFY,
	/* also deletes the flows that send to it; succeeds if it does not exist */
	XLATE_GROUP_DELETE,
	XLATE_GROUP_INSERT_BUCKET,
	XLATE_GROUP_REMOVE_BUCKET,
	XLATE_N_GROUP_COMMANDS,
};

/* One change. Made by xlate_group_mod_parse() or by hand; freed by xlate_group_mod_free(). */
struct xlate_group_mod {
	enum xlate_group_command command;
	/* INSERT_BUCKET: 'bucket' holds the new buckets. DELETE and REMOVE_BUCKET have none. The
	 * 'id' of DELETE may be XLATE_GROUP_EVERY. */
	struct xlate_group_config config;
	/* INSERT_BUCKET: insert after this bucket, or FIRST, LAST. REMOVE_BUCKET: remove this
	 * bucket, FIRST, LAST or EVERY. */
	uint32_t command_bucket;
};

/* Initialises a change without selection and buckets. */
void xlate_group_mod_init(struct xlate_group_mod *gm, enum xlate_group_command command);

/* Parses ovs-ofctl group syntax. 'br' supplies port names and is borrowed during the call. An empty
 * text with DELETE stands for every group. Returns 0, -EINVAL with 'err', or -ENOMEM; on error
 * there is nothing to free. */
int xlate_group_mod_parse(const struct xlate_bridge *br, const char *text,
			  enum xlate_group_command command, struct xlate_group_mod *out, char *err,
			  size_t n_err);
void xlate_group_mod_free(struct xlate_group_mod *gm);

/* Applies 'n' changes in order, all or none; translations see none or all of them. Takes the
 * buckets out of the changes, even on error. '*n_flows' (may be NULL) receives how many flows were
 * deleted with their groups.
 *
 * Returns, with 'err', 0 or
 *   -EEXIST      ADD of a group, or INSERT_BUCKET of a bucket, that exists
 *   -ENOENT      MODIFY, INSERT_BUCKET or REMOVE_BUCKET of a group that does not exist
 *   -ESRCH       'command_bucket' is not in the group
 *   -ELOOP       the group would send to itself, directly or through others
 *   -EOPNOTSUPP  a bucket of an all or indirect group watches something
 *   -EFBIG       too large to be shown to a controller (xlate_config.group_fits())
 *   -EINVAL      any other mistake
 *   -ENOMEM. */
int xlate_group_mods_apply(struct xlate *x, struct xlate_bridge *br, struct xlate_group_mod *gms,
			   size_t n, size_t *n_flows, char *err, size_t n_err);

struct xlate_group_count {
	uint64_t packets, bytes;
};

/* A group as a dump shows it; pointers are valid during the callback. */
struct xlate_group_view {
	const struct xlate_group_config *config;
	uint64_t created_ns;
	unsigned int n_refs; /* number of flows that send to it */
	struct xlate_group_count count;
	const struct xlate_group_count *bucket; /* config->n_buckets entries */
};

/* Calls 'cb' for the group 'id', or for all groups by rising id if it is XLATE_GROUP_EVERY. Stops
 * if 'cb' returns non-zero and returns that value; else returns 0 or -ENOMEM. */
int xlate_group_each(const struct xlate_bridge *br, uint32_t id,
		     int (*cb)(const struct xlate_group_view *group, void *aux), void *aux);

/* One step of a walk; groups may change between steps. Calls 'cb' for up to 'n_max' groups by
 * rising id, from '*next' to 'last', and sets '*next' behind the last one. A non-zero return of
 * 'cb' ends the step behind that group. A group that exists during the whole walk is visited once.
 * Returns 1 if more may follow, 0, or -ENOMEM. */
int xlate_group_step(const struct xlate_bridge *br, uint32_t *next, uint32_t last,
		     unsigned int n_max, int (*cb)(const struct xlate_group_view *group, void *aux),
		     void *aux);

/* Prints one line like ovs-ofctl dump-groups, which can be parsed again; ports by number, without
 * newline. bucket_ids: prints the bucket ids of OpenFlow 1.5 too. */
void xlate_group_print(const struct xlate_group_config *config, bool bucket_ids, FILE *out);

/* Prints one line like ovs-ofctl dump-group-stats, without newline or leading blank. */
void xlate_group_stats_print(const struct xlate_group_view *group, uint64_t now_ns, FILE *out);

/* Reports whether a datapath port is up, and so its tunnel ports; ports are up initially. Groups that watch the port
 * choose their buckets again. Unknown ports are ignored. Cost: O(1); O(ports) for one that tunnels have.
 * Thread: control. */
void xlate_port_live_set(struct xlate *x, uint32_t dp_port, bool live);
