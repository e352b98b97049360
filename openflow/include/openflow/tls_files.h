/* SPDX-License-Identifier: Apache-2.0 */
/* The files that TLS needs. Types only. */
#pragma once

/* Paths of PEM files; NULL if not given. 'revocation_list' may be missing: with it a peer's own certificate
 * has to be covered by a list of its authority that is not out of date. */
struct ctl_tls_files {
	const char *private_key, *certificate, *ca_certificate, *revocation_list;
};
