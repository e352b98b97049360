/* SPDX-License-Identifier: Apache-2.0 */
/* The files used by TLS. Types only. */
#pragma once

/* Paths of PEM files; NULL if not given. 'revocation_list' is optional: if it is given, the peer's
 * own certificate must be covered by a revocation list of its authority that has not expired. */
struct ofp_tls_files {
	const char *private_key, *certificate, *ca_certificate, *revocation_list;
};
