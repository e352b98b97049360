/* SPDX-License-Identifier: Apache-2.0 */
#include <openflow/target.h>

#include <base/err.h>
#include <base/number.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

static const struct method {
	const char *prefix;
	bool passive, tls, is_unix;
} methods[] = {
	{"tcp:", false, false, false}, {"ssl:", false, true, false}, {"unix:", false, false, true},
	{"ptcp:", true, false, false}, {"pssl:", true, true, false}, {"punix:", true, false, true},
};

static int
refuse(const char *text, const char *why, char *err, size_t n_err)
{
	err_print(err, n_err,
		  "controller '%.100s': %s; expected tcp:IP[:PORT], ssl:IP[:PORT], unix:PATH, "
		  "ptcp:[PORT][:IP], pssl:[PORT][:IP] or punix:PATH",
		  text, why);
	return -EINVAL;
}

static bool
path_take(const char *path, struct ofp_target *out)
{
	struct sockaddr_un *sa = (struct sockaddr_un *)&out->addr;

	if (!*path || strlen(path) >= sizeof sa->sun_path)
		return false;
	sa->sun_family = AF_UNIX;
	strcpy(sa->sun_path, path);
	out->n_addr = sizeof *sa;
	return true;
}

static bool
ip_take(const char *ip, size_t n, uint16_t port, struct ofp_target *out)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&out->addr;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&out->addr;
	char text[INET6_ADDRSTRLEN];

	if (n > 2 && ip[0] == '[' && ip[n - 1] == ']') {
		ip++;
		n -= 2;
	}
	if (n >= sizeof text)
		return false;
	memcpy(text, ip, n);
	text[n] = '\0';
	if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		out->n_addr = sizeof *in;
		return true;
	}
	if (inet_pton(AF_INET6, text, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		out->n_addr = sizeof *in6;
		return true;
	}
	return false;
}

static bool
port_take(const char *text, size_t n, uint16_t *port)
{
	uint64_t value = OFP_TARGET_PORT;

	if (n && number_parse(text, n, 1, 65535, &value))
		return false;
	*port = (uint16_t)value;
	return true;
}

/* "IP", "IP:PORT", "[IP6]:PORT". */
static bool
active_take(const char *text, struct ofp_target *out)
{
	const char *end = text[0] == '[' ? strchr(text, ']') : NULL;
	size_t n_ip = end ? (size_t)(end - text) + 1 : strcspn(text, ":");
	const char *port_text = text + n_ip;
	uint16_t port;

	if (*port_text && *port_text++ != ':')
		return false;
	return port_take(port_text, strlen(port_text), &port) && ip_take(text, n_ip, port, out);
}

/* "", "PORT", "PORT:IP". */
static bool
passive_take(const char *text, struct ofp_target *out)
{
	size_t n_port = strcspn(text, ":");
	const char *ip = text[n_port] ? text + n_port + 1 : "0.0.0.0";
	uint16_t port;

	return port_take(text, n_port, &port) && ip_take(ip, strlen(ip), port, out);
}

int
ofp_target_parse(const char *text, struct ofp_target *out, char *err, size_t n_err)
{
	memset(out, 0, sizeof *out);
	if (strlen(text) >= sizeof out->text)
		return refuse(text, "is too long", err, n_err);
	strcpy(out->text, text);
	for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
		const struct method *m = &methods[i];
		const char *rest = text + strlen(m->prefix);

		if (strncmp(text, m->prefix, strlen(m->prefix)) != 0)
			continue;
		out->passive = m->passive;
		out->tls = m->tls;
		if (m->is_unix ? path_take(rest, out)
			       : (m->passive ? passive_take(rest, out) : active_take(rest, out)))
			return 0;
		return refuse(text,
			      m->is_unix ? "is not a path of 1..107 characters"
					 : "is not an IP address with a port 1..65535",
			      err, n_err);
	}
	return refuse(text, "has an unknown method", err, n_err);
}

const char *
ofp_target_path(const struct ofp_target *t)
{
	return t->addr.ss_family == AF_UNIX ? ((const struct sockaddr_un *)&t->addr)->sun_path
					    : NULL;
}
