/* SPDX-License-Identifier: Apache-2.0 */
/* OpenFlow errors, independent of version.
 *
 * Names are OFP_E_, the initials of the type in the specification, and the code. Each has a row in
 * error.c with its type and code in each version, or those of the nearest error if the version
 * lacks it. Numbers are those of OpenFlow 1.3.5 section 7.4.4 and 1.0.1 section 5.4.4.
 *
 * Thread safety: pure. */
#pragma once

#include "wire/buffer.h"

#define OFP_ERROR_TEXT_BYTES 1536

enum ofp_error_code {
	OFP_E_NONE,
	OFP_E_HF_INCOMPATIBLE,
	OFP_E_HF_EPERM,
	OFP_E_BR_BAD_VERSION,
	OFP_E_BR_BAD_TYPE,
	OFP_E_BR_BAD_STAT, /* unknown multipart kind */
	OFP_E_BR_BAD_EXPERIMENTER,
	OFP_E_BR_BAD_EXP_TYPE,
	OFP_E_BR_EPERM,
	OFP_E_BR_BAD_LEN,
	OFP_E_BR_BUFFER_EMPTY,
	OFP_E_BR_BUFFER_UNKNOWN,
	OFP_E_BR_BAD_TABLE_ID,
	OFP_E_BR_IS_SLAVE,
	OFP_E_BR_BAD_PORT,
	OFP_E_BR_BAD_PACKET,
	OFP_E_BR_MULTIPART_OVERFLOW,
	OFP_E_BR_PIPELINE_FIELDS_ONLY,
	OFP_E_NX_NXM_INVALID,
	OFP_E_NX_NOT_CONFIGURED,
	OFP_E_BA_BAD_TYPE,
	OFP_E_BA_BAD_LEN,
	OFP_E_BA_BAD_EXPERIMENTER,
	OFP_E_BA_BAD_EXP_TYPE,
	OFP_E_BA_BAD_OUT_PORT,
	OFP_E_BA_BAD_ARGUMENT,
	OFP_E_BA_EPERM,
	OFP_E_BA_TOO_MANY,
	OFP_E_BA_BAD_QUEUE,
	OFP_E_BA_BAD_OUT_GROUP,
	OFP_E_BA_MATCH_INCONSISTENT,
	OFP_E_BA_BAD_CONJUNCTION,
	OFP_E_BA_UNSUPPORTED_ORDER,
	OFP_E_BA_BAD_TAG,
	OFP_E_BA_BAD_SET_TYPE,
	OFP_E_BA_BAD_SET_LEN,
	OFP_E_BA_BAD_SET_ARGUMENT,
	OFP_E_BA_BAD_SET_MASK,
	OFP_E_BA_BAD_METER,
	OFP_E_BI_UNKNOWN_INST,
	OFP_E_BI_UNSUP_INST,
	OFP_E_BI_BAD_TABLE_ID,
	OFP_E_BI_BAD_EXPERIMENTER,
	OFP_E_BI_BAD_EXP_TYPE,
	OFP_E_BI_BAD_LEN,
	OFP_E_BI_DUP_INST,
	OFP_E_BM_BAD_TYPE,
	OFP_E_BM_BAD_LEN,
	OFP_E_BM_BAD_TAG,
	OFP_E_BM_BAD_FIELD,
	OFP_E_BM_BAD_VALUE,
	OFP_E_BM_BAD_MASK,
	OFP_E_BM_BAD_PREREQ,
	OFP_E_BM_DUP_FIELD,
	OFP_E_BM_BAD_WILDCARDS,
	OFP_E_FM_UNKNOWN,
	OFP_E_FM_TABLE_FULL,
	OFP_E_FM_BAD_TABLE_ID,
	OFP_E_FM_OVERLAP,
	OFP_E_FM_EPERM,
	OFP_E_FM_BAD_TIMEOUT,
	OFP_E_FM_BAD_COMMAND,
	OFP_E_FM_BAD_FLAGS,
	OFP_E_FM_BAD_PRIORITY,
	OFP_E_GM_GROUP_EXISTS,
	OFP_E_GM_INVALID_GROUP,
	OFP_E_GM_WEIGHT_UNSUPPORTED,
	OFP_E_GM_OUT_OF_GROUPS,
	OFP_E_GM_OUT_OF_BUCKETS,
	OFP_E_GM_CHAINING_UNSUPPORTED,
	OFP_E_GM_WATCH_UNSUPPORTED,
	OFP_E_GM_LOOP,
	OFP_E_GM_UNKNOWN_GROUP,
	OFP_E_GM_CHAINED_GROUP,
	OFP_E_GM_BAD_TYPE,
	OFP_E_GM_BAD_COMMAND,
	OFP_E_GM_BAD_BUCKET,
	OFP_E_GM_BAD_WATCH,
	OFP_E_GM_EPERM,
	OFP_E_GM_UNKNOWN_BUCKET,
	OFP_E_GM_BUCKET_EXISTS,
	OFP_E_PM_BAD_PORT,
	OFP_E_PM_BAD_HW_ADDR,
	OFP_E_PM_BAD_CONFIG,
	OFP_E_PM_BAD_ADVERTISE,
	OFP_E_PM_EPERM,
	OFP_E_TM_BAD_TABLE,
	OFP_E_TM_BAD_CONFIG,
	OFP_E_TM_EPERM,
	OFP_E_QO_BAD_PORT,
	OFP_E_QO_BAD_QUEUE,
	OFP_E_QO_EPERM,
	OFP_E_SC_BAD_FLAGS,
	OFP_E_SC_BAD_LEN,
	OFP_E_SC_EPERM,
	OFP_E_RR_STALE,
	OFP_E_RR_UNSUP,
	OFP_E_RR_BAD_ROLE,
	OFP_E_MM_UNKNOWN,
	OFP_E_MM_METER_EXISTS,
	OFP_E_MM_INVALID_METER,
	OFP_E_MM_UNKNOWN_METER,
	OFP_E_MM_BAD_COMMAND,
	OFP_E_MM_BAD_FLAGS,
	OFP_E_MM_BAD_RATE,
	OFP_E_MM_BAD_BURST,
	OFP_E_MM_BAD_BAND,
	OFP_E_MM_BAD_BAND_VALUE,
	OFP_E_MM_OUT_OF_METERS,
	OFP_E_MM_OUT_OF_BANDS,
	OFP_E_TF_BAD_TABLE,
	OFP_E_TF_BAD_METADATA,
	OFP_E_TF_BAD_TYPE,
	OFP_E_TF_BAD_LEN,
	OFP_E_TF_BAD_ARGUMENT,
	OFP_E_TF_EPERM,
	OFP_E_TF_BAD_FEATURES,
	OFP_E_TF_BAD_COMMAND,
	OFP_E_TF_DUP_TABLE,
	OFP_E_BP_BAD_TYPE, /* property */
	OFP_E_BP_BAD_LEN,
	OFP_E_BP_BAD_VALUE,
	OFP_E_BP_TOO_MANY,
	OFP_E_BP_DUP_TYPE,
	OFP_E_BP_BAD_EXPERIMENTER,
	OFP_E_BP_BAD_EXP_TYPE,
	OFP_E_AC_INVALID,
	OFP_E_AC_UNSUPPORTED,
	OFP_E_AC_EPERM,
	OFP_E_MO_UNKNOWN, /* flow monitor */
	OFP_E_MO_MONITOR_EXISTS,
	OFP_E_MO_INVALID_MONITOR,
	OFP_E_MO_UNKNOWN_MONITOR,
	OFP_E_MO_BAD_COMMAND,
	OFP_E_MO_BAD_FLAGS,
	OFP_E_MO_BAD_TABLE_ID,
	OFP_E_MO_BAD_OUT,
	OFP_E_BF_UNKNOWN, /* bundle */
	OFP_E_BF_EPERM,
	OFP_E_BF_BAD_ID,
	OFP_E_BF_BUNDLE_EXIST,
	OFP_E_BF_BUNDLE_CLOSED,
	OFP_E_BF_OUT_OF_BUNDLES,
	OFP_E_BF_BAD_TYPE,
	OFP_E_BF_BAD_FLAGS,
	OFP_E_BF_MSG_BAD_LEN,
	OFP_E_BF_MSG_BAD_XID,
	OFP_E_BF_MSG_UNSUP,
	OFP_E_BF_MSG_CONFLICT,
	OFP_E_BF_MSG_TOO_MANY,
	OFP_E_BF_MSG_FAILED,
	OFP_E_BF_TIMEOUT,
	OFP_N_ERRORS,
};

/* An error. 'text' is for the log: it names the field, its value and the accepted values. */
struct ofp_error {
	enum ofp_error_code code;
	char text[OFP_ERROR_TEXT_BYTES];
};

/* Returns the name in the specification, such as "OFPBRC_BAD_LEN". */
const char *ofp_error_name(enum ofp_error_code code);

/* Writes type and code in 'version', host order. '*experimenter' is 0 for errors of the
 * specification, else the organisation that numbers them: 0x2320 (Nicira) or 0x4f4e4600 (ONF). */
void ofp_error_number(enum ofp_error_code code, uint8_t version, uint16_t *type, uint16_t *number,
		      uint32_t *experimenter);

/* Appends the error message for 'request', which is quoted up to 64 KiB. The message has the
 * request's xid, or 0 if 'n' is less than a header. For OFP_E_HF_*, appends a hello failure with
 * 'text' as its data. */
void ofp_encode_error(const struct ofp_error *e, uint8_t version, const uint8_t *request, size_t n,
		      struct ofp_buffer *out);
