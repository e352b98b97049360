/* SPDX-License-Identifier: Apache-2.0 */
#include "tls.h"

#include <errno.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>

struct ctl_tls {
	SSL_CTX *ctx;
};

static int
refuse(const char *key, const char *file, char *err, size_t n_err)
{
	char why[160] = "is not given";

	if (file)
		ERR_error_string_n(ERR_get_error(), why, sizeof why);
	snprintf(err, n_err, "openflow.%s: %s%s%s; accepted: the path of a PEM file that fits", key,
		 file ? file : "", file ? ": " : "", why);
	ERR_clear_error();
	return -EINVAL;
}

static int
files_load(SSL_CTX *ctx, const struct ctl_tls_files *f, char *err, size_t n_err)
{
	if (!f->certificate || SSL_CTX_use_certificate_chain_file(ctx, f->certificate) != 1)
		return refuse("certificate", f->certificate, err, n_err);
	if (!f->private_key ||
	    SSL_CTX_use_PrivateKey_file(ctx, f->private_key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(ctx) != 1)
		return refuse("private-key", f->private_key, err, n_err);
	if (!f->ca_certificate || SSL_CTX_load_verify_locations(ctx, f->ca_certificate, NULL) != 1)
		return refuse("ca-certificate", f->ca_certificate, err, n_err);
	return 0;
}

int
ctl_tls_create(const struct ctl_tls_files *files, struct ctl_tls **out, char *err, size_t n_err)
{
	struct ctl_tls *t = calloc(1, sizeof *t);
	int error;

	snprintf(err, n_err, "TLS: out of memory");
	if (!t)
		return -ENOMEM;
	t->ctx = SSL_CTX_new(TLS_method());
	error = t->ctx ? files_load(t->ctx, files, err, n_err) : -ENOMEM;
	if (error) {
		ctl_tls_destroy(t);
		return error;
	}
	SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION);
	SSL_CTX_set_verify(t->ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_session_cache_mode(t->ctx, SSL_SESS_CACHE_OFF);
	*out = t;
	return 0;
}

void
ctl_tls_destroy(struct ctl_tls *t)
{
	if (!t)
		return;
	SSL_CTX_free(t->ctx);
	free(t);
}

struct bufferevent *
ctl_tls_wrap(struct ctl_tls *t, struct event_base *base, evutil_socket_t fd, bool server)
{
	SSL *ssl = SSL_new(t->ctx);
	struct bufferevent *bev;

	if (!ssl)
		return NULL;
	bev = bufferevent_openssl_socket_new(
		base, fd, ssl, server ? BUFFEREVENT_SSL_ACCEPTING : BUFFEREVENT_SSL_CONNECTING,
		BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (!bev) {
		SSL_free(ssl);
		return NULL;
	}
	bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	return bev;
}

void
ctl_tls_error(struct bufferevent *bev, char *text, size_t n)
{
	unsigned long error = bufferevent_get_openssl_error(bev);

	snprintf(text, n, "the connection ended");
	if (error)
		ERR_error_string_n(error, text, n);
}
