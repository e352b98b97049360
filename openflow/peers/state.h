/* SPDX-License-Identifier: Apache-2.0 */
/* peers/: what packets/ and agent/ share: the structures of bridges, controllers and peers, what a
 * peer is sent and wants to be sent, the ports and sockets of bridges. Messages are not run here.
 *
 * The structures that the files of the agent share. Types only.
 *
 * Thread safety: control only, but for the packet-in queue (packet_queue.h). */
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

#define AGENT_BUNDLES_MAX 64		     /* of a connection */
#define AGENT_BUNDLE_MEMBERS_MAX 1000000     /* of a bundle */
#define AGENT_BUNDLES_BYTES_MAX (256u << 20) /* of all bundles of all connections */
#define AGENT_BUNDLE_IDLE_S 10		     /* as Open vSwitch has it */
#define AGENT_MONITORS_MAX 64		     /* of a connection */
#define AGENT_MONITORS_TOTAL 256 /* of a bridge: each change of a rule is held against each */
#define AGENT_NAME_BYTES 64
#define AGENT_MISS_SEND_LEN 128 /* what OpenFlow has a switch start with */

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
	uint8_t opened_by[OFP_HEADER_BYTES]; /* the message, as far as an error quotes it */
	struct agent_member *members;	     /* in order */
	size_t n, n_alloc, n_bytes;
};

struct agent_monitor {
	TAILQ_ENTRY(agent_monitor) link;
	struct ofp_monitor config;
	/* The rules that it shows at first are being shown: of those that are still to come nothing
	 * else is told. */
	bool begins;
};

TAILQ_HEAD(agent_monitors, agent_monitor);

/* Tokens of a rate limit, in nanoseconds' worth of sending. */
struct agent_bucket {
	uint64_t credit_ns, last_ns;
};

/* Why packet-ins are dropped. */
enum agent_drop {
	AGENT_DROP_QUEUE,   /* handlers bring more than the control thread takes (packet_queue.h) */
	AGENT_DROP_RATE,    /* the peer has had its packet-in-rate (hold.h) */
	AGENT_DROP_BACKLOG, /* the peer does not read what was sent */
	AGENT_DROP_NO_MEMORY,
	AGENT_N_DROPS,
};

/* One connection and what it has agreed on. */
struct peer {
	TAILQ_ENTRY(peer) link;
	struct agent_bridge *bridge;
	struct controller *controller; /* whom it was made for; NULL: accepted on the mgmt socket */
	struct ctl_conn *conn;
	void (*on_closed)(
		struct peer *p); /* the connection has ended; NULL: nobody waits for that */
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
	struct agent_answer *answer;  /* multipart_answer.c: a multipart request; NULL: none */
	struct agent_features
		*features; /* features_request.c: a request that is not whole; NULL: none */
	struct agent_bucket bucket;
	struct agent_fair
		*held; /* packet-ins that it may not have yet; NULL if there never was one */
	TAILQ_ENTRY(peer) held_link; /* while there are any */
	enum agent_drop awaits;
	uint64_t barrier_call; /* the number of the call that its reply waits for; 0: none waits */
	struct ofp_message barrier_reply; /* while it waits */
	TAILQ_ENTRY(peer) barrier_link;
	bool paced; /* takes no messages until packets are out */
	TAILQ_ENTRY(peer) pace_link;
	uint32_t now_xid;	  /* of the message at work; 0: none */
	const uint8_t *now_bytes; /* likewise; valid while it is handled */
	uint64_t since_ns;
	uint64_t n_received, n_errors, n_packet_ins, n_packet_ins_dropped;
};

/* A target of the operator's. */
struct controller {
	TAILQ_ENTRY(controller) link;
	struct agent_bridge *bridge;
	struct ctl_target target;
	struct ctl_listener *listener; /* passive */
	struct peer *peer;	       /* active: connected, or about to be */
	struct event *retry;	       /* active */
	struct ctl_backoff backoff;
	unsigned int n_attempts;
};

/* A port as controllers were told of it. */
struct agent_port {
	struct ofp_port desc;
	uint32_t dp_port;
	uint64_t since_ns;
	bool seen;
};

struct agent_bridge {
	TAILQ_ENTRY(agent_bridge) link;
	struct ctl_agent *agent;
	struct xlate_bridge *br; /* whose owner this is */
	char name[AGENT_NAME_BYTES];
	uint64_t datapath_id;
	struct ctl_listener *mgmt, *snoop;
	TAILQ_HEAD(, snooper) snoopers; /* snoop.c */
	unsigned int n_snoopers;
	TAILQ_HEAD(, controller) controllers;
	TAILQ_HEAD(, peer) peers;
	unsigned int n_peers;
	unsigned int n_remote, n_mgmt; /* of them, accepted for a controller, and at mgmt */
	TAILQ_HEAD(, peer) watchers;   /* those that have monitors */
	unsigned int n_monitors;       /* of all of them */
	uint64_t n_accepted, n_refused, n_accept_failed;
	uint64_t n_ended[CTL_N_ENDS];
	/* Of all peers, those that are gone too. */
	uint64_t n_errors, n_multipart_overflow, n_packet_ins_dropped[AGENT_N_DROPS];
	bool misses_told;    /* the pipeline sends table misses to controllers */
	uint64_t unheard_ns; /* when the last peer that wants those left; 0 if one is here */
	bool has_generation;
	uint64_t generation;
	enum ctl_fail_mode fail_mode;
	uint64_t answered_ns; /* when a controller was last there */
	struct agent_port *ports;
	unsigned int n_ports, n_ports_alloc;
	const struct peer *port_changer; /* whose port_mod is at work; NULL: none */
	bool seen;
};

/* barrier.c */
struct agent_barrier {
	TAILQ_HEAD(, peer) peers;    /* that wait, in the order in which they came */
	struct ctl_completion *call; /* under way; NULL: none */
	struct event *retry;
	uint64_t begun, done;	/* numbers of calls */
	uint64_t begun_version; /* xlate_version() when the last one began */
	uint64_t version;	/* likewise of the last one that is done */
	bool executed;		/* there were packet-outs before the last one began */
};

/* pace.c */
struct agent_pace {
	TAILQ_HEAD(, peer) peers; /* that wait */
	struct event *look;
};

struct ctl_agent {
	struct ctl_agent_config config;
	struct ctl_agent_modules modules; /* since ctl_agent_open() */
	struct event_base *base;
	struct log *log;
	struct ctl_tls *tls; /* NULL: no files were given */
	bool open;
	TAILQ_HEAD(, agent_bridge) bridges;
	struct agent_barrier barrier;
	struct agent_pace pace;
	bool executed; /* packet-outs since the last barrier began */
	struct agent_queue *queue;
	struct event *hold;			/* hold.c */
	TAILQ_HEAD(holding_list, peer) holding; /* peers for which packet-ins wait */
	size_t n_held_bytes;			/* of packet-ins that wait for all of them */
	size_t n_bundle_bytes;			/* of all bundles */
	unsigned int n_peers;			/* of all bridges */
	unsigned int n_remote;			/* of them, accepted for controllers */
	struct ctl_conn_pool pool;		/* all connections, snoopers' too */
	struct ofp_buffer scratch;
	struct ofp_error error; /* of the message at work */
};
