/* SPDX-License-Identifier: Apache-2.0 */
#include "net.h"

#include "support/compose.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

void
net_run(const char *format, ...)
{
	char command[512];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof command, format, args);
	va_end(args);
	if (system(command))
		fail_msg("failed: %s", command);
}

void
net_pair(const char *name)
{
	net_run("ip link add name %s type veth peer name %sx", name, name);
	net_run("sysctl -qw net.ipv6.conf.%s.disable_ipv6=1 net.ipv6.conf.%sx.disable_ipv6=1", name,
		name);
	net_run("ip link set dev %s up && ip link set dev %sx up", name, name);
}

void
net_unpair(const char *name)
{
	net_run("ip link del dev %s", name);
}

struct kdp *
net_datapath(bool by_processor)
{
	struct kdp_config config = {.name = "dp0", .by_processor = by_processor};
	struct kdp *k;
	char err[256] = "";

	if (kdp_create(&config, &k, err, sizeof err))
		fail_msg("%s", err);
	return k;
}

int
net_flows(struct kdp *k, int (*each)(void *aux, const struct kdp_found *flow), void *aux)
{
	struct kdp_walk *w;
	int rc = kdp_walk_create(k, true, &w);

	if (rc)
		return rc;
	do {
		rc = kdp_walk_next(w, each, aux);
	} while (rc > 0);
	kdp_walk_destroy(w);
	return rc;
}

uint32_t
net_port(struct kdp *k, const char *name)
{
	struct kdp_port_config port = {.kind = KDP_PORT_SYSTEM};
	char err[256] = "";
	uint32_t number;

	snprintf(port.name, sizeof port.name, "%s", name);
	if (kdp_port_add(k, &port, &number, err, sizeof err))
		fail_msg("%s", err);
	return number;
}

int
net_open(const char *device)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET,
				 .sll_protocol = htons(ETH_P_ALL),
				 .sll_ifindex = (int)if_nametoindex(device)};
	int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));

	assert_true(fd >= 0 && to.sll_ifindex);
	assert_int_equal(bind(fd, (struct sockaddr *)&to, sizeof to), 0);
	return fd;
}

void
net_send(const char *device, const uint8_t *data, size_t n)
{
	int fd = net_open(device);

	assert_int_equal(send(fd, data, n, 0), n);
	close(fd);
}

size_t
net_receive(int fd, uint8_t *data, size_t n_max, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	ssize_t n;

	if (poll(&p, 1, ms) != 1)
		return 0;
	n = recv(fd, data, n_max, 0);
	assert_true(n > 0);
	return (size_t)n;
}

size_t
net_udp(uint16_t port, uint8_t *data)
{
	struct flow_key key;
	int n;

	memset(&key, 0, sizeof key);
	key.eth_dst = (struct flow_mac){{2, 0, 0, 0, 0, 2}};
	key.eth_src = (struct flow_mac){{2, 0, 0, 0, 0, 1}};
	key.eth_type = htons(ETHERTYPE_IP);
	key.nw_src = htonl(0x0a000001);
	key.nw_dst = htonl(0x0a000002);
	key.nw_proto = IPPROTO_UDP;
	key.nw_ttl = 64;
	key.tp_src = htons(1000);
	key.tp_dst = htons(port);
	n = packet_compose(&key, 18, data, 1500);
	assert_int_equal(n, 60);
	return (size_t)n;
}

int
net_operate(struct kdp *k, struct dp_op *op)
{
	struct dp *dp = kdp_dp(k);

	dp->class->operate(dp, op, 1);
	return op->error;
}
