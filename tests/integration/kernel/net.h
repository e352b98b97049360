/* SPDX-License-Identifier: Apache-2.0 */
/* Network devices of the kernel under test, and packets through them. A failure fails the test.
 *
 * Thread safety: one thread. */
#pragma once

#include <kernel/kdp.h>

#include <stdbool.h>

/* Runs a command of the shell. */
void net_run(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Makes a pair of silent devices that are up: NAME, to be a port, and NAMEx, its peer. */
void net_pair(const char *name);
void net_unpair(const char *name);

/* Creates the datapath "dp0", or takes it. */
struct kdp *net_datapath(bool by_processor);

/* Calls 'each' for every flow of the kernel. Returns 0 or -errno. */
int net_flows(struct kdp *k, int (*each)(void *aux, const struct kdp_found *flow), void *aux);

/* Adds a network device as a port; returns its number. */
uint32_t net_port(struct kdp *k, const char *name);

/* Sends a frame on a device, and waits for one that is received there. Returns its length, or 0 if none
 * arrives within 'ms'. */
void net_send(const char *device, const uint8_t *data, size_t n);
int net_open(const char *device);
size_t net_receive(int fd, uint8_t *data, size_t n_max, int ms);

/* Makes a UDP packet of 60 bytes. */
size_t net_udp(uint16_t port, uint8_t *data);

/* Does one operation; returns its error. */
int net_operate(struct kdp *k, struct dp_op *op);
