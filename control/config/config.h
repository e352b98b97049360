/* SPDX-License-Identifier: Apache-2.0 */
/* config/: reads, checks and stores the configuration file. daemon/ applies it.
 *
 * The contents of the configuration file, which is checked as a whole before anything starts.
 *
 *     log: {level: info, file: /var/log/tandemd.log}
 *     datapath: software                                # or kernel, kernel:NAME
 *     keep-datapath: false                              # or true
 *     flow-restore-wait: false                          # or true
 *     ct-timeouts: {5: {udp_single: 10}}                # by zone: zone_timeouts.h
 *     dpdk: {eal: "--single-file-segments", drivers: [/usr/lib/x.so], pci: false}
 *     workers: {n: 2, cores: [2, 3], idle-sleep-us: 100, packet-buffers: 40960,
 *               rebalance-interval-s: 5}
 *     upcall: {handlers: 2, revalidators: 2, flow-limit: 200000, idle-ms: 10000, sweep-ms: 500,
 *              dispatch: processor}      # or port: how the kernel's datapath chooses a handler
 *     offload: {enabled: true, driver: auto, devices: ["0000:08:00.0=mlx5"], counter-interval-ms: 100, counter-settle-ms: 0, insert-rate: 0}
 *     openflow: {private-key: /etc/tandem/key.pem, certificate: /etc/tandem/cert.pem,
 *                ca-certificate: /etc/tandem/ca.pem, revocation-list: /etc/tandem/crl.pem,
 *                probe-s: 5, packet-in-rate: 1000}
 *     bridges:
 *       - name: br0
 *         ports:
 *           - {name: p1, dev: "net_netdev0,iface=veth0", id: 1, tag: 5}
 *           - {name: p2, dev: net_null2, config: [no-flood]}     # words: port_config.h
 *         mirrors:                                      # words: mirrors.h
 *           - {name: m0, select-src: [p1], select-vlan: [5], output-port: p2, snaplen: 128}
 *         tables: [{id: 7, config: [flow-limit=1000, evict]}]   # words: table_config.h
 *         flows: ["priority=10,arp,actions=NORMAL"]     # or flows-file: PATH
 *         controllers: ["tcp:192.0.2.1:6653"]
 *         fail-mode: auto                               # or secure, standalone: fail_mode.h
 *         fragments: normal                             # or drop, nx-match
 *         forward-bpdu: false                           # or true
 *         local: false                                  # or true
 *         datapath-id: "0000020000000001"
 *
 * A bridge with flows or flows-file starts with these flows alone. A relative flows-file is
 * relative to the configuration file. Options of the command line take precedence over the file.
 * Thread safety: plain data once read. */
#pragma once

#include "operate/mirrors.h"
#include "operate/offload_driver.h"
#include "operate/ports.h"
#include "operate/table_config.h"
#include "operate/zone_timeouts.h"

#include <openflow/fail_mode.h>

#include <jansson.h>

#define CTL_CORES_MAX 16

struct ctl_config_table {
	uint16_t id;
	struct xlate_table_config config;
};

struct ctl_config_bridge {
	const char *name;
	struct ctl_port *ports;
	unsigned int n_ports;
	struct ctl_config_table *tables;
	unsigned int n_tables;
	struct ctl_mirror *mirrors;
	unsigned int n_mirrors;
	char *flows;	  /* one per line; NULL if not given */
	char *flows_file; /* the file that 'flows' was read from; NULL for a list */
	const char **controllers;
	unsigned int n_controllers;
	enum agent_fail_mode fail_mode;
	enum xlate_fragments fragments;
	bool forward_bpdu;
	bool local;
	bool has_datapath_id;
	uint64_t datapath_id;
};

struct ctl_config {
	json_t *root; /* owns the strings below */
	const char *log_level, *log_file;
	const char *kernel;	/* name of the kernel's datapath; NULL: the software path */
	bool keep_datapath;	/* the kernel's datapath outlives the daemon */
	bool flow_restore_wait; /* operate/restore.h */
	const char *eal;
	const char **drivers;
	unsigned int n_drivers;
	bool pci;
	uint64_t n_workers, idle_sleep_us;
	uint64_t n_cache_entries;
	uint64_t rebalance_interval_s; /* 0: receive queues stay */
	uint64_t n_packet_buffers;     /* 0: SWP_MBUFS_AUTO, or fewer if memory is short */
	uint64_t packet_buffer_bytes;
	uint64_t cores[CTL_CORES_MAX];
	unsigned int n_cores;
	uint64_t n_handlers, n_revalidators, flow_limit, idle_ms, sweep_ms;
	const char *dispatch; /* of upcalls of the kernel's datapath: "processor", "port" or NULL */
	bool dispatch_by_port;
	bool offload_enabled;
	const char *offload_driver; /* "rteflow", "mlx5", "auto", or NULL, which is "auto" */
	const char **offload_devices;
	unsigned int n_offload_devices;
	struct ctl_offload_choice offload; /* of the three before */
	uint64_t counter_interval_ms, counter_settle_ms, insert_rate;
	const char *of_private_key, *of_certificate, *of_ca_certificate, *of_revocation_list;
	uint64_t of_probe_s, of_packet_rate;
	struct ctl_zone_policy *timeouts; /* NULL: not given */
	unsigned int n_timeouts;
	struct ctl_config_bridge *bridges;
	unsigned int n_bridges;
};

#define CTL_CONFIG_ERR_BYTES 3072

#define CTL_KERNEL_NAME "tandem" /* of the kernel's datapath, if none is given */

/* Takes "software", "kernel" or "kernel:NAME", which is borrowed. Returns 0, or -EINVAL with 'err'. */
int ctl_config_datapath(struct ctl_config *c, const char *text, char *err, size_t n_err);

/* Creates the configuration that is used without a file. Returns 0 or -ENOMEM. */
int ctl_config_default(struct ctl_config **out);

/* Reads and checks a file. Returns 0, or -errno with 'err': the file, the place in it, and what is
 * accepted there. */
int ctl_config_read(const char *path, struct ctl_config **out, char *err, size_t n_err);

/* Like ctl_config_read(), from 'n' bytes of memory. 'path' is used in messages and to find a
 * relative flows-file. */
int ctl_config_parse(const char *path, const char *text, size_t n, struct ctl_config **out,
		     char *err, size_t n_err);
void ctl_config_free(struct ctl_config *c);
