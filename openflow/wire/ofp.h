/* SPDX-License-Identifier: Apache-2.0 */
/* OpenFlow 1.0, 1.3, 1.4 and 1.5 messages: structures for their content.
 *
 * ofp_decode() reads one whole message that a controller may send; ofp_encode() writes one of any
 * type, except replies to multipart requests, which reply.h writes entry by entry. Both are pure:
 * no sockets, no clock, no bridge. Decoded content means the same in all versions.
 *
 * Byte order: all integers are in host order.
 * Ports:      16-bit, XLATE_PORT_*; the 32-bit numbers of 1.1 and later are converted.
 * Owner:      a decoded message does not refer to its bytes; free it by ofp_message_free().
 *             A message to encode may point to anything, and is not freed.
 * Thread safety: pure. */
#pragma once

#include "wire/buffer.h"
#include "wire/error.h"

#include <flow/connection.h>
#include <xlate/action.h>
#include <xlate/group.h>
#include <xlate/meter.h>
#include <xlate/tlv_map.h>

#define OFP_VERSION_10 0x01
#define OFP_VERSION_13 0x04
#define OFP_VERSION_14 0x05
#define OFP_VERSION_15 0x06
/* A bit per version number, as in a hello's bitmap: the supported versions. */
#define OFP_VERSIONS                                                                               \
	(1u << OFP_VERSION_10 | 1u << OFP_VERSION_13 | 1u << OFP_VERSION_14 | 1u << OFP_VERSION_15)

#define OFP_HEADER_BYTES 8
#define OFP_NO_BUFFER UINT32_MAX
#define OFP_METER_SLOWPATH 0xfffffffd
#define OFP_METER_CONTROLLER 0xfffffffe
#define OFP_QUEUE_ALL 0xffffffff

enum ofp_type {
	OFP_HELLO,
	OFP_ERROR,
	OFP_ECHO_REQUEST,
	OFP_ECHO_REPLY,
	OFP_FEATURES_REQUEST,
	OFP_FEATURES_REPLY,
	OFP_GET_CONFIG_REQUEST,
	OFP_GET_CONFIG_REPLY,
	OFP_SET_CONFIG,
	OFP_PACKET_IN,
	OFP_FLOW_REMOVED,
	OFP_PORT_STATUS,
	OFP_TABLE_STATUS, /* 1.4 */
	OFP_PACKET_OUT,
	OFP_FLOW_MOD,
	OFP_GROUP_MOD,
	OFP_PORT_MOD,
	OFP_TABLE_MOD,
	OFP_METER_MOD,
	OFP_MULTIPART_REQUEST, /* for its reply see reply.h */
	OFP_BARRIER_REQUEST,
	OFP_BARRIER_REPLY,
	OFP_QUEUE_CONFIG_REQUEST, /* up to 1.3 */
	OFP_QUEUE_CONFIG_REPLY,	  /* there are no queues */
	OFP_ROLE_REQUEST,
	OFP_ROLE_REPLY,
	OFP_ROLE_STATUS,    /* 1.4; 1.3 as an ONF extension */
	OFP_REQUESTFORWARD, /* 1.4; ONF's in 1.3, Nicira's in 1.0 */
	OFP_GET_ASYNC_REQUEST,
	OFP_GET_ASYNC_REPLY,
	OFP_SET_ASYNC,
	OFP_BUNDLE_CONTROL, /* 1.4; 1.3 as an ONF extension */
	OFP_BUNDLE_ADD,
	OFP_SET_FLOW_FORMAT,	   /* Nicira, 1.0 */
	OFP_SET_FLOW_MOD_TABLE_ID, /* Nicira, 1.0 */
	OFP_SET_PACKET_IN_FORMAT,  /* Nicira */
	OFP_SET_CONTROLLER_ID,	   /* Nicira */
	OFP_FLOW_MONITOR_CANCEL,   /* Nicira */
	OFP_CT_FLUSH,		   /* Nicira */
	OFP_TLV_TABLE_MOD,	   /* Nicira */
	OFP_TLV_TABLE_REQUEST,	   /* Nicira */
	OFP_TLV_TABLE_REPLY,	   /* Nicira */
	OFP_N_TYPES,
};

/* The negotiated state of a connection. */
struct ofp_context {
	uint8_t version;	/* of the connection; 0: not negotiated yet, any is accepted */
	bool flow_mod_table_id; /* SET_FLOW_MOD_TABLE_ID: 1.0's flow mods name their table */
	const struct xlate_bridge *br; /* its TLV map tells fields; NULL: there is none */
};

struct ofp_hello {
	uint32_t versions; /* a bit per version number that the peer supports */
};

struct ofp_error_in {
	uint16_t type, code;
};

struct ofp_echo {
	uint8_t *data;
	size_t n_data;
};

/* State of a port, bits as in OpenFlow 1.1. Its configuration is in bits of XLATE_CONFIG_*. */
#define OFP_PORT_LINK_DOWN (1u << 0)
#define OFP_PORT_BLOCKED (1u << 1)
#define OFP_PORT_LIVE (1u << 2)
/* Features of a link, bits as in OpenFlow 1.1. */
#define OFP_LINK_10MB_HD (1u << 0)
#define OFP_LINK_10MB_FD (1u << 1)
#define OFP_LINK_100MB_HD (1u << 2)
#define OFP_LINK_100MB_FD (1u << 3)
#define OFP_LINK_1GB_HD (1u << 4)
#define OFP_LINK_1GB_FD (1u << 5)
#define OFP_LINK_10GB_FD (1u << 6)
#define OFP_LINK_40GB_FD (1u << 7)
#define OFP_LINK_100GB_FD (1u << 8)
#define OFP_LINK_1TB_FD (1u << 9)
#define OFP_LINK_OTHER (1u << 10)
#define OFP_LINK_COPPER (1u << 11)
#define OFP_LINK_FIBER (1u << 12)
#define OFP_LINK_AUTONEG (1u << 13)
#define OFP_LINK_PAUSE (1u << 14)
#define OFP_LINK_PAUSE_ASYM (1u << 15)

struct ofp_port {
	uint16_t number;
	struct flow_mac mac;
	char name[64];
	uint32_t config, state;
	uint32_t curr, advertised, supported, peer;
	uint32_t curr_speed_kbps, max_speed_kbps;
};

#define OFP_CAP_FLOW_STATS (1u << 0)
#define OFP_CAP_TABLE_STATS (1u << 1)
#define OFP_CAP_PORT_STATS (1u << 2)
#define OFP_CAP_GROUP_STATS (1u << 3)
#define OFP_CAP_IP_REASM (1u << 5)
#define OFP_CAP_QUEUE_STATS (1u << 6)
#define OFP_CAP_ARP_MATCH_IP (1u << 7) /* 1.0 */
#define OFP_CAP_PORT_BLOCKED (1u << 8)
#define OFP_CAP_BUNDLES (1u << 9)	   /* 1.5; Open vSwitch has it in 1.4 */
#define OFP_CAP_FLOW_MONITORING (1u << 10) /* 1.5 */

struct ofp_features {
	uint64_t datapath_id;
	uint32_t n_buffers;
	uint8_t n_tables;
	uint8_t auxiliary_id;
	uint32_t capabilities;	/* those that a version lacks are not written */
	struct ofp_port *ports; /* 1.0: in the reply itself, as many as fit in 64 KiB */
	size_t n_ports;
};

#define OFP_CONFIG_FRAG 0x0003 /* 0: normal, 1: drop, 2: reassemble, 3: Nicira's nx-match */
#define OFP_CONFIG_INVALID_TTL_TO_CONTROLLER 0x0004

struct ofp_config {
	uint16_t flags;
	uint16_t miss_send_len;
};

enum ofp_packet_in_format {
	OFP_PACKET_IN_STANDARD, /* of the version */
	OFP_PACKET_IN_NXT,	/* NXT_PACKET_IN */
	OFP_PACKET_IN_NXT2,	/* NXT_PACKET_IN2 */
	OFP_N_PACKET_IN_FORMATS,
};

enum ofp_packet_in_reason {
	OFP_REASON_NO_MATCH, /* table miss */
	OFP_REASON_ACTION,   /* an action of a list */
	OFP_REASON_INVALID_TTL,
	OFP_REASON_ACTION_SET, /* this and the next two are ACTION before 1.4 */
	OFP_REASON_GROUP,
	OFP_REASON_PACKET_OUT,
	OFP_N_REASONS, /* number of reasons on the wire */
	/* Table misses, as in enum xlate_packet_in_reason. Written as NO_MATCH, except that an
	 * explicit one is ACTION in 1.0. */
	OFP_REASON_EXPLICIT_MISS = OFP_N_REASONS,
	OFP_REASON_IMPLICIT_MISS,
};

struct ofp_packet_in {
	enum ofp_packet_in_format format;
	enum ofp_packet_in_reason reason;
	uint8_t table;
	uint64_t cookie; /* UINT64_MAX: none */
	uint16_t total_bytes;
	/* The packet's key and the state of the pipeline; in_port at least. Fields that are in the
	 * packet's own bytes are not written. */
	struct xlate_match match;
	const uint8_t *data; /* the first 'n_data' bytes of the packet */
	size_t n_data;
	const uint8_t *userdata; /* PACKET_IN_NXT2 */
	size_t n_userdata;
};

enum ofp_removed_reason {
	OFP_REMOVED_IDLE,
	OFP_REMOVED_HARD,
	OFP_REMOVED_DELETE,
	OFP_REMOVED_GROUP_DELETE, /* written as DELETE in 1.0 */
	OFP_REMOVED_METER_DELETE, /* written as DELETE before 1.4 */
	OFP_REMOVED_EVICTION,	  /* written as DELETE before 1.4 */
	OFP_N_REMOVED,
};

struct ofp_flow_removed {
	bool nicira; /* 1.0 with NXM chosen by SET_FLOW_FORMAT: NXT_FLOW_REMOVED */
	enum ofp_removed_reason reason;
	const struct xlate_match *match;
	uint8_t table;
	uint16_t priority;
	uint64_t cookie;
	uint64_t duration_ns;
	uint16_t idle_timeout_s, hard_timeout_s;
	uint64_t packets, bytes;
};

enum ofp_port_reason {
	OFP_PORT_ADDED,
	OFP_PORT_DELETED,
	OFP_PORT_MODIFIED,
};

struct ofp_port_status {
	enum ofp_port_reason reason;
	struct ofp_port port;
};

struct ofp_packet_out {
	uint32_t buffer_id;	       /* OFP_NO_BUFFER: 'data' is the packet */
	uint16_t in_port;	       /* XLATE_PORT_NONE, _CONTROLLER, _LOCAL or a port */
	struct xlate_match match;      /* metadata given with the packet; 1.5 can give more */
	struct xlate_actions *actions; /* owned */
	uint8_t *data;
	size_t n_data;
};

struct ofp_flow_mod {
	struct xlate_flow_mod mod; /* actions checked against the match */
	bool nicira;		   /* NXT_FLOW_MOD */
	bool table_id;		   /* 1.0: the command names the table */
	uint32_t buffer_id;
};

struct ofp_port_mod {
	uint16_t number;
	struct flow_mac mac;
	uint32_t config, mask; /* OFP_PORT_* */
	uint32_t advertise;    /* OFP_LINK_*; 0: no change */
};

#define OFP_TABLE_NAME_BYTES 32
#define OFP_TABLE_EVICTION (1u << 2)
#define OFP_TABLE_VACANCY_EVENTS (1u << 3)

struct ofp_table_mod {
	uint8_t table; /* XLATE_TABLE_ALL: all tables */
	uint32_t config;
	bool has_eviction, has_vacancy; /* 1.4 */
	uint32_t eviction;		/* bit 0 other, 1 importance, 2 lifetime */
	uint8_t vacancy_down, vacancy_up;
};

/* The state of a table, in replies and in TABLE_STATUS. */
struct ofp_table_stats {
	uint8_t table;
	char name[32];	      /* 1.0, and TABLE_FEATURES */
	uint32_t max_entries; /* 1.0, and TABLE_FEATURES */
	uint32_t active;
	uint64_t lookups, matches;
	uint32_t config;   /* OFP_TABLE_*; TABLE_DESC */
	uint32_t eviction; /* TABLE_DESC: criteria of eviction; 0 if nothing is evicted */
	uint8_t vacancy_down, vacancy_up, vacancy; /* TABLE_DESC, with VACANCY_EVENTS */
};

enum {
	OFP_TABLE_VACANCY_DOWN = 3,
	OFP_TABLE_VACANCY_UP = 4,
};

struct ofp_table_status {
	uint8_t reason; /* OFP_TABLE_VACANCY_* */
	struct ofp_table_stats table;
};

enum ofp_role {
	OFP_ROLE_NOCHANGE,
	OFP_ROLE_EQUAL,
	OFP_ROLE_MASTER,
	OFP_ROLE_SLAVE,
};

enum ofp_role_reason {
	OFP_ROLE_MASTER_REQUEST,
	OFP_ROLE_CONFIG,
	OFP_ROLE_EXPERIMENTER,
};

/* Used for requests, replies and status messages. */
struct ofp_role_msg {
	bool nicira; /* 1.0; NOCHANGE does not exist there */
	enum ofp_role role;
	bool has_generation;
	uint64_t generation;
	enum ofp_role_reason reason; /* status */
};

enum ofp_async_type {
	OFP_ASYNC_PACKET_IN,	  /* bits: enum ofp_packet_in_reason */
	OFP_ASYNC_PORT_STATUS,	  /* bits: enum ofp_port_reason */
	OFP_ASYNC_FLOW_REMOVED,	  /* bits: enum ofp_removed_reason */
	OFP_ASYNC_ROLE_STATUS,	  /* bits: enum ofp_role_reason; this and the next since 1.4 */
	OFP_ASYNC_TABLE_STATUS,	  /* bits: 3 vacancy down, 4 vacancy up */
	OFP_ASYNC_REQUESTFORWARD, /* bits: 0 group mod, 1 meter mod */
	OFP_N_ASYNC,
};

struct ofp_async {
	bool nicira;
	uint32_t master[OFP_N_ASYNC]; /* for roles master and equal */
	uint32_t slave[OFP_N_ASYNC];
	/* SET_ASYNC: the masks that the message sets; others are kept. A bit
	 * per enum ofp_async_type. */
	uint8_t sets_master, sets_slave;
};

enum ofp_bundle_control {
	OFP_BUNDLE_OPEN_REQUEST,
	OFP_BUNDLE_OPEN_REPLY,
	OFP_BUNDLE_CLOSE_REQUEST,
	OFP_BUNDLE_CLOSE_REPLY,
	OFP_BUNDLE_COMMIT_REQUEST,
	OFP_BUNDLE_COMMIT_REPLY,
	OFP_BUNDLE_DISCARD_REQUEST,
	OFP_BUNDLE_DISCARD_REPLY,
};

#define OFP_BUNDLE_ATOMIC 1
#define OFP_BUNDLE_ORDERED 2

struct ofp_message;

struct ofp_bundle {
	uint32_t id;
	uint16_t flags;
	enum ofp_bundle_control control; /* BUNDLE_CONTROL */
	struct ofp_message *message;	 /* BUNDLE_ADD; owned */
	/* BUNDLE_ADD: the message as received, to be quoted in errors; owned. */
	uint8_t *bytes;
	size_t n_bytes;
};

enum ofp_stats {
	OFP_STATS_DESC,
	OFP_STATS_FLOW,
	OFP_STATS_AGGREGATE,
	OFP_STATS_TABLE,
	OFP_STATS_PORT,
	OFP_STATS_QUEUE,
	OFP_STATS_GROUP,
	OFP_STATS_GROUP_DESC,
	OFP_STATS_GROUP_FEATURES,
	OFP_STATS_METER,
	OFP_STATS_METER_CONFIG,
	OFP_STATS_METER_FEATURES,
	OFP_STATS_TABLE_FEATURES,
	OFP_STATS_TABLE_DESC, /* 1.4 */
	OFP_STATS_PORT_DESC,
	OFP_STATS_QUEUE_DESC,	/* 1.4 */
	OFP_STATS_FLOW_MONITOR, /* 1.4; an experimenter's before */
	OFP_STATS_IPFIX_BRIDGE, /* Nicira's */
	OFP_STATS_IPFIX_FLOW,
	OFP_N_STATS,
};

/* Bits of a flow monitor, as in OpenFlow 1.4. */
#define OFP_MONITOR_INITIAL (1u << 0)
#define OFP_MONITOR_ADD (1u << 1)
#define OFP_MONITOR_REMOVED (1u << 2)
#define OFP_MONITOR_MODIFY (1u << 3)
#define OFP_MONITOR_INSTRUCTIONS (1u << 4)
#define OFP_MONITOR_NO_ABBREV (1u << 5)
#define OFP_MONITOR_ONLY_OWN (1u << 6)

enum ofp_monitor_command {
	OFP_MONITOR_CMD_ADD,
	OFP_MONITOR_CMD_MODIFY,
	OFP_MONITOR_CMD_DELETE,
};

struct ofp_monitor {
	enum ofp_monitor_command command;
	uint32_t id;
	uint16_t flags;
	uint16_t out_port; /* XLATE_PORT_NONE: any */
	uint32_t out_group;
	uint8_t table; /* XLATE_TABLE_ALL: all tables */
	struct xlate_match match;
};

struct ofp_multipart {
	enum ofp_stats kind;
	bool experimenter; /* Nicira's or ONF's form of that kind; the reply has the same */
	bool more;	   /* further requests continue this one */
	uint8_t *body;	   /* TABLE_FEATURES: a requested change, or NULL; owned */
	size_t n_body;
	uint16_t port; /* PORT, QUEUE, PORT_DESC; XLATE_PORT_NONE: all */
	uint32_t queue;
	uint32_t group; /* XLATE_GROUP_EVERY: all */
	uint32_t meter; /* XLATE_METER_EVERY: all */
	uint8_t table;	/* XLATE_TABLE_ALL: all */
	/* FLOW, AGGREGATE: a DELETE without actions, for xlate_rule_each(). */
	struct xlate_flow_mod filter;
	struct ofp_monitor *monitors; /* FLOW_MONITOR; owned */
	size_t n_monitors;
};

struct ofp_message {
	enum ofp_type type;
	uint8_t version; /* decode: as in the header. Encode: not used */
	uint32_t xid;
	union {
		struct ofp_hello hello;
		struct ofp_error_in error;
		struct ofp_echo echo;
		struct ofp_features features;
		struct ofp_config config;
		struct ofp_packet_in packet_in;
		struct ofp_flow_removed flow_removed;
		struct ofp_port_status port_status;
		struct ofp_table_status table_status;
		struct ofp_packet_out packet_out;
		struct ofp_flow_mod flow_mod;
		struct xlate_group_mod group_mod;
		struct xlate_meter_mod meter_mod;
		struct ofp_port_mod port_mod;
		struct ofp_table_mod table_mod;
		struct ofp_role_msg role;
		const struct ofp_message *forward; /* REQUESTFORWARD: GROUP_MOD or METER_MOD */
		struct ofp_async async;
		struct ofp_bundle bundle;
		struct ofp_multipart multipart;
		uint16_t queue_port;	/* QUEUE_CONFIG_*; XLATE_PORT_NONE: all */
		bool nxm;		/* SET_FLOW_FORMAT */
		bool flow_mod_table_id; /* SET_FLOW_MOD_TABLE_ID */
		enum ofp_packet_in_format packet_in_format; /* SET_PACKET_IN_FORMAT */
		uint16_t controller_id;			    /* SET_CONTROLLER_ID */
		uint32_t monitor_id;			    /* FLOW_MONITOR_CANCEL */
		struct flow_connection_filter connections;  /* CT_FLUSH */
		struct xlate_tlv_mod tlvs; /* TLV_TABLE_MOD; TLV_TABLE_REPLY: as if added */
	};
};
