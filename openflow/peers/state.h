/* SPDX-License-Identifier: Apache-2.0 */
/* peers/: the state that packets/ and agent/ share: structures of bridges, controllers and peers,
 * the messages to a peer, the ports and sockets of bridges. Messages are not executed here.
 *
 * This header has the structures. Types only.
 *
 * Thread safety: control only, except for the packet-in queue (packet_queue.h). */
#pragma once

#include "connection/backoff.h"
#include "connection/connection.h"
#include "connection/listener.h"
#include "connection/tls.h"
#include "replies/reply.h"
#include "wire/ofp.h"

#include <base/log.h>
#include <loop/completion.h>
#include <openflow/agent_config.h>
#include <upcall/upc.h>
#include <xlate/xlate.h>

#include <errno.h>
#include <sys/queue.h>

struct agent_bridge;
struct controller;

#define AGENT_BUNDLES_MAX 64		     /* per connection */
#define AGENT_BUNDLE_MEMBERS_MAX 1000000     /* per bundle */
#define AGENT_BUNDLES_BYTES_MAX (256u << 20) /* all bundles of all connections */
#define AGENT_BUNDLE_IDLE_S 10		     /* the timeout of Open vSwitch */
#define AGENT_MONITORS_MAX 64		     /* per connection */
#define AGENT_MONITORS_TOTAL 256 /* per bridge: each change of a rule is compared with each */
#define AGENT_NAME_BYTES 64
#define AGENT_MISS_SEND_LEN 128 /* the initial value in OpenFlow */

/* A message of a bundle. */
struct agent_member {
	uint8_t *bytes; /* owned */
	size_t n_bytes;
};

struct agent_bundle {
	TAILQ_ENTRY(agent_bundle) link;
	uint32_t id;
	uint16_t flags;
	bool closed;
	uint64_t used_ns;
	/* start of the message that opened it, quoted in errors */
	uint8_t opened_by[OFP_HEADER_BYTES];
	struct agent_member *members; /* in order */
	size_t n, n_alloc, n_bytes;
};

struct agent_monitor {
	TAILQ_ENTRY(agent_monitor) link;
	struct ofp_monitor config;
	/* True while the existing rules are being shown (OFP_MONITOR_INITIAL). Meanwhile a change
	 * of a rule is reported only if the rule has been shown already. */
	bool begins;
};

TAILQ_HEAD(agent_monitors, agent_monitor);

/* Token bucket; credit in nanoseconds of sending time. */
struct agent_bucket {
	uint64_t credit_ns, last_ns;
};

/* Why packet-ins are dropped. */
enum agent_drop {
	/* handlers produce more than the control thread takes (packet_queue.h) */
	AGENT_DROP_QUEUE,
	AGENT_DROP_RATE,    /* the peer has used up its packet-in-rate (hold.h) */
	AGENT_DROP_BACKLOG, /* the peer does not read what was sent */
	AGENT_DROP_NO_MEMORY,
	AGENT_N_DROPS,
};

/* One connection and its negotiated state. */
struct peer {
	TAILQ_ENTRY(peer) link;
	struct agent_bridge *bridge;
	struct controller *controller; /* NULL if the connection was accepted at the mgmt socket */
	struct ofp_conn *conn;
	void (*on_closed)(
		struct peer *p); /* called when the connection has ended; NULL if not needed */
	char name[96];
	struct ofp_context ctx;
	enum ofp_role role;
	struct ofp_async async;
	struct ofp_config config;
	enum ofp_packet_in_format packet_in_format;
	bool nxm; /* SET_FLOW_FORMAT */
	uint16_t controller_id;
	TAILQ_HEAD(, agent_bundle) bundles;
	unsigned int n_bundles;
	struct agent_monitors monitors;
	unsigned int n_monitors;
	TAILQ_ENTRY(peer) watch_link; /* while it has monitors */
	struct agent_answer *answer;  /* multipart_answer.c: the request being answered, or NULL */
	struct agent_features *features; /* features_request.c: an incomplete request, or NULL */
	struct agent_bucket bucket;
	struct agent_fair *held; /* packet-ins that may not be sent yet; NULL until the first one */
	TAILQ_ENTRY(peer) held_link; /* while it has any */
	enum agent_drop awaits;	     /* why those packet-ins wait */
	uint64_t barrier_call;	     /* number of the call that its barrier waits for; 0: none */
	struct ofp_message barrier_reply; /* valid while 'barrier_call' is not 0 */
	TAILQ_ENTRY(peer) barrier_link;
	bool throttled; /* no messages are taken from it until enough packets are sent */
	TAILQ_ENTRY(peer) throttle_link;
	uint32_t now_xid;	  /* of the message being handled; 0: none */
	const uint8_t *now_bytes; /* the same message; valid while it is handled */
	uint64_t since_ns;
	uint64_t n_received, n_errors, n_packet_ins, n_packet_ins_dropped;
};

/* A target that the operator configured. */
struct controller {
	TAILQ_ENTRY(controller) link;
	struct agent_bridge *bridge;
	struct ofp_target target;
	struct ofp_listener *listener; /* of a passive target */
	struct peer *peer;	       /* of an active target: connected or connecting */
	struct event *retry;	       /* of an active target */
	struct ofp_backoff backoff;
	unsigned int n_attempts;
};

/* A port as last reported to controllers. */
struct agent_port {
	struct ofp_port desc;
	uint32_t dp_port;
	uint64_t since_ns;
};

struct agent_bridge {
	TAILQ_ENTRY(agent_bridge) link;
	struct agent *agent;
	struct xlate_bridge *br; /* its xlate_bridge_owner() is this */
	char name[AGENT_NAME_BYTES];
	uint64_t datapath_id;
	struct ofp_listener *mgmt, *snoop;
	TAILQ_HEAD(, snooper) snoopers; /* snoop.c */
	unsigned int n_snoopers;
	TAILQ_HEAD(, controller) controllers;
	TAILQ_HEAD(, peer) peers;
	unsigned int n_peers;
	unsigned int n_remote, n_mgmt; /* peers accepted for a controller, and at the mgmt socket */
	TAILQ_HEAD(, peer) watchers;   /* peers that have monitors */
	unsigned int n_monitors;       /* of all peers */
	uint64_t n_accepted, n_refused, n_accept_failed;
	uint64_t n_ended[OFP_CONN_N_ENDS];
	/* Over all peers, including those that have ended. */
	uint64_t n_errors, n_multipart_overflow, n_packet_ins_dropped[AGENT_N_DROPS];
	bool report_misses;  /* the pipeline sends table misses to controllers */
	uint64_t unheard_ns; /* when the last peer that wants misses left; 0 if one exists */
	bool has_generation;
	uint64_t generation;
	enum agent_fail_mode fail_mode;
	uint64_t answered_ns;	  /* when a controller was last connected */
	struct agent_port *ports; /* by rising number */
	unsigned int n_ports;
	const struct peer *port_changer; /* the peer whose port_mod is being executed, or NULL */
	bool seen;
};

/* barrier.c */
struct agent_barrier {
	TAILQ_HEAD(, peer) peers;     /* peers that wait, in order of arrival */
	struct loop_completion *call; /* the call in progress, or NULL */
	struct event *retry;
	uint64_t begun, done;	/* numbers of calls */
	uint64_t begun_version; /* xlate_version() when the last call began */
	uint64_t version;	/* xlate_version() when the last completed call began */
	bool executed;		/* agent.executed when the last call began */
};

/* throttle.c */
struct agent_throttle {
	TAILQ_HEAD(, peer) peers; /* peers that wait */
	struct event *look;
};

struct agent {
	struct agent_config config;
	struct agent_modules modules; /* since agent_open() */
	struct event_base *base;
	struct log *log;
	struct ofp_tls *tls; /* NULL if no files were given */
	bool open;
	bool waits; /* agent_wait() */
	TAILQ_HEAD(, agent_bridge) bridges;
	struct agent_barrier barrier;
	struct agent_throttle throttle;
	bool executed; /* packet-outs were sent since the last barrier began */
	struct agent_queue *queue;
	struct event *hold;			/* hold.c */
	TAILQ_HEAD(holding_list, peer) holding; /* peers that have packet-ins waiting */
	size_t n_held_bytes;			/* of waiting packet-ins, over all peers */
	size_t n_bundle_bytes;			/* of all bundles */
	unsigned int n_peers;			/* of all bridges */
	unsigned int n_remote;			/* of these, accepted for controllers */
	struct ofp_conn_pool pool;		/* all connections, including snoopers */
	struct ofp_buffer scratch;
	struct ofp_error error; /* of the message being handled */
};
