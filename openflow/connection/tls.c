/* SPDX-License-Identifier: Apache-2.0 */
#include "connection/tls.h"

#include <base/err.h>

#include <errno.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define N_FILES 4

/* Identifies a state of a file, to detect that it was replaced or written. */
struct stamp {
	dev_t dev;
	ino_t ino;
	off_t n_bytes;
	struct timespec changed;
};

struct ofp_tls {
	SSL_CTX *ctx;
	struct ofp_tls_files files;
	struct stamp stamps[N_FILES]; /* as of the last reading */
};

static void
stamps_take(const struct ofp_tls_files *f, struct stamp stamps[N_FILES])
{
	const char *const paths[N_FILES] = {f->private_key, f->certificate, f->ca_certificate,
					    f->revocation_list};

	memset(stamps, 0, N_FILES * sizeof *stamps);
	for (int i = 0; i < N_FILES; i++) {
		struct stat st;

		if (!paths[i] || stat(paths[i], &st))
			continue;
		stamps[i].dev = st.st_dev;
		stamps[i].ino = st.st_ino;
		stamps[i].n_bytes = st.st_size;
		stamps[i].changed = st.st_mtim;
	}
}

static int
refuse(const char *key, const char *file, char *err, size_t n_err)
{
	char why[160] = "is missing";

	if (file)
		ERR_error_string_n(ERR_get_error(), why, sizeof why);
	err_print(err, n_err,
		  "openflow.%s: %s%s%s; expected the path of a PEM file, with a key that matches "
		  "the certificate",
		  key, file ? file : "", file ? ": " : "", why);
	ERR_clear_error();
	return -EINVAL;
}

static int
revocations_load(SSL_CTX *ctx, const struct ofp_tls_files *f, char *err, size_t n_err)
{
	X509_STORE *store = SSL_CTX_get_cert_store(ctx);
	X509_LOOKUP *lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());

	if (!lookup || X509_load_crl_file(lookup, f->revocation_list, X509_FILETYPE_PEM) < 1)
		return refuse("revocation-list", f->revocation_list, err, n_err);
	X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
	return 0;
}

static int
files_load(SSL_CTX *ctx, const struct ofp_tls_files *f, char *err, size_t n_err)
{
	if (!f->certificate || SSL_CTX_use_certificate_chain_file(ctx, f->certificate) != 1)
		return refuse("certificate", f->certificate, err, n_err);
	if (!f->private_key ||
	    SSL_CTX_use_PrivateKey_file(ctx, f->private_key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(ctx) != 1)
		return refuse("private-key", f->private_key, err, n_err);
	if (!f->ca_certificate || SSL_CTX_load_verify_locations(ctx, f->ca_certificate, NULL) != 1)
		return refuse("ca-certificate", f->ca_certificate, err, n_err);
	return f->revocation_list ? revocations_load(ctx, f, err, n_err) : 0;
}

static int
context_make(const struct ofp_tls_files *files, SSL_CTX **out, char *err, size_t n_err)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	int rc;

	err_print(err, n_err, "TLS: out of memory");
	if (!ctx)
		return -ENOMEM;
	rc = files_load(ctx, files, err, n_err);
	if (rc) {
		SSL_CTX_free(ctx);
		return rc;
	}
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	/* A killed peer does not send close_notify. Truncation is detected by the
	 * length of messages. */
	SSL_CTX_set_options(ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
	*out = ctx;
	return 0;
}

int
ofp_tls_create(const struct ofp_tls_files *files, struct ofp_tls **out, char *err, size_t n_err)
{
	struct ofp_tls *t = calloc(1, sizeof *t);
	int rc;

	err_print(err, n_err, "TLS: out of memory");
	if (!t)
		return -ENOMEM;
	t->files = *files;
	stamps_take(files, t->stamps);
	rc = context_make(files, &t->ctx, err, n_err);
	if (rc) {
		ofp_tls_destroy(t);
		return rc;
	}
	*out = t;
	return 0;
}

int
ofp_tls_refresh(struct ofp_tls *t, char *err, size_t n_err)
{
	struct stamp stamps[N_FILES];
	SSL_CTX *ctx;
	int rc;

	stamps_take(&t->files, stamps);
	if (!memcmp(stamps, t->stamps, sizeof stamps))
		return 0;
	memcpy(t->stamps, stamps, sizeof stamps);
	rc = context_make(&t->files, &ctx, err, n_err);
	if (rc)
		return rc;
	SSL_CTX_free(t->ctx);
	t->ctx = ctx;
	return 1;
}

void
ofp_tls_destroy(struct ofp_tls *t)
{
	if (!t)
		return;
	SSL_CTX_free(t->ctx);
	free(t);
}

struct bufferevent *
ofp_tls_wrap(struct ofp_tls *t, struct event_base *base, evutil_socket_t fd, bool server)
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

/* The verdict on the peer's certificate is known here; the peer's verdict on ours arrives
 * as an alert. */
bool
ofp_tls_error(struct bufferevent *bev, char *text, size_t n)
{
	unsigned long error = bufferevent_get_openssl_error(bev);
	long verdict = SSL_get_verify_result(bufferevent_openssl_get_ssl(bev));
	const char *reason = error ? ERR_reason_error_string(error) : NULL;

	if (!error)
		return false;
	if (verdict != X509_V_OK)
		snprintf(text, n, "TLS: %s: %s", reason ? reason : "refused",
			 X509_verify_cert_error_string(verdict));
	else
		snprintf(text, n, "TLS: %s", reason ? reason : "unknown error");
	return true;
}
